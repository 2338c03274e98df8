import { hash } from 'node:crypto';
import { type WappinResponse, type WappinTokenData } from '../../providers/wappin/wappin.wire.js';
import {
  type Answer,
  type Behaviour,
  declaresJson,
  goesOut,
  headerOf,
  jsonObject,
  msisdn,
  NO_ANSWER,
  type ProviderCall,
  proxyPage,
  type Refusal,
  withLine,
} from '../behaviour.js';
import { LARGEST_UPLOAD } from '../files.js';
import { Ledger, type LedgerMessage } from '../ledger.js';
import { sameSecret } from '../same-secret.js';
import { type SimulatedProvider, type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedWappinAccount } from './wappin-account.js';
import { WappinCallbacks, wappinStatus } from './wappin-callbacks.js';
import { readForm } from './wappin-media.js';
import {
  INVALID_CONTACT,
  INVALID_CREDENTIAL,
  INVALID_NUMBER,
  NO_AUTH,
  NO_DATA,
  NO_INPUT,
  UNKNOWN_CLIENT,
  WRONG_ADDRESS,
} from './wappin-refusals.js';
import { isOwn, isRefusal, PHONE, WappinReader, type WappinSend } from './wappin-send.js';
import { jakartaDateTime, WappinTokens } from './wappin-tokens.js';

/** Of a call that carries no file. */
const LARGEST_CALL = 1024 * 1024;

type Operation = 'token' | 'template' | 'text' | 'media' | 'inquiry' | 'number-checker';

/** Wappin's paths, without the slash at the end that some clients write. */
const WAPPIN_PATHS: Readonly<Record<string, Operation>> = {
  '/v1/token/get': 'token',
  '/v1/message/do-send-hsm': 'template',
  '/v1/message/do-send': 'text',
  '/v1/message/do-send-media': 'media',
  '/v1/message/inquiry': 'inquiry',
  '/v1/phone/number-checker': 'number-checker',
};

/** Codes that are HTTP statuses too; the others are mirrored as 400. */
const MIRRORED = new Set(['200', '400', '401', '404', '406', '407', '419']);

interface Caller {
  readonly path: string;
  readonly at: Date;
  account?: SimulatedWappinAccount;
  recipient?: string;
}

/** Wappin, document 1.7 (December 2019): token, notifications (HSM), session texts and files, inquiry, number checker. */
export class WappinApi implements SimulatedProvider {
  readonly kind = 'WAPPIN';
  readonly manner: WappinCallbacks;
  private readonly tokens = new WappinTokens();
  private readonly read: WappinReader;

  constructor(private readonly world: SimulatedWorld) {
    this.manner = new WappinCallbacks(world.accounts);
    this.read = new WappinReader(world.accounts, world.strict);
  }

  takes(method: string, path: string): boolean {
    return method === 'POST' && operationOf(path) !== undefined;
  }

  largestBody(path: string): number {
    return operationOf(path) === 'media' ? LARGEST_UPLOAD : LARGEST_CALL;
  }

  killTokens(clientId?: string): number {
    return this.tokens.kill(clientId);
  }

  handle(call: ProviderCall): Answer | Promise<Answer> {
    const operation = operationOf(call.path);
    const caller: Caller = { path: call.path, at: this.world.now() };
    if (operation === 'token') return this.token(call, caller);
    const unfit = this.admit(call, caller);
    if (unfit !== undefined) return this.refuse(caller, unfit);
    const account = caller.account as SimulatedWappinAccount;
    if (operation === 'media') return this.media(account, call, caller);
    const input = declaresJson(call) ? jsonObject(call.body) : undefined;
    if (input === undefined || Object.keys(input).length === 0) return this.refuse(caller, NO_INPUT);
    switch (operation) {
      case 'inquiry':
        return this.inquiry(account, input, caller);
      case 'number-checker':
        return this.checkNumber(account, input, caller);
      case 'text':
        return this.send(account, this.read.text(account, input), input['recipient_number'], caller);
      default:
        return this.send(account, this.read.template(account, input), input['recipient_number'], caller);
    }
  }

