import fc from 'fast-check';
import { expect, it } from 'vitest';
import { later, MINUTE } from '../common/clock.js';
import { grant } from './budget.js';

const START = new Date('2026-01-01T00:00:00Z');

/** Takes all it can get, whenever it looks; answers the times at which calls began. */
function greedy(limit: number, looks: readonly number[], high: boolean): number[] {
  let fullAt = START;
  let now = START;
  const begun: number[] = [];
  for (const wait of looks) {
    now = later(now, wait);
    const granted = grant(limit, fullAt, now);
    const calls = granted.calls(high);
    for (let call = 0; call < calls; call++) begun.push(now.getTime());
    fullAt = granted.fullAtAfter(calls);
  }
  return begun;
}

it('begins no more than 95 % of the limit in any 60 seconds, however it is asked', () => {
  fc.assert(
    fc.property(
      // What was learnt of a limit is seldom a whole number.
      fc.oneof(fc.integer({ min: 20, max: 1000 }), fc.double({ min: 20, max: 1000, noNaN: true })),
      fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 30_000 })), { maxLength: 400 }),
      (limit, looks) => {
        const begun = greedy(limit, looks, true);
        let first = 0;
        for (let last = 0; last < begun.length; last++) {
          while ((begun[last] as number) - (begun[first] as number) >= MINUTE) first++;
          expect(last - first + 1).toBeLessThanOrEqual(Math.ceil(limit * 0.95));
        }
      },
    ),
  );
});

it('gives the promised rate to a caller who looks when he is told to', () => {
  let now = START;
  let fullAt = START;
  let calls = 0;
  while (now.getTime() < START.getTime() + 10 * MINUTE) {
    const granted = grant(100, fullAt, now);
    const some = granted.calls(true);
    calls += some;
    now = granted.nextAt(true, some);
    fullAt = granted.fullAtAfter(some);
  }
  expect(calls).toBeGreaterThanOrEqual(10 * 90);
});

it('leaves one call of the burst to a HIGH message', () => {
  const full = grant(100, START, START);
  expect([full.calls(true), full.calls(false)]).toEqual([5, 4]);
  const drained = grant(100, full.fullAtAfter(4), START);
  expect([drained.calls(true), drained.calls(false)]).toEqual([1, 0]);
});

it('lets LOW messages through where the whole burst is one call', () => {
  expect(grant(5, START, START).calls(false)).toBe(1);
});

it('says the moment at which the next call may begin, and not a millisecond earlier', () => {
  const empty = grant(100, START, START).fullAtAfter(5);
  const next = grant(100, empty, START).nextAt(true, 0);
  expect(grant(100, empty, later(next, -1)).calls(true)).toBe(0);
  expect(grant(100, empty, next).calls(true)).toBe(1);
});

it('knows no end where the provider states no limit', () => {
  expect(grant(null, START, START).calls(false)).toBeGreaterThan(1e9);
});
