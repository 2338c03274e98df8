import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { onFreePort } from './gateway.js';

/** A provider's server as a test wants it: the handler answers everything. */
export interface FakeServer {
  readonly url: string;
  /** The paths that were asked for so far. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}

export async function startFakeServer(
  answer: (path: string, response: ServerResponse, request: IncomingMessage) => void,
): Promise<FakeServer> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    answer(request.url ?? '', response, request);
  });
  await onFreePort(
    (port) =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(Number(port), '127.0.0.1', resolve);
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
