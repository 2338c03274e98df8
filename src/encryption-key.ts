import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const KEY_BYTES = 32;

/**
 * The key that seals provider credentials, for a gateway that was given none: kept in DATA_DIR, readable by its owner
 * alone, made at the first start.
 */
export async function encryptionKeyIn(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, 'encryption.key');
  let text = await read(path);
  if (text === null) {
    await mkdir(dataDir, { recursive: true });
    await make(path);
    text = await read(path);
  }
  const key = Buffer.from((text ?? '').trim(), 'base64');
  if (key.length === KEY_BYTES) return key;
  throw new Error(
    `${path} does not hold 32 bytes in base64. Put back what it held: without it no credentials can be opened.`,
  );
}

async function read(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

/** Whole or not at all, and by one process only: it is written beside, and then linked to where nothing may be yet. */
async function make(path: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
}
