/**
 * What Exotel's callbacks say: reports of delivery and of payment and what customers write, all to whichever of our
 * addresses. Pure.
 */
import { storable } from '../../common/http-text.js';
import { readUuid } from '../../common/ids.js';
import { integerOf, objectOf, objectsOf, parseObject, textOf, type JsonObject } from '../../common/untrusted-json.js';
import { type Observation, type ReportedStatus } from '../ports/callbacks.js';
import { type Failure } from '../ports/outcome.js';
import { faultOfCode, faultOfWord } from './exotel.codes.js';
import { readIncoming } from './exotel.inbound.js';
import { isAboutPayment, readPayment } from './exotel.payments.js';
import { momentOf, phoneOf, sidOf } from './exotel.values.js';

/** What a callback says, element by element. Never throws. */
export function readCallback(body: Buffer): readonly Observation[] {
  const value = parseObject(body);
  // Bare in production, within `params` on the payments page.
  const whatsapp = objectOf(objectOf(value?.['params'])?.['whatsapp']) ?? objectOf(value?.['whatsapp']);
  return objectsOf(whatsapp?.['messages']).flatMap(readElement);
}

function readElement(said: JsonObject): readonly Observation[] {
  switch (textOf(said['callback_type'])?.trim().toLowerCase()) {
    case 'dlr':
      return readStatus(said);
    case 'icm':
    case 'incoming_message':
      return readIncoming(said);
    default:
      // Of another type, or none: what it has in it tells.
      if ('exo_status_code' in said || 'exo_detailed_status' in said) return readStatus(said);
      if ('content' in said && 'from' in said) return readIncoming(said);
      return sidOf(said) === null ? [] : [{ kind: 'unread' }];
  }
}

function readStatus(said: JsonObject): readonly Observation[] {
  const reference = sidOf(said);
  if (reference === null) return [];
  const code = integerOf(said['exo_status_code']);
  const word = textOf(said['exo_detailed_status'])?.trim().toUpperCase() ?? null;
  if (isAboutPayment(code, word)) return [readPayment(said, reference, code, word)];
  const status = statusOf(code, word);
  if (status === null) return [{ kind: 'unread' }];
  return [
    {
      kind: 'status',
      mailbox: null,
      reference,
      // What the request said, and so an attempt's id; another's is of no use here.
      attemptId: readUuid(textOf(said['custom_data']) ?? ''),
      status,
      occurredAt: momentOf(said['timestamp']),
      recipient: phoneOf(said['to']),
      recipientId: null,
      failure: status === 'FAILED' ? failureOf(code, word, said) : null,
    },
  ];
}

const REPORTED_WORDS: readonly (readonly [RegExp, ReportedStatus])[] = [
  // As words of their own: UNDELIVERED has DELIVERED in it.
  [/(^|_)(SEEN|READ)(_|$)/, 'READ'],
  [/(^|_)DELIVERED(_|$)/, 'DELIVERED'],
  [/(^|_)SENT(_|$)/, 'SENT'],
];

const DENIAL = /(^|_)(NOT|FAILED|ERROR)(_|$)/;

const REPORTED_CODES: ReadonlyMap<number, ReportedStatus> = new Map([
  [30001, 'SENT'],
  [30002, 'DELIVERED'],
  [30003, 'READ'],
]);

/** The word first, for one revision of the documents gives the codes other meanings; null where nobody knows either. */
function statusOf(code: number | null, word: string | null): ReportedStatus | null {
  if (word !== null) {
    if (faultOfWord(word)) return 'FAILED';
    const said = DENIAL.test(word) ? undefined : REPORTED_WORDS.find(([pattern]) => pattern.test(word));
    if (said) return said[1];
  }
  const reported = code === null ? undefined : REPORTED_CODES.get(code);
  if (reported) return reported;
  return faultOfCode(code) || word?.startsWith('EX_') ? 'FAILED' : null;
}

function failureOf(code: number | null, word: string | null, said: JsonObject): Failure {
  const fault = (word === null ? undefined : faultOfWord(word)) ?? faultOfCode(code);
  const providerCode = code === null ? word : String(code);
  const words = textOf(said['description']) ?? word;
  return {
    code: fault?.problem ?? 'PROVIDER_REJECTED',
    message: fault?.message ?? 'Exotel reported that the message failed; its own code and words are beside.',
    providerCode: storable(providerCode),
    providerMessage: storable(words),
  };
}
