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
/** More of them make no longer pause. */
const MOST_STEPS = 10;
/** An endpoint may ask for more than our own longest pause, and not for days. */
const LONGEST_ASKED_PAUSE_MS = HOUR;

/** How an endpoint fares after calls that ended together. A success among them says more than the failures beside it. */
export function healthAfter(health: EndpointHealth, calls: readonly EndedCall[], now: Date): HealthJudgement {
  const succeeded = calls.some(({ result }) => result.outcome === 'delivered');
  const failingSince = succeeded ? null : (health.failingSince ?? firstOf(calls));
  return { failingSince, ...paceAfter(health, calls, now), disabledReason: whyOff(calls, failingSince, now) };
}

function whyOff(calls: readonly EndedCall[], failingSince: Date | null, now: Date): string | null {
  if (calls.some(({ result }) => result.outcome === 'gone'))
    return 'Its server answered 410 Gone: it does not want to be called any more.';
  const isHopeless = failingSince !== null && now.getTime() - failingSince.getTime() >= SWITCHED_OFF_AFTER_MS;
  return isHopeless ? 'Every attempt of the last five days failed.' : null;
}

/**
 * Only calls that began after the last pause say whether it was long enough. Of those that were under way when it began
 * counts what they ask for alone: an answer may ask for more than the one that came before it.
 */
function paceAfter(
  { slowSteps, slowUntil }: EndpointHealth,
  calls: readonly EndedCall[],
  now: Date,
): Pick<EndpointHealth, 'slowSteps' | 'slowUntil'> {
  const news = calls.filter(({ startedAt }) => slowUntil === null || startedAt >= slowUntil);
  const asked = Math.max(0, ...calls.map(({ result }) => (result.slowDown ? result.retryAfterMs : 0)));
  const askedUntil = later(now, Math.min(asked, LONGEST_ASKED_PAUSE_MS));
  if (news.some(({ result }) => result.slowDown)) {
    const pauseUntil = later(now, Math.min(FIRST_PAUSE_MS * 2 ** slowSteps, LONGEST_PAUSE_MS));
    return { slowSteps: Math.min(slowSteps + 1, MOST_STEPS), slowUntil: latest(pauseUntil, askedUntil) };
  }
  if (news.some(({ result }) => result.outcome === 'delivered')) return { slowSteps: 0, slowUntil: null };
  return { slowSteps, slowUntil: asked > 0 && slowUntil !== null ? latest(slowUntil, askedUntil) : slowUntil };
}

const latest = (a: Date, b: Date): Date => (a > b ? a : b);

const firstOf = (calls: readonly EndedCall[]): Date | null =>
  calls.reduce<Date | null>((first, { startedAt }) => earlier(startedAt, first), null);
