import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { until } from './until.js';

/** One connection of graphql-transport-ws, frame by frame: for what a client library hides. */
export interface RawSocket {
  readonly socket: WebSocket;
  /** The `data` of the `next` frames so far, in the order in which they came; `{ refused }` with the errors instead. */
  // Answers are read as the test needs them.
  readonly received: any[];
  subscribe(query: string, variables?: Record<string, unknown>): void;
  /** Resolves when the server has read every frame that was sent before. */
  read(): Promise<void>;
  /** Breaks the line without a goodbye. */
  cut(): void;
}

interface Frame {
  readonly type: string;
  readonly payload?: { readonly data?: unknown; readonly errors?: unknown };
}

/** Resolves when the server has let it in. */
export async function openRawSocket(url: string, key: string): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  const received: unknown[] = [];
  const frames = { connection_ack: 0, pong: 0 };
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })),
  );
  socket.on('message', (data: Buffer) => {
    const { type, payload } = JSON.parse(data.toString()) as Frame;
    if (type === 'next') received.push(payload?.data ?? { refused: payload?.errors });
    else if (type === 'error') received.push({ refused: payload });
    else if (type === 'pong' || type === 'connection_ack') frames[type]++;
  });
  socket.on('error', () => undefined);
  await until(() => frames.connection_ack > 0, 'the server lets the socket in');
  return {
    socket,
    received,
    subscribe: (query, variables) =>
      socket.send(JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: { query, variables } })),
    read: async () => {
      const before = frames.pong;
      socket.send(JSON.stringify({ type: 'ping' }));
      await until(() => frames.pong > before, 'the server answers the ping');
    },
    cut: () => socket.terminate(),
  };
}
