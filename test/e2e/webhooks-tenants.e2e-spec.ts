import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidOf } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { type Call, graphql } from '../support/client.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { makeKey, makeProject } from '../support/keys.js';
import { until } from '../support/until.js';
import { anEvent, projectOf, type Receiver, startReceiver, webhooksOf, writeEvents } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

let gateway: Gateway;
let ours: ReturnType<typeof webhooksOf>;
let theirs: ReturnType<typeof webhooksOf>;
let theirCall: Call;
let projects: { ours: string; theirs: string };
const receivers: Receiver[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  ours = webhooksOf(handsOf(gateway.call).ask);
  const { projectId, key } = await makeProject(gateway.call, ['READ', 'SEND', 'MANAGE', 'ADMIN']);
  theirCall = graphql(gateway.url, key.secret);
  theirs = webhooksOf(handsOf(theirCall).ask);
  projects = { ours: await projectOf(handsOf(gateway.call).ask), theirs: uuidOf('prj', projectId)! };
  receivers.push(await startReceiver(), await startReceiver());
});
afterAll(async () => {
  await gateway.close();
  await Promise.all(receivers.map((receiver) => receiver.close()));
});

const READS = ['webhookEndpoints { id }', 'webhookDeliveries { edges { node { id } } }', 'replay(id: "rpl_1") { id }'];
/** With what a caller who is let in is answered: nothing of that is there to be changed. */
const WRITES = [
  'createWebhookEndpoint(input: {url: "ftp://shop.example"})',
  'updateWebhookEndpoint(id: "whe_1", input: {enabled: false})',
  'rotateWebhookSecret(id: "whe_1")',
  'deleteWebhookEndpoint(id: "whe_1")',
  'retryWebhookDelivery(id: "del_1")',
  'replayEvents(endpointId: "whe_1", from: "2026-03-01T09:00:00Z")',
  'sendTestEvent(endpointId: "whe_1")',
];

describe('a key', () => {
  it.each([
    ['READ', 'FORBIDDEN'],
    ['SEND', 'FORBIDDEN'],
    ['MANAGE', 'NOT_FOUND'],
    ['ADMIN', 'NOT_FOUND'],
  ])('with %s reads, and changes with MANAGE alone: %s', async (scope, answer) => {
    const call = graphql(gateway.url, (await makeKey(gateway.call, [scope])).secret);
    for (const read of READS) expect((await call(`{ ${read} }`)).errors, read).toBeUndefined();
    for (const write of WRITES) {
      const { data, errors } = await call(`mutation { done: ${write} { ... on Problem { code } } }`);
      const expected = answer === 'NOT_FOUND' && write.startsWith('create') ? 'UNSAFE_URL' : answer;
      expect(errors?.[0]?.extensions['code'] ?? data.done.code, write).toBe(expected);
    }
  });

  it('is needed at all', async () => {
    const nobody = graphql(gateway.url, null);
    for (const text of [...READS.map((read) => `{ ${read} }`), `mutation { ${WRITES[1]} { __typename } }`])
      expect((await nobody(text)).status).toBe(401);
  });
});

describe('another project', () => {
  let ids: { endpoint: string; delivery: string; replay: string };
  let before: unknown;

  beforeAll(async () => {
    const { endpoint } = await ours.create(receivers[0]!.url);
    const from = new Date(Date.now() - 60_000);
    const delivery = await ours.test(endpoint.id);
    await until(async () => (await ours.delivery(delivery.id)).status === 'DELIVERED');
    const replay = await ours.replay(endpoint.id, { from });
    await until(async () => (await ours.replayed(replay.id)).finishedAt);
    ids = { endpoint: endpoint.id, delivery: delivery.id, replay: replay.id };
    before = [await ours.endpoints(), await ours.deliveries(), await ours.replayed(replay.id)];
    expect(before).toMatchObject([[{ id: endpoint.id }], [{}, { id: delivery.id }], { count: 1, done: 1 }]);
  });

  it('sees nothing of ours', async () => {
    const { data } = await theirCall(
      `query ($endpoint: ID!, $delivery: ID!, $replay: ID!, $after: String) {
         a: node(id: $endpoint) { id } b: node(id: $delivery) { id } c: node(id: $replay) { id } replay(id: $replay) { id }
         webhookEndpoints { id } webhookDeliveries { edges { cursor } } events { edges { node { id } } }
         narrowed: webhookDeliveries(endpointId: $endpoint, status: DELIVERED) { edges { cursor } }
         behind: webhookDeliveries(after: $after) { edges { cursor } } }`,
      { ...ids, after: ids.delivery },
    );
    expect(data).toEqual({
      ...{ a: null, b: null, c: null, replay: null, webhookEndpoints: [], events: { edges: [] } },
      ...{ webhookDeliveries: { edges: [] }, narrowed: { edges: [] }, behind: { edges: [] } },
    });
  });

  it('can do nothing to ours: it is NOT_FOUND', async () => {
    const from = new Date(0);
    const answers = [
      ['id', await theirs.update(ids.endpoint, { url: 'http://127.0.0.1:9/stolen' })],
      ['id', await theirs.rotate(ids.endpoint)],
      ['id', await theirs.remove(ids.endpoint)],
      ['id', await theirs.retry(ids.delivery)],
      ['endpointId', await theirs.replay(ids.endpoint, { from })],
      ['endpointId', await theirs.test(ids.endpoint)],
    ];
    for (const [field, answer] of answers)
      expect(answer).toMatchObject({ __typename: 'Problem', code: 'NOT_FOUND', field });
    expect([await ours.endpoints(), await ours.deliveries(), await ours.replayed(ids.replay)]).toEqual(before);
  });

  it('hears of its own events and never of ours, and we never of its', async () => {
    const [ourReceiver, theirReceiver] = receivers as [Receiver, Receiver];
    const { endpoint } = await theirs.create(theirReceiver.url);
    const seen = ourReceiver.hits.length;
    for (let round = 1; round <= 3; round++) {
      await writeEvents(gateway, [
        anEvent(projects.ours, { data: { of: 'ours' } }),
        anEvent(projects.theirs, { data: { of: 'theirs' } }),
      ]);
      await Promise.all([ourReceiver.first(seen + round), theirReceiver.first(round)]);
    }
    const toldOf = (receiver: Receiver, from: number): unknown[] =>
      receiver.hits.slice(from).map(({ event }) => event.data.of);
    expect(toldOf(ourReceiver, seen)).toEqual(['ours', 'ours', 'ours']);
    expect(toldOf(theirReceiver, 0)).toEqual(['theirs', 'theirs', 'theirs']);
    expect(await theirs.deliveries()).toHaveLength(3);
    expect(await ours.deliveries({ endpointId: endpoint.id })).toEqual([]);
    const astray = await gateway.app.nest.get(Database).rows(
      `select d.id from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
         join events v on v.id = d.event_id where d.project_id <> e.project_id or d.project_id <> v.project_id`,
    );
    expect(astray).toEqual([]);
  });
});
