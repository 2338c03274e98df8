import { type AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyInstance } from 'fastify';
import { type Logger } from 'pino';
import { AppModule } from './app.module.js';
import { type Clock, later, MINUTE, SystemClock } from './common/clock.js';
import { Vault } from './common/vault.js';
import { type Config } from './config/config.js';
import { Database } from './database/database.js';
import { type Foundations } from './database/database.module.js';
import { startEmbeddedPostgres } from './database/embedded-postgres.js';
import { Signals } from './database/signals.js';
import { encryptionKeyIn } from './encryption-key.js';
import { Sockets } from './graphql/sockets.js';
import { createLog, NestLog } from './log.js';
import { firstStart } from './projects/first-start.js';
import { dashboard } from './server/dashboard.js';
import { serveHealth } from './server/health.js';
import { HttpRoutes } from './server/http-routes.js';
import { type Simulator } from './simulator/simulator.js';
import { TABLES } from './tables.js';

/** Past it HTTP 413; a room's own routes may set another limit. */
const LARGEST_BODY = 4 * 1024 * 1024;
/** Clocks drift apart; the database's is asked again this often. */
const CLOCK_AGREED_FOR_MS = 10 * MINUTE;
/** So long a peer may take to answer a closing handshake. */
const GOODBYE_MS = 2_000;

const LET_GO_EVERY_MS = 20;

/** A running gateway. */
export interface App {
  /** Where it listens: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The key of the first project, when it was made up at this start; it is not to be had again. */
  readonly adminKey: string | null;
  /** Where the providers are simulated, with SIMULATOR_PORT. */
  readonly simulatorUrl: string | null;
  readonly nest: NestFastifyApplication;
  /** Takes nothing more, finishes what is in hand, and lets go of everything. Calling it again changes nothing. */
  close(): Promise<void>;
}

export interface Parts {
  /** Instead of the machine's clock, set by the database's. */
  readonly clock?: Clock;
  readonly log?: Logger;
  /** The most connections to the database at a time, beside the one that listens. */
  readonly connections?: number;
}

/**
 * Starts a gateway: the database, its schema, the first project, the rooms, and what listens. When it cannot, what had
 * been started is stopped again and the error tells why.
 */
export async function createApp(config: Config, parts: Parts = {}): Promise<App> {
  const log = parts.log ?? createLog(config.logLevel);
  const endings: (() => Promise<void> | void)[] = [];
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= inReverse(endings));
  try {
    const url = config.databaseUrl ?? (await embeddedDatabase(config, log, endings));
    const encryptionKey = config.encryptionKey ?? (await encryptionKeyIn(config.dataDir));
    const database = await Database.connect(url, TABLES, parts.connections);
    endings.push(() => database.close());
    const clock = parts.clock ?? (await databaseClock(database, log, endings));
    const adminKey = await firstStart(database, clock.now(), config.adminApiKey);
    const signals = new Signals(database);
    endings.push(() => signals.close());
    await signals.listen();

    const vault = new Vault(encryptionKey);
    const foundations = { config: { ...config, encryptionKey }, clock, database, signals, vault };
    let simulator: Simulator | null = null;
    // Ends after the rooms, whose calls in hand it still answers.
    endings.push(() => simulator?.stop());
    const nest = await serve(foundations, log, () => closing !== null, endings);
    await nest.listen(config.port, config.host).catch((error: unknown) => refused(error, 'PORT'));
    simulator = await simulatorOn(config.simulatorPort);
    return { url: addressOf(nest, config.host), adminKey, simulatorUrl: simulator?.url ?? null, nest, close };
  } catch (error) {
    await close().catch((also: unknown) => log.error({ err: also }, 'What had been started could not be stopped.'));
    throw error;
  }
}

async function serve(
  foundations: Foundations,
  log: Logger,
  closing: () => boolean,
  endings: (() => Promise<void> | void)[],
): Promise<NestFastifyApplication> {
  const { config, database } = foundations;
  const adapter = new FastifyAdapter({
    bodyLimit: LARGEST_BODY,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    // Nest's middleware would run before every request; there is none.
    skipMiddie: true,
  });
  const server = adapter.getInstance<FastifyInstance>();
  if (log.isLevelEnabled('debug')) logRequests(server, log);
  serveHealth(server, database, closing);
  letGoOfConnections(server);
  const nest = await NestFactory.create<NestFastifyApplication>(AppModule.with(foundations), adapter, {
    logger: new NestLog(log),
    abortOnError: false,
  });
  // It ends in this order: what listens, then the rooms' hooks (beforeApplicationShutdown, onApplicationShutdown).
  endings.push(() => nest.close());
  await nest.init();
  if (config.role === 'worker') return nest;
  for (const routes of [dashboard, ...nest.get(HttpRoutes).all()]) await server.register(routes);
  const sockets = nest.get(Sockets);
  sockets.attach(nest.getHttpServer());
  // Fastify waits for open connections, and does not know those that became WebSockets.
  server.addHook('preClose', async () => {
    const late = setTimeout(() => sockets.terminate(), GOODBYE_MS);
    await sockets.close().finally(() => clearTimeout(late));
  });
  return nest;
}

/** Node closes the connections that are idle when it is asked to stop, and not those whose last answer comes after. */
function letGoOfConnections(server: FastifyInstance): void {
  server.addHook('preClose', (done) => {
    const again = setInterval(() => server.server.closeIdleConnections(), LET_GO_EVERY_MS);
    server.server.once('close', () => clearInterval(again));
    done();
  });
}

/** Never the path: that of a callback holds the account's key. Its pattern says enough. */
function logRequests(server: FastifyInstance, log: Logger): void {
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    log.debug(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    );
    done();
  });
}

async function embeddedDatabase(
  { dataDir }: Config,
  log: Logger,
  endings: (() => Promise<void> | void)[],
): Promise<string> {
  const embedded = await startEmbeddedPostgres({ dataDir, log: (line) => log.info(line) });
  endings.push(() => embedded.stop());
  return embedded.url;
}

/** Its code is read where it is wanted only. */
async function simulatorOn(port: number | null): Promise<Simulator | null> {
  if (port === null) return null;
  const { startSimulator } = await import('./simulator/simulator.js');
  return startSimulator({ port }).catch((error: unknown) => refused(error, 'SIMULATOR_PORT'));
}

async function databaseClock(
  database: Database,
  log: Logger,
  endings: (() => Promise<void> | void)[],
): Promise<SystemClock> {
  const clock = new SystemClock();
  await database.setClock(clock);
  let stop: () => void;
  const agreeLater = (): void => {
    stop = clock.wakeAt(later(clock.now(), CLOCK_AGREED_FOR_MS), () => {
      database
        .setClock(clock)
        .catch((error: unknown) => log.warn({ err: error }, 'The clock could not be set by the database’s.'));
      agreeLater();
    });
  };
  agreeLater();
  endings.push(() => stop());
  return clock;
}

/** All of them, even when one fails; then that failure. */
async function inReverse(endings: (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let end = endings.pop(); end; end = endings.pop()) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function refused(error: unknown, setting: 'PORT' | 'SIMULATOR_PORT'): never {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code !== 'EADDRINUSE') throw error;
  const message = `Another program listens on ${address}:${port}; set ${setting} to a port that is free.`;
  throw Object.assign(new Error(message, { cause: error }), { code, setting });
}

function addressOf(nest: NestFastifyApplication, host: string): string {
  const { port } = nest.getHttpServer().address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
