import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inTurn, type Places, type Waiting } from './claim-order.js';

const [HIGH, NORMAL, LOW] = [0, 1, 2];
const ROOM: Places = { atMost: 16, urgent: Infinity, others: Infinity };
/** As many of each priority, the first of them due first. */
const queue = (high: number, normal: number, low: number): (Waiting & { readonly n: number })[] =>
  [high, normal, low].flatMap((count, priority) => Array.from({ length: count }, (_, n) => ({ priority, n })));
const letters = (chosen: readonly Waiting[]): string => chosen.map(({ priority }) => 'HNL'[priority]).join('');
const order = (candidates: readonly Waiting[], passedOver = 0, places = ROOM): string =>
  letters(inTurn(candidates, passedOver, places).chosen);

describe('the order of a claim', () => {
  it('is HIGH before NORMAL before LOW', () => {
    expect(order(queue(2, 3, 4))).toBe('HHNNNLLLL');
  });

  it('gives the tenth turn to LOW while it waits, and the fifth to NORMAL while it waits behind HIGH', () => {
    expect(order(queue(20, 0, 20))).toBe('HHHHHHHHHLHHHHHH');
    expect(order(queue(0, 20, 20), 7)).toBe('NNLNNNNNNNNNLNNN');
    expect(order(queue(20, 20, 0))).toBe('HHHHNHHHHHHHHHNH');
    expect(order(queue(20, 20, 20))).toBe('HHHHNHHHHLHHHHNH');
  });

  it('counts only what passes somebody', () => {
    expect(inTurn(queue(9, 0, 0), 5, ROOM).passedOver).toBe(0);
    expect(inTurn(queue(4, 0, 1), 0, { ...ROOM, atMost: 4 })).toMatchObject({ passedOver: 4, next: { held: false } });
  });

  it('leaves the last place of the budget to HIGH, but for the turn of the lower ones', () => {
    const one: Places = { atMost: 16, urgent: 1, others: 0 };
    expect(inTurn(queue(0, 5, 5), 0, one)).toEqual({
      chosen: [],
      passedOver: 0,
      next: { held: true, urgent: false },
    });
    expect(inTurn(queue(5, 5, 5), 2, one)).toMatchObject({ passedOver: 3, next: { held: true, urgent: true } });
    expect(order(queue(5, 5, 5), 3, one)).toBe('H');
    expect(order(queue(5, 0, 5), 9, one)).toBe('L');
    // Where no HIGH one waits the lower ones have their turn among the rest, and the last place stays free.
    expect(order(queue(0, 5, 5), 9, one)).toBe('');
    expect(order(queue(0, 5, 5), 9, { ...one, urgent: 2, others: 1 })).toBe('L');
  });
});

/** What comes over time: at each step messages come, and a claim takes what the budget gives. */
const steps = fc.array(
  fc.record({
    come: fc.array(fc.constantFrom(HIGH, HIGH, HIGH, NORMAL, LOW), { maxLength: 12 }),
    urgent: fc.nat({ max: 6 }),
    kept: fc.boolean(),
  }),
  { minLength: 5, maxLength: 60 },
);

describe('over many claims with one count', () => {
  it('never do more than nine in a row pass a waiting one of lower priority, and HIGH is else the first', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let waiting: (Waiting & { readonly n: number })[] = [];
        let passedOver = 0;
        /** How many have left since one of that priority did, or began to wait. */
        const passedBy = new Map<number, number>();
        let n = 0;
        for (const { come, urgent, kept } of all) {
          const coming = come.map((priority) => ({ priority, n: n++ }));
          waiting = [...waiting, ...coming].sort((one, other) => one.priority - other.priority || one.n - other.n);
          const places = { atMost: 16, urgent, others: kept ? Math.max(0, urgent - 1) : urgent };
          const turns = inTurn(waiting, passedOver, places);
          ({ passedOver } = turns);
          for (const one of turns.chosen) {
            // In the order of their coming.
            expect(waiting.find(({ priority }) => priority === one.priority)).toBe(one);
            const highest = Math.min(...waiting.map(({ priority }) => priority));
            waiting = waiting.filter((other) => other !== one);
            for (const priority of [NORMAL, LOW]) {
              const passed = one.priority !== priority && waiting.some((other) => other.priority === priority);
              passedBy.set(priority, passed ? (passedBy.get(priority) ?? 0) + 1 : 0);
              expect(passedBy.get(priority)).toBeLessThanOrEqual(9);
            }
            // Only those below it pass the first in line, and only as their share.
            if (one.priority > highest) expect([NORMAL, LOW]).toContain(one.priority);
          }
          // Nothing waits where there is a place for it.
          const left = Math.min(...waiting.map(({ priority }) => priority));
          const room = Math.min(places.atMost, left === HIGH ? places.urgent : places.others);
          expect(waiting.length === 0 || turns.chosen.length >= room).toBe(true);
        }
      }),
    );
  });

  it('give HIGH eight of ten, and NORMAL and LOW one each, while all of them wait', () => {
    const counts = [0, 0, 0];
    let passedOver = 0;
    for (let claim = 0; claim < 100; claim++) {
      const turns = inTurn(queue(1, 1, 1), passedOver, { atMost: 1, urgent: 1, others: 0 });
      ({ passedOver } = turns);
      for (const { priority } of turns.chosen) counts[priority]!++;
    }
    expect(counts).toEqual([80, 10, 10]);
  });
});
