import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';

export const WATCH_TOKEN_PREFIX = 'kurir_watch_';
const KEY_BYTES = 32;
const UUID_BYTES = 16;
const SEAL_BYTES = 32;
const TOKEN_BYTES = 2 * UUID_BYTES + SEAL_BYTES;

/** Which verification of which project; both UUIDs. */
export interface Watched {
  readonly projectId: string;
  readonly id: string;
}

/**
 * Keys for the browser of the person who proves a number: each lets one verification be seen. They hold what they are for
 * under a seal of ours, so that none is kept; how long one is good is looked up with its verification (Watchers).
 */
@Injectable()
export class WatchTokens {
  private readonly key: Buffer;

  constructor(@Inject(CONFIG) { encryptionKey }: Pick<Config, 'encryptionKey'>) {
    if (!encryptionKey) throw new Error('There is no encryption key to sign watch tokens with.');
    // Not the key itself: what is signed here must open nothing, and what is sealed elsewhere must sign nothing.
    this.key = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'kurir watch tokens', KEY_BYTES));
  }

  make({ projectId, id }: Watched): string {
    const watched = Buffer.concat([bytesOf(projectId), bytesOf(id)]);
    return WATCH_TOKEN_PREFIX + Buffer.concat([watched, this.seal(watched)]).toString('base64url');
  }

  /** What a token of ours lets be seen; null for any other text. */
  read(token: string): Watched | null {
    if (!token.startsWith(WATCH_TOKEN_PREFIX)) return null;
    const written = token.slice(WATCH_TOKEN_PREFIX.length);
    const bytes = Buffer.from(written, 'base64url');
    // Node reads past what is not base64url, and drops spare bits: one token is written in one way.
    if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== written) return null;
    const watched = bytes.subarray(0, 2 * UUID_BYTES);
    if (!timingSafeEqual(bytes.subarray(2 * UUID_BYTES), this.seal(watched))) return null;
    return { projectId: uuidIn(watched.subarray(0, UUID_BYTES)), id: uuidIn(watched.subarray(UUID_BYTES)) };
  }

  private seal(watched: Buffer): Buffer {
    return createHmac('sha256', this.key).update(watched).digest();
  }
}

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

const uuidIn = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
