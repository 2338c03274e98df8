import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { SECOND } from '../common/clock.js';
import { Rounds } from './rounds.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('rounds', () => {
  it('come one after the other, a pause after each, also where one failed', async () => {
    const clock = new ManualClock();
    const told: unknown[] = [];
    let done = 0;
    const rounds = new Rounds(
      clock,
      SECOND,
      async () => {
        if (++done === 1) throw new Error('the database is away');
      },
      (error) => told.push(error),
    );
    rounds.start();
    for (let second = 0; second < 3; second++) {
      await turn();
      clock.advance(SECOND);
    }
    await rounds.stop();
    clock.advance(SECOND);
    await turn();
    expect([done, told.length]).toEqual([4, 1]);
  });

  it('end with the one that is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const rounds = new Rounds(
      new ManualClock(),
      SECOND,
      () => promise,
      () => undefined,
    );
    rounds.start();
    let ended = false;
    const end = rounds.stop().then(() => (ended = true));
    await turn();
    expect([ended, rounds.isStopping]).toEqual([false, true]);
    resolve();
    await end;
  });
});
