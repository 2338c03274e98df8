import { jsonObject } from '../behaviour.js';
import { flag, httpUrl, oneOf, record, type Rule, textUpTo } from '../control-input.js';
import { DOKU_CHANNELS } from './doku-channels.js';

/** An order as a merchant asks to have it paid. */
export interface CheckoutInput {
  /** Whole rupiah. */
  readonly amount: number;
  readonly currency: string;
  readonly invoice: string;
  readonly dueMinutes: number;
  readonly type: string;
  /** Names of the channels; all that the account has where none are given. */
  readonly methods: readonly string[];
  readonly lines: readonly { readonly name: string; readonly price: number; readonly quantity: number }[];
  readonly customer: { readonly id?: string; readonly name?: string; readonly email?: string; readonly phone?: string };
  /** Where the page leads back to before the payment, after it, and on giving up. */
  readonly back: { readonly url?: string; readonly result?: string; readonly cancel?: string };
  readonly autoRedirect: boolean;
  readonly disableRetry: boolean;
  /** `additional_info.override_notification_url`. */
  readonly overrideUrl: string | undefined;
}

/** Twelve digits; one of DOKU's tools says 16. */
const LARGEST_AMOUNT = 999_999_999_999;
const LARGEST_DUE_MINUTES = 999_999;
const LONGEST_INVOICE = 64;
/** Where cards are enabled. */
const LONGEST_CARD_INVOICE = 30;
const DEFAULT_DUE_MINUTES = 60;

