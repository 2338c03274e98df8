import { type SendTalkWebhook } from '../../providers/sendtalk/sendtalk.wire.js';
import { type Answer, jsonObject, msisdn } from '../behaviour.js';
import {
  faultOf,
  flag,
  httpUrl,
  milliseconds,
  number,
  optional,
  record,
  type Shape,
  text,
  time,
} from '../control-input.js';
import { type PostedCallback } from '../callbacks.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type SendTalkVerifications, type SimulatedVerification } from './sendtalk-verifications.js';
import { type SendTalkWebhooks, type Webhook } from './sendtalk-webhooks.js';

const times = optional(number(1, 100));
const SENT: Shape = {
  id: optional(text),
  from: optional(text),
  text: optional(text),
  at: time,
  changed: optional(flag),
  late: optional(flag),
  times,
  afterMs: milliseconds,
};
const WEBHOOK: Shape = {
  account: optional(text),
  id: optional(text),
  userPhone: optional(text),
  status: optional(text),
  verifiedTime: optional((value) => (typeof value === 'number' ? undefined : 'must be a number of milliseconds')),
  body: optional((value) => (typeof value === 'string' ? undefined : record(value))),
  forged: optional(flag),
  unsigned: optional(flag),
  times,
  url: optional(httpUrl),
};

/** A person sends a WhatsApp text to SendTalk's number: the text of a verification, or any. */
export interface PersonSends {
  readonly id?: string;
  /** The verification's own number where absent. */
  readonly from?: string;
  readonly text?: string;
  /** ISO 8601; now where absent. */
  readonly at?: string;
  /** One character of the code is another. */
  readonly changed?: boolean;
  /** A second after the verification's expiry, in place of `at`. */
  readonly late?: boolean;
  /** The webhook comes so often. */
  readonly times?: number;
  /** The webhook comes so much later. */
  readonly afterMs?: number;
}

/** A webhook made by hand. What is absent is as it would be of the verification. */
export interface WebhookByHand extends Omit<Partial<SendTalkWebhook>, 'status'> {
  /** Whose address and secret; those of the verification's account where absent. */
  readonly account?: string;
  readonly status?: string;
  /** In place of all of it: an object, or a string as it is. */
  readonly body?: unknown;
  /** With a secret that is not the account's. */
  readonly forged?: boolean;
  /** Without a secret. */
  readonly unsigned?: boolean;
  readonly times?: number;
  readonly url?: string;
}

const DEFAULT_LIMIT = 100;
const SECOND_MS = 1_000;

const said = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) });
const wrong = (message: string): Answer => said({ message }, 400);

/** `/_simulator/sendtalk/…`: the person who is to prove their number, and webhooks made by hand. */
export class SendTalkControl {
  constructor(
    private readonly world: SimulatedWorld,
    private readonly verifications: SendTalkVerifications,
    private readonly webhooks: SendTalkWebhooks,
  ) {}

  handle(method: string, path: string, query: URLSearchParams, body: Buffer): Answer | Promise<Answer> | undefined {
    switch (`${method} ${path.split('/').slice(3).join('/')}`) {
      case 'GET verifications':
        return this.list(query);
      case 'POST verifications/send':
        return this.take<PersonSends>(body, SENT, (input) => this.send(input));
      case 'POST webhook':
        return this.take<WebhookByHand>(body, WEBHOOK, (input) => this.post(input));
      default:
        return undefined;
    }
  }

  private take<Input>(body: Buffer, shape: Shape, run: (input: Input) => Promise<Answer>): Answer | Promise<Answer> {
    const input = jsonObject(body);
    if (input === undefined) return wrong('The body is not a JSON object.');
    const fault = faultOf(input, shape);
    return fault === undefined ? run(input as unknown as Input) : wrong(`The input ${fault}.`);
  }

  private list(query: URLSearchParams): Answer {
    const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
    const asked = { id: query.get('id'), account: query.get('account'), userPhone: phoneIn(query.get('userPhone')) };
    const verifications = this.verifications
      .newest(
        Number.isInteger(limit) && limit >= 0 ? limit : DEFAULT_LIMIT,
        (one) =>
          (asked.id === null || one.id === asked.id) &&
          (asked.account === null || one.account === asked.account) &&
          (asked.userPhone === undefined || one.userPhone === asked.userPhone),
      )
      .map(listed);
    return said({ verifications });
  }

