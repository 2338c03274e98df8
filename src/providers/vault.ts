import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { type Credentials } from './ports/provider.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Sealed bytes, and the id of the key that sealed them: kept beside, so that keys can be rotated. */
export interface Sealed {
  readonly bytes: Buffer;
  readonly keyId: string;
}

/**
 * Seals provider credentials with AES-256-GCM. The row's id is the associated data: a sealed value copied into another
 * account's row does not open.
 */
export class Vault {
  readonly keyId: string;

  constructor(private readonly key: Buffer) {
    this.keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  }

  seal(accountId: string, credentials: Credentials): Sealed {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(accountId));
    const text = Buffer.concat([cipher.update(JSON.stringify(credentials), 'utf8'), cipher.final()]);
    return { bytes: Buffer.concat([iv, cipher.getAuthTag(), text]), keyId: this.keyId };
  }

  /** Throws when the key is another one or the bytes were changed. */
  open(accountId: string, sealed: Sealed): Credentials {
    if (sealed.keyId !== this.keyId) {
      throw new Error(
        `The credentials of account ${accountId} were sealed with another ENCRYPTION_KEY (${sealed.keyId}).`,
      );
    }
    const { bytes } = sealed;
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(accountId))
      .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString('utf8')) as Credentials;
  }
}
