import { createHash } from 'node:crypto';
import { type Digits, writeMoney } from '../common/money.js';
import { type Problem, problem } from '../common/problem.js';
import { type ReportedAmount, type ReportedPayment } from '../providers/ports/callbacks.js';
import { type Payment } from './payment-row.js';
import { type NoticeSource } from './payment-notice.entity.js';
import { NEXT_STATUSES, type PaymentStatus } from './payment.status.js';

/** What is said of a payment, by whomever. */
export interface Word {
  readonly source: NoticeSource;
  readonly status: ReportedPayment;
  /** `unsaid`: the rail never says it, and the order's counts. Null: it should be there and is not. */
  readonly amount: ReportedAmount | 'unsaid' | null;
  /** The account that it came by; null for the merchant's own word. */
  readonly accountId: string | null;
  /**
   * The order's reference that it names beside what it was found by, and the one that it should, which is null where it was
   * found by a message that asked for nothing. Null where it names none and need not.
   */
  readonly reference: { readonly named: string | null; readonly carried: string | null } | null;
  readonly transactionId: string | null;
  /** The rail named no transaction: the id is that of our own request. */
  readonly transactionUnnamed: boolean;
  readonly paidWith: string | null;
  readonly occurredAt: Date;
  /** Why it failed. */
  readonly problem: Problem | null;
  readonly proven: string | null;
}

/** What becomes of a payment by a word. */
export interface Judgement {
  /** Where it goes; null where it stays. */
  readonly status: PaymentStatus | null;
  /** Why the word is not believed: a person should look. */
  readonly flagged: Problem | null;
  /** The word names the transaction of a payment that was known to be paid, but not by what. */
  readonly names: boolean;
  /** What is to be known of a payment that went there. */
  readonly problem: Problem | null;
}

type State = Pick<
  Payment,
  'status' | 'total' | 'currency' | 'accountId' | 'referenceId' | 'transactionId' | 'transactionUnnamed'
>;

const STAYS: Judgement = { status: null, flagged: null, names: false, problem: null };

/** Decides what becomes of a payment by what is said of it (interface.md, Payments). Pure; the one place that knows the rules. */
export function judge(payment: State, word: Word): Judgement {
  const doubt = doubtOf(payment, word);
  if (doubt) return { ...STAYS, flagged: doubt };
  return word.status === 'PAID' ? paid(payment, word) : moved(payment, word);
}

/** As `judge`, of a word that a person vouches for: what it says is not doubted any more. */
export function judgeAccepted(
  payment: State,
  word: Pick<Word, 'status' | 'problem' | 'transactionId' | 'transactionUnnamed'>,
): Judgement | Problem {
  const { status } = payment;
  // That the second of two payments was paid back leaves the first one paid.
  if (isOfAnother(payment, word)) return STAYS;
  if (NEXT_STATUSES[status].includes(word.status)) return gone(status, word);
  const isSettled = word.status === 'PAID' && (status === 'PAID' || status === 'REFUNDED');
  return isSettled || word.status === status || word.status === 'PENDING' ? STAYS : tooLate(status, word.status);
}

function paid(payment: State, word: Word): Judgement {
  const { status, transactionId, transactionUnnamed } = payment;
  if (status !== 'PAID' && status !== 'REFUNDED') return gone(status, word);
  // Asked where it stands a rail may name no transaction where its notice does (DOKU, Check Status): then the one is the other.
  if (isNamedLater(word)) return STAYS;
  // The merchant tells of what does not come by the rail: that is another one.
  if (transactionUnnamed && word.source !== 'MERCHANT') return { ...STAYS, names: true };
  if (word.transactionId !== null && word.transactionId === transactionId) return STAYS;
  return { ...STAYS, flagged: PAID_TWICE };
}

/** Whether a word is an answer that names no transaction: what its rail says of it next may. What a notice leaves out it never names. */
export const isNamedLater = ({
  source,
  transactionId,
  transactionUnnamed,
}: Pick<Word, 'source' | 'transactionId' | 'transactionUnnamed'>): boolean =>
  source === 'INQUIRY' && (transactionUnnamed || transactionId === null);

function moved(payment: State, word: Word): Judgement {
  const { status } = payment;
  if (isOfAnother(payment, word)) return { ...STAYS, flagged: OTHER_TRANSACTION };
  if (word.status === 'REFUNDED' && status !== 'REFUNDED' && status !== 'PAID')
    return { ...STAYS, flagged: NEVER_PAID };
  return NEXT_STATUSES[status].includes(word.status) ? gone(status, word) : STAYS;
}

