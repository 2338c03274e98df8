import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/common/ids.js';
import { asRows } from '../../src/events/event-log.js';
import { graphql } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { onFreePort } from '../support/gateway.js';
import { type Program, removeBuilt, startProgram } from '../support/program.js';
import { until } from '../support/until.js';
import { anEvent, type Hit, projectOf, type Receiver, startReceiver, verify, webhooksOf } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

const EVENTS = 400;
/** A lease is 30 s. */
const HANDED_OVER_MS = 60_000;

const programs: Program[] = [];
let database: TestDatabase;
let pool: pg.Pool;
let receiver: Receiver;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  pool.on('error', () => undefined);
  receiver = await startReceiver();
});
afterAll(async () => {
  for (const { child, exit } of programs) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await exit;
    }
  }
  await receiver.close();
  await pool.end();
  await database.drop();
  await removeBuilt();
});

async function start(env: Record<string, string>): Promise<Program> {
  const program = await startProgram({ ...env, PORT: await onFreePort((port) => Promise.resolve(port)) });
  programs.push(program);
  await program.listening;
  return program;
}

const rows = async (text: string, values: unknown[] = []): Promise<any[]> => (await pool.query(text, values)).rows;
/** How many calls to endpoints this process has written down. */
async function callsOf(program: Program): Promise<number> {
  const text = await (await fetch(`${await program.listening}/metrics`)).text();
  return [...text.matchAll(/^kurir_webhook_calls_total\{[^}]*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

describe('a worker that is killed in the middle of its calls', () => {
  it('leaves them to the other: every event arrives, what comes again bears the same id, no delivery is there twice', async () => {
    const env = {
      ...{ DATABASE_URL: database.url, ENCRYPTION_KEY: randomBytes(32).toString('base64'), LOG_LEVEL: 'warn' },
      ...{ ADMIN_API_KEY: `test_${randomBytes(24).toString('hex')}`, ALLOW_PRIVATE_URLS: 'true' },
    };
    const api = await start({ ...env, ROLE: 'api' });
    const [survivor, victim] = await Promise.all([
      start({ ...env, ROLE: 'worker' }),
      start({ ...env, ROLE: 'worker' }),
    ]);
    const { ask } = handsOf(graphql(await api.listening, env.ADMIN_API_KEY));
    const projectId = await projectOf(ask);
    const { secret } = await webhooksOf(ask).create(receiver.url);
    receiver.answer((_hit, response) => void setTimeout(() => response.writeHead(200).end(), 250));

    // Few at a time, so that it is killed between events as well as between calls.
    let written = 0;
    const subjects = Array.from({ length: 80 }, () => newId());
    const writing = (async () => {
      for (; written < EVENTS; written += 20) {
        const events = Array.from({ length: 20 }, (_, index) => {
          const number = written + index;
          const subjectId = subjects[number % subjects.length]!;
          return anEvent(projectId, {
            ...{ subjectId, sequence: 1 + Math.floor(number / subjects.length), data: { thing: subjectId } },
          });
        });
        await rows('select append_events($1)', [asRows(events)]);
      }
    })();
    await until(async () => (await callsOf(victim)) >= 10 && (await callsOf(survivor)) >= 10, 'both call', 60_000);
    victim.child.kill('SIGKILL');
    expect(await victim.exit).toEqual({ code: null, signal: 'SIGKILL' });
    const hitsBefore = new Set(receiver.hits.map(({ id }) => id));
    const [{ left }] = await rows(`select count(*)::int as left from webhook_deliveries where status = 'PENDING'`);
    expect(left).toBeGreaterThan(0);
    await writing;
    await until(
      async () => (await rows(`select from webhook_deliveries where status = 'DELIVERED'`)).length >= EVENTS,
      'all are delivered',
      HANDED_OVER_MS,
    );

    const events = (await rows('select id from events')).map(({ id }) => id as string);
    expect(events).toHaveLength(EVENTS);
    const hits = Map.groupBy(receiver.hits, ({ id }) => id);
    expect(new Set(hits.keys())).toEqual(new Set(events));
    const again = [...hits.values()].filter(({ length }) => length > 1);
    for (const same of again) {
      expect(hitsBefore).toContain(same[0]!.id);
      expect(new Set(same.map(({ body }: Hit) => body)).size).toBe(1);
      for (const hit of same) verify(secret, hit);
    }
    expect(await rows('select from webhook_deliveries')).toHaveLength(EVENTS);
    // The first time that each came they came in order.
    const firsts = Map.groupBy(
      [...hits.values()].map(([first]) => first!),
      ({ event }) => event.data.thing as string,
    );
    for (const of of firsts.values()) {
      const sequences = of.map(({ event }) => event.data.sequence as number);
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    }
  }, 180_000);
});
