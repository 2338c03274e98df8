import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpRequest, type HttpResult } from './http.js';
import { UndiciHttp } from './undici-http.js';

let http: UndiciHttp;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => {
  http = new UndiciHttp({ allowPrivate: true });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await http.close();
});

const post = (url: string, more: Partial<HttpRequest> = {}): Promise<HttpResult> =>
  http.request({ method: 'POST', url, headers: {}, body: '{}', signal: AbortSignal.timeout(10_000), ...more });

describe('a call', () => {
  it('brings the answer back, whatever its status', async () => {
    const url = await server((_request, response) => response.writeHead(404, { 'X-Kind': 'a' }).end('né'));
    expect(await post(url)).toMatchObject({
      kind: 'answer',
      status: 404,
      headers: { 'x-kind': 'a' },
      body: Buffer.from('né'),
    });
  });

  it('sends method, path, headers and the exact bytes, as kurir', async () => {
    const seen: unknown[] = [];
    const url = await server((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, headers } = request;
        seen.push(method, request.url, headers['user-agent'], headers['x-a'], Buffer.concat(chunks).toString());
        response.end();
      });
    });
    await post(`${url}/a/b?c=d`, { headers: { 'X-A': 'b' }, body: '{"name":"Café"}' });
    expect(seen).toEqual(['POST', '/a/b?c=d', 'kurir', 'b', '{"name":"Café"}']);
  });

  it('follows no redirect', async () => {
    const url = await server((_request, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end());
    expect(await post(url)).toMatchObject({ kind: 'answer', status: 302 });
  });

  it('joins headers that come several times', async () => {
    const url = await server((_request, response) => response.writeHead(200, { 'x-a': ['1', '2'] }).end());
    expect(await post(url)).toMatchObject({ headers: { 'x-a': '1, 2' } });
  });

  it('waits past 1xx for the answer itself', async () => {
    const url = await server((_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeHead(201).end('ok');
    });
    expect(await post(url)).toMatchObject({ kind: 'answer', status: 201 });
  });

  it('takes an answer of 1 MiB and no larger one', async () => {
    let size = 1024 * 1024;
    const url = await server((_request, response) => response.end(Buffer.alloc(size)));
    expect(await post(url)).toMatchObject({ kind: 'answer', status: 200 });
    size += 1;
    expect(await post(url)).toMatchObject({ kind: 'broken', reason: 'the answer is larger than 1048576 bytes' });
  });

  it('ends at once when the answer announces more than is taken', async () => {
    // Nothing of the body ever comes: whoever waited for it would wait until time is up.
    const url = await server((_request, response) => {
      response.writeHead(200, { 'content-length': '11' }).flushHeaders();
    });
    expect(await post(url, { maxBytes: 10 })).toMatchObject({ kind: 'broken', tooLarge: true });
  });

  it('takes the first bytes where no more are wanted, and lets the rest go', async () => {
    const gone = Promise.withResolvers<void>();
    const url = await server((_request, response) => {
      response.once('close', () => gone.resolve());
      response.writeHead(200, { 'content-length': '5000000' }).write('the head and more');
    });
    const head = await post(url, { firstBytes: 8, maxBytes: 10 });
    expect(head).toMatchObject({ kind: 'answer', status: 200, headers: { 'content-length': '5000000' } });
    expect(String((head as { body: Buffer }).body)).toBe('the head');
    await gone.promise;
  });

  it('that wants the first bytes takes an answer that has fewer', async () => {
    const url = await server((_request, response) => response.end('all'));
    expect(await post(url, { firstBytes: 8 })).toMatchObject({ kind: 'answer', body: Buffer.from('all') });
  });
});

describe('a body in pieces', () => {
  const pieces = [Buffer.from('head;'), Buffer.alloc(1_000_000, 'ab'), Buffer.alloc(0), Buffer.from(';tail')];

  it('is sent as the one body that it makes, with its length', async () => {
    const seen: { length?: string; chunked?: string; body: Buffer }[] = [];
    const url = await server((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
        seen.push({ length, chunked, body: Buffer.concat(chunks) });
        response.end();
      });
    });
    await post(url, { body: pieces });
    await post(url, { body: pieces });
    const body = Buffer.concat(pieces);
    expect(seen.map((each) => [each.length, each.chunked, each.body.equals(body)])).toEqual(
      Array(2).fill([String(body.length), undefined, true]),
    );
  });

  it('may be answered before it is read, and the next call is made as ever', async () => {
    const url = await server((request, response) => {
      if (request.url === '/early') response.writeHead(401).end('no');
      else request.resume().on('end', () => response.end('ok'));
    });
    const huge = Array.from({ length: 8 }, () => Buffer.alloc(8_000_000));
    expect(await post(`${url}/early`, { body: huge })).toMatchObject({ kind: 'answer', status: 401 });
    expect(await post(url, { body: pieces })).toMatchObject({ kind: 'answer', status: 200 });
  });

  it('is given up when time is up in the middle of it', async () => {
    const abort = new AbortController();
    const url = await server((request) => request.once('data', () => abort.abort()));
    expect(await post(url, { body: pieces, signal: abort.signal })).toMatchObject({ kind: 'broken' });
  });
});

