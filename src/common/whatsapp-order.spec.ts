import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bread } from '../../test/contract/samples.js';
import {
  namedPayee,
  whatsAppOrderButtons,
  whatsAppOrderDetails,
  whatsAppOrderParameters,
  whatsAppOrderStatus,
} from './whatsapp-order.js';

const parametersOf = (more: Partial<typeof bread>) => whatsAppOrderParameters({ ...bread, ...more }, {});
const orderOf = (more: Partial<typeof bread>) => parametersOf(more).order;
const nothing = { amount: '0', description: null };

describe('an order', () => {
  it('is of the goods that it is for', () => {
    expect(parametersOf({ goods: 'DIGITAL_GOODS' }).type).toBe('digital-goods');
    expect(parametersOf({ goods: 'PHYSICAL_GOODS' }).type).toBe('physical-goods');
  });

  it('always has a tax; shipping and a discount only where there is something to say', () => {
    const { tax, shipping, discount } = orderOf({
      tax: nothing,
      shipping: nothing,
      discount: { ...nothing, program: null },
    });
    expect(tax).toEqual({ value: 0, offset: 100 });
    expect([shipping, discount]).toEqual([undefined, undefined]);
  });

  it.each([
    ['an amount', { amount: '250', description: null, program: null }, { value: 250, offset: 100 }],
    [
      'a description',
      { amount: '0', description: 'Free', program: null },
      { value: 0, offset: 100, description: 'Free' },
    ],
    [
      'a program',
      { amount: '0', description: null, program: 'Diwali' },
      { value: 0, offset: 100, discount_program_name: 'Diwali' },
    ],
  ])('has a discount that has %s', (_, discount, expected) => {
    expect(orderOf({ discount }).discount).toEqual(expected);
  });

  it('ends at a second of UTC, written as a string', () => {
    const expires = { at: '2026-06-01T15:30:00.900+07:00', description: 'Kept for an hour' };
    expect(orderOf({ expires }).expiration).toEqual({ timestamp: '1780302600', description: 'Kept for an hour' });
    expect(orderOf({ expires: { ...expires, description: null } }).expiration).toEqual({ timestamp: '1780302600' });
    expect(orderOf({ expires: null })).not.toHaveProperty('expiration');
  });

  it('names every person who gets the goods, in an array', () => {
    const first = {
      name: 'Asha Rao',
      addressLine1: '14 MG Road',
      addressLine2: 'Near the lake',
      city: 'Bengaluru',
      state: 'Karnataka',
      country: 'India',
      postalCode: '560001',
    };
    const written = {
      name: 'Asha Rao',
      address_line1: '14 MG Road',
      address_line2: 'Near the lake',
      city: 'Bengaluru',
      state: 'Karnataka',
      country: 'India',
      postal_code: '560001',
    };
    const { address_line2: _line, ...short } = written;
    expect(parametersOf({ beneficiaries: [first, { ...first, addressLine2: null }] }).beneficiaries).toEqual([
      written,
      short,
    ]);
    expect(parametersOf({})).not.toHaveProperty('beneficiaries');
  });

  it('says of an item where it comes from, where no catalogue does', () => {
    const imported = { countryOfOrigin: 'India', importerName: 'Roti Ltd', importerAddress: '1 Mill Lane, Pune' };
    const items = [{ ...bread.items[0]!, saleAmount: null, quantity: 3, ...imported }];
    expect(orderOf({ items }).items).toEqual([
      {
        retailer_id: '1234567',
        name: 'Bread',
        amount: { value: 1400, offset: 100 },
        quantity: 3,
        country_of_origin: 'India',
        importer_name: 'Roti Ltd',
        importer_address: '1 Mill Lane, Pune',
      },
    ]);
  });

  it('adds up on the wire as it does here, for what is left out is nothing', () => {
    const part = fc.record({
      amount: fc.bigInt({ min: 0n, max: 10n ** 13n }).map(String),
      description: fc.option(fc.string({ minLength: 1, maxLength: 60 })),
    });
    const line = fc.record({
      amount: fc.bigInt({ min: 1n, max: 10n ** 9n }),
      reduced: fc.boolean(),
      quantity: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), part, part, (lines, tax, shipping) => {
        const items = lines.map(({ amount, reduced, quantity }) => ({
          ...bread.items[0]!,
          amount: String(amount),
          saleAmount: reduced ? String((amount + 1n) / 2n) : null,
          quantity,
        }));
        const subtotal = items.reduce(
          (sum, item) => sum + BigInt(item.saleAmount ?? item.amount) * BigInt(item.quantity),
          0n,
        );
        const discount = { amount: String(subtotal / 3n), description: null, program: null };
        const total = subtotal + BigInt(tax.amount) + BigInt(shipping.amount) - BigInt(discount.amount);
        const written = parametersOf({
          ...{ items, tax, shipping, discount },
          subtotal: String(subtotal),
          total: String(total),
        });
        const { order } = JSON.parse(JSON.stringify(written)) as typeof written;
        const bought = order.items.reduce(
          (sum, item) => sum + (item.sale_amount ?? item.amount).value * item.quantity,
          0,
        );
        expect(bought).toBe(order.subtotal.value);
        expect(written.total_amount.value).toBe(
          order.subtotal.value + order.tax.value + (order.shipping?.value ?? 0) - (order.discount?.value ?? 0),
        );
        expect(String(written.total_amount.value)).toBe(String(total));
      }),
    );
  });
});

describe('the message of an order', () => {
  const parameters = whatsAppOrderParameters(bread, namedPayee(bread));

  it('has a header and a footer only where they are given', () => {
    expect(whatsAppOrderDetails({ text: 'Pay', footer: null }, parameters, null)).toEqual({
      type: 'order_details',
      body: { text: 'Pay' },
      action: { name: 'review_and_pay', parameters },
    });
    expect(whatsAppOrderDetails({ text: 'Pay', footer: 'Thanks' }, parameters, { id: '990' })).toMatchObject({
      header: { type: 'image', image: { id: '990' } },
      footer: { text: 'Thanks' },
    });
  });

  it('is opened by a template’s button with the same parameters', () => {
    expect(whatsAppOrderButtons({ index: 1, details: bread }, namedPayee)).toEqual([
      {
        type: 'button',
        sub_type: 'order_details',
        index: '1',
        parameters: [{ type: 'action', action: { order_details: parameters } }],
      },
    ]);
    expect(whatsAppOrderButtons(undefined, namedPayee)).toEqual([]);
  });
});

describe('where an order stands', () => {
  it.each([
    ['PENDING', 'pending'],
    ['PROCESSING', 'processing'],
    ['PARTIALLY_SHIPPED', 'partially-shipped'],
    ['SHIPPED', 'shipped'],
    ['COMPLETED', 'completed'],
    ['CANCELED', 'canceled'],
  ] as const)('%s is written %s', (status, word) => {
    const details = { referenceId: 'INV-77', status, description: null };
    expect(whatsAppOrderStatus({ text: 'News of your order', details })).toEqual({
      type: 'order_status',
      body: { text: 'News of your order' },
      action: { name: 'review_order', parameters: { reference_id: 'INV-77', order: { status: word } } },
    });
  });

  it('is explained where there is something to say', () => {
    const details = { referenceId: 'INV-77', status: 'CANCELED', description: 'Out of stock' } as const;
    expect(whatsAppOrderStatus({ text: 'Sorry', details }).action.parameters.order).toEqual({
      status: 'canceled',
      description: 'Out of stock',
    });
  });
});
