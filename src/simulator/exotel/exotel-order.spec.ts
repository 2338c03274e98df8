import { describe, expect, it } from 'vitest';
import {
  orderMessage,
  orderTemplate,
  orderWith,
  RIGHT_ORDERS,
  statusMessage,
  WRONG_ORDERS,
} from '../../../test/support/chat-orders.js';
import { contentFault } from './exotel-content.js';

/** `order.items[0].name`, as a fault of Exotel's says it. */
const said = (field: string): string => field.replaceAll('[', ' [').replaceAll('.', ' ');

describe('an order at Exotel', () => {
  it.each(RIGHT_ORDERS)('is taken %s', (_what, change) => {
    expect(contentFault(orderMessage(orderWith(change)))).toBeUndefined();
  });

  it.each(WRONG_ORDERS)('is not taken %s, and the fault names the field', (_what, change, field) => {
    const fault = contentFault(orderMessage(orderWith(change)));
    expect(fault).toContain('interactive action parameters');
    expect(fault).toContain(said(field));
  });

  it.each([
    ['without a payment_type', { payment_type: undefined }, 'payment_type'],
    ['without a retailer_id', { 'order.items[0].retailer_id': undefined }, 'retailer_id'],
    ['with Meta’s payment_settings', { payment_settings: [] }, 'payment_settings'],
    ['with Meta’s quick_pay', { 'order.type': 'quick_pay' }, 'type'],
    ['with a picture of a thing', { 'order.items[0].image': { link: 'https://shop.example/a.jpg' } }, 'image'],
  ])('is not taken %s', (_what, change, field) => {
    expect(contentFault(orderMessage(orderWith(change)))).toContain(field);
  });

  it.each([
    ['without a text', { body: undefined }],
    ['with a text of 1025', { body: { text: 'x'.repeat(1025) } }],
    ['with a footer of 61', { footer: { text: 'x'.repeat(61) } }],
    ['with a text over it', { header: { type: 'text', text: 'Bread' } }],
    ['with the action of another message', { action: { name: 'review_order', parameters: orderWith() } }],
  ])('is not taken %s', (_what, change) => {
    expect(contentFault(orderMessage(orderWith(), change))).toContain('interactive');
  });

  it('is taken with a picture over it', () => {
    const header = { type: 'image', image: { link: 'https://shop.example/bread.jpg' } };
    expect(contentFault(orderMessage(orderWith(), { header, footer: { text: 'Thank You!' } }))).toBeUndefined();
  });

  it('is held to the same rules in a template', () => {
    expect(contentFault(orderTemplate('order_payment'))).toBeUndefined();
    const fault = contentFault(orderTemplate('order_payment', orderWith({ 'order.items[0].quantity': '1' })));
    expect(fault).toContain('action order_details order items [0] quantity');
  });
});

describe('the standing of an order at Exotel', () => {
  it.each(['pending', 'processing', 'partially-shipped', 'partially_shipped', 'shipped', 'completed', 'canceled'])(
    'may be %s',
    (status) => expect(contentFault(statusMessage(status))).toBeUndefined(),
  );

  it.each([
    ['with a status that there is not', statusMessage('cancelled'), 'status'],
    ['without a status', statusMessage(undefined), 'status'],
    ['with a reference that cannot be one', statusMessage('shipped', 'INV 1'), 'reference_id'],
    [
      'with 121 characters about it',
      statusMessage('shipped', 'INV-1', { description: 'x'.repeat(121) }),
      'description',
    ],
  ])('is not taken %s', (_what, content, field) => {
    expect(contentFault(content)).toContain(field);
  });
});
