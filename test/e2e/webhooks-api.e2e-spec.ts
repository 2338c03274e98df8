import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
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
import { handsOf, PROBLEM } from '../support/world.js';

let gateway: Gateway;
let ask: ReturnType<typeof handsOf>['ask'];
let hooks: ReturnType<typeof webhooksOf>;
let projectId: string;
let receiver: Receiver;
/** Hears of everything: what it has got, the others could have got. */
let witness: Receiver;

beforeAll(async () => {
  gateway = await startGateway();
  ({ ask } = handsOf(gateway.call));
  hooks = webhooksOf(ask);
  projectId = await projectOf(ask);
});
afterAll(() => gateway.close());
beforeEach(async () => {
  receiver = await startReceiver();
  witness = await startReceiver();
});
afterEach(async () => {
  for (const { id } of await hooks.endpoints()) await hooks.remove(id);
  await Promise.all([receiver.close(), witness.close()]);
});

const rows = (text: string, values: readonly unknown[] = []): Promise<any[]> =>
  gateway.app.nest.get(Database).rows(text, values);
const create = async (input: object): Promise<any> =>
  (
    await ask(
      `mutation ($input: WebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
         ... on WebhookEndpointWithSecret { endpoint { id eventTypes } } ${PROBLEM} } }`,
      { input },
    )
  ).createWebhookEndpoint;
const delivered = (endpointId: string, count = 1): Promise<any[]> =>
  until(async () => {
    const found = await hooks.deliveries({ endpointId, status: 'DELIVERED' });
    return found.length >= count && found;
  }, `${count} delivered`);
/** A write, and the proof that every endpoint that was to hear of it is on its way to. */
const writeAndWitness = async (...events: Parameters<typeof anEvent>[1][]): Promise<void> => {
  const seen = witness.hits.length;
  await writeEvents(
    gateway,
    events.map((event) => anEvent(projectId, event)),
  );
  await witness.first(seen + events.length);
};

describe('a new endpoint', () => {
  it('is on, hears of all, and stands in the list behind the older ones', async () => {
    const { endpoint: first } = await hooks.create(receiver.url);
    const { endpoint: second } = await hooks.create(witness.url, ['PAYMENT_PAID', 'MESSAGE_READ']);
    expect(first).toMatchObject({ url: receiver.url, eventTypes: [], enabled: true, disabledReason: null });
    expect(second).toMatchObject({ eventTypes: ['PAYMENT_PAID', 'MESSAGE_READ'], deletedAt: null });
    expect(await hooks.endpoints()).toEqual([first, second]);
  });

  it.each([
    ['left out', {}, []],
    ['null', { eventTypes: null }, []],
    ['one type three times', { eventTypes: ['PAYMENT_PAID', 'PAYMENT_PAID', 'PAYMENT_PAID'] }, ['PAYMENT_PAID']],
  ])('takes types that are %s', async (_what, input, eventTypes) => {
    const { endpoint } = await create({ url: receiver.url, ...input });
    expect(endpoint.eventTypes).toEqual(eventTypes);
  });

  it('hears of its types alone', async () => {
    await hooks.create(witness.url);
    const { endpoint } = await hooks.create(receiver.url, ['PAYMENT_PAID']);
    await writeAndWitness({ type: 'MESSAGE_DELIVERED' }, { type: 'PAYMENT_FAILED' }, { type: 'PAYMENT_PAID' });
    expect(await delivered(endpoint.id)).toMatchObject([{ event: { type: 'PAYMENT_PAID' } }]);
  });

  it('does not hear of what was before it, also where nobody listened then', async () => {
    await writeEvents(gateway, [anEvent(projectId, { type: 'MESSAGE_SENT' })]);
    const { endpoint } = await hooks.create(receiver.url);
    await writeEvents(gateway, [anEvent(projectId, { type: 'MESSAGE_READ' })]);
    expect(await delivered(endpoint.id)).toMatchObject([{ event: { type: 'MESSAGE_READ' } }]);
    expect(await hooks.deliveries({ endpointId: endpoint.id })).toHaveLength(1);
  });
});

