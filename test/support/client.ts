import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface Answer {
  readonly status: number;
  readonly data: any;
  readonly errors:
    readonly { message: string; path?: (string | number)[]; extensions: Record<string, any> }[] | undefined;
}

export type Call = (
  query: string,
  variables?: Record<string, unknown>,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** Speaks GraphQL over HTTP with one key; null is without. `url` is the gateway's, without the path. */
export function graphql(url: string, key: string | null): Call {
  return async (query, variables, headers) => {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }), ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await answer.json()) as Omit<Answer, 'status'>;
    return { status: answer.status, data, errors };
  };
}

export interface Subscription<Data = any> {
  /** Resolves when the server has taken the connection. Call it before what the subscription should see. */
  readonly connected: Promise<void>;
  /** The next `data`; throws what the server refused it with. */
  next(): Promise<Data>;
  /** The next `count` of them. */
  take(count: number): Promise<Data[]>;
  /** Resolves with the code that the connection was closed with. */
  readonly closed: Promise<number>;
  /** Ends the subscription and its connection. */
  stop(): Promise<void>;
}

/** Follows a subscription over a connection of its own. `connectionParams` replaces the key's usual place. */
export function subscribe<Data = any>(
  url: string,
  key: string | null,
  query: string,
  variables?: Record<string, unknown>,
  options: { connectionParams?: Record<string, unknown>; headers?: Record<string, string> } = {},
): Subscription<Data> {
  class Socket extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, { headers: options.headers });
    }
  }
  const connected = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number>();
  connected.promise.catch(() => undefined);
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: Socket,
    connectionParams: options.connectionParams ?? (key === null ? {} : { authorization: `Bearer ${key}` }),
    retryAttempts: 0,
    lazy: true,
    on: {
      connected: () => connected.resolve(),
      closed: (event) => {
        const { code } = event as { code: number };
        closed.resolve(code);
        connected.reject(new Error(`The connection was closed with ${code}.`));
      },
    },
  });
  const results = client.iterate<Data>({ query, variables });
  const next = async (): Promise<Data> => {
    const { value, done } = await results.next();
    if (done) throw new Error('The subscription ended.');
    if (value.errors) throw Object.assign(new Error(value.errors[0]!.message), { errors: value.errors });
    return value.data as Data;
  };
  return {
    connected: connected.promise,
    next,
    take: async (count) => {
      const taken: Data[] = [];
      while (taken.length < count) taken.push(await next());
      return taken;
    },
    closed: closed.promise,
    stop: async () => {
      await results.return?.();
      await client.dispose();
    },
  };
}

export interface Connection {
  /** Resolves when the server has let it in. */
  readonly acknowledged: Promise<void>;
  /** Resolves with the code that it was closed with. */
  readonly closed: Promise<number>;
  stop(): void;
}

/** A bare connection of graphql-transport-ws that asks nothing. */
export function connect(
  url: string,
  connectionParams: Record<string, unknown>,
  headers: Record<string, string> = {},
): Connection {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { headers });
  const acknowledged = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number>();
  acknowledged.promise.catch(() => undefined);
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: connectionParams })));
  socket.on('message', (data: Buffer) => {
    if ((JSON.parse(data.toString()) as { type: string }).type === 'connection_ack') acknowledged.resolve();
  });
  socket.on('error', (error) => acknowledged.reject(error));
  socket.on('close', (code) => {
    closed.resolve(code);
    acknowledged.reject(new Error(`The connection was closed with ${code}.`));
  });
  return { acknowledged: acknowledged.promise, closed: closed.promise, stop: () => socket.close() };
}
