import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { magic, person, PROBLEM, startWorld, UNLIMITED, viaDoku, viaWappin, type World } from '../support/world.js';

const clock = new ManualClock();
const timers = new ManualTimers();
let world: World;
beforeAll(async () => {
  const doku = { requestsPerMinute: UNLIMITED };
  world = await startWorld({ clock, timers, doku, callbackPlan: { statuses: [] } });
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

let next = 0;
const someone = (): string => person(++next);
const inMs = (ms: number): string => new Date(clock.now().getTime() + ms).toISOString();
const types = (message: any): string[] => message.events.map(({ type }: any) => type.replace('MESSAGE_', ''));
const sentTo = (to: string): number => world.simulator.ledger.messages({ recipient: to.slice(1) }).length;
const cancel = async (id: string): Promise<any> => {
  const data = await world.ask(
    `mutation ($id: ID!) { cancelMessage(id: $id) { __typename ... on Message { id status } ${PROBLEM} } }`,
    { id },
  );
  return data.cancelMessage;
};
const hold = (enabled: boolean): Promise<unknown> =>
  world.ask(
    'mutation ($id: ID!, $enabled: Boolean!) { updateProviderAccount(id: $id, input: {enabled: $enabled}) { __typename } }',
    { id: world.wappin.id, enabled },
  );
/** Sends while the account is held, so that the message waits. */
const waiting = async (more: Record<string, unknown> = {}): Promise<any> => {
  await hold(false);
  const sent = await world.send(viaWappin(someone(), { accountId: world.wappin.id, ...more }));
  expect(sent).toMatchObject({ status: 'QUEUED' });
  return sent;
};

describe('a scheduled message', () => {
  it('waits for its time and leaves then', async () => {
    const scheduledAt = inMs(2 * HOUR);
    const { id, status, to } = await world.send(viaWappin(someone(), { scheduledAt }));
    expect(status).toBe('SCHEDULED');
    await world.pass(2 * HOUR - SECOND, 10 * MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'SCHEDULED', attempts: [] });
    expect(sentTo(to)).toBe(0);
    await world.pass(3 * SECOND);
    const message = await world.message(id);
    expect(message.status).toBe('SUBMITTED');
    expect(types(message)).toEqual(['SCHEDULED', 'QUEUED', 'SUBMITTED']);
    expect(Date.parse(message.attempts[0].startedAt)).toBeGreaterThanOrEqual(Date.parse(scheduledAt));
  });

  it('may be 35 days ahead', async () => {
    const { id } = await world.send(viaDoku(someone(), { scheduledAt: inMs(35 * DAY) }));
    await world.pass(35 * DAY - MINUTE, 12 * HOUR);
    expect(await world.message(id)).toMatchObject({ status: 'SCHEDULED' });
    await world.pass(2 * MINUTE, MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });

  it('leaves at once when its time has passed already', async () => {
    const { id, status } = await world.send(viaWappin(someone(), { scheduledAt: inMs(-DAY) }));
    expect(status).toBe('QUEUED');
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });

  it('is sent no second time and to nobody else when many are due at once', async () => {
    const scheduledAt = inMs(HOUR);
    const before = world.simulator.ledger.counts().accepted;
    const answers = await world.sendAll(Array.from({ length: 700 }, () => viaWappin(someone(), { scheduledAt })));
    await world.pass(HOUR + 5 * SECOND, HOUR / 4);
    await world.pass(10 * SECOND);
    const { messages } = await world.ask(
      '{ messages(first: 1, filter: {statuses: [SCHEDULED, QUEUED, UNCONFIRMED, FAILED]}) { edges { node { id status } } } }',
    );
    expect(messages.edges).toEqual([]);
    expect(world.simulator.ledger.counts()).toMatchObject({ accepted: before + answers.length, doubles: 0 });
  });
});

describe('a message with an end', () => {
  afterEach(() => hold(true));

  it('is EXPIRED when nothing could take it by then', async () => {
    const { id, to } = await waiting({ expiresAt: inMs(10 * MINUTE) });
    await world.pass(10 * MINUTE - SECOND, MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'QUEUED' });
    await world.pass(3 * SECOND);
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'EXPIRED', problem: { code: 'EXPIRED' }, attempts: [] });
    expect(types(message)).toEqual(['QUEUED', 'EXPIRED']);
    await hold(true);
    await world.pass(MINUTE);
    expect(sentTo(to)).toBe(0);
  });

  it('is not handed over after its end, however late somebody looks', async () => {
    const { id, to } = await waiting({ expiresAt: inMs(MINUTE) });
    // No worker has looked at it between its end and the moment when its account takes messages again.
    clock.set(new Date(clock.now().getTime() + MINUTE));
    await hold(true);
    await world.pass(5 * SECOND);
    expect(await world.message(id)).toMatchObject({ status: 'EXPIRED' });
    expect(sentTo(to)).toBe(0);
  });

  it('ends while it waits to be tried again', async () => {
    const { id } = await world.send(viaWappin(magic('700'), { expiresAt: inMs(30 * MINUTE) }));
    await world.pass(31 * MINUTE, 10 * SECOND);
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'EXPIRED', problem: { code: 'EXPIRED' } });
    expect(message.attempts.length).toBeGreaterThan(3);
  });

  it('does not end while a call is under way: the answer counts', async () => {
    world.simulator.configure({ faults: [{ kind: 'WAPPIN', next: 1, behaviour: { delayMs: SECOND } }] });
    const { id, to } = await world.send(viaWappin(someone(), { expiresAt: inMs(5 * SECOND) }));
    await until(() => sentTo(to) === 1);
    for (let second = 0; second < 8; second++) {
      clock.advance(SECOND);
      expect(await world.message(id)).toMatchObject({ status: 'QUEUED' });
    }
    await until(async () => {
      const [row] = await world.rows('select timer_at from messages where person = $1', [to]);
      return row.timer_at > clock.now();
    }, 'the worker has looked at the message after its end');
    expect(await world.message(id)).toMatchObject({ status: 'QUEUED' });
    timers.advance(SECOND);
    await world.messageIn(id, 'SUBMITTED');
  });

  it('that is scheduled ends too', async () => {
    await hold(false);
    const times = { scheduledAt: inMs(HOUR), expiresAt: inMs(2 * HOUR) };
    const { id } = await world.send(viaWappin(someone(), { accountId: world.wappin.id, ...times }));
    await world.pass(2 * HOUR + MINUTE, MINUTE);
    expect(types(await world.message(id))).toEqual(['SCHEDULED', 'QUEUED', 'EXPIRED']);
  });
});

