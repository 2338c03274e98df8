import { createHmac, hash } from 'node:crypto';

/**
 * DOKU's non-SNAP signature from the receiver's side, after DOKU's pages "Signature Component from Request Header" and
 * "… from Response Header". Written apart from the adapter that signs, so that one mistake cannot hide in both.
 */
export interface DokuSigned {
  readonly clientId: string;
  readonly requestId: string;
  /** The header's value as it was written: epoch milliseconds or ISO 8601. */
  readonly timestamp: string;
  /** The path alone: no host, no query. */
  readonly target: string;
  /** `dokuDigest` of the body. */
  readonly digest: string;
}

/** Base64 of the SHA-256 over the exact bytes of the body. */
export function dokuDigest(body: Buffer): string {
  return hash('sha256', body, 'base64');
}

/** What the `Signature` header has to be. An answer names its time `Response-Timestamp`. */
export function dokuSignature(
  signed: DokuSigned,
  secretKey: string,
  timeHeader: 'Request-Timestamp' | 'Response-Timestamp' = 'Request-Timestamp',
): string {
  // LF between the lines and none after the last: one more changes the signature.
  const text =
    `Client-Id:${signed.clientId}\nRequest-Id:${signed.requestId}\n${timeHeader}:${signed.timestamp}\n` +
    `Request-Target:${signed.target}\nDigest:${signed.digest}`;
  return `HMACSHA256=${createHmac('sha256', secretKey).update(text, 'utf8').digest('base64')}`;
}