describe('a secret', () => {
  it('is 32 random bytes in the form of the standard, another one each time', async () => {
    const made = [await hooks.create(receiver.url), await hooks.create(receiver.url)];
    made.push(await hooks.rotate(made[0].endpoint.id));
    for (const { secret } of made) {
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    }
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(3);
  });

  it('is in no other answer, in no log line and in no row', async () => {
    const { endpoint, secret: first } = await hooks.create(receiver.url);
    const { secret: second } = await hooks.rotate(endpoint.id);
    await hooks.test(endpoint.id);
    await delivered(endpoint.id);
    const answers = [
      await ask(
        `query ($id: ID!) { webhookEndpoints { id url eventTypes } node(id: $id) { ... on WebhookEndpoint { id url } }
           events { edges { node { data endpoint { id url } } } }
           webhookDeliveries { edges { node { event { data } attempts { responseBody error } } } } }`,
        { id: endpoint.id },
      ),
      await hooks.update(endpoint.id, { url: `${receiver.url}?moved` }),
      await hooks.update(endpoint.id, { url: 'ftp://127.0.0.1/' }),
    ];
    const tables = await rows(`select table_name as name from information_schema.tables where table_schema = 'public'`);
    expect(tables.map(({ name }) => name)).toContain('webhook_endpoints');
    const stored = await Promise.all(tables.map(({ name }) => rows(`select t::text as row from "${name}" t`)));
    const said = [...gateway.lines, JSON.stringify(answers), JSON.stringify(stored)].join('\n');
    for (const secret of [first, second]) {
      const bare = secret.slice('whsec_'.length);
      // As it is, and as a column of bytes would show its text or what that stands for.
      for (const form of [bare, Buffer.from(bare).toString('hex'), Buffer.from(bare, 'base64').toString('hex')])
        expect(said).not.toContain(form);
    }
  });

  it('that is new signs at once, beside the one before it', async () => {
    const { endpoint, secret: old } = await hooks.create(receiver.url);
    const rotated = await hooks.rotate(endpoint.id);
    expect(rotated.endpoint).toEqual(endpoint);
    await hooks.test(endpoint.id);
    const [hit] = await receiver.first(1);
    verify(rotated.secret, hit!);
    verify(old, hit!);
  });
});

describe('an update', () => {
  it.each([
    ['nothing', {}, {}],
    ['null for all', { url: null, eventTypes: null, enabled: null }, {}],
    ['the types', { eventTypes: ['MESSAGE_READ', 'MESSAGE_READ'] }, { eventTypes: ['MESSAGE_READ'] }],
    ['no types', { eventTypes: [] }, { eventTypes: [] }],
    ['the address', { url: 'http://127.0.0.1:9/moved' }, { url: 'http://127.0.0.1:9/moved' }],
    ['off', { enabled: false }, { enabled: false }],
    ['on, which it is', { enabled: true }, {}],
  ])('that says %s changes that and nothing else', async (_what, patch, changed) => {
    const { endpoint } = await hooks.create(receiver.url, ['PAYMENT_PAID']);
    const expected = { ...endpoint, ...changed };
    expect(await hooks.update(endpoint.id, patch)).toEqual({ __typename: 'WebhookEndpoint', ...expected });
    expect(await hooks.endpoints()).toEqual([expected]);
  });

  it('of the types and the address holds for what comes from then on', async () => {
    await hooks.create(witness.url);
    const { endpoint } = await hooks.create(receiver.url, ['PAYMENT_PAID']);
    await hooks.update(endpoint.id, { url: `${receiver.url}/moved`, eventTypes: ['MESSAGE_READ'] });
    await writeAndWitness({ type: 'PAYMENT_PAID' }, { type: 'MESSAGE_READ' });
    expect(await delivered(endpoint.id)).toHaveLength(1);
    expect(receiver.hits).toMatchObject([{ path: '/hooks/moved', event: { type: 'message.read' } }]);
  });
});

