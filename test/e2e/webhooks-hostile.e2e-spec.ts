import { type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { type RawReceiver, startRawReceiver } from '../support/raw-receiver.js';
import { until } from '../support/until.js';
import { type Receiver, startReceiver, triedAt, webhooksOf } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

let gateway: Gateway;
let hooks: ReturnType<typeof webhooksOf>;
let receiver: RawReceiver | undefined;
let other: Receiver;

beforeAll(async () => {
  gateway = await startGateway();
  hooks = webhooksOf(handsOf(gateway.call).ask);
});
afterAll(() => gateway.close());
beforeEach(async () => {
  other = await startReceiver();
});
afterEach(async () => {
  for (const { id } of await hooks.endpoints()) await hooks.remove(id);
  await receiver?.close();
  await other.close();
});

/** The first attempt at a server that answers so, with where its delivery stands after it. */
async function attemptAt(answer: string | Buffer | ((socket: Socket) => void)): Promise<any> {
  receiver = await startRawReceiver((socket) => {
    if (typeof answer === 'function') answer(socket);
    else socket.end(answer);
  });
  const { status, attempts } = await triedAt(hooks, receiver.url);
  return { status, ...attempts[0] };
}

const OK = 'HTTP/1.1 200 OK\r\n';

describe('a redirect', () => {
  it.each([
    [301, 'Moved Permanently'],
    [302, 'Found'],
    [303, 'See Other'],
    [307, 'Temporary Redirect'],
    [308, 'Permanent Redirect'],
  ])('with %i is not followed, and fails with what to do', async (status, words) => {
    const attempt = await attemptAt(
      `HTTP/1.1 ${status} ${words}\r\nlocation: ${other.url}\r\ncontent-length: 0\r\n\r\n`,
    );
    expect(attempt).toMatchObject({
      status: 'PENDING',
      responseStatus: status,
      error: 'A redirect is not followed: give the address that it leads to.',
    });
    expect(other.hits).toEqual([]);
  });

  it('is not hidden in a success either', async () => {
    const headers = `location: ${other.url}\r\nrefresh: 0; url=${other.url}\r\nlink: <${other.url}>; rel=preload`;
    const attempt = await attemptAt(`${OK}${headers}\r\ncontent-length: 0\r\n\r\n`);
    expect(attempt).toMatchObject({ status: 'DELIVERED', responseStatus: 200 });
    expect(other.hits).toEqual([]);
  });
});

describe('an endless answer', () => {
  const GIGABYTE = 1024 ** 3;
  const PIECE = Buffer.alloc(1024 ** 2, 'a');

  /** Writes as fast as it is read, and answers how many bytes were taken. */
  function pour(head: string): { answer: (socket: Socket) => void; taken: Promise<number> } {
    const taken = Promise.withResolvers<number>();
    const answer = (socket: Socket): void => {
      socket.once('close', () => taken.resolve(socket.bytesWritten));
      socket.write(head);
      const more = (): void => {
        while (!socket.destroyed && socket.bytesWritten < GIGABYTE) {
          if (!socket.write(PIECE)) return void socket.once('drain', more);
        }
        socket.end();
      };
      more();
    };
    return { answer, taken: taken.promise };
  }

  it.each([
    ['a gigabyte', `content-length: ${GIGABYTE}`],
    ['no length', 'connection: close'],
    ['one chunk of a gigabyte', 'transfer-encoding: chunked\r\n\r\n40000000'],
  ])('of %s is read as far as it is kept: a 200 is a success', async (_length, headers) => {
    const { answer, taken } = pour(`${OK}${headers}\r\n${headers.includes('\r\n\r\n') ? '' : '\r\n'}`);
    const attempt = await attemptAt(answer);
    expect(attempt).toMatchObject({ status: 'DELIVERED', responseStatus: 200, error: null });
    expect(attempt.responseBody).toBe('a'.repeat(4096));
    // What the system holds between the two is some megabytes.
    expect(await taken).toBeLessThan(64 * 1024 ** 2);
  });

  it('of a gigabyte with 500 is a failure of which as much is kept', async () => {
    const { answer, taken } = pour(`HTTP/1.1 500 Oops\r\ncontent-length: ${GIGABYTE}\r\n\r\n`);
    const attempt = await attemptAt(answer);
    expect(attempt).toMatchObject({ status: 'PENDING', responseStatus: 500, responseBody: 'a'.repeat(4096) });
    expect(await taken).toBeLessThan(64 * 1024 ** 2);
  });

  it('of headers is given up', async () => {
    const { answer, taken } = pour(`${OK}x-endless: `);
    expect(await attemptAt(answer)).toMatchObject({
      status: 'PENDING',
      responseStatus: null,
      error: "The answer's headers are too large.",
    });
    expect(await taken).toBeLessThan(64 * 1024 ** 2);
  });
});

describe('an answer that is none', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', 'What came back is not HTTP.'],
    ['a page without a head', '<html>hello</html>', 'What came back is not HTTP.'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n', 'What came back is not HTTP.'],
    ['a status of nought', 'HTTP/1.1 000 OK\r\ncontent-length: 0\r\n\r\n', 'What came back is not HTTP.'],
    ['a NUL in a header', `${OK}x: a\0b\r\ncontent-length: 0\r\n\r\n`, 'What came back is not HTTP.'],
    ['two lengths', `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok`, 'The answer is not as long as it says.'],
    ['nothing', '', 'The connection was closed.'],
    [
      '101 to another protocol',
      'HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: ws\r\n\r\n',
      'The connection was closed.',
    ],
    ['a first answer alone', 'HTTP/1.1 103 Early Hints\r\n\r\n', 'The connection was closed.'],
    ['a header of 20 kB', `${OK}x: ${'a'.repeat(20_000)}\r\n\r\n`, "The answer's headers are too large."],
    ['5,000 headers', `${OK}${'x-many: 1\r\n'.repeat(5_000)}\r\n`, "The answer's headers are too large."],
  ])('such as %s is a failure that says so', async (_what, answer, error) => {
    const attempt = await attemptAt(answer);
    expect(attempt).toMatchObject({ status: 'PENDING', responseStatus: null, responseBody: null, error });
  });

  it.each([
    ['chunks that are none', 'transfer-encoding: chunked\r\n\r\nZZZ\r\n', '', 'What came back is not HTTP.'],
    ['a body that is cut', 'content-length: 100\r\n\r\nhalf', 'half', 'The connection was closed.'],
    ['a cut chunk', 'transfer-encoding: chunked\r\n\r\n64\r\nhalf', 'half', 'The connection was closed.'],
  ])('such as %s is a failure that keeps what had come', async (_what, answer, responseBody, error) => {
    expect(await attemptAt(`${OK}${answer}`)).toMatchObject({
      ...{ status: 'PENDING', responseStatus: 200, responseBody, error },
    });
  });

  it('such as promises of an answer without end is a failure that says so', async () => {
    const attempt = await attemptAt('HTTP/1.1 102 Processing\r\n\r\n'.repeat(100));
    expect(attempt).toMatchObject({ status: 'PENDING', error: 'It announced an answer again and again.' });
  });

  it('such as a line that is torn down is a failure that says so', async () => {
    const attempt = await attemptAt((socket) => socket.resetAndDestroy());
    expect(attempt).toMatchObject({ status: 'PENDING', responseStatus: null, error: 'The connection was reset.' });
  });
});

