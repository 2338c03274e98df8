/** What DOKU tells of a payment, in a notice or when it is asked. Its shape says what it is, not where it came. Pure. */
import { nameOf, objectOf, objectsOf, parseObject, textOf, type JsonObject } from '../../common/untrusted-json.js';
import { type Observation, type PaymentReport, type RawRequest, type ReportedPayment } from '../ports/callbacks.js';
import { type Failure } from '../ports/outcome.js';
import { type TransactionWord } from './doku.payments.wire.js';
import { amountOf, currencyOf, failureOf, idOf, momentOf, reportOf, wordOf } from './doku.reports.js';
import { snapShapeOf } from './doku.snap-notices.js';

/** `transaction.status` (DOKU, Check Status). FAILED is not the end: another attempt may follow. */
const STATUSES: ReadonlyMap<string, ReportedPayment> = new Map([
  ['PENDING', 'PENDING'],
  ['REDIRECT', 'PENDING'],
  ['TIMEOUT', 'PENDING'],
  ['FAILED', 'FAILED'],
  ['SUCCESS', 'PAID'],
  ['EXPIRED', 'EXPIRED'],
  ['REFUNDED', 'REFUNDED'],
] satisfies [TransactionWord, ReportedPayment][]);

/** What a kept notice says. Never throws. */
export function readNotice({ body: bytes, proven = null }: RawRequest): readonly Observation[] {
  const body = parseObject(bytes);
  const report = body && (readTransaction(body) ?? snapShapeOf(body)?.read(body));
  return [report ? { ...report, proven } : { kind: 'unread' }];
}

/**
 * What an answer of Check Status says of the order that was asked about; null where it cannot be read. Before the person
 * has chosen a channel there is no transaction, and nothing to tell but that the order's time is up.
 */
export function readStanding(answer: JsonObject, referenceId: string): readonly PaymentReport[] | null {
  const order = objectOf(answer['order']);
  if (!order && !objectOf(answer['transaction'])) return null;
  if (idOf(order?.['invoice_number']) !== referenceId) return [];
  const report = readTransaction(answer) ?? readExpired(answer);
  // It may call a transaction by another of its names than the notice does (SNAP: paymentRequestId); the notice's counts.
  return report ? [{ ...report, transactionUnnamed: report.transactionId !== null }] : [];
}

/** A notice that is not SNAP's, or an answer of Check Status; null where it is neither. */
function readTransaction(body: JsonObject): PaymentReport | null {
  const transaction = objectOf(body['transaction']);
  const status = STATUSES.get(wordOf(transaction?.['status']));
  const order = transaction && status && readOrder(body, status);
  if (!order) return null;
  const named = namedReference(body);
  const ofRequest = idOf(transaction['original_request_id']);
  return {
    ...order,
    transactionId: named ?? ofRequest,
    transactionUnnamed: named === null && ofRequest !== null,
    paidWith: nameOf(objectOf(body['channel'])?.['id']),
    occurredAt: momentOf(transaction['date']),
    failure: status === 'FAILED' ? failureIn(body) : null,
  };
}

/** An order whose time passed before the person chose a channel. */
function readExpired(body: JsonObject): PaymentReport | null {
  const isExpired = wordOf(objectOf(body['order'])?.['status']) === 'ORDER_EXPIRED';
  return isExpired && body['transaction'] == null ? readOrder(body, 'EXPIRED') : null;
}

/** Which order it is about, and its amount: a JSON number, or a string, in whole rupiah. */
function readOrder(body: JsonObject, status: ReportedPayment): PaymentReport | null {
  const order = objectOf(body['order']);
  const reference = idOf(order?.['invoice_number']);
  if (!order || reference === null) return null;
  const currency = order['currency'] == null ? 'IDR' : currencyOf(order['currency']);
  return reportOf(reference, status, amountOf(order['amount'], /^(\d+)$/, currency));
}

/** What tells of the payment in the words of its channel: virtual_account_payment, card_payment, … */
function channelPayments(body: JsonObject): JsonObject[] {
  const found = Object.entries(body).filter(([key]) => key.endsWith('_payment'));
  return found.map(([, value]) => objectOf(value)).filter((each) => each !== null);
}

/** The identifier called REFERENCE: the rail's own id of the transaction. */
function namedReference(body: JsonObject): string | null {
  const places = [...channelPayments(body), objectOf(body['peer_to_peer_info'])];
  // DOKU's page on notices spells `identifer`.
  const identifiers = places.flatMap((each) => [...objectsOf(each?.['identifer']), ...objectsOf(each?.['identifier'])]);
  const references = identifiers.filter(({ name }) => wordOf(name) === 'REFERENCE').map(({ value }) => idOf(value));
  return references.find((each) => each !== null) ?? null;
}

/** Cards and direct debit say response_*, ShopeePay transaction_*. */
function failureIn(body: JsonObject): Failure {
  const payments = channelPayments(body);
  const first = (...names: string[]): string | null =>
    payments.flatMap((each) => names.map((name) => textOf(each[name]))).find((each) => each !== null) ?? null;
  return failureOf(first('response_code', 'transaction_status'), first('response_message', 'transaction_message'));
}
