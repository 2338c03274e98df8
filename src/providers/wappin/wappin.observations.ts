/** What Wappin tells of messages after its answer: in callbacks, and when it is asked. Pure. */
import { referenceOf } from '../../common/http-text.js';
import { e164FromDigits } from '../../common/phone.js';
import { unstorableAt } from '../../common/text.js';
import {
  arrayOf,
  boundedCopy,
  objectOf,
  parseObject,
  secondsOf,
  textOf,
  wordsOf,
  type JsonObject,
} from '../../common/untrusted-json.js';
import { type InboundContent, type Observation, type ReportedStatus, type StatusReport } from '../ports/callbacks.js';
import { type Failure } from '../ports/outcome.js';
import { jakartaTime } from './wappin.wire.js';

/** In the order in which a message goes through them. */
const REPORTED: ReadonlyMap<string, ReportedStatus> = new Map([
  ['sent', 'SENT'],
  ['delivered', 'DELIVERED'],
  ['read', 'READ'],
  ['failed', 'FAILED'],
]);

/** A `failed` gives no reason. */
const REPORTED_FAILURE: Failure = {
  code: 'PROVIDER_REJECTED',
  message: 'Wappin reported that the message failed, and gives no reason; look for it in the Wappin dashboard.',
  providerCode: null,
  providerMessage: null,
};

/** What a callback says; nothing where it cannot be read. Never throws. */
export function readCallback(body: Buffer): readonly Observation[] {
  const value = parseObject(body);
  // One line of the document has "message id", with a blank for the underscore.
  const reference = value && referenceOf(said(value['message_id']) ?? said(value['message id']));
  if (!value || !reference) return [];
  // The samples write "status_messages", the table beside them "status_message".
  const word = said(value['status_messages']) ?? said(value['status_message']);
  const type = said(value['callback_type'])?.toLowerCase() ?? typeBy(word, value);
  if (type === 'message') return readInbound(value, reference);
  const status = type === 'status' && word !== null ? REPORTED.get(word.toLowerCase()) : undefined;
  if (!status) return [{ kind: 'unread' }];
  return [statusReport(reference, status, secondsOf(value['timestamp']), e164(said(value['sender_number'])))];
}

/** The table asks for no callback_type: then what is said tells what it is about. */
function typeBy(word: string | null, value: JsonObject): 'status' | 'message' | null {
  if (word !== null) return 'status';
  return said(value['message_content']) === null ? null : 'message';
}

function readInbound(value: JsonObject, reference: string): readonly Observation[] {
  const from = e164(said(value['sender_number']));
  // A person who cannot be told from another cannot have written anything.
  if (from === null) return [{ kind: 'unread' }];
  return [
    {
      kind: 'inbound',
      mailbox: null,
      reference,
      occurredAt: secondsOf(value['timestamp']),
      from,
      recipientId: null,
      fromName: null,
      inReplyTo: null,
      content: inboundContent(value),
    },
  ];
}

/** Only text is documented; what Wappin posts for a picture is not, so whatever it is is kept as it came. */
function inboundContent(value: JsonObject): InboundContent {
  const written = value['message_content'];
  const text = said(written) === null ? null : wordsOf(textOf(written));
  return text === null ? { kind: 'unknown', raw: rawOf(value) } : { kind: 'text', text };
}

/** All of it or nothing: mended, it would be another. */
function rawOf(value: JsonObject): Record<string, unknown> {
  return (unstorableAt(value) === null ? boundedCopy(value) : null) ?? {};
}

/**
 * The data of an inquiry as reports, the least advanced first and each status once. What its elements are called was
 * lost from the document (version 1.7, chapter on the API Inquiry), so every name that Wappin uses elsewhere is looked at.
 */
export function readInquiry(reference: string, data: unknown): readonly StatusReport[] {
  const found = new Map<ReportedStatus, Date | null>();
  for (const element of Array.isArray(data) ? arrayOf(data) : [data]) {
    const status = statusOf(element);
    if (status && found.get(status) == null) found.set(status, momentOf(element));
  }
  return [...REPORTED.values()]
    .filter((status) => found.has(status))
    .map((status) => statusReport(reference, status, found.get(status) ?? null, null));
}

function statusOf(element: unknown): ReportedStatus | undefined {
  const named = objectOf(element);
  const words = named ? [named['status'], named['status_messages'], named['status_message']] : [element];
  return words.map((word) => REPORTED.get(said(word)?.toLowerCase() ?? '')).find((status) => status !== undefined);
}

function momentOf(element: unknown): Date | null {
  const named = objectOf(element);
  const times = [named?.['timestamp'], named?.['created_at'], named?.['date']];
  return times.map((time) => secondsOf(time) ?? zoned(said(time))).find((at) => at !== null) ?? null;
}

/** A date in letters; one without a zone is Jakarta's, as that of a token is. */
function zoned(written: string | null): Date | null {
  const withZone = written !== null && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(written);
  const at = withZone ? new Date(written) : jakartaTime(written);
  return at === null || Number.isNaN(at.getTime()) ? null : at;
}

function statusReport(
  reference: string,
  status: ReportedStatus,
  occurredAt: Date | null,
  recipient: string | null,
): StatusReport {
  return {
    kind: 'status',
    mailbox: null,
    reference,
    attemptId: null,
    status,
    occurredAt,
    recipient,
    recipientId: null,
    failure: status === 'FAILED' ? REPORTED_FAILURE : null,
  };
}

/** `628989229471`, `+628989229471` and the local `08989229471` of an Indonesian number as E.164. */
function e164(written: string | null): string | null {
  return written === null ? null : e164FromDigits(written.replace(/^\+?0(?=8)/, '62'));
}

/** A value as Wappin writes it; `-` stands for none. */
function said(value: unknown): string | null {
  const written = textOf(value)?.trim() ?? '';
  return written === '' || written === '-' ? null : written;
}
