import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, openSync, closeSync, readdirSync } from 'node:fs';
import { chown, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Binaries, SERVER_ENVIRONMENT } from './binaries.js';
import { processStart } from './process-start.js';
import { type ServerHome } from './server-home.js';

/** A postmaster that is ours: it was started here, or by an owner that was killed. */
export interface RunningServer {
  readonly pid: number;
  /** Distinguishes the postmaster from a later process with its id. */
  readonly start: string;
  readonly port: number;
}

const POLL_MS = 15;
/** Recovery after a crash reads at most max_wal_size of log; a slow disk needs minutes for it. */
const START_POLLS = (5 * 60_000) / POLL_MS;
const STOP_POLLS = 60_000 / POLL_MS;

/**
 * Given at each start instead of standing in postgresql.conf, so that a newer Kurir's choice reaches an older cluster.
 * `fsync` and `synchronous_commit` keep PostgreSQL's own defaults: on.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  // Nothing is replicated from here, and less is written this way.
  wal_level: 'minimal',
  max_wal_senders: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // An error and its DETAIL quote the values of a row, which are people's numbers and texts. `log` leaves ERROR out
  // of the server's file and keeps LOG, FATAL and PANIC; the application sees every error itself.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

const run = promisify(execFile);

export const dataOf = (home: ServerHome): string => join(home.folder, 'data');
const logOf = (home: ServerHome): string => join(home.folder, 'postgres.log');
const passwordOf = (home: ServerHome): string => join(home.folder, 'password');

/** The passwords of the cluster's two roles: the superuser `postgres`, and `kurir`, which the application is. */
export async function readPasswords(home: ServerHome): Promise<{ superuser: string; application: string }> {
  const [superuser, application] = (await readFile(passwordOf(home), 'utf8').catch(() => '')).split('\n');
  if (!superuser || !application) {
    throw new Error(
      `The password of the database in ${home.folder} is lost: restore ${passwordOf(home)} from a backup.`,
    );
  }
  return { superuser, application };
}

