import { randomBytes } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processStart } from './process-start.js';

/**
 * Makes this process the one owner of `dataDir`, by the file `owner` in it, and answers what gives it up again.
 * An owner that no longer lives is replaced. Throws a sentence that names the owner's process when it does live.
 */
export async function takeOwnership(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'owner');
  const mine = `${process.pid}\n${processStart(process.pid) ?? 'unknown'}\n`;
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await acquire(file, mine)) {
      await removeDrafts(dataDir);
      return async () => {
        if ((await readIfThere(file)) === mine) await rm(file, { force: true });
      };
    }
    const owner = livingOwner(await readIfThere(file));
    if (owner !== undefined) {
      throw new Error(
        `Another Kurir (process ${owner}) is using ${dataDir}: stop it first, or give this one a DATA_DIR of its own.`,
      );
    }
    // Others are replacing a stale owner at this moment: one of them will be the owner.
    await delay(10);
  }
  throw new Error(`Several programs are starting on ${dataDir} at once: start one of them.`);
}

/**
 * Puts `mine` into the file if it is not there, or names an owner that is gone. Only the holder of `<file>.next` may replace a
 * stale file: among three that just take it away, the second takes away what the first has put there, and the third
 * finds the place free. That file is taken by these same rules, as its holder may have been killed too.
 */
async function acquire(file: string, mine: string): Promise<boolean> {
  if (await createWhole(file, mine)) return true;
  const seen = await readIfThere(file);
  if (seen === undefined || livingOwner(seen) !== undefined) return false;
  const next = `${file}.next`;
  if (!(await acquire(next, mine))) return false;
  try {
    if ((await readIfThere(file)) !== seen) return false;
    const draft = await writeDraft(file, mine);
    await rename(draft, file);
    return true;
  } finally {
    await rm(next, { force: true });
  }
}

function livingOwner(content: string | undefined): number | undefined {
  const [pid, start] = content?.split('\n') ?? [];
  const living = processStart(Number(pid));
  return living !== undefined && living === start ? Number(pid) : undefined;
}

/**
 * Makes the file if there is none. It appears with its content or not at all: one made with O_EXCL stands empty for a
 * moment, and an empty one is also what a power cut leaves behind, so that it has to count as stale.
 */
async function createWhole(file: string, content: string): Promise<boolean> {
  const draft = await writeDraft(file, content);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    // ENOENT: the new owner has swept our draft away with the abandoned ones.
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(file: string, content: string): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, content, { flag: 'wx', mode: 0o644 });
  return draft;
}

/** What starts left that were killed between writing a draft and using it. */
async function removeDrafts(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (/^owner\.[0-9a-f]{12}$/.test(name)) await rm(join(dataDir, name), { force: true });
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
