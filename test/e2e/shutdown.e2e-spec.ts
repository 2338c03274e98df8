import { Agent, request } from 'node:http';
import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../support/client.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { removeBuilt, startProgram } from '../support/program.js';
import { createTestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

describe('a gateway that is asked to stop', () => {
  let gateway: Gateway;
  let holder: pg.Client;
  beforeEach(async () => {
    gateway = await startGateway();
    holder = new pg.Client(gateway.databaseUrl);
    await holder.connect();
  });
  afterEach(async () => {
    await holder.end();
    await gateway.close();
  });

  it('finishes what is in hand, says goodbye to its subscribers, and takes nothing more', async () => {
    await holder.query('begin; lock table projects in exclusive mode');
    const inHand = gateway.call('mutation { createProject(name: "In hand") { ... on Project { name } } }');
    await until(async () => (await waiting(holder)) > 0, 'the mutation waits for the lock');
    const socket = connect(gateway.url, { authorization: `Bearer ${gateway.adminKey}` });
    await socket.acknowledged;

    const closed = gateway.app.close();
    expect(await socket.closed).toBe(1001);
    await until(
      () =>
        fetch(`${gateway.url}/healthz`).then(
          () => false,
          () => true,
        ),
      'it takes no more connections',
    );
    await holder.query('commit');
    expect((await inHand).data).toEqual({ createProject: { name: 'In hand' } });
    await closed;
    await until(() => isAlone(holder), 'it let go of the database');
  });

  it('does not wait for connections that are kept open for nothing', async () => {
    const agent = new Agent({ keepAlive: true });
    await new Promise<void>((resolve, reject) => {
      request(`${gateway.url}/healthz`, { agent }, (answer) => answer.resume().on('end', resolve))
        .on('error', reject)
        .end();
    });
    const started = performance.now();
    await gateway.app.close();
    expect(performance.now() - started).toBeLessThan(2_000);
    agent.destroy();
  });

  it('may be asked again', async () => {
    await Promise.all([gateway.app.close(), gateway.app.close()]);
    await gateway.app.close();
    await expect(fetch(gateway.url)).rejects.toThrow();
  });
});

describe('a gateway that cannot start', () => {
  it('leaves nothing behind', async () => {
    const first = await startGateway();
    const { port } = new URL(first.url);
    const database = await createTestDatabase();
    await expect(startGateway({ databaseUrl: database.url, env: { PORT: port } })).rejects.toThrow('set PORT');
    const client = new pg.Client(database.url);
    await client.connect();
    await until(() => isAlone(client), 'it let go of the database');
    await client.end();
    await database.drop();
    await first.close();
  });
});

describe('the process', () => {
  afterAll(removeBuilt);

  it('ends with 0 on SIGTERM', async () => {
    const database = await createTestDatabase();
    const settings = { DATABASE_URL: database.url, ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'), PORT: '0' };
    const running = await startProgram(settings);
    await running.listening;
    running.child.kill('SIGTERM');
    expect(await running.exit).toEqual({ code: 0, signal: null });
    await database.drop();
  });
});

async function waiting(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from pg_locks where not granted and relation = 'projects'::regclass`,
  );
  return rows[0]!.count;
}

/** The server takes a moment to end the process behind a connection that was closed. */
async function isAlone(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  return rows.length === 0;
}
