import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { SECOND } from '../common/clock.js';
import { type Signals } from '../database/signals.js';
import { EventFollower, type EventPage, type Wanted } from './event-follower.js';
import { type EventLog } from './event-log.js';
import { type EventType, type LoggedEvent } from './event-types.js';

const ALL: Wanted = { projectId: 'shop', types: null, subjectId: null };

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A log in memory, and the signal of who writes to it. Its answers can be held back. */
class Log {
  readonly events: LoggedEvent[] = [];
  /** Reads of one subscriber's own, from the table. */
  tableReads = 0;
  failing: Error | null = null;
  private announced: () => void = () => undefined;
  private held: (() => void)[] | null = null;

  write(event: { projectId?: string; type?: EventType; subjectId?: string } = {}): string {
    const id = String(this.events.length + 1);
    this.events.push({
      id,
      projectId: event.projectId ?? 'shop',
      type: event.type ?? 'MESSAGE_QUEUED',
      subjectKind: 'message',
      subjectId: event.subjectId ?? 'm1',
      sequence: 1,
      occurredAt: new Date(0),
      recordedAt: new Date(0),
      data: {},
    });
    return id;
  }

  announce(): void {
    this.announced();
  }

  /** Holds back every answer from now on, until the function that this answers is called. */
  hold(): () => void {
    this.held = [];
    return () => {
      const waiting = this.held ?? [];
      this.held = null;
      for (const go of waiting) go();
    };
  }

  readonly log = {
    end: async () => this.answer(this.events.at(-1)?.id ?? '0'),
    after: async (projectId: string, id: string, types: readonly EventType[] | null, limit: number) => {
      this.tableReads++;
      return this.answer(
        this.events
          .filter((event) => event.projectId === projectId && BigInt(event.id) > BigInt(id))
          .filter((event) => types === null || types.includes(event.type))
          .slice(0, limit),
      );
    },
    afterInAll: async (id: string, limit: number) => this.answer(this.events.slice(Number(id), Number(id) + limit)),
  } as unknown as EventLog;

  readonly signals = {
    on: (_topic: string, handler: () => void) => {
      this.announced = handler;
      return () => (this.announced = () => undefined);
    },
  } as unknown as Signals;

  private async answer<Value>(value: Value): Promise<Value> {
    const { held } = this;
    if (held) await new Promise<void>((resolve) => held.push(resolve));
    if (this.failing) throw this.failing;
    return value;
  }
}

const running: EventFollower[] = [];

async function started(log: Log): Promise<{ follower: EventFollower; clock: ManualClock }> {
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

/** Somebody who reads on as fast as he is given. */
class Reader {
  readonly ids: string[] = [];
  ended = false;
  private readonly abort = new AbortController();
  private readonly pages: AsyncGenerator<EventPage>;

  constructor(follower: EventFollower, wanted: Wanted = ALL, after: string | null = null) {
    this.pages = follower.follow(wanted, after, this.abort.signal);
  }

  /** Reads all there will ever be. */
  all(): this {
    void (async () => {
      for await (const page of this.pages) this.ids.push(...page.map(({ id }) => id));
      this.ended = true;
    })();
    return this;
  }

  async one(): Promise<void> {
    const { value, done } = await this.pages.next();
    if (!done) this.ids.push(...value.map(({ id }) => id));
  }

  leave(): void {
    this.abort.abort();
  }
}

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

describe('a subscriber', () => {
  it('without a position hears what comes from now on', async () => {
    const log = new Log();
    log.write();
    const { follower } = await started(log);
    const reader = new Reader(follower).all();
    log.write();
    log.announce();
    await turn();
    expect(reader.ids).toEqual(['2']);
  });

  it('with a position hears first what came since, and then what comes', async () => {
    const log = new Log();
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
    const log = new Log();
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
      const log = new Log();
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
    const log = new Log();
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
    const log = new Log();
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
    const log = new Log();
    const { follower } = await started(log);
    const reader = new Reader(follower).all();
    await turn();
    reader.leave();
    await turn();
    expect(reader.ended).toBe(true);
  });

  it('that leaves in the middle of its past reads no further', async () => {
    const log = new Log();
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
    const log = new Log();
    const { follower } = await started(log);
    const reader = new Reader(follower);
    reader.leave();
    let pagesRead = 0;
    const { afterInAll } = log.log;
    log.log.afterInAll = (id, limit) => (pagesRead++, afterInAll(id, limit));
    log.write();
    log.announce();
    await turn();
    expect(pagesRead).toBe(0);
  });
});

describe('the follower', () => {
  it('finds by its poll what no signal announced', async () => {
    const log = new Log();
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
      const log = new Log();
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
    const log = new Log();
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
        const log = new Log();
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
          } else
            for (const { reader, from } of readers)
              if (reader.ids.length < log.events.length - from) await stepOf(log, reader);
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

/** One page for a reader to whom more will come. */
async function stepOf(log: Log, reader: Reader): Promise<void> {
  log.announce();
  await reader.one();
}
