import { hash, randomBytes } from 'node:crypto';

/** 256 bits cannot be guessed, so a plain SHA-256 of them is as good as a slow hash, and costs a request nothing. */
const SECRET_BYTES = 32;
const SHOWN_CHARACTERS = 10;

export const newSecret = (): string => `kurir_${randomBytes(SECRET_BYTES).toString('base64url')}`;

export const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/** What of a secret may be shown again, to tell keys apart. */
export const prefixOf = (secret: string): string => secret.slice(0, SHOWN_CHARACTERS);
