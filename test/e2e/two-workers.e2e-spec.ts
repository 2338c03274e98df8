import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { type LedgerCall } from '../../src/simulator/ledger.js';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { graphql } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { onFreePort } from '../support/gateway.js';
import { type Program, removeBuilt, startProgram } from '../support/program.js';
import { until } from '../support/until.js';
import {
  addTemplate,
  connectDoku,
  DOKU_CREDENTIALS,
  DOKU_TEMPLATE,
  handsOf,
  person,
  registerTemplate,
} from '../support/world.js';

/** As DOKU is: a hundred requests a minute, answered at once. More messages than it takes while we look. */
const HUNDRED = { clientId: DOKU_CREDENTIALS.clientId, messages: 250, requestsPerMinute: 100, repeatSafe: false };
/** These answer slowly, so that a kill finds calls under way: one takes a repeat as the same request, one does not. */
const SAFE = { clientId: 'BRN-0002-SAFE', messages: 150, requestsPerMinute: 600, repeatSafe: true };
const PLAIN = { clientId: 'BRN-0003-PLAIN', messages: 150, requestsPerMinute: 600, repeatSafe: false };
const ACCOUNTS = [HUNDRED, SAFE, PLAIN];
const SLOW_MS = 2_500;
/** Calls of one account that one process may have under way: three batches of 16, and one more of urgent ones. */
const MOST_IN_FLIGHT = 64;
/** A call's lease, and the time between two looks for lost ones, are within it. */
const HANDED_OVER_MS = 30 * SECOND;
/** A minute, and enough more that the first burst is not all that is seen of it. */
const LOOKED_AT_MS = 62 * SECOND;

/** What happened, for the judges below. */
interface Story {
  readonly killedAt: number;
  /** When every call that had begun before the kill was answered or given up. */
  readonly settledAt: number;
  /** The messages whose calls were under way at the kill. */
  readonly underWay: ReadonlySet<string>;
  /** Calls that each worker had made when one of them was killed. */
  readonly shares: readonly number[];
  readonly messages: readonly any[];
  /** By account, oldest first. */
  readonly calls: ReadonlyMap<string, readonly LedgerCall[]>;
}

const programs: Program[] = [];
let database: TestDatabase;
let pool: pg.Pool;
let simulator: Simulator;
let story: Story;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  pool.on('error', () => undefined);
  const slow = [SAFE, PLAIN].map(({ clientId }) => ({
    ...{ kind: 'DOKU' as const, account: clientId, behaviour: { delayMs: SLOW_MS } },
  }));
  simulator = await onFreePort((port) =>
    startSimulator({
      port: Number(port),
      accounts: ACCOUNTS.map(({ clientId, requestsPerMinute }) => ({
        ...{ kind: 'DOKU' as const, clientId, secretKey: DOKU_CREDENTIALS.secretKey, requestsPerMinute },
      })),
      faults: slow,
    }),
  );
  story = await live();
}, 180_000);

afterAll(async () => {
  for (const { child, exit } of programs) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await exit;
    }
  }
  await simulator.stop();
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

