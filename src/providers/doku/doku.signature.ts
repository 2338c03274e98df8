/**
 * DOKU's signature of everything that is not SNAP: PAYCHAT, Checkout, Check Status, and the notices that DOKU posts
 * ("Signature Component from Request Header", "Signature from API Get Method"). Pure.
 */
import { createHmac, hash } from 'node:crypto';

/** Headers of a signed request, as DOKU spells them. */
export interface DokuHeaders {
  'Client-Id': string;
  /** At most 128 characters. The same one with the same body is the same request. */
  'Request-Id': string;
  /** `2020-08-11T08:45:42Z`; on the PAYCHAT page epoch milliseconds. */
  'Request-Timestamp': string;
  /** `HMACSHA256=` and base64. */
  Signature: string;
}

export const TIMESTAMP_FORMATS = ['epoch_ms', 'iso8601'] as const;
export type TimestampFormat = (typeof TIMESTAMP_FORMATS)[number];

/** What goes into a signature besides the key: header values exactly as they are sent, and the body's exact bytes. */
export interface SignedParts {
  readonly clientId: string;
  readonly requestId: string;
  readonly timestamp: string;
  /** The path alone: no host, no query. */
  readonly target: string;
  /** Null of a GET, whose text has no Digest. */
  readonly body: string | Buffer | null;
}

/** `Request-Timestamp` of a moment. DOKU's ISO form has seconds and `Z`, no milliseconds. */
export function requestTimestamp(now: Date, format: TimestampFormat): string {
  return format === 'iso8601' ? `${now.toISOString().slice(0, 19)}Z` : String(now.getTime());
}

/** base64(SHA-256(body)) over the bytes that go on the wire. */
export function digestOf(body: string | Buffer): string {
  return hash('sha256', body, 'base64');
}

/** The text that is signed: this order, one LF between the lines and none at the end. One LF too many gives another signature. */
export function signatureComponent(parts: SignedParts): string {
  const lines = [
    `Client-Id:${parts.clientId}`,
    `Request-Id:${parts.requestId}`,
    `Request-Timestamp:${parts.timestamp}`,
    `Request-Target:${parts.target}`,
    ...(parts.body === null ? [] : [`Digest:${digestOf(parts.body)}`]),
  ];
  return lines.join('\n');
}

/** The `Signature` header: base64, not the hex that one of DOKU's own packages makes. */
export function sign(parts: SignedParts, secretKey: string): string {
  return `HMACSHA256=${createHmac('sha256', secretKey).update(signatureComponent(parts), 'utf8').digest('base64')}`;
}

/** All headers of a signed request but the type of its body. */
export function signedHeaders(parts: SignedParts, secretKey: string): DokuHeaders {
  return {
    'Client-Id': parts.clientId,
    'Request-Id': parts.requestId,
    'Request-Timestamp': parts.timestamp,
    Signature: sign(parts, secretKey),
  };
}
