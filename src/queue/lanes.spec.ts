import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { later, SECOND } from '../common/clock.js';
import { type Claim, Lanes } from './lanes.js';

interface Call {
  readonly key: string;
  readonly urgentOnly: boolean;
  /** Answers the claim. */
  give(claim: Claim): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A piece of work that ends when the test says so. */
class Work {
  begun = false;
  private resolve!: () => void;
  private readonly ended = new Promise<void>((resolve) => (this.resolve = resolve));

  readonly work = (): Promise<void> => {
    this.begun = true;
    return this.ended;
  };

  async end(): Promise<void> {
    this.resolve();
    await settled();
  }
}

/** Lanes whose claims wait for the test's answers. */
class Yard {
  readonly clock = new ManualClock();
  readonly claims: Call[] = [];
  readonly errors: unknown[] = [];
  due: readonly string[] | Error = [];
  readonly lanes: Lanes;

  constructor(concurrency = 1, piecesAtMost = 1) {
    this.lanes = new Lanes({
      clock: this.clock,
      ...{ concurrency, piecesAtMost },
      due: async () => {
        if (this.due instanceof Error) throw this.due;
        return this.due;
      },
      claim: (key, urgentOnly) =>
        new Promise<Claim>((resolve, reject) => {
          this.claims.push({
            key,
            urgentOnly,
            give: (claim) => (resolve(claim), settled()),
            fail: (error) => (reject(error), settled()),
          });
        }),
      onError: (error) => this.errors.push(error),
    });
  }

  /** The claim that was asked for last, or the one at `index`. */
  claim(index = this.claims.length - 1): Call {
    const claim = this.claims[index];
    if (!claim) throw new Error('Nothing was claimed.');
    return claim;
  }

