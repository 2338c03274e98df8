import { createHmac, hash, sign } from 'node:crypto';

/**
 * DOKU's signatures from the other side: non-SNAP after its pages "Signature Component from Request Header" and "… from
 * Response Header", SNAP after "Symmetric Signature" and "Asymmetric Signature". Written apart from the adapter that signs
 * and verifies, so that one mistake cannot hide in both.
 */
export interface DokuSigned {
  readonly clientId: string;
  readonly requestId: string;
  /** The header's value as it was written: epoch milliseconds or ISO 8601. */
  readonly timestamp: string;
  /** The path alone: no host, no query. */
  readonly target: string;
  /** `dokuDigest` of the body; undefined for a GET, which signs no line of it. */
  readonly digest: string | undefined;
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
    `Request-Target:${signed.target}${signed.digest === undefined ? '' : `\nDigest:${signed.digest}`}`;
  return `HMACSHA256=${createHmac('sha256', secretKey).update(text, 'utf8').digest('base64')}`;
}

/** What a SNAP notification signs. */
export interface SnapSigned {
  readonly path: string;
  /** Without the word `Bearer`. Empty in the variant that is seen in DOKU's sandbox. */
  readonly token: string;
  /** Compact JSON, which is what the rule calls minified. */
  readonly body: string;
  /** `X-TIMESTAMP` as it was written. */
  readonly timestamp: string;
}

/** The `X-SIGNATURE` of a SNAP notification. Hex is what the sample of DOKU's page looks like, base64 what its SDK makes. */
export function snapSignature(signed: SnapSigned, secretKey: string, encoding: 'base64' | 'hex' = 'base64'): string {
  const bodyHash = hash('sha256', signed.body, 'hex');
  const text = `POST:${signed.path}:${signed.token}:${bodyHash}:${signed.timestamp}`;
  return createHmac('sha512', secretKey).update(text, 'utf8').digest(encoding);
}

/** The `X-SIGNATURE` with which DOKU asks for an access token: RSA with its own private key (PEM), in base64. */
export function snapTokenSignature(clientKey: string, timestamp: string, privateKey: string): string {
  return sign('RSA-SHA256', Buffer.from(`${clientKey}|${timestamp}`), privateKey).toString('base64');
}