/** Whether a word tells that another transaction was paid back than the one that paid it. */
function isOfAnother(
  { status, transactionId, transactionUnnamed }: State,
  word: Pick<Word, 'status' | 'transactionId' | 'transactionUnnamed'>,
): boolean {
  if (word.status !== 'REFUNDED' || status === 'REFUNDED') return false;
  const areNamed = !transactionUnnamed && !word.transactionUnnamed;
  return areNamed && ![transactionId, word.transactionId].includes(null) && word.transactionId !== transactionId;
}

const gone = (from: PaymentStatus, { status, problem: why }: Pick<Word, 'status' | 'problem'>): Judgement => ({
  ...STAYS,
  status,
  problem: status === 'PAID' ? paidAfter(from) : why,
});

/** Money is a fact; that nobody waited for it any more is to be known. */
function paidAfter(from: PaymentStatus): Problem | null {
  if (from === 'EXPIRED') return problem('EXPIRED', 'It was paid after its time had passed.');
  if (from === 'CANCELED')
    return problem('INVALID_TRANSITION', 'It was paid although it had been canceled: deliver it, or pay it back.');
  return from === 'FAILED' ? problem('INVALID_TRANSITION', 'It was paid after an attempt to pay it had failed.') : null;
}

/** Why a word cannot be of this payment as it was asked for. */
function doubtOf(payment: State, { accountId, amount, reference, status }: Word): Problem | null {
  if (accountId !== null && accountId !== payment.accountId) return OTHER_ACCOUNT;
  if (reference?.carried === null) return OTHER_MESSAGE;
  if (reference !== null && reference.named !== reference.carried)
    return problem(
      'INVALID_INPUT',
      `It names the order ${reference.named}, and its message carried ${reference.carried}: compare both with the rail.`,
    );
  if (amount === 'unsaid') return null;
  if (amount === null) return status === 'PAID' || status === 'REFUNDED' ? NO_AMOUNT : null;
  const same = amount.value === payment.total && amount.currency === payment.currency;
  return same
    ? null
    : problem(
        'AMOUNT_MISMATCH',
        `It says ${amount.written} ${amount.currency}, and ${writeMoney(payment.total, payment.currency)} was asked for: look into it, and accept the notice if it is right.`,
      );
}

const PAID_TWICE = problem(
  'INVALID_TRANSITION',
  'It was paid twice, by another transaction than the first: one of the two is to be paid back.',
);
const OTHER_TRANSACTION = problem('INVALID_TRANSITION', 'Another transaction was paid back than the one that paid it.');
const NEVER_PAID = problem('INVALID_TRANSITION', 'It was paid back, and nothing was heard of it being paid.');
const OTHER_ACCOUNT = problem(
  'INVALID_INPUT',
  'It came by another account than the one that the payment was asked for through.',
);
const OTHER_MESSAGE = problem(
  'INVALID_INPUT',
  'It came for another message of the payment than one that asked for the money.',
);
const NO_AMOUNT = problem('AMOUNT_MISMATCH', 'It names no amount, so nothing says that it is the one asked for.');

const tooLate = (from: PaymentStatus, to: PaymentStatus): Problem =>
  problem('INVALID_TRANSITION', `The payment is ${from}, and cannot become ${to} any more.`, 'id');

/**
 * The same word said twice has the same; when it was said does not count.
 * @param card by the reference of which card in the chat it came: a rail may name nothing else
 */
export function fingerprintOf(word: Word, card: string | null = null): Buffer {
  const { status, amount, accountId, reference, transactionId, paidWith } = word;
  // Else the notice that has no name either would pass for the answer again, and the next transaction for that of both.
  const said = [status, amount, accountId, reference?.named ?? null, transactionId, paidWith, isNamedLater(word), card];
  return createHash('sha256').update(JSON.stringify(said)).digest();
}

/** What a notice keeps of an amount. */
export function amountOf(
  amount: Word['amount'],
  { total, currency }: Pick<Payment, 'total' | 'currency'>,
): {
  readonly amount: Digits | null;
  readonly currency: string | null;
} {
  if (amount === 'unsaid') return { amount: total, currency };
  return { amount: amount?.value ?? null, currency: amount?.currency ?? null };
}
