import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type SettingName } from '../../src/config/settings.js';
import { type SimulatedKind } from '../../src/simulator/behaviour.js';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { graphql } from '../support/client.js';
import { createTestDatabase } from '../support/database.js';
import { onFreePort } from '../support/gateway.js';
import { type Program, removeBuilt, startProgram } from '../support/program.js';
import { until } from '../support/until.js';
import { callbackBody, postCallback } from '../support/wappin-callback.js';
import {
  addTemplate,
  connectDoku,
  type ConnectedAccount,
  connectWappin,
  directCallbacks,
  DOKU_CREDENTIALS,
  handsOf,
  person,
  UNLIMITED,
} from '../support/world.js';

const PHASES = 4; // a kill in each but the last
const IN_PHASE = 125;
const IN_BATCH = 25;
/** Calls of one account that one process may have under way: three batches of 16. */
const MOST_IN_FLIGHT = 48;
/** So that a kill finds calls in flight. */
const ANSWER_DELAY_MS = 60;
const AFTER_LEASES_MS = 60_000;

/** Repeats the kill points of a run that failed. */
const seed = Number(process.env['CRASH_SEED'] ?? randomBytes(3).readUIntBE(0, 3));

afterAll(removeBuilt);

describe.concurrent(
  `a gateway that is killed three times in a run of ${PHASES * IN_PHASE} messages (CRASH_SEED=${seed})`,
  () => {
    it('on PostgreSQL loses none, sends none twice, and shows which it cannot know', async () => {
      const database = await createTestDatabase();
      const settings = { DATABASE_URL: database.url, ENCRYPTION_KEY: randomBytes(32).toString('base64') };
      await survive(settings, seed).finally(() => database.drop());
    }, 180_000);

    it('on the embedded database, whose server it finds again, does the same', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'kurir-crash-'));
      // Readable for the user that PostgreSQL runs as, where the tests are root.
      await chmod(folder, 0o755);
      await survive({ DATA_DIR: join(folder, 'data') }, seed + 1).finally(() => rm(folder, { recursive: true }));
    }, 180_000);
  },
);

async function survive(settings: Partial<Record<SettingName, string>>, ownSeed: number): Promise<void> {
  const random = mulberry32(ownSeed);
  const simulator = await onFreePort((port) =>
    startSimulator({
      port: Number(port),
      accounts: [{ kind: 'DOKU', ...DOKU_CREDENTIALS, requestsPerMinute: null }],
      faults: (['DOKU', 'WAPPIN'] as const).map((kind) => ({ kind, behaviour: { delayMs: ANSWER_DELAY_MS } })),
      callbackRetryAfterMs: [1_000, 5_000, 5_000],
    }),
  );
  const env = {
    ...settings,
    PORT: await onFreePort((port) => Promise.resolve(port)),
    ADMIN_API_KEY: `test_${randomBytes(24).toString('hex')}`,
    ALLOW_PRIVATE_URLS: 'true',
    LOG_LEVEL: 'warn',
  };
  let program: Program = await startProgram(env);
  try {
    const call = graphql(await program.listening, env.ADMIN_API_KEY);
    const accounts = await connect(call, simulator);
    const accepted = new Map<string, string>(); // reference → message
    const kills: number[] = [];
    for (let phase = 0; phase < PHASES; phase++) {
      const before = seen(simulator);
      const sending = send(call, accounts, phase, accepted);
      sending.catch(() => undefined);
      if (phase < PHASES - 1) {
        // What the provider sees of a phase: a request for each, and three callbacks for each second one.
        const point = before + 1 + Math.floor(random() * IN_PHASE * 1.5);
        await until(() => seen(simulator) >= point, `kill point ${point - before} of phase ${phase}`, 30_000);
        program.child.kill('SIGKILL');
        expect(await program.exit).toEqual({ code: null, signal: 'SIGKILL' });
        kills.push(Date.now());
        program = await startProgram(env);
        await program.listening;
      }
      await sending;
    }
    await judge(call, simulator, accounts, accepted, kills);
    program.child.kill('SIGTERM');
    expect(await program.exit).toEqual({ code: 0, signal: null });
  } finally {
    if (program.child.exitCode === null && program.child.signalCode === null) {
      program.child.kill('SIGTERM');
      await program.exit;
    }
    await simulator.stop();
  }
}

type Accounts = Readonly<Record<'DOKU' | 'WAPPIN', ConnectedAccount>>;
type CallOf = ReturnType<typeof graphql>;

async function connect(call: CallOf, simulator: Simulator): Promise<Accounts> {
  const doku = await connectDoku(call, simulator.url, {
    requestsPerMinute: UNLIMITED,
    credentials: { repeatSafe: 'true' },
  });
  const wappin = await connectWappin(call, simulator.url);
  directCallbacks(simulator, wappin);
  await addTemplate(call, { name: 'doku', externalId: 'TMP-240223-07652', body: '{{1}} {{2}} {{3}}.', account: doku });
  await addTemplate(call, { name: 'wappin', externalId: 'templ_uat_2', body: '{{1}} {{2}}.', account: wappin });
  return { DOKU: doku, WAPPIN: wappin };
}

/** Requests that came and callbacks that went. */
const seen = ({ ledger, callbacks }: Simulator): number =>
  ledger.counts().accepted + ledger.counts().repeated + callbacks.counts.posted;