  private token(call: ProviderCall, caller: Caller): Answer {
    const basic = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(headerOf(call, 'authorization') ?? '')?.[1];
    if (basic === undefined) return this.refuse(caller, NO_AUTH);
    const [clientId, ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    if (!clientId || secret.length === 0) return this.refuse(caller, NO_AUTH);
    const account = this.world.accounts.find('WAPPIN', clientId);
    if (account === undefined) return this.refuse(caller, INVALID_CREDENTIAL);
    caller.account = account;
    if (!sameSecret(secret.join(':'), account.secretKey)) return this.refuse(caller, INVALID_CREDENTIAL);
    if (!allows(account, call)) return this.refuse(caller, WRONG_ADDRESS);
    const behaviour = this.world.faults.ofCall('WAPPIN', account.clientId, 'token');
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
    caller.account = clientId === undefined ? undefined : this.world.accounts.find('WAPPIN', clientId);
    if (caller.account === undefined) return INVALID_CREDENTIAL;
    return allows(caller.account, call) ? undefined : WRONG_ADDRESS;
  }

  private async media(account: SimulatedWappinAccount, call: ProviderCall, caller: Caller): Promise<Answer> {
    const form = await readForm(headerOf(call, 'content-type') ?? '', call.body);
    if (form === undefined) return this.refuse(caller, NO_INPUT);
    return this.send(account, this.read.media(account, form), form.fields['recipient_number'], caller);
  }

  private send(
    account: SimulatedWappinAccount,
    send: WappinSend | Refusal,
    recipient: unknown,
    caller: Caller,
  ): Answer {
    if (typeof recipient === 'string') caller.recipient = msisdn(recipient);
    if (isRefusal(send)) return this.refuse(caller, send);
    const { content, file } = send;
    const key = Ledger.keyOf(send.recipient, send.template ?? send.type, [
      ...send.params,
      ...(content === undefined ? [] : [content]),
      ...(file === undefined ? [] : [hash('sha1', file.bytes)]),
    ]);
    const asked = this.world.faults.ofSend('WAPPIN', account.clientId, send.recipient, key);
    const behaviour = this.befalls(account, send, asked, caller.at);
    if (!goesOut(behaviour)) {
      const struck = this.strike(caller, behaviour);
      if (struck !== undefined) return struck;
    }

    const { bytes, filename = null, mimeType = '' } = file ?? {};
    const fileId =
      bytes && this.world.files.add({ account: account.clientId, at: caller.at, bytes, filename, mimeType }).id;
    const message: LedgerMessage = {
      kind: 'WAPPIN',
      account: account.clientId,
      recipient: send.recipient,
      type: send.type,
      template: send.template,
      params: send.params,
      ...(content !== undefined && { content: fileId === undefined ? content : { ...content, fileId } }),
      requestId: null,
      at: caller.at,
      messageId: this.manner.newMessageId(caller.at),
      repeats: 0,
      events: [],
    };
    this.world.ledger.accept(message, key);
    const after = this.world.callbacks.report(this.manner, message, behaviour?.callbacks, behaviour?.delayMs ?? 0);
    const answer = shaped(`{"message_id":"${message.messageId}","status":"200","message":"Success"}`, behaviour);
    this.record(caller, 'accepted', answer.status, message.messageId);
    return withLine(after === undefined ? answer : { ...answer, after }, behaviour);
  }

  /** What the account's settings make of it. */
  private befalls(
    account: SimulatedWappinAccount,
    send: WappinSend,
    asked: Behaviour | undefined,
    at: Date,
  ): Behaviour | undefined {
    // With the rule "Invalid WA Number" the SMS goes out in its place, and nothing reports on that.
    if (send.sms && account.smsToInvalidNumbers && asked?.refuse?.code === INVALID_CONTACT.code)
      return { callbacks: { statuses: [] } };
    const inSession = send.template === null && account.sessionWindow;
    if (inSession && !this.world.windows.isOpen('WAPPIN', account.clientId, send.recipient, at))
      return { ...asked, callbacks: { statuses: ['failed'] } };
    return asked;
  }

  /** What has become of a message; the field names of an element are the reference's reading. */
  private inquiry(account: SimulatedWappinAccount, input: Record<string, unknown>, caller: Caller): Answer {
    const behaviour = this.world.faults.ofCall('WAPPIN', account.clientId, 'inquiry');
    const struck = this.strike(caller, behaviour);
    if (struck !== undefined) return struck;
    const { message_id: messageId } = input;
    const message = typeof messageId === 'string' ? this.world.ledger.message(messageId) : undefined;
    if (message?.kind !== 'WAPPIN' || message.account !== account.clientId) return this.refuse(caller, NO_DATA);
    const data = message.events.map(({ status, at }) => ({
      message_id: message.messageId,
      status: wappinStatus(status),
      timestamp: String(Math.floor(at.getTime() / 1000)),
    }));
    this.record(caller, 'answered', 200, message.messageId);
    return withLine(shaped(JSON.stringify({ status: '200', message: 'Success', data }), behaviour), behaviour);
  }

  private checkNumber(account: SimulatedWappinAccount, input: Record<string, unknown>, caller: Caller): Answer {
    const fault = this.world.faults.ofCall('WAPPIN', account.clientId, 'number-checker');
    if (!isOwn(account, input)) return this.refuse(caller, UNKNOWN_CLIENT);
    const { phone_number: phone } = input;
    if (typeof phone !== 'string' || !PHONE.test(phone)) return this.refuse(caller, INVALID_NUMBER);
    caller.recipient = msisdn(phone);
    const behaviour =
      fault ?? this.world.faults.ofRecipient('WAPPIN', account.clientId, caller.recipient, `check ${caller.recipient}`);
    if (behaviour?.refuse?.code === '601') return withLine(this.refuse(caller, INVALID_NUMBER), behaviour);
    const struck = this.strike(caller, behaviour);
    if (struck !== undefined) return struck;
    const body: WappinResponse = {
      message_id: this.manner.newMessageId(caller.at),
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
    return withLine(NO_ANSWER, behaviour);
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
      ...(code === '419' && { message_id: this.manner.newMessageId(caller.at) }),
      status: code,
      message,
      data: null,
    };
    return { status, body: JSON.stringify(body) };
  }

  private record(caller: Caller, outcome: string, httpStatus: number, messageId?: string): void {
    const { at, path, recipient } = caller;
    const account = caller.account?.clientId ?? null;
    this.world.ledger.record({ at, kind: 'WAPPIN', account, path, outcome, httpStatus, recipient, messageId });
  }
}

/** What is asked for at a path, with or without a slash at its end. */
function operationOf(path: string): Operation | undefined {
  return WAPPIN_PATHS[path.endsWith('/') ? path.slice(0, -1) : path];
}

/** An answer of success, or what is left of it. */
function shaped(body: string, behaviour: Behaviour | undefined): Answer {
  if (behaviour?.refuse !== undefined) return proxyPage(behaviour.refuse.http);
  if (behaviour?.answer === 'html') return proxyPage(200);
  if (behaviour?.answer === 'empty') return { status: 200, body: '{"status":"200","message":"Success"}' };
  return { status: 200, body };
}

function allows(account: SimulatedWappinAccount, call: ProviderCall): boolean {
  return account.allowedIps === undefined || account.allowedIps.includes(call.remoteAddress.replace(/^::ffff:/, ''));
}
