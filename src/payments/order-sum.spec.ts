import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_MINOR_UNITS } from '../common/money.js';
import { isProblem, type Problem } from '../common/problem.js';
import { type OrderLine, type OrderPart } from '../providers/ports/messaging.js';
import { orderDetails } from './order-details.js';
import { readOrder, type WrittenItem, type WrittenOrder } from './order-input.js';
import { type Order } from './order.js';
import { checkoutItems } from './order-sum.js';
import { type CreateInput, readPayment } from './payment-input.js';
import { type ChatTerms } from './payment-terms.js';

/** Mostly what may well be; now and then what is at an end or past it. */
const often = <Value>(usual: fc.Arbitrary<Value>, odd: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: odd });
const oddAmount = fc.oneof(
  fc.bigInt({ min: -1n, max: 1n }),
  fc.bigInt({ min: MOST_MINOR_UNITS - 3n, max: MOST_MINOR_UNITS + 2n }),
);
const price = often(fc.bigInt({ min: 500n, max: 10n ** 9n }), oddAmount);
const part = often(fc.bigInt({ min: 0n, max: 600n }), oddAmount);

/** Orders of every kind: some hold, and in each of the others something else does not. */
const anyOrder: fc.Arbitrary<WrittenOrder> = fc.record({
  goods: often<WrittenOrder['goods']>(fc.constant('DIGITAL_GOODS'), fc.constant('PHYSICAL_GOODS')),
  items: fc.array(
    fc.record<WrittenItem>({
      retailerId: fc.constant('SKU-1'),
      name: often(fc.constant('Kopi'), fc.string({ minLength: 59, maxLength: 61 })),
      amount: price,
      saleAmount: often(fc.option(fc.bigInt({ min: 1n, max: 500n })), oddAmount),
      quantity: often(fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, -1, 0.5, 2 ** 31 - 1, 2 ** 31)),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  ...{ tax: part, shipping: part, discount: part },
  total: often(fc.constant(null), price),
});

/** Orders that hold, of which each price is up to 2^53 and reduced or not. */
const goodOrder: fc.Arbitrary<WrittenOrder> = fc
  .record({
    items: fc.array(
      fc
        .record({
          amount: fc.oneof(fc.bigInt({ min: 1n, max: 10n ** 7n }), fc.bigInt({ min: 1n, max: 10n ** 14n })),
          reduced: fc.nat(99),
          quantity: fc.integer({ min: 1, max: 9 }),
        })
        .map(({ amount, reduced, quantity }): WrittenItem => {
          const saleAmount = (amount * BigInt(reduced)) / 100n;
          return {
            retailerId: 'SKU-1',
            name: 'Kopi',
            amount,
            quantity,
            saleAmount: saleAmount > 0n ? saleAmount : null,
          };
        }),
      { minLength: 1, maxLength: 9 },
    ),
    taken: fc.oneof(fc.constant(0), fc.nat(99)),
    tax: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 10n ** 12n })),
    shipping: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 10n ** 12n })),
  })
  .map(({ items, taken, tax, shipping }) => {
    const discount = (paidByHand({ items, tax: 0n, shipping: 0n, discount: 0n }) * BigInt(taken)) / 100n;
    return { goods: 'DIGITAL_GOODS', items, tax, shipping, discount };
  });

/** The sum in another way than the code makes it: one piece after the other. */
function paidByHand({ items, tax, shipping, discount }: Omit<WrittenOrder, 'goods'>): bigint {
  let sum = tax + shipping - discount;
  for (const { amount, saleAmount, quantity } of items)
    for (let piece = 0; piece < quantity; piece++) sum += saleAmount ?? amount;
  return sum;
}

