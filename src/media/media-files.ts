import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, DAY } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { CONFIG, type Config } from '../config/config.js';

/** A file that is written whole and belongs to nobody yet. */
export interface Draft {
  readonly path: string;
  readonly size: number;
  /** In hex. */
  readonly sha256: string;
}

/** A draft that is so old was left behind by a process that died. */
const ABANDONED_AFTER_MS = DAY;

/** The bytes of media on disc: DATA_DIR/media/<project>/<id>, for its owner's eyes alone. */
@Injectable()
export class MediaFiles {
  private readonly folder: string;
  private readonly drafts: string;

  constructor(
    @Inject(CONFIG) config: Pick<Config, 'dataDir'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.folder = join(config.dataDir, 'media');
    this.drafts = join(this.folder, 'drafts');
  }

  /** Writes what comes, chunk by chunk, and makes sure that it is on disc. Throws what the source or the disc throws. */
  async draft(source: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Draft> {
    await mkdir(this.drafts, { recursive: true, mode: 0o700 });
    const path = join(this.drafts, newId());
    const sha256 = createHash('sha256');
    let size = 0;
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of source) {
        sha256.update(chunk);
        size += chunk.length;
        await file.writeFile(chunk);
      }
      await file.sync();
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return { path, size, sha256: sha256.digest('hex') };
  }

  /** From now on the draft is the file of that id, after a power cut too. */
  async adopt(draft: Draft, projectId: string, id: string): Promise<void> {
    const path = this.pathOf(projectId, id);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rename(draft.path, path);
    const folder = await open(dirname(path));
    await folder.sync().finally(() => folder.close());
  }

  /** Forgets a draft; nothing happens to one that was adopted. */
  async discard(draft: Draft): Promise<void> {
    await rm(draft.path, { force: true });
  }

  /** Throws ENOENT where it is not on this disc. */
  open(projectId: string, id: string): Promise<FileHandle> {
    return open(this.pathOf(projectId, id));
  }

  read(projectId: string, id: string): Promise<Buffer> {
    return readFile(this.pathOf(projectId, id));
  }

  /** Removes what processes that died had not finished. Those of living ones, which may share the folder, are younger. */
  async sweep(): Promise<void> {
    const oldest = this.clock.now().getTime() - ABANDONED_AFTER_MS;
    for (const name of await readdir(this.drafts).catch(() => [])) {
      const path = join(this.drafts, name);
      const found = await stat(path).catch(() => null);
      if (found && found.mtimeMs < oldest) await rm(path, { force: true });
    }
  }

  private pathOf(projectId: string, id: string): string {
    return join(this.folder, projectId, id);
  }
}
