import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { type Activity, watchActivity } from '../support/activity.js';
import { type Call, graphql } from '../support/client.js';
import { type Gateway, onFreePort, startGateway } from '../support/gateway.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  addTemplate,
  CALLBACK_TOKEN,
  connectDoku,
  connectExotel,
  connectMeta,
  connectSendTalk,
  connectWappin,
  handsOf,
  registerTemplate,
} from '../support/world.js';
import { type AccountName, CAST, type ProjectName, SIMULATED_TEMPLATES, TEMPLATES } from './cast.js';
import { bury, killDatabase } from './kill.js';
import { ClockTimers, MortalClock, timeoutsBy } from './clock-time.js';

export const BEGIN = new Date('2026-03-02T02:00:00Z');

/** A gateway, a second one that comes and goes, the five providers, and one clock for all of them. */
export interface Stage {
  readonly clock: ManualClock;
  readonly simulator: Simulator;
  readonly ids: ReadonlyMap<AccountName, string>;
  /** A key of the project at one of the gateways that run now. */
  call(project: ProjectName, door: number): Call;
  openSecond(): Promise<void>;
  /** Resolves when it has finished what it has in hand: the clock has to go on meanwhile. */
  closeSecond(): Promise<void>;
  /** Nothing more is heard of it, as after `kill -9`: what it has in hand is lost. */
  killSecond(): Promise<void>;
  /** Ends the gateways' connections to the database, as when it is restarted. */
  cutConnections(): Promise<void>;
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Until nothing more happens before the clock is moved. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const CONNECT = {
  ...{ DOKU: connectDoku, WAPPIN: connectWappin, EXOTEL: connectExotel, SENDTALK: connectSendTalk, META: connectMeta },
};

export async function startStage(seed: number): Promise<Stage> {
  const clock = new ManualClock(BEGIN);
  const restoreTimeouts = timeoutsBy(clock);
  const simulator = await onFreePort((port) =>
    startSimulator({
      ...{ port: Number(port), now: () => clock.now(), timers: new ClockTimers(clock), seed },
      accounts: CAST.map(({ simulated }) => simulated),
      templates: SIMULATED_TEMPLATES,
      callbackPlan: { firstAfterMs: 400, betweenMs: 700 },
    }),
  );
  const folder = await mkdtemp(join(tmpdir(), 'kurir-chaos-'));
  const settings = {
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ADMIN_API_KEY: `test_${randomBytes(24).toString('hex')}`,
  };
  const gateway = await startGateway({ clock, env: { DATA_DIR: folder, ...settings } });
  const bank = (await makeProject(gateway.call, ['SEND', 'MANAGE', 'ADMIN'])).key.secret;
  const keys: Readonly<Record<ProjectName, string>> = { shop: gateway.adminKey, bank };
  const callOf = (project: ProjectName): Call => graphql(gateway.url, keys[project]);

  const ids = new Map<AccountName, string>();
  for (const account of CAST) {
    const { name, kind, key, credentials, sender, requestsPerMinute } = account;
    const options = { name, credentials, requestsPerMinute, ...(sender && { sender }) };
    const { id, callbackUrl } = await CONNECT[kind](callOf(account.project), simulator.url, options);
    ids.set(name, id);
    const token = kind === 'WAPPIN' ? { token: CALLBACK_TOKEN } : {};
    if (account.reports === 'by callback')
      simulator.configure({ callbacks: [{ kind, account: key, url: callbackUrl, ...token }] });
  }
  for (const { name, project, category, body, at } of TEMPLATES) {
    const id = await addTemplate(callOf(project), { name, category, body });
    for (const [account, externalId] of Object.entries(at))
      await registerTemplate(callOf(project), { id, accountId: ids.get(account as AccountName), externalId });
  }
  for (const project of ['shop', 'bank'] as const) {
    const accountIds = CAST.filter((one) => one.project === project && one.kind !== 'SENDTALK').map(({ name }) =>
      ids.get(name),
    );
    await handsOf(callOf(project)).ask(
      `mutation ($accountIds: [ID!]!) { setRoute(capability: TEMPLATE, accountIds: $accountIds) { __typename } }`,
      { accountIds },
    );
  }

  let second: { readonly gateway: Gateway; readonly clock: MortalClock } | null = null;
  const killed: Gateway[] = [];
  const activity: Activity = watchActivity();
  const pool = new pg.Pool({ connectionString: gateway.databaseUrl, max: 1, application_name: 'judge' });
  pool.on('error', () => undefined);
  const rows: Stage['rows'] = async <Row extends object>(text: string, values: readonly unknown[] = []) =>
    (await pool.query<Row>(text, [...values])).rows;
  const running = (): readonly Gateway[] => (second ? [gateway, second.gateway] : [gateway]);
  return {
    clock,
    simulator,
    ids,
    call: (project, door) => graphql((running()[door % running().length] as Gateway).url, keys[project]),
    openSecond: async () => {
      const mortal = new MortalClock(clock);
      const env = { DATA_DIR: folder, ...settings };
      second ??= {
        gateway: await startGateway({ clock: mortal, env, databaseUrl: gateway.databaseUrl }),
        clock: mortal,
      };
    },
    closeSecond: async () => {
      const closing = second;
      second = null;
      await closing?.gateway.close();
    },
    killSecond: async () => {
      if (!second) return;
      second.clock.kill();
      killDatabase(second.gateway);
      killed.push(second.gateway);
      second = null;
    },
    cutConnections: async () => {
      await rows(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name <> 'judge'
            -- PostgreSQL's own workers (autovacuum) are not ours to end.
            and backend_type = 'client backend'`,
      );
    },
    rows,
    settled: () => activity.settled(),
    close: async () => {
      activity.stop();
      restoreTimeouts();
      await pool.end();
      await Promise.all([second?.gateway.close(), ...killed.map(bury)]);
      await gateway.close();
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
