import { describe, expect, it } from 'vitest';
import { CAST } from './cast.js';
import { HOUR_MS, MARK, planHour } from './plan.js';

const SEEDS = [1, 2, 3, 4, 5];

describe('the plan of a simulated hour', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planHour(7)).toEqual(planHour(7));
    expect(planHour(7)).not.toEqual(planHour(8));
  });

  it.each(SEEDS)('of seed %i has thousands of messages, each with a mark of its own', (seed) => {
    const inputs = planHour(seed).sends.flatMap((send) => send.inputs);
    const marks = Map.groupBy(inputs, ({ mark }) => mark);
    expect(marks.size).toBeGreaterThan(2_000);
    for (const [mark, said] of marks) {
      expect(mark).toMatch(MARK);
      // Said again only as the same input.
      for (const input of said) expect(input).toBe(said[0]);
    }
  });

  it.each(SEEDS)('of seed %i gives every account work and trouble, and ends within the hour', (seed) => {
    const { deeds, faults, sends } = planHour(seed);
    expect(new Set(faults.map(({ fault }) => fault.kind))).toEqual(new Set(CAST.map(({ kind }) => kind)));
    for (const { at } of sends) expect(at).toBeLessThan(HOUR_MS);
    for (const { until } of faults) expect(until).toBeLessThanOrEqual(HOUR_MS);
    for (const kind of ['hold', 'cancel', 'retry', 'write', 'cut connections', 'open second gateway'])
      expect(deeds.map((deed) => deed.kind)).toContain(kind);
  });
});
