import { describe, expect, it } from 'vitest';
import { MOST_MINOR_UNITS } from '../common/money.js';
import { isProblem, type Problem } from '../common/problem.js';
import { readOrder, type WrittenBeneficiary, type WrittenItem, type WrittenOrder } from './order-input.js';
import { type Order } from './order.js';

type Via = 'WHATSAPP' | 'CHECKOUT';
const CURRENCY = { WHATSAPP: 'INR', CHECKOUT: 'IDR' } as const;
const BOTH: readonly Via[] = ['WHATSAPP', 'CHECKOUT'];

const item = (over: Partial<WrittenItem> = {}): WrittenItem => ({
  ...{ retailerId: 'SKU-1', name: 'Kopi', amount: 10_000n, quantity: 2 },
  ...over,
});
const ANI: WrittenBeneficiary = {
  ...{ name: 'Ani', addressLine1: '1 MG Road', city: 'Bengaluru', state: 'Karnataka', country: 'India' },
  postalCode: '560001',
};
const order = (over: Partial<WrittenOrder> = {}): WrittenOrder => ({
  ...{ goods: 'DIGITAL_GOODS', items: [item()], tax: 0n, shipping: 0n, discount: 0n },
  ...over,
});
const oneItem = (over: Partial<WrittenItem>): WrittenOrder => order({ items: [item(over)] });
const shippedTo = (over: Partial<WrittenBeneficiary>): WrittenOrder =>
  order({ goods: 'PHYSICAL_GOODS', beneficiaries: [{ ...ANI, ...over }] });

function read(input: WrittenOrder, via: Via = 'WHATSAPP'): Order {
  const found = readOrder(input, CURRENCY[via], via);
  if (isProblem(found)) throw new Error(`${found.code} at ${found.field}: ${found.message}`);
  return found;
}
function refused(input: WrittenOrder, via: Via = 'WHATSAPP'): Problem {
  const found = readOrder(input, CURRENCY[via], via);
  if (!isProblem(found)) throw new Error('It was taken.');
  expect(found.message).toMatch(/^[A-Z].*\.$/s);
  return found;
}
function refusedAt(input: WrittenOrder, via: Via = 'WHATSAPP'): string | null | undefined {
  const { code, field } = refused(input, via);
  expect(code).toBe('INVALID_INPUT');
  return field;
}

