import { type WappinResponse, type WappinTokenData } from '../providers/wappin/wappin.wire.js';
import { type Accounts, type SimulatedWappinAccount } from './accounts.js';
import {
  type Answer,
  type Behaviour,
  declaresJson,
  headerOf,
  jsonObject,
  msisdn,
  type ProviderCall,
  proxyPage,
  type Refusal,
  withLine,
} from './behaviour.js';
import { sameSecret } from './doku-signature.js';
import { type Faults, type Operation } from './faults.js';
import { Ledger, type LedgerMessage } from './ledger.js';
import { type WappinCallbacks } from './wappin-callbacks.js';
import { jakartaDateTime, UniqueIds, type WappinTokens } from './wappin-tokens.js';

/** Wappin's paths, without the slash at the end that some clients write. */
export const WAPPIN_PATHS: Readonly<Record<string, Operation>> = {
  '/v1/token/get': 'token',
  '/v1/message/do-send-hsm': 'send',
  '/v1/message/inquiry': 'inquiry',
  '/v1/phone/number-checker': 'number-checker',
};

/** The only templates of a UAT project. */
const UAT_TEMPLATES: readonly string[] = ['templ_uat_2', 'templ_uat_3'];
/** `62…` in the samples for notifications, `08…` in those for chatbots. */
const PHONE = /^(62\d{8,13}|0\d{8,14}|[1-9]\d{8,14})$/;
/** Codes that are HTTP statuses too; the others are mirrored as 400. */
const MIRRORED = new Set(['200', '400', '401', '404', '406', '407', '419']);

const NO_INPUT: Refusal = { http: 200, code: '400', message: 'Error no input received' };
const UNKNOWN_CLIENT: Refusal = { http: 200, code: '400', message: 'Project ID or Client ID cannot be process.' };
const PARAM_COUNT: Refusal = { http: 200, code: '400', message: 'Message param count do not match' };
const SMS_PARAM_COUNT: Refusal = { http: 200, code: '400', message: 'params sms count do not match' };
const INVALID_CREDENTIAL: Refusal = { http: 200, code: '401', message: 'Invalid credential' };
const NO_TEMPLATE: Refusal = { http: 200, code: '404', message: 'API Notification Template not found or inactive' };
const NO_SMS_TEMPLATE: Refusal = { http: 200, code: '404', message: 'Content Template SMS not found' };
const NO_DATA: Refusal = { http: 200, code: '404', message: 'Data not Found' };
const NO_AUTH: Refusal = { http: 200, code: '406', message: 'Auth not recognize' };
const WRONG_ADDRESS: Refusal = { http: 200, code: '407', message: 'IP Address not allowed' };
const INVALID_CONTACT: Refusal = { http: 200, code: '601', message: 'Contact invalid' };
const INVALID_NUMBER: Refusal = { http: 200, code: '601', message: 'Phone Number Invalid' };

interface Send {
  readonly recipient: string;
  readonly template: string;
  readonly params: readonly string[];
}

interface Caller {
  readonly path: string;
  readonly at: Date;
  account?: SimulatedWappinAccount;
  recipient?: string;
}

const isRefusal = (value: Send | Refusal): value is Refusal => 'http' in value;

/** Wappin, document 1.7 (December 2019): token, notifications (HSM), inquiry, number checker. */
export class WappinApi {
  private readonly ids = new UniqueIds();

  constructor(
    private readonly accounts: Accounts,
    private readonly tokens: WappinTokens,
    private readonly ledger: Ledger,
    private readonly faults: Faults,
    private readonly callbacks: WappinCallbacks,
    private readonly now: () => Date,
    private readonly options: { readonly strict: boolean },
  ) {}

  handle(operation: Operation, call: ProviderCall): Answer {
    const caller: Caller = { path: call.path, at: this.now() };
    if (operation === 'token') return this.token(call, caller);
    const unfit = this.admit(call, caller);
    if (unfit !== undefined) return this.refuse(caller, unfit);
    const account = caller.account as SimulatedWappinAccount;
    const input = declaresJson(call) ? jsonObject(call.body) : undefined;
    if (input === undefined || Object.keys(input).length === 0) return this.refuse(caller, NO_INPUT);
    if (operation === 'send') return this.send(account, input, caller);
    const behaviour = this.faults.ofCall('WAPPIN', account.clientId, operation);
    if (operation === 'inquiry') return this.inquiry(account, input, caller, behaviour);
    return this.checkNumber(account, input, caller, behaviour);
  }

