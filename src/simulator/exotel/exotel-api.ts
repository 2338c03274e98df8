import { randomUUID } from 'node:crypto';
import { type ExotelAnswer, type ExotelMessageAnswer, type ExotelRefusal } from '../../providers/exotel/exotel.wire.js';
import {
  type Answer,
  type Behaviour,
  declaresJson,
  goesOut,
  headerOf,
  jsonObject,
  NO_ANSWER,
  type ProviderCall,
  proxyPage,
  type Refusal,
  type SimulatedStatus,
  withLine,
} from '../behaviour.js';
import { type OrderSender } from '../chat-orders.js';
import { Ledger, type LedgerMessage } from '../ledger.js';
import { sameSecret } from '../same-secret.js';
import { type SimulatedProvider, type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedExotelAccount } from './exotel-account.js';
import { ExotelCallbacks } from './exotel-callbacks.js';
import { REENGAGEMENT } from './exotel-codes.js';
import { wordsOf } from './exotel-order.js';
import { type ExotelSend, isRefusal, readElement, readRequest } from './exotel-request.js';
import { templateFault } from './exotel-template.js';

const MESSAGES_PATH = /^\/v2\/accounts\/([^/]+)\/messages\/?$/;
/** A hundred messages of 4096 characters, each of which may be four bytes. */
const LARGEST_BODY = 4 * 1024 * 1024;

const MALFORMED: Refusal = { http: 400, code: '400', message: 'Malformed request' };
const UNAUTHORIZED: Refusal = { http: 401, code: '401', message: 'Authentication failed' };
const OVER_LIMIT: Refusal = { http: 402, code: '402', message: 'Usage limit exceeded' };
const FORBIDDEN: Refusal = { http: 403, code: '403', message: 'No access to the resource' };
const UNKNOWN_ACCOUNT: Refusal = { http: 404, code: '404', message: 'Account not found' };

interface Caller {
  readonly path: string;
  readonly at: Date;
  readonly requestId: string;
  account?: SimulatedExotelAccount;
  recipient?: string;
}

/** One message of a request: sent, unless it is refused. */
interface Element {
  readonly send: ExotelSend | Refusal;
  readonly key: string;
  readonly behaviour: Behaviour | undefined;
}

/** Exotel's WhatsApp messages API, version 2: 1 to 100 messages in a request, each with an answer of its own in a 202. */
export class ExotelApi implements SimulatedProvider {
  readonly kind = 'EXOTEL';
  readonly manner: ExotelCallbacks;

  constructor(private readonly world: SimulatedWorld) {
    this.manner = new ExotelCallbacks(world.accounts, world.ledger);
  }

  takes(method: string, path: string): boolean {
    return method === 'POST' && MESSAGES_PATH.test(path);
  }

  largestBody(): number {
    return LARGEST_BODY;
  }

  handle(call: ProviderCall): Answer {
    const caller: Caller = { path: call.path, at: this.world.now(), requestId: randomUUID().replaceAll('-', '') };
    const unfit = this.admit(call, caller);
    if (unfit !== undefined) return this.refuse(caller, unfit);
    const account = caller.account as SimulatedExotelAccount;
    const input = declaresJson(call) ? jsonObject(call.body) : undefined;
    const messages = input === undefined ? 'Malformed request' : readRequest(input, account.lenient ?? false);
    if (typeof messages === 'string') return this.refuse(caller, { ...MALFORMED, message: messages });
    const fault = this.world.faults.ofCall('EXOTEL', account.accountSid, 'send');
    const elements = messages.map((message) => this.element(account, readElement(message, account), fault));
    if (elements.length === 1 && !isRefusal(elements[0]!.send)) caller.recipient = elements[0]!.send.recipient;
    // What befalls the whole request for the sake of one of its messages.
    const whole = elements.map(({ behaviour }) => behaviour).find((one) => one && concernsAll(one)) ?? fault;
    return this.strike(caller, whole) ?? this.take(account, elements, caller, whole);
  }

  /** Who is it, whose is the account, and may it send? */
  private admit(call: ProviderCall, caller: Caller): Refusal | undefined {
    const basic = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(headerOf(call, 'authorization') ?? '')?.[1];
    const [key = '', ...token] = Buffer.from(basic ?? '', 'base64')
      .toString('utf8')
      .split(':');
    const accounts = this.world.accounts.all('EXOTEL');
    const holder = accounts.find(({ apiKey, apiToken }) => apiKey === key && sameSecret(token.join(':'), apiToken));
    if (basic === undefined || holder === undefined) return UNAUTHORIZED;
    caller.account = holder;
    const segment = MESSAGES_PATH.exec(call.path)?.[1];
    const owner = accounts.find(({ accountSid }) => encodeURIComponent(accountSid) === segment);
    if (owner !== holder) return owner ? FORBIDDEN : UNKNOWN_ACCOUNT;
    return holder.overLimit ? OVER_LIMIT : undefined;
  }

  /** What becomes of one message, before any goes out. */
  private element(account: SimulatedExotelAccount, send: ExotelSend | Refusal, fault: Behaviour | undefined): Element {
    if (isRefusal(send)) return { send, key: '', behaviour: undefined };
    const { type, recipient, content } = send;
    const key = Ledger.keyOf(recipient, type, [content[type]]);
    const { accounts, faults, strict, windows } = this.world;
    const befalls = fault ?? faults.ofRecipient('EXOTEL', account.accountSid, recipient, key);
    if (befalls?.refuse?.http === 202 && befalls.refuse.code !== null)
      return { send: befalls.refuse, key, behaviour: befalls };
    const wrong = type === 'template' ? templateFault(accounts, account.accountSid, send, strict) : undefined;
    if (wrong !== undefined && !account.templateErrorsLater)
      return { send: { http: 202, code: '400', message: wrong.message }, key, behaviour: undefined };
    const late: SimulatedStatus | undefined =
      wrong?.code ??
      (account.sessionWindow &&
      type !== 'template' &&
      !windows.isOpen('EXOTEL', account.accountSid, recipient, this.world.now())
        ? REENGAGEMENT
        : undefined);
    const behaviour = late === undefined ? befalls : { ...befalls, callbacks: { statuses: [late] } };
    return { send, key, behaviour };
  }

