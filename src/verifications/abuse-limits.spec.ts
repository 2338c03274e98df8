import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTestDatabase } from '../../test/support/database.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { type Crowd, writeCrowd } from '../../test/support/verification-crowd.js';
import { DAY, HOUR, later, MINUTE } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { isProblem, type Problem } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { TABLES } from '../tables.js';
import { AbuseLimits, type Starter } from './abuse-limits.js';
import { readStart } from './start-input.js';

const T0 = new Date('2026-03-01T09:00:00Z');
const clock = new ManualClock(T0);
const limits = new AbuseLimits();
let database: Database;
let beside: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  // What is blocked is logged: here that is part of the story.
  Logger.overrideLogger(false);
  const connected = await connectTestDatabase(TABLES);
  ({ database } = connected);
  beside = await Database.connect(connected.url, TABLES);
  close = async () => {
    await beside.close();
    await connected.close();
  };
});
afterAll(() => close());

let people = 0;
/** Somebody in a project, new in everything of which `over` does not say what it is. */
function someone(over: Partial<Starter> & { readonly endUserIp?: string } = {}): Starter {
  people++;
  const { endUserIp = `10.0.${people >> 8}.${people & 255}`, ...known } = over;
  const input = { phone: `+62812${30_000_000 + people}`, language: 'id', expiryMinutes: 10, endUserIp };
  const start = readStart(input, { country: 'ID' });
  if (isProblem(start)) throw new Error(start.message);
  const { phone, endUserAddress } = start;
  return { ...{ projectId: newId(), apiKeyId: newId(), phone, prefix: `+62${people}`, endUserAddress }, ...known };
}

/** Others have started, from now on if nothing else is said. */
const started = (crowd: Omit<Crowd, 'from'> & Partial<Crowd>, sql: Sql = database): Promise<void> =>
  writeCrowd(sql, { from: clock.now(), ...crowd });

const ask = (starter: Starter): Promise<Problem | null> =>
  database.transaction((sql) => limits.problem(sql, starter, clock.now()));

describe('a limit', () => {
  it.each<[number, string, number, Exclude<keyof Starter, 'projectId'> | null, string | null]>([
    [5, 'an hour for a number', HOUR, 'phone', 'phone'],
    [10, 'a day for a number', DAY, 'phone', 'phone'],
    [100, 'an hour for numbers that begin alike', HOUR, 'prefix', 'phone'],
    [200, 'an hour for a person’s address', HOUR, 'endUserAddress', 'endUserIp'],
    [600, 'an hour for an API key', HOUR, 'apiKeyId', null],
    [3_000, 'an hour for a project', HOUR, null, null],
  ])(
    'lets %i start %s, the next when the first leaves, and nobody else waits',
    async (starts, _what, ms, column, field) => {
      const starter = someone();
      const { projectId } = starter;
      const same = { projectId, ...(column && { [column]: starter[column] }) };
      // Spread over three quarters of the time, so that no shorter limit is met.
      const everyMs = (ms * 3) / 4 / starts;
      clock.set(T0);
      await started({ count: starts - 1, same, everyMs });
      clock.advance(everyMs * starts);
      expect(await ask(starter)).toBeNull();
      await started({ count: 1, same });
      const retryAt = later(T0, ms);
      for (const time of [clock.now(), later(retryAt, -1)]) {
        clock.set(time);
        expect(await ask(starter)).toMatchObject({ code: 'TOO_MANY_REQUESTS', field, retryAt });
        expect(await ask({ ...starter, projectId: newId() })).toBeNull();
        if (column !== null) expect(await ask({ ...starter, [column]: someone()[column] })).toBeNull();
      }
      clock.set(retryAt);
      expect(await ask(starter)).toBeNull();
      await started({ count: 1, same });
      expect(await ask(starter)).toMatchObject({ retryAt: later(T0, everyMs + ms) });
    },
  );

  it('counts all IPv6 addresses of one household as one, and those of the next as another', async () => {
    const one = someone({ endUserIp: '2001:db8:1:2::1' });
    const { projectId, endUserAddress } = one;
    await started({ count: 200, same: { projectId, endUserAddress } });
    expect(await ask(someone({ projectId, endUserIp: '2001:db8:1:2:ffff::9' }))).toMatchObject({ field: 'endUserIp' });
    expect(await ask(someone({ projectId, endUserIp: '2001:db8:1:3::1' }))).toBeNull();
    expect(await ask(someone({ projectId, endUserAddress: null }))).toBeNull();
  });

  it('that is met longest is told, so that nobody comes back at retryAt in vain', async () => {
    const starter = someone();
    const { projectId, phone } = starter;
    clock.set(T0);
    await started({ count: 5, same: { projectId, phone } });
    clock.advance(12 * HOUR);
    await started({ count: 5, same: { projectId, phone } });
    clock.advance(MINUTE);
    expect(await ask(starter)).toMatchObject({
      retryAt: later(T0, DAY),
      message: expect.stringMatching(/^10 .* a day/),
    });
  });

  it('is not moved by starts that it refused', async () => {
    const starter = someone();
    const { projectId, phone } = starter;
    const first = clock.now();
    await started({ count: 5, same: { projectId, phone } });
    for (let minute = 1; minute < 60; minute++) {
      clock.advance(MINUTE);
      expect(await ask(starter)).toMatchObject({ retryAt: later(first, HOUR) });
    }
    clock.advance(MINUTE);
    expect(await ask(starter)).toBeNull();
  });
});

