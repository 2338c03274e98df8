import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  DOKU_CREDENTIALS,
  magic,
  person,
  PROBLEM,
  startWorld,
  UNLIMITED,
  viaDoku,
  viaWappin,
  WAPPIN_CREDENTIALS,
  type World,
} from '../support/world.js';

const clock = new ManualClock();
let world: World;
beforeEach(async () => {
  world = await startWorld({ clock, callbackPlan: { statuses: [] } });
});
afterEach(() => world.close());

const change = async (id: string, input: Record<string, unknown>): Promise<any> =>
  (
    await world.ask(
      `mutation ($id: ID!, $input: ProviderAccountPatch!) { answer: updateProviderAccount(id: $id, input: $input) { __typename ... on ProviderAccount { health } ${PROBLEM} } }`,
      { id, input },
    )
  ).answer;
const test = async (id: string): Promise<any> =>
  (
    await world.ask(
      `mutation ($id: ID!) { answer: testProviderAccount(id: $id) { __typename ... on ProviderAccount { health } ${PROBLEM} } }`,
      { id },
    )
  ).answer;
const health = async (id: string): Promise<string> =>
  (await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', { id })).providerAccount.health;
const healthEvents = async (): Promise<any[]> => {
  const { events } = await world.ask(
    '{ events(types: [ACCOUNT_HEALTH_CHANGED]) { edges { node { sequence data account { id } } } } }',
  );
  return events.edges.map(({ node }: any) => node);
};
const statuses = async (ids: readonly string[]): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const id of ids) {
    const { status, attempts } = await world.message(id);
    counts[status] = (counts[status] ?? 0) + 1;
    counts['calls'] = (counts['calls'] ?? 0) + attempts.length;
  }
  return counts;
};
/** The key in the provider's dashboard is made anew: every call with the old one is refused. */
const changeDokuSecret = (secretKey: string): void =>
  world.simulator.configure({ accounts: [{ kind: 'DOKU', clientId: DOKU_CREDENTIALS.clientId, secretKey }] });
const changeWappinSecret = (secretKey: string): void => {
  const { clientId, projectId } = WAPPIN_CREDENTIALS;
  world.simulator.configure({ accounts: [{ kind: 'WAPPIN', clientId, projectId, secretKey }] });
  world.simulator.killTokens();
};

describe('an account whose credentials are refused', () => {
  it('stops: only the messages whose own calls were refused are FAILED, the rest wait', async () => {
    changeDokuSecret('SK-Other');
    const ids = (await world.sendAll(Array.from({ length: 30 }, (_, n) => viaDoku(person(n))))).map(({ id }) => id);
    await world.pass(10 * MINUTE, 10 * SECOND);
    const counts = await statuses(ids);
    expect(counts['FAILED']).toBe(counts['calls']);
    expect(counts['FAILED']).toBeLessThanOrEqual(5);
    expect(counts['QUEUED']).toBe(30 - (counts['FAILED'] as number));
    const first = await world.message(ids[0]);
    expect(first.problem).toMatchObject({
      code: 'PROVIDER_AUTH_FAILED',
      provider: { provider: 'DOKU', code: 'invalid_signature', retryable: false },
    });
    expect(await health(world.doku.id)).toBe('FAILING');
    expect(world.simulator.ledger.counts({ kind: 'DOKU' }).requests).toBe(counts['calls']);
  });

  it('goes on when the credentials are mended, and each change of its health is an event', async () => {
    changeDokuSecret('SK-Other');
    const ids = (await world.sendAll(Array.from({ length: 20 }, (_, n) => viaDoku(person(n))))).map(({ id }) => id);
    await world.pass(MINUTE);
    const { FAILED: failed } = await statuses(ids);
    expect(await change(world.doku.id, { credentials: { secretKey: 'SK-Other' } })).toMatchObject({
      health: 'UNKNOWN',
    });
    await world.pass(MINUTE);
    expect(await statuses(ids)).toMatchObject({ FAILED: failed, SUBMITTED: 20 - (failed as number) });
    expect(await health(world.doku.id)).toBe('HEALTHY');
    const events = await healthEvents();
    expect(events.map(({ data }) => data.account)).toEqual(
      ['FAILING', 'UNKNOWN', 'HEALTHY'].map((now) => ({ id: world.doku.id, kind: 'DOKU', name: 'DOKU', health: now })),
    );
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(events[0].account).toEqual({ id: world.doku.id });
  });

  it('goes on when a test of it succeeds, and not when one fails', async () => {
    changeDokuSecret('SK-Other');
    const ids = (await world.sendAll(Array.from({ length: 10 }, (_, n) => viaDoku(person(n))))).map(({ id }) => id);
    await world.pass(MINUTE);
    const { FAILED: failed } = await statuses(ids);
    expect(await test(world.doku.id)).toMatchObject({ code: 'PROVIDER_AUTH_FAILED' });
    await world.pass(MINUTE);
    expect(await statuses(ids)).toMatchObject({ FAILED: failed });
    changeDokuSecret(DOKU_CREDENTIALS.secretKey);
    expect(await test(world.doku.id)).toMatchObject({ health: 'HEALTHY' });
    await world.pass(MINUTE);
    expect(await statuses(ids)).toMatchObject({ FAILED: failed, SUBMITTED: 10 - (failed as number) });
  });

  it('is one line of the log when it stops and one when it works again, without a secret', async () => {
    const logged = (): unknown[] =>
      world.gateway.lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ context, kind }) => context === 'AccountsService' && kind === 'DOKU')
        .map(({ level, accountId, msg }) => [level, accountId, msg]);
    changeDokuSecret('SK-Other');
    await world.sendAll(Array.from({ length: 5 }, (_, n) => viaDoku(person(n))));
    await world.pass(MINUTE);
    changeDokuSecret(DOKU_CREDENTIALS.secretKey);
    await test(world.doku.id);
    expect(logged()).toEqual([
      [40, expect.any(String), 'An account stopped: the provider refused its credentials.'],
      [30, expect.any(String), 'An account works.'],
    ]);
    expect(world.gateway.lines.join()).not.toContain(DOKU_CREDENTIALS.secretKey);
    const refused = world.gateway.lines.filter((line) => line.includes('A message was refused.'));
    expect(refused.length).toBeGreaterThan(0);
    expect(JSON.parse(refused[0]!)).toMatchObject({ level: 20, kind: 'DOKU', code: 'PROVIDER_AUTH_FAILED' });
  });

  it('still takes new messages, which wait; what failed can be sent again', async () => {
    const { id: refused } = await world.send(viaDoku(magic('401', 'once')));
    await world.quiet();
    expect(await world.message(refused)).toMatchObject({ status: 'FAILED' });
    const { id } = await world.send(viaDoku(person(1)));
    await world.pass(MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'QUEUED', attempts: [] });
    await test(world.doku.id);
    await world.ask('mutation ($id: ID!) { retryMessage(id: $id) { __typename } }', { id: refused });
    await world.pass(MINUTE);
    expect(await statuses([id, refused])).toMatchObject({ SUBMITTED: 2 });
  });

  it('stops by a failing test too', async () => {
    changeDokuSecret('SK-Other');
    expect(await test(world.doku.id)).toMatchObject({
      code: 'PROVIDER_AUTH_FAILED',
      provider: { code: 'invalid_signature' },
    });
    expect(await health(world.doku.id)).toBe('FAILING');
    const { id } = await world.send(viaDoku(person(1)));
    await world.pass(MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'QUEUED', attempts: [] });
  });

  it('delays no other account', async () => {
    changeDokuSecret('SK-Other');
    await world.send(viaDoku(person(1)));
    await world.quiet();
    const { id } = await world.send(viaWappin(person(2)));
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });
});

