/** When a payment ends. */
import { DAY, later, MINUTE } from '../common/clock.js';
import { type Problem } from '../common/problem.js';
import { wrong } from './input-texts.js';
import { type PaymentAsk } from './payment-input.js';
import { type PaymentTerms } from './payment-terms.js';

/** Exotel, payment messages (2024-05): an order's expiry is at least 300 s ahead. A page is held to the same. */
export const SHORTEST_EXPIRY_MS = 5 * MINUTE;
/** interface.md, Payments: so long one is waited for where nobody names a time. */
const USUAL_MS: Readonly<Record<PaymentTerms['via'], number>> = { WHATSAPP: 30 * DAY, CHECKOUT: 60 * MINUTE };
/** DOKU, Checkout: `payment_due_date` has at most 6 digits. */
const MOST_DUE_MINUTES = 999_999;
const MOST_MS = MOST_DUE_MINUTES * MINUTE;

/**
 * Checks the time of a payment by the clock. Apart from the rest, for a repeat under the same key is answered with its payment
 * also when its time has passed meanwhile.
 */
export function paymentTimesProblem({ expiresAt }: Pick<PaymentAsk, 'expiresAt'>, now: Date): Problem | null {
  if (expiresAt === null) return null;
  const aheadMs = expiresAt.getTime() - now.getTime();
  if (aheadMs < SHORTEST_EXPIRY_MS) return wrong('It lies at least 300 seconds ahead.', 'expiresAt');
  return aheadMs <= MOST_MS ? null : wrong(`It lies at most ${MOST_DUE_MINUTES} minutes ahead.`, 'expiresAt');
}

/** When it ends: as the caller says, else as it is usual. */
export const expiryOf = ({ expiresAt, terms }: Pick<PaymentAsk, 'expiresAt' | 'terms'>, now: Date): Date =>
  expiresAt ?? later(now, USUAL_MS[terms.via]);

/**
 * In how many minutes a page ends: whole ones, so that it does not outlive its payment. By the payment's own times and no
 * clock, so that a repeat of the request is the same one.
 */
export function dueMinutesOf(createdAt: Date, expiresAt: Date): number {
  const minutes = Math.floor((expiresAt.getTime() - createdAt.getTime()) / MINUTE);
  return Math.min(Math.max(minutes, SHORTEST_EXPIRY_MS / MINUTE), MOST_DUE_MINUTES);
}