/** What the parts of a rail's order come to; the rail makes the same sum and refuses another. */
function partsOf(order: {
  readonly items: readonly OrderLine[];
  readonly tax: OrderPart;
  readonly shipping: OrderPart;
  readonly discount: OrderPart;
}): { readonly subtotal: string; readonly total: string } {
  const subtotal = order.items
    .map(({ amount, saleAmount, quantity }) => BigInt(quantity) * BigInt(saleAmount ?? amount))
    .reduce((a, b) => a + b);
  const rest = [order.tax.amount, order.shipping.amount, `-${order.discount.amount}`].map(BigInt);
  return { subtotal: String(subtotal), total: String(rest.reduce((a, b) => a + b, subtotal)) };
}

const CHAT: CreateInput['via'] = { whatsapp: { body: 'Bayar', configuration: 'main', paymentType: 'upi' } };
const PAGE: CreateInput['via'] = { checkout: {} };
const asked = (order: WrittenOrder, via: CreateInput['via']): Order | Problem => {
  const input = { referenceId: 'INV-1', to: '+919876543210', currency: via === CHAT ? 'INR' : 'IDR', order, via };
  const ask = readPayment(input, { country: 'IN' });
  return isProblem(ask) ? ask : ask.order;
};
const read = (order: WrittenOrder): Order => {
  const found = readOrder(order, 'INR', 'WHATSAPP');
  if (isProblem(found)) throw new Error(`${found.code} at ${found.field}: ${found.message}`);
  return found;
};
const TERMS: ChatTerms = {
  ...{ via: 'WHATSAPP', text: 'Bayar', footer: null, headerImage: null, configuration: 'main', paymentType: 'upi' },
  ...{ template: null, showsExpiry: false, expiryDescription: null },
};
const NOW = new Date('2026-03-01T09:30:00Z');

describe('the parts of an order', () => {
  it('add up to its total, or it is refused, whatever was written', () => {
    fc.assert(
      fc.property(anyOrder, fc.constantFrom(CHAT, PAGE), (written, via) => {
        const order = asked(written, via);
        if (isProblem(order)) return ['INVALID_INPUT', 'AMOUNT_MISMATCH'].includes(order.code);
        expect(partsOf(order)).toEqual({ subtotal: order.subtotal, total: order.total });
        for (const value of [order.subtotal, order.total, ...order.items.map(({ amount }) => amount)])
          expect(Number.isSafeInteger(Number(value)) && Number(value) > 0).toBe(true);
        return written.total == null || String(written.total) === order.total;
      }),
      { numRuns: 2_000 },
    );
  });

  it('come to what is paid piece by piece, at the reduced price where there is one', () => {
    fc.assert(
      fc.property(goodOrder, (written) => {
        expect(read(written).total).toBe(String(paidByHand(written)));
      }),
    );
  });

  it('go out to either rail as they are, and add up there', () => {
    fc.assert(
      fc.property(goodOrder, (written) => {
        const order = read(written);
        const details = orderDetails(order, TERMS, 'INV-1-2', 'INR', NOW);
        expect(partsOf(details)).toEqual({ subtotal: details.subtotal, total: order.total });
        const lines = checkoutItems(order).map(({ price, quantity }) => BigInt(price) * BigInt(quantity));
        expect(lines.length === 0 || String(lines.reduce((a, b) => a + b)) === order.total).toBe(true);
      }),
    );
  });
});

