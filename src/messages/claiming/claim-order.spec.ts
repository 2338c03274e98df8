import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inTurn, type Places, type Waiting } from './claim-order.js';

const [HIGH, NORMAL, LOW] = [0, 1, 2];
const ROOM: Places = { atMost: 16, urgent: Infinity, others: Infinity };
/** As many of each priority, the first of them due first. */
const queue = (high: number, normal: number, low: number): (Waiting & { readonly n: number })[] =>
  [high, normal, low].flatMap((count, priority) =>
    Array.from({ length: count }, (_, n) => ({ priority, dueAt: new Date(n), n })),
  );
const letters = (chosen: readonly Waiting[]): string => chosen.map(({ priority }) => 'HNL'[priority]).join('');
const order = (candidates: readonly Waiting[], passedOver = 0, places = ROOM): string =>
  letters(inTurn(candidates, passedOver, places).chosen);

describe('the order of a claim', () => {
  it('is HIGH before NORMAL before LOW', () => {
    expect(order(queue(2, 3, 4))).toBe('HHNNNLLLL');
  });

  it('gives every tenth turn to the lower ones while they wait', () => {
    expect(order(queue(20, 0, 20))).toBe('HHHHHHHHHLHHHHHH');
    expect(order(queue(0, 20, 20), 7)).toBe('NNLNNNNNNNNNLNNN');
  });

  it('gives that turn to the one of them that has waited longest', () => {
    const late = (candidates: readonly Waiting[]): Waiting[] =>
      candidates.map((one) => (one.priority === NORMAL ? { ...one, dueAt: new Date(100) } : one));
    expect(order(late(queue(10, 1, 1)), 8)).toBe('HLHHHHHHHHHN');
    expect(
      order(
        queue(10, 2, 1)
          .toReversed()
          .toSorted((one, other) => one.priority - other.priority),
        8,
      ),
    ).toMatch(/^HL/);
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
    expect(inTurn(queue(5, 5, 5), 3, one)).toMatchObject({ passedOver: 4, next: { held: true, urgent: true } });
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
  it('never do more than nine in a row pass waiting lower ones, and HIGH is else the first', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let waiting: (Waiting & { readonly n: number })[] = [];
        let passedOver = 0;
        let inARow = 0;
        let n = 0;
        for (const { come, urgent, kept } of all) {
          const coming = come.map((priority) => ({ priority, n: n++, dueAt: new Date(n) }));
          waiting = [...waiting, ...coming].sort((one, other) => one.priority - other.priority || one.n - other.n);
          const places = { atMost: 16, urgent, others: kept ? Math.max(0, urgent - 1) : urgent };
          const turns = inTurn(waiting, passedOver, places);
          ({ passedOver } = turns);
          for (const one of turns.chosen) {
            const lowest = Math.max(...waiting.map(({ priority }) => priority));
            const highest = Math.min(...waiting.map(({ priority }) => priority));
            // In the order of their coming.
            expect(waiting.find(({ priority }) => priority === one.priority)).toBe(one);
            if (one.priority > highest) {
              expect(inARow).toBe(9);
              expect(waiting.filter(({ priority }) => priority > highest).every(({ n: other }) => other >= one.n)).toBe(
                true,
              );
            }
            inARow = one.priority === highest && lowest > highest ? inARow + 1 : 0;
            expect(inARow).toBeLessThanOrEqual(9);
            waiting = waiting.filter((other) => other !== one);
          }
          // Nothing waits where there is a place for it.
          const left = Math.min(...waiting.map(({ priority }) => priority));
          const room = Math.min(places.atMost, left === HIGH ? places.urgent : places.others);
          expect(waiting.length === 0 || turns.chosen.length >= room).toBe(true);
        }
      }),
    );
  });
});
