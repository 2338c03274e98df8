import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uuidOf } from '../../src/common/ids.js';
import { HOUR, MINUTE } from '../../src/common/clock.js';
import { type Behaviour } from '../../src/simulator/behaviour.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { EXOTEL_CREDENTIALS, person, PROBLEM, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
/** Exotel reports when these are moved on. */
const timers = new ManualTimers();
let world: World;
beforeAll(async () => {
  world = await startWorld({ doku: false, wappin: false, exotel: {}, clock, timers });
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

let people = 0;
const crowd = (count: number): Record<string, unknown>[] =>
  Array.from({ length: count }, () => ({ to: person(++people), content: { text: { text: 'Halo' } } }));
const requests = (): number => world.simulator.ledger.counts({ kind: 'EXOTEL' }).requests;
const hold = (enabled: boolean): Promise<unknown> =>
  world.ask(
    'mutation ($id: ID!, $enabled: Boolean!) { updateProviderAccount(id: $id, input: {enabled: $enabled}) { __typename } }',
    { id: world.exotel.id, enabled },
  );
/** Sends them in one request, to which this happens; answers their ids when nothing is under way any more. */
async function lost(sends: readonly Record<string, unknown>[], behaviour: Behaviour): Promise<string[]> {
  world.simulator.configure({ faults: [{ kind: 'EXOTEL', next: 1, behaviour }] });
  await hold(false);
  const answers = await world.sendAll(sends.map((send) => ({ accountId: world.exotel.id, ...send })));
  const before = requests();
  await hold(true);
  await until(() => requests() === before + 1);
  await world.quiet();
  return answers.map(({ id }) => id);
}
const statuses = async (ids: readonly string[]): Promise<string[]> => {
  const rows = await world.rows('select distinct status from messages where id = any($1) order by 1', [
    ids.map((id) => uuidOf('msg', id)),
  ]);
  return rows.map(({ status }) => status);
};
/** Exotel reports, one status after the other, until all of them are in one state. */
const reported = (ids: readonly string[], status: string): Promise<unknown> =>
  until(async () => {
    timers.advance(50);
    return (await statuses(ids)).join() === status;
  }, `all are ${status}`);
/** Each message knows the sid of what went to its own person, and has no other. */
async function expectOwnSids(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { to, providerMessageId, attempts } = await world.message(id);
    const [sent, ...others] = world.simulator.ledger.messages({ recipient: to.slice(1) });
    expect(others).toEqual([]);
    expect(providerMessageId).toBe(sent?.messageId);
    expect(attempts).toMatchObject([{ outcome: 'UNCERTAIN' }]);
  }
}

describe('a request whose answer is lost', () => {
  it.each([
    ['the line drops', { line: 'dropped' }],
    ['the answer is cut', { line: 'cut' }],
    ['a proxy answers 504', { refuse: { http: 504, code: null, message: '' }, sent: true }],
    ['something answers that is no JSON', { answer: 'html' }],
    ['no sid comes with it', { answer: 'empty' }],
  ] as [string, Behaviour][])(
    'leaves its messages UNCONFIRMED, and each is settled by its own reports: %s',
    async (_name, behaviour) => {
      const before = requests();
      const ids = await lost(crowd(12), behaviour);
      expect(await statuses(ids)).toEqual(['UNCONFIRMED']);
      expect(await world.message(ids[0] as string)).toMatchObject({
        ...{ providerMessageId: null, problem: { code: 'PROVIDER_UNAVAILABLE', provider: { provider: 'EXOTEL' } } },
      });
      await reported(ids, 'READ');
      await expectOwnSids(ids);
      const { events, problem } = await world.message(ids[3] as string);
      expect(problem).toBeNull();
      expect(events.map(({ type }: any) => type.replace('MESSAGE_', ''))).toEqual([
        ...['QUEUED', 'UNCONFIRMED', 'SENT', 'DELIVERED', 'READ'],
      ]);
      expect(requests()).toBe(before + 1);
    },
  );

  it('is never made again by itself: without a report a person settles it', async () => {
    const ids = await lost(crowd(3), { line: 'dropped', callbacks: { statuses: [] } });
    const before = requests();
    await world.pass(HOUR, MINUTE);
    expect(await statuses(ids)).toEqual(['UNCONFIRMED']);
    expect(requests()).toBe(before);
    for (const [index, name] of ['resolveMessage', 'resolveMessage', 'retryMessage'].entries()) {
      const more = name === 'resolveMessage' ? `, sent: ${index === 0}` : '';
      const { answer } = await world.ask(
        `mutation ($id: ID!) { answer: ${name}(id: $id${more}) { ... on Message { status } ${PROBLEM} } }`,
        { id: ids[index] },
      );
      expect(answer.status).toBe(['SUBMITTED', 'FAILED', 'QUEUED'][index]);
    }
    await world.quiet();
    expect(requests()).toBe(before + 1);
    expect(await world.message(ids[2] as string)).toMatchObject({ status: 'SUBMITTED' });
  });

  it('that did not go out leaves nothing to report on, and they stay UNCONFIRMED', async () => {
    const ids = await lost(crowd(5), { line: 'dropped', sent: false });
    timers.advance(1_000);
    await world.quiet();
    expect(await statuses(ids)).toEqual(['UNCONFIRMED']);
  });

  it('is settled by a failure too, with what it means', async () => {
    const ids = await lost(crowd(4), { line: 'dropped', callbacks: { statuses: ['30012'] } });
    await reported(ids, 'FAILED');
    expect(await world.message(ids[2] as string)).toMatchObject({
      problem: { code: 'NOT_ON_WHATSAPP', provider: { provider: 'EXOTEL', code: '30012' } },
    });
  });
});

describe('where Exotel echoes of a request its own custom_data alone', () => {
  beforeAll(() => {
    const account = { ...EXOTEL_CREDENTIALS, kind: 'EXOTEL', customDataOfRequestOnly: true } as const;
    world.simulator.configure({ accounts: [account] });
  });

  it('each is settled by it and by its number', async () => {
    const ids = await lost(crowd(25), { line: 'dropped' });
    expect(await statuses(ids)).toEqual(['UNCONFIRMED']);
    await reported(ids, 'READ');
    await expectOwnSids(ids);
  });

  it('and takes none of another request for it, which went to the same people', async () => {
    const sends = crowd(6);
    const first = await lost(sends, { line: 'dropped', callbacks: { statuses: [] } });
    clock.advance(MINUTE);
    const second = await lost(sends, { line: 'dropped' });
    await reported(second, 'READ');
    expect(await statuses(first)).toEqual(['UNCONFIRMED']);
    for (const id of second) {
      const { to, providerMessageId } = await world.message(id);
      const [newest] = world.simulator.ledger.messages({ recipient: to.slice(1) });
      expect(providerMessageId).toBe(newest?.messageId);
    }
  });
});

describe('reports that come before the answer', () => {
  it('move their messages when it is there, and none is told of twice', async () => {
    const ids = await lost(crowd(8), { callbacks: { beforeAnswer: true } });
    await until(async () => (await statuses(ids)).join() === 'READ');
    for (const id of ids) {
      const { events, attempts } = await world.answeredIn(id, 'READ');
      const types = events.map(({ type }: any) => type.replace('MESSAGE_', ''));
      const forward = ['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'];
      expect(types).toEqual(forward.filter((one) => types.includes(one)));
      expect(attempts).toMatchObject([{ outcome: 'ACCEPTED' }]);
    }
  });
});
