/**
 * DOKU PAYCHAT on the wire: "Send WhatsApp Message" of DOKU's PAYCHAT page, signed by DOKU's general (non-SNAP) rule.
 * Types and pure mapping, both ways; nothing here calls out or asks the time.
 */
import { createHash, createHmac } from 'node:crypto';
import { objectOf, parseObject, textOf } from '../../common/untrusted-json.js';
import { type OutboundTemplate } from '../ports/messaging.js';

/** The path that is called and, without host and query, the Request-Target that is signed. */
export const PAYCHAT_TARGET = '/message-as-a-service/v1/whatsapp/messages';

/** Body of `POST /message-as-a-service/v1/whatsapp/messages`. */
export interface PaychatRequest {
  /** Opaque. The page says 10 characters, its own example `TMP-240223-07652` has 16. */
  templateId: string;
  /** Element 0 fills {{1}}; empty for a template without variables. */
  params: string[];
  /** Digits, at most 20: `6287823678023`; the page's own example has the local form, `087823678023`. */
  destinationPhone: string;
}

/** Headers of the request, as DOKU spells them. */
export interface PaychatHeaders {
  'Client-Id': string;
  'Request-Id': string;
  /** Epoch milliseconds as a string on the PAYCHAT page; `2020-08-11T08:45:42Z` on DOKU's general pages. */
  'Request-Timestamp': string;
  /** `HMACSHA256=` and base64. */
  Signature: string;
  'Content-Type': 'application/json';
}

/** The answer to a message that was taken. */
export interface PaychatSubmitted {
  status: 'submitted';
  /** A UUID. */
  messageId: string;
}

/** The answer to one that was not; only `invalid_signature` is documented, as code and as type. */
export interface PaychatError {
  error: { code: string; message: string; type: string };
}

export const TIMESTAMP_FORMATS = ['epoch_ms', 'iso8601'] as const;
export type TimestampFormat = (typeof TIMESTAMP_FORMATS)[number];

/** What goes into a signature besides the key: header values exactly as they are sent, and the body's exact text. */
export interface SignedParts {
  readonly clientId: string;
  readonly requestId: string;
  readonly timestamp: string;
  readonly target: string;
  readonly body: string;
}

/** What a body says, whatever the HTTP status beside it. */
export type PaychatAnswer =
  | { readonly kind: 'submitted'; readonly messageId: string }
  | { readonly kind: 'error'; readonly code: string | null; readonly message: string | null }
  | { readonly kind: 'unreadable' };

/** The body of a template message, compact; the text that is signed is the text that is sent. */
export function paychatBody(to: string, template: Pick<OutboundTemplate, 'externalId' | 'params'>): string {
  const body: PaychatRequest = {
    templateId: template.externalId,
    params: [...template.params],
    destinationPhone: to.replace(/\D/g, ''),
  };
  return JSON.stringify(body);
}

/** `Request-Timestamp` of a moment. DOKU's ISO form has seconds and `Z`, no milliseconds. */
export function requestTimestamp(now: Date, format: TimestampFormat): string {
  return format === 'iso8601' ? `${now.toISOString().slice(0, 19)}Z` : String(now.getTime());
}

/** base64(SHA-256(body)) over the UTF-8 bytes that go on the wire. */
export function digestOf(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('base64');
}

/**
 * The text that is signed (DOKU, "Signature Component from Request Header"): this order, one LF between the lines and
 * none at the end. One LF too many gives another signature.
 */
export function signatureComponent(parts: SignedParts): string {
  return (
    `Client-Id:${parts.clientId}\n` +
    `Request-Id:${parts.requestId}\n` +
    `Request-Timestamp:${parts.timestamp}\n` +
    `Request-Target:${parts.target}\n` +
    `Digest:${digestOf(parts.body)}`
  );
}

/** The `Signature` header: base64, not the hex that one of DOKU's own packages makes. */
export function sign(parts: SignedParts, secretKey: string): string {
  return `HMACSHA256=${createHmac('sha256', secretKey).update(signatureComponent(parts), 'utf8').digest('base64')}`;
}

/** All headers of a signed call. */
export function paychatHeaders(parts: SignedParts, secretKey: string): PaychatHeaders {
  return {
    'Client-Id': parts.clientId,
    'Request-Id': parts.requestId,
    'Request-Timestamp': parts.timestamp,
    Signature: sign(parts, secretKey),
    'Content-Type': 'application/json',
  };
}

/** Reads a body of an answer; an `error` beside a `messageId` is an error. Never throws. */
export function readPaychatAnswer(body: Buffer): PaychatAnswer {
  const value = parseObject(body);
  if (value?.['error'] != null) return readError(value['error']);
  const messageId = textOf(value?.['messageId']);
  return messageId === null ? { kind: 'unreadable' } : { kind: 'submitted', messageId };
}

function readError(value: unknown): PaychatAnswer {
  const error = objectOf(value);
  if (error === null) return { kind: 'error', code: null, message: textOf(value) };
  // The only documented error has the same value in `code` and `type`, so the one stands in for the other.
  return { kind: 'error', code: textOf(error['code']) ?? textOf(error['type']), message: textOf(error['message']) };
}
