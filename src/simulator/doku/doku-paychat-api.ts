import { randomUUID } from 'node:crypto';
import { type PaychatSubmitted } from '../../providers/doku/doku.wire.js';
import {
  type Answer,
  type Behaviour,
  goesOut,
  jsonObject,
  msisdn,
  NO_ANSWER,
  type ProviderCall,
  proxyPage,
  type Refusal,
  withLine,
} from '../behaviour.js';
import { Ledger, type LedgerMessage } from '../ledger.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { SlidingWindow } from '../sliding-window.js';
import { type SimulatedDokuAccount } from './doku-account.js';
import { type Caller, coded, type Decided, type DokuCalls, RequestIds } from './doku-calls.js';

export const DOKU_MESSAGES_PATH = '/message-as-a-service/v1/whatsapp/messages';

/** PAYCHAT page: at most 100 requests a minute. Whether for each Client-Id is not said; it is what is counted here. */
const REQUESTS_PER_MINUTE = 100;
const MINUTE_MS = 60_000;
/** `1672531199000`, as the PAYCHAT page has it, or `2020-08-11T08:45:42Z`, as every other page of DOKU's. */
const TIMESTAMP = /^(\d{13}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;
/** The table says digits, at most 20; its example is the local form, clients in the field send `62…`. */
const PHONE = /^(0\d{8,14}|\+?[1-9]\d{8,18})$/;

interface Send {
  readonly templateId: string;
  readonly params: readonly string[];
  readonly recipient: string;
}

/** DOKU PAYCHAT, "Send WhatsApp Message". DOKU reports nothing after its answer. */
export class DokuPaychatApi {
  private readonly requestIds: RequestIds<LedgerMessage>;
  private readonly windows = new Map<string, SlidingWindow>();

  constructor(
    private readonly world: SimulatedWorld,
    private readonly calls: DokuCalls,
  ) {
    this.requestIds = new RequestIds(world.capacity);
  }

  /** DOKU signs the path, so a slash at the end is another address. */
  takes(method: string, path: string): boolean {
    return method === 'POST' && path === DOKU_MESSAGES_PATH;
  }

  handle(call: ProviderCall): Answer {
    const caller = this.calls.callerOf(call);
    const unfit = this.calls.admit(call, caller, TIMESTAMP) ?? this.overLimit(caller);
    const answer = unfit === undefined ? this.decide(call, caller) : this.calls.refuse(caller, unfit);
    return this.calls.signed(answer, caller);
  }

  private decide(call: ProviderCall, caller: Caller): Answer {
    const before = this.requestIds.find(caller);
    if (before !== undefined) return this.repeat(before, caller);

    const send = this.readSend(call.body);
    if (send === undefined) return this.refuseForGood(caller, coded(400, 'invalid_parameter'));
    caller.recipient = send.recipient;
    const account = caller.account?.clientId ?? '';
    const expected = this.world.accounts.template({ kind: 'DOKU', name: send.templateId }, account)?.params;
    if (expected === undefined && this.world.strict)
      return this.refuseForGood(caller, coded(404, 'template_not_found'));
    if (expected !== undefined && expected !== send.params.length) {
      return this.refuseForGood(caller, coded(400, 'invalid_params'));
    }
    return this.take(send, caller);
  }

  /** A request that nothing is wrong with: taken, unless a fault or a magic recipient has other plans. */
  private take(send: Send, caller: Caller): Answer {
    const account = caller.account?.clientId ?? '';
    const messageKey = Ledger.keyOf(send.recipient, send.templateId, send.params);
    const behaviour = this.world.faults.ofSend('DOKU', account, send.recipient, messageKey);
    const refusal = behaviour?.refuse;
    if (!goesOut(behaviour)) {
      if (refusal === undefined) {
        this.calls.record(caller, 'dropped', 0);
        return withLine(NO_ANSWER, behaviour);
      }
      const forGood = behaviour?.remembered && refusal.code !== null;
      const answer = forGood ? this.refuseForGood(caller, refusal, behaviour) : this.calls.refuse(caller, refusal);
      return withLine(answer, behaviour);
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
    this.requestIds.remember(caller, body, message, behaviour);
    const answer = firstAnswer(body, behaviour);
    this.calls.record(caller, 'accepted', answer.status, message.messageId);
    return withLine(answer, behaviour);
  }

  /** "Idempotency Request": same Request-Id and body, the first answer's body again, with HTTP 409. */
  private repeat(before: Decided<LedgerMessage>, caller: Caller): Answer {
    caller.recipient = before.made?.recipient;
    // Another body under a used Request-Id is not documented; a 409 would read as the repeat that it is not.
    if (before.digest !== caller.digest) return this.calls.refuse(caller, coded(400, 'invalid_request_id'));
    if (before.made !== undefined) before.made.repeats++;
    this.calls.record(caller, 'repeated', 409, before.made?.messageId);
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

  /** Sliding, not a bucket: no 60 s hold more than the limit. What is turned away does not count. */
  private overLimit(caller: Caller): Refusal | undefined {
    const { clientId, requestsPerMinute = REQUESTS_PER_MINUTE } = caller.account as SimulatedDokuAccount;
    if (requestsPerMinute === null) return undefined;
    const at = caller.at.getTime();
    let window = this.windows.get(clientId);
    if (window === undefined) this.windows.set(clientId, (window = new SlidingWindow(MINUTE_MS)));
    if (window.count(at) >= requestsPerMinute) return coded(429, 'too_many_requests');
    window.add(at);
    return undefined;
  }

  private refuseForGood(caller: Caller, refusal: Refusal, behaviour?: Behaviour): Answer {
    const answer = this.calls.refuse(caller, refusal);
    this.requestIds.remember(caller, answer.body, undefined, behaviour);
    return answer;
  }
}

/** The answer to a message that went out, as the first request gets to see it. */
function firstAnswer(body: string, behaviour: Behaviour | undefined): Answer {
  if (behaviour?.refuse !== undefined) return proxyPage(behaviour.refuse.http);
  if (behaviour?.answer === 'html') return proxyPage(200);
  if (behaviour?.answer === 'empty') return { status: 200, body: '{"status":"submitted"}' };
  return { status: 200, body };
}
