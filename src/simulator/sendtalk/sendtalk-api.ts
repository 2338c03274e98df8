import { randomUUID } from 'node:crypto';
import {
  type SendTalkEnvelope,
  type SendTalkMessageData,
  type SendTalkStatusData,
} from '../../providers/sendtalk/sendtalk.wire.js';
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
  withLine,
} from '../behaviour.js';
import { httpUrl } from '../control-input.js';
import { type Operation } from '../faults.js';
import { Ledger, type LedgerMessage } from '../ledger.js';
import { type SimulatedProvider, type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedSendTalkAccount } from './sendtalk-account.js';

const PATHS: Readonly<Record<string, Operation>> = {
  '/api/v1/message/send_whatsapp': 'send',
  '/api/v1/message/get_status': 'inquiry',
};

const NO_HEADERS: Refusal = { http: 200, code: '40001', message: 'Request headers are required' };
const UNKNOWN_KEY: Refusal = { http: 200, code: '49103', message: 'API-Key is not found' };
const UNKNOWN_MESSAGE: Refusal = { http: 200, code: '40401', message: 'Message is not found' };
const INVALID_RECIPIENT: Refusal = { http: 200, code: 'invalid_recipient', message: 'The recipient is invalid' };
const required = (field: string, name: string): Refusal => ({
  http: 200,
  code: '40002',
  message: `${name} is required`,
  field,
});

/** With the country code, digits alone: clients strip the plus. */
const PHONE = /^[1-9]\d{7,14}$/;
const LONGEST_TEXT = 4096;
const PRICE = { currency: 'IDR', price: 75 };

interface Send {
  readonly recipient: string;
  readonly type: string;
  readonly content: Readonly<Record<string, string>>;
}

interface Caller {
  readonly path: string;
  readonly at: Date;
  account?: SimulatedSendTalkAccount;
  recipient?: string;
}

const isRefusal = (value: Send | Refusal): value is Refusal => 'http' in value;

/** SendTalk's plain messages and their status. Every answer is an HTTP 200; the body tells. It posts nothing about them. */
export class SendTalkApi implements SimulatedProvider {
  readonly kind = 'SENDTALK';

  constructor(private readonly world: SimulatedWorld) {}

  takes(method: string, path: string): boolean {
    return method === 'POST' && PATHS[path] !== undefined;
  }

  handle(call: ProviderCall): Answer {
    const caller: Caller = { path: call.path, at: this.world.now() };
    const key = headerOf(call, 'api-key');
    if (!key || !declaresJson(call)) return this.refuse(caller, NO_HEADERS);
    const account = this.world.accounts.find('SENDTALK', key);
    if (account === undefined) return this.refuse(caller, UNKNOWN_KEY);
    caller.account = account;
    const input = jsonObject(call.body) ?? {};
    return PATHS[call.path] === 'inquiry' ? this.status(account, input, caller) : this.send(account, input, caller);
  }

  private send(account: SimulatedSendTalkAccount, input: Record<string, unknown>, caller: Caller): Answer {
    const send = readSend(input);
    if (isRefusal(send)) return this.refuse(caller, send);
    caller.recipient = send.recipient;
    if (account.refuses !== undefined)
      return this.refuse(caller, { http: 200, code: account.refuses, message: 'The message was not sent' });
    const key = Ledger.keyOf(send.recipient, send.type, [send.content]);
    const behaviour = this.world.faults.ofSend('SENDTALK', account.apiKey, send.recipient, key);
    if (!goesOut(behaviour)) return this.strike(caller, behaviour);

    const message: LedgerMessage = {
      kind: 'SENDTALK',
      account: account.apiKey,
      recipient: send.recipient,
      type: send.type,
      template: null,
      params: [],
      content: send.content,
      requestId: null,
      at: caller.at,
      messageId: randomUUID(),
      repeats: 0,
      events: [],
    };
    this.world.ledger.accept(message, key);
    const after = this.world.callbacks.report(undefined, message, behaviour?.callbacks, behaviour?.delayMs ?? 0);
    const answer = shaped<SendTalkMessageData>(
      {
        success: true,
        message: 'The message has been added to queue',
        reason: '',
        ...(behaviour?.answer !== 'empty' && { id: message.messageId }),
      },
      behaviour,
    );
    this.record(caller, 'accepted', answer.status, message.messageId);
    return withLine(after === undefined ? answer : { ...answer, after }, behaviour);
  }

