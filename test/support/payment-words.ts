import { type ReportedAmount, type ReportedPayment } from '../../src/providers/ports/callbacks.js';
import { type judge, type Word } from '../../src/payments/payment.decide.js';
import { type PaymentStatus } from '../../src/payments/payment.status.js';

/** Words about one payment, and how that may stand. */
export type State = Parameters<typeof judge>[0];

export const AT = new Date('2026-03-01T12:00:00Z');
export const ACCOUNT = 'account of the payment';
export const OTHER_ACCOUNT = 'another account';
/** More than a 32-bit number holds. */
export const TOTAL = '3000000000';
/** DOKU names it where it names no transaction: the id of our own request. */
export const OUR_REQUEST = 'our own request';

export const state = (status: PaymentStatus, over: Partial<State> = {}): State => ({
  ...{ status, total: TOTAL, currency: 'IDR', accountId: ACCOUNT, referenceId: 'INV-1' },
  ...{ transactionId: null, transactionUnnamed: false, ...over },
});
export const paidBy = (transactionId: string | null, over: Partial<State> = {}): State =>
  state('PAID', { transactionId, ...over });

export const amount = (value: string | null = TOTAL, currency = 'IDR'): ReportedAmount => ({
  ...{ value, currency, written: `${value}.00` },
});
export const word = (status: ReportedPayment, over: Partial<Word> = {}): Word => ({
  ...{ source: 'CALLBACK', status, amount: amount(), accountId: ACCOUNT, reference: null },
  ...{ transactionId: 'T-1', transactionUnnamed: false, paidWith: 'QRIS', occurredAt: AT, problem: null, proven: null },
  ...over,
});
/** An answer of a rail that was asked; it always names the order that it is about. */
export const answer = (status: ReportedPayment, over: Partial<Word> = {}): Word =>
  word(status, { source: 'INQUIRY', reference: { named: 'INV-1', carried: 'INV-1' }, ...over });
export const record = (status: ReportedPayment, over: Partial<Word> = {}): Word =>
  word(status, { source: 'MERCHANT', accountId: null, ...over });

export const SAID = ['PENDING', 'PROCESSING', 'PAID', 'FAILED', 'EXPIRED', 'REFUNDED'] as const;
