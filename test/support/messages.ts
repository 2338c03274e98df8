import { later } from '../../src/common/clock.js';
import { newId } from '../../src/common/ids.js';
import { type EventType } from '../../src/events/event-types.js';
import { type Change, type Decision } from '../../src/messages/state/message.change.js';
import { decide } from '../../src/messages/state/message.decide.js';
import { type Standings } from '../../src/messages/state/message.route.js';
import { messageEvent, type MessageState } from '../../src/messages/message-row.js';
import { type ReportedStatus } from '../../src/providers/ports/callbacks.js';
import { type Failure, type Outcome } from '../../src/providers/ports/outcome.js';

export const NOON = new Date('2026-03-01T12:00:00Z');

/** A message as `sendMessage` stores it: queued, never tried. */
export function queuedMessage(over: Partial<MessageState> = {}): MessageState {
  return {
    projectId: newId(),
    id: newId(),
    direction: 'OUTBOUND',
    status: 'QUEUED',
    channel: 'WHATSAPP',
    priority: 1,
    person: '+6287823678023',
    recipientId: null,
    fromName: null,
    inReplyTo: null,
    accountId: newId(),
    accountFixed: false,
    route: null,
    fallbacks: null,
    fallbackOf: null,
    fallbackRule: null,
    providerMessageId: null,
    reference: null,
    metadata: null,
    problem: null,
    resendUnconfirmed: false,
    requestKey: newId(),
    attempts: 0,
    openAttempt: null,
    failedAttempt: null,
    deferrals: 0,
    doubts: 0,
    deferredSince: null,
    repeats: 0,
    unconfirmedSince: null,
    dueAt: NOON,
    timerAt: over.expiresAt ?? null,
    sequence: 1,
    scheduledAt: null,
    expiresAt: null,
    createdAt: NOON,
    submittedAt: null,
    sentAt: null,
    deliveredAt: null,
    readAt: null,
    failedAt: null,
    ...over,
  };
}

export const failure = (code: Failure['code'] = 'PROVIDER_REJECTED', providerCode: string | null = '400'): Failure => ({
  code,
  message: 'The provider refused it.',
  providerCode,
  providerMessage: 'no',
});

export const ACCEPTED = { outcome: 'accepted', reference: 'ref-1' } as const satisfies Outcome;
export const REFUSED = { outcome: 'refused', failure: failure() } as const satisfies Outcome;
export const DEFERRED = {
  outcome: 'deferred',
  failure: failure('PROVIDER_UNAVAILABLE', '503'),
} as const satisfies Outcome;
export const UNCERTAIN = {
  outcome: 'uncertain',
  failure: failure('PROVIDER_UNAVAILABLE', null),
} as const satisfies Outcome;

interface ReportMore {
  /** Of the attempt; the latest without it. */
  readonly number?: number;
  readonly occurredAt?: Date;
  readonly why?: Failure;
  readonly learnt?: boolean;
  readonly recipientId?: string;
}

/** A message with a clock, moved as the rooms around it move it: claimed, answered, reported on, looked at in time. */
export class MessageStory {
  now = NOON;
  /** The events so far, without the one of its acceptance. */
  readonly events: EventType[] = [];
  /** The ids of its attempts and the accounts of their calls, the first one at 0. */
  readonly attemptIds: string[] = [];
  readonly accountIds: string[] = [];
  random = 0.5;
  /** How the accounts on its route stand. */
  standings: Standings = new Map();
  repeatSafe: boolean;
  /** Its provider can be asked where a message stands. */
  inquires: boolean;

  readonly message: MessageState;

  constructor(over: Partial<MessageState> & { readonly repeatSafe?: boolean; readonly inquires?: boolean } = {}) {
    const { repeatSafe, inquires, ...message } = over;
    this.message = queuedMessage(message);
    this.repeatSafe = repeatSafe ?? false;
    this.inquires = inquires ?? false;
  }

  get status(): MessageState['status'] {
    return this.message.status;
  }

  pass(ms: number): this {
    this.now = later(this.now, ms);
    return this;
  }

  change(change: Change): Decision {
    const decision = decide(this.message, 'DOKU', change, {
      now: this.now,
      random: this.random,
      standings: this.standings,
    });
    if (decision.event) {
      this.events.push(decision.event.type);
      messageEvent(
        this.message,
        { kind: 'DOKU', sender: null },
        decision.event.occurredAt,
        this.now,
        decision.event.type,
      );
    }
    return decision;
  }

  /** What the claim writes. Says whether there was something to claim. */
  claim(): boolean {
    const { status, dueAt, openAttempt, expiresAt } = this.message;
    if (status !== 'QUEUED' || !dueAt || dueAt > this.now || openAttempt || (expiresAt && expiresAt <= this.now)) {
      return false;
    }
    this.message.openAttempt = newId();
    this.message.attempts++;
    this.attemptIds.push(this.message.openAttempt);
    this.accountIds.push(this.message.accountId);
    return true;
  }

  /** The outcome of attempt `number`, of the latest where none is named. */
  answer(outcome: Outcome, number = this.message.attempts, durationMs = 200): Decision {
    return this.change({
      kind: 'outcome',
      ...this.attempt(number),
      outcome,
      durationMs,
      repeatSafe: this.repeatSafe,
      inquires: this.inquires,
    });
  }

  /** Claims and answers at once; the clock goes on to when it is due. */
  call(outcome: Outcome): Decision {
    if (this.message.dueAt && this.message.dueAt > this.now) this.now = this.message.dueAt;
    if (!this.claim()) throw new Error(`A message that is ${this.status} cannot be claimed.`);
    return this.answer(outcome);
  }

  report(status: ReportedStatus, more: ReportMore = {}): Decision {
    const number = more.number ?? this.message.attempts;
    return this.change({
      kind: 'observed',
      ...this.attempt(number),
      reference: `ref-${number}`,
      learnt: more.learnt ?? false,
      recipientId: more.recipientId ?? null,
      status,
      occurredAt: more.occurredAt ?? null,
      failure: more.why ?? null,
    });
  }

  /** The clock goes on to its timer, which rings. */
  ring(): Decision {
    const { timerAt } = this.message;
    if (timerAt && timerAt > this.now) this.now = timerAt;
    return this.change({ kind: 'due' });
  }

  private attempt(number: number): { accountId: string; attemptId: string; attemptNumber: number } {
    const attemptId = this.attemptIds[number - 1];
    const accountId = this.accountIds[number - 1];
    if (!attemptId || !accountId) throw new Error(`There is no attempt ${number}.`);
    return { accountId, attemptId, attemptNumber: number };
  }
}
