import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { until } from '../support/until.js';
import {
  anEvent,
  projectOf,
  type Receiver,
  startReceiver,
  verify,
  webhooksOf,
  writeEvents,
} from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

let gateway: Gateway;
let ask: ReturnType<typeof handsOf>['ask'];
let hooks: ReturnType<typeof webhooksOf>;
let projectId: string;
let receiver: Receiver;

beforeAll(async () => {
  gateway = await startGateway();
  ({ ask } = handsOf(gateway.call));
  hooks = webhooksOf(ask);
  projectId = await projectOf(ask);
});
afterAll(() => gateway.close());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const { id } of await hooks.endpoints()) await hooks.remove(id);
  await receiver.close();
});

describe('an endpoint', () => {
  it('hears of an event, signed so that the standard’s own library believes it', async () => {
    const { endpoint, secret } = await hooks.create(receiver.url);
    await writeEvents(gateway, [anEvent(projectId)]);
    const [hit] = await receiver.first(1);
    verify(secret, hit!);
    expect(hit!.event.type).toBe('message.delivered');
    const [delivery] = await until(async () => {
      const found = await hooks.deliveries({ endpointId: endpoint.id, status: 'DELIVERED' });
      return found.length > 0 && found;
    });
    expect(delivery).toMatchObject({ status: 'DELIVERED', nextAttemptAt: null, event: { id: hit!.id } });
    expect(delivery.attempts).toMatchObject([{ responseStatus: 200, error: null }]);
  });

  it('is tried with an event of its own', async () => {
    const { endpoint, secret } = await hooks.create(receiver.url, ['PAYMENT_PAID']);
    const delivery = await hooks.test(endpoint.id);
    expect(delivery).toMatchObject({
      __typename: 'WebhookDelivery',
      status: 'PENDING',
      event: { type: 'WEBHOOK_TEST' },
    });
    const [hit] = await receiver.first(1);
    verify(secret, hit!);
    expect(hit!.event).toMatchObject({ type: 'webhook.test', data: { endpoint: { id: endpoint.id } } });
  });

  it('is told again what it was told, by a replay', async () => {
    const from = new Date(Date.now() - 1000);
    const { endpoint } = await hooks.create(receiver.url);
    await writeEvents(gateway, [anEvent(projectId), anEvent(projectId), anEvent(projectId)]);
    await receiver.first(3);
    const replay = await hooks.replay(endpoint.id, { from });
    const hits = await receiver.first(3 + replay.count);
    await until(async () => (await hooks.replayed(replay.id)).finishedAt);
    expect(await hooks.replayed(replay.id)).toMatchObject({ done: replay.count });
    expect(hits.slice(3).map(({ id }) => id)).toEqual(expect.arrayContaining(hits.slice(0, 3).map(({ id }) => id)));
  });

  it('that fails is tried again', async () => {
    receiver.answer(500);
    const { endpoint } = await hooks.create(receiver.url);
    await writeEvents(gateway, [anEvent(projectId)]);
    const [delivery] = await until(async () => {
      const found = await hooks.deliveries({ endpointId: endpoint.id });
      return found[0]?.attempts.length > 0 && found;
    });
    expect(delivery).toMatchObject({ status: 'PENDING' });
    receiver.answer(200);
    await receiver.first(2);
  });

  it('that is gone is switched off, with an event', async () => {
    receiver.answer(410);
    const { endpoint } = await hooks.create(receiver.url);
    await writeEvents(gateway, [anEvent(projectId)]);
    const off = await until(async () =>
      (await hooks.endpoints()).find(({ id, enabled }) => id === endpoint.id && !enabled),
    );
    expect(off.disabledReason).toMatch(/410/);
    const { events } = await ask('{ events(types: [WEBHOOK_DISABLED]) { edges { node { data endpoint { id } } } } }');
    expect(events.edges.at(-1).node.endpoint.id).toBe(endpoint.id);
  });
});