/** As a client does that has to be sure: what got no answer is sent again under the same key. */
async function send(call: CallOf, accounts: Accounts, phase: number, accepted: Map<string, string>): Promise<void> {
  for (let from = 0; from < IN_PHASE; from += IN_BATCH) {
    const inputs = Array.from({ length: IN_BATCH }, (_, index) => {
      const number = phase * IN_PHASE + from + index;
      const kind = number % 2 ? 'DOKU' : 'WAPPIN';
      const params = kind === 'DOKU' ? ['Budi', String(number), 'JNE'] : ['Siti', String(number)];
      return {
        ...{ to: person(number), content: { template: { name: kind.toLowerCase(), params } } },
        ...{ accountId: accounts[kind].id, reference: `number-${number}`, idempotencyKey: `key-${number}` },
      };
    });
    const answers: any[] = await until(
      () =>
        handsOf(call)
          .sendAll(inputs)
          .catch(() => null),
      'an answer to what was sent',
      30_000,
    );
    for (const { __typename, id, reference } of answers) {
      expect(__typename).toBe('Message');
      accepted.set(reference, id);
    }
  }
}

async function judge(
  call: CallOf,
  simulator: Simulator,
  accounts: Accounts,
  accepted: ReadonlyMap<string, string>,
  kills: readonly number[],
): Promise<void> {
  const { ask } = handsOf(call);
  const all = async (): Promise<any[]> => {
    const found: any[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { messages } = await ask(
        `query ($after: String) { messages(first: 200, after: $after) {
          edges { node { id reference status to providerMessageId account { kind } attempts { outcome startedAt request } } }
          pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      found.push(...messages.edges.map(({ node }: any) => node));
      ({ endCursor: after, hasNextPage: more } = messages.pageInfo);
    }
    return found;
  };
  // Every call that a killed process had under way has been judged, and what may be repeated has been.
  const messages: any[] = await until(
    async () => {
      const found = await all();
      const open = found.filter(
        ({ status, account, attempts }) =>
          status === 'QUEUED' ||
          attempts.some(({ outcome }: any) => outcome === null) ||
          (status === 'UNCONFIRMED' && account.kind === 'DOKU'),
      );
      return open.length === 0 && found;
    },
    'no call is open any more',
    AFTER_LEASES_MS,
  );

  // None is lost, and none was taken twice from a client that had to ask again.
  expect(accepted.size).toBe(PHASES * IN_PHASE);
  expect(new Map(messages.map(({ reference, id }) => [reference, id]))).toEqual(new Map(accepted));
  expect(messages).toHaveLength(PHASES * IN_PHASE);

  // None was sent twice; DOKU was asked twice under one Request-Id with the same body, which it takes as one.
  const counts = {
    DOKU: simulator.ledger.counts({ kind: 'DOKU' }),
    WAPPIN: simulator.ledger.counts({ kind: 'WAPPIN' }),
  };
  expect(counts).toMatchObject({ DOKU: { doubles: 0, refused: {} }, WAPPIN: { doubles: 0, refused: {} } });
  const of = (kind: SimulatedKind): any[] => messages.filter(({ account }) => account.kind === kind);
  expect(counts.DOKU.accepted).toBe(of('DOKU').length);
  expect(of('DOKU').map(({ status }) => status)).toEqual(of('DOKU').map(() => 'SUBMITTED'));
  for (const { attempts } of of('DOKU')) {
    const requests = attempts.filter(({ request }: any) => request !== null).map(({ request }: any) => request);
    expect(new Set(requests.map(({ headers }: any) => headers['Request-Id'])).size).toBe(1);
  }

  // Only calls that were in flight when a process was killed are uncertain.
  const uncertain = messages.flatMap(({ account, attempts }) =>
    attempts.filter(({ outcome }: any) => outcome === 'UNCERTAIN').map((attempt: any) => ({ ...attempt, ...account })),
  );
  expect(uncertain.length).toBeGreaterThan(0);
  for (const kind of ['DOKU', 'WAPPIN']) {
    const byKill = Map.groupBy(
      uncertain.filter((one) => one.kind === kind),
      ({ startedAt }) => kills.findIndex((kill) => Date.parse(startedAt) <= kill),
    );
    for (const attempts of byKill.values()) expect(attempts.length).toBeLessThanOrEqual(MOST_IN_FLIGHT);
    expect([...byKill.keys()]).not.toContain(-1);
  }

  // Each of them stands where a person sees it, and is settled: by a report of the provider's, or by that person.
  const standing = of('WAPPIN').filter(({ status }) => status === 'UNCONFIRMED');
  for (const { id, to, attempts } of standing) {
    const [sent] = simulator.ledger.messages({ recipient: to.slice(1) });
    if (sent && sent.messageId.charCodeAt(12) % 2) {
      const at = new Date(Date.parse(attempts.at(-1).startedAt) + 1_000);
      const body = callbackBody({ messageId: sent.messageId, recipient: to, status: 'read', at });
      expect((await postCallback(accounts.WAPPIN.callbackUrl as string, body)).status).toBe(200);
    } else {
      const { resolveMessage } = await ask(
        `mutation ($id: ID!, $sent: Boolean!) {
          resolveMessage(id: $id, sent: $sent) { ... on Message { status } ... on Problem { code } }
        }`,
        { id, sent: sent !== undefined },
      );
      // A report that waited since before may just have settled it.
      const settledBefore = sent !== undefined && resolveMessage.code === 'INVALID_TRANSITION';
      if (!settledBefore) expect(resolveMessage).toEqual({ status: sent ? 'SUBMITTED' : 'FAILED' });
    }
  }
  const settled = await until(async () => {
    const found = await all();
    return found.every(({ status }) => status !== 'UNCONFIRMED') && found;
  }, 'all are settled');
  const failed = settled.filter(({ status }) => status === 'FAILED').length;
  expect(counts.WAPPIN.accepted + failed).toBe(of('WAPPIN').length);
}

/** The same numbers for the same seed. */
function mulberry32(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
