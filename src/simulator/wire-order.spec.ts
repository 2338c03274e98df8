import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderWith } from '../../test/support/chat-orders.js';
import { partsFault, type WireOrder } from './wire-order.js';

const price = (value: number): { value: number; offset: number } => ({ value, offset: 100 });
const some = fc.integer({ min: 0, max: 1_000_000_000 });
const item = fc
  .record({
    amount: fc.integer({ min: 2, max: 1_000_000_000 }),
    less: fc.option(some),
    quantity: fc.integer({ min: 1, max: 999 }),
  })
  .map(({ amount, less, quantity }) => ({
    each: less === null ? amount : 1 + (less % (amount - 1)),
    quantity,
    wire: {
      amount: price(amount),
      ...(less !== null && { sale_amount: price(1 + (less % (amount - 1))) }),
      quantity,
    },
  }));

/** An order whose parts agree. */
const agreeing = fc
  .record({ items: fc.array(item, { minLength: 1, maxLength: 20 }), tax: some, shipping: some, discount: some })
  .map(({ items, tax, shipping, discount }) => {
    const subtotal = items.reduce((sum, { each, quantity }) => sum + each * quantity, 0);
    return orderWith({
      'order.items': items.map(({ wire }) => wire),
      'order.subtotal': price(subtotal),
      'order.tax': price(tax),
      'order.shipping': price(shipping),
      'order.discount': price(discount),
      total_amount: price(subtotal + tax + shipping - discount),
    });
  });
const changed = (order: WireOrder, by: number, of: (order: WireOrder) => object): WireOrder => {
  const copy = structuredClone(order);
  const amount = of(copy) as { value: number };
  amount.value += by;
  return copy;
};

describe('the parts of an order', () => {
  const off = fc.integer({ min: -1_000, max: 1_000 }).filter((by) => by !== 0);

  it('agree where the sums are right', () => {
    fc.assert(
      fc.property(agreeing, (order) => {
        expect(partsFault(order)).toBeUndefined();
      }),
    );
  });

  it.each<[string, (order: WireOrder) => object, string[]]>([
    ['the total', (order) => order.total_amount, ['total_amount', 'value']],
    ['the tax', ({ order }) => order.tax, ['total_amount', 'value']],
    ['the discount', ({ order }) => order.discount as object, ['total_amount', 'value']],
    ['the subtotal', ({ order }) => order.subtotal, ['order', 'subtotal', 'value']],
  ])('do not where %s is off by anything', (_what, of, path) => {
    fc.assert(
      fc.property(agreeing, off, (order, by) => {
        expect(partsFault(changed(order, by, of))?.path).toEqual(path);
      }),
    );
  });

  it('are added up beyond what a number of JSON holds exactly', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const items = [0, 1, 2].map(() => ({ amount: price(most), quantity: 1 }));
    const order = orderWith({ 'order.items': items, 'order.subtotal': price(most) });
    expect(partsFault(order)?.words).toContain(String(3n * BigInt(most)));
  });
});
