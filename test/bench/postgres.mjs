// The server that is measured against: a database for each part, what makes its commits durable, what its processes cost.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';

const LOCAL = 'postgres://postgres@127.0.0.1:5432/postgres';

/** The server of BENCH_DATABASE_URL, or the one on this machine; throws a sentence when none answers. */
export async function findServer(given = process.env.BENCH_DATABASE_URL) {
  const url = given || LOCAL;
  try {
    return await query(url, 'select pg_backend_pid() as pid', ([{ pid }]) => ({ url, postmaster: parentOf(pid) }));
  } catch (error) {
    throw new Error(
      given
        ? `BENCH_DATABASE_URL leads to no PostgreSQL that lets us in (${error.message}).`
        : `The benchmark needs a PostgreSQL: set BENCH_DATABASE_URL to a user who may create databases. None answered at ${LOCAL}.`,
    );
  }
}

/** One statement, or several, on a connection of its own. */
export async function query(url, text, read = (rows) => rows, values = []) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return read((await client.query(text, values)).rows);
  } finally {
    await client.end();
  }
}

/** What decides whether a commit outlives a power failure, and what else one must know to compare figures. */
export async function durabilityOf(url) {
  const names = [
    'server_version',
    'fsync',
    'synchronous_commit',
    'full_page_writes',
    'wal_sync_method',
    'shared_buffers',
  ];
  return query(
    url,
    `select ${names.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`,
    ([row]) => row,
  );
}

/** Databases of names that nobody else has, all dropped by `dropAll`, whatever happened in between. */
export class Databases {
  #server;
  #made = new Set();

  constructor(serverUrl) {
    this.#server = serverUrl;
  }

  async create(label) {
    const name = `kurir_bench_${process.pid}_${label.replaceAll('-', '_')}_${randomBytes(3).toString('hex')}`;
    this.#made.add(name);
    await query(this.#server, `create database ${name}`);
    const url = new URL(this.#server);
    url.pathname = `/${name}`;
    return { name, url: url.href };
  }

  names() {
    return [...this.#made];
  }

  async drop(name) {
    await query(this.#server, `drop database if exists ${name} with (force)`);
    this.#made.delete(name);
  }

  async dropAll() {
    for (const name of this.names()) await this.drop(name).catch((error) => process.stderr.write(`${error.message}\n`));
  }
}

/**
 * CPU seconds, from the first look on, of the server's processes that work for the databases of this run (by the name in their titles) and of its
 * background processes, which work for everybody. Undefined when the server is on another machine. A process that comes
 * and goes between two looks is missed; call `look` now and then.
 */
export class ServerCpu {
  #postmaster;
  #seen = new Map();
  #first = true;

  constructor(postmaster) {
    this.#postmaster = postmaster;
  }

  look() {
    if (!this.#postmaster) return;
    for (const pid of read(`/proc/${this.#postmaster}/task/${this.#postmaster}/children`)?.trim().split(/\s+/) ?? []) {
      const title = read(`/proc/${pid}/cmdline`) ?? '';
      const ours = title.includes(`kurir_bench_${process.pid}_`);
      const background = / (walwriter|checkpointer|background writer|autovacuum (launcher|worker))/.test(title);
      const ticks = ours || background ? ticksOf(pid) : undefined;
      if (ticks === undefined) continue;
      const known = this.#seen.get(pid);
      // What is there at the first look counts from then on, and a backend of ours that comes later counts whole.
      this.#seen.set(pid, { from: known?.from ?? (ours && !this.#first ? 0 : ticks), now: ticks });
    }
    this.#first = false;
  }

  seconds() {
    if (!this.#postmaster) return undefined;
    this.look();
    let ticks = 0;
    for (const { from, now } of this.#seen.values()) ticks += now - from;
    return ticks / TICKS;
  }
}

const TICKS = 100;

/** CPU seconds of one process; undefined where there is no /proc, or no such process. */
export function cpuSeconds(pid) {
  const ticks = ticksOf(pid);
  return ticks === undefined ? undefined : ticks / TICKS;
}

/** CPU seconds that the whole machine has worked. */
export function machineSeconds() {
  const line = read('/proc/stat')?.split('\n', 1)[0];
  if (!line) return undefined;
  const [user, nice, system, , , irq, softirq, steal] = line.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

function ticksOf(pid) {
  const fields = statOf(pid);
  return fields && Number(fields[11]) + Number(fields[12]);
}

/** The postmaster, when the backend runs on this machine. */
function parentOf(pid) {
  if (!read(`/proc/${pid}/comm`)?.startsWith('postgres')) return undefined;
  const parent = Number(statOf(pid)?.[1]);
  return read(`/proc/${parent}/comm`)?.startsWith('postgres') ? parent : undefined;
}

/** Fields of /proc/pid/stat from the third on: what stands before may hold blanks. */
function statOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
