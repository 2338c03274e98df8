import { later, MINUTE, SECOND } from '../common/clock.js';
import { type CallState } from './account-store.js';

/** The rules of the circuit breaker of an account (architecture.md): pure, its state is the account's budget row. */
const SLOT_MS = 6 * SECOND;
/** The slot under way and the nine before it: 54 to 60 s. */
const SLOTS = MINUTE / SLOT_MS;
const CALLS_AT_LEAST = 20;
const FIRST_PAUSE_MS = 30 * SECOND;
const LONGEST_PAUSE_MS = 5 * MINUTE;

/** Calls by slots of six seconds: [slot, calls, failures], oldest first. */
export type RecentCalls = CallState['recentCalls'];

export type Passage =
  | { readonly kind: 'closed' }
  /** Nothing may leave before `until`. */
  | { readonly kind: 'open'; readonly until: Date }
  /** One call may leave, to see whether the provider is there again. */
  | { readonly kind: 'probe' };

/** Whether messages may leave through an account now. */
export function passage({ openUntil, probeUntil }: Pick<CallState, 'openUntil' | 'probeUntil'>, now: Date): Passage {
  if (!openUntil) return { kind: 'closed' };
  if (now < openUntil) return { kind: 'open', until: openUntil };
  if (probeUntil && now < probeUntil) return { kind: 'open', until: probeUntil };
  return { kind: 'probe' };
}

/** The calls of the last minute and `calls` more that came back at `at`, of which `failures` failed. */
export function noted(recent: RecentCalls, at: Date, calls: number, failures: number): RecentCalls {
  return joined(recent, [[slotOf(at), calls, failures]], at);
}

/** Two counts of the last minute as one. */
export function joined(some: RecentCalls, others: RecentCalls, now: Date): RecentCalls {
  const oldest = slotOf(now) - SLOTS + 1;
  const slots = new Map<number, readonly [number, number, number]>();
  for (const [slot, calls, failures] of [...some, ...others]) {
    if (slot < oldest) continue;
    const [, callsBefore, failuresBefore] = slots.get(slot) ?? [slot, 0, 0];
    slots.set(slot, [slot, callsBefore + calls, failuresBefore + failures]);
  }
  return [...slots.values()].sort(([one], [other]) => one - other);
}

/** How many calls of the last minute came back, and how many of them failed. */
export function counted(recent: RecentCalls, now: Date): { readonly calls: number; readonly failures: number } {
  const counts = { calls: 0, failures: 0 };
  for (const [, calls, failures] of joined(recent, [], now)) {
    counts.calls += calls;
    counts.failures += failures;
  }
  return counts;
}

/** Half or more of at least 20 calls of the last minute failed. */
export function shouldOpen(recent: RecentCalls, now: Date): boolean {
  const { calls, failures } = counted(recent, now);
  return calls >= CALLS_AT_LEAST && failures * 2 >= calls;
}

export type BreakerState = Pick<CallState, 'opened' | 'openUntil' | 'probeUntil' | 'recentCalls'>;

/** Opened at `now`: for 30 s, and for twice as long each time that it opens again, up to 5 minutes. */
export function openedAt({ opened }: Pick<BreakerState, 'opened'>, now: Date): BreakerState {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** opened);
  return { opened: opened + 1, openUntil: later(now, pause), probeUntil: null, recentCalls: [] };
}

export const CLOSED: BreakerState = { opened: 0, openUntil: null, probeUntil: null, recentCalls: [] };

function slotOf(time: Date): number {
  return Math.floor(time.getTime() / SLOT_MS);
}