  /** Known from clients alone. */
  private status(account: SimulatedSendTalkAccount, input: Record<string, unknown>, caller: Caller): Answer {
    const { id } = input;
    if (typeof id !== 'string' || id === '') return this.refuse(caller, required('id', 'Message ID'));
    const behaviour = this.world.faults.ofCall('SENDTALK', account.apiKey, 'inquiry');
    if (!goesOut(behaviour)) return this.strike(caller, behaviour);
    const message = this.world.ledger.message(id);
    if (message?.kind !== 'SENDTALK' || message.account !== account.apiKey) return this.refuse(caller, UNKNOWN_MESSAGE);
    const answer = shaped(standing(message), behaviour);
    this.record(caller, 'answered', answer.status, id);
    return withLine(answer, behaviour);
  }

  /** A refusal or a dead line that a fault or a magic recipient asks for. */
  private strike(caller: Caller, behaviour: Behaviour | undefined): Answer {
    if (behaviour?.refuse !== undefined) return withLine(this.refuse(caller, behaviour.refuse), behaviour);
    this.record(caller, 'dropped', 0);
    return withLine(NO_ANSWER, behaviour);
  }

  /** A code of digits is an error; a word is the reason why a request that was in order is not carried out. */
  private refuse(caller: Caller, { http, code, message, field = '' }: Refusal): Answer {
    this.record(caller, code ?? `http_${http}`, http);
    if (code === null) return proxyPage(http);
    const body: SendTalkEnvelope = /^\d+$/.test(code)
      ? { status: code.startsWith('5') ? 500 : 400, error: { code, message, field }, data: {} }
      : enveloped<SendTalkMessageData>({ success: false, message, reason: code });
    return { status: http, body: JSON.stringify(body) };
  }

  private record(caller: Caller, outcome: string, httpStatus: number, messageId?: string): void {
    const { at, path, recipient } = caller;
    const account = caller.account?.apiKey ?? null;
    this.world.ledger.record({ at, kind: 'SENDTALK', account, path, outcome, httpStatus, recipient, messageId });
  }
}

function readSend({ phone, messageType, body, filename, fileName, caption }: Record<string, unknown>): Send | Refusal {
  if (typeof phone !== 'string' || phone === '') return required('phone', 'Phone');
  if (messageType !== 'text' && messageType !== 'otp' && messageType !== 'image')
    return required('messageType', 'Message type');
  if (typeof body !== 'string' || body === '' || body.length > LONGEST_TEXT) return required('body', 'Body');
  if (!PHONE.test(phone)) return INVALID_RECIPIENT;
  // otp is the same text in a faster queue.
  if (messageType !== 'image') return { recipient: phone, type: messageType, content: { body } };
  if (httpUrl(body) !== undefined) return required('body', 'File URL');
  // The document spells it both ways.
  const name = filename ?? fileName;
  if (typeof name !== 'string' || name === '') return required('filename', 'File name');
  if (caption !== undefined && typeof caption !== 'string') return required('caption', 'Caption');
  const content = { body, filename: name, ...(caption !== undefined && { caption }) };
  return { recipient: phone, type: messageType, content };
}

/** Where a message stands by the most advanced of what has happened to it. */
function standing({ events, at }: LedgerMessage): SendTalkStatusData {
  const happened = new Set(events.map(({ status }) => (/^\d+$/.test(status) ? 'failed' : status)));
  const status = (['read', 'delivered', 'failed', 'sent'] as const).find((one) => happened.has(one)) ?? 'pending';
  const isSent = happened.size > 0 && status !== 'failed';
  return {
    status,
    isPending: status === 'pending',
    isSent,
    sentTime: isSent ? (events[0]?.at.getTime() ?? 0) : 0,
    ...PRICE,
    createdTime: at.getTime(),
  };
}

const enveloped = <Data>(data: Data): SendTalkEnvelope<Data> => ({
  status: 200,
  error: { code: '', message: '', field: '' },
  data,
});

/** An answer of success, or what is left of it. */
function shaped<Data>(data: Data, behaviour: Behaviour | undefined): Answer {
  if (behaviour?.refuse !== undefined) return proxyPage(behaviour.refuse.http);
  if (behaviour?.answer === 'html') return proxyPage(200);
  return { status: 200, body: JSON.stringify(enveloped(data)) };
}
