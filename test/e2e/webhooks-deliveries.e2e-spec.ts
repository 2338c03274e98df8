import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/common/clock.js';
import { Database } from '../../src/database/database.js';
import { type Activity, watchActivity } from '../support/activity.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { ManualClock } from '../support/manual-clock.js';
import { anEvent, projectOf, type Receiver, startReceiver, webhooksOf, writeEvents } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

const clock = new ManualClock();
let activity: Activity;
let gateway: Gateway;
let ask: ReturnType<typeof handsOf>['ask'];
let hooks: ReturnType<typeof webhooksOf>;
let projectId: string;
/** One that answers as it is told to, and its endpoint. */
let receiver: Receiver;
let endpoint: any;

beforeAll(async () => {
  activity = watchActivity();
  gateway = await startGateway({ clock });
  ({ ask } = handsOf(gateway.call));
  hooks = webhooksOf(ask);
  projectId = await projectOf(ask);
});
afterAll(async () => {
  await gateway.close();
  activity.stop();
});
beforeEach(async () => {
  receiver = await startReceiver();
  ({ endpoint } = await hooks.create(receiver.url));
});
afterEach(async () => {
  for (const { id } of await hooks.endpoints()) await hooks.remove(id);
  await receiver.close();
});

const rows = (text: string, values: readonly unknown[] = []): Promise<any[]> =>
  gateway.app.nest.get(Database).rows(text, values);
const write = async (count = 1): Promise<void> => {
  const recordedAt = clock.now();
  await writeEvents(
    gateway,
    Array.from({ length: count }, () => anEvent(projectId, { recordedAt })),
  );
  await activity.quiet();
};
const inAMoment = async (ms: number): Promise<void> => {
  clock.advance(ms);
  await activity.quiet();
};
const only = async (): Promise<any> => {
  const found = await hooks.deliveries({ endpointId: endpoint.id });
  expect(found).toHaveLength(1);
  return found[0];
};
/** One that FAILED, at an endpoint that is on. */
const failed = async (): Promise<any> => {
  receiver.answer(410);
  await write();
  await hooks.update(endpoint.id, { enabled: true });
  const delivery = await hooks.delivery((await hooks.deliveries({ endpointId: endpoint.id })).at(-1).id);
  expect(delivery).toMatchObject({ status: 'FAILED', nextAttemptAt: null, endpoint: { enabled: true } });
  return delivery;
};

