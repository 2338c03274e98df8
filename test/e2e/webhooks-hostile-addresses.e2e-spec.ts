import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidOf } from '../../src/common/ids.js';
import { startWorld, type World } from '../support/world.js';
import { type RawReceiver, startRawReceiver } from '../support/raw-receiver.js';
import { LOOPBACK_HOSTS, METADATA_HOSTS, mixesOf, NO_URLS, UNSAFE_URLS } from '../support/unsafe-addresses.js';
import { firstAttempt, webhooksOf } from '../support/webhooks.js';

/** Public, and never called: nothing of the type that its endpoint hears of happens here. */
const PUBLIC = 'https://8.8.8.8/hooks';
const SILENT = ['PAYMENT_PAID'];

let world: World;
let hooks: ReturnType<typeof webhooksOf>;
let receiver: RawReceiver;
let standing: any;

beforeAll(async () => {
  world = await startWorld({ doku: false, wappin: false, env: { ALLOW_PRIVATE_URLS: 'false' } });
  hooks = webhooksOf(world.ask);
  receiver = await startRawReceiver((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
  ({ endpoint: standing } = await hooks.create(PUBLIC, SILENT));
});
afterAll(async () => {
  await receiver.close();
  await world.close();
});

/** Every endpoint as it is stored, and whether anything was told. */
const stored = (): Promise<any[]> =>
  world.rows('select e.*, (select count(*) from events) as events from webhook_endpoints e order by id');

/** What comes of making an endpoint with that URL, and of moving one there. */
const tried = async (url: string): Promise<any[]> => [
  await hooks.create(url),
  await hooks.update(standing.id, { url }),
];

const REFUSED = {
  __typename: 'Problem',
  code: 'UNSAFE_URL',
  field: 'url',
  message: expect.stringMatching(/^[A-Z].*\.$/s) as string,
};

describe('an address that an endpoint may not have', () => {
  it.each([
    ...LOOPBACK_HOSTS.map((host) => `http://${host}/hooks`),
    ...METADATA_HOSTS.map((host) => `https://${host}/latest/meta-data/`),
    ...UNSAFE_URLS,
  ])('is %j: it is refused, and nothing is stored', async (url) => {
    const before = await stored();
    expect(await tried(url)).toMatchObject([REFUSED, REFUSED]);
    expect(await stored()).toEqual(before);
  });

  it.each(NO_URLS)('is none, such as %j: it is refused, and nothing is stored', async (url) => {
    const before = await stored();
    await expect(hooks.create(url)).rejects.toThrow(/A URL is absolute/);
    await expect(hooks.update(standing.id, { url })).rejects.toThrow(/A URL is absolute/);
    expect(await stored()).toEqual(before);
  });

  it.each(['127.0.0.1', '169.254.169.254'])('is %s in any mix of bases', async (address) => {
    const before = await stored();
    for (const host of mixesOf(address)) {
      const url = `http://${host}:8080/hooks`;
      expect([url, ...(await tried(url))]).toMatchObject([url, REFUSED, REFUSED]);
    }
    expect(await stored()).toEqual(before);
  });
});

describe('an address that came past the check', () => {
  it.each([
    ['http://127.0.0.1', 'The address leads to a loopback address.'],
    ['http://2130706433', 'The address leads to a loopback address.'],
    ['http://0177.0.0.1.', 'The address leads to a loopback address.'],
    ['http://[::ffff:127.0.0.1]', 'The address leads to a loopback address.'],
    ['http://0.0.0.0', 'The address leads to the address of no host.'],
    ['http://localhost', 'The address leads to a loopback address.'],
    ['http://user:word@127.0.0.1', 'The address has a user name or password in it; leave them out.'],
    ['nowhere', 'The URL cannot be read.'],
  ])('as %s is not called, and the attempt says why', async (origin, error) => {
    const url = origin === 'nowhere' ? origin : `${origin}:${new URL(receiver.url).port}/hooks`;
    const { endpoint } = await hooks.create(PUBLIC, SILENT);
    await world.rows('update webhook_endpoints set url = $2 where id = $1', [uuidOf('whe', endpoint.id), url]);
    const { status, attempts } = await firstAttempt(hooks, endpoint.id);
    await hooks.remove(endpoint.id);
    expect(status).toBe('PENDING');
    expect(attempts).toMatchObject([{ responseStatus: null, responseBody: null, error }]);
    expect(receiver.connections).toBe(0);
  });
});
