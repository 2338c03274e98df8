import { type Digits, writeMoney } from '../common/money.js';
import { type OrderLine } from '../providers/ports/messaging.js';
import { type CheckoutAsk } from '../providers/ports/payments.js';
import { type Order } from './order.js';

/** What one of them costs: where the price is reduced, that one counts. */
const priceOf = ({ amount, saleAmount }: Pick<OrderLine, 'amount' | 'saleAmount'>): Digits => saleAmount ?? amount;

const costOf = (line: OrderLine): bigint => BigInt(priceOf(line)) * BigInt(line.quantity);

/** What the items cost, before tax, shipping and discount. */
export const subtotalOf = (items: readonly OrderLine[]): bigint => items.reduce((sum, line) => sum + costOf(line), 0n);

/** The lines of a hosted page, whose provider adds them up itself: none where that would not give the total. */
export function checkoutItems({ items, subtotal, total }: Order): CheckoutAsk['items'] {
  if (subtotal !== total) return [];
  return items.map((line) => ({
    ...{ id: line.retailerId, name: line.name },
    ...{ price: priceOf(line), quantity: line.quantity },
  }));
}

/** So much of the items is written out, in characters: a message is to be read. */
const ROOM_FOR_ITEMS = 1_200;

/** The sum of an order, line by line, for whoever came to another one. Under 2,000 characters or so. */
export function writtenSum({ items, subtotal, tax, shipping, discount, total }: Order, currency: string): string {
  const money = (value: bigint | Digits): string => writeMoney(value, currency);
  const lines: string[] = [];
  let room = ROOM_FOR_ITEMS;
  for (const line of items) {
    // A line break in a name would look like another line of the sum.
    const name = line.name.replace(/[\s\p{Cc}]+/gu, ' ');
    const written = `${name} × ${line.quantity} at ${money(priceOf(line))} = ${money(costOf(line))}`;
    room -= written.length;
    if (room < 0) break;
    lines.push(written);
  }
  const rest = items.slice(lines.length);
  if (rest.length > 0) lines.push(`${rest.length} more items = ${money(subtotalOf(rest))}`);
  return [
    ...lines,
    `subtotal ${money(subtotal)}`,
    `+ tax ${money(tax.amount)}`,
    `+ shipping ${money(shipping.amount)}`,
    `− discount ${money(discount.amount)}`,
    `= total ${money(total)}`,
  ].join('\n');
}
