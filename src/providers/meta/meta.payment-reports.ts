/**
 * What Meta says of a payment, in its webhooks and when it is asked ("Receive payments via payment gateways", updated
 * 21 May 2026). Pure. UPI without a gateway has no such word: its own bank or gateway tells the merchant.
 */
import { MOST_MINOR_UNITS, type Digits } from '../../common/money.js';
import { referenceOf, storable } from '../../common/http-text.js';
import { nameOf, objectOf, objectsOf, secondsOf, textOf, type JsonObject } from '../../common/untrusted-json.js';
import { type PaymentReport, type ReportedAmount, type ReportedPayment, type Unread } from '../ports/callbacks.js';
import { type Failure } from '../ports/outcome.js';
import { failure } from './meta.outcome.js';

/** The words of the page, and those that Meta's older sample code has beside. */
const REPORTED: ReadonlyMap<string, ReportedPayment> = new Map([
  ['pending', 'PENDING'],
  ['captured', 'PAID'],
  ['success', 'PAID'],
  ['failed', 'FAILED'],
  ['canceled', 'FAILED'],
]);

/**
 * The element of `statuses` whose type is `payment`: it is sent when a person has tried to pay. Null without the id of the
 * message that it is about.
 */
export function paymentReport(value: JsonObject, mailbox: string | null): PaymentReport | Unread | null {
  const reference = referenceOf(textOf(value['id']));
  const word = textOf(value['status']);
  if (reference === null || word === null) return null;
  const said = REPORTED.get(word.toLowerCase());
  if (!said) return { kind: 'unread' };
  const payment = objectOf(value['payment']) ?? {};
  const tried = objectOf(payment['transaction']);
  const status = said === 'PENDING' ? triedStatus(tried, 'PROCESSING') : said;
  return {
    ...reportOf(status, payment, transactionOf(status, tried)),
    mailbox,
    of: 'message',
    reference,
    // Cut rather than dropped: one that is too long is of another order, none at all is of this one.
    orderReference: storable(textOf(payment['reference_id']), LONGEST_REFERENCE),
    occurredAt: secondsOf(value['timestamp']),
  };
}

const LONGEST_REFERENCE = 255;

/** What an answer says of the payments of this reference; null where it is no such answer. */
export function answeredPayments(said: JsonObject, referenceId: string): readonly PaymentReport[] | null {
  if (!Array.isArray(said['payments'])) return null;
  return objectsOf(said['payments'])
    .filter((payment) => textOf(payment['reference_id']) === referenceId)
    .flatMap((payment) => answeredPayment(payment, referenceId) ?? []);
}

function answeredPayment(payment: JsonObject, reference: string): PaymentReport | null {
  const said = REPORTED.get(textOf(payment['status'])?.toLowerCase() ?? '');
  if (!said) return null;
  const tried = tellingTransaction(objectsOf(payment['transactions']));
  const status = said === 'PENDING' ? triedStatus(tried, 'PENDING') : said;
  const transaction = transactionOf(status, tried);
  return {
    ...reportOf(status, payment, transaction),
    mailbox: null,
    of: 'order',
    reference,
    orderReference: null,
    occurredAt: touchedAt(transaction),
  };
}

/**
 * Of a payment that is `pending`: its transaction tells a person who tried and failed from one whose money is on its way.
 * `untried` is what it is without one.
 */
function triedStatus(transaction: JsonObject | null, untried: ReportedPayment): ReportedPayment {
  switch (wordOf(transaction)) {
    case 'pending':
    case 'success':
      return 'PROCESSING';
    case 'failed':
      return 'FAILED';
    default:
      return untried;
  }
}

/** A try that failed is not what paid for it, where no other one is named. */
function transactionOf(status: ReportedPayment, tried: JsonObject | null): JsonObject | null {
  return status === 'PAID' && wordOf(tried) === 'failed' ? null : tried;
}

/** The one that succeeded, of which there is at most one; else one that is on its way; else the latest. */
function tellingTransaction(transactions: readonly JsonObject[]): JsonObject | null {
  const latestFirst = [...transactions]
    .reverse()
    .sort((a, b) => (touchedAt(b)?.getTime() ?? 0) - (touchedAt(a)?.getTime() ?? 0));
  const first = (word: string): JsonObject | undefined => latestFirst.find((each) => wordOf(each) === word);
  return first('success') ?? first('pending') ?? latestFirst[0] ?? null;
}

function wordOf(transaction: JsonObject | null): string | undefined {
  return textOf(transaction?.['status'])?.toLowerCase();
}

function touchedAt(transaction: JsonObject | null): Date | null {
  return secondsOf(transaction?.['updated_timestamp']) ?? secondsOf(transaction?.['created_timestamp']);
}

type Told = Omit<PaymentReport, 'mailbox' | 'of' | 'reference' | 'orderReference' | 'occurredAt'>;

function reportOf(status: ReportedPayment, payment: JsonObject, transaction: JsonObject | null): Told {
  return {
    kind: 'payment',
    status,
    amount: amountOf(payment),
    transactionId: referenceOf(textOf(transaction?.['id'])),
    transactionUnnamed: false,
    paidWith: paidWith(transaction),
    failure: status === 'FAILED' ? failureOf(transaction) : null,
    proven: null,
  };
}

function amountOf(payment: JsonObject): ReportedAmount | null {
  const amount = objectOf(payment['amount']);
  const currency = storable(textOf(payment['currency']), 16);
  if (amount === null || currency === null) return null;
  const [value, offset] = [textOf(amount['value']), textOf(amount['offset'])];
  return {
    // The offset says what the value counts: 100 are paise, and of anything else this order has none.
    value: currency === 'INR' && offset === '100' ? wholeOf(value) : null,
    currency,
    written: storable(`${value ?? '?'}/${offset ?? '?'}`, 64),
  };
}

/** Whole minor units; null for a fraction, and for a number that JSON did not bring exactly. */
function wholeOf(written: string | null): Digits | null {
  if (written === null || !/^\d{1,16}$/.test(written)) return null;
  const value = BigInt(written);
  return value > MOST_MINOR_UNITS ? null : String(value);
}

/** By what the person paid; else through which gateway. */
function paidWith(transaction: JsonObject | null): string | null {
  const method = nameOf(objectOf(transaction?.['method'])?.['type']);
  const gateway = textOf(transaction?.['type']);
  return method ?? (gateway === null ? null : nameOf(`payment_gateway:${gateway}`));
}

/** The code and the words are the gateway's. */
function failureOf(transaction: JsonObject | null): Failure {
  const error = objectOf(transaction?.['error']);
  return error === null
    ? failure('PROVIDER_REJECTED', 'Meta reported that the payment failed, and gave no reason.', null)
    : failure('PROVIDER_REJECTED', 'The payment failed at the gateway; its own code and words are beside.', {
        code: error['code'],
        message: error['reason'],
      });
}