describe('a deleted endpoint', () => {
  it('is gone from the list, and still answered by its deliveries and its id', async () => {
    const { endpoint } = await hooks.create(receiver.url);
    await hooks.test(endpoint.id);
    const [delivery] = await delivered(endpoint.id);
    expect(await hooks.remove(endpoint.id)).toEqual({ __typename: 'Deleted', id: endpoint.id });
    expect(await hooks.endpoints()).toEqual([]);
    const { node } = await ask('query ($id: ID!) { node(id: $id) { ... on WebhookEndpoint { id url deletedAt } } }', {
      id: endpoint.id,
    });
    expect(node).toEqual({ id: endpoint.id, url: receiver.url, deletedAt: expect.any(String) });
    expect((await hooks.delivery(delivery.id)).endpoint).toMatchObject(node);
  });

  it('has no secret left', async () => {
    const { endpoint } = await hooks.create(receiver.url);
    await hooks.rotate(endpoint.id);
    const sealed = `select id, length(secrets)::int as bytes, previous_until as "previousUntil" from webhook_endpoints
      order by id desc limit 1`;
    expect((await rows(sealed))[0].bytes).toBeGreaterThan(64);
    await hooks.remove(endpoint.id);
    expect((await rows(sealed))[0]).toMatchObject({ bytes: 0, previousUntil: null });
  });

  it('is sent nothing more: what waited for it FAILED, and of what comes it does not hear', async () => {
    await hooks.create(witness.url);
    const { endpoint } = await hooks.create(receiver.url);
    receiver.answer(500);
    await writeAndWitness({});
    await until(async () => (await hooks.deliveries({ endpointId: endpoint.id }))[0]?.attempts.length === 1);
    await hooks.remove(endpoint.id);
    await writeAndWitness({});
    expect(await hooks.deliveries({ endpointId: endpoint.id })).toMatchObject([
      { status: 'FAILED', nextAttemptAt: null, attempts: [{ responseStatus: 500 }] },
    ]);
    expect(receiver.hits).toHaveLength(1);
  });

  it('has what it was being called with FAILED too, and the call still kept when it ends', async () => {
    const answering = Promise.withResolvers<() => void>();
    receiver.answer((_hit, response) => answering.resolve(() => void response.writeHead(200).end()));
    const { endpoint } = await hooks.create(receiver.url);
    const { id } = await hooks.test(endpoint.id);
    const answer = await answering.promise;
    await hooks.remove(endpoint.id);
    answer();
    const attempted = await until(async () => {
      const delivery = await hooks.delivery(id);
      return delivery.attempts.length > 0 && delivery;
    });
    expect(attempted).toMatchObject({ status: 'FAILED', nextAttemptAt: null, attempts: [{ responseStatus: 200 }] });
  });
});

describe('a test event', () => {
  it('goes to the endpoint it is about, whatever that hears of, and to no other', async () => {
    const { endpoint: other } = await hooks.create(witness.url);
    const { endpoint } = await hooks.create(receiver.url, ['PAYMENT_PAID']);
    const { id, event } = await hooks.test(endpoint.id);
    await writeAndWitness({});
    expect(await delivered(endpoint.id)).toMatchObject([{ id, event: { id: event.id, type: 'WEBHOOK_TEST' } }]);
    expect(await hooks.deliveries({ endpointId: other.id })).toMatchObject([{ event: { type: 'MESSAGE_DELIVERED' } }]);
  });

  it('is INVALID_TRANSITION for an endpoint that is off, and writes nothing', async () => {
    const { endpoint } = await hooks.create(receiver.url);
    await hooks.update(endpoint.id, { enabled: false });
    expect(await hooks.test(endpoint.id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'endpointId' });
    expect(await rows('select 1 from events where data->$1->>$2 = $3', ['endpoint', 'id', endpoint.id])).toEqual([]);
  });
});

describe('the endpoint of an event', () => {
  const EVENTS = 'events(types: $types, after: $after) { type sequence data endpoint { id enabled } message { id } }';

  it('is shown by those of webhooks and by no other, in the log and live', async () => {
    const { endpoint } = await hooks.create(receiver.url, ['PAYMENT_PAID']);
    receiver.answer(410);
    const { lastEventId: after } = await ask('{ lastEventId }');
    const live = gateway.subscribe<any>(`subscription ($types: [EventType!], $after: ID) { ${EVENTS} }`, {
      after: after ?? '0',
      types: ['WEBHOOK_TEST', 'WEBHOOK_DISABLED', 'MESSAGE_DELIVERED'],
    });
    await writeEvents(gateway, [anEvent(projectId)]);
    await hooks.test(endpoint.id);
    const seen = (await live.take(3)).map(({ events }) => events);
    await live.stop();
    // As it is now, whatever it was then.
    const shown = { id: endpoint.id, enabled: expect.any(Boolean) };
    expect(seen).toMatchObject([
      { type: 'MESSAGE_DELIVERED', endpoint: null },
      { type: 'WEBHOOK_TEST', sequence: 1, endpoint: shown, message: null },
      { type: 'WEBHOOK_DISABLED', sequence: 2, endpoint: { id: endpoint.id, enabled: false }, message: null },
    ]);
    const { events } = await ask(
      `query ($types: [EventType!], $after: ID) { events(types: $types, after: $after) { edges { node {
         type sequence data endpoint { id enabled } message { id } } } } }`,
      { types: ['WEBHOOK_DISABLED', 'MESSAGE_DELIVERED'], after: after ?? '0' },
    );
    expect(events.edges.map(({ node }: any) => node)).toEqual([seen[0], seen[2]]);
  });
});
