import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { ManualTimers } from '../../src/simulator/timers.js';
import { onServer } from '../support/database.js';
import { openRawSocket, type RawSocket } from '../support/raw-socket.js';
import { until } from '../support/until.js';
import { person, startWorld, UNLIMITED, viaDoku, viaWappin, type World } from '../support/world.js';

const FOLLOW = 'subscription ($after: ID) { events(after: $after) { id } }';

let world: World;
let follower: RawSocket;
let database: string;

async function start(timers?: ManualTimers): Promise<void> {
  world = await startWorld({ doku: { requestsPerMinute: UNLIMITED }, ...(timers && { timers }) });
  database = new URL(world.gateway.databaseUrl).pathname.slice(1);
  const after = (await world.ask('{ lastEventId }')).lastEventId as string;
  follower = await openRawSocket(world.gateway.url, world.gateway.adminKey);
  follower.subscribe(FOLLOW, { after });
  await follower.read();
}

afterEach(async () => {
  follower.cut();
  await world.close();
});

/** Ends every connection to the gateway's database, in the middle of whatever it does; answers how many there were. */
async function cutConnections(): Promise<number> {
  const cut = await onServer(
    inject('postgres').url,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and backend_type = 'client backend'`,
  );
  return cut.length;
}

async function letIn(allowed: boolean): Promise<void> {
  await onServer(inject('postgres').url, `alter database ${database} allow_connections ${String(allowed)}`);
  if (!allowed) await cutConnections();
}

const ready = async (): Promise<boolean> => (await fetch(`${world.gateway.url}/readyz`)).ok;

const health = async (id: string): Promise<string> =>
  (await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', { id })).providerAccount.health;

/** All that the log holds, and nothing twice. */
async function expectFollowed(): Promise<void> {
  const stored = (await world.rows('select id from events order by id')).map(({ id }) => id as string);
  const heard = (): string[] => follower.received.map(({ events }) => events.id as string);
  await until(() => heard().at(-1) === stored.at(-1), 'the follower has caught up');
  expect(heard()).toEqual(stored.slice(-heard().length));
  const [{ first }] = await world.rows(`select min(id) as first from events where type like 'MESSAGE_%'`);
  expect(BigInt(heard()[0]!)).toBeLessThanOrEqual(BigInt(first));
}

describe('while the database is away', () => {
  const timers = new ManualTimers();
  beforeEach(() => start(timers));

  it('answers of providers are kept in hand, and recorded when it is back: no call is uncertain, none is made again', async () => {
    world.simulator.configure({
      faults: (['DOKU', 'WAPPIN'] as const).map((kind) => ({
        kind,
        behaviour: { delayMs: 1_000, callbacks: { statuses: [] } },
      })),
    });
    const sends = Array.from({ length: 20 }, (_, n) => [viaDoku(person(n)), viaWappin(person(n))]).flat();
    const sent = await world.sendAll(sends);
    await until(() => timers.pending === sends.length, 'the providers have all of them');
    await letIn(false);
    expect(await ready()).toBe(false);
    timers.advance(1_000);
    await until(() => world.gateway.lines.some((line) => line.includes('database')), 'it has noticed');
    await letIn(true);
    await until(ready, 'it is ready again');
    for (const { id } of sent) {
      const message = await world.messageIn(id, 'SUBMITTED');
      expect(message.attempts).toHaveLength(1);
      expect(message.attempts[0]).toMatchObject({ outcome: 'ACCEPTED', httpStatus: 200 });
    }
    expect(world.simulator.ledger.counts()).toMatchObject({ accepted: sends.length, repeated: 0, doubles: 0 });
    for (const { id } of [world.doku, world.wappin])
      await until(async () => (await health(id)) === 'HEALTHY', 'the account is known to work');
    await expectFollowed();
  });

  it('an account whose credentials are refused stops when it is back', async () => {
    world.simulator.configure({
      faults: [
        {
          kind: 'WAPPIN',
          behaviour: { delayMs: 1_000, refuse: { http: 200, code: '406', message: 'Auth not recognize' } },
        },
      ],
    });
    const { id } = await world.send(viaWappin(person(1)));
    await until(() => timers.pending === 1, 'the provider has it');
    await letIn(false);
    timers.advance(1_000);
    await until(() => world.gateway.lines.some((line) => line.includes('database')), 'it has noticed');
    await letIn(true);
    expect(await world.messageIn(id, 'FAILED')).toMatchObject({ problem: { code: 'PROVIDER_AUTH_FAILED' } });
    await until(async () => (await health(world.wappin.id)) === 'FAILING', 'the account has stopped');
    const { id: waits } = await world.send(viaWappin(person(2)));
    expect(await world.message(waits)).toMatchObject({ status: 'QUEUED', attempts: [] });
  });
});

describe('when all its connections are cut in the middle of a run, again and again', () => {
  beforeEach(() => start());

  it('nothing is lost and nothing is sent twice, it listens again, and followers go on', async () => {
    const total = 300;
    const inBatch = 10;
    const ids: string[] = [];
    const codes: string[] = [];
    const sending = Array.from({ length: 3 }, async (_, sender) => {
      for (let from = sender * inBatch; from < total; from += 3 * inBatch) {
        let inputs = Array.from({ length: inBatch }, (_unused, index) => {
          const number = from + index;
          const input = number % 2 ? viaWappin(person(number)) : viaDoku(person(number));
          return { ...input, idempotencyKey: `key-${number}` };
        });
        // Whoever gets no answer, or the word that it may be tried again, sends it again under the same keys.
        await until(
          async () => {
            const answers = await world.sendAll(inputs).catch(() => inputs.map(() => ({ code: 'none' })));
            ids.push(...answers.flatMap(({ id }) => (id ? [id as string] : [])));
            codes.push(...answers.flatMap(({ code }) => (code ? [code as string] : [])));
            inputs = inputs.filter((_input, index) => !answers[index].id);
            return inputs.length === 0;
          },
          'an answer to each',
          20_000,
        );
      }
    });
    let cuts = 0;
    for (const share of [0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9]) {
      await until(() => world.simulator.ledger.counts().accepted >= share * total, `${share} have left`, 30_000);
      cuts += await cutConnections();
    }
    await Promise.all(sending);
    expect(cuts).toBeGreaterThan(8);
    expect(ids).toHaveLength(total);
    expect(new Set(ids).size).toBe(total);
    expect(codes.filter((code) => code !== 'none' && code !== 'TOO_MANY_REQUESTS')).toEqual([]);

    const open = `select from messages m join provider_accounts a on a.id = m.account_id
      where (m.status, a.kind) not in (('READ', 'WAPPIN'), ('SUBMITTED', 'DOKU'))`;
    await until(async () => (await world.rows(open).catch(() => [0])).length === 0, 'all are through', 20_000);
    expect((await world.counts('messages'))['messages']).toBe(total);
    expect(world.simulator.ledger.counts()).toMatchObject({ accepted: total, repeated: 0, doubles: 0 });
    expect(await world.rows(`select from message_attempts where outcome is distinct from 'ACCEPTED'`)).toEqual([]);
    expect(await world.rows(`select type from events where type = 'MESSAGE_UNCONFIRMED'`)).toEqual([]);
    await expectFollowed();
    await until(
      async () =>
        (
          await world.rows(`select from pg_stat_activity where application_name = 'kurir listener' and datname = $1`, [
            database,
          ])
        ).length === 1,
      'it listens again',
    );
  }, 90_000);
});
