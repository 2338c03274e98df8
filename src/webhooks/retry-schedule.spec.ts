import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../common/clock.js';
import { nextTry } from './retry-schedule.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const waitAfter = (tries: number, retryAfterMs = 0, random = 0): number | null => {
  const next = nextTry(tries, NOW, retryAfterMs, random);
  return next && next.getTime() - NOW.getTime();
};

/** Before the second try, the third, … the tenth. */
const PAUSES = [
  ...[5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR],
  ...[10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
];
const FAILED_TRIES = PAUSES.map((_, index) => index + 1);

describe('a delivery that failed', () => {
  it('is tried again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h', () => {
    expect(FAILED_TRIES.map((tries) => waitAfter(tries))).toEqual(PAUSES);
  });

  it('has had its last try 75 h, 35 min and 5 s after the first, where chance adds nothing', () => {
    const sum = FAILED_TRIES.reduce((time, tries) => nextTry(tries, time, 0, 0)!, NOW);
    expect(sum).toEqual(later(NOW, 75 * HOUR + 35 * MINUTE + 5 * SECOND));
  });

  it.each([10, 11, 100])('is not tried again after %i tries, whatever its endpoint asked for', (tries) => {
    expect(waitAfter(tries)).toBeNull();
    expect(waitAfter(tries, MINUTE, 0.5)).toBeNull();
  });

  it('waits longer by chance, by a tenth of the pause at the most and never by less than nothing', () => {
    expect(waitAfter(1, 0, 1)).toBe(5.5 * SECOND);
    expect(waitAfter(9, 0, 0.5)).toBe(25.2 * HOUR);
    const anyTry = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(anyTry, fc.double({ min: 0, max: 1, noNaN: true }), (tries, random) => {
        const pause = PAUSES[tries - 1]!;
        const waited = waitAfter(tries, 0, random)!;
        expect(waited).toBeGreaterThanOrEqual(pause);
        expect(waited).toBeLessThanOrEqual(pause * 1.1);
      }),
    );
  });
});

describe('an endpoint that asked for a pause', () => {
  it('has it where it is longer than the schedule’s', () => {
    expect(waitAfter(1, MINUTE)).toBe(MINUTE);
    expect(waitAfter(8, DAY)).toBe(DAY);
  });

  it('is not called by all that failed together at the moment that it named', () => {
    expect(waitAfter(1, MINUTE, 1)).toBe(MINUTE + SECOND / 2);
  });

  it('has the schedule’s where that is longer', () => {
    expect(waitAfter(2, MINUTE)).toBe(5 * MINUTE);
  });

  it('is never called earlier, nor later than by a tenth', () => {
    const asked = fc.integer({ min: 0, max: DAY });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        asked,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (tries, ms, random) => {
          const pause = Math.max(PAUSES[tries - 1]!, ms);
          const waited = waitAfter(tries, ms, random)!;
          expect(waited).toBeGreaterThanOrEqual(pause);
          expect(waited).toBeLessThanOrEqual(pause * 1.1);
        },
      ),
    );
  });
});
