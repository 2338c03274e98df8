/** Reads what a caller writes of an order: each value by itself, then whether all of them add up. */
import { MOST_MINOR_UNITS, writeMoney } from '../common/money.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { type Beneficiary, type GoodsType, type OrderLine, type OrderPart } from '../providers/ports/messaging.js';
import { neededText, optionalText, saidIn, wrong } from './input-texts.js';
import { type Order } from './order.js';
import { subtotalOf, writtenSum } from './order-sum.js';
import { type PaymentTerms } from './payment-terms.js';

type Via = PaymentTerms['via'];

/** An order as a caller writes it. Amounts are whole minor units. */
export interface WrittenOrder {
  readonly goods: GoodsType;
  readonly items: readonly WrittenItem[];
  readonly tax: bigint;
  readonly taxDescription?: string | null;
  readonly shipping: bigint;
  readonly shippingDescription?: string | null;
  readonly discount: bigint;
  readonly discountDescription?: string | null;
  readonly discountProgram?: string | null;
  readonly total?: bigint | null;
  readonly beneficiaries?: readonly WrittenBeneficiary[] | null;
}

/** A line of an order as a caller writes it: what one costs, and how many there are. */
export interface WrittenItem {
  readonly retailerId: string;
  readonly name: string;
  readonly amount: bigint;
  readonly saleAmount?: bigint | null;
  readonly quantity: number;
  readonly countryOfOrigin?: string | null;
  readonly importerName?: string | null;
  readonly importerAddress?: string | null;
}

/** Who gets the goods, as a caller writes it. */
export interface WrittenBeneficiary {
  readonly name: string;
  readonly addressLine1: string;
  readonly addressLine2?: string | null;
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly postalCode: string;
}

// interface.md, Limits; Exotel, payment messages (2024-05), and Meta's page on the same object.
const MOST_ITEMS = 100;
const LONGEST_RETAILER_ID = 128;
const LONGEST_NAME = 60;
const LONGEST_DESCRIPTION = 60;
const MOST_BENEFICIARIES = 10;
const LONGEST_BENEFICIARY = 200;
const LONGEST_ADDRESS = 100;
/** Ours: nobody says how long what is said of an importer may be. */
const LONGEST_ORIGIN = 200;
/** What an Int of GraphQL holds. */
const MOST_OF_ONE = 2 ** 31 - 1;
/** DOKU, Checkout: `order.amount` has at most 12 digits. */
const MOST_AT_CHECKOUT = 999_999_999_999n;

/** Checks an order by itself, with the rules of the way that it is asked for: Exotel’s page on payment messages (2024-05) in the chat. */
export function readOrder(input: WrittenOrder, currency: string, via: Via): Order | Problem {
  const items = readItems(input.items);
  if (isProblem(items)) return items;
  const beneficiaries = readBeneficiaries(input, via);
  if (isProblem(beneficiaries)) return beneficiaries;
  const subtotal = subtotalOf(items);
  const bad = partsProblem(input) ?? discountProblem(input.discount, subtotal, currency);
  if (bad) return bad;
  const order: Order = {
    ...{ goods: input.goods, items, beneficiaries },
    subtotal: String(subtotal),
    tax: part(input.tax, input.taxDescription),
    shipping: part(input.shipping, input.shippingDescription),
    discount: { ...part(input.discount, input.discountDescription), program: saidIn(input.discountProgram) },
    total: String(subtotal + input.tax + input.shipping - input.discount),
  };
  return totalProblem(order, input.total ?? null, currency, via) ?? order;
}

const part = (amount: bigint, description: string | null | undefined): OrderPart => ({
  amount: String(amount),
  description: saidIn(description),
});

function readItems(inputs: readonly WrittenItem[]): readonly OrderLine[] | Problem {
  if (inputs.length < 1 || inputs.length > MOST_ITEMS)
    return wrong(`An order has 1 to ${MOST_ITEMS} items.`, 'order.items');
  const items: OrderLine[] = [];
  for (const [index, input] of inputs.entries()) {
    const item = readItem(input, `order.items.${index}`);
    if (isProblem(item)) return item;
    items.push(item);
  }
  return items;
}

function readItem(input: WrittenItem, at: string): OrderLine | Problem {
  const { retailerId, name, amount, quantity } = input;
  const saleAmount = input.saleAmount ?? null;
  const bad =
    neededText(retailerId, LONGEST_RETAILER_ID, `${at}.retailerId`) ??
    neededText(name, LONGEST_NAME, `${at}.name`) ??
    amountProblem(amount, 1n, `${at}.amount`) ??
    (saleAmount === null ? null : saleProblem(saleAmount, amount, `${at}.saleAmount`));
  if (bad) return bad;
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > MOST_OF_ONE)
    return wrong(`It is a whole number, 1 to ${MOST_OF_ONE}.`, `${at}.quantity`);
  const origin = readOrigin(input, at);
  if (isProblem(origin)) return origin;
  return {
    ...{ retailerId, name, amount: String(amount) },
    saleAmount: saleAmount === null ? null : String(saleAmount),
    quantity,
    ...origin,
  };
}

function amountProblem(amount: bigint, least: bigint, field: string): Problem | null {
  return amount < least || amount > MOST_MINOR_UNITS
    ? wrong(`It is ${least} to ${MOST_MINOR_UNITS} minor units.`, field)
    : null;
}

function saleProblem(saleAmount: bigint, amount: bigint, field: string): Problem | null {
  return saleAmount < 1n || saleAmount >= amount
    ? wrong('A reduced price is more than 0 and less than the amount; leave it out where there is none.', field)
    : null;
}

