import { MINUTE } from '../common/clock.js';

/** How much of a provider's limit is used for a steady flow, and how much may come at once on top of it. */
const STEADY = 0.9;
const BURST = 0.05;
/** From this limit on two may come at once, for one of them is kept for HIGH. */
const TWO_AT_ONCE_FROM = 20;

/**
 * A request budget as GCRA: one timestamp is its whole state. With 90 % of the limit as the rate and 5 % of it as the
 * burst, no 60 seconds begin more than 95 % of the limit (architecture.md). Between 20 and 40 a minute, where 5 % are less
 * than two, the rate gives way: a code must not wait behind a campaign for seconds.
 */
export interface Grant {
  /** Calls that may begin now: for a HIGH message all, for the others one less where more than one can be had at all. */
  calls(high: boolean): number;
  /** When one more may begin, after `taken` calls have begun now. */
  nextAt(high: boolean, taken: number): Date;
  /** The new state when `taken` calls begin now. */
  fullAtAfter(taken: number): Date;
}

/** What an account with `requestsPerMinute` (null: no limit) may begin at `now`; `fullAt` is the state kept in its row. */
export function grant(requestsPerMinute: number | null, fullAt: Date, now: Date): Grant {
  if (requestsPerMinute === null) {
    return { calls: () => Number.MAX_SAFE_INTEGER, nextAt: () => now, fullAtAfter: () => now };
  }
  const burst = Math.max(requestsPerMinute < TWO_AT_ONCE_FROM ? 1 : 2, Math.floor(requestsPerMinute * BURST));
  const most = requestsPerMinute * (STEADY + BURST) - burst;
  const interval = MINUTE / (burst === 1 ? requestsPerMinute * STEADY : Math.min(requestsPerMinute * STEADY, most));
  const busyUntil = Math.max(fullAt.getTime(), now.getTime());
  const usable = (high: boolean): number => (high || burst === 1 ? burst : burst - 1);
  return {
    // The state was rounded up by less than the millisecond that is given back here. Moments are whole milliseconds too, so
    // that 60 s are at most 59,999 ms from the first call to the last, and the promise holds exactly.
    calls: (high) => Math.max(0, Math.floor(usable(high) - Math.max(0, busyUntil - now.getTime() - 1) / interval)),
    nextAt: (high, taken) => {
      const full = Math.ceil(busyUntil + taken * interval);
      return new Date(Math.max(now.getTime(), Math.ceil(full - 1 - (usable(high) - 1) * interval)));
    },
    // A timestamp holds milliseconds: rounded up, so that rounding never adds up to a call too many.
    fullAtAfter: (taken) => new Date(Math.ceil(busyUntil + taken * interval)),
  };
}
