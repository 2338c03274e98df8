import { expect, it } from 'vitest';
import { readRecord, type RecordInput } from './payment-record-input.js';

const input = (over: Partial<RecordInput> = {}): RecordInput => ({
  ...{ paymentId: 'pay_0190a0a0000070008000000000000003', status: 'PAID', amount: 3_000_000_000n, currency: 'IDR' },
  ...over,
});

it('the merchant’s word is kept in digits, with what is not said as null', () => {
  expect(readRecord(input({ paidWith: ' ' }))).toEqual({
    ...{ status: 'PAID', amount: '3000000000', currency: 'IDR', transactionId: null, paidWith: null, paidAt: null },
  });
});

it('the merchant’s word may say how, when and by which transaction', () => {
  const paidAt = new Date('2026-03-01T09:30:00Z');
  const said = { transactionId: 'x'.repeat(255), paidWith: 'x'.repeat(128), paidAt };
  expect(readRecord(input({ status: 'REFUNDED', ...said }))).toMatchObject({ status: 'REFUNDED', ...said });
});

it.each<[string, Partial<RecordInput>]>([
  ['status', { status: 'PENDING' }],
  ['status', { status: 'EXPIRED' }],
  ['status', { status: 'CANCELED' }],
  ['transactionId', { transactionId: '' }],
  ['transactionId', { transactionId: 'x'.repeat(256) }],
  ['transactionId', { transactionId: '\ud83d' }],
  ['paidWith', { paidWith: 'x'.repeat(129) }],
])('the merchant’s word is refused at its %s with %o', (field, over) => {
  expect(readRecord(input(over))).toMatchObject({ code: 'INVALID_INPUT', field });
});
