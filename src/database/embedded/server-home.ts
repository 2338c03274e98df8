import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A user of the machine that the server runs as when we are root, which PostgreSQL refuses to be. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Where one data directory's server lives, and as whom it runs. */
export interface ServerHome {
  /** Absolute. Holds `data` (the cluster), `password` and `postgres.log`; written by us alone, but for `data`. */
  readonly folder: string;
  /** Undefined: as ourselves. */
  readonly account: ServerAccount | undefined;
}

/** What root keeps for servers whose data directory their account cannot reach: nobody else may write here. */
export const SHARED_FOLDER = '/var/lib/kurir';

/** The path in this file of the data directory says that its database is kept elsewhere. */
const NOTE = 'postgres-is-at';

/**
 * Decides where the server of `dataDir` (absolute, links resolved) lives, and makes that folder. It is `postgres` inside, unless we
 * are root and the server's account cannot pass through to it (a checkout below a home of mode 0700).
 * Throws a sentence when there is no such place or account.
 */
export async function findServerHome(dataDir: string): Promise<ServerHome> {
  const inside = join(dataDir, 'postgres');
  const note = await readFile(join(dataDir, NOTE), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  if (process.getuid?.() !== 0) {
    if (note !== undefined) {
      throw new Error(
        `The database of ${dataDir} is kept in ${note} because Kurir was started as root: start it as root again, or set another DATA_DIR.`,
      );
    }
    await mkdir(inside, { recursive: true, mode: 0o700 });
    return { folder: inside, account: undefined };
  }
  const earlier = earlierAccount(inside);
  if (earlier !== undefined) {
    if (canEnter(inside, earlier)) return { folder: inside, account: earlier };
    throw new Error(
      `The database in ${inside} runs as the user ${earlier.name}, who cannot enter that folder any more: give the folders above it mode 0755.`,
    );
  }
  const account = findAccount();
  if (note === undefined && canEnter(dataDir, account)) {
    await makeFolder(inside);
    return { folder: inside, account };
  }
  const apart = await apartFrom(dataDir, note);
  return { folder: apart, account: earlierAccount(apart) ?? account };
}

/** Whoever made a cluster has to run it: PostgreSQL insists on owning its data. Undefined where there is nothing yet. */
function earlierAccount(folder: string): ServerAccount | undefined {
  const path = isCluster(folder) ? join(folder, 'data') : folder;
  if (!existsSync(path)) return undefined;
  const account = ownerOf(path);
  return account.uid === 0 ? undefined : account;
}

/** The folder below SHARED_FOLDER that is this data directory's alone: its name is made from the directory's path. */
async function apartFrom(dataDir: string, note: string | undefined): Promise<string> {
  const apart = join(SHARED_FOLDER, `data-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
  if (note !== undefined && note !== apart && !isCluster(apart)) {
    // Going on with an empty database would look like losing everything, and going on with the noted one would
    // bring the copy of a checkout and its original together.
    throw new Error(
      `${dataDir} was moved or copied; its database is still in ${note}: move that folder to ${apart} to go on with it, or delete ${join(dataDir, NOTE)} to start with an empty one.`,
    );
  }
  try {
    await makeFolder(SHARED_FOLDER);
    await makeFolder(apart);
  } catch (error) {
    throw new Error(
      `The database's account cannot enter ${dataDir}, and ${SHARED_FOLDER} cannot be used instead (${(error as Error).message}): set DATA_DIR to a folder that every user can enter, or DATABASE_URL.`,
      { cause: error },
    );
  }
  await writeFile(join(apart, 'origin'), `${dataDir}\n`);
  await writeFile(join(dataDir, NOTE), `${apart}\n`);
  return apart;
}

/** Makes a folder that everybody can enter and only we can write to; throws when it is there and not so. */
export async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o755 });
  // mkdir's mode is cut by the umask, and a 0700 here would lock the server out.
  if (made !== undefined) await chmod(folder, 0o755);
  const found = await lstat(folder);
  if (!found.isDirectory()) throw new Error(`${folder} is not a folder`);
  // Windows has neither owners nor modes that Node could show.
  if (process.platform === 'win32') return;
  if (found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Error(`${folder} belongs to another user or can be written to by others`);
  }
}

function isCluster(folder: string): boolean {
  return existsSync(join(folder, 'data', 'PG_VERSION'));
}

/** Whether the account may pass through every folder down to this one, by their modes. */
export function canEnter(folder: string, account: ServerAccount): boolean {
  const { mode, uid, gid } = statSync(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  return dirname(folder) === folder || canEnter(dirname(folder), account);
}

function findAccount(): ServerAccount {
  const accounts = readAccounts();
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const found = accounts.find((account) => account.name === name && account.uid !== 0);
    if (found) return found;
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody: start Kurir as an ordinary user, or set DATABASE_URL.',
  );
}

function ownerOf(path: string): ServerAccount {
  const { uid, gid } = statSync(path);
  return { name: readAccounts().find((account) => account.uid === uid)?.name ?? String(uid), uid, gid };
}

function readAccounts(): ServerAccount[] {
  let text = '';
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    // A machine without the file has no accounts to choose from; the caller says so.
  }
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    // macOS writes nobody's id as -2.
    return name && uid && gid ? [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }] : [];
  });
}
