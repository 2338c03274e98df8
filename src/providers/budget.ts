import { MINUTE } from '../common/clock.js';

/** How much of a provider's limit is used for a steady flow, and how much may come at once on top of it. */
const STEADY = 0.9;
const BURST = 0.05;

/**
 * A request budget as GCRA: one timestamp is its whole state. With 90 % of the limit as the rate and 5 % of it as the
 * burst, no 60 seconds begin more than 95 % of the limit (architecture.md).
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
  const interval = MINUTE / (requestsPerMinute * STEADY);
  const burst = Math.max(1, Math.floor(requestsPerMinute * BURST));
  const busyUntil = Math.max(fullAt.getTime(), now.getTime());
  const usable = (high: boolean): number => (high || burst === 1 ? burst : burst - 1);
  return {
    calls: (high) => Math.max(0, Math.floor(usable(high) - (busyUntil - now.getTime()) / interval)),
    nextAt: (high, taken) => new Date(Math.ceil(busyUntil + (taken + 1 - usable(high)) * interval)),
    // A timestamp holds milliseconds: rounded up, so that rounding never grants a call early.
    fullAtAfter: (taken) => new Date(Math.ceil(busyUntil + taken * interval)),
  };
}