describe('a total that is given', () => {
  it('is refused where it is one off, whatever the order', () => {
    fc.assert(
      fc.property(goodOrder, fc.constantFrom(1n, -1n), (written, off) => {
        const total = paidByHand(written);
        expect(read({ ...written, total }).total).toBe(String(total));
        expect(readOrder({ ...written, total: total + off }, 'INR', 'WHATSAPP')).toMatchObject({
          ...{ code: 'AMOUNT_MISMATCH', field: 'order.total' },
        });
      }),
    );
  });

  it('is refused with the sum line by line', () => {
    const items = [
      { retailerId: 'A', name: 'Kopi\nsusu', amount: 1_500_000_000n, quantity: 2 },
      { retailerId: 'B', name: 'Teh', amount: 9_000n, saleAmount: 8_000n, quantity: 3 },
    ];
    const order = { goods: 'DIGITAL_GOODS', items, tax: 300n, shipping: 9_000n, discount: 24_000n } as const;
    const refused = readOrder({ ...order, total: 3_000_009_299n }, 'IDR', 'CHECKOUT');
    expect(isProblem(refused) && refused.message.split('\n')).toEqual([
      'The total is given as Rp3.000.009.299, and the order adds up to Rp3.000.009.300:',
      'Kopi susu × 2 at Rp1.500.000.000 = Rp3.000.000.000',
      'Teh × 3 at Rp8.000 = Rp24.000',
      'subtotal Rp3.000.024.000',
      '+ tax Rp300',
      '+ shipping Rp9.000',
      '− discount Rp24.000',
      '= total Rp3.000.009.300',
      'Give that total, or leave it out.',
    ]);
  });

  it('is refused in under 2,000 characters, with the cost of what is not written out', () => {
    const name = 'x'.repeat(60);
    const items = Array.from({ length: 100 }, () => ({ retailerId: 'A', name, amount: 100n, quantity: 1 }));
    const order = { goods: 'DIGITAL_GOODS', items, tax: 0n, shipping: 0n, discount: 0n, total: 1n } as const;
    const refused = readOrder(order, 'INR', 'WHATSAPP') as Problem;
    const written = refused.message.split('\n').filter((line) => line.startsWith(name)).length;
    expect(refused.message).toContain(`\n${100 - written} more items = ₹${100 - written}.00\n`);
    expect(written).toBeGreaterThan(5);

    const dear = {
      ...order,
      items: items.map((item) => ({ ...item, amount: MOST_MINOR_UNITS, quantity: 2 ** 31 - 1 })),
    };
    expect((readOrder(dear, 'INR', 'WHATSAPP') as Problem).message.length).toBeLessThan(2_000);
  });
});

describe('what a page lists', () => {
  const kopi = { retailerId: 'A', name: 'Kopi', amount: 10_000n, saleAmount: 9_000n, quantity: 2 };
  const plain: WrittenOrder = { goods: 'DIGITAL_GOODS', items: [kopi], tax: 0n, shipping: 0n, discount: 0n };

  it('is the items at the price that counts', () => {
    expect(checkoutItems(read(plain))).toEqual([{ id: 'A', name: 'Kopi', price: '9000', quantity: 2 }]);
    expect(checkoutItems(read({ ...plain, tax: 500n, discount: 500n }))).toHaveLength(1);
  });

  it.each(['tax', 'shipping', 'discount'] as const)('is nothing where there is a %s', (part) => {
    expect(checkoutItems(read({ ...plain, [part]: 500n }))).toEqual([]);
  });
});

describe('what a message asks for', () => {
  const order = read({
    ...{ goods: 'DIGITAL_GOODS', tax: 0n, shipping: 0n, discount: 0n },
    items: [{ retailerId: 'A', name: 'Kopi', amount: 100n, quantity: 1 }],
  });

  it('has its own reference', () => {
    expect(orderDetails(order, TERMS, 'INV-1-2', 'INR', NOW)).toMatchObject({
      ...{ referenceId: 'INV-1-2', configuration: 'main', paymentType: 'upi', currency: 'INR', total: '100' },
    });
  });

  it('shows its end where the merchant named it', () => {
    expect(orderDetails(order, TERMS, 'INV-1', 'INR', NOW).expires).toBeNull();
    const shown = { ...TERMS, showsExpiry: true, expiryDescription: 'Sampai besok' };
    expect(orderDetails(order, shown, 'INV-1', 'INR', NOW).expires).toEqual({
      ...{ at: '2026-03-01T09:30:00.000Z', description: 'Sampai besok' },
    });
  });
});
