import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTestDatabase } from '../../../test/support/database.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { type Database } from '../../database/database.js';
import { TABLES } from '../../tables.js';
import { MessageStats, type StatsQuestion } from './message-stats.js';
import { type StatsInterval } from './stats-buckets.js';

/** Each with a change of its clock, around which the messages were created. */
const CHANGES: readonly (readonly [zone: string, change: string])[] = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['America/Sao_Paulo', '2018-02-18T02:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['Asia/Kolkata', '2026-08-14T18:30Z'],
  ['Asia/Kathmandu', '2026-08-14T18:15Z'],
  ['Asia/Jakarta', '2026-03-01T17:00Z'],
];
const STATUSES = ['QUEUED', 'SUBMITTED', 'READ', 'FAILED', 'RECEIVED'] as const;
const [mine, foreign] = [newId(), newId()];
const accounts = [newId(), newId(), newId()];

interface Row {
  readonly projectId: string;
  readonly status: string;
  readonly accountId: string;
  readonly createdAt: Date;
}

let connected: { database: Database; close(): Promise<void> };
let stats: MessageStats;
let rows: Row[];

beforeAll(async () => {
  connected = await connectTestDatabase(TABLES);
  stats = new MessageStats(connected.database);
  // Some to the second on the hour, for on a boundary most goes wrong.
  rows = CHANGES.flatMap(([_zone, change], of) =>
    Array.from({ length: 300 }, (_, n) => ({
      projectId: n % 10 === 9 ? foreign : mine,
      status: STATUSES[n % STATUSES.length] ?? '',
      accountId: accounts[(n + of) % accounts.length] ?? '',
      createdAt: new Date(Date.parse(change) + (n - 150) * 10 * MINUTE + (n % 3 === 0 ? 0 : (n % 7) * 97 * SECOND)),
    })),
  );
  await insert(connected.database, rows);
});
afterAll(() => connected.close());

const question = (over: Partial<StatsQuestion> = {}): StatsQuestion => ({
  ...{ from: new Date('2026-03-01T00:00Z'), to: new Date('2026-03-03T00:00Z'), interval: 'DAY', timeZone: 'UTC' },
  ...{ byAccount: false, ...over },
});

describe('messages counted for charts', () => {
  it('are those of the caller’s project, between two times, in the bucket in which the clock of the zone puts them', async () => {
    const around = fc
      .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -2_000, max: 2_000 }), fc.integer({ min: 1, max: 3_000 }))
      .map(([[zone, change], minutes, length]) => {
        const from = Date.parse(change) + minutes * MINUTE;
        return { zone, from: new Date(from), to: new Date(from + length * MINUTE) };
      });
    const interval = fc.constantFrom<StatsInterval>('MINUTE', 'HOUR', 'DAY');
    await fc.assert(
      fc.asyncProperty(around, interval, fc.boolean(), async ({ zone, from, to }, interval, byAccount) => {
        fc.pre(interval !== 'MINUTE' || to.getTime() - from.getTime() <= DAY);
        const found = await stats.count(mine, question({ from, to, interval, timeZone: zone, byAccount }));
        const clock = readingOf(zone, interval);
        const keyed = found.map(({ start, status, accountId, count }) => [
          `${clock(start)} ${status} ${accountId ?? 'all'}`,
          count,
        ]);
        expect(Object.fromEntries(keyed)).toEqual(counted({ from, to, byAccount, clock }));
        expect(keyed).toHaveLength(new Set(keyed.map(([key]) => key)).size);
        // Each begins with the first moment at which the clock reads so.
        for (const { start } of found) expect(clock(new Date(start.getTime() - 1))).not.toBe(clock(start));
      }),
      { numRuns: 150 },
    );
  });

  it('come by their beginning, then in the order of a message’s life, then by account', async () => {
    const found = await stats.count(mine, question({ byAccount: true }));
    const places = found.map(({ start, status, accountId }) => [
      start.toISOString(),
      STATUSES.indexOf(status as (typeof STATUSES)[number]),
      accountId,
    ]);
    expect(places).toEqual([...places].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)));
    expect(places.length).toBeGreaterThan(STATUSES.length * 2);
  });

  it('are none where nothing was created', async () => {
    const span = { from: new Date('2020-01-01T00:00Z'), to: new Date('2020-02-01T00:00Z') };
    expect(await stats.count(mine, question(span))).toEqual([]);
  });

  it('fill 1,500 buckets, and are refused in one more, with how to mend it', async () => {
    const from = new Date('2026-03-01T00:00Z');
    const span = (ms: number): Partial<StatsQuestion> => ({ from, to: new Date(from.getTime() + ms) });
    await expect(stats.count(mine, question({ ...span(1_500 * HOUR), interval: 'HOUR' }))).resolves.toBeDefined();
    await expect(stats.count(mine, question({ ...span(1_500 * HOUR + 1), interval: 'HOUR' }))).rejects.toMatchObject({
      message:
        'These would be 1501 buckets, and 1500 are the most: ask for shorter spans or a longer interval than HOUR.',
      extensions: { code: 'BAD_USER_INPUT', field: 'interval' },
    });
    await expect(stats.count(mine, question({ ...span(365 * DAY), interval: 'MINUTE' }))).rejects.toThrow(
      'some 525600 buckets',
    );
    const ever = { from: new Date('0001-01-01T00:00Z'), to: new Date('9999-12-31T00:00Z') };
    await expect(stats.count(mine, question(ever))).rejects.toThrow('ask for shorter spans.');
  });

  it('are refused for a zone that there is not and for a span without length', async () => {
    await expect(stats.count(mine, question({ timeZone: 'Asia/Nowhere' }))).rejects.toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', field: 'timeZone' },
    });
    const at = new Date('2026-03-01T00:00Z');
    await expect(stats.count(mine, question({ from: at, to: at }))).rejects.toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', field: 'from' },
    });
  });
});

/** What the clock of a zone reads, as far as the interval looks at it; with its offset, where an hour may come twice. */
function readingOf(zone: string, interval: StatsInterval): (time: Date) => string {
  const format = new Intl.DateTimeFormat('sv', {
    ...{ timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' },
    ...(interval !== 'DAY' && { hour: '2-digit', hourCycle: 'h23', timeZoneName: 'longOffset' }),
    ...(interval === 'MINUTE' && { minute: '2-digit' }),
  });
  return (time) => format.format(time);
}

function counted(asked: {
  readonly from: Date;
  readonly to: Date;
  readonly byAccount: boolean;
  readonly clock: (time: Date) => string;
}): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { projectId, status, accountId, createdAt } of rows) {
    if (projectId !== mine || createdAt < asked.from || createdAt >= asked.to) continue;
    const key = `${asked.clock(createdAt)} ${status} ${asked.byAccount ? accountId : 'all'}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

async function insert(database: Database, rows: readonly Row[]): Promise<void> {
  await database.rows(
    `insert into messages (project_id, id, direction, status, channel, priority, person, content, account_id, account_fixed,
       resend_unconfirmed, request_key, attempts, deferrals, doubts, repeats, sequence, created_at)
     select project_id, id, 'OUTBOUND', status, 'WHATSAPP', 1, '+6287823678023', '{}', account_id, false, false, id, 0, 0, 0, 0, 1, created_at
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[]) n (project_id, id, status, account_id, created_at)`,
    [
      rows.map(({ projectId }) => projectId),
      rows.map(() => newId()),
      rows.map(({ status }) => status),
      rows.map(({ accountId }) => accountId),
      rows.map(({ createdAt }) => createdAt),
    ],
  );
}