describe('starts at the same time', () => {
  it('in two processes do not go past a limit together', async () => {
    const starter = someone();
    const start = (where: Database): Promise<Problem | null> =>
      where.transaction(async (sql) => {
        await limits.oneByOne(sql, starter.projectId);
        const problem = await limits.problem(sql, starter, clock.now());
        if (problem === null) await started({ count: 1, same: starter }, sql);
        return problem;
      });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => start(n % 2 ? beside : database)));
    expect(answers.filter((answer) => answer === null)).toHaveLength(5);
  });

  it('of two projects do not wait for each other', async () => {
    await database.transaction(async (sql) => {
      await limits.oneByOne(sql, someone().projectId);
      await database.transaction((another) => limits.oneByOne(another, someone().projectId));
      expect(await ask(someone())).toBeNull();
    });
  });
});

describe('numbers that begin alike and are hardly ever proved', () => {
  const someones = (): { starter: Starter; same: Pick<Starter, 'projectId' | 'prefix'> } => {
    const starter = someone();
    return { starter, same: { projectId: starter.projectId, prefix: starter.prefix } };
  };

  it.each([
    [29, 0, false],
    [30, 0, true],
    [30, 2, true],
    [30, 3, false],
    [31, 3, true],
    [60, 5, true],
    [60, 6, false],
    [70, 7, false],
  ])('are %i, of them %i proved: blocked is %s', async (count, verified, blocked) => {
    const { starter, same } = someones();
    await started({ count, same, verified });
    clock.advance(MINUTE);
    expect(await ask(starter)).toEqual(
      blocked ? expect.objectContaining({ code: 'TOO_MANY_REQUESTS', field: 'phone' }) : null,
    );
  });

  it('are looked at over 30 minutes', async () => {
    const [early, late] = [someones(), someones()];
    clock.set(T0);
    for (const { same } of [early, late]) await started({ count: 30, same, verified: 0 });
    clock.advance(30 * MINUTE - 1);
    expect(await ask(early.starter)).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    clock.advance(1);
    expect(await ask(late.starter)).toBeNull();
  });

  it('are blocked for an hour, all of them, and then free', async () => {
    const { starter, same } = someones();
    await started({ count: 30, same, verified: 2 });
    clock.advance(10 * MINUTE);
    const retryAt = later(clock.now(), HOUR);
    for (const ms of [0, 30 * MINUTE, 30 * MINUTE - 1]) {
      clock.advance(ms);
      for (const who of [starter, someone(same)])
        expect(await ask(who)).toMatchObject({ code: 'TOO_MANY_REQUESTS', field: 'phone', retryAt });
    }
    clock.advance(1);
    expect(await ask(starter)).toBeNull();
  });

  it('stay blocked when the rest of them is proved after all', async () => {
    const { starter, same } = someones();
    await started({ count: 30, same, verified: 0 });
    expect(await ask(starter)).not.toBeNull();
    await database.rows(`update verifications set status = 'VERIFIED' where project_id = $1`, [same.projectId]);
    expect(await ask(starter)).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  });

  it('block nobody whose number begins otherwise, and no other project', async () => {
    const { starter, same } = someones();
    await started({ count: 30, same, verified: 0 });
    expect(await ask(starter)).not.toBeNull();
    expect(await ask(someone({ projectId: same.projectId }))).toBeNull();
    expect(await ask({ ...starter, projectId: newId() })).toBeNull();
  });

  it('are shown with what was counted, anew each time that they are blocked', async () => {
    const { starter, same } = someones();
    const shown = (): Promise<object[]> =>
      database.rows(
        'select prefix, started, verified, blocked_at as "blockedAt", until from blocked_prefixes where project_id = $1',
        [same.projectId],
      );
    for (const [count, verified] of [
      [30, 2],
      [40, 1],
    ] as const) {
      await started({ count, same, verified });
      clock.advance(MINUTE);
      const blockedAt = clock.now();
      await ask(starter);
      const until = later(blockedAt, HOUR);
      expect(await shown()).toEqual([{ prefix: same.prefix, started: count, verified, blockedAt, until }]);
      clock.set(until);
    }
  });
});
