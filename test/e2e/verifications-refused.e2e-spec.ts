import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { type Behaviour, type Refusal } from '../../src/simulator/behaviour.js';
import { ManualClock } from '../support/manual-clock.js';
import { personSends } from '../support/simulator-peers.js';
import { eventsOf, lastMadeFor, strangers, toldWhen, verificationHands } from '../support/verifications.js';
import { startWorld, type World } from '../support/world.js';

const TABLES = ['verifications', 'verification_steps', 'idempotency_keys', 'events'];
const HTML: Behaviour = { answer: 'html' };

const clock = new ManualClock();
const stranger = strangers();
let world: World;
let hands: ReturnType<typeof verificationHands>;
beforeAll(async () => {
  world = await startWorld({ clock, doku: {}, wappin: false, sendtalk: {} });
  hands = verificationHands(world.ask);
  // The first call tells that the account works, which is an event of its own.
  await hands.start({ phone: stranger() });
});
afterAll(() => world.close());
afterEach(() => world.simulator.clearFaults());

const answerWith = (behaviour: Behaviour, next?: number): void =>
  world.simulator.configure({
    faults: [{ kind: 'SENDTALK', on: 'verification', behaviour, ...(next !== undefined && { next }) }],
  });
const refuseWith = (refuse: Omit<Refusal, 'http'>, next?: number): void =>
  answerWith({ refuse: { http: 200, ...refuse } }, next);
const calls = (): number => world.simulator.ledger.counts({ kind: 'SENDTALK' }).requests;
const update = (input: Record<string, unknown>): Promise<any> =>
  world.ask(
    'mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename } }',
    { id: world.sendtalk.id, input },
  );
const health = async (): Promise<string> =>
  (await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', { id: world.sendtalk.id }))
    .providerAccount.health;

describe('a start that SendTalk refuses', () => {
  it.each<[string, Omit<Refusal, 'http'>, Record<string, unknown>]>([
    ['for its number', { code: 'invalid_recipient', message: '' }, { code: 'INVALID_PHONE_NUMBER', field: 'phone' }],
    [
      'for a field that is the number',
      { code: '40002', message: 'User phone is invalid', field: 'userPhone' },
      { code: 'INVALID_PHONE_NUMBER', field: 'phone' },
    ],
    [
      'for another field',
      { code: '40002', message: 'Language code is invalid', field: 'languageCode' },
      { code: 'INVALID_INPUT', field: null },
    ],
    ['without a balance', { code: 'insufficient_balance', message: '' }, { code: 'INSUFFICIENT_BALANCE', field: null }],
    ['turned off', { code: 'config_disabled', message: '' }, { code: 'PROVIDER_REJECTED', field: null }],
  ])('%s is a Problem that leaves nothing behind, and its key is free', async (_what, refusal, expected) => {
    const input = { phone: stranger(), idempotencyKey: stranger() };
    const before = await world.counts(...TABLES);
    refuseWith(refusal, 1);
    expect(await hands.start(input)).toMatchObject({
      ...{ __typename: 'Problem', ...expected, retryAt: null, message: expect.stringMatching(/\w/) },
      provider: { code: refusal.code, retryable: false },
    });
    expect(await world.counts(...TABLES)).toEqual(before);
    const { verifications } = await world.ask(
      'query ($phone: String) { verifications(filter: { phone: $phone }) { totalCount edges { node { id } } } }',
      { phone: input.phone },
    );
    expect(verifications).toEqual({ totalCount: 0, edges: [] });
    expect(await hands.start(input)).toMatchObject({ __typename: 'Verification', waLink: expect.any(String) });
  });

  it.each([
    ['40001', 'Request headers are required (API-Key)'],
    ['49103', 'API-Key is not found'],
  ])('for its key (%s) stops the account, which is asked no more until it is mended', async (code, message) => {
    refuseWith({ code, message });
    const refused = await hands.start({ phone: stranger(), method: 'SENDTALK' });
    expect(refused).toMatchObject({ code: 'PROVIDER_AUTH_FAILED', provider: { code, message, retryable: false } });
    expect(await health()).toBe('FAILING');
    const before = calls();
    expect(await hands.start({ phone: stranger(), method: 'SENDTALK' })).toMatchObject({
      code: 'PROVIDER_AUTH_FAILED',
    });
    expect(await hands.start({ phone: stranger() })).toMatchObject({ code: 'PROVIDER_AUTH_FAILED' });
    expect(calls()).toBe(before);
    world.simulator.clearFaults();
    await world.ask('mutation ($id: ID!) { testProviderAccount(id: $id) { __typename } }', { id: world.sendtalk.id });
    expect(await hands.start({ phone: stranger() })).toMatchObject({ __typename: 'Verification' });
  });
});

describe('a start that is wrong', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['INVALID_PHONE_NUMBER', 'phone', { phone: '021-5550123' }],
    ['INVALID_PHONE_NUMBER', 'phone', { phone: 'nobody' }],
    ['INVALID_INPUT', 'language', { language: 'fr' }],
    ['INVALID_INPUT', 'expiryMinutes', { expiryMinutes: 0 }],
    ['INVALID_INPUT', 'expiryMinutes', { expiryMinutes: 100_000 }],
    ['INVALID_INPUT', 'endUserIp', { endUserIp: 'home' }],
    ['INVALID_INPUT', 'idempotencyKey', { idempotencyKey: '' }],
  ])('is %s at %s, and nobody is asked: %j', async (code, field, wrong) => {
    const before = { calls: calls(), ...(await world.counts(...TABLES)) };
    expect(await hands.start({ phone: stranger(), ...wrong })).toMatchObject({ code, field, provider: null });
    expect({ calls: calls(), ...(await world.counts(...TABLES)) }).toEqual(before);
  });
});

