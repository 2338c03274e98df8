import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { type Behaviour } from '../../src/simulator/behaviour.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  DOKU_CREDENTIALS,
  magic,
  person,
  startWorld,
  UNLIMITED,
  viaDoku,
  viaWappin,
  type World,
} from '../support/world.js';

const AWAY: Behaviour = { refuse: { http: 503, code: null, message: 'the proxy in front answers' } };
const LINE_DROPPED: Behaviour = { line: 'dropped', sent: false };
const REFUSED: Behaviour = { refuse: { http: 400, code: 'invalid_parameter', message: 'invalid parameter' } };
const TOO_MANY: Behaviour = { refuse: { http: 429, code: 'too_many_requests', message: 'too many requests' } };

const clock = new ManualClock();
let world: World;
const start = async (): Promise<void> => {
  world = await startWorld({ clock, callbackPlan: { statuses: [] }, doku: { requestsPerMinute: UNLIMITED } });
};
afterEach(() => world.close());

const answerWith = (behaviour: Behaviour, next?: number): void =>
  world.simulator.configure({ faults: [{ kind: 'DOKU', behaviour, ...(next !== undefined && { next }) }] });
let people = 0;
/** Sends through DOKU, each to another person, and waits until all that leaves at once came back. */
const sendMany = async (count: number): Promise<string[]> => {
  const sent = await world.sendAll(Array.from({ length: count }, () => viaDoku(person(++people))));
  await world.quiet();
  return sent.map(({ id }) => id);
};
const calls = (): number => world.simulator.ledger.counts({ kind: 'DOKU' }).requests;
const health = async (): Promise<string> =>
  (await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', { id: world.doku.id })).providerAccount
    .health;
const statuses = async (ids: readonly string[]): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const id of ids) {
    const { status } = await world.message(id);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
};
const test = (): Promise<any> =>
  world.ask('mutation ($id: ID!) { testProviderAccount(id: $id) { __typename } }', { id: world.doku.id });
const update = (input: Record<string, unknown>): Promise<any> =>
  world.ask(
    'mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename } }',
    { id: world.doku.id, input },
  );
const budget = async (): Promise<any> =>
  (
    await world.rows(
      `select b.* from account_budgets b join provider_accounts a on a.id = b.account_id where a.kind = 'DOKU'`,
    )
  )[0];
/** How many calls the row of the account counts. */
const written = async (): Promise<number> =>
  (await budget()).recent_calls.reduce((sum: number, [, many]: readonly number[]) => sum + (many ?? 0), 0);
const events = async (): Promise<string[]> => {
  const { events: found } = await world.ask('{ events(types: [ACCOUNT_HEALTH_CHANGED]) { edges { node { data } } } }');
  return found.edges
    .map(({ node }: any) => node.data.account)
    .filter(({ kind }: any) => kind === 'DOKU')
    .map(({ health: became }: any) => became);
};

describe('a provider that is away', () => {
  it('is called no more, but by one call after 30 s, and after twice as long each time', async () => {
    await start();
    answerWith(AWAY);
    await sendMany(40);
    const before = calls();
    expect(before).toBeGreaterThanOrEqual(20);
    expect(await health()).toBe('DEGRADED');
    const probes: number[] = [];
    for (let second = 1; second <= 220; second++) {
      await world.pass(SECOND);
      for (let more = calls() - before - probes.length; more > 0; more--) probes.push(second);
    }
    expect(probes).toEqual([30, 90, 210]);
    expect(await health()).toBe('DEGRADED');
  });

  it('gets its queue when the call that probes is answered', async () => {
    await start();
    answerWith(AWAY);
    const ids = await sendMany(40);
    world.simulator.clearFaults();
    await world.pass(29 * SECOND);
    expect(await statuses(ids)).toEqual({ QUEUED: 40 });
    await world.pass(SECOND);
    expect(await health()).toBe('HEALTHY');
    await world.pass(MINUTE);
    expect(await statuses(ids)).toEqual({ SUBMITTED: 40 });
    expect(await events()).toEqual(['HEALTHY', 'DEGRADED', 'HEALTHY']);
    expect(await budget()).toMatchObject({ opened: 0, open_until: null, probe_until: null });
  });

  it('is there again also when it refuses the message that probes', async () => {
    await start();
    answerWith(AWAY);
    await sendMany(40);
    world.simulator.clearFaults();
    answerWith(REFUSED, 1);
    await world.pass(30 * SECOND);
    expect(await health()).toBe('HEALTHY');
  });

  it('stops the account when the probe’s credentials are refused', async () => {
    await start();
    answerWith(AWAY);
    await sendMany(40);
    world.simulator.clearFaults();
    const { clientId, secretKey } = DOKU_CREDENTIALS;
    world.simulator.configure({
      accounts: [{ kind: 'DOKU', clientId, secretKey: 'SK-Other', requestsPerMinute: null }],
    });
    await world.pass(30 * SECOND);
    expect(await health()).toBe('FAILING');
    expect(await budget()).toMatchObject({ opened: 0, open_until: null });
    world.simulator.configure({ accounts: [{ kind: 'DOKU', clientId, secretKey, requestsPerMinute: null }] });
    await test();
    expect(await events()).toEqual(['HEALTHY', 'DEGRADED', 'FAILING', 'HEALTHY']);
  });

  it('is told of once in the log when its account pauses and once when it works again', async () => {
    await start();
    answerWith(AWAY);
    await sendMany(40);
    await world.pass(90 * SECOND);
    world.simulator.clearFaults();
    await world.pass(2 * MINUTE);
    const lines = world.gateway.lines
      .map((line) => JSON.parse(line))
      .filter(({ context }) => context === 'AccountCalls');
    expect(lines.map(({ level, kind, msg }) => [level, kind, msg])).toEqual([
      [40, 'DOKU', 'An account pauses: half or more of its calls fail.'],
      [30, 'DOKU', 'An account works again.'],
    ]);
  });

  it('delays no other account', async () => {
    await start();
    answerWith(AWAY);
    await sendMany(40);
    const { id } = await world.send(viaWappin(person(++people)));
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });
});

