import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { type RawReceiver, startRawReceiver } from '../support/raw-receiver.js';
import { triedAt, webhooksOf } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

/** What the names of the tests lead to, one answer after the other; the last one stays. */
const names = new Map<string, string[][]>();
/** The names that the gateway asked for. */
const asked: string[] = [];

const systemLookup = dns.lookup;

/** The system's resolver, which knows the names of the tests as well. */
function lookUp(
  name: string,
  options: object,
  done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
): void {
  const answers = names.get(name);
  if (!answers) return systemLookup(name, { ...options, all: true }, done);
  asked.push(name);
  const found = answers.length > 1 ? answers.shift()! : answers[0]!;
  done(
    null,
    found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  );
}

function resolveWith(lookup: unknown): void {
  Object.assign(dns, { lookup });
  // What has imported it by name sees it too.
  syncBuiltinESMExports();
}

const PUBLIC = '8.8.8.8';

let gateway: Gateway;
let hooks: ReturnType<typeof webhooksOf>;
let receiver: RawReceiver;

beforeAll(async () => {
  resolveWith(lookUp);
  gateway = await startGateway({ env: { ALLOW_PRIVATE_URLS: 'false' } });
  hooks = webhooksOf(handsOf(gateway.call).ask);
});
afterAll(async () => {
  resolveWith(systemLookup);
  await gateway.close();
});
beforeEach(async () => {
  receiver = await startRawReceiver((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
});
afterEach(async () => {
  for (const { id } of await hooks.endpoints()) await hooks.remove(id);
  await receiver.close();
  names.clear();
  asked.length = 0;
});

/** The receiver's address with another host. */
const at = (host: string): string => `http://${host}:${new URL(receiver.url).port}/hooks`;

describe('a name', () => {
  it.each([
    ['127.0.0.1', 'a loopback address'],
    ['::ffff:127.0.0.1', 'a loopback address'],
    ['169.254.169.254', 'a link-local address'],
    ['10.0.0.1', 'a private address'],
  ])('that is public when it is saved and leads to %s when it is called is not connected to', async (address, what) => {
    names.set('rebind.test', [[PUBLIC], [address]]);
    const { status, attempts } = await triedAt(hooks, at('rebind.test'));
    expect(status).toBe('PENDING');
    expect(attempts).toMatchObject([{ responseStatus: null, error: `The name leads to ${what}.` }]);
    expect(receiver.connections).toBe(0);
    expect(asked).toEqual(['rebind.test', 'rebind.test']);
  });

  it('that leads to a public address and to this machine is not connected to, whichever comes first', async () => {
    names.set('both.test', [[PUBLIC], [PUBLIC, '127.0.0.1']]);
    const { attempts } = await triedAt(hooks, at('both.test'));
    expect(attempts).toMatchObject([{ error: 'The name leads to a loopback address.' }]);
    expect(receiver.connections).toBe(0);
  });

  it('that leads to this machine when it is saved is refused, for an endpoint that is made and one that is moved', async () => {
    names.set('inside.test', [['127.0.0.1']]);
    names.set('outside.test', [[PUBLIC]]);
    const { endpoint } = await hooks.create(at('outside.test'), ['PAYMENT_PAID']);
    const refused = {
      __typename: 'Problem',
      code: 'UNSAFE_URL',
      message: 'The name inside.test leads to a loopback address; use one on the public internet.',
      field: 'url',
    };
    expect(await hooks.create(at('inside.test'))).toMatchObject(refused);
    expect(await hooks.update(endpoint.id, { url: at('inside.test') })).toMatchObject(refused);
    expect(await hooks.endpoints()).toMatchObject([{ id: endpoint.id, url: at('outside.test') }]);
  });
});