describe('a start to which SendTalk gives no answer', () => {
  it.each<[string, Behaviour]>([
    ['a status 500 in a body', { refuse: { http: 200, code: '50000', message: 'Internal server error' } }],
    ['a status 503', { refuse: { http: 503, code: null, message: '' } }],
    ['a page', HTML],
    ['a success without a link', { answer: 'empty' }],
    ['nothing', { line: 'dropped' }],
    ['half of an answer', { line: 'cut' }],
  ])('but %s is told without its link, which follows', async (_what, behaviour) => {
    const phone = stranger();
    answerWith(behaviour);
    const { id, ...told } = await hands.start({ phone, method: 'SENDTALK' });
    expect(told).toMatchObject({
      ...{ status: 'PENDING', method: 'SENDTALK', waLink: null, waMessage: null, qrCode: null },
      ...{ watchToken: expect.any(String), problem: null },
      steps: [{ method: 'SENDTALK', problem: { code: 'PROVIDER_UNAVAILABLE', provider: { retryable: true } } }],
    });
    const subscription = world.gateway.subscribe<any>(
      'subscription ($id: ID!) { verificationUpdated(id: $id) { status waLink } }',
      { id },
    );
    await subscription.connected;
    expect((await subscription.next()).verificationUpdated.waLink).toBe(null);
    world.simulator.clearFaults();
    await world.pass(2 * SECOND);
    const { waLink, waMessage } = await lastMadeFor(world, phone);
    const followed = await hands.read(id);
    expect(followed).toMatchObject({ status: 'PENDING', waLink, waMessage, qrCode: expect.stringMatching(/^data:/) });
    expect(followed.steps).toMatchObject([{ method: 'SENDTALK', problem: null }]);
    expect(eventsOf(followed)).toEqual(['STARTED', 'UPDATED']);
    const changed = await toldWhen(subscription, (told) => told.waLink !== null);
    expect(changed).toEqual({ status: 'PENDING', waLink });
    await subscription.stop();
    await personSends(world.simulator.url, { id: (await lastMadeFor(world, phone)).id });
    await hands.readIn(id, 'VERIFIED');
  });

  it('is asked for again, ever more seldom, until its time is over', async () => {
    answerWith(HTML);
    const before = calls();
    const { id } = await hands.start({ phone: stranger(), expiryMinutes: 1 });
    const made: number[] = [];
    for (let second = 1; second <= 75; second++) {
      await world.pass(SECOND);
      for (let more = calls() - before - 1 - made.length; more > 0; more--) made.push(second);
    }
    const pauses = made.map((second, index) => second - (made[index - 1] ?? 0));
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses.slice(0, 3)).toEqual([1, 2, 4]);
    expect(made.length).toBeGreaterThanOrEqual(4);
    expect(made.at(-1)).toBeLessThan(60);
    expect(eventsOf(await hands.read(id))).toEqual(['STARTED', 'EXPIRED']);
  });

  it('has FAILED where the answer that follows is a refusal', async () => {
    answerWith(HTML, 1);
    refuseWith({ code: 'insufficient_balance', message: '' });
    const { id } = await hands.start({ phone: stranger() });
    await world.pass(2 * SECOND);
    const failed = await hands.read(id);
    expect(failed).toMatchObject({ status: 'FAILED', problem: { code: 'INSUFFICIENT_BALANCE' }, waLink: null });
    expect(failed.steps).toMatchObject([{ problem: { provider: { code: 'insufficient_balance' } } }]);
    expect(eventsOf(failed)).toEqual(['STARTED', 'FAILED']);
  });

  it('is asked for no more once it is canceled', async () => {
    answerWith(HTML, 1);
    const { id } = await hands.start({ phone: stranger() });
    const before = calls();
    await hands.cancel(id);
    await world.pass(MINUTE, 5 * SECOND);
    expect(calls()).toBe(before);
    expect(await hands.read(id)).toMatchObject({ status: 'CANCELED', waLink: null });
  });

  it('gets its link by a resend as well', async () => {
    answerWith({ refuse: { http: 503, code: null, message: '' } });
    const { id } = await hands.start({ phone: stranger() });
    await world.pass(MINUTE, 10 * SECOND);
    world.simulator.clearFaults();
    const resent = await hands.resend(id);
    expect(resent).toMatchObject({ waLink: expect.any(String) });
    const before = calls();
    await world.pass(2 * MINUTE, 10 * SECOND);
    expect(calls()).toBe(before);
  });

  it('waits while its account is held, gets its link when that is not, and expires in time when it stays so', async () => {
    answerWith(HTML, 2);
    const [lucky, unlucky] = [
      await hands.start({ phone: stranger() }),
      await hands.start({ phone: stranger(), expiryMinutes: 1 }),
    ];
    await update({ enabled: false });
    await world.pass(61 * SECOND, 2 * SECOND);
    expect(await hands.read(unlucky.id)).toMatchObject({ status: 'EXPIRED', waLink: null });
    expect(await hands.read(lucky.id)).toMatchObject({ status: 'PENDING', waLink: null });
    await update({ enabled: true });
    await world.pass(31 * SECOND, 2 * SECOND);
    expect(await hands.read(lucky.id)).toMatchObject({ status: 'PENDING', waLink: expect.any(String) });
  });
});

