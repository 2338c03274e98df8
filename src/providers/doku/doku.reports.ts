/** What every word of DOKU's about a payment is made of. Pure. */
import { referenceOf, storable } from '../../common/http-text.js';
import { MOST_MINOR_UNITS, type Digits } from '../../common/money.js';
import { textOf } from '../../common/untrusted-json.js';
import { type PaymentReport, type ReportedAmount, type ReportedPayment } from '../ports/callbacks.js';
import { type Failure } from '../ports/outcome.js';

/** An id that can be stored and found again, as it is written. */
export const idOf = (value: unknown): string | null => referenceOf(textOf(value));

/** A word of a closed list. */
export const wordOf = (value: unknown): string => textOf(value)?.trim().toUpperCase() ?? '';

/** What says no more than where which order stands. */
export function reportOf(reference: string, status: ReportedPayment, amount: ReportedAmount | null): PaymentReport {
  return {
    kind: 'payment',
    mailbox: null,
    of: 'order',
    reference,
    orderReference: null,
    status,
    amount,
    transactionId: null,
    transactionUnnamed: false,
    paidWith: null,
    occurredAt: null,
    failure: null,
    proven: null,
  };
}

/** Why an attempt failed, in DOKU's code and words where there are any. */
export function failureOf(code: string | null, words: string | null): Failure {
  return {
    code: 'PROVIDER_REJECTED',
    message: 'DOKU says that the attempt to pay failed; until the payment expires the person may try again.',
    providerCode: storable(code),
    providerMessage: storable(words),
  };
}

/** As much of an amount as a person needs to see what is wrong with it. */
const LONGEST_AMOUNT = 64;

/** An amount whose minor units are the first group of `form`; null where nothing is written. */
export function amountOf(value: unknown, form: RegExp, currency: string): ReportedAmount | null {
  const written = textOf(value)?.trim() ?? null;
  if (written === null) return null;
  return { value: minorUnits(form.exec(written)?.[1]), currency, written: storable(written, LONGEST_AMOUNT) };
}

/** Without zeros before it; null where it is more than a JSON number holds exactly. */
function minorUnits(written: string | undefined): Digits | null {
  const [, digits] = /^0*(\d{1,16})$/.exec(written ?? '') ?? [];
  if (digits === undefined || BigInt(digits) > MOST_MINOR_UNITS) return null;
  return String(BigInt(digits));
}

/** ISO 4217's own code for what is no currency: no order is in it. */
const NO_CURRENCY = 'XXX';

/** A code that whoever writes money can look up. */
export function currencyOf(value: unknown): string {
  const written = wordOf(value);
  return /^[A-Z]{3}$/.test(written) ? written : NO_CURRENCY;
}

const WITH_OFFSET = /^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** `2024-05-31T16:12:03Z`; null without an offset. */
export function momentOf(value: unknown): Date | null {
  const written = textOf(value)?.trim() ?? '';
  const at = new Date(WITH_OFFSET.test(written) ? written : Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}
