import { DAY, HOUR, later, MINUTE, SECOND } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { type Problem, providerFailure, type ProviderKind } from '../../common/problem.js';
import { type AttemptNews, type Change, type Decision, fail, leaveQueue, moved } from './message.change.js';
import { optedOutBy, toProblem } from './message.failure.js';
import { goesElsewhere, goesOn, type Standings, startsOver } from './message.route.js';
import { type MessageState } from '../message-row.js';
import { mayBecome } from './message.status.js';

// interface.md, "What an answer means".
const FIRST_PAUSE_MS = SECOND;
const LONGEST_PAUSE_MS = 5 * MINUTE;
const DEFERRED_AT_MOST_MS = DAY;
const MOST_REPEATS = 5;
const REPEATED_AT_MOST_MS = 10 * MINUTE;
/** When a message without news is asked after, from the provider's taking it (architecture.md, no stuck states). */
const ASKED_AFTER_MS = [15 * MINUTE, HOUR, 6 * HOUR, DAY];

/** The pause before try number `tries` + 1: 1 s, doubling to 5 minutes, a quarter more or less. */
export function pauseMs(tries: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
  return Math.round(pause * (0.75 + random / 2));
}

/** Until when a message that may have been sent is repeated. */
export const repeatedUntil = (unconfirmedSince: Date): Date => later(unconfirmedSince, REPEATED_AT_MOST_MS);

/** When it is next asked after; null when it was often enough. */
export function askedAfter(submittedAt: Date, now: Date): Date | null {
  const pause = ASKED_AFTER_MS.find((ms) => later(submittedAt, ms) > now);
  return pause === undefined ? null : later(submittedAt, pause);
}

type AfterCall = Extract<Change, { kind: 'outcome' }>;

/**
 * No other account would do better: what a person asked not to be sent is not sent around them either, and for a number
 * that is not on WhatsApp the caller has named another way.
 */
const isOfPerson = ({ code }: Problem, { fallbacks }: MessageState): boolean =>
  code === 'RECIPIENT_OPTED_OUT' ||
  (code === 'NOT_ON_WHATSAPP' && (fallbacks?.some(({ rule }) => rule === 'NOT_ON_WHATSAPP') ?? false));

/** The end of what one account refused, unless another one may take it. */
function afterRefusal(
  message: MessageState,
  why: Problem,
  standings: Standings,
  { now, random }: { readonly now: Date; readonly random: number },
): Decision {
  const next = isOfPerson(why, message) ? null : goesElsewhere(message, standings);
  if (next === null) {
    fail(message, why, now);
    return moved(message, now);
  }
  if (next === 'after a pause') message.deferrals++;
  message.dueAt = next === 'at once' ? now : later(now, pauseMs(message.deferrals, random));
  return {};
}

/** What the answer to a call makes of a message; `standings` of the accounts on its route. */
export function afterCall(
  message: MessageState,
  provider: ProviderKind,
  change: AfterCall,
  standings: Standings,
  { now, random }: { readonly now: Date; readonly random: number },
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
    failure: outcome.outcome === 'accepted' ? null : providerFailure(provider, outcome.failure, retryable),
    outcomeOf: outcome,
  });
  switch (outcome.outcome) {
    case 'accepted': {
      const reference =
        outcome.reference === null
          ? undefined
          : {
              accountId: change.accountId,
              attemptId,
              attemptNumber: change.attemptNumber,
              reference: outcome.reference,
            };
      message.providerMessageId = outcome.reference ?? message.providerMessageId;
      message.recipientId = outcome.recipientId ?? message.recipientId;
      message.submittedAt ??= now;
      const attempt = news('ACCEPTED', false);
      if (!mayBecome(message.status, 'SUBMITTED')) return { attempt, reference };
      message.status = 'SUBMITTED';
      message.problem = null;
      leaveQueue(message);
      if (change.inquires && outcome.reference !== null) message.timerAt = askedAfter(message.submittedAt, now);
      return { attempt, reference, ...moved(message, now) };
    }
    case 'refused': {
      const attempt = news('REFUSED', false);
      // A refusal counts of the latest attempt only, and not once another one is known to have been taken.
      const open = message.status === 'UNCONFIRMED' || (message.status === 'QUEUED' && !late);
      if (!open || change.attemptNumber !== message.attempts) return { attempt };
      const why = toProblem(provider, outcome.failure, false);
      return { attempt, ...optedOutBy(outcome.failure), ...afterRefusal(message, why, standings, { now, random }) };
    }
    case 'deferred': {
      const attempt = news('DEFERRED', true);
      if (late || message.status !== 'QUEUED') return { attempt };
      message.deferredSince ??= now;
      const why = toProblem(provider, outcome.failure, true);
      if (outcome.triesAtMost !== undefined && ++message.doubts > outcome.triesAtMost)
        return { attempt, ...afterRefusal(message, why, standings, { now, random }) };
      if (now.getTime() - message.deferredSince.getTime() >= DEFERRED_AT_MOST_MS) {
        fail(message, { ...why, code: 'PROVIDER_UNAVAILABLE' }, now);
        return { attempt, ...moved(message, now) };
      }
      if (outcome.freshKey) message.requestKey = newId();
      if (goesOn(message, standings)) {
        message.dueAt = now;
        return { attempt };
      }
      message.deferrals++;
      startsOver(message, standings);
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