describe('an account whose requests of this minute are spent', () => {
  it('lets a start be told without its link, which follows as soon as it may', async () => {
    await update({ requestsPerMinute: 6 });
    const first = await hands.start({ phone: stranger() });
    expect(first).toMatchObject({ waLink: expect.any(String) });
    const before = calls();
    const { id, ...second } = await hands.start({ phone: stranger() });
    expect(second).toMatchObject({
      ...{ status: 'PENDING', waLink: null },
      steps: [{ problem: { code: 'TOO_MANY_REQUESTS' } }],
    });
    expect(calls()).toBe(before);
    await world.pass(14 * SECOND);
    expect(await hands.read(id)).toMatchObject({ waLink: expect.any(String), steps: [{ problem: null }] });
    expect(calls()).toBe(before + 1);
    await update({ requestsPerMinute: null });
  });
});

describe('an account that is named', () => {
  it.each([
    ['does not exist', async () => 'acc_00000000000000000000000000000000', { code: 'NOT_FOUND' }],
    ['cannot exist', async () => 'nonsense', { code: 'NOT_FOUND' }],
    ['cannot prove numbers', async () => world.doku.id, { code: 'UNSUPPORTED_BY_PROVIDER' }],
  ])('and %s is a Problem at accountId', async (_what, account, expected) => {
    const before = calls();
    for (const method of ['SENDTALK', 'INBOUND', null]) {
      const answer = await hands.start({ phone: stranger(), method, accountId: await account() });
      expect(answer).toMatchObject({ ...expected, field: 'accountId' });
    }
    expect(calls()).toBe(before);
  });

  it('and is held is a Problem at accountId', async () => {
    await update({ enabled: false });
    const answer = await hands.start({ phone: stranger(), accountId: world.sendtalk.id });
    expect(answer).toMatchObject({ code: 'NO_ROUTE', field: 'accountId' });
    await update({ enabled: true });
    expect(await hands.start({ phone: stranger(), accountId: world.sendtalk.id })).toMatchObject({
      method: 'SENDTALK',
    });
  });
});