  private take(
    account: SimulatedExotelAccount,
    elements: readonly Element[],
    caller: Caller,
    whole: Behaviour | undefined,
  ): Answer {
    const refused: string[] = [];
    const waits: Promise<void>[] = [];
    let only: string | undefined;
    const messages = elements.map(({ send: asked, key, behaviour }): ExotelMessageAnswer => {
      // Only now: two messages of one request can be about the same order.
      const send = isRefusal(asked) ? asked : (this.orderRefusal(account, asked) ?? asked);
      if (isRefusal(send)) {
        refused.push(send.code ?? '');
        return failed(send);
      }
      const message: LedgerMessage = {
        kind: 'EXOTEL',
        account: account.accountSid,
        sender: send.sender,
        recipient: send.recipient,
        type: send.type,
        template: send.template,
        params: send.params,
        content: send.content,
        requestId: caller.requestId,
        customData: send.customData,
        callbackUrl: send.callbackUrl,
        at: caller.at,
        messageId: this.manner.newMessageId(),
        repeats: 0,
        events: [],
      };
      this.world.ledger.accept(message, key);
      this.world.orders.accept(message, senderOf(account, send), send.type, send.content[send.type], {
        ...{ manner: this.manner, upiReports: account.upiReports ?? true },
        ...{ callbacks: behaviour?.callbacks, person: behaviour?.person },
      });
      const wait = this.world.callbacks.report(this.manner, message, behaviour?.callbacks, whole?.delayMs ?? 0);
      if (wait !== undefined) waits.push(wait);
      if (elements.length === 1) only = message.messageId;
      const data = whole?.answer === 'empty' ? null : { sid: message.messageId };
      return { code: 202, error_data: null, status: 'success', data };
    });
    const metadata = { failed: refused.length, total: messages.length, success: messages.length - refused.length };
    const body: ExotelAnswer = {
      request_id: caller.requestId,
      method: 'POST',
      http_code: 202,
      metadata,
      response: { whatsapp: { messages } },
    };
    const answer =
      whole?.refuse !== undefined
        ? proxyPage(whole.refuse.http)
        : whole?.answer === 'html'
          ? proxyPage(200)
          : { status: 202, body: JSON.stringify(body) };
    this.record(caller, 'accepted', answer.status, { messageId: only, refused });
    return withLine(waits.length > 0 ? { ...answer, after: Promise.all(waits) } : answer, whole);
  }

  /** What is wrong with a message about an order, beyond its form. */
  private orderRefusal(account: SimulatedExotelAccount, send: ExotelSend): Refusal | undefined {
    const fault = this.world.orders.faultOf(senderOf(account, send), send.type, send.content[send.type]);
    return fault && { http: 202, code: '400', message: `Invalid parameter: the message content ${wordsOf(fault)}` };
  }

  /** A refusal of the whole request, or a dead line, under which nothing goes out. */
  private strike(caller: Caller, behaviour: Behaviour | undefined): Answer | undefined {
    if (goesOut(behaviour) || behaviour?.refuse?.http === 202) return undefined;
    if (behaviour?.refuse !== undefined) return withLine(this.refuse(caller, behaviour.refuse), behaviour);
    this.record(caller, 'dropped', 0);
    return withLine(NO_ANSWER, behaviour);
  }

  /** The form of an answer that refuses everything is that of Exotel's other calls of version 2. */
  private refuse(caller: Caller, refusal: Refusal): Answer {
    const { http, code, message } = refusal;
    this.record(caller, code ?? `http_${http}`, http);
    if (code === null) return proxyPage(http);
    const body: ExotelRefusal = {
      request_id: caller.requestId,
      method: 'POST',
      http_code: http,
      response: { ...failed(refusal), code: http, error_data: errorOf(http, message), data: null },
    };
    return { status: http, body: JSON.stringify(body) };
  }

  private record(
    caller: Caller,
    outcome: string,
    httpStatus: number,
    more: { readonly messageId?: string; readonly refused?: readonly string[] } = {},
  ): void {
    const { at, path, requestId, recipient } = caller;
    const account = caller.account?.accountSid ?? null;
    this.world.ledger.record({ at, kind: 'EXOTEL', account, path, outcome, httpStatus, requestId, recipient, ...more });
  }
}

const senderOf = ({ accountSid }: SimulatedExotelAccount, { recipient }: ExotelSend): OrderSender => ({
  ...{ kind: 'EXOTEL', account: accountSid, business: accountSid, recipient },
});

/** Whether what a message asks for is done to the request, which has one answer and one line. */
function concernsAll({ refuse, line, delayMs, answer, sent }: Behaviour): boolean {
  if (refuse !== undefined && refuse.http === 202) return false;
  return [refuse, line, delayMs, answer, sent].some((part) => part !== undefined);
}

const errorOf = (code: number, message: string): { code: number; message: string; description: string } => ({
  code,
  message: message.split(':', 1)[0] ?? message,
  description: message,
});

function failed({ code, message }: Refusal): ExotelMessageAnswer {
  const number = Number(code);
  return { code: number, error_data: errorOf(number, message), status: 'failed', data: null };
}
