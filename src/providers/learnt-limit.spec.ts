import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { later, MINUTE, SECOND } from '../common/clock.js';
import { effectiveLimit, halved, type Learnt, NOTHING_LEARNT } from './learnt-limit.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const after = (minutes: number): Date => later(NOW, minutes * MINUTE);
const once = (configured: number | null, bore = 0): Learnt => halved(configured, NOTHING_LEARNT, NOW, NOW, bore);

describe('an account that was told that it is too many', () => {
  it('may make half as many requests, and 5 % of its limit more each minute, until it has the limit again', () => {
    const learnt = once(100);
    const minutes = [0, 1, 2, 9.9, 10, 60];
    expect(minutes.map((each) => effectiveLimit(100, learnt, after(each)))).toEqual([50, 55, 60, 99.5, 100, 100]);
  });

  it('halves what it may make then when it is told so again, and grows back to the same limit', () => {
    const again = halved(100, once(100), after(2), after(2), 0);
    expect(effectiveLimit(100, again, after(2))).toBe(30);
    expect(effectiveLimit(100, again, after(3))).toBe(35);
    expect(effectiveLimit(100, again, after(16))).toBe(100);
  });

  it('learns once of a burst: calls that had begun by then say nothing new', () => {
    const learnt = once(100);
    expect(halved(100, learnt, later(NOW, -SECOND), after(0.1), 0)).toBe(learnt);
    expect(halved(100, learnt, NOW, after(0.1), 0)).toBe(learnt);
  });

  it('never falls below one request a minute', () => {
    let learnt = once(4);
    for (let minute = 1; minute < 10; minute++) {
      const moment = later(NOW, minute * SECOND);
      learnt = halved(4, learnt, moment, moment, 0);
    }
    expect(effectiveLimit(4, learnt, later(NOW, 10 * SECOND))).toBeCloseTo(1, 1);
  });

  it('without a limit has half of what it bore in the last minute, and none again when that has grown back', () => {
    const learnt = once(null, 2_400);
    expect([0, 5, 10].map((each) => effectiveLimit(null, learnt, after(each)))).toEqual([1_200, 1_800, null]);
    const again = halved(null, learnt, after(5), after(5), 12);
    expect(effectiveLimit(null, again, after(5))).toBe(900);
    expect(again.learntBase).toBe(2_400);
  });

  it('without a limit, of which little was asked, has five requests a second', () => {
    expect(effectiveLimit(null, once(null, 0), NOW)).toBe(300);
  });

  it('never has more than its limit, also when that was lowered meanwhile', () => {
    expect(effectiveLimit(20, once(100), NOW)).toBe(20);
  });
});

it('has between one request a minute and its own limit, whatever it is told', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.array(fc.record({ waitMs: fc.nat(10 * MINUTE), tooMany: fc.boolean() })),
      (limit, story) => {
        let now = NOW;
        let learnt = NOTHING_LEARNT;
        for (const { waitMs, tooMany } of story) {
          now = later(now, waitMs);
          if (tooMany) learnt = halved(limit, learnt, now, now, 0);
          const effective = effectiveLimit(limit, learnt, now) as number;
          expect(effective).toBeGreaterThanOrEqual(1);
          expect(effective).toBeLessThanOrEqual(limit);
        }
      },
    ),
  );
});
