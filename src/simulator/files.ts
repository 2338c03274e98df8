import { createHash, randomUUID } from 'node:crypto';

/** A file that a provider holds: one that was uploaded, or one that a person sent. */
export interface StoredFile {
  readonly id: string;
  /** Whose it is. */
  readonly account: string;
  readonly bytes: Buffer;
  readonly mimeType: string;
  readonly filename: string | null;
  readonly sha256: string;
  readonly at: Date;
}

/** Where a file can be had by its id, by anybody. */
export const FILES_PATH = '/_simulator/files/';

/** 100 MB, the largest file that any of the providers takes, and a bit for what is around it. */
export const LARGEST_UPLOAD = 101 * 1024 * 1024;

/** So many bytes are kept over all; the oldest files go first. */
const CAPACITY_BYTES = 512 * 1024 * 1024;

/** The files of all providers, in memory. */
export class Files {
  private readonly files = new Map<string, StoredFile>();
  private size = 0;

  add(file: Omit<StoredFile, 'id' | 'sha256'> & { readonly id?: string }): StoredFile {
    const stored: StoredFile = {
      id: randomUUID(),
      ...file,
      sha256: createHash('sha256').update(file.bytes).digest('hex'),
    };
    this.files.set(stored.id, stored);
    this.size += stored.bytes.length;
    for (const [id] of this.files) {
      if (this.size <= CAPACITY_BYTES || id === stored.id) break;
      this.delete(id);
    }
    return stored;
  }

  get(id: string): StoredFile | undefined {
    return this.files.get(id);
  }

  delete(id: string): boolean {
    this.size -= this.files.get(id)?.bytes.length ?? 0;
    return this.files.delete(id);
  }
}
