import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
import { processStart } from './embedded/process-start.js';
import { typescriptChild } from '../../test/support/typescript-child.js';

describe('startEmbeddedPostgres', () => {
  const running = new Set<EmbeddedPostgres>();
  const dataDirs: string[] = [];
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await makeDataDir(0o755);
  });

  afterEach(async () => {
    for (const database of running) await database.stop();
    running.clear();
    for (const path of dataDirs.splice(0)) {
      await rm(await folderOf(path), { recursive: true, force: true });
      await rm(path, { recursive: true, force: true });
    }
  });

  it('keeps what was committed over a stop and a start', async () => {
    const first = await start(dataDir);
    await query(first.url, 'create table notes (text text)');
    await query(first.url, "insert into notes values ('kept')");
    await first.stop();
    const second = await start(dataDir);
    expect(await query(second.url, 'select text from notes')).toEqual([{ text: 'kept' }]);
  });

  it('speaks UTF8, syncs what it commits and does not make the application a superuser', async () => {
    const { url } = await start(dataDir);
    const [row] = await query(
      url,
      `select current_setting('server_encoding') as encoding, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('listen_addresses') as address, current_setting('is_superuser') as superuser, current_database() as base`,
    );
    expect(row).toEqual({
      ...{ encoding: 'UTF8', fsync: 'on', commit: 'on', address: '127.0.0.1', superuser: 'off', base: 'kurir' },
    });
  });

  it('lets nobody in without the password', async () => {
    const { url } = await start(dataDir);
    const address = new URL(url);
    address.password = 'guessed';
    await expect(query(address.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('refuses a second owner with a sentence and leaves the first one’s server alone', async () => {
    const { url } = await start(dataDir);
    await expect(start(dataDir)).rejects.toThrow(/^Another Kurir \(process \d+\) is using .*DATA_DIR of its own\.$/);
    expect(await query(url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
  });

  it('goes on with the server of an owner that was killed, and stops it in the end', async () => {
    const url = await startAndKillOwner(dataDir);
    const pid = await postmasterOf(dataDir);
    const lines: string[] = [];
    const adopted = await start(dataDir, lines);
    expect(adopted.url).toBe(url);
    expect(lines.join()).toContain('still running');
    expect(await query(adopted.url, 'select text from notes')).toEqual([{ text: 'committed' }]);
    await adopted.stop();
    expect(processStart(pid)).toBeUndefined();
  });

  it('recovers what was committed when owner and server were killed together', async () => {
    await startAndKillOwner(dataDir);
    process.kill(await postmasterOf(dataDir), 'SIGKILL');
    const { url } = await start(dataDir);
    expect(await query(url, 'select text from notes')).toEqual([{ text: 'committed' }]);
  });

  it('does not touch a living process that a stale postmaster.pid names', async () => {
    await (await start(dataDir)).stop();
    const other = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(other, 'spawn');
    const data = join(await folderOf(dataDir), 'data');
    await writeFile(
      join(data, 'postmaster.pid'),
      `${other.pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n1 1\nready   \n`,
    );
    const { url } = await start(dataDir);
    expect(await query(url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
    expect(processStart(other.pid!)).toBeDefined();
    other.stdin.end();
    expect(await once(other, 'exit')).toEqual([0, null]);
  });

  it('runs twice side by side, in a folder that only we can enter too', async () => {
    const closedDir = await makeDataDir(0o700);
    const [open, closed] = await Promise.all([start(dataDir), start(closedDir)]);
    await query(open.url, 'create table only_here (n int)');
    expect(new URL(open.url).port).not.toBe(new URL(closed.url).port);
    expect(await query(closed.url, "select to_regclass('only_here') as found")).toEqual([{ found: null }]);
  });

  it('writes no value of a failed statement into its log', async () => {
    const { url } = await start(dataDir);
    await query(url, 'create table people (phone text primary key)');
    await query(url, "insert into people values ('+6287823678023')");
    await expect(query(url, "insert into people values ('+6287823678023')")).rejects.toMatchObject({ code: '23505' });
    await expect(query(url, "select '+6287823678023'::uuid")).rejects.toMatchObject({ code: '22P02' });
    const log = await readFile(join(await folderOf(dataDir), 'postgres.log'), 'utf8');
    expect(log).toContain('ready to accept connections');
    expect(log).not.toContain('87823678023');
  });

  it('gives up the data directory and shows the log’s end when the server does not start', async () => {
    await (await start(dataDir)).stop();
    const settings = join(await folderOf(dataDir), 'data', 'postgresql.conf');
    const sound = await readFile(settings);
    await writeFile(settings, 'no_such_setting = 1\n');
    await expect(start(dataDir)).rejects.toThrow(/did not start.*no_such_setting/);
    await writeFile(settings, sound);
    await expect(start(dataDir)).resolves.toBeDefined();
  });

  it('says so when the cluster is another major version’s', async () => {
    await (await start(dataDir)).stop();
    await writeFile(join(await folderOf(dataDir), 'data', 'PG_VERSION'), '15\n');
    await expect(start(dataDir)).rejects.toThrow('was made by PostgreSQL 15 and this Kurir brings');
  });

  it('says so when the data directory is a file', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    await expect(start(file)).rejects.toThrow(`DATA_DIR is ${file}, and that is not a folder.`);
  });

  it('names DATABASE_URL where there are no programs for the machine', async () => {
    const arch = Object.getOwnPropertyDescriptor(process, 'arch')!;
    Object.defineProperty(process, 'arch', { ...arch, value: 'riscv64' });
    try {
      await expect(start(dataDir)).rejects.toThrow(/^There is no embedded PostgreSQL for .* riscv64: set DATABASE_URL/);
    } finally {
      Object.defineProperty(process, 'arch', arch);
    }
  });

  async function start(path: string, lines: string[] = []): Promise<EmbeddedPostgres> {
    const database = await startEmbeddedPostgres({ dataDir: path, log: (line) => lines.push(line) });
    running.add(database);
    return database;
  }

  async function makeDataDir(mode: number): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'kurir-database-'));
    await chmod(path, mode);
    dataDirs.push(path);
    return path;
  }
});

/** Another process starts the server, commits a row and is killed. Answers the URL it had. */
async function startAndKillOwner(dataDir: string): Promise<string> {
  const owner = spawn(
    process.execPath,
    typescriptChild(
      `import { Client } from ${JSON.stringify(import.meta.resolve('pg'))};
       import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./embedded-postgres.ts', import.meta.url).href)};
       const { url } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: () => {} });
       const client = new Client(url);
       await client.connect();
       await client.query("create table notes as select 'committed' as text");
       console.log(url);
       setInterval(() => {}, 1000);`,
    ),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [url] = (await once(owner.stdout, 'data')) as [Buffer];
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  return url.toString().trim();
}

async function query(url: string, sql: string): Promise<QueryResultRow[]> {
  const client = new Client(url);
  client.on('error', () => {});
  await client.connect();
  return client
    .query<QueryResultRow>(sql)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

/** Where a data directory's server is kept: as root it may lie elsewhere. */
async function folderOf(dataDir: string): Promise<string> {
  const note = join(dataDir, 'postgres-is-at');
  return existsSync(note) ? (await readFile(note, 'utf8')).trim() : join(dataDir, 'postgres');
}

async function postmasterOf(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(await folderOf(dataDir), 'data', 'postmaster.pid'), 'utf8'), 10);
}