describe('an order', () => {
  it('adds up: reduced prices count, tax and shipping come on top, the discount goes off', () => {
    const written = order({
      items: [item({ amount: 1_000n, saleAmount: 800n, quantity: 3 }), item({ amount: 500n, quantity: 1 })],
      ...{ tax: 290n, shipping: 100n, discount: 400n },
    });
    expect(read(written)).toMatchObject({ subtotal: '2900', total: '2890' });
  });

  // Exotel, payment messages: the sums of its two samples.
  it.each([
    [{ tax: 100n, discount: 100n }, '1000'],
    [{ tax: 100n, shipping: 100n, discount: 100n }, '1100'],
  ])('of 1000 with %o is %s', (parts, total) => {
    expect(read(order({ items: [item({ amount: 1_000n, quantity: 1 })], ...parts })).total).toBe(total);
  });

  it('keeps all that was said, amounts in digits', () => {
    const written = order({
      ...{ goods: 'PHYSICAL_GOODS', beneficiaries: [ANI], total: 21_700n },
      items: [item({ countryOfOrigin: 'Indonesia', importerName: 'Toko', importerAddress: 'Chennai' })],
      ...{ tax: 2_000n, taxDescription: 'GST', shipping: 500n, shippingDescription: 'Kurir' },
      ...{ discount: 800n, discountDescription: 'Diwali', discountProgram: 'FEST' },
    });
    expect(read(written)).toEqual({
      goods: 'PHYSICAL_GOODS',
      items: [
        {
          ...{ retailerId: 'SKU-1', name: 'Kopi', amount: '10000', saleAmount: null, quantity: 2 },
          ...{ countryOfOrigin: 'Indonesia', importerName: 'Toko', importerAddress: 'Chennai' },
        },
      ],
      subtotal: '20000',
      tax: { amount: '2000', description: 'GST' },
      shipping: { amount: '500', description: 'Kurir' },
      discount: { amount: '800', description: 'Diwali', program: 'FEST' },
      total: '21700',
      beneficiaries: [{ ...ANI, addressLine2: null }],
    });
  });

  it('is read the same with what is not said left out, null or blank', () => {
    const blank = { taxDescription: '', shippingDescription: ' ', discountDescription: null, discountProgram: '' };
    const nothing = { countryOfOrigin: '', importerName: null, importerAddress: ' ', saleAmount: null };
    expect(read(order({ ...blank, items: [item(nothing)], total: null, beneficiaries: null }))).toEqual(read(order()));
  });

  it('may cost Rp3.000.000.000, and does not know where 32 bits end', () => {
    expect(read(oneItem({ amount: 3_000_000_000n, quantity: 1 }), 'CHECKOUT').total).toBe('3000000000');
    expect(read(oneItem({ amount: 1n, quantity: 2 ** 31 - 1 })).total).toBe('2147483647');
  });

  it('has 1 to 100 items', () => {
    const items = Array.from({ length: 101 }, () => item());
    expect(refusedAt(order({ items: [] }))).toBe('order.items');
    expect(refusedAt(order({ items }))).toBe('order.items');
    expect(read(order({ items: items.slice(1) })).subtotal).toBe('2000000');
  });

  it.each<[string, Partial<WrittenItem>]>([
    ['amount', { amount: 0n }],
    ['amount', { amount: MOST_MINOR_UNITS + 1n }],
    ['saleAmount', { saleAmount: 0n }],
    ['saleAmount', { saleAmount: 10_000n }],
    ['saleAmount', { saleAmount: 10_001n }],
    ['quantity', { quantity: 0 }],
    ['quantity', { quantity: -1 }],
    ['quantity', { quantity: 1.5 }],
    ['quantity', { quantity: 2 ** 31 }],
    ['quantity', { quantity: Number.NaN }],
    ['retailerId', { retailerId: '' }],
    ['name', { name: ' \n' }],
    ['importerName', { countryOfOrigin: 'Indonesia' }],
    ['importerAddress', { countryOfOrigin: 'Indonesia', importerName: 'Toko' }],
    ['countryOfOrigin', { importerName: 'Toko', importerAddress: 'Chennai' }],
  ])('is refused at the %s of an item with %o', (field, over) => {
    expect(refusedAt(order({ items: [item(), item(over)] }))).toBe(`order.items.1.${field}`);
  });

  it.each<[string, Partial<WrittenOrder>]>([
    ['tax', { tax: -1n }],
    ['shipping', { shipping: -1n }],
    ['discount', { discount: -1n }],
    ['tax', { tax: MOST_MINOR_UNITS + 1n }],
    ['discount', { discount: 20_001n }],
    // What is paid on top is no reason for a greater discount.
    ['discount', { tax: 5_000n, shipping: 5_000n, discount: 20_001n }],
    ['total', { discount: 20_000n }],
    ['total', { discount: 20_000n, total: 0n }],
    ['total', { tax: MOST_MINOR_UNITS - 19_999n }],
    ['total', { items: [item({ amount: MOST_MINOR_UNITS, quantity: 2 })] }],
    // The subtotal goes out beside the total.
    ['total', { items: [item({ amount: MOST_MINOR_UNITS, quantity: 2 })], discount: MOST_MINOR_UNITS }],
  ])('is refused at its %s with %o', (field, over) => {
    expect(refusedAt(order(over))).toBe(`order.${field}`);
  });

  it('may be all that a JSON number holds, in the chat', () => {
    expect(read(oneItem({ amount: MOST_MINOR_UNITS, quantity: 1 })).total).toBe('9007199254740991');
    expect(read(order({ discount: 20_000n, shipping: 1n })).total).toBe('1');
  });

  it('has at most twelve digits at a checkout', () => {
    expect(read(oneItem({ amount: 999_999_999_999n, quantity: 1 }), 'CHECKOUT').total).toBe('999999999999');
    expect(refusedAt(oneItem({ amount: 1_000_000_000_000n, quantity: 1 }), 'CHECKOUT')).toBe('order.total');
  });
});

