import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { callbackBody, postCallback } from '../support/wappin-callback.js';
import { magic, person, startWorld, viaDoku, viaWappin, type World, type WorldOptions } from '../support/world.js';

let clock: ManualClock;
let world: World;
/** Nothing is posted: what happens at the providers is known to who asks. */
const start = async (options: WorldOptions = {}): Promise<void> => {
  clock = new ManualClock();
  world = await startWorld({ clock, callbackPlan: { posted: false, statuses: [] }, ...options });
};
afterEach(() => world.close());

/** How often the providers were asked about this message, or about any. */
const asked = (messageId?: string): number =>
  world.simulator.ledger
    .calls(messageId === undefined ? {} : { messageId })
    .filter(({ path }) => /inquiry|get_status/.test(path)).length;
async function submitted(input: Record<string, unknown>): Promise<any> {
  const { id } = await world.send(input);
  await world.quiet();
  const message = await world.message(id);
  expect(message.status).toBe('SUBMITTED');
  return message;
}
const text = (accountId: string): Record<string, unknown> => ({
  ...{ to: person(7), accountId, content: { text: { text: 'Halo' } } },
});
/** To this much after the start of the story, in steps that no timer is longer than. */
const passTo = async (ms: number): Promise<void> => {
  const passed = clock.now().getTime() - Date.parse('2026-03-01T09:00:00Z');
  await world.pass(ms - passed, MINUTE);
};

describe('a message of which nothing is heard', () => {
  beforeEach(() => start({ sendtalk: {}, exotel: {}, meta: {} }));

  it('is asked after at 15 minutes, 1 hour, 6 hours and 24 hours, and then no more', async () => {
    const messages = [await submitted(viaWappin(magic('812'))), await submitted(text(world.sendtalk.id))];
    for (const [times, at] of [15 * MINUTE, HOUR, 6 * HOUR, DAY].entries()) {
      await passTo(at - MINUTE);
      for (const { providerMessageId } of messages) expect(asked(providerMessageId)).toBe(times);
      await passTo(at + MINUTE);
      for (const { providerMessageId } of messages) expect(asked(providerMessageId)).toBe(times + 1);
    }
    await world.pass(3 * DAY, HOUR);
    expect(asked()).toBe(8);
    for (const { id } of messages) expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  }, 60_000);

  it('is not asked after where nobody can be: DOKU, Exotel, Meta', async () => {
    const before = [
      await submitted(viaDoku(person(1))),
      await submitted(text(world.exotel.id)),
      await submitted(text(world.meta.id)),
    ];
    const { requests } = world.simulator.ledger.counts();
    await world.pass(2 * DAY, HOUR);
    expect(world.simulator.ledger.counts().requests).toBe(requests);
    for (const { id } of before) expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });

  it('is moved by what the provider answers, and then left alone', async () => {
    world.simulator.configure({
      faults: [{ kind: 'WAPPIN', next: 1, behaviour: { callbacks: { statuses: ['sent', 'delivered'] } } }],
    });
    const { id, providerMessageId } = await submitted(viaWappin(person(1)));
    await until(() => world.simulator.ledger.message(providerMessageId)?.events.length === 2);
    await passTo(16 * MINUTE);
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'DELIVERED', sentAt: expect.any(String) });
    expect(message.events.map(({ type }: any) => type.replace('MESSAGE_', ''))).toEqual([
      ...['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED'],
    ]);
    await world.pass(2 * DAY, HOUR);
    expect(asked(providerMessageId)).toBe(1);
  });

  it('is not asked after once something is heard of it', async () => {
    const { id, to, providerMessageId } = await submitted(viaWappin(magic('812')));
    await passTo(20 * MINUTE);
    expect(asked(providerMessageId)).toBe(1);
    const fields = { messageId: providerMessageId, recipient: to, status: 'sent', at: clock.now() };
    await postCallback(world.wappin.callbackUrl as string, callbackBody(fields));
    await world.messageIn(id, 'SENT');
    await world.pass(2 * DAY, HOUR);
    expect(asked(providerMessageId)).toBe(1);
  });

  it('is asked after at its next time where the provider could not say', async () => {
    const refuse = { http: 503, code: null, message: '' };
    world.simulator.configure({ faults: [{ kind: 'WAPPIN', on: 'inquiry', next: 1, behaviour: { refuse } }] });
    const { providerMessageId } = await submitted(viaWappin(magic('812')));
    await passTo(16 * MINUTE);
    expect(world.simulator.ledger.counts({ kind: 'WAPPIN' }).refused).toEqual({ http_503: 1 });
    await passTo(HOUR + MINUTE);
    expect(asked(providerMessageId)).toBe(1);
  });

  it('is not asked after through an account that is held or gone', async () => {
    const { id } = await submitted(viaWappin(magic('812')));
    await world.ask('mutation ($id: ID!) { updateProviderAccount(id: $id, input: {enabled: false}) { __typename } }', {
      id: world.wappin.id,
    });
    await passTo(20 * MINUTE);
    expect(asked()).toBe(0);
    await world.ask('mutation ($id: ID!) { deleteProviderAccount(id: $id) { __typename } }', { id: world.wappin.id });
    await world.pass(2 * DAY, HOUR);
    expect(asked()).toBe(0);
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });

  it('is not asked after where a person said that it was sent: there is no id', async () => {
    const { id } = await world.send(viaWappin(magic('903')));
    await world.messageIn(id, 'UNCONFIRMED');
    await world.ask('mutation ($id: ID!) { resolveMessage(id: $id, sent: true) { __typename } }', { id });
    await world.pass(2 * DAY, HOUR);
    expect(asked()).toBe(0);
  });
});

describe('the questions of many messages', () => {
  it('are counted in the account’s budget, and all are asked though it is small', async () => {
    await start({ wappin: { requestsPerMinute: 20 } });
    const sends = Array.from({ length: 50 }, (_, n) => viaWappin(person(n)));
    const answers = await world.sendAll(sends);
    await world.pass(5 * MINUTE, 5 * SECOND);
    for (const { id } of answers) expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
    expect(asked()).toBe(0);
    // While they are asked after, others leave.
    const others = Array.from({ length: 30 }, (_, n) => viaWappin(person(200 + n), { priority: 'LOW' }));
    await passTo(15 * MINUTE);
    await world.sendAll(others);
    await world.pass(8 * MINUTE, 5 * SECOND);
    const ofFirst = world.simulator.ledger.calls().filter(({ path }) => path.includes('inquiry'));
    expect(new Set(ofFirst.map(({ messageId }) => messageId)).size).toBe(50);
    expect(ofFirst).toHaveLength(50);
    expect(world.simulator.ledger.counts({ kind: 'WAPPIN' }).maxPerMinute).toBeLessThanOrEqual(20);
  }, 60_000);

  it('are asked once, however many gateways there are', async () => {
    await start();
    const others = [await world.gateway.beside(), await world.gateway.beside({ env: { ROLE: 'worker' } })];
    expect(others).toHaveLength(2);
    const answers = await world.sendAll(Array.from({ length: 30 }, (_, n) => viaWappin(person(n))));
    await world.quiet();
    for (const [times, at] of [15 * MINUTE, HOUR].entries()) {
      await passTo(at + 2 * MINUTE);
      for (const { id } of answers) {
        const { providerMessageId } = await world.message(id);
        expect(asked(providerMessageId)).toBe(times + 1);
      }
    }
  }, 60_000);
});