async function live(): Promise<Story> {
  const env = {
    ...{ DATABASE_URL: database.url, ENCRYPTION_KEY: randomBytes(32).toString('base64'), LOG_LEVEL: 'warn' },
    ...{ ADMIN_API_KEY: `test_${randomBytes(24).toString('hex')}`, ALLOW_PRIVATE_URLS: 'true' },
  };
  const api = await start({ ...env, ROLE: 'api' });
  const workers = await Promise.all([start({ ...env, ROLE: 'worker' }), start({ ...env, ROLE: 'worker' })]);
  const [survivor, victim] = workers;
  const ids = await accept(graphql(await api.listening, env.ADMIN_API_KEY));

  const shares = await until(
    async () => {
      const made = await Promise.all(workers.map(callsOf));
      return made.every((calls) => calls >= 10) && made;
    },
    'both workers have made calls',
    30_000,
  );
  victim.child.kill('SIGKILL');
  expect(await victim.exit).toEqual({ code: null, signal: 'SIGKILL' });
  const killedAt = Date.now();
  const before = new Date(killedAt);
  const open = await rows('select message_id from message_attempts where outcome is null and started_at <= $1', [
    before,
  ]);
  await until(
    async () => {
      const text = 'select 1 from message_attempts where outcome is null and started_at <= $1 limit 1';
      return (await rows(text, [before])).length === 0;
    },
    'no call from before the kill is open any more',
    60_000,
  );
  const settledAt = Date.now();
  const slow = [SAFE, PLAIN].map(({ clientId }) => ids.get(clientId));
  await until(
    async () =>
      (
        await rows(
          `select 1 from messages m join provider_accounts a on a.id = m.account_id where a.id = any($1)
              and (m.status = 'QUEUED' or (m.status = 'UNCONFIRMED' and a.id = $2)) limit 1`,
          [slow, slow[0]],
        )
      ).length === 0,
    'the slow accounts have nothing left to do',
    60_000,
  );
  const callsAt = (clientId: string): LedgerCall[] =>
    simulator.ledger
      .calls({ kind: 'DOKU', clientId })
      .filter(({ recipient }) => recipient)
      .reverse();
  const first = callsAt(HUNDRED.clientId)[0]?.at.getTime() ?? 0;
  await until(() => Date.now() >= first + LOOKED_AT_MS, 'more than a minute has passed', LOOKED_AT_MS);
  const messages = await rows(
    `select m.id, m.status, m.account_id, m.person,
            (select json_agg(json_build_object('outcome', a.outcome, 'requestKey', a.request_key) order by a.number)
               from message_attempts a where a.message_id = m.id) as attempts
       from messages m`,
  );
  survivor.child.kill('SIGTERM');
  expect(await survivor.exit).toEqual({ code: 0, signal: null });
  const kindOf = new Map([...ids].map(([clientId, id]) => [id, clientId]));
  return {
    ...{ killedAt, settledAt, shares, underWay: new Set(open.map(({ message_id: id }) => id as string)) },
    messages: messages.map((message) => ({ ...message, clientId: kindOf.get(message.account_id) })),
    calls: new Map(ACCOUNTS.map(({ clientId }) => [clientId, callsAt(clientId)])),
  };
}

/** Connects the accounts and accepts their messages; answers the accounts' rows by DOKU's own name of them. */
async function accept(call: ReturnType<typeof graphql>): Promise<Map<string, string>> {
  const { sendAll } = handsOf(call);
  const ids = new Map<string, string>();
  let template: string | undefined;
  let people = 0;
  for (const { clientId, repeatSafe, requestsPerMinute, messages } of ACCOUNTS) {
    const account = await connectDoku(call, simulator.url, {
      ...{ name: clientId, requestsPerMinute, credentials: { clientId, repeatSafe: String(repeatSafe) } },
    });
    const externalId = 'TMP-240223-07652';
    template ??= await addTemplate(call, { name: DOKU_TEMPLATE, body: '{{1}} {{2}} {{3}}.' });
    await registerTemplate(call, { id: template, accountId: account.id, externalId });
    const content = { template: { name: DOKU_TEMPLATE, params: ['Budi', 'A-17', 'JNE-4455'] } };
    const sends = Array.from({ length: messages }, () => ({ to: person(people++), content, accountId: account.id }));
    for (const answer of await sendAll(sends)) expect(answer).toMatchObject({ __typename: 'Message' });
    const [{ id }] = await rows('select id from provider_accounts where name = $1', [clientId]);
    ids.set(clientId, id);
  }
  return ids;
}

const rows = async (text: string, values: readonly unknown[] = []): Promise<any[]> =>
  (await pool.query(text, [...values])).rows;

