import { type Digits } from '../common/money.js';
import { type Problem } from '../common/problem.js';
import { neededText, optionalText, saidIn, unstorableProblem, wrong } from './input-texts.js';
import { type PaymentStatus } from './payment.status.js';

/** What recordPayment takes, as a caller writes it. */
export interface RecordInput {
  readonly paymentId: string;
  readonly status: PaymentStatus;
  readonly amount: bigint;
  readonly currency: string;
  readonly transactionId?: string | null;
  readonly paidWith?: string | null;
  readonly paidAt?: Date | null;
}

const RECORDED = ['PROCESSING', 'PAID', 'FAILED', 'REFUNDED'] as const satisfies readonly PaymentStatus[];

/** The merchant's own word about a payment, well formed. */
export interface PaymentRecord {
  readonly status: (typeof RECORDED)[number];
  readonly amount: Digits;
  readonly currency: string;
  readonly transactionId: string | null;
  readonly paidWith: string | null;
  readonly paidAt: Date | null;
}

const LONGEST_TRANSACTION = 255;
const LONGEST_PAID_WITH = 128;

/** Checks the merchant's word by itself; whether it fits the payment is another question (judge). */
export function readRecord(input: RecordInput): PaymentRecord | Problem {
  const unstorable = unstorableProblem(input);
  if (unstorable) return unstorable;
  const status = RECORDED.find((known) => known === input.status);
  if (status === undefined)
    return wrong('What happened to money is PROCESSING, PAID, FAILED or REFUNDED: give one of them.', 'status');
  const { amount, currency, transactionId = null, paidAt = null } = input;
  const bad =
    (transactionId === null ? null : neededText(transactionId, LONGEST_TRANSACTION, 'transactionId')) ??
    optionalText(input.paidWith, LONGEST_PAID_WITH, 'paidWith');
  if (bad) return bad;
  return { status, amount: String(amount), currency, transactionId, paidWith: saidIn(input.paidWith), paidAt };
}
