import { randomUUID } from 'node:crypto';
import { type PaychatError, type PaychatSubmitted } from '../../providers/doku/doku.wire.js';
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
  withLine,
} from '../behaviour.js';
import { Ledger, type LedgerMessage } from '../ledger.js';
import { Ring } from '../ring.js';
import { sameSecret } from '../same-secret.js';
import { type SimulatedProvider, type SimulatedWorld } from '../simulated-provider.js';
import { SlidingWindow } from '../sliding-window.js';
import { type SimulatedDokuAccount } from './doku-account.js';
import { dokuDigest, dokuSignature } from './doku-signature.js';

export const DOKU_MESSAGES_PATH = '/message-as-a-service/v1/whatsapp/messages';

/** PAYCHAT page: at most 100 requests a minute. Whether for each Client-Id is not said; it is what is counted here. */
const REQUESTS_PER_MINUTE = 100;
const MINUTE_MS = 60_000;
/** DOKU's limit for Request-Id elsewhere. */
const LONGEST_REQUEST_ID = 128;
/** `1672531199000`, as the PAYCHAT page has it, or `2020-08-11T08:45:42Z`, as every other page of DOKU's. */
const TIMESTAMP = /^(\d{13}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;
/** The table says digits, at most 20; its example is the local form, clients in the field send `62…`. */
const PHONE = /^(0\d{8,14}|\+?[1-9]\d{8,18})$/;

/** What a Request-Id stands for once it has been decided. */
interface Decided {
  readonly key: string;
  readonly digest: string;
  readonly body: Answer['body'];
  readonly message: LedgerMessage | undefined;
  readonly behaviour: Behaviour | undefined;
}

interface Send {
  readonly templateId: string;
  readonly params: readonly string[];
  readonly recipient: string;
}

/** A request on its way through the checks: what is known of the caller so far. */
interface Caller {
  readonly path: string;
  readonly at: Date;
  account?: SimulatedDokuAccount;
  requestId?: string;
  timestamp?: string;
  recipient?: string;
}

/** DOKU PAYCHAT, "Send WhatsApp Message". DOKU reports nothing after its answer. */
export class DokuApi implements SimulatedProvider {
  readonly kind = 'DOKU';
  private readonly decided = new Map<string, Decided>();
  private readonly decidedOrder: Ring<Decided>;
  private readonly windows = new Map<string, SlidingWindow>();

  constructor(private readonly world: SimulatedWorld) {
    this.decidedOrder = new Ring(world.capacity);
  }

  /** DOKU signs the path, so a slash at the end is another address. */
  takes(method: string, path: string): boolean {
    return method === 'POST' && path === DOKU_MESSAGES_PATH;
  }

  handle(call: ProviderCall): Answer {
    const caller: Caller = { path: call.path, at: this.world.now() };
    const digest = dokuDigest(call.body);
    const unfit = this.admit(call, digest, caller);
    const answer = unfit ?? this.decide(call, digest, caller);
    return this.signed(answer, caller);
  }

  /** Who is it, is it genuine, and may it call now? What is refused here leaves the Request-Id free. */
  private admit(call: ProviderCall, digest: string, caller: Caller): Answer | undefined {
    const [clientId, requestId, timestamp, signature] = [
      'client-id',
      'request-id',
      'request-timestamp',
      'signature',
    ].map((name) => headerOf(call, name));
    caller.requestId = requestId;
    caller.timestamp = timestamp;
    const account = clientId ? this.world.accounts.find('DOKU', clientId) : undefined;
    caller.account = account;
    if (!clientId || !requestId || !timestamp || !declaresJson(call))
      return this.refuse(caller, 400, 'invalid_header_request');
    if (requestId.length > LONGEST_REQUEST_ID || !TIMESTAMP.test(timestamp)) {
      return this.refuse(caller, 400, 'invalid_header_request');
    }
    if (account === undefined) return this.refuse(caller, 401, 'invalid_client_id');
    const expected = dokuSignature({ clientId, requestId, timestamp, target: call.path, digest }, account.secretKey);
    if (!signature || !sameSecret(signature, expected) || this.tooFarOff(timestamp, account, caller.at)) {
      return this.refuse(caller, 401, 'invalid_signature');
    }
    return this.overLimit(account, caller.at) ? this.refuse(caller, 429, 'too_many_requests') : undefined;
  }

  private decide(call: ProviderCall, digest: string, caller: Caller): Answer {
    const clientId = caller.account?.clientId ?? '';
    const key = `${clientId}\n${caller.requestId}`;
    const before = this.decided.get(key);
    if (before !== undefined) return this.repeat(before, digest, caller);

    const send = this.readSend(call.body);
    if (send === undefined) return this.refuseForGood(key, digest, caller, 400, 'invalid_parameter');
    caller.recipient = send.recipient;
    const expected = this.world.accounts.template({ kind: 'DOKU', name: send.templateId }, clientId)?.params;
    if (expected === undefined && this.world.strict)
      return this.refuseForGood(key, digest, caller, 404, 'template_not_found');
    if (expected !== undefined && expected !== send.params.length) {
      return this.refuseForGood(key, digest, caller, 400, 'invalid_params');
    }
    return this.take(key, digest, send, caller);
  }

  /** A request that nothing is wrong with: taken, unless a fault or a magic recipient has other plans. */
  private take(key: string, digest: string, send: Send, caller: Caller): Answer {
    const account = caller.account?.clientId ?? '';
    const messageKey = Ledger.keyOf(send.recipient, send.templateId, send.params);
    const behaviour = this.world.faults.ofSend('DOKU', account, send.recipient, messageKey);
    const refusal = behaviour?.refuse;
    if (!goesOut(behaviour)) {
      if (refusal === undefined) {
        this.record(caller, 'dropped', 0);
        return withLine(NO_ANSWER, behaviour);
      }
      if (behaviour?.remembered && refusal.code !== null) {
        return withLine(
          this.refuseForGood(key, digest, caller, refusal.http, refusal.code, refusal.message, behaviour),
          behaviour,
        );
      }
      return withLine(this.refuse(caller, refusal.http, refusal.code, refusal.message), behaviour);
    }

    const message: LedgerMessage = {
      kind: 'DOKU',
      account,
      recipient: send.recipient,
      type: 'template',
      template: send.templateId,
      params: send.params,
      requestId: caller.requestId ?? null,
      at: caller.at,
      messageId: randomUUID(),
      repeats: 0,
      events: [],
    };
    this.world.ledger.accept(message, messageKey);
    const body = JSON.stringify({ status: 'submitted', messageId: message.messageId } satisfies PaychatSubmitted);
    this.remember({ key, digest, body, message, behaviour });
    const answer = firstAnswer(body, behaviour);
    this.record(caller, 'accepted', answer.status, message.messageId);
    return withLine(answer, behaviour);
  }

  /** "Idempotency Request": same Request-Id and body, the first answer's body again, with HTTP 409. */
  private repeat(before: Decided, digest: string, caller: Caller): Answer {
    caller.recipient = before.message?.recipient;
    // Another body under a used Request-Id is not documented; a 409 would read as the repeat that it is not.
    if (before.digest !== digest) return this.refuse(caller, 400, 'invalid_request_id');
    if (before.message !== undefined) before.message.repeats++;
    this.record(caller, 'repeated', 409, before.message?.messageId);
    return withLine({ status: 409, body: before.body }, before.behaviour?.repeatsToo ? before.behaviour : undefined);
  }

  private readSend(body: Buffer): Send | undefined {
    const { templateId, params, destinationPhone } = jsonObject(body) ?? {};
    if (typeof templateId !== 'string' || templateId.length < 1 || templateId.length > 64) return undefined;
    if (typeof destinationPhone !== 'string' || !PHONE.test(destinationPhone)) return undefined;
    if (!Array.isArray(params) || !params.every((value): value is string => typeof value === 'string'))
      return undefined;
    return { templateId, params, recipient: msisdn(destinationPhone) };
  }

  private tooFarOff(timestamp: string, account: SimulatedDokuAccount, at: Date): boolean {
    const allowed = account.maxSkewMs ?? null;
    if (allowed === null) return false;
    const said = /^\d+$/.test(timestamp) ? Number(timestamp) : Date.parse(timestamp);
    return !(Math.abs(at.getTime() - said) <= allowed);
  }

  /** Sliding, not a bucket: no 60 s hold more than the limit. What is turned away does not count. */
  private overLimit(account: SimulatedDokuAccount, at: Date): boolean {
    const limit = account.requestsPerMinute === undefined ? REQUESTS_PER_MINUTE : account.requestsPerMinute;
    if (limit === null) return false;
    let window = this.windows.get(account.clientId);
    if (window === undefined) this.windows.set(account.clientId, (window = new SlidingWindow(MINUTE_MS)));
    if (window.count(at.getTime()) >= limit) return true;
    window.add(at.getTime());
    return false;
  }

  private refuseForGood(
    key: string,
    digest: string,
    caller: Caller,
    http: number,
    code: string,
    message = code.replaceAll('_', ' '),
    behaviour?: Behaviour,
  ): Answer {
    const answer = this.refuse(caller, http, code, message);
    this.remember({ key, digest, body: answer.body, message: undefined, behaviour });
    return answer;
  }

  private refuse(
    caller: Caller,
    http: number,
    code: string | null,
    message = code?.replaceAll('_', ' ') ?? '',
  ): Answer {
    this.record(caller, code ?? `http_${http}`, http);
    if (code === null) return proxyPage(http);
    return { status: http, body: JSON.stringify({ error: { code, message, type: code } } satisfies PaychatError) };
  }

  private record(caller: Caller, outcome: string, httpStatus: number, messageId?: string): void {
    const { at, path, requestId, timestamp, recipient } = caller;
    this.world.ledger.record({
      at,
      kind: 'DOKU',
      account: caller.account?.clientId ?? null,
      path,
      outcome,
      httpStatus,
      requestId,
      timestamp,
      recipient,
      messageId,
    });
  }

  private remember(decided: Decided): void {
    this.decided.set(decided.key, decided);
    const gone = this.decidedOrder.push(decided);
    if (gone !== undefined) this.decided.delete(gone.key);
  }

  private signed(answer: Answer, caller: Caller): Answer {
    const { account, requestId } = caller;
    if (!account?.signAnswers || requestId === undefined) return answer;
    const timestamp = `${caller.at.toISOString().slice(0, 19)}Z`;
    const digest = dokuDigest(Buffer.from(answer.body));
    const parts = { clientId: account.clientId, requestId, timestamp, target: caller.path, digest };
    return {
      ...answer,
      headers: {
        'Client-Id': account.clientId,
        'Request-Id': requestId,
        'Response-Timestamp': timestamp,
        Signature: dokuSignature(parts, account.secretKey, 'Response-Timestamp'),
      },
    };
  }
}

/** The answer to a message that went out, as the first request gets to see it. */
function firstAnswer(body: string, behaviour: Behaviour | undefined): Answer {
  if (behaviour?.refuse !== undefined) return proxyPage(behaviour.refuse.http);
  if (behaviour?.answer === 'html') return proxyPage(200);
  if (behaviour?.answer === 'empty') return { status: 200, body: '{"status":"submitted"}' };
  return { status: 200, body };
}
