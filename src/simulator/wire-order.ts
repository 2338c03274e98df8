/**
 * What orders have in common however a provider has them written: Exotel takes Meta's form (its payments page; Meta's
 * "Receive payments via payment gateways"). Their forms are checked by each provider before anything here is asked.
 */
export interface WireAmount {
  /** Hundredths of a rupee. */
  readonly value: number;
  readonly offset: number;
  readonly description?: string;
}

/** The parameters of an order_details message. */
export interface WireOrder {
  readonly reference_id: string;
  readonly type: string;
  readonly payment_type?: string;
  readonly payment_configuration?: string;
  readonly payment_settings?: readonly {
    readonly type: string;
    readonly payment_gateway?: { readonly type: string; readonly configuration_name: string };
  }[];
  readonly beneficiaries?: readonly unknown[];
  readonly total_amount: WireAmount;
  readonly order: {
    readonly catalog_id?: string;
    readonly items: readonly WireItem[];
    readonly subtotal: WireAmount;
    readonly tax: WireAmount;
    readonly shipping?: WireAmount;
    readonly discount?: WireAmount;
    readonly expiration?: { readonly timestamp: string };
  };
}

export interface WireItem {
  readonly amount: WireAmount;
  readonly sale_amount?: WireAmount;
  readonly quantity: number;
  readonly country_of_origin?: unknown;
  readonly importer_name?: unknown;
  readonly importer_address?: unknown;
}

/** The parameters of an order_status message. */
export interface WireOrderStatus {
  readonly reference_id: string;
  readonly order: { readonly status: string };
}

/** What does not fit: where, from the parameters on, and the end of a sentence that begins with it. */
export interface OrderFault {
  readonly path: readonly (string | number)[];
  readonly words: string;
}

/** "Cannot be an empty string and can only contain English letters, numbers, underscores, dashes, or dots", 35 at most. */
export const REFERENCE = /^[A-Za-z0-9_.-]{1,35}$/;
/** The only one for INR. */
export const OFFSET = 100;
export const GATEWAYS: readonly string[] = ['razorpay', 'payu', 'billdesk', 'zaakpay'];
/** The table says `payment_gateway`, the samples `payment_gateway:razorpay` and `upi`. */
export const PAYMENT_TYPES: readonly string[] = [
  'upi',
  'payment_gateway',
  ...GATEWAYS.map((gateway) => `payment_gateway:${gateway}`),
];
export const GOODS: readonly string[] = ['digital-goods', 'physical-goods'];
/** Exotel's table has `partially-shipped`, its sample `partially_shipped`. */
export const ORDER_STATUSES: readonly string[] = [
  'pending',
  'processing',
  'partially-shipped',
  'partially_shipped',
  'shipped',
  'completed',
  'canceled',
];
const SHORTEST_LIFE_S = 300;

const fault = (words: string, ...path: (string | number)[]): OrderFault => ({ path, words });

/** The parts that have to agree with each other: sums, reductions, who gets what is shipped. */
export function partsFault({ type, beneficiaries, total_amount, order }: WireOrder): OrderFault | undefined {
  const { items, subtotal, tax, shipping, discount } = order;
  const dear = items.findIndex(({ amount, sale_amount }) => sale_amount && sale_amount.value >= amount.value);
  if (dear >= 0) return fault('must be less than the amount', 'order', 'items', dear, 'sale_amount', 'value');

  // Sums of products of what JSON holds exactly are more than it holds exactly.
  const goods = items.reduce((sum, { amount, sale_amount, quantity }) => {
    return sum + BigInt((sale_amount ?? amount).value) * BigInt(quantity);
  }, 0n);
  if (BigInt(subtotal.value) !== goods)
    return fault(`must be ${goods}, what the items cost`, 'order', 'subtotal', 'value');
  const parts = [subtotal, tax, shipping].map((part) => BigInt(part?.value ?? 0));
  const total = parts.reduce((sum, part) => sum + part, 0n) - BigInt(discount?.value ?? 0);
  if (BigInt(total_amount.value) !== total)
    return fault(`must be ${total}: subtotal + tax + shipping - discount`, 'total_amount', 'value');

  if (type === 'physical-goods' && beneficiaries === undefined)
    return fault('must be given for physical-goods', 'beneficiaries');
  return undefined;
}

/** Whether it lives long enough to be paid. */
export function expirationFault({ order: { expiration } }: WireOrder, at: Date): OrderFault | undefined {
  // The timestamp has whole seconds, so the moment that it is held against has too.
  if (expiration === undefined || Number(expiration.timestamp) - Math.floor(at.getTime() / 1_000) >= SHORTEST_LIFE_S)
    return undefined;
  return fault(`must be at least ${SHORTEST_LIFE_S} seconds ahead`, 'order', 'expiration', 'timestamp');
}

const IMPORT_FIELDS = ['country_of_origin', 'importer_name', 'importer_address'] as const;

/** "Required if catalog_id is not present", and absent from samples that have no catalogue: no reason to refuse it. */
export function warningsOf({ order: { catalog_id, items } }: WireOrder): string[] {
  if (catalog_id !== undefined) return [];
  return items.flatMap((item, place) => {
    const absent = IMPORT_FIELDS.filter((name) => item[name] === undefined);
    return absent.length === 0
      ? []
      : [`order.items[${place}] has no ${absent.join(', ')}, and the order no catalog_id`];
  });
}

/** How it is to be paid, and by which settings of the payee's. */
export function payeeOf(order: WireOrder): { readonly paymentType: string; readonly configuration: string | null } {
  const [setting] = order.payment_settings ?? [];
  if (setting === undefined)
    return { paymentType: order.payment_type ?? '', configuration: order.payment_configuration ?? null };
  const { type, payment_gateway: gateway } = setting;
  if (gateway === undefined) return { paymentType: type === 'payment_link' ? type : 'upi', configuration: null };
  return { paymentType: `${type}:${gateway.type}`, configuration: gateway.configuration_name };
}

/** What a message says of an order, and where in its content that stands; `content` is what is named like the type. */
export type OrderPart =
  | { readonly details: WireOrder; readonly place: readonly string[] }
  | { readonly status: WireOrderStatus; readonly place: readonly string[] };

interface Interactive {
  readonly type: string;
  readonly action: { readonly parameters: unknown };
}
interface Template {
  readonly components?: readonly { readonly sub_type?: string; readonly parameters?: readonly unknown[] }[];
}

/** Undefined for a message about no order. */
export function orderPartOf(type: string, content: unknown): OrderPart | undefined {
  if (type === 'interactive') {
    const { type: kind, action } = content as Interactive;
    const place = ['interactive', 'action', 'parameters'];
    if (kind === 'order_details') return { details: action.parameters as WireOrder, place };
    return kind === 'order_status' ? { status: action.parameters as WireOrderStatus, place } : undefined;
  }
  if (type !== 'template') return undefined;
  const button = (content as Template).components?.find(({ sub_type }) => sub_type?.toLowerCase() === 'order_details');
  const [parameter] = (button?.parameters ?? []) as { readonly action?: { readonly order_details?: WireOrder } }[];
  const details = parameter?.action?.order_details;
  return details && { details, place: ['template', 'action', 'order_details'] };
}
