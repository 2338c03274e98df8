import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RawReceiver, startRawReceiver } from '../../test/support/raw-receiver.js';
import { checkUrl, type Resolve } from './address-guard.js';
import { type HttpResult } from './http.js';
import { UndiciHttp } from './undici-http.js';

let receiver: RawReceiver;
let http: UndiciHttp;

beforeEach(async () => {
  receiver = await startRawReceiver((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
});
afterEach(async () => {
  await receiver.close();
  await http.close();
});

const post = (url: string): Promise<HttpResult> =>
  http.request({ method: 'POST', url, headers: {}, body: '{}', signal: AbortSignal.timeout(10_000) });

/** The receiver's address with another host. */
const at = (host: string): string => `http://${host}:${new URL(receiver.url).port}/`;

/** A resolver that answers one after the other, and nothing after the last one. */
function resolving(...answers: readonly string[]): { resolve: Resolve; asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = async (name) => {
    const address = answers[asked.length];
    asked.push(name);
    return address === undefined ? [] : [{ address, family: 4 }];
  };
  return { resolve, asked };
}

describe('the guard', () => {
  it.each(['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', '127.0.0.1.', 'localhost'])(
    'lets no call through to this machine as %s',
    async (host) => {
      http = new UndiciHttp({ allowPrivate: false });
      expect(await post(at(host))).toEqual({
        kind: 'unreachable',
        reason: 'the address leads to a loopback address',
      });
      expect(receiver.connections).toBe(0);
    },
  );

  it('makes no connection to a name that leads to this machine', async () => {
    http = new UndiciHttp({ allowPrivate: false, resolve: resolving('127.0.0.1').resolve });
    expect(await post(at('inside.test'))).toEqual({
      kind: 'unreachable',
      reason: 'the name leads to a loopback address',
    });
    expect(receiver.connections).toBe(0);
  });

  it('makes no connection to a name that leads elsewhere than when it was checked', async () => {
    const { resolve, asked } = resolving('8.8.8.8', '127.0.0.1');
    http = new UndiciHttp({ allowPrivate: false, resolve });
    expect(await checkUrl(at('rebind.test'), false, resolve)).toBeNull();
    expect(await post(at('rebind.test'))).toMatchObject({ reason: 'the name leads to a loopback address' });
    expect(receiver.connections).toBe(0);
    expect(asked).toEqual(['rebind.test', 'rebind.test']);
  });

  it('asks for a name once for a connection, which goes to the address that came', async () => {
    const { resolve, asked } = resolving('127.0.0.1');
    http = new UndiciHttp({ allowPrivate: true, resolve });
    expect(await post(at('name.test'))).toMatchObject({ kind: 'answer', status: 200 });
    expect(asked).toEqual(['name.test']);
    expect(receiver.connections).toBe(1);
  });

  it('asks again for the next connection, and goes nowhere when nothing came', async () => {
    const { resolve, asked } = resolving('127.0.0.1');
    http = new UndiciHttp({ allowPrivate: true, resolve });
    await post(at('name.test'));
    http.sweep();
    http.sweep();
    expect(await post(at('name.test'))).toEqual({ kind: 'unreachable', reason: 'the name has no address' });
    expect(asked).toHaveLength(2);
    expect(receiver.connections).toBe(1);
  });

  it.each([
    ['ftp://8.8.8.8/', 'the address is neither https nor http'],
    ['http://user:pw@8.8.8.8/', 'the address has a user name or password in it; leave them out'],
    ['nonsense', 'the URL cannot be read'],
  ])('refuses %s for its form, whatever the settings', async (url, reason) => {
    for (const allowPrivate of [false, true]) {
      http = new UndiciHttp({ allowPrivate });
      expect(await post(url)).toEqual({ kind: 'unreachable', reason });
    }
  });
});
