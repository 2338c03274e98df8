import { type IncomingMessage, type Server as HttpServer } from 'node:http';
import { type Duplex } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { type ExecutionArgs, GraphQLError, parse, specifiedRules, validate } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { clientAddress, Networks } from '../common/networks.js';
import { CONFIG, type Config } from '../config/config.js';
import { Signals } from '../database/signals.js';
import { DOORMAN, type Doorman, GraphqlContext, type Identity } from './context.js';
import { badUserInput, presentError } from './errors.js';
import { GRAPHQL_PATH } from './http-door.js';
import { limits, MAX_TOKENS } from './limits.js';

const LARGEST_FRAME = 4 * 1024 * 1024;
/** A peer that answers no ping for so long is gone: its network broke without a word. */
const PING_MS = 12_000;
/** The safety net under a lost signal: so long may the sockets of a revoked key live at most. */
const RECHECK_MS = 30 * SECOND;

/** One connection that was let in. */
interface Session {
  readonly identity: Identity;
  readonly ip: string;
}

interface Extra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
}

/**
 * Subscriptions: graphql-transport-ws on the path of GraphQL. A key is shown when a connection begins, and the
 * connection ends with it: when it is revoked, in whatever process, and when it expires.
 */
@Injectable()
export class Sockets {
  private readonly log = new Logger('GraphQL');
  private readonly sessions = new Map<WebSocket, Session>();
  private readonly trusted: Networks;
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_FRAME,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  private stopWaiting: (() => void)[] = [];

  constructor(
    @Inject(DOORMAN) private readonly doorman: Doorman,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
    private readonly signals: Signals,
    private readonly schema: GraphQLSchemaHost,
  ) {
    this.trusted = new Networks(config.trustedProxies);
  }

  /** Takes the upgrades of this HTTP server from now on. The schema must be there. */
  attach(http: HttpServer): void {
    const protocol = makeServer<Record<string, unknown>, Extra>({
      onConnect: ({ connectionParams, extra }) => this.connect(connectionParams?.['authorization'], extra),
      onSubscribe: ({ extra }, _id, payload) => this.prepare(extra, payload),
      onNext: (_context, _id, _payload, _args, result) =>
        result.errors && { ...result, errors: this.presented(result.errors) },
      onError: (_context, _id, _payload, errors) => this.presented(errors),
    });
    this.server.on('connection', (socket: WebSocket, request: IncomingMessage) => {
      const closed = protocol.opened(
        {
          protocol: socket.protocol,
          send: (data) => send(socket, data),
          close: (code, reason) => socket.close(code, reason),
          onMessage: (take) =>
            socket.on('message', (data: Buffer) => {
              take(String(data)).catch((error: unknown) => {
                this.log.error({ err: error }, 'A WebSocket message could not be handled.');
                socket.close(CloseCode.InternalServerError, 'Internal server error');
              });
            }),
        },
        { socket, request },
      );
      // A frame too large or not of the protocol: `ws` closes the connection itself, with the code that says so.
      socket.on('error', () => undefined);
      const stopPinging = ping(socket);
      socket.once('close', (code: number, reason: Buffer) => {
        stopPinging();
        closed(code, reason.toString()).catch((error: unknown) =>
          this.log.error({ err: error }, 'A subscription did not end.'),
        );
      });
    });
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url?.split('?')[0] !== GRAPHQL_PATH) {
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      this.server.handleUpgrade(request, socket, head, (opened) => this.server.emit('connection', opened, request));
    });
    this.stopWaiting.push(this.signals.on('keys', (ids) => void this.recheck(ids)));
    this.recheckLater();
  }

  /** Ends all connections (1001, going away) and takes no more. */
  async close(): Promise<void> {
    for (const stop of this.stopWaiting) stop();
    this.stopWaiting = [];
    for (const socket of this.server.clients) socket.close(1001, 'Going away');
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** A peer that does not take part in the closing would hold the shutdown up. */
  terminate(): void {
    for (const socket of this.server.clients) socket.terminate();
  }

  private async connect(shown: unknown, { socket, request }: Extra): Promise<boolean> {
    const authorization = typeof shown === 'string' ? shown : request.headers.authorization;
    const ip = this.ipOf(request);
    const identity = await this.doorman.admit(authorization, ip);
    // Nothing may be awaited from here to `set`: a revocation that is heard in between would miss this socket.
    if (!identity) return false;
    if (socket.readyState !== socket.OPEN) return true;
    const session: Session = { identity, ip };
    this.sessions.set(socket, session);
    const stop = identity.expiresAt && this.clock.wakeAt(identity.expiresAt, () => forbid(socket));
    socket.once('close', () => {
      stop?.();
      this.sessions.delete(socket);
    });
    return true;
  }

  /** All of it at once: a subscription is live from the moment that its frame was read. */
  private prepare({ socket }: Extra, payload: SubscribePayload): ExecutionArgs | readonly GraphQLError[] {
    const session = this.sessions.get(socket);
    if (!session) return [badUserInput('The connection is closing.')];
    const { schema } = this.schema;
    let document;
    try {
      document = parse(payload.query, { maxTokens: MAX_TOKENS });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return [new GraphQLError(error.message, { ...error, extensions: { code: 'GRAPHQL_PARSE_FAILED' } })];
    }
    const errors = validate(schema, document, [...specifiedRules, limits]);
    if (errors.length > 0) return errors.map((error) => invalid(error));
    return {
      schema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue: new GraphqlContext(session.identity, session.ip),
    };
  }

  private presented(errors: readonly GraphQLError[]): GraphQLError[] {
    // graphql-ws sends what it is given as JSON; the shown form of an error is that already.
    return errors.map((error) => presentError(error.toJSON(), error, this.log)) as unknown as GraphQLError[];
  }

  private ipOf(request: IncomingMessage): string {
    const forwarded = request.headers['x-forwarded-for'];
    return clientAddress(
      request.socket.remoteAddress ?? '',
      Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
      this.trusted,
    );
  }

  private async recheck(ids: readonly string[]): Promise<void> {
    const concerned = [...this.sessions].filter(
      ([, { identity }]) => ids.length === 0 || ids.includes(identity.apiKeyId),
    );
    if (concerned.length === 0) return;
    try {
      const ended = await this.doorman.ended([...new Set(concerned.map(([, { identity }]) => identity.apiKeyId))]);
      for (const [socket, { identity }] of concerned) if (ended.has(identity.apiKeyId)) forbid(socket);
    } catch (error) {
      this.log.error({ err: error }, 'The keys of open connections could not be checked; it is tried again.');
    }
  }

  private recheckLater(): void {
    const stop = this.clock.wakeAt(later(this.clock.now(), RECHECK_MS), () => {
      this.stopWaiting = this.stopWaiting.filter((other) => other !== stop);
      void this.recheck([]);
      this.recheckLater();
    });
    this.stopWaiting.push(stop);
  }
}

function forbid(socket: WebSocket): void {
  socket.close(CloseCode.Forbidden, 'Forbidden');
}

function invalid(error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, { nodes: error.nodes, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
}

/** Resolves when it was handed to the network: a reader who is slow slows its subscription down, nothing piles up. */
function send(socket: WebSocket, data: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    // A connection that breaks meanwhile ends its subscriptions by its `close`.
    socket.send(data, () => resolve());
  });
}

function ping(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, PING_MS);
  timer.unref();
  return () => clearInterval(timer);
}
