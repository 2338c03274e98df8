import { DAY, earlier, HOUR, later, MINUTE, SECOND } from '../common/clock.js';
import { type CallResult } from './call-result.js';

/** How an endpoint fares. */
export interface EndpointHealth {
  /** Since when nothing has succeeded; null after a success. */
  readonly failingSince: Date | null;
  /** How often in a row it has asked for less. */
  readonly slowSteps: number;
  /** Until when it is left alone. */
  readonly slowUntil: Date | null;
}

export interface HealthJudgement extends EndpointHealth {
  /** Why it is switched off now; null while it is not. */
  readonly disabledReason: string | null;
}

/** A call to an endpoint that ended. */
export interface EndedCall {
  readonly startedAt: Date;
  readonly result: CallResult;
}

const SWITCHED_OFF_AFTER_MS = 5 * DAY;
/** The pause after the first word that it is too much; each further one in a row doubles it. */
const FIRST_PAUSE_MS = SECOND;
const LONGEST_PAUSE_MS = MINUTE;
/** An endpoint may ask for more than our own longest pause, and not for days. */
const LONGEST_ASKED_PAUSE_MS = HOUR;

/** How an endpoint fares after calls that ended together. A success among them says more than the failures beside it. */
export function healthAfter(health: EndpointHealth, calls: readonly EndedCall[], now: Date): HealthJudgement {
  if (calls.some(({ result }) => result.outcome === 'gone')) {
    const disabledReason = 'Its server answered 410 Gone: it does not want to be called any more.';
    return { ...health, failingSince: health.failingSince ?? firstOf(calls), disabledReason };
  }
  const succeeded = calls.some(({ result }) => result.outcome === 'delivered');
  const failingSince = succeeded ? null : (health.failingSince ?? firstOf(calls));
  const isHopeless = failingSince !== null && now.getTime() - failingSince.getTime() >= SWITCHED_OFF_AFTER_MS;
  return {
    failingSince,
    ...paceAfter(health, calls, succeeded, now),
    disabledReason: isHopeless ? 'Every attempt of the last five days failed.' : null,
  };
}

/** Calls that were under way when a pause began say nothing new. */
function paceAfter(
  { slowSteps, slowUntil }: EndpointHealth,
  calls: readonly EndedCall[],
  succeeded: boolean,
  now: Date,
): Pick<EndpointHealth, 'slowSteps' | 'slowUntil'> {
  const asking = calls.filter(
    ({ startedAt, result }) => result.slowDown && (slowUntil === null || startedAt >= slowUntil),
  );
  if (asking.length === 0) return succeeded ? { slowSteps: 0, slowUntil: null } : { slowSteps, slowUntil };
  const asked = Math.max(...asking.map(({ result }) => result.retryAfterMs));
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** slowSteps, LONGEST_PAUSE_MS);
  const longest = Math.max(pause, Math.min(asked, LONGEST_ASKED_PAUSE_MS));
  return { slowSteps: Math.min(slowSteps + 1, 10), slowUntil: later(now, longest) };
}

const firstOf = (calls: readonly EndedCall[]): Date | null =>
  calls.reduce<Date | null>((first, { startedAt }) => earlier(startedAt, first), null);
