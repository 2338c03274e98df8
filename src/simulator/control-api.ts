import { type Accounts, type SimulatedAccount, type SimulatedTemplate } from './accounts.js';
import { type Answer, type Behaviour, type CallbackPlan, msisdn, type SimulatedKind } from './behaviour.js';
import {
  anyText,
  faultOf,
  flag,
  httpUrl,
  manyOf,
  number,
  object,
  oneOf,
  optional,
  orNull,
  type Shape,
  text,
  texts,
} from './control-input.js';
import { type Fault, type Faults } from './faults.js';
import { type Ledger } from './ledger.js';
import { MAGIC_PREFIX, MAGIC_RECIPIENTS } from './magic-recipients.js';
import { type SimulatorConfiguration } from './options.js';
import { type CallbackTarget, inboundCallback, statusCallback, type WappinCallbacks } from './wappin-callbacks.js';
import { UniqueIds, type WappinTokens } from './wappin-tokens.js';

const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;
const milliseconds = optional(number(0, LONGEST_WAIT_MS));
const kind = oneOf('DOKU', 'WAPPIN');

const DOKU_ACCOUNT: Shape = {
  kind: oneOf('DOKU'),
  clientId: text,
  secretKey: text,
  requestsPerMinute: optional(orNull(number(1, 1_000_000))),
  signAnswers: optional(flag),
  maxSkewMs: optional(orNull(number(0, LONGEST_WAIT_MS))),
};
const WAPPIN_ACCOUNT: Shape = {
  kind: oneOf('WAPPIN'),
  clientId: text,
  projectId: text,
  secretKey: text,
  clientName: optional(text),
  projectName: optional(text),
  environment: optional(oneOf('PRODUCTION', 'UAT')),
  tokenLifeMs: milliseconds,
  tokenAnswerWithoutData: optional(flag),
  mirrorStatus: optional(flag),
  allowedIps: optional(texts),
};
const TEMPLATE: Shape = {
  kind,
  name: text,
  params: number(0, 1_000),
  clientId: optional(text),
  channel: optional(oneOf('WHATSAPP', 'SMS')),
};
const PLAN: Shape = {
  statuses: optional(manyOf('sent', 'delivered', 'read', 'failed')),
  posted: optional(flag),
  firstAfterMs: milliseconds,
  betweenMs: milliseconds,
  times: optional(number(1, 100)),
  spelling: optional(oneOf('sample', 'table')),
  beforeAnswer: optional(flag),
  wrongToken: optional(flag),
};
const TARGET: Shape = {
  kind: oneOf('WAPPIN'),
  clientId: text,
  url: optional(orNull(httpUrl)),
  token: optional(text),
  plan: optional(object(PLAN)),
};
const BEHAVIOUR: Shape = {
  refuse: optional(object({ http: number(200, 599), code: orNull(text), message: anyText })),
  sent: optional(flag),
  remembered: optional(flag),
  delayMs: milliseconds,
  line: optional(oneOf('dropped', 'cut')),
  answer: optional(oneOf('html', 'empty')),
  repeatsToo: optional(flag),
  callbacks: optional(object(PLAN)),
};
const FAULT: Shape = {
  kind,
  clientId: optional(text),
  on: optional(oneOf('send', 'token', 'inquiry', 'number-checker')),
  next: optional(number(1, 1_000_000_000)),
  rate: optional(number(0, 1)),
  as: optional(oneOf(...Object.keys(MAGIC_RECIPIENTS))),
  behaviour: optional(object(BEHAVIOUR)),
};
const CALLBACK_NOW: Shape = {
  kind: oneOf('WAPPIN'),
  clientId: optional(text),
  messageId: optional(text),
  status: optional(text),
  text: optional(text),
  recipient: optional(text),
  at: optional((value) => (typeof value === 'string' && Date.parse(value) ? undefined : 'must be a time in ISO 8601')),
  times: optional(number(1, 100)),
  spelling: optional(oneOf('sample', 'table')),
  url: optional(httpUrl),
  token: optional(text),
};

interface CallbackNow {
  readonly clientId?: string;
  readonly messageId?: string;
  readonly status?: string;
  readonly text?: string;
  readonly recipient?: string;
  readonly at?: string;
  readonly times?: number;
  readonly spelling?: CallbackPlan['spelling'];
  readonly url?: string;
  readonly token?: string;
}

type FaultInput = Omit<Fault, 'behaviour'> & { readonly as?: string; readonly behaviour?: Behaviour };

export interface Controlled {
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly tokens: WappinTokens;
  readonly callbacks: WappinCallbacks;
  readonly now: () => Date;
  readonly configure: (change: SimulatorConfiguration) => void;
}

const DEFAULT_LIMIT = 100;

const said = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) });
const wrong = (message: string, status = 400): Answer => said({ message }, status);

/** `/_simulator/…`: what a test turns, and what it looks at afterwards. */
export class ControlApi {
  private readonly ids = new UniqueIds();

  constructor(private readonly world: Controlled) {}