/** What India asks to be said of goods that are in no catalogue. The three belong together. */
function readOrigin(
  input: WrittenItem,
  at: string,
): Pick<OrderLine, 'countryOfOrigin' | 'importerName' | 'importerAddress'> | Problem {
  const origin = {
    countryOfOrigin: saidIn(input.countryOfOrigin),
    importerName: saidIn(input.importerName),
    importerAddress: saidIn(input.importerAddress),
  };
  for (const [name, text] of Object.entries(origin)) {
    const bad = optionalText(text, LONGEST_ORIGIN, `${at}.${name}`);
    if (bad) return bad;
  }
  const missing = Object.entries(origin).filter(([, text]) => text === null);
  if (missing.length === 0 || missing.length === 3) return origin;
  return wrong(
    'Where goods come from is said by countryOfOrigin, importerName and importerAddress: give all three, or none of them.',
    `${at}.${missing[0]?.[0]}`,
  );
}

function partsProblem(input: WrittenOrder): Problem | null {
  return (
    amountProblem(input.tax, 0n, 'order.tax') ??
    amountProblem(input.shipping, 0n, 'order.shipping') ??
    amountProblem(input.discount, 0n, 'order.discount') ??
    optionalText(input.taxDescription, LONGEST_DESCRIPTION, 'order.taxDescription') ??
    optionalText(input.shippingDescription, LONGEST_DESCRIPTION, 'order.shippingDescription') ??
    optionalText(input.discountDescription, LONGEST_DESCRIPTION, 'order.discountDescription') ??
    optionalText(input.discountProgram, LONGEST_DESCRIPTION, 'order.discountProgram')
  );
}

function discountProblem(discount: bigint, subtotal: bigint, currency: string): Problem | null {
  if (discount <= subtotal) return null;
  const [taken, cost] = [writeMoney(discount, currency), writeMoney(subtotal, currency)];
  return wrong(`It takes off ${taken}, and the items cost ${cost}: it is at most that.`, 'order.discount');
}

/** Whether the total is the caller's, and one that can be paid. */
function totalProblem(order: Order, asked: bigint | null, currency: string, via: Via): Problem | null {
  const total = BigInt(order.total);
  const wrongTotal = (message: string): Problem => wrong(message, 'order.total');
  if (asked !== null && asked !== total) {
    const [given, sum] = [writeMoney(asked, currency), writeMoney(total, currency)];
    return problem(
      'AMOUNT_MISMATCH',
      `The total is given as ${given}, and the order adds up to ${sum}:\n${writtenSum(order, currency)}\nGive that total, or leave it out.`,
      'order.total',
    );
  }
  if (total === 0n) return wrongTotal('It adds up to 0, and there is nothing to pay then.');
  const most = via === 'CHECKOUT' ? MOST_AT_CHECKOUT : MOST_MINOR_UNITS;
  // The subtotal stands beside it in the chat, and a discount may have made it the greater one.
  if (total > most || BigInt(order.subtotal) > MOST_MINOR_UNITS)
    return wrongTotal(`It adds up to more than ${writeMoney(most, currency)}: ask for it in several payments.`);
  return null;
}

function readBeneficiaries(input: WrittenOrder, via: Via): readonly Beneficiary[] | Problem {
  const inputs = input.beneficiaries ?? [];
  if (inputs.length > MOST_BENEFICIARIES)
    return wrong(`An order has at most ${MOST_BENEFICIARIES} beneficiaries.`, 'order.beneficiaries');
  if (input.goods === 'PHYSICAL_GOODS' && inputs.length === 0)
    return wrong('PHYSICAL_GOODS are shipped to somebody: say to whom and where.', 'order.beneficiaries');
  const beneficiaries: Beneficiary[] = [];
  for (const [index, written] of inputs.entries()) {
    const at = `order.beneficiaries.${index}`;
    const { name, addressLine1, addressLine2, city, state, country, postalCode } = written;
    const bad =
      neededText(name, LONGEST_BENEFICIARY, `${at}.name`) ??
      neededText(addressLine1, LONGEST_ADDRESS, `${at}.addressLine1`) ??
      optionalText(addressLine2, LONGEST_ADDRESS, `${at}.addressLine2`) ??
      neededText(city, LONGEST_ADDRESS, `${at}.city`) ??
      neededText(state, LONGEST_ADDRESS, `${at}.state`) ??
      (via === 'WHATSAPP' ? indianAddressProblem(written, at) : addressProblem(written, at));
    if (bad) return bad;
    beneficiaries.push({ name, addressLine1, addressLine2: saidIn(addressLine2), city, state, country, postalCode });
  }
  return beneficiaries;
}

function indianAddressProblem({ country, postalCode }: WrittenBeneficiary, at: string): Problem | null {
  if (country !== 'India')
    return wrong('Orders in the chat are shipped within India, written so: India.', `${at}.country`);
  return /^\d{6}$/.test(postalCode) ? null : wrong('A postal code of India has 6 digits.', `${at}.postalCode`);
}

function addressProblem({ country, postalCode }: WrittenBeneficiary, at: string): Problem | null {
  return (
    neededText(country, LONGEST_ADDRESS, `${at}.country`) ??
    (/^[A-Za-z0-9][A-Za-z0-9 -]{1,8}[A-Za-z0-9]$/.test(postalCode)
      ? null
      : wrong('It has 3 to 10 letters, digits, blanks or hyphens.', `${at}.postalCode`))
  );
}