const whole =
  (least: number, most: number): Rule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}`;
const matching =
  (pattern: RegExp, otherwise: string): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : otherwise;
const listOf =
  (inner: Rule): Rule =>
  (value: unknown) => {
    if (!Array.isArray(value) || value.length === 0) return 'must be an array that is not empty';
    const elements: readonly unknown[] = value;
    return elements.map((one) => inner(one)).find((fault) => fault !== undefined);
  };

const METHOD = /^[A-Z0-9_]+$/;
/** Without a plus or a trunk zero. */
const phone = matching(/^[1-9]\d{7,15}$/, 'must be digits with the country code first');
const url: Rule = (value) => httpUrl(value);
const address: Readonly<Record<string, Rule>> = {
  first_name: textUpTo(255),
  last_name: textUpTo(255),
  address: textUpTo(400),
  city: textUpTo(255),
  postal_code: textUpTo(16),
  phone,
  country_code: matching(/^[A-Z]{3}$/, 'must be a country of ISO 3166-1 alpha-3, such as IDN'),
};

/** "Backend Integration" of DOKU Checkout: what is looked at where it is there. Unknown fields are nobody's business. */
const FIELDS: Readonly<Record<string, Rule>> = {
  order: record,
  'order.amount': whole(1, LARGEST_AMOUNT),
  'order.invoice_number': textUpTo(LONGEST_INVOICE),
  'order.currency': matching(/^[A-Z]{3}$/, 'must be a currency of ISO 4217'),
  'order.callback_url': url,
  'order.callback_url_result': url,
  'order.callback_url_cancel': url,
  'order.language': oneOf('ID', 'EN'),
  'order.auto_redirect': flag,
  'order.disable_retry_payment': flag,
  'order.recover_abandoned_cart': flag,
  'order.expired_recovered_cart': whole(1, 44_640),
  'order.line_items': listOf(record),
  payment: record,
  'payment.payment_due_date': whole(1, LARGEST_DUE_MINUTES),
  'payment.type': oneOf('SALE', 'INSTALLMENT', 'AUTHORIZE'),
  'payment.payment_method_types': listOf(matching(METHOD, 'must name channels in capital letters, digits and _')),
  customer: record,
  'customer.id': textUpTo(50),
  'customer.name': textUpTo(255),
  'customer.last_name': textUpTo(16),
  'customer.email': matching(/^(?=.{3,128}$)[^\s@]+@[^\s@]+$/, 'must be an email address of at most 128 characters'),
  'customer.phone': phone,
  'customer.address': textUpTo(400),
  'customer.postcode': textUpTo(16),
  'customer.state': textUpTo(255),
  'customer.city': textUpTo(255),
  'customer.country': matching(/^[A-Z]{2}$/, 'must be a country of ISO 3166-1 alpha-2'),
  ...under('shipping_address', address),
  ...under('billing_address', address),
  additional_info: record,
  'additional_info.override_notification_url': url,
  'additional_info.doku_wallet_notify_url': url,
  'additional_info.allow_tenor': listOf((value) =>
    [0, 3, 6, 12].includes(value as number) ? undefined : 'must be of 0, 3, 6 and 12',
  ),
  'additional_info.account.id': textUpTo(64),
};
const REQUIRED: readonly string[] = ['order', 'order.amount', 'order.invoice_number', 'payment'];

function under(name: string, fields: Readonly<Record<string, Rule>>): Record<string, Rule> {
  const inner = Object.entries(fields).map(([field, one]): [string, Rule] => [`${name}.${field}`, one]);
  return { [name]: record, ...Object.fromEntries(inner) };
}

/** What a body asks for, or everything that is wrong with it, as DOKU lists it. */
export function readCheckout(body: Buffer): CheckoutInput | readonly string[] {
  const input = jsonObject(body);
  if (input === undefined) return ['body must be a JSON object'];
  const at = (path: string): unknown => {
    const value = valueAt(input, path);
    return value === null || value === '' ? undefined : value;
  };
  const faults = Object.entries(FIELDS).flatMap(([path, rule]) => {
    const value = at(path);
    if (value === undefined) return REQUIRED.includes(path) ? [`${path} must be filled`] : [];
    const fault = rule(value);
    return fault === undefined ? [] : [`${path} ${fault}`];
  });
  if (faults.length > 0) return faults;
  const asked = at('payment.payment_method_types') as readonly string[] | undefined;
  const order: CheckoutInput = {
    amount: at('order.amount') as number,
    currency: (at('order.currency') as string | undefined) ?? 'IDR',
    invoice: at('order.invoice_number') as string,
    dueMinutes: (at('payment.payment_due_date') as number | undefined) ?? DEFAULT_DUE_MINUTES,
    type: (at('payment.type') as string | undefined) ?? 'SALE',
    methods: [...new Set(asked ?? DOKU_CHANNELS)],
    lines: (at('order.line_items') as CheckoutInput['lines'] | undefined) ?? [],
    customer: (at('customer') as CheckoutInput['customer'] | undefined) ?? {},
    back: {
      url: at('order.callback_url') as string | undefined,
      result: at('order.callback_url_result') as string | undefined,
      cancel: at('order.callback_url_cancel') as string | undefined,
    },
    autoRedirect: at('order.auto_redirect') === true,
    disableRetry: at('order.disable_retry_payment') === true,
    overrideUrl: at('additional_info.override_notification_url') as string | undefined,
  };
  const beyond = beyondFields(order, asked ?? []);
  return beyond.length > 0 ? beyond : order;
}

/** What no single field can break. `asked`: the channels that were named. */
function beyondFields({ invoice, methods, lines, amount, back }: CheckoutInput, asked: readonly string[]): string[] {
  const faults: string[] = [];
  if (methods.includes('CREDIT_CARD') && invoice.length > LONGEST_CARD_INVOICE)
    faults.push(`order.invoice_number must be of at most ${LONGEST_CARD_INVOICE} characters where cards are enabled`);
  if (asked.includes('KARTU_KREDIT_INDONESIA') && !/^[A-Za-z0-9]+$/.test(invoice))
    faults.push('order.invoice_number must have no symbols for KARTU_KREDIT_INDONESIA');
  if (asked.includes('JENIUS_PAY') && back.url === undefined)
    faults.push('order.callback_url must be filled for JENIUS_PAY');
  const place = lines.findIndex(
    ({ name, price, quantity }) => typeof name !== 'string' || !isCount(price, 0) || !isCount(quantity, 1),
  );
  if (place >= 0) faults.push(`order.line_items[${place}] must have a name, a whole price and a whole quantity from 1`);
  // In BigInt: a price times a quantity can leave what a number holds exactly.
  else if (lines.length > 0 && sumOf(lines) !== BigInt(amount))
    faults.push('order.amount must equal the sum of price times quantity of order.line_items');
  return faults;
}

const isCount = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && (value as number) >= least;

const sumOf = (lines: CheckoutInput['lines']): bigint =>
  lines.reduce((sum, { price, quantity }) => sum + BigInt(price) * BigInt(quantity), 0n);

function valueAt(input: Record<string, unknown>, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
      input,
    );
}
