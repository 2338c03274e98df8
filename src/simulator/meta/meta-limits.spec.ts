import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pace, PAIR_RATE } from './meta-limits.js';

describe('a pace', () => {
  it('lets a burst through and then one in each interval', () => {
    const pace = new Pace();
    const take = (at: number): boolean => pace.take('a', PAIR_RATE.burst, PAIR_RATE.everyMs, at);
    for (let n = 0; n < 45; n++) expect(take(0)).toBe(true);
    expect(take(5_999)).toBe(false);
    expect(take(6_000)).toBe(true);
    expect(take(6_000)).toBe(false);
    expect(pace.take('b', PAIR_RATE.burst, PAIR_RATE.everyMs, 6_000)).toBe(true);
  });

  it('never lets more through than a burst and what the time since the start allows', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 }), (waits) => {
        const pace = new Pace();
        let at = 0;
        let taken = 0;
        for (const wait of waits) {
          at += wait;
          if (pace.take('a', 5, 10, at)) taken++;
          expect(taken).toBeLessThanOrEqual(5 + Math.floor(at / 10));
        }
      }),
    );
  });
});
