import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import {
  addTemplate,
  handsOf,
  magic,
  person,
  startWorld,
  viaDoku,
  viaWappin,
  type World,
  type WorldOptions,
} from '../support/world.js';

const clock = new ManualClock();
const timers = new ManualTimers();
let world: World;
/** One for each story: a budget is not empty again for the next. */
const start = async (options: WorldOptions = {}): Promise<void> => {
  world = await startWorld({ clock, callbackPlan: { statuses: [] }, ...options });
};
afterEach(() => world.close());

const hold = (id: string, enabled: boolean): Promise<unknown> =>
  world.ask(
    'mutation ($id: ID!, $enabled: Boolean!) { updateProviderAccount(id: $id, input: {enabled: $enabled}) { __typename } }',
    { id, enabled },
  );
/** The recipients in the order in which the provider was asked. */
const asked = (): (string | undefined)[] =>
  world.simulator.ledger
    .calls()
    .filter(({ recipient }) => recipient)
    .map(({ recipient }) => `+${recipient}`)
    .reverse();

describe('what leaves first', () => {
  beforeEach(() => start({ doku: { requestsPerMinute: 20 } }));

  it('is HIGH before NORMAL before LOW, each in the order of their coming', async () => {
    await hold(world.doku.id, false);
    const accountId = world.doku.id;
    const sends = Array.from({ length: 12 }, (_, n) =>
      viaDoku(person(n), { accountId, priority: ['LOW', 'NORMAL', 'HIGH'][n % 3] }),
    );
    for (const send of sends) await world.send(send);
    await hold(world.doku.id, true);
    await world.pass(MINUTE);
    expect(asked()).toEqual([2, 5, 8, 11, 1, 4, 7, 10, 0, 3, 6, 9].map(person));
  });

  it('is told by the template where the send does not say it', async () => {
    for (const [name, category] of [
      ['code', 'AUTHENTICATION'],
      ['news', 'MARKETING'],
      ['bill', 'UTILITY'],
    ] as const)
      await addTemplate(world.call, { name, category, account: world.wappin, externalId: 'templ_uat_2' });
    const priorities = ['code', 'bill', 'news'].map(async (name, n) => {
      const sent = await world.send({ to: person(n), content: { template: { name, params: ['a', 'b'] } } });
      return sent.priority;
    });
    expect(await Promise.all(priorities)).toEqual(['HIGH', 'NORMAL', 'LOW']);
  });
});

describe('messages to one person', () => {
  beforeEach(() => start({ timers }));

  it('leave in their order, each after the answer to the one before, while those to others do not wait', async () => {
    world.simulator.configure({ faults: [{ kind: 'WAPPIN', behaviour: { delayMs: SECOND } }] });
    const sends = Array.from({ length: 5 }, (_, n) => ({
      to: person(1),
      content: { template: { name: 'reminder', params: ['Siti', `${n}`] } },
    }));
    const others = Array.from({ length: 5 }, (_, n) => viaWappin(person(10 + n)));
    const [first, ...rest] = sends;
    const answers = await world.sendAll([first as (typeof sends)[0], ...others, ...rest]);
    for (let answered = 0; answered < 5; answered++) {
      const now = (): number => asked().filter((to) => to === person(1)).length;
      await until(() => now() === answered + 1 && asked().length >= 6 + answered);
      expect(asked()).toHaveLength(6 + answered);
      timers.advance(SECOND);
    }
    for (const { id } of answers) await world.messageIn(id, 'SUBMITTED');
    const received = world.simulator.ledger.messages({ recipient: person(1).slice(1) }).reverse();
    expect(received.map(({ params }) => params[1])).toEqual(['0', '1', '2', '3', '4']);
  });

  it('do not wait for one that was deferred', async () => {
    world.simulator.configure({
      faults: [
        { kind: 'WAPPIN', next: 1, behaviour: { refuse: { http: 200, code: '700', message: 'Error from vendor' } } },
      ],
    });
    const { id: deferred } = await world.send(viaWappin(person(1)));
    await world.quiet();
    const { id } = await world.send(viaWappin(person(1)));
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
    expect(await world.message(deferred)).toMatchObject({ status: 'QUEUED' });
  });

  it('go HIGH first, also when one of lower priority is under way', async () => {
    world.simulator.configure({ faults: [{ kind: 'WAPPIN', next: 1, behaviour: { delayMs: SECOND } }] });
    const { id: slow } = await world.send(viaWappin(person(1)));
    await until(() => asked().length === 1);
    const { id: code } = await world.send(viaWappin(person(1), { priority: 'HIGH' }));
    await world.messageIn(code, 'SUBMITTED');
    expect(await world.message(slow)).toMatchObject({ status: 'QUEUED' });
    timers.advance(SECOND);
    await world.messageIn(slow, 'SUBMITTED');
  });
});

