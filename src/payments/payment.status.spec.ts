import { describe, expect, it } from 'vitest';
import {
  isCancelable,
  mayOrderGo,
  NEXT_STATUSES,
  ORDER_STATUSES,
  PAYMENT_STATUSES,
  type PaymentStatus,
} from './payment.status.js';

type OrderState = keyof typeof ORDER_STATUSES;
const ORDERS = Object.keys(ORDER_STATUSES) as OrderState[];
const PAYMENTS = Object.keys(PAYMENT_STATUSES) as PaymentStatus[];

describe('a payment that is', () => {
  it.each([
    ['PENDING', 'PROCESSING PAID FAILED EXPIRED CANCELED'],
    ['PROCESSING', 'PAID FAILED EXPIRED'],
    ['FAILED', 'PROCESSING PAID EXPIRED CANCELED'],
    ['EXPIRED', 'PAID CANCELED'],
    ['CANCELED', 'PAID'],
    ['PAID', 'REFUNDED'],
    ['REFUNDED', ''],
  ] as const)('%s can become %s, and nothing else', (status, next) => {
    expect([...NEXT_STATUSES[status]].sort()).toEqual(next.split(' ').filter(Boolean).sort());
  });
});

describe('an order that is', () => {
  /** Where it may go while its payment is PAID: no step of the work waits for the payment, but to cancel it does. */
  const STEPS: readonly [OrderState, readonly OrderState[]][] = [
    ['PENDING', ['PROCESSING', 'PARTIALLY_SHIPPED', 'SHIPPED', 'COMPLETED']],
    ['PROCESSING', ['PARTIALLY_SHIPPED', 'SHIPPED', 'COMPLETED']],
    ['PARTIALLY_SHIPPED', ['SHIPPED', 'COMPLETED']],
    ['SHIPPED', ['COMPLETED']],
    ['COMPLETED', []],
    ['CANCELED', []],
  ];

  it.each(STEPS)('%s goes on to %j, whatever its payment is: it may skip steps and takes none back', (from, steps) => {
    for (const payment of PAYMENTS)
      expect(ORDERS.filter((to) => to !== 'CANCELED' && mayOrderGo(from, to, payment))).toEqual(steps);
  });

  it.each(PAYMENTS)(
    'not completed is canceled while its payment is %s only if nothing of that was paid or is on its way',
    (payment) => {
      const isOpen = payment === 'PENDING' || payment === 'FAILED' || payment === 'EXPIRED';
      const cancelable = isOpen ? ['PENDING', 'PROCESSING', 'PARTIALLY_SHIPPED', 'SHIPPED'] : [];
      expect(ORDERS.filter((from) => mayOrderGo(from, 'CANCELED', payment))).toEqual(cancelable);
      expect(ORDERS.filter((from) => isCancelable(payment, from))).toEqual(cancelable);
    },
  );

  it('canceled takes its payment with it: each that may be canceled can become CANCELED', () => {
    for (const payment of PAYMENTS)
      expect(NEXT_STATUSES[payment].includes('CANCELED'), payment).toBe(isCancelable(payment, 'PENDING'));
  });
});