describe('a call without an answer', () => {
  it('is unreachable when nobody listens', async () => {
    expect(await post(await portWithoutServer())).toMatchObject({
      kind: 'unreachable',
      reason: 'the connection was refused',
    });
  });

  it('is unreachable when the name has no address', async () => {
    http = new UndiciHttp({ allowPrivate: true, resolve: () => Promise.reject(coded('ENOTFOUND')) });
    expect(await post('http://name.test/')).toMatchObject({ kind: 'unreachable', reason: 'the name has no address' });
  });

  it('is unreachable when the TLS handshake fails', async () => {
    const url = await server((_request, response) => response.end());
    expect(await post(url.replace('http:', 'https:'))).toMatchObject({ kind: 'unreachable' });
  });

  it('is broken when the other side hangs up after the request', async () => {
    const url = await server((request) => {
      request.resume();
      request.on('end', () => request.socket.destroy());
    });
    expect(await post(url)).toMatchObject({ kind: 'broken' });
  });

  it('is broken when the other side hangs up in the middle of the answer', async () => {
    const url = await server((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    expect(await post(url)).toMatchObject({ kind: 'broken' });
  });

  it('is broken when what comes back is not HTTP', async () => {
    const url = await tcpServer((line) => line.resume().end('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(await post(url)).toMatchObject({ kind: 'broken' });
  });

  it('is broken when time is up after the request was read', async () => {
    const abort = new AbortController();
    const url = await server((request) => {
      request.resume();
      request.on('end', () => abort.abort());
    });
    expect(await post(url, { signal: abort.signal })).toMatchObject({ kind: 'broken', reason: 'time was up' });
  });

  it('is broken when time is up after the head of the answer, and says that the answer did not end', async () => {
    const abort = new AbortController();
    const url = await server((_request, response) => void response.writeHead(200).write('half'));
    const call = post(url, { signal: abort.signal });
    await headRead();
    abort.abort();
    expect(await call).toMatchObject({ kind: 'broken', reason: 'the answer did not end in time' });
  });

  it('is unreachable when time was up before it began', async () => {
    let read = 0;
    const url = await server((_request, response) => {
      read += 1;
      response.end();
    });
    expect(await post(url, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'unreachable' });
    expect(read).toBe(0);
  });

  it('is unreachable when time is up while it waits for a free connection, and is never written', async () => {
    const paths: string[] = [];
    const open: ServerResponse[] = [];
    const full = Promise.withResolvers<void>();
    const url = await server((request, response) => {
      paths.push(request.url!);
      open.push(response);
      if (open.length === 64) full.resolve();
      else if (open.length > 64) response.end();
    });
    const first = Array.from({ length: 64 }, () => post(`${url}/first`));
    await full.promise;
    const abort = new AbortController();
    const waiting = post(`${url}/waiting`, { signal: abort.signal });
    abort.abort();
    expect(await waiting).toMatchObject({ kind: 'unreachable' });
    for (const each of open.slice(0, 64)) each.end();
    await Promise.all(first);
    expect(await post(`${url}/last`)).toMatchObject({ kind: 'answer' });
    expect(paths).not.toContain('/waiting');
  });

  it('is unreachable after the close', async () => {
    const url = await server((_request, response) => response.end());
    await http.close();
    expect(await post(url)).toMatchObject({ kind: 'unreachable' });
  });
});

describe('connections', () => {
  it('are used again, also from pools that a sweep has passed once', async () => {
    const lines = new Set<unknown>();
    const url = await server((request, response) => {
      lines.add(request.socket);
      request.resume();
      response.end('ok');
    });
    for (let call = 0; call < 20; call += 1) {
      await post(url);
      if (call === 10) http.sweep();
    }
    // A line is free again a moment after its answer is handed over, so that two take turns.
    expect(lines.size).toBeLessThanOrEqual(2);
  });

  it('are closed when their pool was idle for a whole sweep, and opened again when needed', async () => {
    const ended = Promise.withResolvers<void>();
    const url = await server((request, response) => {
      request.socket.once('close', () => ended.resolve());
      request.resume();
      response.end('ok');
    });
    await post(url);
    http.sweep();
    http.sweep();
    await ended.promise;
    expect(await post(url)).toMatchObject({ kind: 'answer' });
  });
});

/** Resolves when the head of an answer was read. */
const headRead = (): Promise<void> =>
  new Promise((resolve) => {
    const seen = (): void => {
      unsubscribe('undici:request:headers', seen);
      resolve();
    };
    subscribe('undici:request:headers', seen);
  });

async function server(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  return listening(createHttpServer(answer));
}

async function tcpServer(answer: Parameters<typeof createTcpServer>[1]): Promise<string> {
  return listening(createTcpServer(answer));
}

async function listening(started: Server | TcpServer): Promise<string> {
  await new Promise<void>((done) => started.listen(0, '127.0.0.1', done));
  closing.push(
    () =>
      new Promise((done) => {
        started.close(() => done());
        if ('closeAllConnections' in started) started.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

async function portWithoutServer(): Promise<string> {
  const url = await server(() => {});
  await closing.pop()!();
  return url;
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
