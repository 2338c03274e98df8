/** What DOKU's notices of SNAP say: that a virtual account was paid, or where a debit stands. Pure. */
import { nameOf, objectOf, textOf, type JsonObject } from '../../common/untrusted-json.js';
import { type PaymentReport, type ReportedAmount, type ReportedPayment } from '../ports/callbacks.js';
import { type SnapDebitNotification, type SnapVirtualAccountNotification } from './doku.payments.wire.js';
import { amountOf, currencyOf, failureOf, idOf, reportOf, wordOf } from './doku.reports.js';

/** `latestTransactionStatus`: 05 is canceled and 06 failed, of which another attempt may follow. */
const STATUSES: ReadonlyMap<string, ReportedPayment> = new Map([
  ['00', 'PAID'],
  ['03', 'PENDING'],
  ['04', 'REFUNDED'],
  ['05', 'FAILED'],
  ['06', 'FAILED'],
] satisfies [SnapDebitNotification['latestTransactionStatus'], ReportedPayment][]);

/** A notice that DOKU describes for SNAP. QRIS has one too, of which nothing is known. */
export interface SnapShape {
  /** One of them makes a body one of this shape, whole or not. */
  readonly fields: readonly string[];
  /** Without one of them nothing is said of a payment. */
  readonly needed: readonly string[];
  read(body: JsonObject): PaymentReport | null;
}

export const VIRTUAL_ACCOUNT: SnapShape = {
  fields: [
    'partnerServiceId',
    'virtualAccountNo',
    'trxId',
    'paymentRequestId',
  ] satisfies (keyof SnapVirtualAccountNotification)[],
  needed: ['trxId', 'paymentRequestId'] satisfies (keyof SnapVirtualAccountNotification)[],
  read(body) {
    const reference = idOf(body['trxId']);
    const transactionId = idOf(body['paymentRequestId']);
    if (reference === null || transactionId === null) return null;
    const paidWith = nameOf(objectOf(body['additionalInfo'])?.['channel']);
    // Payments that succeeded are all that is told, so that there is no status in it.
    return { ...reportOf(reference, 'PAID', snapAmount(body['paidAmount'])), transactionId, paidWith };
  },
};

export const DEBIT: SnapShape = {
  fields: [
    'originalPartnerReferenceNo',
    'originalReferenceNo',
    'latestTransactionStatus',
  ] satisfies (keyof SnapDebitNotification)[],
  needed: ['originalPartnerReferenceNo', 'latestTransactionStatus'] satisfies (keyof SnapDebitNotification)[],
  read(body) {
    const reference = idOf(body['originalPartnerReferenceNo']);
    const word = wordOf(body['latestTransactionStatus']);
    const status = STATUSES.get(word);
    if (reference === null || !status) return null;
    return {
      ...reportOf(reference, status, snapAmount(body['amount'])),
      transactionId: idOf(body['originalReferenceNo']),
      paidWith: nameOf(objectOf(body['additionalInfo'])?.['channelId']),
      failure: status === 'FAILED' ? failureOf(word, textOf(body['transactionStatusDesc'])) : null,
    };
  },
};

/** Which of them a body is; null where it has no field of either. */
export function snapShapeOf(body: JsonObject): SnapShape | null {
  return [VIRTUAL_ACCOUNT, DEBIT].find(({ fields }) => fields.some((field) => Object.hasOwn(body, field))) ?? null;
}

/** SNAP writes two decimals, and the rupiah has none: they are zeros. */
function snapAmount(value: unknown): ReportedAmount | null {
  const amount = objectOf(value);
  return amountOf(amount?.['value'], /^(\d+)\.00$/, currencyOf(amount?.['currency']));
}
