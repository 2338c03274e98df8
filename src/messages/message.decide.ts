import { DAY, later, MINUTE, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { type Problem, problem, type ProviderFailure, type ProviderKind } from '../common/problem.js';
import { type EventType } from '../events/event-types.js';
import { type Failure, type Outcome, type ReportedStatus } from '../providers/ports.js';
import { type MessageState } from './message-row.js';
import { mayBeSentAgain, mayBecome } from './message.status.js';

/** Something that happened to a message, or that a person wants of it. */
export type Change =
  | {
      readonly kind: 'outcome';
      readonly attemptId: string;
      readonly attemptNumber: number;
      readonly outcome: Outcome;
      readonly durationMs: number;
      readonly repeatSafe: boolean;
    }
  | {
      readonly kind: 'observed';
      readonly attemptId: string;
      readonly attemptNumber: number;
      readonly reference: string;
      /** The reference was not known: the report was matched by what else it says. */
      readonly learnt: boolean;
      readonly status: ReportedStatus;
      readonly occurredAt: Date | null;
      readonly failure: Failure | null;
    }
  /** Its timerAt came. */
  | { readonly kind: 'due' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'retry'; readonly accountId: string }
  | { readonly kind: 'resolve'; readonly sent: boolean }
  /** Its account is gone: another one takes it, or none fits. */
  | { readonly kind: 'stranded'; readonly accountId: string | null };

/** What the attempt's row learns. */
export interface AttemptNews {
  readonly id: string;
  readonly outcome: 'ACCEPTED' | 'REFUSED' | 'DEFERRED' | 'UNCERTAIN';
  readonly durationMs: number;
  readonly providerMessageId: string | null;
  readonly failure: ProviderFailure | null;
  readonly outcomeOf: Outcome;
}

export interface Decision {
  /** Why a person's wish was not followed. */
  readonly problem?: Problem;
  /** The event to append; undefined when nothing moved that anybody is told of. */
  readonly event?: { readonly type: EventType; readonly occurredAt: Date };
  readonly attempt?: AttemptNews;
  /** A provider's id that is known from now on, and whose it is. */
  readonly reference?: { readonly attemptId: string; readonly attemptNumber: number; readonly reference: string };
}

// interface.md, "What an answer means".
const FIRST_PAUSE_MS = SECOND;
const LONGEST_PAUSE_MS = 5 * MINUTE;
const DEFERRED_AT_MOST_MS = DAY;
const MOST_REPEATS = 5;
const REPEATED_AT_MOST_MS = 10 * MINUTE;
/** A message whose end came while a call is under way is looked at again then. */
const LOOK_AGAIN_MS = 5 * SECOND;

/** The pause before try number `tries` + 1: 1 s, doubling to 5 minutes, a quarter more or less. */
export function pauseMs(tries: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
  return Math.round(pause * (0.75 + random / 2));
}

/**
 * What a change makes of a message: edits the row in hand and says what else follows. The only place that knows when a
 * status moves; the caller holds the row's lock.
 */
export function decide(
  message: MessageState,
  provider: ProviderKind,
  change: Change,
  now: Date,
  random: number,
): Decision {
  switch (change.kind) {
    case 'outcome':
      return afterCall(message, provider, change, now, random);
    case 'observed':
      return afterReport(message, provider, change, now);
    case 'due':
      return whenDue(message, now);
    case 'cancel':
      return cancel(message, now);
    case 'retry':
      return retry(message, change.accountId, now);
    case 'resolve':
      return resolve(message, change.sent, now);
    case 'stranded':
      return strand(message, change.accountId, now);
  }
}

const moved = (message: MessageState, occurredAt: Date): Decision => ({
  event: { type: `MESSAGE_${message.status}` as EventType, occurredAt },
});

/** Takes it out of the queue and off the timer. */
function leaveQueue(message: MessageState): void {
  message.dueAt = null;
  message.timerAt = null;
}

function fail(message: MessageState, why: Problem, now: Date): void {
  message.status = 'FAILED';
  message.problem = why;
  message.failedAt = now;
  leaveQueue(message);
}

const repeatedUntil = (unconfirmedSince: Date): Date => later(unconfirmedSince, REPEATED_AT_MOST_MS);

/** Takes one that waits to be sent again out of the queue: what became of its earlier try is all there is to say. */
function standUnconfirmed(message: MessageState, now: Date): Decision {
  message.status = 'UNCONFIRMED';
  message.problem ??= problem(
    'PROVIDER_UNAVAILABLE',
    'An earlier try may have been sent. A callback, resolveMessage or retryMessage settles it.',
    null,
  );
  leaveQueue(message);
  return moved(message, now);
}

function toProblem(provider: ProviderKind, failure: Failure, retryable: boolean): Problem {
  return problem(failure.code, failure.message, null, { provider: toProviderFailure(provider, failure, retryable) });
}

function toProviderFailure(provider: ProviderKind, failure: Failure, retryable: boolean): ProviderFailure {
  return { provider, code: failure.providerCode, message: failure.providerMessage, retryable };
}

type AfterCall = Extract<Change, { kind: 'outcome' }>;

function afterCall(
  message: MessageState,
  provider: ProviderKind,
  change: AfterCall,
  now: Date,
  random: number,
): Decision {
  const { outcome, attemptId } = change;
  // A lease that ran out was settled as uncertain meanwhile; only what is sure may still move the message.
  const late = message.openAttempt !== attemptId;
  if (!late) message.openAttempt = null;
  const news = (name: AttemptNews['outcome'], retryable: boolean): AttemptNews => ({
    id: attemptId,
    outcome: name,
    durationMs: change.durationMs,
    providerMessageId: outcome.outcome === 'accepted' ? outcome.reference : null,
    failure: outcome.outcome === 'accepted' ? null : toProviderFailure(provider, outcome.failure, retryable),
    outcomeOf: outcome,
  });
  switch (outcome.outcome) {
    case 'accepted': {
      const reference =
        outcome.reference === null
          ? undefined
          : { attemptId, attemptNumber: change.attemptNumber, reference: outcome.reference };
      message.providerMessageId = outcome.reference ?? message.providerMessageId;
      message.submittedAt ??= now;
      const attempt = news('ACCEPTED', false);
      if (!mayBecome(message.status, 'SUBMITTED')) return { attempt, reference };
      message.status = 'SUBMITTED';
      message.problem = null;
      leaveQueue(message);
      return { attempt, reference, ...moved(message, now) };
    }
    case 'refused': {
      const attempt = news('REFUSED', false);
      // A refusal counts of the latest attempt only, and not once another one is known to have been taken.
      const open = message.status === 'UNCONFIRMED' || (message.status === 'QUEUED' && !late);
      if (!open || change.attemptNumber !== message.attempts) return { attempt };
      fail(message, toProblem(provider, outcome.failure, false), now);
      return { attempt, ...moved(message, now) };
    }
    case 'deferred': {
      const attempt = news('DEFERRED', true);
      if (late || message.status !== 'QUEUED') return { attempt };
      if (outcome.freshKey) message.requestKey = newId();
      message.deferrals++;
      message.deferredSince ??= now;
      if (now.getTime() - message.deferredSince.getTime() >= DEFERRED_AT_MOST_MS) {
        fail(message, { ...toProblem(provider, outcome.failure, true), code: 'PROVIDER_UNAVAILABLE' }, now);
        return { attempt, ...moved(message, now) };
      }
      message.dueAt = later(now, Math.max(pauseMs(message.deferrals, random), outcome.retryAfterMs ?? 0));
      return { attempt };
    }
    case 'uncertain': {
      const attempt = news('UNCERTAIN', change.repeatSafe);
      if (late || message.status !== 'QUEUED') return { attempt };
      message.status = 'UNCONFIRMED';
      message.problem = toProblem(provider, outcome.failure, change.repeatSafe);
      // From the start of the call: a lost one may be found hours later, and then its request is hours old.
      message.unconfirmedSince ??= later(now, -change.durationMs);
      leaveQueue(message);
      const repeatable = change.repeatSafe || message.resendUnconfirmed;
      if (repeatable && now < repeatedUntil(message.unconfirmedSince) && message.repeats < MOST_REPEATS) {
        message.timerAt = later(now, pauseMs(message.repeats + 1, random));
      }
      return { attempt, ...moved(message, now) };
    }
  }
}

const MILESTONE = { SENT: 'sentAt', DELIVERED: 'deliveredAt', READ: 'readAt', FAILED: 'failedAt' } as const;

function afterReport(
  message: MessageState,
  provider: ProviderKind,
  change: Extract<Change, { kind: 'observed' }>,
  now: Date,
): Decision {
  const at = change.occurredAt ?? now;
  const reference = change.learnt
    ? { attemptId: change.attemptId, attemptNumber: change.attemptNumber, reference: change.reference }
    : undefined;
  if (!mayBecome(message.status, change.status)) return { reference };
  if (change.status === 'FAILED') {
    // A failure counts of the latest attempt only, and not once the message waits to be sent again.
    const waiting = message.status === 'QUEUED' && message.openAttempt !== change.attemptId;
    if (waiting || change.attemptNumber !== message.attempts) return { reference };
    fail(message, reportedFailure(provider, change.failure), at);
  } else {
    message.status = change.status;
    message[MILESTONE[change.status]] = at;
    message.problem = null;
    leaveQueue(message);
  }
  message.providerMessageId ??= change.reference;
  return { reference, ...moved(message, at) };
}

function reportedFailure(provider: ProviderKind, failure: Failure | null): Problem {
  return failure
    ? toProblem(provider, failure, false)
    : problem('PROVIDER_REJECTED', 'The provider took it and reported later that it failed, without a reason.', null);
}

function whenDue(message: MessageState, now: Date): Decision {
  if (!message.timerAt || message.timerAt > now) return {};
  const over = message.expiresAt !== null && message.expiresAt <= now;
  if (message.status === 'SCHEDULED' && !over) {
    message.status = 'QUEUED';
    message.dueAt = message.scheduledAt ?? now;
    message.timerAt = message.expiresAt;
    return moved(message, now);
  }
  if (message.status === 'UNCONFIRMED') {
    message.timerAt = null;
    const until = repeatedUntil(message.unconfirmedSince ?? now);
    if (over || until <= now) return {}; // too late to repeat; what became of it is still open
    message.status = 'QUEUED';
    message.repeats++;
    message.dueAt = now;
    message.timerAt = message.expiresAt && message.expiresAt < until ? message.expiresAt : until;
    return { event: { type: 'MESSAGE_RETRIED', occurredAt: now } };
  }
  if (message.status !== 'SCHEDULED' && message.status !== 'QUEUED') {
    message.timerAt = null;
    return {};
  }
  if (message.openAttempt) {
    message.timerAt = later(now, LOOK_AGAIN_MS);
    return {};
  }
  if (message.unconfirmedSince) return standUnconfirmed(message, now);
  message.status = 'EXPIRED';
  message.problem = problem('EXPIRED', 'Its expiresAt passed before an account could take it.', 'expiresAt');
  leaveQueue(message);
  return moved(message, now);
}

const notPossible = (message: MessageState, wish: string): Decision => ({
  problem: problem('INVALID_TRANSITION', `The message is ${message.status}: ${wish}.`, 'id'),
});

function cancel(message: MessageState, now: Date): Decision {
  const waits = message.status === 'SCHEDULED' || message.status === 'QUEUED';
  if (waits && message.openAttempt)
    return notPossible(message, 'it is being handed to the provider at this moment and cannot be canceled');
  if (waits && message.unconfirmedSince)
    return notPossible(message, 'an earlier try may have been sent, so it cannot be canceled');
  if (!waits) return notPossible(message, 'only a message that has not left can be canceled');
  message.status = 'CANCELED';
  leaveQueue(message);
  return moved(message, now);
}

function retry(message: MessageState, accountId: string, now: Date): Decision {
  if (!mayBeSentAgain(message.status))
    return notPossible(message, 'only a FAILED or UNCONFIRMED one can be sent again');
  if (message.expiresAt && message.expiresAt <= now) {
    return { problem: problem('EXPIRED', 'Its expiresAt has passed; send a new message.', 'id') };
  }
  // A provider answers a known request key with what it said the first time. For an unknown outcome that is wanted:
  // whatever it does with a repeat, a new key could only make a second message.
  if (message.status === 'FAILED') message.requestKey = newId();
  // That an earlier try may have been sent is still so: such a one is not canceled or EXPIRED as if it had not left.
  message.unconfirmedSince = message.status === 'UNCONFIRMED' ? now : null;
  message.status = 'QUEUED';
  message.accountId = accountId;
  message.problem = null;
  message.failedAt = null;
  message.deferrals = 0;
  message.deferredSince = null;
  message.repeats = 0;
  message.dueAt = now;
  message.timerAt = message.expiresAt;
  return { event: { type: 'MESSAGE_RETRIED', occurredAt: now } };
}

function resolve(message: MessageState, sent: boolean, now: Date): Decision {
  if (message.status !== 'UNCONFIRMED') return notPossible(message, 'only an UNCONFIRMED one can be resolved');
  if (!sent) {
    fail(
      message,
      problem('PROVIDER_UNAVAILABLE', 'The line broke during the call, and a person said that it was not sent.', null),
      now,
    );
    return moved(message, now);
  }
  message.status = 'SUBMITTED';
  message.problem = null;
  message.submittedAt ??= now;
  leaveQueue(message);
  return moved(message, now);
}

function strand(message: MessageState, accountId: string | null, now: Date): Decision {
  const waits = message.status === 'SCHEDULED' || message.status === 'QUEUED';
  if (!waits || message.openAttempt) return {};
  // An uncertain one never goes to the next account.
  if (message.unconfirmedSince) return standUnconfirmed(message, now);
  if (accountId) {
    message.accountId = accountId;
    return {};
  }
  fail(message, problem('NO_ROUTE', 'Its account was deleted and no other one of the project can send it.', null), now);
  return moved(message, now);
}
