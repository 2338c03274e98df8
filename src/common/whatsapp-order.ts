/**
 * Orders that a person reviews and pays in the chat, in WhatsApp's own form (Meta's "Receive payments via payment gateways",
 * India; Exotel's "WhatsApp Payments APIs", which takes the same). Types and pure mapping.
 */
import { type Digits } from './money.js';

/** Paise in a rupee: the only currency is INR, and its offset is always this. */
const OFFSET = 100;

/** `value` divided by `offset` is the amount in rupees: 1234 is ₹12.34. */
export interface WhatsAppAmount {
  value: number;
  offset: number;
}

/** A part of the total. The description has at most 60 characters. */
export type WhatsAppOrderPart = WhatsAppAmount & { description?: string };

export interface WhatsAppOrderItem {
  retailer_id: string;
  /** At most 60 characters. */
  name: string;
  /** Of one. */
  amount: WhatsAppAmount;
  /** Of one; where it is there, it makes the subtotal. */
  sale_amount?: WhatsAppAmount;
  /** A number: Exotel's table says string, its samples do not. */
  quantity: number;
  /** This and the next two are asked for where no catalogue tells them. */
  country_of_origin?: string;
  importer_name?: string;
  /** A string in Exotel's table; Meta's samples have an object of its parts. */
  importer_address?: string;
}

export interface WhatsAppBeneficiary {
  name: string;
  address_line1: string;
  address_line2?: string;
  city: string;
  state: string;
  country: string;
  postal_code: string;
}

/** Who is paid, by the name of a payment configuration. */
export interface WhatsAppNamedPayee {
  /** `upi`, `payment_gateway` or `payment_gateway:razorpay`, … */
  payment_type: string;
  /** At most 60 characters. */
  payment_configuration: string;
}

/** What is paid for, and to whom. `Payee` is how the provider has that named. */
export type WhatsAppOrderParameters<Payee> = Payee & {
  /** Of no other order message of the business. */
  reference_id: string;
  type: 'digital-goods' | 'physical-goods';
  beneficiaries?: WhatsAppBeneficiary[];
  currency: string;
  /** subtotal + tax + shipping − discount. */
  total_amount: WhatsAppAmount;
  order: {
    status: 'pending';
    /** Epoch seconds, as a string; at least 300 ahead. The description has at most 120 characters. */
    expiration?: { timestamp: string; description?: string };
    items: WhatsAppOrderItem[];
    subtotal: WhatsAppAmount;
    tax: WhatsAppOrderPart;
    shipping?: WhatsAppOrderPart;
    discount?: WhatsAppOrderPart & { discount_program_name?: string };
  };
};

/** An order to be reviewed and paid. Without a header WhatsApp shows the picture of the first product that has one. */
export interface WhatsAppOrderDetails<Payee, Source> {
  type: 'order_details';
  header?: { type: 'image'; image: Source };
  body: { text: string };
  footer?: { text: string };
  action: { name: 'review_and_pay'; parameters: WhatsAppOrderParameters<Payee> };
}

/** A template's button that opens an order; `index` is its place from 0. */
export interface WhatsAppOrderButton<Payee> {
  type: 'button';
  sub_type: 'order_details';
  index: string;
  parameters: [{ type: 'action'; action: { order_details: WhatsAppOrderParameters<Payee> } }];
}

/** Where an order stands that was sent before. `partially-shipped` is written with a hyphen in both providers' tables. */
export type WhatsAppOrderState = 'pending' | 'processing' | 'partially-shipped' | 'shipped' | 'completed' | 'canceled';

export interface WhatsAppOrderStatus {
  type: 'order_status';
  body: { text: string };
  action: {
    name: 'review_order';
    parameters: { reference_id: string; order: { status: WhatsAppOrderState; description?: string } };
  };
}

interface Part {
  readonly amount: Digits;
  readonly description: string | null;
}

interface Order {
  readonly referenceId: string;
  readonly goods: 'DIGITAL_GOODS' | 'PHYSICAL_GOODS';
  readonly paymentType: string;
  readonly configuration: string;
  readonly currency: string;
  readonly items: readonly {
    readonly retailerId: string;
    readonly name: string;
    readonly amount: Digits;
    readonly saleAmount: Digits | null;
    readonly quantity: number;
    readonly countryOfOrigin: string | null;
    readonly importerName: string | null;
    readonly importerAddress: string | null;
  }[];
  readonly subtotal: Digits;
  readonly tax: Part;
  readonly shipping: Part;
  readonly discount: Part & { readonly program: string | null };
  readonly total: Digits;
  readonly expires: { readonly at: string; readonly description: string | null } | null;
  readonly beneficiaries: readonly {
    readonly name: string;
    readonly addressLine1: string;
    readonly addressLine2: string | null;
    readonly city: string;
    readonly state: string;
    readonly country: string;
    readonly postalCode: string;
  }[];
}

/** The payee by the type and the name of its configuration. */
export function namedPayee({ paymentType, configuration }: Order): WhatsAppNamedPayee {
  return { payment_type: paymentType, payment_configuration: configuration };
}

