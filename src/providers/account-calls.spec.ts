import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectTestDatabase } from '../../test/support/database.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { account as accountOf } from '../../test/support/surroundings.js';
import { MINUTE, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { type Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { TABLES } from '../tables.js';
import { AccountCalls } from './account-calls.service.js';
import { type AccountInHand, AccountStore } from './account-store.js';
import { type AccountsService } from './accounts.service.js';
import { type Verdict } from './call-verdict.js';
import { type Outcome } from './ports/outcome.js';
import { type ProviderPool } from './provider-pool.js';

const clock = new ManualClock();
let connected: Awaited<ReturnType<typeof connectTestDatabase>>;
let database: Database;
let store: AccountStore;
let signals: Signals;
/** Transactions so far. */
let commits = 0;
/** While it is true the database is away. */
let away = false;

beforeAll(async () => {
  // Breakers that open are told in the log.
  Logger.overrideLogger(false);
  connected = await connectTestDatabase(TABLES);
  database = connected.database;
  store = new AccountStore(database);
  signals = new Signals(database);
});
afterAll(async () => {
  await signals.close();
  await connected.close();
});

/** What the provider answers to calls that carry no message, and how many came to it. */
let answer: Outcome;
let asked = 0;

/** What one process knows of calls. */
function startProcess(): AccountCalls {
  const counting = {
    transaction: async (work: (sql: Sql) => Promise<unknown>) => {
      if (away) throw new Error('the database is away');
      commits++;
      return database.transaction(work);
    },
  } as unknown as Database;
  const accounts = {
    configuredLimit: () => 100,
    limitOf: () => 100,
    takeCall: async () => ({ account: await state(), freeAt: null }),
    stop: async () => undefined,
    works: async () => undefined,
  } as unknown as AccountsService;
  const pool = { of: () => ({}) } as unknown as ProviderPool;
  return new AccountCalls(counting, store, accounts, pool, new EventLog(database, signals), signals, clock);
}

let id: string;
let one: AccountCalls;
let other: AccountCalls;
beforeEach(async () => {
  id = newId();
  const row = accountOf(1, { id, projectId: newId(), callbackKey: newId(), health: 'HEALTHY' });
  await database.transaction((sql) => store.insert(sql, row));
  [one, other, commits, away, asked] = [startProcess(), startProcess(), 0, false, 0];
});

const state = async (): Promise<AccountInHand> =>
  (await database.transaction((sql) => store.takeInHand(sql, id))) as AccountInHand;
/** Calls that began now and came back at once, together. */
const end = async (calls: AccountCalls, count: number, verdict: Verdict): Promise<void> => {
  const claimed = await state();
  const began = clock.now();
  await Promise.all(Array.from({ length: count }, () => calls.ended(claimed, { began, verdict })));
};
const probe = async (verdict: Verdict): Promise<void> => one.probed(await state(), { began: clock.now(), verdict });
const counts = async (): Promise<[number, number]> => {
  const { recentCalls } = await state();
  return recentCalls.reduce<[number, number]>(
    ([all, bad], [, calls, failures]) => [all + calls, bad + failures],
    [0, 0],
  );
};

/** One call that carries no message. */
const make = (): Promise<Outcome> =>
  one.make(
    id,
    async () => {
      asked++;
      return answer;
    },
    SECOND,
  );
const exchange = { request: { method: 'POST', url: '', headers: {}, body: '' }, response: null };
const ACCEPTED: Outcome = { outcome: 'accepted', reference: null, exchange };
const LOST: Outcome = {
  outcome: 'uncertain',
  failure: { code: 'PROVIDER_UNAVAILABLE', message: 'lost', providerCode: null, providerMessage: null },
  exchange,
};

describe('a call that carries no message', () => {
  it('counts like one that does', async () => {
    answer = LOST;
    for (let call = 0; call < 20; call++) await make();
    expect(await state()).toMatchObject({ health: 'DEGRADED', opened: 1 });
  });

  it('is not made while the breaker is open, and says for how long', async () => {
    await end(one, 20, 'failed');
    clock.advance(10 * SECOND);
    expect(await make()).toMatchObject({ outcome: 'deferred', retryAfterMs: 20 * SECOND });
    expect(asked).toBe(0);
  });

  it('is the one that tries, where it is time for that', async () => {
    await end(one, 20, 'failed');
    clock.advance(30 * SECOND);
    answer = ACCEPTED;
    expect(await make()).toBe(ACCEPTED);
    expect(await state()).toMatchObject({ health: 'HEALTHY', openUntil: null });
  });
});

describe('the calls of two processes', () => {
  it('are counted together', async () => {
    await end(one, 12, 'failed');
    expect(await state()).toMatchObject({ health: 'HEALTHY', opened: 0 });
    await end(other, 8, 'failed');
    expect(await state()).toMatchObject({ health: 'DEGRADED', opened: 1 });
  });

  it('that one had answered count as soon as it has seen that those of the other fail', async () => {
    await end(other, 40, 'answered');
    await end(one, 10, 'failed');
    expect(await counts()).toEqual([10, 10]);
    await end(other, 1, 'answered');
    expect(await counts()).toEqual([51, 10]);
    await end(one, 20, 'failed');
    expect(await state()).toMatchObject({ opened: 0 });
  });

  it('are written once a second, and not each for itself, while some fail', async () => {
    await end(one, 1, 'failed');
    clock.advance(SECOND);
    commits = 0;
    await end(one, 50, 'answered');
    expect(commits).toBe(1);
  });

  it('that fail together share a commit', async () => {
    await end(one, 200, 'failed');
    expect(commits).toBeLessThanOrEqual(2);
  });
});

describe('calls that say nothing', () => {
  it('are those that never left', async () => {
    await end(one, 40, 'never left');
    expect(commits).toBe(0);
  });

  it('are those to settings that were changed meanwhile', async () => {
    const claimed = await state();
    await database.rows('update provider_accounts set version = version + 1 where id = $1', [id]);
    const ended = { began: clock.now(), verdict: 'failed' as const };
    await Promise.all(Array.from({ length: 40 }, () => one.ended(claimed, ended)));
    expect(await counts()).toEqual([0, 0]);
  });

  it('are those of a stopped account', async () => {
    await database.rows(`update provider_accounts set health = 'FAILING', stopped_at = $2 where id = $1`, [
      id,
      clock.now(),
    ]);
    await end(one, 40, 'failed');
    expect(await state()).toMatchObject({ health: 'FAILING', opened: 0 });
  });

  it('are those that began before the breaker opened', async () => {
    await end(one, 20, 'failed');
    const opened = await state();
    await end(one, 40, 'failed');
    await end(other, 200, 'answered');
    expect(await state()).toEqual(opened);
  });

  it('but that it was too many is learnt while it is open, too', async () => {
    await end(one, 20, 'failed');
    await end(one, 1, 'too many');
    expect(await state()).toMatchObject({ opened: 1, learntLimit: 50, learntBase: 100 });
  });
});

describe('a probe', () => {
  beforeEach(async () => {
    await end(one, 20, 'failed');
    clock.advance(30 * SECOND);
  });

  it('that fails opens the breaker for twice as long', async () => {
    await probe('failed');
    const { opened, openUntil, health } = await state();
    expect([opened, (openUntil as Date).getTime() - clock.now().getTime(), health]).toEqual([2, MINUTE, 'DEGRADED']);
  });

  it('that was one too many closes it, and halves the limit', async () => {
    await probe('too many');
    expect(await state()).toMatchObject({ openUntil: null, opened: 0, health: 'HEALTHY', learntLimit: 50 });
  });

  it('that never left decides nothing, and another one may probe', async () => {
    await database.rows('update account_budgets set probe_until = $2 where account_id = $1', [
      id,
      new Date(clock.now().getTime() + 30 * SECOND),
    ]);
    await probe('never left');
    expect(await state()).toMatchObject({ opened: 1, probeUntil: null, health: 'DEGRADED' });
  });

  it('that comes back when another one has decided changes nothing', async () => {
    await probe('failed');
    const decided = await state();
    await probe('answered');
    expect(await state()).toEqual(decided);
  });

  it('that comes back when the account was mended changes nothing', async () => {
    const { projectId } = await state();
    await database.transaction((sql) => store.closeBreaker(sql, projectId, id));
    await probe('failed');
    expect(await state()).toMatchObject({ opened: 0, openUntil: null });
  });
});

describe('while the database is away', () => {
  it('nothing is forgotten, and nothing counted twice', async () => {
    await end(one, 30, 'answered');
    const claimed = await state();
    away = true;
    const ended = { began: clock.now(), verdict: 'failed' as const };
    await expect(one.ended(claimed, ended)).rejects.toThrow('away');
    away = false;
    await one.ended(claimed, ended);
    expect(await counts()).toEqual([31, 1]);
  });
});
