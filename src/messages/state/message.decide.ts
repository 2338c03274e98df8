import { later, SECOND } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { problem, type ProviderKind } from '../../common/problem.js';
import { afterCall, askedAfter, repeatedUntil } from './message.after-call.js';
import { afterReport } from './message.after-report.js';
import { type Change, type Decision, fail, leaveQueue, moved, type Path } from './message.change.js';
import { fallbackTime, holding, isSpared, stillWanted } from './message.fallbacks.js';
import { NOBODY, type Standings } from './message.route.js';
import { type MessageState } from '../message-row.js';
import { mayBeSentAgain } from './message.status.js';

/** A message whose end came while a call is under way is looked at again then. */
const LOOK_AGAIN_MS = 5 * SECOND;

/** What a decision looks at beside the message and the change. */
export interface Moment {
  readonly now: Date;
  /** From 0 to 1: pauses are not all alike. */
  readonly random: number;
  /** Of the accounts on the message's route, where its account may refuse or defer it. */
  readonly standings?: Standings;
}

/**
 * What a change makes of a message: edits the row in hand and says what else follows. The only place that knows when a
 * status moves; the caller holds the row's lock.
 */
export function decide(message: MessageState, provider: ProviderKind, change: Change, moment: Moment): Decision {
  const decision = step(message, provider, change, moment);
  if (message.fallbacks) lookAtFallbacks(message, moment.now);
  return decision;
}

function step(message: MessageState, provider: ProviderKind, change: Change, moment: Moment): Decision {
  const { now } = moment;
  switch (change.kind) {
    case 'outcome':
      return afterCall(message, provider, change, moment.standings ?? NOBODY, moment);
    case 'observed':
      return afterReport(message, provider, change, now);
    case 'due':
      return whenDue(message, now);
    case 'cancel':
      return cancel(message, now);
    case 'retry':
      return retry(message, change, now);
    case 'resolve':
      return resolve(message, change.sent, now);
    case 'stranded':
      return strand(message, change.path, now);
    case 'spared':
      return spare(message, change.arrived, now);
  }
}

/** Sets the timer for the next fallback. The repeats of one that may have been sent come first: they have the timer. */
function lookAtFallbacks(message: MessageState, now: Date): void {
  const at = fallbackTime(message);
  if (at === null || (message.status === 'UNCONFIRMED' && message.timerAt)) return;
  const time = at < now ? now : at;
  if (!message.timerAt || time < message.timerAt) message.timerAt = time;
}

/** Nobody needs it any more: it does not leave if it has not yet, and nothing more is sent in its place. */
function spare(message: MessageState, arrived: MessageState, now: Date): Decision {
  if (arrived.status !== 'CANCELED') message.fallbacks = stillWanted(message.fallbacks, arrived);
  const waits = message.status === 'SCHEDULED' || message.status === 'QUEUED';
  if (!waits || message.openAttempt || message.unconfirmedSince || !isSpared(message, arrived)) return {};
  message.status = 'CANCELED';
  leaveQueue(message);
  return moved(message, now);
}

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

function whenDue(message: MessageState, now: Date): Decision {
  if (!message.timerAt || message.timerAt > now) return {};
  const fallbackAt = fallbackTime(message);
  if (fallbackAt && fallbackAt <= now) {
    const standIns = holding(message, now);
    // Empty and not null: something is, or was to be, sent in its place.
    message.fallbacks = [];
    message.timerAt = message.status === 'SUBMITTED' ? askedAfter(message.submittedAt ?? now, now) : null;
    return { standIns };
  }
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
  if (message.status === 'SUBMITTED') {
    message.timerAt = askedAfter(message.submittedAt ?? now, now);
    return { inquire: true };
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

function retry(message: MessageState, { accountId, route }: Extract<Change, { kind: 'retry' }>, now: Date): Decision {
  if (!mayBeSentAgain(message.status))
    return notPossible(message, 'only a FAILED or UNCONFIRMED one can be sent again');
  if (message.expiresAt && message.expiresAt <= now) {
    return { problem: problem('EXPIRED', 'Its expiresAt has passed; send a new message.', 'id') };
  }
  // A provider answers a known request key with what it said the first time. For an unknown outcome that is wanted:
  // whatever it does with a repeat, a new key could only make a second message.
  if (message.status === 'FAILED') {
    message.requestKey = newId();
    message.route = route;
  }
  // That an earlier try may have been sent is still so: such a one is not canceled or EXPIRED as if it had not left.
  message.unconfirmedSince = message.status === 'UNCONFIRMED' ? now : null;
  message.status = 'QUEUED';
  message.accountId = accountId;
  message.problem = null;
  message.submittedAt = null;
  message.failedAt = null;
  message.deferrals = 0;
  message.doubts = 0;
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

function strand(message: MessageState, path: Path | null, now: Date): Decision {
  const waits = message.status === 'SCHEDULED' || message.status === 'QUEUED';
  if (!waits || message.openAttempt) return {};
  // An uncertain one never goes to the next account.
  if (message.unconfirmedSince) return standUnconfirmed(message, now);
  if (path) {
    Object.assign(message, path);
    return {};
  }
  fail(message, problem('NO_ROUTE', 'Its account was deleted and no other one of the project can send it.', null), now);
  return moved(message, now);
}
