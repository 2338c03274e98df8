import { describe, expect, it } from 'vitest';
import {
  orderMessage,
  orderWith,
  RIGHT_ORDERS,
  statusMessage,
  WRONG_ORDERS,
} from '../../../test/support/chat-orders.js';
import { PERSON } from '../../../test/support/meta-peers.js';
import { readMessage, unfold } from './meta-message.js';
import { type Fields } from './meta-rules.js';

/** Code and details of the refusal; undefined when the message is fine. */
function refusalOf(content: Record<string, unknown>): { readonly code: number; readonly details?: string } | undefined {
  const envelope = { messaging_product: 'whatsapp', recipient_type: 'individual', to: PERSON };
  const read = readMessage(unfold({ ...envelope, ...content }) as Fields, '6281110009999');
  return 'code' in read ? { code: read.code, details: read.details } : undefined;
}

/** Without the older way to name the payee, and with these. */
const settings = (...payment_settings: object[]): Record<string, unknown> => ({
  payment_type: undefined,
  payment_configuration: undefined,
  payment_settings,
});
const gateway = (change: object = {}): object => ({
  type: 'payment_gateway',
  payment_gateway: { type: 'razorpay', configuration_name: 'razorpay-main', ...change },
});
const link = { type: 'payment_link', payment_link: { uri: 'https://pay.example/INV-1' } };
const intent = (address: string): object => ({ type: 'upi_intent_link', upi_intent_link: { link: address } });
const picture = {
  'order.items[0].retailer_id': undefined,
  'order.items[0].image': { link: 'https://shop.example/a.jpg' },
};

describe('an order at Meta', () => {
  it.each(RIGHT_ORDERS)('is taken %s', (_what, change) => {
    expect(refusalOf(orderMessage(orderWith(change)))).toBeUndefined();
  });

  it.each(WRONG_ORDERS)('is refused %s, and the details name the field', (_what, change, field, code) => {
    const refusal = refusalOf(orderMessage(orderWith(change)));
    expect(refusal).toMatchObject({ code });
    expect(refusal?.details).toContain(code === 100 ? `"${field}"` : `interactive.action.parameters.${field}`);
  });

  it.each([
    ['by a gateway', settings(gateway())],
    [
      'by a gateway with what is passed on to it',
      settings(gateway({ razorpay: { receipt: 'R-1', notes: { shop: 'A' } } })),
    ],
    ['by a gateway of another sort', settings(gateway({ type: 'payu', payu: { udf1: 'a' } }))],
    ['by an intent', settings(intent('upi://pay?pa=shop@bank&am=10.00'))],
    ['by a link', { ...settings(link), payment_type: 'upi' }],
    ['at once', { 'order.type': 'quick_pay' }],
    ['with a picture of a thing', picture],
    ['without a retailer_id', { 'order.items[0].retailer_id': undefined }],
    [
      'with an importer’s address in parts',
      { 'order.items[0].importer_address': { address_line1: '1 Harbour Road', city: 'Mumbai', country_code: 'IN' } },
    ],
  ])('is taken %s', (_what, change) => {
    expect(refusalOf(orderMessage(orderWith(change)))).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>, string, number]>([
    ['without a payee', { payment_type: undefined, payment_configuration: undefined }, 'payment_settings', 131008],
    ['with two payees', settings(gateway(), gateway()), 'payment_settings', 131009],
    ['by a payee of no sort', settings({ type: 'cash' }), 'payment_settings[0].type', 131009],
    ['by a gateway that nobody knows', settings(gateway({ type: 'stripe' })), 'payment_gateway.type', 131009],
    ['by a gateway without a name', settings(gateway({ configuration_name: undefined })), 'configuration_name', 131008],
    ['with a receipt of 41', settings(gateway({ razorpay: { receipt: 'x'.repeat(41) } })), 'receipt', 131009],
    ['with notes that are numbers', settings(gateway({ razorpay: { notes: { a: 1 } } })), 'notes', 131009],
    ['with the fields of another gateway', settings(gateway({ payu: { udf1: 'a' } })), 'payu', 100],
    ['by an intent that is none', settings(intent('https://pay.example')), 'upi_intent_link.link', 131009],
    ['by a link without its type', settings(link), 'payment_type', 131009],
    ['with a picture and an id', { ...picture, 'order.items[0].retailer_id': '1' }, 'retailer_id', 100],
    [
      'with eleven pictures',
      {
        'order.items': Array.from({ length: 11 }, () => ({
          name: 'Bread',
          amount: { value: 1, offset: 100 },
          quantity: 1,
          image: { link: 'https://shop.example/a.jpg' },
        })),
      },
      'order.items',
      131009,
    ],
  ])('is refused %s', (_what, change, field, code) => {
    const refusal = refusalOf(orderMessage(orderWith(change)));
    expect(refusal).toMatchObject({ code });
    expect(refusal?.details).toContain(field);
  });

  it('may have its parameters as a string of JSON', () => {
    expect(refusalOf(orderMessage(JSON.stringify(orderWith())))).toBeUndefined();
    expect(refusalOf(orderMessage(JSON.stringify(orderWith({ currency: 'IDR' }))))).toMatchObject({ code: 131009 });
  });

  it.each([
    ['without a text', { body: undefined }, 131008],
    ['with a text over it', { header: { type: 'text', text: 'Bread' } }, 100],
    ['with the action of another message', { action: { name: 'review_order', parameters: orderWith() } }, 131009],
  ])('is refused %s', (_what, change, code) => {
    expect(refusalOf(orderMessage(orderWith(), change))).toMatchObject({ code });
  });
});

describe('the standing of an order at Meta', () => {
  it.each(['pending', 'processing', 'partially-shipped', 'partially_shipped', 'shipped', 'completed', 'canceled'])(
    'may be %s',
    (status) => expect(refusalOf(statusMessage(status))).toBeUndefined(),
  );

  it.each<[string, Record<string, unknown>, number]>([
    ['with a status that there is not', statusMessage('cancelled'), 131009],
    ['without a status', statusMessage(undefined), 131008],
    ['without a reference', statusMessage('shipped', null), 131009],
    ['with 121 characters about it', statusMessage('shipped', 'INV-1', { description: 'x'.repeat(121) }), 131009],
    ['with what is no field of it', statusMessage('shipped', 'INV-1', { note: 'x' }), 100],
  ])('is refused %s', (_what, content, code) => {
    expect(refusalOf(content)).toMatchObject({ code });
  });
});
