import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Queued, QueueRoom } from '../../../test/support/queue-room.js';
import { later, MINUTE, SECOND } from '../../common/clock.js';
import { type Sql } from '../../database/database.js';
import { type AccountInHand } from '../../providers/account-store.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { takeMessages } from './take-messages.js';
import { waitingMessages } from './waiting-messages.js';

let room: QueueRoom;
beforeAll(async () => {
  room = await QueueRoom.open();
});
afterAll(() => room.close());

const [HIGH, NORMAL, LOW] = [0, 1, 2];
const many = (count: number, letter: string, priority: number): Queued[] =>
  Array.from({ length: count }, (_, n) => ({ person: `${letter}${n}`, priority }));
const passedOver = async ({ id }: ProviderAccount): Promise<number> =>
  (
    await room.database.rows<{ n: number }>('select passed_over as n from account_budgets where account_id = $1', [id])
  )[0]!.n;
/** The first letters of the persons in the order in which they were claimed. */
const letters = (persons: readonly string[]): string => persons.map((person) => person[0]).join('');

describe('what leaves through an account', () => {
  it('is HIGH but for one in ten, while others wait behind many of them', async () => {
    const account = await room.account();
    await room.queue(account, [...many(50, 'L', LOW), ...many(50, 'H', HIGH)]);
    expect(letters(await room.send(account))).toBe('HHHHHHHHHLHHHHHH');
  });

  it('keeps its count over claims of single calls, and leaves LOW the last call of the budget in its turn', async () => {
    const account = await room.account({ requestsPerMinute: 60 });
    await room.queue(account, [...many(40, 'L', LOW), ...many(40, 'H', HIGH)]);
    const sent: string[] = [];
    for (let at = room.clock.now(); sent.length < 31;) {
      const batch = await room.claim(account);
      await room.answered(batch);
      sent.push(...batch.claimed.map(({ person }) => person));
      expect(batch).toMatchObject({ more: false });
      expect(batch.again!.getTime()).toBeGreaterThan(at.getTime());
      at = batch.again!;
      room.clock.set(at);
    }
    expect(letters(sent)).toBe('HHHHHHHHHLHHHHHHHHHLHHHHHHHHHLH');
    expect(await passedOver(account)).toBe(1);
  });

  it('keeps one call of the budget for a HIGH one while a campaign of LOW is under way', async () => {
    const account = await room.account({ requestsPerMinute: 100 });
    await room.queue(account, many(100, 'L', LOW));
    for (let call = 0; call < 20; call++) {
      const batch = await room.claim(account);
      await room.answered(batch);
      room.clock.set(batch.again!);
    }
    const [code] = await room.queue(account, [{ person: 'H', priority: HIGH }]);
    expect((await room.claim(account)).claimed.map(({ id }) => id)).toContain(code);
  });

  it('is HIGH alone where only what is urgent was asked for, which takes nothing of the others’ share', async () => {
    const account = await room.account({ requestsPerMinute: 1_000 });
    await room.queue(account, [...many(20, 'L', LOW), ...many(20, 'H', HIGH)]);
    const batch = await room.claim(account, true);
    expect(letters(batch.claimed.map(({ person }) => person))).toBe('H'.repeat(16));
    expect(await passedOver(account)).toBe(0);
  });

  it('is one for each person and priority, in the order of their coming, whatever is due behind it', async () => {
    const account = await room.account();
    await room.queue(account, [...Array.from({ length: 100 }, () => ({ person: 'A' })), { person: 'B' }]);
    const first = await room.claim(account);
    expect(first).toMatchObject({ more: true, claimed: [{ person: 'A' }] });
    // While the first is under way the hundred behind it hide nobody.
    const second = await room.claim(account);
    expect(second).toMatchObject({ more: false, claimed: [{ person: 'B' }] });
  });

  it('is never claimed twice by workers that claim at the same time', async () => {
    const account = await room.account({ requestsPerMinute: 10_000 });
    await room.queue(account, [...many(60, 'L', LOW), ...many(60, 'H', HIGH)]);
    const workers = [room.claims, room.worker(room.clock), room.worker(room.clock)];
    const batches = await Promise.all(Array.from({ length: 9 }, (_, n) => workers[n % 3]!.claim(account.id, false)));
    const persons = batches.flatMap(({ claimed }) => claimed.map(({ person }) => person));
    expect(persons).toHaveLength(120);
    expect(new Set(persons).size).toBe(120);
  });

  it('is not what was moved to another account or canceled since it was seen', async () => {
    const account = (await room.account()) as AccountInHand;
    const { database, clock } = room;
    const [moved, canceled, left] = await room.queue(account, [{ person: 'A' }, { person: 'B' }, { person: 'C' }]);
    const now = clock.now();
    const wanted = { rowsAtMost: 32, priorities: [NORMAL], oncePerPerson: false, inTurns: false, now };
    const { candidates } = await waitingMessages(database, account, wanted);
    await database.rows('update messages set account_id = gen_random_uuid() where id = $1', [moved]);
    await database.rows(`update messages set status = 'CANCELED', due_at = null where id = $1`, [canceled]);
    const claimed = await takeMessages(database, account, candidates, { now, freeAt: null });
    expect(claimed.map(({ id }) => id)).toEqual([left]);
    const attempts = await database.rows('select message_id as id from message_attempts where account_id = $1', [
      account.id,
    ]);
    expect(attempts).toEqual([{ id: left }]);
  });

  it('is read off the index of what waits and nothing else, of a hundred thousand messages too', async () => {
    const account = (await room.account({ kind: 'META' })) as AccountInHand;
    const { database, clock } = room;
    const dueAt = later(clock.now(), -MINUTE);
    const campaign = Array.from({ length: 100_000 }, (_, n) => ({ person: `L${n}`, priority: LOW, dueAt }));
    await room.queue(account, [...campaign, ...many(40, 'H', HIGH)]);
    for (let claim = 0; claim < 5; claim++) await room.claim(account);
    const now = clock.now();
    const wanted = { rowsAtMost: 32, priorities: [HIGH, NORMAL, LOW], oncePerPerson: true, inTurns: true, now };
    const { candidates } = await waitingMessages(database, account, wanted);
    const scans = [
      ...(await scansOf((sql) => waitingMessages(sql, account, wanted))),
      ...(await scansOf((sql) => takeMessages(sql, account, candidates, { now, freeAt: later(now, SECOND) }))),
    ];
    const ofMessages = scans.filter((scan) => scan['Relation Name'] === 'messages');
    expect(new Set(ofMessages.map((scan) => scan['Index Name']))).toEqual(new Set(['messages_queue', 'messages_pk']));
    const turns = scans.filter((scan) => scan['Relation Name'] === 'person_turns');
    expect(new Set(turns.map((scan) => scan['Index Name']))).toEqual(new Set(['person_turns_pk']));
    const most = Math.max(...scans.map((scan) => scan['Actual Rows'] * scan['Actual Loops']));
    expect(most).toBeLessThanOrEqual(100);
  });
});

/** How a statement finds its rows. It is rolled back. */
async function scansOf(statement: (sql: Sql) => Promise<unknown>): Promise<readonly Scan[]> {
  const scans: Scan[] = [];
  const rolledBack = new Error('rolled back');
  const work = room.database.transaction(async (sql) => {
    await statement({
      rows: async (text, values) => {
        const explain = `explain (analyze, format json) ${text}`;
        const [row] = await sql.rows<{ 'QUERY PLAN': [{ Plan: Scan }] }>(explain, values);
        scans.push(...nodes(row!['QUERY PLAN'][0].Plan).filter((node) => node['Node Type'].endsWith('Scan')));
        return [];
      },
    });
    throw rolledBack;
  });
  await expect(work).rejects.toBe(rolledBack);
  return scans;
}

interface Scan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Scan[];
}
const nodes = (scan: Scan): Scan[] => [scan, ...(scan.Plans ?? []).flatMap(nodes)];
