import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { ALL, MemoryLog, Reader, turn } from '../../test/support/memory-log.js';
import { SECOND } from '../common/clock.js';
import { EventFollower, type Wanted } from './event-follower.js';

const running: EventFollower[] = [];

async function started(log: MemoryLog): Promise<{ follower: EventFollower; clock: ManualClock }> {
  const clock = new ManualClock();
  const follower = new EventFollower(log.log, log.signals, clock);
  running.push(follower);
  await follower.start();
  await turn();
  return { follower, clock };
}

afterEach(async () => {
  for (const follower of running.splice(0)) await follower.stop();
});

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

describe('a subscriber', () => {
  it('without a position hears what comes from now on', async () => {
    const log = new MemoryLog();
    log.write();
    const { follower } = await started(log);
    const reader = new Reader(follower).all();
    log.write();
    log.announce();
    await turn();
    expect(reader.ids).toEqual(['2']);
  });

  it('with a position hears first what came since, and then what comes', async () => {
    const log = new MemoryLog();
    for (let event = 0; event < 1_203; event++) log.write();
    const { follower } = await started(log);
    const reader = new Reader(follower, ALL, '100').all();
    await turn();
    log.write();
    log.announce();
    await turn();
    expect(reader.ids).toEqual(range(101, 1_204));
  });

  it('that begins while the follower reads misses nothing of what that reads', async () => {
    const log = new MemoryLog();
    const { follower } = await started(log);
    const early = new Reader(follower).all();
    log.write();
    const release = log.hold();
    log.announce();
    await turn();
    const late = new Reader(follower, ALL, '0').all();
    log.write();
    release();
    log.announce();
    await turn();
    expect([early.ids, late.ids]).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
  });

  it('that begins while the follower, with nobody to read for, skips to the end, misses nothing', async () => {
    // At each of the moments at which the follower's own steps can lie.
    for (let steps = 0; steps < 8; steps++) {
      const log = new MemoryLog();
      const { follower } = await started(log);
      log.write();
      const release = log.hold();
      log.announce();
      await turn();
      release();
      for (let step = 0; step < steps; step++) await Promise.resolve();
      const reader = new Reader(follower, ALL, '0').all();
      await turn();
      log.write();
      log.announce();
      await turn();
      expect(reader.ids, `after ${steps} steps`).toEqual(['1', '2']);
    }
  });

  it('hears of its own project, types and subject only', async () => {
    const log = new MemoryLog();
    const { follower } = await started(log);
    const wanted: Wanted = { projectId: 'shop', types: ['MESSAGE_SENT'], subjectId: 'm1' };
    const [live, resumed] = [new Reader(follower, wanted).all(), new Reader(follower, wanted, '0')];
    log.write({ projectId: 'another', type: 'MESSAGE_SENT' });
    log.write({ type: 'MESSAGE_READ' });
    log.write({ type: 'MESSAGE_SENT', subjectId: 'm2' });
    const mine = log.write({ type: 'MESSAGE_SENT' });
    log.announce();
    await turn();
    resumed.all();
    await turn();
    expect([live.ids, resumed.ids]).toEqual([[mine], [mine]]);
  });

  it('that is slow goes back to the table, and misses nothing and hears nothing twice', async () => {
    const log = new MemoryLog();
    const { follower } = await started(log);
    const slow = new Reader(follower);
    log.write();
    const first = slow.one();
    log.announce();
    await first;
    for (let event = 0; event < 2_600; event++) {
      log.write();
      if (event % 100 === 0) {
        log.announce();
        await turn();
      }
    }
    log.announce();
    await turn();
    expect(log.tableReads).toBe(0);
    slow.all();
    await turn();
    log.write();
    log.announce();
    await turn();
    expect(log.tableReads).toBeGreaterThan(0);
    expect(slow.ids).toEqual(range(1, 2_602));
  });

  it('that leaves while it waits is ended', async () => {
    const log = new MemoryLog();
    const { follower } = await started(log);
    const reader = new Reader(follower).all();
    await turn();
    reader.leave();
    await turn();
    expect(reader.ended).toBe(true);
  });

  it('that leaves in the middle of its past reads no further', async () => {
    const log = new MemoryLog();
    for (let event = 0; event < 5_000; event++) log.write();
    const { follower } = await started(log);
    const reader = new Reader(follower, ALL, '0');
    await reader.one();
    reader.leave();
    reader.all();
    await turn();
    expect([reader.ended, log.tableReads]).toEqual([true, 1]);
  });

  it('that leaves before it ever read is forgotten: nothing is read for it', async () => {
    const log = new MemoryLog();
    const { follower } = await started(log);
    const reader = new Reader(follower);
    reader.leave();
    log.write();
    log.announce();
    await turn();
    expect(log.followerReads).toBe(0);
  });
});

describe('the follower', () => {
  it('finds by its poll what no signal announced', async () => {
    const log = new MemoryLog();
    const { follower, clock } = await started(log);
    const reader = new Reader(follower).all();
    log.write();
    await turn();
    expect(reader.ids).toEqual([]);
    clock.advance(SECOND);
    await turn();
    expect(reader.ids).toEqual(['1']);
  });

  it('loses no signal that comes while it reads, at any moment of that', async () => {
    for (let steps = 0; steps < 12; steps++) {
      const log = new MemoryLog();
      const { follower } = await started(log);
      const reader = new Reader(follower).all();
      log.write();
      const release = log.hold();
      log.announce();
      await turn();
      release();
      for (let step = 0; step < steps; step++) await Promise.resolve();
      log.write();
      log.announce();
      await turn();
      expect(reader.ids, `after ${steps} steps`).toEqual(['1', '2']);
    }
  });

  it('goes on after the database was away', async () => {
    const log = new MemoryLog();
    const { follower, clock } = await started(log);
    const reader = new Reader(follower).all();
    log.failing = new Error('the database is away');
    log.write();
    log.announce();
    await turn();
    log.failing = null;
    clock.advance(SECOND);
    await turn();
    expect(reader.ids).toEqual(['1']);
  });

  it('hands the log out without a gap and without a repeat, whatever happens in whatever order', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('write' as const), count: fc.integer({ min: 1, max: 700 }) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constantFrom('announce' as const, 'turn' as const, 'read' as const) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('poll' as const, 'join' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const log = new MemoryLog();
        const { follower, clock } = await started(log);
        const readers: { reader: Reader; from: number }[] = [];
        for (const next of steps) {
          if (next.do === 'write') for (let event = 0; event < next.count; event++) log.write();
          else if (next.do === 'announce') log.announce();
          else if (next.do === 'turn') await turn();
          else if (next.do === 'poll') clock.advance(SECOND);
          else if (next.do === 'join') {
            const from = Math.floor(log.events.length / 2);
            readers.push({ reader: new Reader(follower, ALL, String(from)), from });
          } else {
            log.announce();
            for (const { reader, from } of readers) {
              if (reader.ids.length < log.events.length - from) await reader.one();
            }
          }
        }
        log.announce();
        for (const { reader } of readers) reader.all();
        for (let wait = 0; wait < 20; wait++) await turn();
        for (const { reader, from } of readers) {
          expect(reader.ids).toEqual(range(from + 1, log.events.length));
          reader.leave();
        }
        await follower.stop();
      }),
      { numRuns: 40 },
    );
  });
});