  private async send(input: PersonSends): Promise<Answer> {
    const meant = input.id === undefined ? undefined : this.verifications.find(input.id);
    if (input.id !== undefined && meant === undefined) return wrong('There is no verification of that id.');
    if ((meant === undefined) === (input.text === undefined)) return wrong('Give either an id or a text.');
    const from = phoneIn(input.from ?? null) ?? meant?.userPhone;
    if (from === undefined) return wrong('Give from: the text alone says nobody’s number.');
    if (meant === undefined && (input.changed || input.late)) return wrong('changed and late need the id.');
    if (input.late && input.at !== undefined) return wrong('Give either late or at.');

    const { outcome, verification } = this.verifications.receive({
      from,
      text: input.text ?? (meant && writtenBy(meant, input.changed)) ?? '',
      at: this.momentOf(input, meant),
    });
    const webhook = outcome === 'verified' && verification ? await this.tell(verification, input) : [];
    return said({ outcome, id: verification?.id ?? null, webhook });
  }

  private momentOf({ at, late }: PersonSends, meant: SimulatedVerification | undefined): Date {
    if (late && meant !== undefined) return new Date(meant.expiresAt.getTime() + SECOND_MS);
    return at === undefined ? this.world.now() : new Date(at);
  }

  /** The one thing that SendTalk ever says of a verification. What is posted later is nobody's answer any more. */
  private async tell(verification: SimulatedVerification, input: PersonSends): Promise<readonly PostedCallback[]> {
    const { webhook: plan, verifiedAt } = verification;
    const account = this.world.accounts.find('SENDTALK', verification.account);
    if (plan === null || account === undefined || verifiedAt === null) return [];
    const { times: copies = plan.times, afterMs = plan.afterMs } = input;
    const body = JSON.stringify(webhookOf(verification, verifiedAt));
    const webhook: Webhook = { about: verification, body, times: copies, forged: plan.forged };
    if (afterMs === 0) return this.webhooks.post(account, webhook);
    this.world.timers.after(afterMs, () => void this.webhooks.post(account, webhook));
    return [];
  }

  /** A webhook of what never happened, or happened otherwise. */
  private async post(input: WebhookByHand): Promise<Answer> {
    const { id = '-', forged = false, unsigned, url } = input;
    const verification = this.verifications.find(id);
    const account = this.world.accounts.find('SENDTALK', input.account ?? verification?.account ?? '');
    if (account === undefined) return wrong('Give the account, or the id of a verification that was made.');
    const userPhone = input.userPhone ?? verification?.userPhone ?? '-';
    const { status = 'verified', verifiedTime = this.world.now().getTime() } = input;
    const content = input.body ?? { id, userPhone, status, verifiedTime };
    const body = typeof content === 'string' ? content : JSON.stringify(content);
    const about = { id, userPhone };
    const posted = await this.webhooks.post(account, { about, body, times: input.times ?? 1, forged, unsigned, url });
    return posted.length === 0 ? wrong('The account has no callback URL; give one, or set it.') : said({ posted });
  }
}

function listed({ code: _code, webhook: _webhook, ...verification }: SimulatedVerification): object {
  return verification;
}

const webhookOf = ({ id, userPhone }: SimulatedVerification, verifiedAt: Date): SendTalkWebhook => ({
  id,
  userPhone,
  status: 'verified',
  verifiedTime: verifiedAt.getTime(),
});

/** The text as the person sends it. */
function writtenBy({ waMessage, code }: SimulatedVerification, changed = false): string {
  return changed ? waMessage.replace(code, otherwise(code)) : waMessage;
}

/** The code with another character in its middle. */
function otherwise(code: string): string {
  const middle = code.length >> 1;
  return `${code.slice(0, middle)}${code[middle] === 'A' ? 'B' : 'A'}${code.slice(middle + 1)}`;
}

/** Digits with the country code; a plus in a query reads as a blank. */
function phoneIn(written: string | null): string | undefined {
  return written === null ? undefined : msisdn(written.replace(/[\s().-]/g, ''));
}