/** How many calls this process has made that carried messages. */
async function callsOf(program: Program): Promise<number> {
  const text = await (await fetch(`${await program.listening}/metrics`)).text();
  const counts = text.matchAll(/^kurir_provider_call_seconds_count\{[^}]*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

const callsAt = ({ clientId }: { clientId: string }): readonly LedgerCall[] => story.calls.get(clientId) ?? [];
const messagesOf = ({ clientId }: { clientId: string }): any[] =>
  story.messages.filter((message) => message.clientId === clientId);

/** The most calls that any 60 s hold. */
function mostInAMinute(calls: readonly LedgerCall[]): number {
  let from = 0;
  return calls.reduce((most, { at }, to) => {
    while (at.getTime() - (calls[from]?.at.getTime() ?? 0) >= MINUTE) from++;
    return Math.max(most, to - from + 1);
  }, 0);
}

describe('two worker processes on one PostgreSQL', () => {
  it('share the work', async ({ annotate }) => {
    const { shares, underWay, killedAt, settledAt } = story;
    await annotate(`Calls of each before the kill: ${shares.join(', ')}; under way then: ${underWay.size}`);
    await annotate(`The last of these was settled ${settledAt - killedAt} ms after it`);
    for (const calls of shares) expect(calls).toBeGreaterThanOrEqual(10);
  });

  it('keep DOKU’s hundred requests a minute together, and use most of them, though one is killed', () => {
    const calls = callsAt(HUNDRED);
    const most = mostInAMinute(calls);
    expect(most).toBeLessThanOrEqual(95);
    expect(most).toBeGreaterThanOrEqual(80);
    expect(simulator.ledger.counts({ clientId: HUNDRED.clientId })).toMatchObject({ refused: {}, doubles: 0 });
  });

  it('keep every other budget as well', () => {
    for (const account of [SAFE, PLAIN])
      expect(mostInAMinute(callsAt(account))).toBeLessThanOrEqual(account.requestsPerMinute * 0.95);
  });
});

describe('the work of one that is killed', () => {
  it('goes on at once by the other, as far as no call had begun', () => {
    for (const account of ACCOUNTS) {
      const after = callsAt(account)
        .map(({ at }) => at.getTime() - story.killedAt)
        .filter((ms) => ms > 0);
      const pauses = after.map((ms, place) => ms - (after[place - 1] ?? 0));
      // Never as long as a lease: what was QUEUED did not wait for those whose calls were lost.
      expect(Math.max(...pauses.slice(0, 20)), account.clientId).toBeLessThan(10 * SECOND);
    }
  });

  it('is taken over within 30 seconds, where calls were under way', () => {
    expect(story.underWay.size).toBeGreaterThan(0);
    expect(story.settledAt - story.killedAt).toBeLessThan(HANDED_OVER_MS);
    const lost = story.messages.filter(({ attempts }) => attempts?.some(({ outcome }: any) => outcome === 'UNCERTAIN'));
    expect(lost.length).toBeGreaterThan(0);
    for (const account of ACCOUNTS)
      expect(lost.filter(({ clientId }) => clientId === account.clientId).length).toBeLessThanOrEqual(MOST_IN_FLIGHT);
    expect(lost.filter(({ id }) => !story.underWay.has(id as string))).toEqual([]);
  });

  it('is repeated under the same Request-Id where DOKU takes that as one, and else stands UNCONFIRMED', () => {
    for (const { status, attempts } of messagesOf(SAFE)) {
      expect(status).toBe('SUBMITTED');
      expect(new Set(attempts.map(({ requestKey }: any) => requestKey)).size).toBe(1);
    }
    for (const { status, attempts } of messagesOf(PLAIN)) {
      expect(attempts).toHaveLength(1);
      expect(status).toBe(attempts[0].outcome === 'ACCEPTED' ? 'SUBMITTED' : 'UNCONFIRMED');
    }
  });

  it('is neither lost nor doubled', () => {
    const { doubles, refused } = simulator.ledger.counts({ kind: 'DOKU' });
    expect({ doubles, refused }).toEqual({ doubles: 0, refused: {} });
    expect(story.messages).toHaveLength(ACCOUNTS.reduce((sum, { messages }) => sum + messages, 0));
    for (const account of ACCOUNTS) {
      const sent = simulator.ledger
        .messages({ kind: 'DOKU', clientId: account.clientId })
        .map(({ recipient }) => recipient);
      expect(new Set(sent).size).toBe(sent.length);
      // Every message that is said to be taken was taken.
      const taken = messagesOf(account).filter(({ status }) => status === 'SUBMITTED');
      expect(taken.filter(({ person: to }) => !sent.includes((to as string).slice(1)))).toEqual([]);
    }
    expect(messagesOf(SAFE).length).toBe(simulator.ledger.counts({ clientId: SAFE.clientId }).accepted);
  });
});
