import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectTestDatabase } from '../../test/support/database.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { later, MINUTE, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { type Database } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type Caller } from './caller.js';
import { insertApiKey, insertProject } from './inserts.js';
import { KeyRing } from './key-ring.js';
import { hashOf } from './secret.js';

const PREFIX = 'kurir_other_';
const IP = '203.0.113.9';
const projectId = newId();

let connected: { database: Database; close(): Promise<void> };
let clock: ManualClock;
let signals: Signals;
let keys: KeyRing;
/** Whom a key of the other kind admits, and the keys that were asked about. */
let callers: Map<string, Caller>;
let asked: string[];

beforeAll(async () => {
  connected = await connectTestDatabase([]);
  await insertProject(connected.database, {
    ...{ id: projectId, name: 'Test', defaultCountry: 'ID', createdAt: new ManualClock().now() },
    ...{ quietFrom: null, quietTo: null },
  });
});
afterAll(() => connected.close());

beforeEach(() => {
  clock = new ManualClock();
  signals = new Signals(connected.database);
  keys = new KeyRing(connected.database, signals, clock);
  keys.onModuleInit();
  callers = new Map();
  asked = [];
  keys.alsoRead(PREFIX, async (key) => {
    asked.push(key);
    return callers.get(key) ?? null;
  });
});
afterEach(async () => {
  await keys.onApplicationShutdown();
  await signals.close();
});

const enter = (key: string, ip = IP): Promise<Caller | null> => keys.authenticate(`Bearer ${key}`, ip);
const other = (more: Partial<Caller> = {}): Caller => ({
  ...{ projectId, apiKeyId: newId(), scopes: new Set<never>(), country: 'ID', expiresAt: null, watches: 'thing' },
  ...more,
});

/** A key of the table; whoever chose it may have chosen anything. */
async function tableKey(key: string): Promise<string> {
  const id = newId();
  await insertApiKey(connected.database, {
    ...{ projectId, id, name: 'Test', prefix: 'x', hash: hashOf(key), scopes: ['READ'], allowedIps: [] },
    ...{ expiresAt: null, lastUsedAt: null, revokedAt: null, createdAt: clock.now() },
  });
  return id;
}

describe('keys of another kind', () => {
  it('admit whom they are read to be of, from anywhere', async () => {
    const caller = other();
    callers.set(`${PREFIX}a`, caller);
    expect(await enter(`${PREFIX}a`)).toEqual(caller);
    expect(await enter(`${PREFIX}a`, '2001:db8::1')).toEqual(caller);
  });

  it('admit nobody where they are read to be of nobody, however often they are shown', async () => {
    expect(await enter(`${PREFIX}b`)).toBeNull();
    expect(await enter(`${PREFIX}b`)).toBeNull();
    callers.set(`${PREFIX}b`, other());
    expect(await enter(`${PREFIX}b`)).not.toBeNull();
  });

  it('are told by how they begin: no other key is read so', async () => {
    await tableKey('kurir_of-the-table');
    expect(await enter('kurir_of-the-table')).toMatchObject({ projectId });
    expect(await enter('kurir_unknown')).toBeNull();
    expect(asked).toEqual([]);
  });

  it('leave a key of the table in that somebody chose to begin so', async () => {
    const apiKeyId = await tableKey(`${PREFIX}chosen`);
    expect(await enter(`${PREFIX}chosen`)).toMatchObject({ apiKeyId, scopes: new Set(['READ']) });
  });

  it('are remembered for five seconds, and read again then', async () => {
    callers.set(`${PREFIX}c`, other());
    await enter(`${PREFIX}c`);
    callers.clear();
    clock.advance(5 * SECOND - 1);
    expect(await enter(`${PREFIX}c`)).not.toBeNull();
    expect(asked).toHaveLength(1);
    clock.advance(1);
    expect(await enter(`${PREFIX}c`)).toBeNull();
  });

  it('are forgotten at once with the key that they come from, and with no other', async () => {
    const caller = other();
    callers.set(`${PREFIX}d`, caller);
    await enter(`${PREFIX}d`);
    callers.clear();
    signals.tell('keys', [newId()]);
    expect(await enter(`${PREFIX}d`)).toEqual(caller);
    signals.tell('keys', [caller.apiKeyId]);
    expect(await enter(`${PREFIX}d`)).toBeNull();
  });

  it('end by the time of whom they admit, also while they are remembered', async () => {
    callers.set(`${PREFIX}e`, other({ expiresAt: later(clock.now(), SECOND) }));
    expect(await enter(`${PREFIX}e`)).not.toBeNull();
    clock.advance(SECOND);
    expect(await enter(`${PREFIX}e`)).toBeNull();
  });

  it('are no use of the key that they come from', async () => {
    const apiKeyId = await tableKey('kurir_started-it');
    callers.set(`${PREFIX}f`, other({ apiKeyId }));
    await enter(`${PREFIX}f`);
    clock.advance(MINUTE);
    await enter(`${PREFIX}f`);
    await keys.onApplicationShutdown(); // waits for what is being noted
    const [row] = await connected.database.rows('select last_used_at from api_keys where id = $1', [apiKeyId]);
    expect(row).toEqual({ last_used_at: null });
  });
});
