/** The other side of the simulated Meta, for tests: a client of the Cloud API, and somebody who takes webhooks. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface GraphAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface MetaClient {
  /** JSON in, JSON out. `path` begins with the id. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<GraphAnswer>;
  /** A message to an ordinary person, with `change` over its fields. */
  send(change: Record<string, unknown>): Promise<GraphAnswer>;
  upload(bytes: Buffer, type: string, fields?: Record<string, string>): Promise<GraphAnswer>;
}

export const PERSON = '6289600010002';

/** A client of the default account. */
export function metaClient(url: string, phoneNumberId: string, accessToken: string): MetaClient {
  const authorization = `Bearer ${accessToken}`;
  const call: MetaClient['call'] = async (method, path, body, headers = {}) => {
    const isBytes = body instanceof Buffer || body instanceof FormData || typeof body === 'string';
    const response = await fetch(`${url}/v23.0/${path}`, {
      method,
      headers: { authorization, ...(isBytes ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: isBytes ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as GraphAnswer['body']) : {} };
  };
  return {
    call,
    send: (change) =>
      call('POST', `${phoneNumberId}/messages`, {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        to: PERSON,
        ...change,
      }),
    upload: (bytes, type, fields = {}) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ messaging_product: 'whatsapp', type, ...fields })) {
        form.set(name, value);
      }
      form.set('file', new File([new Uint8Array(bytes)], 'file', { type }));
      return call('POST', `${phoneNumberId}/media`, form);
    },
  };
}

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly raw: string;
  /** `entry[0].changes[0]`. */
  readonly field: string;
  readonly value: Record<string, unknown>;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** Of the challenges. */
  readonly queries: readonly URLSearchParams[];
  /** What POSTs are answered with; 200 at first. */
  answerWith(status: number): void;
  /** Answers challenges wrongly from now on. */
  failChallenges(): void;
  until(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Takes webhooks on a free port. */
export async function receiveWebhooks(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const queries: URLSearchParams[] = [];
  const waiting: { readonly count: number; readonly go: () => void }[] = [];
  let status = 200;
  let wrongly = false;
  const server = createServer((request, response) => {
    let raw = '';
    request.on('data', (chunk: Buffer) => (raw += chunk.toString('utf8')));
    request.on('end', () => {
      if (request.method === 'GET') {
        const query = new URL(request.url ?? '', 'http://x').searchParams;
        queries.push(query);
        response.writeHead(200).end(wrongly ? 'something else' : query.get('hub.challenge'));
        return;
      }
      const { entry } = JSON.parse(raw) as { entry: { changes: Pick<ReceivedWebhook, 'field' | 'value'>[] }[] };
      const { field = '', value = {} } = entry[0]?.changes[0] ?? {};
      received.push({ headers: request.headers, raw, field, value });
      response.writeHead(status).end();
      for (const { count, go } of waiting) if (received.length >= count) go();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks/key/webhook`,
    received,
    queries,
    answerWith: (next) => (status = next),
    failChallenges: () => (wrongly = true),
    until: (count) =>
      new Promise((resolve) => (received.length >= count ? resolve() : void waiting.push({ count, go: resolve }))),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
