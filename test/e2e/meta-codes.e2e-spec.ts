import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { ignoreWindowsAtMeta, magic, person, PROBLEM, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
let world: World;
beforeAll(async () => {
  world = await startWorld({ doku: false, wappin: false, meta: {}, clock, callbackPlan: { statuses: ['sent'] } });
  // Who wrote when is another story.
  ignoreWindowsAtMeta(world.simulator);
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

let people = 0;
const send = async (to = person(++people)): Promise<string> =>
  (await world.send({ to, content: { text: { text: `Halo ${++people}` } } })).id;
/** The next so many sends are answered with this code of Meta's. */
const fault = (code: number, next?: number): void =>
  world.simulator.configure({
    faults: [
      { kind: 'META', ...(next && { next }), behaviour: { refuse: { http: 400, code: `${code}`, message: 'no' } } },
    ],
  });
const attempts = async (id: string): Promise<any[]> => (await world.message(id)).attempts;
const health = async (): Promise<string> =>
  (await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', { id: world.meta.id })).providerAccount
    .health;
/** The number to which Meta answers with this code; `later`: it takes the message, and reports the code then. */
const numberOf = (code: number, when: 'at once' | 'later' = 'at once'): string => {
  const digits = String(code < 10_000 ? 100_000 + code : code).padStart(6, '0');
  return `+6281200${when === 'later' ? `2${digits.slice(1)}` : digits}`;
};

describe('a code that means later', () => {
  it.each([4, 80007, 130429, 131016, 133004])(
    '%i is tried again after a second, doubling, until it goes',
    async (code) => {
      fault(code, 5);
      const id = await send();
      // The five pauses are longer than their 31 s by chance, and each ends with a step of the clock.
      await world.pass(80 * SECOND);
      const message = await world.message(id);
      expect(message).toMatchObject({ problem: null, submittedAt: expect.any(String) });
      expect(message.attempts.map(({ outcome }: any) => outcome)).toEqual([...Array(5).fill('DEFERRED'), 'ACCEPTED']);
      expect(message.attempts[0].failure).toMatchObject({ provider: 'META', code: `${code}`, retryable: true });
    },
  );

  it('is tried for a day, and then FAILED', async () => {
    fault(130429);
    const id = await send();
    await world.pass(DAY + 20 * MINUTE, 20 * MINUTE);
    expect(await world.message(id)).toMatchObject({
      ...{ status: 'FAILED', problem: { code: 'PROVIDER_UNAVAILABLE', provider: { code: '130429', retryable: true } } },
    });
  }, 60_000);

  it.each([
    [131056, 6],
    [131057, 60],
  ])('%i waits the %i seconds that Meta asks for', async (code, seconds) => {
    fault(code, 1);
    const id = await send();
    await world.pass((seconds - 1) * SECOND, SECOND);
    expect(await attempts(id)).toMatchObject([{ outcome: 'DEFERRED', failure: { code: `${code}` } }]);
    await world.pass(3 * SECOND, SECOND);
    const [first, second, ...more] = await attempts(id);
    expect(more).toEqual([]);
    expect(second).toMatchObject({ outcome: 'ACCEPTED' });
    expect(Date.parse(second.startedAt) - Date.parse(first.startedAt)).toBeGreaterThanOrEqual(seconds * SECOND);
  });

  it('is what Meta has no cause for when 48 messages at once are for one person: all of them arrive', async () => {
    const to = person(++people);
    const sends = Array.from({ length: 48 }, (_, n) => ({ to, content: { text: { text: `${n}` } } }));
    const answers = await world.sendAll(sends);
    const before = world.simulator.ledger.counts({ kind: 'META' }).refused['131056'];
    await world.pass(6 * MINUTE);
    expect(world.simulator.ledger.counts({ kind: 'META' }).refused['131056']).toBe(before);
    for (const { id } of answers) expect((await world.message(id)).submittedAt).not.toBeNull();
  }, 60_000);
});

describe('a code that may mean never', () => {
  it.each([1, 2, 131000])('%i is tried again three times, and then FAILED', async (code) => {
    fault(code);
    const id = await send();
    await world.pass(5 * MINUTE);
    const message = await world.message(id);
    expect(message).toMatchObject({
      status: 'FAILED',
      problem: { code: 'PROVIDER_UNAVAILABLE', provider: { provider: 'META', code: `${code}`, retryable: true } },
    });
    expect(message.attempts.map(({ outcome }: any) => outcome)).toEqual(Array(4).fill('DEFERRED'));
  });

  it.each([1, 2, 131000])('%i goes at the third try again', async (code) => {
    fault(code, 3);
    const id = await send();
    await world.pass(MINUTE);
    expect((await attempts(id)).map(({ outcome }) => outcome)).toEqual([...Array(3).fill('DEFERRED'), 'ACCEPTED']);
  });
});

describe('a code that means later, before one that may mean never', () => {
  it('takes none of its three tries away', async () => {
    fault(130429, 4);
    fault(131000, 1);
    const id = await send();
    await world.pass(2 * MINUTE);
    expect((await attempts(id)).map(({ outcome }) => outcome)).toEqual([...Array(5).fill('DEFERRED'), 'ACCEPTED']);
  });
});

describe('a code that refuses', () => {
  it.each([
    [131026, 'NOT_ON_WHATSAPP'],
    [131047, 'SESSION_WINDOW_CLOSED'],
    [131050, 'RECIPIENT_OPTED_OUT'],
    [131042, 'INSUFFICIENT_BALANCE'],
    [131051, 'MEDIA_REJECTED'],
    [131052, 'MEDIA_REJECTED'],
    [131053, 'MEDIA_REJECTED'],
    [132000, 'TEMPLATE_PARAMS_MISMATCH'],
    [132012, 'TEMPLATE_PARAMS_MISMATCH'],
    [132001, 'TEMPLATE_NOT_FOUND'],
    [132015, 'TEMPLATE_NOT_APPROVED'],
    [132016, 'TEMPLATE_NOT_APPROVED'],
    [131049, 'PROVIDER_REJECTED'],
    [135000, 'PROVIDER_REJECTED'],
  ])('%i is %s, in the answer and in a status alike', async (code, problem) => {
    const [atOnce, later] = [await send(numberOf(code)), await send(numberOf(code, 'later'))];
    await world.quiet();
    const refused = await world.message(atOnce);
    const failure = { code: problem, provider: { provider: 'META', code: `${code}`, retryable: false } };
    expect(refused).toMatchObject({ status: 'FAILED', submittedAt: null, problem: failure });
    expect(refused.attempts).toMatchObject([{ outcome: 'REFUSED', failure: { code: `${code}` } }]);
    const reported = await world.answeredIn(later, 'FAILED');
    expect(reported).toMatchObject({ status: 'FAILED', problem: failure });
    expect(reported.attempts).toMatchObject([{ outcome: 'ACCEPTED' }]);
    expect(await health()).toBe('HEALTHY');
  });

  it('100 says what is wrong in Meta’s own words', async () => {
    const id = await send(numberOf(100));
    await world.quiet();
    const { problem } = await world.message(id);
    expect(problem).toMatchObject({ code: 'PROVIDER_REJECTED', provider: { code: '100' } });
    expect(problem.provider.message).toContain('Invalid parameter');
  });

  it('131050 is kept as an opt-out of what is MARKETING', async () => {
    const to = numberOf(131050);
    const { contact } = await world.ask('query ($phone: String!) { contact(phone: $phone) { consent { optedOut } } }', {
      phone: to,
    });
    expect(contact).toEqual({ consent: { optedOut: 'MARKETING' } });
  });
});

describe('a code about the token', () => {
  it.each([190, 0, 3, 10, 200])('%i fails the message whose call got it, and stops the account', async (code) => {
    fault(code, 1);
    const id = await send();
    await world.quiet();
    expect(await world.message(id)).toMatchObject({
      ...{ status: 'FAILED', problem: { code: 'PROVIDER_AUTH_FAILED', provider: { code: `${code}` } } },
    });
    expect(await health()).toBe('FAILING');
    const before = world.simulator.ledger.counts({ kind: 'META' }).requests;
    const waiting = await send();
    await world.pass(10 * MINUTE, MINUTE);
    expect(await world.message(waiting)).toMatchObject({ status: 'QUEUED', attempts: [] });
    expect(world.simulator.ledger.counts({ kind: 'META' }).requests).toBe(before);
    const { testProviderAccount } = await world.ask(
      `mutation ($id: ID!) { testProviderAccount(id: $id) { __typename ... on ProviderAccount { health } ${PROBLEM} } }`,
      { id: world.meta.id },
    );
    expect(testProviderAccount).toMatchObject({ health: 'HEALTHY' });
    await world.pass(2 * SECOND);
    await until(async () => (await world.message(waiting)).submittedAt !== null);
  });
});

describe('an answer without a code', () => {
  it.each([
    ['503', 'DEFERRED', 'QUEUED'],
    ['502', 'UNCERTAIN', 'UNCONFIRMED'],
    ['504', 'UNCERTAIN', 'UNCONFIRMED'],
    ['903', 'UNCERTAIN', 'UNCONFIRMED'],
  ])('is told by HTTP alone: %s is %s', async (name, outcome, status) => {
    const id = await send(magic(name));
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status, attempts: [{ outcome }] });
  });
});