  async handle(method: string, path: string, query: URLSearchParams, body: Buffer): Promise<Answer> {
    const { world } = this;
    switch (`${method} ${path.slice('/_simulator'.length)}`) {
      case 'GET ':
        return said({ magicRecipients: magicNumbers() });
      case 'POST /accounts':
        return this.each(body, (input: SimulatedAccount) => {
          const fault = faultOf(input, input?.kind === 'DOKU' ? DOKU_ACCOUNT : WAPPIN_ACCOUNT);
          return fault ?? world.configure({ accounts: [input] });
        });
      case 'POST /templates':
        return this.each(
          body,
          (input: SimulatedTemplate) => faultOf(input, TEMPLATE) ?? world.configure({ templates: [input] }),
        );
      case 'POST /callbacks':
        return this.each(
          body,
          (input: CallbackTarget) => faultOf(input, TARGET) ?? world.configure({ callbacks: [input] }),
        );
      case 'POST /faults':
        return this.each(body, (input: FaultInput) => faultOf(input, FAULT) ?? this.addFault(input));
      case 'GET /faults':
        return said({ faults: world.faults.list() });
      case 'DELETE /faults':
        world.faults.clear();
        return said({ done: true });
      case 'GET /ledger':
        return this.ledger(query);
      case 'DELETE /ledger':
        world.ledger.reset();
        world.callbacks.forget();
        return said({ done: true });
      case 'GET /callbacks':
        return said({
          counts: world.callbacks.counts,
          posted: world.callbacks.posted(
            { messageId: query.get('messageId') ?? undefined, recipient: numberIn(query) },
            limitIn(query),
          ),
        });
      case 'POST /callbacks/now':
        return this.postNow(body);
      case 'DELETE /tokens':
        return said({ killed: world.tokens.kill(query.get('clientId') ?? undefined) });
      default:
        return wrong('No such control endpoint; docs/simulator.md lists them.', 404);
    }
  }

  /** One object or an array of them; nothing after the first that is wrong. */
  private each<Input>(body: Buffer, take: (input: Input) => string | void): Answer {
    let input: unknown;
    try {
      input = JSON.parse(body.toString('utf8'));
    } catch {
      return wrong('The body is not JSON.');
    }
    for (const one of Array.isArray(input) ? (input as Input[]) : [input as Input]) {
      const fault = take(one);
      if (fault !== undefined) return wrong(`The input ${fault}.`);
    }
    return said({ done: true });
  }

  private addFault({ as, behaviour, ...fault }: FaultInput): string | undefined {
    const named = as === undefined ? behaviour : MAGIC_RECIPIENTS[as]?.[fault.kind];
    if (named === undefined) return `needs a behaviour, or an "as" that means something for ${fault.kind}`;
    this.world.configure({ faults: [{ ...fault, behaviour: named }] });
    return undefined;
  }

  private ledger(query: URLSearchParams): Answer {
    const { ledger } = this.world;
    const filter = {
      kind: (query.get('kind') as SimulatedKind | null) ?? undefined,
      clientId: query.get('clientId') ?? undefined,
      recipient: numberIn(query),
      requestId: query.get('requestId') ?? undefined,
      messageId: query.get('messageId') ?? undefined,
    };
    const limit = limitIn(query);
    return said({
      counts: ledger.counts(filter),
      callbacks: this.world.callbacks.counts,
      messages: ledger.messages(filter, limit),
      calls: ledger.calls(filter, limit),
    });
  }

  /** A callback made by hand: a late status, one for an id that nobody knows, an inbound text. */
  private async postNow(body: Buffer): Promise<Answer> {
    let input: CallbackNow;
    try {
      input = JSON.parse(body.toString('utf8')) as CallbackNow;
    } catch {
      return wrong('The body is not JSON.');
    }
    const fault = faultOf(input, CALLBACK_NOW);
    if (fault !== undefined) return wrong(`The input ${fault}.`);
    if ((input.status === undefined) === (input.text === undefined)) return wrong('Give either a status or a text.');

    const known = input.messageId === undefined ? undefined : this.world.ledger.message(input.messageId);
    const clientId = input.clientId ?? known?.clientId;
    const account = clientId === undefined ? undefined : this.world.accounts.wappin(clientId);
    if (account === undefined)
      return wrong('Give the clientId of a Wappin account, or the messageId of a message that was taken.');
    const recipient = input.recipient === undefined ? known?.recipient : msisdn(input.recipient);
    if (recipient === undefined) return wrong('Give the recipient: no message of that id was taken.');

    const at = input.at === undefined ? this.world.now() : new Date(input.at);
    const messageId = input.messageId ?? this.ids.next(at);
    const { status, text: inbound = '', spelling = 'sample' } = input;
    const callback =
      status === undefined
        ? inboundCallback(account, messageId, recipient, inbound, at, spelling)
        : statusCallback(account, messageId, recipient, status, at, spelling);
    const where = { url: input.url, token: input.token };
    const posts = Array.from({ length: input.times ?? 1 }, () =>
      this.world.callbacks.post(account.clientId, callback, where),
    );
    const posted = (await Promise.all(posts)).filter((one) => one !== undefined);
    return posted.length === 0
      ? wrong('The account has no callback URL; give one, or set it.')
      : said({ body: callback, posted });
  }
}

/** A number as the ledger has it, from `+62…`, `62…` or `0…`; a plus in a query reads as a blank. */
function numberIn(query: URLSearchParams): string | undefined {
  const written = query.get('recipient');
  return written === null ? undefined : msisdn(written.trim());
}

function limitIn(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  return Number.isInteger(limit) && limit >= 0 ? limit : DEFAULT_LIMIT;
}

/** The table of magic recipients as a person dials them. */
export function magicNumbers(): { number: string; what: string }[] {
  return Object.entries(MAGIC_RECIPIENTS).map(([digits, { what }]) => ({ number: `+${MAGIC_PREFIX}0${digits}`, what }));
}