describe('a strange answer', () => {
  it.each([
    ['204 with a body', 'HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello', 204],
    [
      'hints before it',
      'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n',
      202,
    ],
    ['thousands of small headers', `${OK}${'a:b\r\n'.repeat(3_000)}content-length: 0\r\n\r\n`, 200],
    [
      'headers named as what objects have',
      `${OK}__proto__: a\r\n__proto__: b\r\nconstructor: c\r\ncontent-length: 0\r\n\r\n`,
      200,
    ],
    ['a second answer behind it', `${OK}content-length: 0\r\n\r\nHTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n`, 200],
    [
      'a length of its own kind',
      `${OK}transfer-encoding: chunked\r\n\r\n2;a="b"\r\nok\r\n0\r\nx-trailer: y\r\n\r\n`,
      200,
    ],
  ])('with %s is a success when its status is', async (_what, answer, responseStatus) => {
    expect(await attemptAt(answer)).toMatchObject({ status: 'DELIVERED', responseStatus, error: null });
  });

  it('with a status that nobody has heard of is a failure', async () => {
    const attempt = await attemptAt('HTTP/1.1 999 No\r\ncontent-length: 4\r\n\r\nfour');
    expect(attempt).toMatchObject({ status: 'PENDING', responseStatus: 999, responseBody: 'four', error: null });
  });

  it('with NUL and bytes that are no UTF-8 is kept as text', async () => {
    const body = Buffer.from([0x61, 0x00, 0xff, 0xfe, 0xed, 0xa0, 0x80, 0x62, 0xc3]);
    const attempt = await attemptAt(Buffer.concat([Buffer.from(`${OK}content-length: ${body.length}\r\n\r\n`), body]));
    expect(attempt.status).toBe('DELIVERED');
    expect(attempt.responseBody).toMatch(/^a\uFFFD+b\uFFFD$/u);
  });

  it('that sets a cookie and asks for a password gets the same headers again', async () => {
    await attemptAt('HTTP/1.1 401 No\r\nset-cookie: a=b\r\nwww-authenticate: Basic\r\ncontent-length: 0\r\n\r\n');
    await hooks.retry((await hooks.deliveries())[0].id);
    await until(() => receiver!.requests.length > 1, 'a second request');
    const [first, second] = receiver!.requests.map((request) => request.match(/^[a-z-]+(?=: )/gim));
    expect(first).toContain('webhook-signature');
    expect(second).toEqual(first);
  });
});
