import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Sealed bytes, and the id of the key that sealed them: kept beside, so that keys can be rotated. */
export interface Sealed {
  readonly bytes: Buffer;
  readonly keyId: string;
}

/**
 * Seals secrets that must be read again, providers' credentials and webhooks' secrets, with AES-256-GCM. The row's id is the
 * associated data: a sealed value copied into another row does not open.
 */
export class Vault {
  readonly keyId: string;

  constructor(private readonly key: Buffer) {
    this.keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  }

  seal(rowId: string, secrets: Readonly<Record<string, unknown>>): Sealed {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(rowId));
    const text = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()]);
    return { bytes: Buffer.concat([iv, cipher.getAuthTag(), text]), keyId: this.keyId };
  }

  /** Throws when the key is another one or the bytes were changed. */
  open<Secrets>(rowId: string, sealed: Sealed): Secrets {
    if (sealed.keyId !== this.keyId) {
      throw new Error(`The secrets of ${rowId} were sealed with another ENCRYPTION_KEY (${sealed.keyId}).`);
    }
    const { bytes } = sealed;
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(rowId))
      .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString('utf8')) as Secrets;
  }
}