describe('Wappin’s token', () => {
  it('that has died is replaced, and no message fails for it', async () => {
    const first = await world.send(viaWappin(person(1)));
    await world.quiet();
    world.simulator.killTokens();
    const others = await world.sendAll(Array.from({ length: 40 }, (_, n) => viaWappin(person(10 + n))));
    await world.quiet();
    expect(await statuses([first, ...others].map(({ id }) => id))).toEqual({ SUBMITTED: 41, calls: 41 });
    expect(await health(world.wappin.id)).toBe('HEALTHY');
    expect(world.simulator.ledger.counts().doubles).toBe(0);
  });

  it('that is refused anew stops the account; the queue goes on when the key is right', async () => {
    changeWappinSecret('other');
    const ids = (await world.sendAll(Array.from({ length: 200 }, (_, n) => viaWappin(person(n))))).map(({ id }) => id);
    await world.pass(5 * MINUTE, 10 * SECOND);
    const counts = await statuses(ids);
    expect(counts['FAILED']).toBe(counts['calls']);
    expect(counts['QUEUED']).toBeGreaterThan(100);
    expect(world.simulator.ledger.counts().accepted).toBe(0);
    expect(await health(world.wappin.id)).toBe('FAILING');
    await change(world.wappin.id, { credentials: { secretKey: 'other' } });
    await world.pass(MINUTE);
    expect(await statuses(ids)).toMatchObject({ FAILED: counts['FAILED'], SUBMITTED: counts['QUEUED'] });
    expect(await health(world.wappin.id)).toBe('HEALTHY');
  });
});

describe('an account that is held', () => {
  it('keeps its queue and goes on when it is let go', async () => {
    const unlimited = { requestsPerMinute: UNLIMITED };
    await change(world.wappin.id, { enabled: false, ...unlimited });
    const sends = Array.from({ length: 10 }, (_, n) => viaWappin(person(n), { accountId: world.wappin.id }));
    const ids = (await world.sendAll(sends)).map(({ id }) => id);
    await world.pass(10 * MINUTE, 10 * SECOND);
    expect(await statuses(ids)).toEqual({ QUEUED: 10, calls: 0 });
    await change(world.wappin.id, { enabled: true });
    await world.quiet();
    expect(await statuses(ids)).toEqual({ SUBMITTED: 10, calls: 10 });
  });

  it('is not on the way of a send that names no account', async () => {
    await change(world.wappin.id, { enabled: false });
    await change(world.doku.id, { enabled: false });
    expect(await world.send(viaWappin(person(1)))).toMatchObject({ code: 'NO_ROUTE', field: 'content.template' });
    expect(await world.send(viaWappin(person(1), { accountId: world.wappin.id }))).toMatchObject({ status: 'QUEUED' });
  });
});
