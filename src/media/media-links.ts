import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, HOUR, SECOND } from '../common/clock.js';
import { publicId, uuidOf } from '../common/ids.js';
import { CONFIG, type Config } from '../config/config.js';

/** So long a provider may take to fetch what it was sent. */
const GOOD_FOR_MS = 24 * HOUR;
const KEY_BYTES = 32;
const UUID_BYTES = 16;

/** Which file of which project; both UUIDs. */
export interface MediaKey {
  readonly projectId: string;
  readonly id: string;
}

/** Links to files that need no key: whoever has one may fetch that one file for a day. */
@Injectable()
export class MediaLinks {
  private readonly key: Buffer;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl' | 'encryptionKey'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const { encryptionKey } = config;
    if (!encryptionKey) throw new Error('There is no encryption key to sign links with.');
    // Not the key itself: what is signed here must open nothing, and what is sealed elsewhere must sign nothing.
    this.key = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'kurir media links', KEY_BYTES));
  }

  make({ projectId, id }: MediaKey): string {
    const until = Math.floor((this.clock.now().getTime() + GOOD_FOR_MS) / SECOND);
    // The project goes before the seal, so that the file is found by its whole key.
    const project = Buffer.from(projectId.replaceAll('-', ''), 'hex');
    const signature = Buffer.concat([project, this.seal(project, id, until)]).toString('base64url');
    return `${this.config.publicUrl}/media/${publicId('med', id)}?until=${until}&signature=${signature}`;
  }

  /** The file that a link leads to; null when it is not one of ours, was changed, or its time has passed. */
  read(publicMediaId: string, until: unknown, signature: unknown): MediaKey | null {
    const id = uuidOf('med', publicMediaId);
    if (id === null || typeof until !== 'string' || typeof signature !== 'string') return null;
    if (!/^\d{1,12}$/.test(until) || Number(until) * SECOND < this.clock.now().getTime()) return null;
    const bytes = Buffer.from(signature, 'base64url');
    const project = bytes.subarray(0, UUID_BYTES);
    const seal = this.seal(project, id, Number(until));
    if (bytes.length !== UUID_BYTES + seal.length || !timingSafeEqual(bytes.subarray(UUID_BYTES), seal)) return null;
    return { projectId: project.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), id };
  }

  private seal(project: Buffer, id: string, until: number): Buffer {
    return createHmac('sha256', this.key).update(project).update(`${id} ${until}`).digest();
  }
}
