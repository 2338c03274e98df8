import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

const ROUNDS = 8;

let gateway: Gateway;
/** Of two processes on one database. */
let hooks: ReturnType<typeof webhooksOf>;
let others: ReturnType<typeof webhooksOf>;
let projectId: string;
let receiver: Receiver;

beforeAll(async () => {
  gateway = await startGateway();
  const { ask } = handsOf(gateway.call);
  hooks = webhooksOf(ask);
  others = webhooksOf(handsOf((await gateway.beside()).call).ask);
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

describe('two changes of one endpoint at once', () => {
  it('of several fields are all kept', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { endpoint } = await hooks.create(receiver.url);
      const url = `${receiver.url}/${round}`;
      await Promise.all([
        hooks.update(endpoint.id, { url }),
        others.update(endpoint.id, { eventTypes: ['MESSAGE_READ'] }),
        hooks.update(endpoint.id, { enabled: false }),
        others.rotate(endpoint.id),
      ]);
      expect(await hooks.endpoints()).toContainEqual({
        ...{ ...endpoint, url },
        ...{ eventTypes: ['MESSAGE_READ'], enabled: false },
      });
    }
  });

  it('that give it other secrets leave the one in use in use: all that were answered sign', async () => {
    const { endpoint, secret } = await hooks.create(receiver.url);
    const rotated = await Promise.all([hooks.rotate(endpoint.id), others.rotate(endpoint.id)]);
    await hooks.test(endpoint.id);
    const [hit] = await receiver.first(1);
    expect(hit!.headers['webhook-signature']!.split(' ')).toHaveLength(3);
    for (const one of [secret, ...rotated.map((answer) => answer.secret)]) verify(one, hit!);
  });

  it('that give it other secrets without end leave room in the header', async () => {
    const { endpoint } = await hooks.create(receiver.url);
    let secret = '';
    for (let round = 0; round < 20; round++) ({ secret } = await hooks.rotate(endpoint.id));
    await hooks.test(endpoint.id);
    const [hit] = await receiver.first(1);
    expect(hit!.headers['webhook-signature']!.split(' ')).toHaveLength(17);
    verify(secret, hit!);
  });

  it('that delete it: one does', async () => {
    const { endpoint } = await hooks.create(receiver.url);
    const done = await Promise.all([hooks.remove(endpoint.id), others.remove(endpoint.id), hooks.remove(endpoint.id)]);
    expect(done.map(({ __typename }) => __typename).sort()).toEqual(['Deleted', 'Problem', 'Problem']);
  });
});

describe('test events at once', () => {
  it('are each an event with a number of its own, and each is delivered once', async () => {
    const { endpoint } = await hooks.create(receiver.url);
    const asked = await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? hooks : others).test(endpoint.id)));
    await until(async () => (await hooks.deliveries({ endpointId: endpoint.id, status: 'DELIVERED' })).length === 10);
    const numbers = asked.map(({ event }) => event.sequence).sort((a, b) => a - b);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(receiver.hits.map(({ id }) => id).sort()).toEqual(asked.map(({ event }) => event.id).sort());
    // One thing's events, so in their order.
    expect(receiver.hits.map(({ event }) => event.data.sequence)).toEqual(numbers);
  });
});

describe('a delete', () => {
  const pendingOf = (endpointId: string): Promise<any[]> => hooks.deliveries({ endpointId, status: 'PENDING' });

  it('beside retries leaves nothing to be tried', async () => {
    receiver.answer(500);
    for (let round = 0; round < ROUNDS; round++) {
      const { endpoint } = await hooks.create(receiver.url, ['PAYMENT_PAID']);
      const { id } = await hooks.test(endpoint.id);
      const [retried, again] = await Promise.all([hooks.retry(id), others.retry(id), others.remove(endpoint.id)]);
      for (const answer of [retried, again])
        expect(answer.code ?? answer.__typename).toMatch(/^(WebhookDelivery|INVALID_TRANSITION)$/);
      expect(await hooks.delivery(id)).toMatchObject({ status: 'FAILED', nextAttemptAt: null });
    }
  });

  it('beside tests, replays and new events leaves nothing to be told', async () => {
    receiver.answer(500);
    const from = new Date(Date.now() - 60_000);
    const events = Array.from({ length: 50 }, () => anEvent(projectId));
    await writeEvents(gateway, events);
    for (let round = 0; round < ROUNDS; round++) {
      const { endpoint } = await hooks.create(receiver.url);
      const { endpoint: witness } = await hooks.create(receiver.url);
      const [test, replay] = await Promise.all([
        others.test(endpoint.id),
        hooks.replay(endpoint.id, { from }),
        writeEvents(gateway, events),
        others.remove(endpoint.id),
      ]);
      for (const answer of [test, replay]) expect(answer.code ?? 'NOT_FOUND').toBe('NOT_FOUND');
      await until(async () => (await hooks.deliveries({ endpointId: witness.id })).length >= 50);
      await hooks.remove(witness.id);
      expect(await pendingOf(endpoint.id)).toEqual([]);
      if (replay.id) expect((await hooks.replayed(replay.id)).finishedAt).toEqual(expect.any(String));
    }
  });
});