const LIST = `query ($first: Int, $after: String, $endpointId: ID, $status: DeliveryStatus) {
  webhookDeliveries(first: $first, after: $after, endpointId: $endpointId, status: $status) {
    edges { cursor node { id status endpoint { id } event { id } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const list = async (variables: object = {}): Promise<any> =>
  (await ask(LIST, variables as Record<string, unknown>)).webhookDeliveries;
const nodes = (page: any): any[] => page.edges.map(({ node }: any) => node);

describe('the list of deliveries', () => {
  it('is read to its end without a repeat and without a gap, newest first, also while more come', async () => {
    await write(13);
    const written = receiver.hits.map(({ id }) => Number(id)).sort((a, b) => b - a);
    for (const first of [1, 13, 5]) {
      const seen: number[] = [];
      for (let after: string | null = null; ;) {
        const page = await list({ endpointId: endpoint.id, first, after });
        expect(page.edges.length).toBeLessThanOrEqual(first);
        expect(page.pageInfo).toMatchObject({
          hasPreviousPage: after !== null,
          startCursor: page.edges[0].cursor,
          endCursor: page.edges.at(-1).cursor,
        });
        seen.push(...nodes(page).map(({ event }) => Number(event.id)));
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
        if (first === 5) await write();
      }
      expect(seen).toEqual(written);
    }
  });

  it('is narrowed by the endpoint, by where they stand, and by both', async () => {
    const other = await startReceiver(500);
    const { endpoint: second } = await hooks.create(other.url);
    await write(2);
    const all = (status?: string): string[] =>
      [`${endpoint.id} DELIVERED`, `${second.id} PENDING`].filter((one) => !status || one.endsWith(status));
    const found = async (filter: object): Promise<string[]> => {
      const ours = nodes(await list({ first: 200, ...filter })).filter(({ endpoint: { id } }) =>
        [endpoint.id, second.id].includes(id),
      );
      return [...new Set(ours.map((one) => `${one.endpoint.id} ${one.status}`))].sort();
    };
    expect(await found({})).toEqual(all().sort());
    expect(await found({ endpointId: null, status: null })).toEqual(all().sort());
    for (const status of ['DELIVERED', 'PENDING', 'FAILED']) expect(await found({ status })).toEqual(all(status));
    expect(await found({ endpointId: second.id })).toEqual([`${second.id} PENDING`]);
    expect(await found({ endpointId: second.id, status: 'PENDING' })).toEqual([`${second.id} PENDING`]);
    expect(await found({ endpointId: second.id, status: 'DELIVERED' })).toEqual([]);
    await other.close();
  });

  it('has 50 on a page where nobody says how many, and up to 200', async () => {
    await write(201);
    for (const variables of [{}, { first: null }]) expect((await list(variables)).edges).toHaveLength(50);
    const page = await list({ first: 200 });
    expect(page.edges).toHaveLength(200);
    expect(page.pageInfo.hasNextPage).toBe(true);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['first 201', { first: 201 }, 'first'],
    ['first 0', { first: 0 }, 'first'],
    ['a first below nothing', { first: -1 }, 'first'],
    ['a cursor that is none', { after: 'yesterday' }, 'after'],
    ['a cursor of another list', { after: `whe_${'0'.repeat(32)}` }, 'after'],
    ['a cursor with a NUL byte', { after: 'del_\0' }, 'after'],
    ['first 201 of no endpoint', { first: 201, endpointId: 'whe_1' }, 'first'],
  ])('is BAD_USER_INPUT for %s', async (_what, variables, field) => {
    const { errors } = await gateway.call(LIST, variables);
    expect(errors).toMatchObject([{ path: ['webhookDeliveries'], extensions: { code: 'BAD_USER_INPUT', field } }]);
  });

  it('shows each with its endpoint, event and attempts for as many statements as two', async () => {
    const other = await startReceiver(500);
    await hooks.create(other.url, ['MESSAGE_DELIVERED']);
    await write(25);
    await hooks.test(endpoint.id);
    await inAMoment(20 * SECOND);
    const whole = `query ($first: Int) { webhookDeliveries(first: $first) { edges { node {
      status nextAttemptAt endpoint { id url } event { type data endpoint { id } message { id } }
      attempts { number: responseStatus responseBody error } } } } }`;
    const statementsFor = async (first: number): Promise<number> => {
      await activity.quiet();
      activity.forget();
      const { webhookDeliveries } = await ask(whole, { first });
      expect(webhookDeliveries.edges).toHaveLength(first);
      for (const { node } of webhookDeliveries.edges) expect(node.attempts.length).toBeGreaterThan(0);
      return activity.statements.length;
    };
    // Warms what is kept for a while: the key that asks.
    await statementsFor(1);
    const few = await statementsFor(2);
    expect(await statementsFor(50)).toBe(few);
    expect(few).toBeLessThanOrEqual(6);
    await other.close();
  });
});

describe('a delivery', () => {
  it('has its attempts in their order, with what came of each', async () => {
    const answers = [500, 404, 201];
    receiver.answer((_hit, response) => {
      const status = answers.shift()!;
      response.writeHead(status).end(`answer ${status}`);
    });
    const begun = clock.now();
    await write();
    const { id } = await only();
    await inAMoment(SECOND);
    await hooks.retry(id);
    await activity.quiet();
    await inAMoment(SECOND);
    await hooks.retry(id);
    await activity.quiet();
    const at = (ms: number): string => new Date(begun.getTime() + ms).toISOString();
    expect(await hooks.delivery(id)).toMatchObject({
      status: 'DELIVERED',
      attempts: [
        { at: at(0), responseStatus: 500, responseBody: 'answer 500', error: null, durationMs: 0 },
        { at: at(SECOND), responseStatus: 404, responseBody: 'answer 404' },
        { at: at(2 * SECOND), responseStatus: 201, responseBody: 'answer 201' },
      ],
    });
  });

  it('says when it is tried next: not before its endpoint is called again, and never for one that is off', async () => {
    receiver.answer((_hit, response) => void response.writeHead(503, { 'retry-after': '60' }).end());
    await write();
    const nextAttemptAt = async (): Promise<number> => Date.parse((await only()).nextAttemptAt) - clock.now().getTime();
    expect(await nextAttemptAt()).toBeGreaterThanOrEqual(60 * SECOND);
    await hooks.update(endpoint.id, { enabled: false });
    expect(await only()).toMatchObject({ status: 'PENDING', nextAttemptAt: null });
  });

  it('stays when the log does not keep its event any more', async () => {
    await write();
    const { id, event } = await only();
    expect(event).toMatchObject({ type: 'MESSAGE_DELIVERED' });
    await rows('delete from events where id = $1', [event.id]);
    expect(await hooks.delivery(id)).toMatchObject({ id, event: null, status: 'DELIVERED', attempts: [{}] });
    expect(await only()).toMatchObject({ id, event: null });
  });

  it('is found by node(), and so are an endpoint and a replay', async () => {
    await write();
    const replay = await hooks.replay(endpoint.id, { from: clock.now() });
    for (const [id, type] of [
      [(await hooks.deliveries({ endpointId: endpoint.id }))[0].id, 'WebhookDelivery'],
      [endpoint.id, 'WebhookEndpoint'],
      [replay.id, 'Replay'],
    ]) {
      const { node } = await ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id });
      expect(node).toEqual({ __typename: type, id });
    }
  });
});

describe('a retry', () => {
  it('of a PENDING delivery tries it at once', async () => {
    receiver.answer(500);
    await write();
    receiver.answer(200);
    const { id } = await only();
    expect(await hooks.retry(id)).toMatchObject({ __typename: 'WebhookDelivery', id });
    await activity.quiet();
    expect(await only()).toMatchObject({ status: 'DELIVERED', nextAttemptAt: null, attempts: [{}, {}] });
  });

  it('of a PENDING delivery takes none of the ten tries away, however often it is asked for', async () => {
    receiver.answer(500);
    await write();
    for (let press = 0; press < 12; press++) {
      await hooks.retry((await only()).id);
      await activity.quiet();
    }
    const { status, attempts, nextAttemptAt } = await only();
    expect([status, attempts.length]).toEqual(['PENDING', 13]);
    expect(Date.parse(nextAttemptAt) - clock.now().getTime()).toBeLessThan(6 * SECOND);
  });

  it('at an endpoint that is left alone is made at once, and so is a test', async () => {
    receiver.answer((_hit, response) => void response.writeHead(429, { 'retry-after': '1800' }).end());
    await write();
    receiver.answer(200);
    await hooks.retry((await only()).id);
    await activity.quiet();
    expect(await only()).toMatchObject({ status: 'DELIVERED', attempts: [{ responseStatus: 429 }, {}] });
    receiver.answer((_hit, response) => void response.writeHead(429, { 'retry-after': '1800' }).end());
    await write();
    receiver.answer(200);
    const { id } = await hooks.test(endpoint.id);
    await activity.quiet();
    expect(await hooks.delivery(id)).toMatchObject({ status: 'DELIVERED' });
  });

  it('of a delivery that is under way calls nobody twice, and what comes of the call counts', async () => {
    const answering = Promise.withResolvers<void>();
    receiver.answer((_hit, response) => void answering.promise.then(() => response.writeHead(200).end()));
    await writeEvents(gateway, [anEvent(projectId)]);
    await receiver.first(1);
    const { id } = await only();
    expect(await hooks.retry(id)).toMatchObject({ id, status: 'PENDING' });
    await activity.settled();
    answering.resolve();
    await activity.quiet();
    expect(receiver.hits).toHaveLength(1);
    expect(await hooks.delivery(id)).toMatchObject({ status: 'DELIVERED', attempts: [{ responseStatus: 200 }] });
  });

  it('of a FAILED delivery begins its tries again', async () => {
    const { id } = await failed();
    receiver.answer(500);
    await hooks.retry(id);
    await activity.quiet();
    const delivery = await hooks.delivery(id);
    expect(delivery).toMatchObject({ status: 'PENDING', attempts: [{ responseStatus: 410 }, { responseStatus: 500 }] });
    const pause = Date.parse(delivery.nextAttemptAt) - clock.now().getTime();
    expect(pause).toBeGreaterThanOrEqual(5 * SECOND);
    expect(pause).toBeLessThanOrEqual(5.5 * SECOND);
  });

  it('of a FAILED delivery, asked for five times at once, is one call', async () => {
    const { id } = await failed();
    const answering = Promise.withResolvers<void>();
    receiver.answer((_hit, response) => void answering.promise.then(() => response.writeHead(200).end()));
    const seen = receiver.hits.length;
    const asked = await Promise.all(Array.from({ length: 5 }, () => hooks.retry(id)));
    expect(asked).toEqual(Array(5).fill(expect.objectContaining({ id, status: 'PENDING' })));
    answering.resolve();
    await activity.quiet();
    expect(receiver.hits).toHaveLength(seen + 1);
    expect((await hooks.delivery(id)).attempts).toMatchObject([{ responseStatus: 410 }, { responseStatus: 200 }]);
  });

  it('of what was delivered is INVALID_TRANSITION, and calls nobody', async () => {
    await write();
    const { id } = await only();
    expect(await hooks.retry(id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    await activity.quiet();
    expect(receiver.hits).toHaveLength(1);
  });

  it.each([
    ['off', () => hooks.update(endpoint.id, { enabled: false }), /switched off/],
    ['deleted', () => hooks.remove(endpoint.id), /deleted/],
  ])('at an endpoint that is %s is INVALID_TRANSITION, and changes nothing', async (_what, stop, message) => {
    const { id } = await failed();
    await stop();
    const before = await hooks.delivery(id);
    expect(await hooks.retry(id)).toMatchObject({
      code: 'INVALID_TRANSITION',
      field: 'id',
      message: expect.stringMatching(message),
    });
    expect(await hooks.delivery(id)).toEqual(before);
  });

  it('of a delivery that FAILED in a replay opens the replay until it is settled', async () => {
    await write();
    receiver.answer(410);
    const from = new Date(clock.now().getTime() - SECOND);
    const replay = await hooks.replay(endpoint.id, { from, types: ['MESSAGE_DELIVERED'] });
    await activity.quiet();
    expect(await hooks.replayed(replay.id)).toMatchObject({ done: replay.count, finishedAt: expect.any(String) });
    const [{ id }] = await hooks.deliveries({ endpointId: endpoint.id, status: 'FAILED' });
    await hooks.update(endpoint.id, { enabled: true });
    const answering = Promise.withResolvers<void>();
    receiver.answer((_hit, response) => void answering.promise.then(() => response.writeHead(200).end()));
    await hooks.retry(id);
    expect(await hooks.replayed(replay.id)).toMatchObject({ done: replay.count - 1, finishedAt: null });
    answering.resolve();
    await activity.quiet();
    expect(await hooks.replayed(replay.id)).toMatchObject({ done: replay.count, finishedAt: expect.any(String) });
  });
});