describe('canceling', () => {
  afterEach(() => hold(true));

  it('takes back a scheduled message, which then never leaves', async () => {
    const { id, to } = await world.send(viaWappin(someone(), { scheduledAt: inMs(HOUR) }));
    expect(await cancel(id)).toMatchObject({ __typename: 'Message', status: 'CANCELED' });
    await world.pass(2 * HOUR, 10 * MINUTE);
    const message = await world.message(id);
    expect(types(message)).toEqual(['SCHEDULED', 'CANCELED']);
    expect(sentTo(to)).toBe(0);
  });

  it('takes back a message in the queue', async () => {
    const { id, to } = await waiting();
    expect(await cancel(id)).toMatchObject({ status: 'CANCELED' });
    await hold(true);
    await world.pass(MINUTE);
    expect(types(await world.message(id))).toEqual(['QUEUED', 'CANCELED']);
    expect(sentTo(to)).toBe(0);
  });

  it('takes back a message that was surely not sent and waits to be tried again', async () => {
    const { id } = await world.send(viaWappin(magic('700')));
    await world.quiet();
    expect(await cancel(id)).toMatchObject({ status: 'CANCELED' });
    await world.pass(10 * MINUTE, 10 * SECOND);
    expect((await world.message(id)).attempts).toHaveLength(1);
  });

  it('says honestly that it is too late while a call is under way', async () => {
    world.simulator.configure({ faults: [{ kind: 'WAPPIN', next: 1, behaviour: { delayMs: SECOND } }] });
    const { id, to } = await world.send(viaWappin(someone()));
    await until(() => sentTo(to) === 1);
    expect(await cancel(id)).toMatchObject({
      code: 'INVALID_TRANSITION',
      field: 'id',
      message: expect.stringContaining('at this moment'),
    });
    timers.advance(SECOND);
    await world.messageIn(id, 'SUBMITTED');
  });

  it.each([
    ['SUBMITTED', () => world.send(viaWappin(someone()))],
    ['FAILED', () => world.send(viaWappin(magic('601')))],
    ['CANCELED', () => waiting()],
  ])('says honestly that it is too late when the message is %s', async (status, sent) => {
    const { id } = await sent();
    if (status === 'CANCELED') await cancel(id);
    await world.quiet();
    const before = await world.message(id);
    expect(before.status).toBe(status);
    expect(await cancel(id)).toMatchObject({ code: 'INVALID_TRANSITION', message: expect.stringContaining(status) });
    expect(await world.message(id)).toEqual(before);
  });

  it('and leaving at the same moment is one or the other, never both', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const { id, to } = await world.send(viaWappin(someone()));
        // A little later for each, so that the cancel meets all of claim, call and record.
        for (let turn = 0; turn < n * 4; turn++) await new Promise((resolve) => setImmediate(resolve));
        return { id, to, answer: await cancel(id) };
      }),
    );
    await world.pass(5 * SECOND);
    for (const { id, to, answer } of answers) {
      const canceled = answer.status === 'CANCELED';
      expect((await world.message(id)).status).toBe(canceled ? 'CANCELED' : 'SUBMITTED');
      expect(sentTo(to)).toBe(canceled ? 0 : 1);
      if (!canceled) expect(answer.code).toBe('INVALID_TRANSITION');
    }
  });
});
