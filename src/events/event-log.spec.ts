import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectTestDatabase } from '../../test/support/database.js';
import { later } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { type Database } from '../database/database.js';
import { type Signals } from '../database/signals.js';
import { EventLog } from './event-log.js';

const START = new Date('2026-03-01T09:00:00Z');
const OURS = newId();
const THEIRS = newId();
const SUBJECT = newId();

interface Row {
  readonly id: bigint;
  readonly projectId?: string;
  readonly subjectId?: string;
  readonly sequence?: number;
  readonly recordedAt?: Date;
  readonly data?: string;
}

let database: Database;
let log: EventLog;
let drop: () => Promise<void>;

beforeAll(async () => {
  const connected = await connectTestDatabase([]);
  ({ database } = connected);
  drop = () => connected.close();
  log = new EventLog(database, {} as Signals);
});
afterAll(() => drop());
beforeEach(() => database.rows('delete from events'));

/** Past append_events, which draws the ids. */
async function lay(rows: readonly Row[]): Promise<void> {
  await database.rows(
    `insert into events select project_id, id, 'MESSAGE_SENT', 'message', subject_id, sequence, recorded_at, recorded_at, data
       from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::int[], $5::timestamptz[], $6::json[])
         as n (project_id, id, subject_id, sequence, recorded_at, data)`,
    [
      rows.map(({ projectId }) => projectId ?? OURS),
      rows.map(({ id }) => String(id)),
      rows.map(({ subjectId }) => subjectId ?? SUBJECT),
      rows.map(({ sequence }) => sequence ?? 1),
      rows.map(({ recordedAt }) => recordedAt ?? START),
      rows.map(({ data }) => data ?? '{}'),
    ],
  );
}

/** A log with gaps between the ids, up to great ones, and times that go on, or stand; each is up to `noiseMs` late. */
const aLog = (noiseMs: number): fc.Arbitrary<Row[]> =>
  fc
    .array(
      fc.record({
        gap: fc.oneof(fc.bigInt(1n, 3n), fc.bigInt(1n, 2n ** 32n)),
        pause: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10_000 })),
        late: fc.integer({ min: 0, max: noiseMs }),
      }),
      { maxLength: 40 },
    )
    .map((steps) => {
      let id = 0n;
      let ms = 0;
      return steps.map(({ gap, pause, late }) => {
        id += gap;
        ms += pause;
        return { id, recordedAt: later(START, ms + late) };
      });
    });
/** The time of one of the events, or right after it; of an empty log any. */
const aTime = fc.tuple(fc.nat(), fc.constantFrom(0, 1));
const timeIn = (rows: readonly Row[], [place, after]: [number, number]): Date =>
  later(rows[place % rows.length]?.recordedAt ?? START, after);

describe('the last event before a time', () => {
  it('is the one that a look at all of them finds', async () => {
    await fc.assert(
      fc.asyncProperty(aLog(0), aTime, async (rows, place) => {
        await database.rows('delete from events');
        await lay(rows);
        const time = timeIn(rows, place);
        const before = rows.filter(({ recordedAt }) => recordedAt! < time).at(-1);
        expect(await log.lastBefore(time)).toBe(String(before?.id ?? 0));
      }),
      { numRuns: 60 },
    );
  });

  it('where neighbours are not in the order of their times is off by no more than they are', async () => {
    const NOISE_MS = 5_000;
    await fc.assert(
      fc.asyncProperty(aLog(NOISE_MS), aTime, async (rows, place) => {
        await database.rows('delete from events');
        await lay(rows);
        const time = timeIn(rows, place);
        const last = BigInt(await log.lastBefore(time));
        const until = rows.filter(({ id }) => id <= last).map(({ recordedAt }) => recordedAt!);
        const after = rows.filter(({ id }) => id > last).map(({ recordedAt }) => recordedAt!);
        expect(until.filter((at) => at > later(time, NOISE_MS))).toEqual([]);
        expect(after.filter((at) => at < later(time, -NOISE_MS))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('events by their ids', () => {
  it('are those of the project that are kept, and no others', async () => {
    await lay([{ id: 1n }, { id: 2n, projectId: THEIRS }, { id: 3n }]);
    const found = await log.byIds(OURS, ['1', '2', '3', '4']);
    expect([...found.keys()].sort()).toEqual(['1', '3']);
    expect(found.get('3')).toMatchObject({ id: '3', projectId: OURS, subjectId: SUBJECT, recordedAt: START });
  });

  it('of several projects have their data as the very text that was written', async () => {
    const data = '{"sequence" :  1, "b": 1.50, "a": "\\u00e9", "b": 2}';
    await lay([{ id: 1n, data }, { id: 2n, projectId: THEIRS, data: '{ }' }, { id: 3n }]);
    const found = await log.written([OURS, THEIRS, THEIRS], ['1', '2', '3']);
    expect([...found].map(([id, event]) => [id, event.data]).sort()).toEqual([
      ['1', data],
      ['2', '{ }'],
    ]);
  });

  it('are found by the thing and its sequence, in its own project', async () => {
    await lay([
      { id: 5n, sequence: 1 },
      { id: 6n, sequence: 2 },
      { id: 7n, sequence: 2, subjectId: newId() },
    ]);
    expect(await log.idOf(database, OURS, SUBJECT, 2)).toBe('6');
    expect(await log.idOf(database, OURS, SUBJECT, 3)).toBeNull();
    expect(await log.idOf(database, THEIRS, SUBJECT, 2)).toBeNull();
  });
});
