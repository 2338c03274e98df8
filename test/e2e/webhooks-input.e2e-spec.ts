import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { type Receiver, startReceiver, webhooksOf } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

let gateway: Gateway;
let hooks: ReturnType<typeof webhooksOf>;
let receiver: Receiver;
/** Another endpoint than the one that is asked for. */
let endpoint: any;
const gone = { endpoint: '', delivery: '' };

beforeAll(async () => {
  gateway = await startGateway();
  hooks = webhooksOf(handsOf(gateway.call).ask);
  receiver = await startReceiver();
  ({ endpoint } = await hooks.create(receiver.url));
  const deleted = await hooks.create(receiver.url);
  gone.endpoint = deleted.endpoint.id;
  gone.delivery = (await hooks.test(gone.endpoint)).id;
  await hooks.remove(gone.endpoint);
});
afterAll(async () => {
  await gateway.close();
  await receiver.close();
});

const counts = async (): Promise<unknown> =>
  gateway.app.nest.get(Database).rows(
    `select (select count(*) from webhook_endpoints) as endpoints, (select count(*) from webhook_deliveries) as deliveries,
       (select count(*) from webhook_replays) as replays, (select max(id) from events) as event`,
  );

describe('an id', () => {
  const none = '0'.repeat(32);

  it.each<[string, () => { endpoint: string; delivery: string }]>([
    ['is of nothing', () => ({ endpoint: `whe_${none}`, delivery: `del_${none}` })],
    ['is of another kind', () => ({ endpoint: gone.delivery, delivery: endpoint.id })],
    ['is a bare UUID', () => ({ endpoint: crypto.randomUUID(), delivery: crypto.randomUUID() })],
    ['is in capitals', () => ({ endpoint: endpoint.id.toUpperCase(), delivery: gone.delivery.toUpperCase() })],
    ['is empty', () => ({ endpoint: '', delivery: '' })],
    ['has a NUL byte', () => ({ endpoint: 'whe_\0', delivery: 'del_\0' })],
    ['is SQL', () => ({ endpoint: `' or '1'='1`, delivery: `'; drop table events; --` })],
    ['is a million letters', () => ({ endpoint: 'w'.repeat(1e6), delivery: 'd'.repeat(1e6) })],
    ['is of something deleted', () => ({ endpoint: gone.endpoint, delivery: `del_${none}` })],
  ])('that %s is NOT_FOUND, says where, and changes nothing', async (_what, idsOf) => {
    const ids = idsOf();
    const before = [await counts(), await hooks.endpoints()];
    for (const [field, answer] of [
      ['id', await hooks.update(ids.endpoint, { enabled: false })],
      ['id', await hooks.rotate(ids.endpoint)],
      ['id', await hooks.remove(ids.endpoint)],
      ['id', await hooks.retry(ids.delivery)],
      ['endpointId', await hooks.test(ids.endpoint)],
      ['endpointId', await hooks.replay(ids.endpoint, { from: new Date(0) })],
    ])
      expect(answer).toMatchObject({ __typename: 'Problem', code: 'NOT_FOUND', field });
    expect([await counts(), await hooks.endpoints()]).toEqual(before);
  });

  it('that is none is of no deliveries and of no replay', async () => {
    for (const id of ['', 'whe_1', 'whe_\0', gone.delivery, `whe_${none}`]) {
      expect(await hooks.deliveries({ endpointId: id })).toEqual([]);
      expect(await hooks.replayed(id)).toBeNull();
    }
  });
});

