import { spawnSync } from 'node:child_process';
import { readlinkSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { dataOf, readPasswords, readPostmasterFile, type RunningServer } from './cluster.js';
import { isSignalable, processStart } from './process-start.js';
import { type ServerHome } from './server-home.js';

const POLL_MS = 50;
const POLLS = 120_000 / POLL_MS;

/**
 * The postmaster that an owner left behind when it was killed, once it takes connections; undefined when none runs, or
 * when the one that did has finished stopping. It counts as ours when it answers on the port that our data directory
 * names, takes our password and says that this is its data directory; nothing else is ever signalled.
 */
export async function findRunning(home: ServerHome): Promise<RunningServer | undefined> {
  for (let poll = 0; poll < POLLS; poll++) {
    const file = await readPostmasterFile(home);
    const start = file && processStart(file.pid);
    if (!file) return undefined;
    if (start === undefined) {
      // The file is stale. PostgreSQL replaces it at its start, but takes a zombie for a living server.
      if (isSignalable(file.pid)) await rm(join(dataOf(home), 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (file.status !== 'stopping' && (await answersAsOurs(home, file.port))) {
      return { pid: file.pid, start, port: file.port };
    }
    if (!isPostmasterOf(home, file.pid)) {
      // The id was given to another program after a crash or a reboot. PostgreSQL itself would see a living process
      // of its user and refuse to start; should a server run after all, its shared memory still keeps a second one out.
      await rm(join(dataOf(home), 'postmaster.pid'), { force: true });
      return undefined;
    }
    // Starting, recovering or stopping: soon it answers or is gone.
    await delay(POLL_MS);
  }
  const pid = (await readPostmasterFile(home))?.pid;
  throw new Error(`A PostgreSQL (process ${pid}) holds ${dataOf(home)} and does not answer: stop it by hand.`);
}

async function answersAsOurs(home: ServerHome, port: number): Promise<boolean> {
  const { superuser } = await readPasswords(home);
  const client = new Client({
    ...{ host: '127.0.0.1', port, user: 'postgres', password: superuser, database: 'postgres' },
    ssl: false,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  });
  client.on('error', () => {
    // The server may go away at any moment here; the query's own rejection says so.
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return realpathSync(rows[0]!.data_directory) === realpathSync(dataOf(home));
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Whether the living process may be our postmaster: it works in its data directory and is called postgres. */
function isPostmasterOf(home: ServerHome, pid: number): boolean {
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataOf(home));
    } catch {
      return false; // Another user's process, so it is not the server that runs as us; or it has just ended.
    }
  }
  if (process.platform === 'win32') return true;
  const { stdout } = spawnSync('/bin/ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' });
  return /(^|\/)postgres\b/.test((stdout ?? '').trim());
}
