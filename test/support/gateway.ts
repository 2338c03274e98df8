import { randomBytes } from 'node:crypto';
import { type App, createApp, type Parts } from '../../src/app.js';
import { readConfig } from '../../src/config/config.js';
import { type SettingName } from '../../src/config/settings.js';
import { createLog } from '../../src/log.js';
import { type Call, graphql, subscribe, type Subscription } from './client.js';
import { createTestDatabase } from './database.js';

/** A server takes a hundred, and several gateways of several specs share it. */
const CONNECTIONS = 8;

export interface Gateway {
  readonly app: App;
  readonly url: string;
  readonly databaseUrl: string;
  /** Every scope on the first project. */
  readonly adminKey: string;
  /** As the admin. */
  readonly call: Call;
  /** As the admin. */
  subscribe<Data = unknown>(query: string, variables?: Record<string, unknown>): Subscription<Data>;
  /** What it has logged so far, a line each; everything from `debug` on. */
  readonly lines: readonly string[];
  /** Another process on the same database, so to say. It is closed with this one. */
  beside(options?: Omit<GatewayOptions, 'databaseUrl'>): Promise<Gateway>;
  /** Stops it, and drops the database. */
  close(): Promise<void>;
}

export interface GatewayOptions extends Omit<Parts, 'log'> {
  readonly env?: Partial<Record<SettingName, string>>;
  /** Its own clone of the migrated database without it. */
  readonly databaseUrl?: string;
}

/** Starts a gateway as main.ts does, on a database of its own and a free port. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const database = options.databaseUrl
    ? { url: options.databaseUrl, drop: async () => undefined }
    : await createTestDatabase();
  const adminKey = options.env?.ADMIN_API_KEY ?? `test_${randomBytes(24).toString('hex')}`;
  const lines: string[] = [];
  const log = createLogInto(lines);
  const others: Gateway[] = [];
  const settings = {
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ADMIN_API_KEY: adminKey,
    ALLOW_PRIVATE_URLS: 'true',
    ...options.env,
  };
  const app = await onFreePort((port) =>
    createApp(readConfig({ PORT: port, ...settings }), { connections: CONNECTIONS, ...options, log }),
  ).catch(async (error: unknown) => {
    await database.drop();
    throw error;
  });
  return {
    app,
    url: app.url,
    databaseUrl: database.url,
    adminKey,
    call: graphql(app.url, adminKey),
    subscribe: (query, variables) => subscribe(app.url, adminKey, query, variables),
    lines,
    beside: async (more = {}) => {
      const other = await startGateway({
        ...options,
        ...more,
        env: { ...settings, ...more.env },
        databaseUrl: database.url,
      });
      others.push(other);
      return other;
    },
    close: async () => {
      await Promise.all(others.map((other) => other.close()));
      await app.close();
      await database.drop();
    },
  };
}

function createLogInto(lines: string[]): Parts['log'] {
  return createLog('debug', { write: (line) => void lines.push(line) });
}

/** Below 32768: from there on the system hands ports out to clients, which then may meet themselves. */
export async function onFreePort<Result>(start: (port: string) => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await start(String(10_000 + Math.floor(Math.random() * 22_000)));
    } catch (error) {
      if (tries === 20 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
