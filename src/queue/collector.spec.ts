import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Collector } from './collector.js';

class Refused extends Error {}
const refused = (error: unknown): boolean => error instanceof Refused;

/** Flushes that end when the test says so. */
class Flushes {
  readonly batches: (readonly number[])[] = [];
  private ends: (() => void)[] = [];

  readonly flush = async (inputs: readonly number[]): Promise<string[]> => {
    this.batches.push(inputs);
    await new Promise<void>((resolve) => this.ends.push(resolve));
    return inputs.map((input) => `out ${input}`);
  };

  /** Ends the flush under way; resolves when the next one, if there is one, has begun. */
  async end(): Promise<void> {
    this.ends.shift()?.();
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('group commit', () => {
  it('takes all that arrives in one turn into one flush', async () => {
    const flushes = new Flushes();
    const collector = new Collector(flushes.flush, refused);
    const outputs = Promise.all([collector.add(1), collector.add(2), Promise.resolve().then(() => collector.add(3))]);
    await turn();
    expect(flushes.batches).toEqual([[1, 2, 3]]);
    await flushes.end();
    expect(await outputs).toEqual(['out 1', 'out 2', 'out 3']);
  });

  it('has one flush under way at a time; what arrives meanwhile is the next one', async () => {
    const flushes = new Flushes();
    const collector = new Collector(flushes.flush, refused);
    const first = collector.add(1);
    await turn();
    const later = [collector.add(2), collector.add(3)];
    await turn();
    later.push(collector.add(4));
    await turn();
    expect(flushes.batches).toEqual([[1]]);
    await flushes.end();
    expect(await first).toBe('out 1');
    expect(flushes.batches).toEqual([[1], [2, 3, 4]]);
    await flushes.end();
    expect(await Promise.all(later)).toEqual(['out 2', 'out 3', 'out 4']);
  });

  it('answers nobody before the flush that holds his input has ended', async () => {
    const flushes = new Flushes();
    const collector = new Collector(flushes.flush, refused);
    let answered = false;
    const output = collector.add(1).then(() => (answered = true));
    await turn();
    expect(answered).toBe(false);
    await flushes.end();
    expect(await output).toBe(true);
  });

  it('shares a flush among 500 at most', async () => {
    const sizes: number[] = [];
    const collector = new Collector(async (inputs: readonly number[]) => {
      sizes.push(inputs.length);
      return inputs;
    }, refused);
    const inputs = Array.from({ length: 1_201 }, (_, index) => index);
    expect(await collector.addAll(inputs)).toEqual(inputs);
    expect(sizes).toEqual([500, 500, 201]);
  });

  it('is idle when all is through, what was added on the way too', async () => {
    const done: number[] = [];
    const collector: Collector<number, number> = new Collector(async (inputs: readonly number[]) => {
      if (inputs.includes(1)) void collector.add(2).then((output) => done.push(output));
      return inputs;
    }, refused);
    await collector.idle();
    void collector.add(1).then((output) => done.push(output));
    await collector.idle();
    expect(done).toEqual([1, 2]);
  });

  it('works on after it was idle', async () => {
    const collector = new Collector(async (inputs: readonly number[]) => inputs, refused);
    expect(await collector.add(1)).toBe(1);
    await turn();
    expect(await collector.add(2)).toBe(2);
  });
});

describe('an input that is refused', () => {
  it('does not sink its neighbours, wherever they stand', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        async (goods, largest) => {
          let underWay = 0;
          const kept: number[] = [];
          const collector = new Collector(
            async (inputs: readonly number[]) => {
              expect(++underWay).toBe(1);
              await Promise.resolve();
              underWay--;
              if (inputs.some((input) => !goods[input])) throw new Refused();
              kept.push(...inputs);
              return inputs.map((input) => input * 2);
            },
            refused,
            largest,
          );
          const results = await Promise.allSettled(goods.map((_, index) => collector.add(index)));
          expect(results.map(({ status }) => status === 'fulfilled')).toEqual(goods);
          results.forEach((result, index) => {
            if (result.status === 'fulfilled') expect(result.value).toBe(index * 2);
          });
          // Each once and in the order of arrival.
          expect(kept).toEqual(goods.flatMap((good, index) => (good ? [index] : [])));
        },
      ),
    );
  });

  it('hears why', async () => {
    const error = new Refused('a row is wrong');
    const collector = new Collector(async (inputs: readonly number[]) => {
      if (inputs.includes(2)) throw error;
      return inputs;
    }, refused);
    const results = await Promise.allSettled([1, 2, 3].map((input) => collector.add(input)));
    expect(results[1]).toEqual({ status: 'rejected', reason: error });
  });
});

describe('an error after which nobody knows what was stored', () => {
  it('fails the whole batch and is not tried again, for that could store it twice', async () => {
    let flushed = 0;
    const broken = new Error('the line broke');
    const collector = new Collector(async (_inputs: readonly number[]) => {
      flushed++;
      throw broken;
    }, refused);
    const results = await Promise.allSettled([1, 2, 3].map((input) => collector.add(input)));
    expect(results).toEqual([1, 2, 3].map(() => ({ status: 'rejected', reason: broken })));
    expect(flushed).toBe(1);
  });

  it('fails that batch only', async () => {
    let flushed = 0;
    const collector = new Collector(
      async (inputs: readonly number[]) => {
        if (flushed++ === 0) throw new Error('the line broke');
        return inputs;
      },
      refused,
      2,
    );
    const results = await Promise.allSettled([1, 2, 3, 4].map((input) => collector.add(input)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
  });

  it('that comes while they go one by one fails that one', async () => {
    const collector = new Collector(async (inputs: readonly number[]) => {
      if (inputs.length > 1) throw new Refused();
      if (inputs[0] === 2) throw new Error('the line broke');
      return inputs;
    }, refused);
    const results = await Promise.allSettled([1, 2, 3].map((input) => collector.add(input)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