  get claimed(): string[] {
    return this.claims.map(({ key }) => key);
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const NOTHING: Claim = { work: null };

describe('a lane', () => {
  it('claims when it is woken and works on what it got', async () => {
    const yard = new Yard();
    const work = new Work();
    yard.lanes.wake('a');
    await yard.claim().give({ work: work.work });
    expect(work.begun).toBe(true);
    expect(yard.claimed).toEqual(['a']);
  });

  it('claims once at a time, however often it is woken', async () => {
    const yard = new Yard(4);
    for (let call = 0; call < 10; call++) yard.lanes.wake('a');
    expect(yard.claims).toHaveLength(1);
    await yard.claim().give(NOTHING);
    expect(yard.claims).toHaveLength(2);
  });

  it('looks again when it was woken during a claim: what came then may not have been seen', async () => {
    const yard = new Yard();
    yard.lanes.wake('a');
    yard.lanes.wake('a');
    await yard.claim(0).give(NOTHING);
    expect(yard.claimed).toEqual(['a', 'a']);
    await yard.claim(1).give(NOTHING);
    expect(yard.claims).toHaveLength(2);
  });

  it('goes on at once while there is more', async () => {
    const yard = new Yard(2);
    yard.lanes.wake('a');
    await yard.claim().give({ work: new Work().work, more: true });
    expect(yard.claims).toHaveLength(2);
    await yard.claim().give(NOTHING);
    expect(yard.claims).toHaveLength(2);
  });

  it('works on no more batches at once than it may, and goes on when one is done', async () => {
    const yard = new Yard(2);
    const works = [new Work(), new Work(), new Work()];
    yard.lanes.wake('a');
    await yard.claim().give({ work: works[0]!.work, more: true });
    await yard.claim().give({ work: works[1]!.work, more: true });
    yard.lanes.wake('a');
    await settled();
    expect(yard.claims).toHaveLength(2);
    await works[1]!.end();
    expect(yard.claims).toHaveLength(3);
  });

  it('looks again when its work is done: what that held back may be claimable', async () => {
    const yard = new Yard();
    const work = new Work();
    yard.lanes.wake('a');
    await yard.claim().give({ work: work.work });
    expect(yard.claims).toHaveLength(1);
    await work.end();
    expect(yard.claims).toHaveLength(2);
  });

  it('that is slow delays no other one', async () => {
    const yard = new Yard();
    const slow = new Work();
    yard.lanes.wake('slow');
    await yard.claim().give({ work: slow.work, more: true });
    yard.lanes.wake('stuck in its claim');
    for (let turn = 0; turn < 3; turn++) {
      yard.lanes.wake('quick');
      const work = new Work();
      await yard.claim().give({ work: work.work });
      await work.end();
      await yard.claim().give(NOTHING);
    }
    expect(yard.claimed.filter((key) => key === 'quick')).toHaveLength(6);
    expect(yard.claimed.filter((key) => key !== 'quick')).toEqual(['slow', 'stuck in its claim']);
  });
});

describe('time', () => {
  it('wakes a lane when its claim said that it is worth it, and not earlier', async () => {
    const yard = new Yard();
    yard.lanes.wake('a');
    await yard.claim().give({ work: null, again: later(yard.clock.now(), 600) });
    await yard.pass(599);
    expect(yard.claims).toHaveLength(1);
    await yard.pass(1);
    expect(yard.claims).toHaveLength(2);
  });

  it('does not wake it a second time for what an earlier wake has looked at', async () => {
    const yard = new Yard();
    yard.lanes.wake('a');
    await yard.claim().give({ work: null, again: later(yard.clock.now(), 600) });
    yard.lanes.wake('a');
    await yard.claim().give(NOTHING);
    await yard.pass(SECOND);
    expect(yard.claims).toHaveLength(2);
  });

  it('wakes every second what is due, whoever forgot to say so', async () => {
    const yard = new Yard();
    yard.due = ['a', 'b'];
    yard.lanes.start();
    await settled();
    expect(yard.claimed).toEqual(['a', 'b']);
    await yard.claim(0).give(NOTHING);
    await yard.claim(1).give(NOTHING);
    await yard.pass(SECOND);
    expect(yard.claimed).toEqual(['a', 'b', 'a', 'b']);
  });
});

describe('an error', () => {
  it('of a claim is told and tried again after a second, in this lane alone', async () => {
    const yard = new Yard();
    const error = new Error('the database is away');
    yard.lanes.wake('a');
    yard.lanes.wake('b');
    await yard.claim(0).fail(error);
    expect(yard.errors).toEqual([error]);
    await yard.claim(1).give({ work: new Work().work });
    await yard.pass(SECOND - 1);
    expect(yard.claimed).toEqual(['a', 'b']);
    await yard.pass(1);
    expect(yard.claimed).toEqual(['a', 'b', 'a']);
  });

  it('of a claim does not wait when somebody wakes it', async () => {
    const yard = new Yard();
    yard.lanes.wake('a');
    await yard.claim().fail(new Error('the database is away'));
    yard.lanes.wake('a');
    expect(yard.claims).toHaveLength(2);
  });

  it('of the work is told, and the lane goes on', async () => {
    const yard = new Yard();
    const error = new Error('a bug');
    yard.lanes.wake('a');
    await yard.claim().give({ work: () => Promise.reject(error) });
    expect(yard.errors).toEqual([error]);
    expect(yard.claims).toHaveLength(2);
  });

  it('of the look for what is due is told, and it looks again after a second', async () => {
    const yard = new Yard();
    yard.due = new Error('the database is away');
    yard.lanes.start();
    await settled();
    expect(yard.errors).toHaveLength(1);
    yard.due = ['a'];
    await yard.pass(SECOND);
    expect(yard.claimed).toEqual(['a']);
  });
});

describe('hands that are full', () => {
  it('are one more for what is urgent, once slow work has held them for half a second', async () => {
    const yard = new Yard(1);
    const [slow, urgent] = [new Work(), new Work()];
    yard.lanes.wake('a');
    await yard.claim().give({ work: slow.work });
    yard.lanes.wake('a');
    expect(yard.claims).toHaveLength(1);
    await yard.pass(SECOND / 2);
    yard.lanes.wake('a');
    expect(yard.claims.map(({ urgentOnly }) => urgentOnly)).toEqual([false, true]);
    await yard.claim().give({ work: urgent.work });
    yard.lanes.wake('a');
    expect([urgent.begun, yard.claims.length]).toEqual([true, 2]);
  });

  it('are counted by pieces: small claims leave room for others', async () => {
    const yard = new Yard(48, 16);
    const works = Array.from({ length: 40 }, () => new Work());
    yard.lanes.wake('a');
    for (const { work } of works) {
      const before = yard.claims.length;
      await yard.claim().give({ work, pieces: 2, more: true });
      if (yard.claims.length === before) break;
    }
    // Room for a whole claim of sixteen is kept: after 34 pieces there is none.
    expect(yard.claims).toHaveLength(17);
    await works[0]!.end();
    expect(yard.claims).toHaveLength(18);
  });

  it('are given back piece by piece: one that is slow holds none of the others’, and all of them are counted once', async () => {
    const yard = new Yard(4, 2);
    const slow = new Work();
    let end = (): void => undefined;
    const work = (pieceEnded?: () => void): Promise<void> => ((end = pieceEnded!), slow.work());
    yard.lanes.wake('a');
    await yard.claim().give({ work, pieces: 3 });
    yard.lanes.wake('a');
    expect(yard.claims).toHaveLength(1);
    end();
    expect(yard.claims).toHaveLength(2);
    await yard.claim().give({ work: new Work().work, pieces: 2 });
    await slow.end();
    expect(yard.claims).toHaveLength(3);
    await yard.claim().give({ work: new Work().work, pieces: 1 });
    yard.lanes.wake('a');
    expect(yard.claims).toHaveLength(3);
  });

  it('let what is urgent through after half a second without waiting for anybody else’s wake', async () => {
    const yard = new Yard(1);
    yard.lanes.wake('a');
    await yard.claim().give({ work: new Work().work });
    await yard.pass(100);
    yard.lanes.wake('a');
    await yard.pass(SECOND / 2 - 101);
    expect(yard.claims).toHaveLength(1);
    await yard.pass(1);
    expect(yard.claims.map(({ urgentOnly }) => urgentOnly)).toEqual([false, true]);
  });

  it('are for anything again when one of them is free', async () => {
    const yard = new Yard(1);
    const slow = new Work();
    yard.lanes.wake('a');
    await yard.claim().give({ work: slow.work });
    await yard.pass(SECOND);
    await slow.end();
    expect(yard.claims.at(-1)).toMatchObject({ urgentOnly: false });
  });
});

describe('stop', () => {
  async function stopping(yard: Yard): Promise<{ stopped: boolean }> {
    const state = { stopped: false };
    void yard.lanes.stop().then(() => (state.stopped = true));
    await settled();
    return state;
  }

  it('waits for the work in hand, and claims no more', async () => {
    const yard = new Yard(2);
    const work = new Work();
    yard.lanes.wake('a');
    await yard.claim().give({ work: work.work });
    const state = await stopping(yard);
    yard.lanes.wake('a');
    yard.lanes.wake('b');
    expect([state.stopped, yard.claims.length]).toEqual([false, 1]);
    await work.end();
    expect([state.stopped, yard.claims.length]).toEqual([true, 1]);
  });

  it('waits for a claim under way, and works on what that took: it is taken for good', async () => {
    const yard = new Yard();
    const work = new Work();
    yard.lanes.wake('a');
    const state = await stopping(yard);
    await yard.claim().give({ work: work.work, more: true, again: later(yard.clock.now(), 1) });
    expect([state.stopped, work.begun]).toEqual([false, true]);
    await work.end();
    await yard.pass(SECOND);
    expect([state.stopped, yard.claims.length]).toEqual([true, 1]);
  });

  it('waits for the look for what is due, for the database is closed next', async () => {
    let answer!: (keys: string[]) => void;
    let stopped = false;
    const lanes = new Lanes({
      clock: new ManualClock(),
      concurrency: 1,
      due: () => new Promise((resolve) => (answer = resolve)),
      claim: async () => NOTHING,
      onError: () => undefined,
    });
    lanes.start();
    void lanes.stop().then(() => (stopped = true));
    await settled();
    expect(stopped).toBe(false);
    answer(['a']);
    await settled();
    expect(stopped).toBe(true);
  });

  it('leaves no timer behind', async () => {
    const yard = new Yard();
    yard.due = ['a'];
    yard.lanes.start();
    await settled();
    await yard.claim().give({ work: null, again: later(yard.clock.now(), 10) });
    await yard.lanes.stop();
    await yard.pass(10 * SECOND);
    expect(yard.claims).toHaveLength(1);
  });
});
