import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onFreePort } from './gateway.js';

/** A server that reads requests of HTTP and answers whatever the test writes. */
export interface RawReceiver {
  readonly url: string;
  /** Connections so far. */
  readonly connections: number;
  /** Requests so far, with head and body. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export interface RawOptions {
  /** With it the server speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** `answer` is called with each request that was read to its end. */
export async function startRawReceiver(
  answer: (socket: Socket, request: string) => void,
  { tls }: RawOptions = {},
): Promise<RawReceiver> {
  const requests: string[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const serve = (socket: Socket): void => {
    let read = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      read += chunk.toString('latin1');
      const length = wholeLength(read);
      if (read.length < length) return;
      requests.push(read.slice(0, length));
      answer(socket, read.slice(0, length));
      read = read.slice(length);
    });
  };
  const server: Server = tls ? createTlsServer({ ...tls }, serve) : createServer(serve);
  server.on('connection', (socket: Socket) => {
    connections++;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await onFreePort(
    (port) =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(Number(port), '127.0.0.1', resolve);
      }),
  );
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    get connections() {
      return connections;
    },
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Of the request that has begun. */
function wholeLength(read: string): number {
  const headEnds = read.indexOf('\r\n\r\n');
  if (headEnds < 0) return Infinity;
  const length = /^content-length: (\d+)/im.exec(read.slice(0, headEnds))?.[1] ?? '0';
  return headEnds + 4 + Number(length);
}