describe('an account that hangs', () => {
  beforeEach(() => start({ timers, doku: { requestsPerMinute: 100_000 } }));

  it('delays nobody else', async () => {
    world.simulator.configure({ faults: [{ kind: 'DOKU', behaviour: { delayMs: SECOND } }] });
    const hanging = await world.sendAll(Array.from({ length: 200 }, (_, n) => viaDoku(person(n))));
    await until(() => asked().length >= 40);
    const { id } = await world.send(viaWappin(person(1_000)));
    await world.messageIn(id, 'SUBMITTED');
    expect(await world.message(hanging[0].id)).toMatchObject({ status: 'QUEUED' });
    world.simulator.clearFaults();
    timers.advance(SECOND);
    for (const { id: one } of hanging) await world.messageIn(one, 'SUBMITTED', 'QUEUED');
  });
});

/** The most of these moments, in milliseconds, that any 60 s hold. */
function mostInAMinute(moments: readonly number[]): number {
  const sorted = [...moments].sort((a, b) => a - b);
  let from = 0;
  return sorted.reduce((most, moment, to) => {
    while (moment - (sorted[from] as number) >= MINUTE) from++;
    return Math.max(most, to - from + 1);
  }, 0);
}

describe('DOKU’s hundred requests a minute', { timeout: 120_000 }, () => {
  beforeEach(() => start());
  const began = async (): Promise<number[]> =>
    (await world.rows('select started_at from message_attempts')).map(({ started_at: at }) => at.getTime());

  it('are never more than 95, and nearly 90 in the long run', async () => {
    await world.sendAll(Array.from({ length: 600 }, (_, n) => viaDoku(person(n), { priority: 'LOW' })));
    for (let minute = 0; minute < 6; minute++) {
      await world.pass(30 * SECOND);
      await world.send(viaDoku(person(2_000 + minute), { priority: 'HIGH' }));
      await world.ask('mutation ($id: ID!) { testProviderAccount(id: $id) { __typename } }', { id: world.doku.id });
      await world.pass(30 * SECOND);
    }
    const moments = await began();
    expect(mostInAMinute(moments)).toBeLessThanOrEqual(95);
    expect(moments.length).toBeGreaterThan(6 * 88);
    // The simulator counts what it received, the tests of the account too.
    const { maxPerMinute, refused } = world.simulator.ledger.counts({ kind: 'DOKU' });
    expect(maxPerMinute).toBeLessThanOrEqual(95);
    expect(refused['too_many_requests']).toBeUndefined();
  });

  it('are shared by all gateways on one database', async () => {
    const other = await world.gateway.beside();
    const sends = Array.from({ length: 500 }, (_, n) => viaDoku(person(n)));
    await Promise.all([world.sendAll(sends.slice(0, 250)), handsOf(other.call).sendAll(sends.slice(250))]);
    await world.pass(4 * MINUTE);
    const moments = await began();
    expect(mostInAMinute(moments)).toBeLessThanOrEqual(95);
    expect(moments.length).toBeGreaterThan(4 * 85);
    expect(world.simulator.ledger.counts({ kind: 'DOKU' }).maxPerMinute).toBeLessThanOrEqual(95);
    // Both had a hand in it, and no message went twice.
    expect(new Set(asked()).size).toBe(asked().length);
  });

  it('do not keep a HIGH message waiting behind a campaign', async () => {
    await world.sendAll(Array.from({ length: 300 }, (_, n) => viaDoku(person(n), { priority: 'LOW' })));
    await world.pass(20 * SECOND, 400);
    for (let code = 0; code < 5; code++) {
      const { id } = await world.send(viaDoku(person(1_000 + code), { priority: 'HIGH' }));
      await world.quiet();
      expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
      await world.pass(5 * SECOND, 400);
    }
  });

  it('are spent on nobody while DOKU says that it is too much', async () => {
    const { id } = await world.send(viaDoku(magic('429')));
    await world.pass(MINUTE);
    const { attempts } = await world.message(id);
    // 1 s, doubling: 0, 1, 3, 7, 15, 31 s and a quarter less each at the least.
    expect(attempts.length).toBeLessThanOrEqual(8);
  });
});