describe('an address', () => {
  const ofLength = (length: number): string => 'https://shop.example/'.padEnd(length, 'a');

  it.each([
    ['is longer than 2048 characters', ofLength(2049)],
    ['is empty', ''],
    ['is no address', 'shop.example/hooks'],
    ['has no host', 'https://'],
    ['has a host that is none', 'https://shop example/'],
    ['has a NUL byte in its host', 'https://shop\0.example/'],
    ['has a port past the last', 'https://shop.example:65536/'],
  ])('that %s is BAD_USER_INPUT', async (_what, url) => {
    const before = [await counts(), await hooks.endpoints()];
    for (const [document, variables] of documents(url)) {
      const { errors } = await gateway.call(document, variables);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect([await counts(), await hooks.endpoints()]).toEqual(before);
  });

  it.each([
    ['is of FTP', 'ftp://shop.example/', 'UNSAFE_URL'],
    ['is a file', 'file:///etc/passwd', 'UNSAFE_URL'],
    ['is a script', 'javascript:alert(1)', 'UNSAFE_URL'],
    ['is data', 'data:text/plain,hello', 'UNSAFE_URL'],
    ['is of a WebSocket', 'wss://shop.example/', 'UNSAFE_URL'],
    ['has a user name', 'https://user@shop.example/', 'UNSAFE_URL'],
    ['has a password', 'https://:secret@shop.example/', 'UNSAFE_URL'],
    ['has a NUL byte in its path', 'https://shop.example/a\0', 'INVALID_INPUT'],
    ['has a NUL byte before it', '\0https://shop.example/', 'INVALID_INPUT'],
    ['has half a character', 'https://shop.example/\ud83d', 'INVALID_INPUT'],
  ])('that %s is refused where it stands', async (_what, url, code) => {
    const before = [await counts(), await hooks.endpoints()];
    const refused = { __typename: 'Problem', code, field: 'url' };
    expect(await hooks.create(url)).toMatchObject(refused);
    expect(await hooks.update(endpoint.id, { url, enabled: false })).toMatchObject(refused);
    expect([await counts(), await hooks.endpoints()]).toEqual(before);
  });

  it('inside the house is refused where that is not allowed', async () => {
    const strict = await gateway.beside({ env: { ALLOW_PRIVATE_URLS: 'false' } });
    const { create, update } = webhooksOf(handsOf(strict.call).ask);
    const refused = { code: 'UNSAFE_URL', field: 'url' };
    expect(await create(receiver.url)).toMatchObject(refused);
    expect(await update(endpoint.id, { url: 'http://169.254.169.254/latest' })).toMatchObject(refused);
  });

  it.each([
    ['of 2048 characters', ofLength(2048)],
    ['with capitals, an empty port and a place in the page', 'HTTPS://Shop.Example:/A?b=%2f#c'],
    ['with what people write', 'https://toko.example/注文?naïve=✓&x=<b>"\'; drop table events; --'],
  ])('%s is kept as it was written', async (_what, url) => {
    const made = await hooks.create(url);
    expect(made.endpoint.url).toBe(url);
    expect(await hooks.endpoints()).toContainEqual(made.endpoint);
    await hooks.remove(made.endpoint.id);
  });

  it('with line breaks in it brings no header of its own', async () => {
    const { url, hits } = receiver;
    const made = await hooks.create(`${url}/a\r\nX-Evil: 1\r\n\r\n{}`);
    const seen = hits.length;
    await hooks.test(made.endpoint.id);
    const hit = (await receiver.first(seen + 1))[seen]!;
    expect(hit.path).toMatch(/^\/hooks\/aX-Evil:/);
    expect(hit.headers).not.toHaveProperty('x-evil');
    await hooks.remove(made.endpoint.id);
  });
});

it('an event type that there is not is BAD_USER_INPUT', async () => {
  const input = { url: receiver.url, eventTypes: ['EVERYTHING'] };
  const { errors } = await gateway.call(CREATE, { input });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

const CREATE = 'mutation ($input: WebhookEndpointInput!) { createWebhookEndpoint(input: $input) { __typename } }';
const UPDATE =
  'mutation ($id: ID!, $input: WebhookEndpointPatch!) { updateWebhookEndpoint(id: $id, input: $input) { __typename } }';
const documents = (url: string): [string, Record<string, unknown>][] => [
  [CREATE, { input: { url } }],
  [UPDATE, { id: endpoint.id, input: { url } }],
];
