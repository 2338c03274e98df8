/** What Exotel's callbacks say of a payment: of the order's message, and never how much. Pure. */
import { referenceOf, storable } from '../../common/http-text.js';
import { readUuid } from '../../common/ids.js';
import { textOf, type JsonObject } from '../../common/untrusted-json.js';
import { type PaymentReport, type ReportedPayment, type Unread } from '../ports/callbacks.js';
import { momentOf, phoneOf } from './exotel.values.js';

/** 30050 stands in Exotel's payments page, 30049 in its newer pages alone. */
const REPORTED_CODES: ReadonlyMap<number | null, ReportedPayment> = new Map([
  [30049, 'PROCESSING'],
  [30050, 'PAID'],
]);

/** Whole words: the success of a refund is another thing. */
const REPORTED_WORDS: ReadonlyMap<string | null, ReportedPayment> = new Map([
  ['EX_PAYMENT_PENDING', 'PROCESSING'],
  ['EX_PAYMENT_SUCCESS', 'PAID'],
]);

/** No code of a failure is documented; it can only be known by such a word. UNSUCCESSFUL has SUCCESS in it. */
const DENIAL = /FAIL|ERROR|EXPIRE|CANCEL|DECLINE|REJECT|DENIED|UNSUCCESS|(^|_)NOT(_|$)/;

/** Whether a report, by its code or its word in capitals, is no word about delivery. */
export function isAboutPayment(code: number | null, word: string | null): boolean {
  return REPORTED_CODES.has(code) || (word?.includes('PAYMENT') ?? false);
}

/** The payment of the order whose message is `reference`. */
export function readPayment(
  said: JsonObject,
  reference: string,
  code: number | null,
  word: string | null,
): PaymentReport | Unread {
  const status = statusOf(code, word);
  if (status === null) return { kind: 'unread' };
  const providerCode = code === null ? word : String(code);
  return {
    kind: 'payment',
    mailbox: null,
    of: 'message',
    reference,
    // Cut rather than dropped: one that is too long is of another order, none at all is of this one.
    orderReference: storable(textOf(said['payment_reference_id']), LONGEST_REFERENCE),
    attemptId: readUuid(textOf(said['custom_data']) ?? ''),
    recipient: phoneOf(said['to']),
    status,
    amount: 'unsaid',
    transactionId: referenceOf(textOf(said['payment_transaction_id'])),
    transactionUnnamed: false,
    paidWith: null,
    occurredAt: momentOf(said['timestamp']),
    failure:
      status === 'FAILED'
        ? {
            code: 'PROVIDER_REJECTED',
            message: 'Exotel reported that the payment failed; its own code and words are beside.',
            providerCode: storable(providerCode),
            providerMessage: storable(textOf(said['description']) ?? word),
          }
        : null,
    proven: null,
  };
}

const LONGEST_REFERENCE = 255;

/** A denial first, whatever the code: nothing is paid that is said to have failed. Null where nobody knows either. */
function statusOf(code: number | null, word: string | null): ReportedPayment | null {
  if (word !== null && DENIAL.test(word)) return 'FAILED';
  return REPORTED_WORDS.get(word) ?? REPORTED_CODES.get(code) ?? null;
}