describe('a text of an order', () => {
  const IMPORTED = { countryOfOrigin: 'Indonesia', importerName: 'Toko', importerAddress: 'Chennai' };
  const long = (length: number): string => 'x'.repeat(length);
  it.each<[string, number, (text: string) => WrittenOrder]>([
    ['items.0.retailerId', 128, (retailerId) => oneItem({ retailerId })],
    ['items.0.name', 60, (name) => oneItem({ name })],
    ['items.0.countryOfOrigin', 200, (text) => oneItem({ ...IMPORTED, countryOfOrigin: text })],
    ['items.0.importerName', 200, (text) => oneItem({ ...IMPORTED, importerName: text })],
    ['items.0.importerAddress', 200, (text) => oneItem({ ...IMPORTED, importerAddress: text })],
    ['taxDescription', 60, (taxDescription) => order({ taxDescription })],
    ['shippingDescription', 60, (shippingDescription) => order({ shippingDescription })],
    ['discountDescription', 60, (discountDescription) => order({ discountDescription })],
    ['discountProgram', 60, (discountProgram) => order({ discountProgram })],
    ['beneficiaries.0.name', 200, (name) => shippedTo({ name })],
    ['beneficiaries.0.addressLine1', 100, (addressLine1) => shippedTo({ addressLine1 })],
    ['beneficiaries.0.addressLine2', 100, (addressLine2) => shippedTo({ addressLine2 })],
    ['beneficiaries.0.city', 100, (city) => shippedTo({ city })],
    ['beneficiaries.0.state', 100, (state) => shippedTo({ state })],
  ])('at %s has at most %i characters, however it is asked for', (field, longest, write) => {
    for (const via of BOTH) {
      expect(read(write(long(longest)), via)).toBeDefined();
      expect(refusedAt(write(long(longest + 1)), via)).toBe(`order.${field}`);
    }
  });
});

describe('who gets the goods', () => {
  it('is said of what is shipped', () => {
    expect(refusedAt(order({ goods: 'PHYSICAL_GOODS' }))).toBe('order.beneficiaries');
    expect(refusedAt(order({ goods: 'PHYSICAL_GOODS', beneficiaries: [] }))).toBe('order.beneficiaries');
    expect(refusedAt(order({ goods: 'PHYSICAL_GOODS' }), 'CHECKOUT')).toBe('order.beneficiaries');
  });

  it('are at most ten', () => {
    const eleven = Array.from({ length: 11 }, () => ANI);
    expect(refusedAt(order({ beneficiaries: eleven }))).toBe('order.beneficiaries');
    expect(read(order({ beneficiaries: eleven.slice(1) })).beneficiaries).toHaveLength(10);
  });

  it.each<[string, Partial<WrittenBeneficiary>]>([
    ['country', { country: 'Indonesia' }],
    ['country', { country: 'india' }],
    ['postalCode', { postalCode: '56001' }],
    ['postalCode', { postalCode: '5600011' }],
    ['postalCode', { postalCode: '560 01' }],
    ['postalCode', { postalCode: '५६०००१' }],
    ['postalCode', { postalCode: '560001\n' }],
    ['name', { name: '' }],
    ['addressLine1', { addressLine1: ' ' }],
    ['city', { city: '' }],
    ['state', { state: '' }],
  ])('has a %s of India in the chat, so not %o', (field, over) => {
    expect(refusedAt({ ...shippedTo({}), beneficiaries: [ANI, { ...ANI, ...over }] })).toBe(
      `order.beneficiaries.1.${field}`,
    );
  });

  it.each(['12190', '560001', 'SW1A 1AA', '123-456', 'AB1', '1234567890'])(
    'may be anywhere at a checkout, such as at %s',
    (postalCode) => {
      expect(read(shippedTo({ country: 'Indonesia', postalCode }), 'CHECKOUT').beneficiaries).toHaveLength(1);
    },
  );

  it.each(['', '12', '12345678901', ' 12190', '12190 ', '1219O!', '   '])(
    'has a postal code at a checkout, so not %j',
    (postalCode) => {
      expect(refusedAt(shippedTo({ postalCode }), 'CHECKOUT')).toBe('order.beneficiaries.0.postalCode');
    },
  );

  it('is in a country at a checkout too', () => {
    expect(refusedAt(shippedTo({ country: '' }), 'CHECKOUT')).toBe('order.beneficiaries.0.country');
    expect(refusedAt(shippedTo({ country: 'x'.repeat(101) }), 'CHECKOUT')).toBe('order.beneficiaries.0.country');
  });
});