describe('what opens a breaker', () => {
  it('is a call that may have been taken, too', async () => {
    await start();
    answerWith(LINE_DROPPED);
    await sendMany(20);
    expect(await health()).toBe('DEGRADED');
  });

  it.each([
    ['19 failures', AWAY, 19],
    ['refusals', REFUSED, 60],
    ['what is too many', TOO_MANY, 60],
  ])('is not %s', async (_what, behaviour, count) => {
    await start();
    answerWith(behaviour, count);
    await sendMany(count);
    expect(await health()).not.toBe('DEGRADED');
    expect(calls()).toBe(count);
  });

  it('is not a smaller half: the answered calls of the last minute count', async () => {
    await start();
    await sendMany(31);
    answerWith(AWAY, 30);
    await sendMany(30);
    expect(calls()).toBe(61);
    expect(await health()).toBe('HEALTHY');
  });

  it('is a half of the last minute, and nothing that was before', async () => {
    await start();
    await sendMany(60);
    await world.pass(MINUTE);
    answerWith(AWAY, 20);
    await sendMany(20);
    expect(await health()).toBe('DEGRADED');
  });
});

describe('an open breaker', () => {
  const open = async (): Promise<string[]> => {
    await start();
    answerWith(AWAY);
    const ids = await sendMany(40);
    world.simulator.clearFaults();
    return ids;
  };

  it('is closed by a test of the account that succeeds', async () => {
    const ids = await open();
    await test();
    expect(await health()).toBe('HEALTHY');
    // As soon as their own waits are over.
    await world.pass(5 * SECOND);
    expect(await statuses(ids)).toEqual({ SUBMITTED: 40 });
  });

  it('is closed by mending the account', async () => {
    const ids = await open();
    await update({ enabled: true });
    expect(await health()).toBe('UNKNOWN');
    await world.pass(5 * SECOND);
    expect(await statuses(ids)).toEqual({ SUBMITTED: 40 });
    expect(await health()).toBe('HEALTHY');
  });

  it('is not closed by a change of something else, nor by one that is refused', async () => {
    await open();
    await update({ name: 'Another name' });
    await update({ enabled: true, credentials: { secretKey: '' } });
    expect(await health()).toBe('DEGRADED');
    expect(await budget()).toMatchObject({ opened: 1 });
  });

  it('waits for a probe under way, and for a dead process’s until its time is up', async () => {
    await open();
    const before = calls();
    await world.rows(`update account_budgets set probe_until = open_until + interval '30 s' where opened > 0`);
    await world.pass(59 * SECOND);
    expect(calls()).toBe(before);
    await world.pass(SECOND);
    expect(calls()).toBeGreaterThan(before);
    expect(await health()).toBe('HEALTHY');
  });

  it('is probed by a test of the account where no message waits, for sends go around it', async () => {
    const ids = await open();
    for (const id of ids) await world.ask('mutation ($id: ID!) { cancelMessage(id: $id) { __typename } }', { id });
    expect(await statuses(ids)).toEqual({ CANCELED: 40 });
    const before = calls();
    await world.pass(29 * SECOND);
    expect([calls(), await health()]).toEqual([before, 'DEGRADED']);
    await world.pass(SECOND);
    expect([calls(), await health()]).toEqual([before + 1, 'HEALTHY']);
    await world.pass(MINUTE);
    expect(calls()).toBe(before + 1);
  });

  it('is opened for longer by such a test that fails', async () => {
    const ids = await open();
    for (const id of ids) await world.ask('mutation ($id: ID!) { cancelMessage(id: $id) { __typename } }', { id });
    // Nobody listens there.
    await world.rows(`update provider_accounts set base_url = 'http://127.0.0.1:1', version = version + 1 where id = (
      select account_id from account_budgets where opened > 0)`);
    await world.pass(30 * SECOND);
    expect(await budget()).toMatchObject({ opened: 2 });
    await world.pass(MINUTE);
    expect(await budget()).toMatchObject({ opened: 3 });
    expect(await health()).toBe('DEGRADED');
  });

  it('is one for all gateways on one database', async () => {
    await start();
    const other = await world.gateway.beside();
    answerWith(AWAY);
    await sendMany(60);
    const before = calls();
    await world.pass(89 * SECOND);
    expect(calls()).toBe(before + 1);
    await other.close();
  });
});

describe('an account that works', () => {
  it('costs no statement more: its calls are written by the hundred', async () => {
    await start();
    await sendMany(99);
    expect(await written()).toBe(0);
    await sendMany(1);
    expect(await written()).toBe(100);
  });

  it('has the answered calls written with the next that fails', async () => {
    await start();
    await sendMany(10);
    await world.send(viaDoku(magic('503')));
    await world.quiet();
    expect(await written()).toBe(11);
  });
});
