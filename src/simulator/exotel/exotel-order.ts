/** The parameters of orders in Exotel's form (its payments page; what it leaves open is Meta's). */
import { faultOf, listOf, object, oneOf, optional, record, type Rule, type Shape, textUpTo } from '../control-input.js';
import {
  GOODS,
  OFFSET,
  ORDER_STATUSES,
  type OrderFault,
  partsFault,
  PAYMENT_TYPES,
  REFERENCE,
  type WireOrder,
} from '../wire-order.js';

const rule =
  (fits: (value: unknown) => boolean, otherwise: string): Rule =>
  (value) =>
    fits(value) ? undefined : otherwise;

/** In hundredths, so that it is a whole number; 2^53 - 1 is the greatest that JSON holds exactly. */
const whole = (least: number): Rule =>
  rule((value) => Number.isSafeInteger(value) && (value as number) >= least, `must be a whole number from ${least}`);
const written = (form: RegExp, otherwise: string): Rule =>
  rule((value) => typeof value === 'string' && form.test(value), `must be ${otherwise}`);

const money = (least: number): Shape => ({
  value: whole(least),
  offset: rule((value) => value === OFFSET, `must be the number ${OFFSET}`),
});
const price = object(money(1));
/** The samples have a shipping of 0, and there may be no tax. */
const part: Shape = { ...money(0), description: optional(textUpTo(60)) };

const reference = written(REFERENCE, 'a string of 1 to 35 English letters, digits, underscores, dashes and dots');

const item = object({
  retailer_id: textUpTo(100),
  name: textUpTo(60),
  amount: price,
  sale_amount: optional(price),
  // The table says string, "cannot be decimal has to be integer"; the samples have a number.
  quantity: whole(1),
  country_of_origin: optional(textUpTo(100)),
  importer_name: optional(textUpTo(200)),
  // A string in the table, an object of an address at Meta.
  importer_address: optional((value) => (typeof value === 'string' ? textUpTo(1_000)(value) : record(value))),
});

const beneficiary = object({
  name: textUpTo(200),
  address_line1: textUpTo(100),
  address_line2: optional(textUpTo(100)),
  city: textUpTo(100),
  state: textUpTo(100),
  country: oneOf('India'),
  postal_code: written(/^\d{6}$/, 'a string of 6 digits'),
});

const PARAMETERS: Shape = {
  reference_id: reference,
  type: oneOf(...GOODS),
  beneficiaries: optional(listOf(beneficiary, 1, 10)),
  payment_type: oneOf(...PAYMENT_TYPES),
  payment_configuration: textUpTo(60),
  currency: oneOf('INR'),
  total_amount: price,
  order: object({
    status: oneOf('pending'),
    catalog_id: optional(textUpTo(128)),
    expiration: optional(
      object({
        timestamp: written(/^\d{10}$/, 'a string of UTC seconds'),
        description: optional(textUpTo(120)),
      }),
    ),
    items: listOf(item, 1, 1_000),
    subtotal: price,
    tax: object(part),
    shipping: optional(object(part)),
    discount: optional(object({ ...part, discount_program_name: optional(textUpTo(60)) })),
  }),
};

/** Those of `order_details`: each field, and that they agree. */
export const orderDetails: Rule = (value) => {
  const fault = faultOf(value, PARAMETERS);
  if (fault !== undefined) return fault;
  const parts = partsFault(value as WireOrder);
  return parts && wordsOf(parts);
};

/** As the other faults are told: `order items [0] quantity must be …`. */
export function wordsOf({ path, words }: OrderFault): string {
  return [...path.map((step) => (typeof step === 'number' ? `[${step}]` : step)), words].join(' ');
}

/** Those of `order_status`. */
export const orderStatus: Rule = object({
  reference_id: reference,
  order: object({ status: oneOf(...ORDER_STATUSES), description: optional(textUpTo(120)) }),
});
