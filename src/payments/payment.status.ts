import { type OrderStatus } from '../providers/ports/messaging.js';

/** Where a payment stands, with what that means. */
export const PAYMENT_STATUSES = {
  PENDING: 'It is waited for.',
  PROCESSING: 'The person has paid, and the rail has not settled it yet.',
  PAID: 'It was paid.',
  FAILED: 'The last attempt failed; until it expires another one may follow.',
  EXPIRED: 'Its time passed. Money that comes all the same makes it PAID.',
  CANCELED: 'It was taken back. Money that comes all the same makes it PAID.',
  REFUNDED: 'It was paid back.',
} as const;

export type PaymentStatus = keyof typeof PAYMENT_STATUSES;

/** interface.md, Payments. What a rail says of one that is over moves it only where money did. */
export const NEXT_STATUSES: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  PENDING: ['PROCESSING', 'PAID', 'FAILED', 'EXPIRED', 'CANCELED'],
  PROCESSING: ['PAID', 'FAILED', 'EXPIRED'],
  FAILED: ['PROCESSING', 'PAID', 'EXPIRED', 'CANCELED'],
  EXPIRED: ['PAID', 'CANCELED'],
  CANCELED: ['PAID'],
  PAID: ['REFUNDED'],
  REFUNDED: [],
};

/** Where an order stands, with what that means. */
export const ORDER_STATUSES = {
  PENDING: 'It is not paid yet.',
  PROCESSING: 'It is being made ready.',
  PARTIALLY_SHIPPED: 'A part of it is on its way.',
  SHIPPED: 'All of it is on its way.',
  COMPLETED: 'Nothing more is expected of anybody.',
  CANCELED: 'It was taken back.',
} as const satisfies Record<OrderStatus, string>;

/** Steps may be skipped, never taken back. */
const STEPS: readonly OrderStatus[] = ['PENDING', 'PROCESSING', 'PARTIALLY_SHIPPED', 'SHIPPED', 'COMPLETED'];

/** While the payment stands so, its order may be canceled: nothing was paid, and nothing is on its way. */
const CANCELABLE: readonly PaymentStatus[] = ['PENDING', 'FAILED', 'EXPIRED'];

/** Whether a payment and its order may be taken back. */
export const isCancelable = (status: PaymentStatus, order: OrderStatus): boolean =>
  CANCELABLE.includes(status) && order !== 'COMPLETED' && order !== 'CANCELED';

/** Whether an order may go on to another state (interface.md, Orders). */
export function mayOrderGo(from: OrderStatus, to: OrderStatus, payment: PaymentStatus): boolean {
  if (to === 'CANCELED') return isCancelable(payment, from);
  return from !== 'CANCELED' && STEPS.indexOf(to) > STEPS.indexOf(from);
}