/** The order as a message and a template's button have it alike. */
export function whatsAppOrderParameters<Payee>(details: Order, payee: Payee): WhatsAppOrderParameters<Payee> {
  const { items, subtotal, tax, shipping, discount, expires, beneficiaries } = details;
  const { program } = discount;
  return {
    reference_id: details.referenceId,
    type: details.goods === 'PHYSICAL_GOODS' ? 'physical-goods' : 'digital-goods',
    ...(beneficiaries.length === 0 ? {} : { beneficiaries: beneficiaries.map(beneficiaryOf) }),
    ...payee,
    currency: details.currency,
    total_amount: amountOf(details.total),
    order: {
      status: 'pending',
      ...(expires === null ? {} : { expiration: { timestamp: secondsOf(expires.at), ...describedBy(expires) } }),
      items: items.map(itemOf),
      subtotal: amountOf(subtotal),
      // The tax alone is asked for, also where there is none.
      tax: partOf(tax),
      ...(isWorthSaying(shipping) ? { shipping: partOf(shipping) } : {}),
      ...(isWorthSaying(discount) || program !== null
        ? { discount: { ...partOf(discount), ...(program === null ? {} : { discount_program_name: program }) } }
        : {}),
    },
  };
}

/** The message that asks for a payment. `image` says where the picture of its header is; null for none. */
export function whatsAppOrderDetails<Payee, Source>(
  { text, footer }: { readonly text: string; readonly footer: string | null },
  parameters: WhatsAppOrderParameters<Payee>,
  image: Source | null,
): WhatsAppOrderDetails<Payee, Source> {
  return {
    type: 'order_details',
    ...(image === null ? {} : { header: { type: 'image', image } }),
    body: { text },
    ...(footer === null ? {} : { footer: { text: footer } }),
    action: { name: 'review_and_pay', parameters },
  };
}

/** The button of a template that opens an order; none where the template has no such button. */
export function whatsAppOrderButtons<Payee>(
  order: { readonly index: number; readonly details: Order } | undefined,
  payeeOf: (details: Order) => Payee,
): WhatsAppOrderButton<Payee>[] {
  if (!order) return [];
  const order_details = whatsAppOrderParameters(order.details, payeeOf(order.details));
  const index = String(order.index);
  return [
    { type: 'button', sub_type: 'order_details', index, parameters: [{ type: 'action', action: { order_details } }] },
  ];
}

const STATES: Readonly<Record<Standing['details']['status'], WhatsAppOrderState>> = {
  PENDING: 'pending',
  PROCESSING: 'processing',
  PARTIALLY_SHIPPED: 'partially-shipped',
  SHIPPED: 'shipped',
  COMPLETED: 'completed',
  CANCELED: 'canceled',
};

interface Standing {
  readonly text: string;
  readonly details: {
    readonly referenceId: string;
    readonly status: 'PENDING' | 'PROCESSING' | 'PARTIALLY_SHIPPED' | 'SHIPPED' | 'COMPLETED' | 'CANCELED';
    readonly description: string | null;
  };
}

/** The message that says where an order stands, and brings its card up to date. */
export function whatsAppOrderStatus({ text, details }: Standing): WhatsAppOrderStatus {
  return {
    type: 'order_status',
    body: { text },
    action: {
      name: 'review_order',
      parameters: {
        reference_id: details.referenceId,
        order: { status: STATES[details.status], ...describedBy(details) },
      },
    },
  };
}

function itemOf(item: Order['items'][number]): WhatsAppOrderItem {
  const { saleAmount, countryOfOrigin, importerName, importerAddress } = item;
  return {
    retailer_id: item.retailerId,
    name: item.name,
    amount: amountOf(item.amount),
    ...(saleAmount === null ? {} : { sale_amount: amountOf(saleAmount) }),
    quantity: item.quantity,
    ...(countryOfOrigin === null ? {} : { country_of_origin: countryOfOrigin }),
    ...(importerName === null ? {} : { importer_name: importerName }),
    ...(importerAddress === null ? {} : { importer_address: importerAddress }),
  };
}

function beneficiaryOf(beneficiary: Order['beneficiaries'][number]): WhatsAppBeneficiary {
  const { name, addressLine1, addressLine2, city, state, country, postalCode } = beneficiary;
  return {
    name,
    address_line1: addressLine1,
    ...(addressLine2 === null ? {} : { address_line2: addressLine2 }),
    ...{ city, state, country },
    postal_code: postalCode,
  };
}

/** Whole minor units are at most what a JSON number holds exactly. */
function amountOf(digits: Digits): WhatsAppAmount {
  return { value: Number(digits), offset: OFFSET };
}

function partOf(part: Part): WhatsAppOrderPart {
  return { ...amountOf(part.amount), ...describedBy(part) };
}

/** Nothing to pay and nothing to say about it: left out. */
function isWorthSaying({ amount, description }: Part): boolean {
  return BigInt(amount) > 0n || description !== null;
}

function describedBy({ description }: { readonly description: string | null }): { description?: string } {
  return description === null ? {} : { description };
}

/** A second that has begun is not given away: the order ends by then. */
function secondsOf(moment: string): string {
  return String(Math.floor(Date.parse(moment) / 1_000));
}