  private token(call: ProviderCall, caller: Caller): Answer {
    const basic = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(headerOf(call, 'authorization') ?? '')?.[1];
    if (basic === undefined) return this.refuse(caller, NO_AUTH);
    const [clientId, ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    if (!clientId || secret.length === 0) return this.refuse(caller, NO_AUTH);
    const account = this.accounts.wappin(clientId);
    if (account === undefined) return this.refuse(caller, INVALID_CREDENTIAL);
    caller.account = account;
    if (!sameSecret(secret.join(':'), account.secretKey)) return this.refuse(caller, INVALID_CREDENTIAL);
    if (!allows(account, call)) return this.refuse(caller, WRONG_ADDRESS);
    const behaviour = this.faults.ofCall('WAPPIN', account.clientId, 'token');
    const struck = this.strike(caller, behaviour);
    if (struck !== undefined) return struck;

    const token = this.tokens.issue(account, caller.at);
    const data: WappinTokenData = {
      access_token: token.value,
      expired_datetime: jakartaDateTime(token.expiresAt),
      token_type: 'access_token',
    };
    const body: WappinResponse<WappinTokenData> = token.fresh
      ? { status: '200', message: 'Success', data }
      : { status: '200', message: 'Token not expired', ...(account.tokenAnswerWithoutData ? {} : { data }) };
    this.record(caller, 'answered', 200);
    return withLine(shaped(JSON.stringify(body), behaviour), behaviour);
  }

  /** The checks before any input is looked at. */
  private admit(call: ProviderCall, caller: Caller): Refusal | undefined {
    const token = /^Bearer (\S+)$/.exec(headerOf(call, 'authorization') ?? '')?.[1];
    if (token === undefined) return NO_AUTH;
    const clientId = this.tokens.clientOf(token, caller.at);
    caller.account = clientId === undefined ? undefined : this.accounts.wappin(clientId);
    if (caller.account === undefined) return INVALID_CREDENTIAL;
    return allows(caller.account, call) ? undefined : WRONG_ADDRESS;
  }

  private send(account: SimulatedWappinAccount, input: Record<string, unknown>, caller: Caller): Answer {
    const send = this.readSend(account, input);
    if (typeof input['recipient_number'] === 'string') caller.recipient = msisdn(input['recipient_number']);
    if (isRefusal(send)) return this.refuse(caller, send);
    const messageKey = Ledger.keyOf(send.recipient, send.template, send.params);
    const behaviour = this.faults.ofSend('WAPPIN', account.clientId, send.recipient, messageKey);
    if (!(behaviour?.sent ?? behaviour?.refuse === undefined)) {
      const struck = this.strike(caller, behaviour);
      if (struck !== undefined) return struck;
    }

    const message: LedgerMessage = {
      kind: 'WAPPIN',
      clientId: account.clientId,
      recipient: send.recipient,
      template: send.template,
      params: send.params,
      requestId: null,
      at: caller.at,
      messageId: this.ids.next(caller.at),
      repeats: 0,
      events: [],
    };
    this.ledger.accept(message, messageKey);
    const after = this.callbacks.report(message, account, behaviour?.callbacks, behaviour?.delayMs ?? 0);
    const answer = shaped(`{"message_id":"${message.messageId}","status":"200","message":"Success"}`, behaviour);
    this.record(caller, 'accepted', answer.status, message.messageId);
    return withLine(after === undefined ? answer : { ...answer, after }, behaviour);
  }

  private readSend(account: SimulatedWappinAccount, input: Record<string, unknown>): Send | Refusal {
    const { type, recipient_number: recipient, params } = input;
    if (!isOwn(account, input)) return UNKNOWN_CLIENT;
    if (typeof recipient !== 'string' || recipient === '') return NO_INPUT;
    if (typeof type !== 'string') return NO_TEMPLATE;
    const count = this.countOf(account, type, 'WHATSAPP');
    if (count === undefined && this.options.strict) return NO_TEMPLATE;
    const values = readParams(params);
    if (values === undefined || (count !== undefined && values.length !== count)) return PARAM_COUNT;
    const unfit = this.checkSms(account, input);
    if (unfit !== undefined) return unfit;
    if (!PHONE.test(recipient)) return INVALID_CONTACT;
    return { recipient: msisdn(recipient), template: type, params: values };
  }

  /** The omnichannel variant: all three of its fields or none. */
  private checkSms(account: SimulatedWappinAccount, input: Record<string, unknown>): Refusal | undefined {
    const { channel, content, params_sms: params } = input;
    if (channel === undefined && content === undefined && params === undefined) return undefined;
    if (channel !== 'sms') return NO_INPUT;
    const count = typeof content === 'string' ? this.countOf(account, content, 'SMS') : undefined;
    if (typeof content !== 'string' || (count === undefined && this.options.strict)) return NO_SMS_TEMPLATE;
    const values = readParams(params);
    return values === undefined || (count !== undefined && values.length !== count) ? SMS_PARAM_COUNT : undefined;
  }

  private countOf(account: SimulatedWappinAccount, name: string, channel: 'WHATSAPP' | 'SMS'): number | undefined {
    if (channel === 'WHATSAPP' && account.environment === 'UAT' && !UAT_TEMPLATES.includes(name)) return undefined;
    return this.accounts.paramCount('WAPPIN', account.clientId, name, channel);
  }

  /** What has become of a message; the field names of an element are the reference's reading. */
  private inquiry(
    account: SimulatedWappinAccount,
    input: Record<string, unknown>,
    caller: Caller,
    behaviour: Behaviour | undefined,
  ): Answer {
    const struck = this.strike(caller, behaviour);
    if (struck !== undefined) return struck;
    const { message_id: messageId } = input;
    const message = typeof messageId === 'string' ? this.ledger.message(messageId) : undefined;
    if (message?.kind !== 'WAPPIN' || message.clientId !== account.clientId) return this.refuse(caller, NO_DATA);
    const data = message.events.map(({ status, at }) => ({
      message_id: message.messageId,
      status,
      timestamp: String(Math.floor(at.getTime() / 1000)),
    }));
    this.record(caller, 'answered', 200, message.messageId);
    return withLine(shaped(JSON.stringify({ status: '200', message: 'Success', data }), behaviour), behaviour);
  }

  private checkNumber(
    account: SimulatedWappinAccount,
    input: Record<string, unknown>,
    caller: Caller,
    fault: Behaviour | undefined,
  ): Answer {
    if (!isOwn(account, input)) return this.refuse(caller, UNKNOWN_CLIENT);
    const { phone_number: phone } = input;
    if (typeof phone !== 'string' || !PHONE.test(phone)) return this.refuse(caller, INVALID_NUMBER);
    caller.recipient = msisdn(phone);
    const behaviour =
      fault ?? this.faults.ofRecipient('WAPPIN', account.clientId, caller.recipient, `check ${caller.recipient}`);
    if (behaviour?.refuse?.code === '601') return withLine(this.refuse(caller, INVALID_NUMBER), behaviour);
    const struck = this.strike(caller, behaviour);
    if (struck !== undefined) return struck;
    const body: WappinResponse = {
      message_id: this.ids.next(caller.at),
      status: '200',
      message: 'Phone Number Valid',
      data: null,
    };
    this.record(caller, 'answered', 200);
    return withLine(shaped(JSON.stringify(body), behaviour), behaviour);
  }

  /** A refusal or a dead line that a fault or a magic recipient asks for; undefined when the call is to succeed. */
  private strike(caller: Caller, behaviour: Behaviour | undefined): Answer | undefined {
    if (behaviour?.refuse !== undefined) return withLine(this.refuse(caller, behaviour.refuse), behaviour);
    if (behaviour?.sent !== false) return undefined;
    this.record(caller, 'dropped', 0);
    return withLine({ status: 500, body: '', line: 'dropped' }, behaviour);
  }

  private refuse(caller: Caller, { http, code, message }: Refusal): Answer {
    if (code === null) {
      this.record(caller, `http_${http}`, http);
      return proxyPage(http);
    }
    const status = !caller.account?.mirrorStatus ? 200 : MIRRORED.has(code) ? Number(code) : 400;
    this.record(caller, code, status);
    // The document's sample of a 419 has an id although nothing was sent: its presence is not success.
    const body: WappinResponse<null> = {
      ...(code === '419' && { message_id: this.ids.next(caller.at) }),
      status: code,
      message,
      data: null,
    };
    return { status, body: JSON.stringify(body) };
  }

  private record(caller: Caller, outcome: string, httpStatus: number, messageId?: string): void {
    const { at, path, recipient } = caller;
    const clientId = caller.account?.clientId ?? null;
    this.ledger.record({ at, kind: 'WAPPIN', clientId, path, outcome, httpStatus, recipient, messageId });
  }
}

/** An answer of success, or what is left of it. */
function shaped(body: string, behaviour: Behaviour | undefined): Answer {
  if (behaviour?.refuse !== undefined) return proxyPage(behaviour.refuse.http);
  if (behaviour?.answer === 'html') return proxyPage(200);
  if (behaviour?.answer === 'empty') return { status: 200, body: '{"status":"200","message":"Success"}' };
  return { status: 200, body };
}

/** Ids are strings with their leading zeros; the number 9 is not `0009`. */
function isOwn(account: SimulatedWappinAccount, input: Record<string, unknown>): boolean {
  return input['client_id'] === account.clientId && input['project_id'] === account.projectId;
}

/** Keys "1" to "n" without a gap, every value a string; in order. */
function readParams(params: unknown): string[] | undefined {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return undefined;
  const given = params as Record<string, unknown>;
  const values: string[] = [];
  for (let position = 1; position <= Object.keys(given).length; position++) {
    const value = given[String(position)];
    if (typeof value !== 'string') return undefined;
    values.push(value);
  }
  return values;
}

function allows(account: SimulatedWappinAccount, call: ProviderCall): boolean {
  return account.allowedIps === undefined || account.allowedIps.includes(call.remoteAddress.replace(/^::ffff:/, ''));
}
