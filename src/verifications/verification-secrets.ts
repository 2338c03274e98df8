import { createHmac, hkdfSync, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';

const KEY_BYTES = 32;
const CODE_DIGITS = 6;
/** A person's messenger takes `_`, `*` and `~` for formatting: letters and digits alone come through as they are. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SELECTOR_LENGTH = 8;
const SECRET_LENGTH = 22;
/** Of a code that a person sends us: 8 letters and digits to find it by, 22 (131 bits) that prove it. */
export const INBOUND_CODE_LENGTH = SELECTOR_LENGTH + SECRET_LENGTH;

/** A code that a person sends us, in its two parts. */
export interface InboundCode {
  readonly selector: string;
  readonly secret: string;
}

/**
 * Makes codes, and knows them again by a keyed hash: six digits would be found in a stolen table by trying them all, were
 * there no key.
 */
@Injectable()
export class VerificationSecrets {
  private readonly key: Buffer;

  constructor(@Inject(CONFIG) { encryptionKey }: Pick<Config, 'encryptionKey'>) {
    if (!encryptionKey) throw new Error('There is no encryption key to hash codes with.');
    this.key = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'kurir verification codes', KEY_BYTES));
  }

  newCode(): string {
    return String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
  }

  newInboundCode(): InboundCode {
    const letters = Array.from({ length: INBOUND_CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
    return splitInboundCode(letters);
  }

  hash(verificationId: string, secret: string): Buffer {
    return createHmac('sha256', this.key).update(`${verificationId} ${secret}`).digest();
  }

  /** Whether a secret is the one of a hash, in constant time. */
  isRight(verificationId: string, secret: string, secretHash: Buffer | null): boolean {
    // Compared with something in any case, so that a step without a code takes as long as one with it.
    const expected = secretHash ?? randomBytes(KEY_BYTES);
    return timingSafeEqual(this.hash(verificationId, secret), expected) && secretHash !== null;
  }
}

export const splitInboundCode = (letters: string): InboundCode => ({
  selector: letters.slice(0, SELECTOR_LENGTH),
  secret: letters.slice(SELECTOR_LENGTH),
});
