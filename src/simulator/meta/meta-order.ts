/** The parameters of orders in Meta's form ("Receive payments via payment gateways" and its pages on UPI and payment links). */
import {
  GATEWAYS,
  GOODS,
  OFFSET,
  ORDER_STATUSES,
  partsFault,
  PAYMENT_TYPES,
  REFERENCE,
  type WireOrder,
} from '../wire-order.js';
import {
  all,
  anything,
  fieldOf,
  firstOf,
  invalid,
  isFields,
  lengthOf,
  link,
  list,
  missing,
  object,
  oneOf,
  optional,
  type Rule,
  type Shape,
  text,
} from './meta-rules.js';

const MOST_ITEMS = 1_000;
/** Where items have pictures. */
const MOST_PICTURES = 10;

const form =
  (fits: (value: unknown) => boolean, otherwise: string): Rule =>
  (value, path) => {
    if (value === undefined) return missing(path);
    return fits(value) ? undefined : invalid(`Parameter ${path} must be ${otherwise}`);
  };

/** In hundredths, so that it is a whole number; 2^53 - 1 is the greatest that JSON holds exactly. */
const whole = (least: number): Rule =>
  form((value) => Number.isSafeInteger(value) && (value as number) >= least, `a whole number from ${least}`);
const written = (shape: RegExp, otherwise: string): Rule =>
  form((value) => typeof value === 'string' && shape.test(value), otherwise);

const money = (least: number): Shape => ({
  value: whole(least),
  offset: form((value) => value === OFFSET, `${OFFSET}`),
});
const price = object(money(1));
const part: Shape = { ...money(0), description: optional(text(60)) };

const reference = written(REFERENCE, '1 to 35 English letters, digits, underscores, dashes and dots');

const address = object({
  address_line1: text(100),
  address_line2: optional(text(100)),
  city: optional(text(100)),
  zone_code: optional(text(100)),
  postal_code: optional(text(20)),
  country_code: optional(text(2)),
});

/** A picture takes the place of the ids of a catalogue. */
const item: Rule = (value, path) => {
  const pictured = fieldOf(value, 'image') !== undefined;
  return object({
    ...(pictured ? { image: object({ link }) } : { retailer_id: optional(text(100)) }),
    name: text(60),
    amount: price,
    sale_amount: optional(price),
    quantity: whole(1),
    country_of_origin: optional(text(100)),
    importer_name: optional(text(200)),
    // An object here, a string in the tables of those who hand messages on to Meta.
    importer_address: optional((given, at) =>
      typeof given === 'string' ? text(1_000)(given, at) : address(given, at),
    ),
  })(value, path);
};

const items: Rule = all(list(item, 1, MOST_ITEMS), (value, path) => {
  const given = value as readonly unknown[];
  const pictured = given.some((one) => fieldOf(one, 'image') !== undefined);
  return pictured && given.length > MOST_PICTURES
    ? invalid(`Parameter ${path}: ${given.length} elements. With an image, Max: ${MOST_PICTURES}`)
    : undefined;
});

const order = object({
  status: oneOf('pending'),
  type: optional(oneOf('quick_pay')),
  catalog_id: optional(text(128)),
  expiration: optional(
    object({
      timestamp: written(/^\d{10}$/, 'a string of UTC seconds'),
      description: optional(text(120)),
    }),
  ),
  items,
  subtotal: price,
  tax: object(part),
  shipping: optional(object(part)),
  discount: optional(object({ ...part, discount_program_name: optional(text(60)) })),
});

const beneficiary = object({
  name: text(200),
  address_line1: text(100),
  address_line2: optional(text(100)),
  city: text(100),
  state: text(100),
  country: oneOf('India'),
  postal_code: written(/^\d{6}$/, '6 digits'),
});

const notes: Rule = (value, path) => {
  if (!isFields(value)) return invalid(`Parameter ${path} must be an object`);
  const said = Object.values(value);
  const fits = said.every((one) => typeof one === 'string' && lengthOf(one) <= 256) && said.length <= 15;
  return fits ? undefined : invalid(`Parameter ${path} must be at most 15 strings of at most 256 characters`);
};

/** What goes through to the gateway is the gateway's own; only Razorpay's is described closely. */
const gateway: Rule = (value, path) => {
  const type = fieldOf(value, 'type');
  const own = typeof type === 'string' && GATEWAYS.includes(type) ? type : undefined;
  return object({
    type: oneOf(...GATEWAYS),
    configuration_name: text(60),
    ...(own !== undefined && { [own]: optional(own === 'razorpay' ? razorpay : anything) }),
  })(value, path);
};
const razorpay = object({ receipt: optional(text(40)), notes: optional(notes) });

const PAYEES: Readonly<Record<string, Rule>> = {
  payment_gateway: gateway,
  upi_intent_link: object({ link: written(/^upi:\/\/pay\?\S+$/, 'a link of the form upi://pay?…') }),
  payment_link: object({ uri: link, success_url: optional(link), cancel_url: optional(link) }),
};

const payee: Rule = (value, path) => {
  const type = fieldOf(value, 'type');
  const own = typeof type === 'string' ? PAYEES[type] : undefined;
  return object({ type: oneOf(...Object.keys(PAYEES)), ...(own && { [type as string]: own }) })(value, path);
};

const PARAMETERS: Shape = {
  reference_id: reference,
  type: oneOf(...GOODS),
  beneficiaries: optional(list(beneficiary, 1, 10)),
  payment_type: optional(oneOf(...PAYMENT_TYPES)),
  payment_configuration: optional(text(60)),
  payment_settings: optional(list(payee, 1, 1)),
  currency: oneOf('INR'),
  total_amount: price,
  order,
};

/** Either payment_settings, or payment_type and the name of a configuration; a link goes with the type `upi`. */
const payable: Rule = (value, path) => {
  const { payment_settings, payment_type, payment_configuration } = value as WireOrder;
  const [setting] = payment_settings ?? [];
  if (setting === undefined) {
    if (payment_type === undefined) return missing(`${path}.payment_settings or ${path}.payment_type`);
    return payment_configuration === undefined ? missing(`${path}.payment_configuration`) : undefined;
  }
  return setting.type === 'payment_link' && payment_type !== 'upi'
    ? invalid(`Parameter ${path}.payment_type must be upi with a payment_link`)
    : undefined;
};

/** Those of `order_details`: each field, and that they agree. */
export const orderDetails: Rule = (value, path) =>
  firstOf([
    () => object(PARAMETERS)(value, path),
    () => payable(value, path),
    () => {
      const parts = partsFault(value as WireOrder);
      return parts && invalid(`Parameter ${pathOf([path, ...parts.path])} ${parts.words}`);
    },
  ]);

/** Those of `order_status`. */
export const orderStatus: Rule = object({
  reference_id: reference,
  order: object({ status: oneOf(...ORDER_STATUSES), description: optional(text(120)) }),
});

/** As Meta writes it: `order.items[0].name`. */
export function pathOf(path: readonly (string | number)[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1);
}
