import { type SendTalkEnvelope, type SendTalkMessageData } from '../../providers/sendtalk/sendtalk.wire.js';
import { type Answer, type Behaviour, NO_ANSWER, proxyPage, type Refusal, withLine } from '../behaviour.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedSendTalkAccount } from './sendtalk-account.js';

/** Who calls, as far as that is known, for the ledger. */
export interface Caller {
  readonly path: string;
  readonly at: Date;
  account?: SimulatedSendTalkAccount;
  recipient?: string;
}

export const NO_HEADERS: Refusal = { http: 200, code: '40001', message: 'Request headers are required (API-Key)' };
export const UNKNOWN_KEY: Refusal = { http: 200, code: '49103', message: 'API-Key is not found' };
export const UNKNOWN_MESSAGE: Refusal = { http: 200, code: '40401', message: 'Message is not found' };
export const INVALID_RECIPIENT: Refusal = { http: 200, code: 'invalid_recipient', message: 'The recipient is invalid' };
const wrongField = (field: string, message: string): Refusal => ({ http: 200, code: '40002', message, field });
export const required = (field: string, name: string): Refusal => wrongField(field, `${name} is required`);
export const invalid = (field: string, name: string): Refusal => wrongField(field, `${name} is invalid`);

export const isRefusal = (value: object): value is Refusal => 'http' in value;

/** An error of SendTalk's, and not the reason why a request that was in order is not carried out. */
export const isErrorCode = (code: string): boolean => /^\d+$/.test(code);

/** With the country code, digits alone: clients strip the plus. */
export const PHONE = /^[1-9]\d{7,14}$/;

/** Answers calls and writes them down. */
export class SendTalkCalls {
  constructor(private readonly world: SimulatedWorld) {}

  refuse(caller: Caller, { http, code, message, field = '' }: Refusal): Answer {
    this.record(caller, code ?? `http_${http}`, http);
    if (code === null) return proxyPage(http);
    const body: SendTalkEnvelope = isErrorCode(code)
      ? { status: code.startsWith('5') ? 500 : 400, error: { code, message, field }, data: {} }
      : enveloped<SendTalkMessageData>({ success: false, message, reason: code });
    return { status: http, body: JSON.stringify(body) };
  }

  /** A refusal or a dead line that a fault or a magic recipient asks for. */
  strike(caller: Caller, behaviour: Behaviour | undefined): Answer {
    if (behaviour?.refuse !== undefined) return withLine(this.refuse(caller, behaviour.refuse), behaviour);
    this.record(caller, 'dropped', 0);
    return withLine(NO_ANSWER, behaviour);
  }

  record(caller: Caller, outcome: string, httpStatus: number, messageId?: string): void {
    const { at, path, recipient } = caller;
    const account = caller.account?.apiKey ?? null;
    this.world.ledger.record({ at, kind: 'SENDTALK', account, path, outcome, httpStatus, recipient, messageId });
  }
}

const enveloped = <Data>(data: Data): SendTalkEnvelope<Data> => ({
  status: 200,
  error: { code: '', message: '', field: '' },
  data,
});

/** An answer of success, or what is left of it. */
export function shaped<Data>(data: Data, behaviour: Behaviour | undefined): Answer {
  if (behaviour?.refuse !== undefined) return proxyPage(behaviour.refuse.http);
  if (behaviour?.answer === 'html') return proxyPage(200);
  return { status: 200, body: JSON.stringify(enveloped(data)) };
}
