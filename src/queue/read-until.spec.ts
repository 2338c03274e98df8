import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { type Clock, SECOND } from '../common/clock.js';
import { Signals, type Topic } from '../database/signals.js';
import { readUntil } from './read-until.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Somebody who waits for 15 s until what is read is `there`, and what goes on around. */
class Waiting {
  readonly clock = new ManualClock();
  private readonly signals = new Signals({ rows: async () => [] } as never);
  /** Ears and alarms that are not taken back. */
  open = 0;
  readings = 0;
  thing = 'on its way';
  /** What happens while it is read. */
  meanwhile = (): void => undefined;
  answer: string | null = null;
  failure: unknown = null;

  start(): this {
    void readUntil(
      { signals: this.counted(), clock: this.countedClock(), topic: 'verifications', id: 'ver-1' },
      async () => {
        this.readings++;
        const read = this.thing;
        this.meanwhile();
        if (read === 'broken') throw new Error('the database is away');
        return read;
      },
      (thing) => thing === 'there',
      15 * SECOND,
    ).then(
      (answer) => (this.answer = answer),
      (error: unknown) => (this.failure = error),
    );
    return this;
  }

  /** Something is said, in this process or another. */
  async said(topic: Topic, ...ids: string[]): Promise<void> {
    this.signals.tell(topic, ids);
    await turn();
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await turn();
  }

  private counted(): Signals {
    const on: Signals['on'] = (topic, handler) => this.kept(this.signals.on(topic, handler));
    return { on } as Signals;
  }

  private countedClock(): Clock {
    const { clock } = this;
    return { now: () => clock.now(), wakeAt: (time, wake) => this.kept(clock.wakeAt(time, wake)) };
  }

  private kept(takeBack: () => void): () => void {
    this.open++;
    return () => {
      this.open--;
      takeBack();
    };
  }
}

describe('what is waited for', () => {
  it('is answered by the first reading when it is there already', async () => {
    const waiting = new Waiting();
    waiting.thing = 'there';
    waiting.start();
    await turn();
    expect(waiting).toMatchObject({ answer: 'there', readings: 1, open: 0 });
  });

  it('is read again as soon as something is said of it, and not of anything else', async () => {
    const waiting = new Waiting().start();
    await turn();
    waiting.thing = 'there';
    await waiting.said('verifications', 'ver-2');
    await waiting.said('payments', 'ver-1');
    expect(waiting).toMatchObject({ answer: null, readings: 1 });
    await waiting.said('verifications', 'ver-2', 'ver-1');
    expect(waiting).toMatchObject({ answer: 'there', readings: 2, open: 0 });
  });

  it('is read again when something is said of it while it is read', async () => {
    const waiting = new Waiting();
    waiting.meanwhile = () => {
      waiting.meanwhile = () => undefined;
      waiting.thing = 'there';
      void waiting.said('verifications', 'ver-1');
    };
    waiting.start();
    await turn();
    expect(waiting).toMatchObject({ answer: 'there', readings: 2, open: 0 });
  });

  it('is looked at every half second where nothing is said, for a signal may be lost', async () => {
    const waiting = new Waiting().start();
    await turn();
    await waiting.pass(SECOND / 2 - 1);
    expect(waiting.readings).toBe(1);
    await waiting.pass(1);
    expect(waiting.readings).toBe(2);
    waiting.thing = 'there';
    await waiting.pass(SECOND / 2);
    expect(waiting).toMatchObject({ answer: 'there', readings: 3, open: 0 });
  });

  it('is answered as it is when the time is over', async () => {
    const waiting = new Waiting().start();
    await turn();
    for (let looks = 1; looks < 30; looks++) await waiting.pass(SECOND / 2);
    expect(waiting).toMatchObject({ answer: null, readings: 30 });
    await waiting.pass(SECOND / 2);
    expect(waiting).toMatchObject({ answer: 'on its way', readings: 31, open: 0 });
  });

  it('is not waited for when it cannot be read: that is told, and nobody listens for long', async () => {
    const waiting = new Waiting();
    waiting.thing = 'broken';
    waiting.start();
    await turn();
    expect(waiting).toMatchObject({ failure: new Error('the database is away'), readings: 1 });
    await waiting.pass(SECOND / 2);
    expect(waiting).toMatchObject({ readings: 1, open: 0 });
  });
});