/** Removes the half-made clusters of starts that were killed. */
export async function removeDrafts(home: ServerHome): Promise<void> {
  for (const name of readdirSync(home.folder)) {
    if (!name.startsWith('data.new-')) continue;
    // Its initdb may still be writing; what it leaves goes at the next start.
    await rm(join(home.folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

/** Makes the cluster where there is none yet. Killed at any point, it leaves either none or a whole one on the disk. */
export async function initialise(binaries: Binaries, home: ServerHome): Promise<void> {
  // A name of its own each time: the initdb of a killed start may still be running.
  const draft = join(home.folder, `data.new-${randomBytes(4).toString('hex')}`);
  await mkdir(draft, { mode: 0o700 });
  await writePasswords(home);
  if (home.account) await chown(draft, home.account.uid, home.account.gid);
  // No --no-sync: it saves 0.3 s once, and a power cut in the first minutes could then take the whole cluster along
  // with the messages accepted in it.
  const options = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--username=postgres', '--no-instructions'];
  try {
    await run(binaries.initdb, ['-D', draft, ...options, `--pwfile=${passwordOf(home)}`], identity(home));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`The embedded PostgreSQL could not be set up in ${home.folder}: ${lastLines(stderr || message)}`, {
      cause: error,
    });
  }
  await rename(draft, dataOf(home));
  await syncFolder(home.folder);
}

/** Starts the server on a free port of the loopback address and waits until it takes connections. */
export async function launch(
  binaries: Binaries,
  home: ServerHome,
  log: (line: string) => void,
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    await rename(logOf(home), `${logOf(home)}.1`).catch(() => {});
    // Made anew and never followed: as root we may be writing into another user's folder.
    const output = openSync(logOf(home), 'wx', 0o600);
    const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const child = spawn(binaries.postgres, ['-D', dataOf(home), ...settings], {
      ...identity(home),
      stdio: ['ignore', output, output],
      // A session of its own: Ctrl-C in the terminal must not end the database before we have handed back our work.
      detached: true,
    });
    closeSync(output);
    let failure: string | undefined;
    child.on('error', (error) => (failure = error.message));
    child.on('exit', (code, signal) => (failure = `it ended with ${signal ?? `code ${code}`}`));
    child.unref();

    const start = child.pid === undefined ? undefined : processStart(child.pid);
    for (let poll = 0; failure === undefined && poll < START_POLLS; poll++) {
      const file = await readPostmasterFile(home);
      if (file?.pid === child.pid && file?.status === 'ready') return { pid: child.pid!, start: start!, port };
      if (poll === 5_000 / POLL_MS)
        log('The embedded PostgreSQL is still starting; after a crash it first reads its log again.');
      await delay(POLL_MS);
    }
    if (failure === undefined && child.pid !== undefined && start !== undefined) {
      await stopServer({ pid: child.pid, start, port }, binaries, home);
    }
    const written = await readFile(logOf(home), 'utf8').catch(() => '');
    // Somebody took the port between our look and the server's bind.
    if (attempt < 5 && /could not create any TCP\/IP sockets/.test(written)) continue;
    // The backends of a killed postmaster go when they notice, a busy one not at once.
    if (attempt < 60 && /shared memory block .* is still in use/.test(written)) {
      await delay(250);
      continue;
    }
    throw new Error(
      `The embedded PostgreSQL in ${home.folder} did not start (${failure ?? 'it was not ready in 5 minutes'}): ${lastLines(written)}`,
    );
  }
}

/** Shuts the server down and returns when its process is gone: connections are cut, what was committed is on the disk. */
export async function stopServer(server: RunningServer, binaries: Binaries, home: ServerHome): Promise<void> {
  const gone = () => processStart(server.pid) !== server.start;
  for (const [signal, mode] of [
    ['SIGINT', 'fast'],
    ['SIGQUIT', 'immediate'],
  ] as const) {
    if (gone()) return;
    if (process.platform === 'win32') {
      // Windows has no signals; pg_ctl speaks to the server's own pipe.
      await run(binaries.pgCtl, ['stop', '-D', dataOf(home), '-m', mode, '-w'], identity(home)).catch(() => {});
    } else {
      try {
        process.kill(server.pid, signal);
      } catch {
        // It ended just now.
      }
    }
    for (let poll = 0; poll < STOP_POLLS && !gone(); poll++) await delay(POLL_MS);
  }
  if (!gone()) throw new Error(`The embedded PostgreSQL (process ${server.pid}) does not stop: end it by hand.`);
}

/** What the server writes about itself into `postmaster.pid`; undefined when no server has, or has not finished to. */
export async function readPostmasterFile(
  home: ServerHome,
): Promise<{ pid: number; port: number; status: string } | undefined> {
  if (!existsSync(join(dataOf(home), 'postmaster.pid'))) return undefined;
  // Lines: pid, data directory, start time, port, socket folder, address, shared memory, status.
  const lines = (await readFile(join(dataOf(home), 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return pid > 0 ? { pid, port, status: lines[7]?.trim() ?? '' } : undefined;
}

/** Throws a sentence when the cluster was made by another major version, whose files these programs cannot read. */
export async function checkVersion(binaries: Binaries, home: ServerHome): Promise<void> {
  const made = (await readFile(join(dataOf(home), 'PG_VERSION'), 'utf8')).trim();
  const major = binaries.version.split('.')[0];
  if (made !== major) {
    throw new Error(
      `The database in ${home.folder} was made by PostgreSQL ${made} and this Kurir brings ${major}: dump it with the earlier Kurir, or set another DATA_DIR.`,
    );
  }
}

function identity(home: ServerHome) {
  // The working folder must be one that the account can be in; ours may not be.
  return {
    uid: home.account?.uid,
    gid: home.account?.gid,
    env: SERVER_ENVIRONMENT,
    cwd: home.account ? '/' : home.folder,
  };
}

async function writePasswords(home: ServerHome): Promise<void> {
  await rm(passwordOf(home), { force: true });
  const file = await open(passwordOf(home), 'wx', 0o600);
  try {
    // initdb takes the first line as the superuser's password.
    await file.writeFile(`${randomBytes(24).toString('base64url')}\n${randomBytes(24).toString('base64url')}\n`);
    if (home.account) await file.chown(home.account.uid, home.account.gid);
    // The cluster is of no use without it: it has to be on the disk before the cluster counts as made.
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** A free port of the loopback address below the ephemeral ones, where a client's own connection could sit on it. */
async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + (randomBytes(2).readUInt16BE() % 12_700);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error('No port of 127.0.0.1 between 20000 and 32700 is free for the embedded PostgreSQL.');
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-8).join(' | ') || 'it wrote nothing';
}
