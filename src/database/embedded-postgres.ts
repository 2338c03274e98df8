import { existsSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { Client, type ClientConfig } from 'pg';
import { findRunning } from './embedded/adoption.js';
import { findBinaries } from './embedded/binaries.js';
import {
  checkVersion,
  dataOf,
  initialise,
  launch,
  readPasswords,
  removeDrafts,
  type RunningServer,
  stopServer,
} from './embedded/cluster.js';
import { takeOwnership } from './embedded/owner-lock.js';
import { findServerHome, type ServerHome } from './embedded/server-home.js';

/** A PostgreSQL that runs for this process alone. */
export interface EmbeddedPostgres {
  /** postgres:// with the password of the role `kurir`, which owns the database `kurir` and is no superuser. */
  readonly url: string;
  /** Shuts the server down, waits until it is gone, and gives the data directory up. Calling it again changes nothing. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL, from the programs that npm brought, on the cluster of `dataDir`, which is made at the first start;
 * both as root and as a plain user. A server that a killed owner left running is taken over as it is. `log` gets a line
 * for a person at what takes a moment. Throws an Error whose message is one sentence when it cannot: another owner lives, there are no
 * programs for this machine, or a right is missing.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  log: (line: string) => void;
}): Promise<EmbeddedPostgres> {
  const { log } = options;
  const dataDir = await makeDataDir(options.dataDir);
  const release = await takeOwnership(dataDir).catch((error: unknown) => rethrow(error, dataDir));
  try {
    const home = await findServerHome(dataDir);
    const binaries = await findBinaries(home.account, home.folder);
    await removeDrafts(home);
    let server = existsSync(dataOf(home)) ? await findRunning(home) : undefined;
    if (server) {
      log(`The embedded PostgreSQL of an earlier run is still running on port ${server.port}; going on with it.`);
    } else {
      if (!existsSync(dataOf(home))) {
        log(`Setting up the embedded PostgreSQL ${binaries.version} in ${home.folder}.`);
        await initialise(binaries, home);
      }
      await checkVersion(binaries, home);
      server = await launch(binaries, home, log);
    }
    const url = await prepareDatabase(home, server).catch(async (error: unknown) => {
      await stopServer(server, binaries, home);
      throw error;
    });
    let stopping: Promise<void> | undefined;
    return {
      url,
      stop: () => (stopping ??= stopServer(server, binaries, home).finally(release)),
    };
  } catch (error) {
    await release();
    return rethrow(error, dataDir);
  }
}

async function makeDataDir(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new Error(`DATA_DIR is ${path}, and that is not a folder.`, { cause: error });
    }
    return rethrow(error, path);
  }
}

/** Makes the role and the database that the application uses, where they are missing, and answers their URL. */
async function prepareDatabase(home: ServerHome, server: RunningServer): Promise<string> {
  const { superuser, application } = await readPasswords(home);
  const address: ClientConfig = { host: '127.0.0.1', port: server.port, database: 'postgres' };
  // A PGSSLMODE in the environment is meant for other servers.
  const client = new Client({ ...address, user: 'postgres', password: superuser, ssl: false });
  client.on('error', () => {
    // A server that goes away makes the query or the connection attempt fail, which says it.
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ role: boolean; base: boolean }>(
      `select exists (select from pg_roles where rolname = 'kurir') as role,
              exists (select from pg_database where datname = 'kurir') as base`,
    );
    if (!rows[0]!.role) {
      // No superuser, as on a server that somebody else runs: what needs more than the owner's rights fails here too.
      await client.query(`create role kurir login createdb password ${client.escapeLiteral(application)}`);
    }
    if (!rows[0]!.base) await client.query('create database kurir owner kurir');
  } finally {
    await client.end();
  }
  return `postgres://kurir:${application}@127.0.0.1:${server.port}/kurir`;
}

/** A refusal of the system becomes a sentence that says what to do; our own sentences pass. */
function rethrow(error: unknown, dataDir: string): never {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    throw new Error(
      `${path ?? dataDir} cannot be written or read by this user (${code}): start Kurir as the user that DATA_DIR belongs to, or set another DATA_DIR.`,
      { cause: error },
    );
  }
  throw error;
}
