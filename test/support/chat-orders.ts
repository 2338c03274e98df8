/** Orders in the chat, right and wrong, in the form that Exotel and Meta share. */
import { type WireOrder } from '../../src/simulator/wire-order.js';

type Change = Readonly<Record<string, unknown>>;

/** The first sample of Exotel's payments page: 1000 + 100 + 0 - 100 = 1000 hundredths of a rupee. */
const SAMPLE = {
  reference_id: 'INV-1',
  type: 'digital-goods',
  payment_type: 'payment_gateway:razorpay',
  payment_configuration: 'razorpay-main',
  currency: 'INR',
  total_amount: { value: 1000, offset: 100 },
  order: {
    status: 'pending',
    items: [
      {
        retailer_id: '1234567',
        name: 'Bread',
        amount: { value: 1400, offset: 100 },
        sale_amount: { value: 1000, offset: 100 },
        quantity: 1,
      },
    ],
    subtotal: { value: 1000, offset: 100 },
    tax: { value: 100, offset: 100, description: 'GST Inclusive' },
    shipping: { value: 0, offset: 100, description: 'Via Postal' },
    discount: { value: 100, offset: 100, description: 'For Premium Customers', discount_program_name: 'Loyal' },
  },
};

export const HOME = {
  name: 'Asha',
  address_line1: '12 MG Road',
  address_line2: 'Near the park',
  city: 'Bengaluru',
  state: 'Karnataka',
  country: 'India',
  postal_code: '560001',
};

/** The sample with other values at these paths (`order.items[0].name`); undefined takes a field away. */
export function orderWith(change: Change = {}): WireOrder {
  const order = structuredClone(SAMPLE) as Record<string, unknown>;
  for (const [path, value] of Object.entries(change)) {
    const steps = path.split(/[.[\]]+/).filter(Boolean);
    const last = steps.pop() as string;
    const holder = steps.reduce((at, step) => at[step] as Record<string, unknown>, order);
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return order as unknown as WireOrder;
}

/** The content of a message that asks for it. */
export const orderMessage = (parameters: unknown = orderWith(), change: Change = {}): Record<string, unknown> => ({
  type: 'interactive',
  interactive: {
    type: 'order_details',
    body: { text: 'Click on the Pay Now button to complete the order' },
    action: { name: 'review_and_pay', parameters },
    ...change,
  },
});

/** The content of a message that says where it stands. */
export const statusMessage = (
  status: unknown,
  reference_id: unknown = 'INV-1',
  order: Change = {},
): Record<string, unknown> => ({
  type: 'interactive',
  interactive: {
    type: 'order_status',
    body: { text: 'Your order' },
    action: { name: 'review_order', parameters: { reference_id, order: { status, ...order } } },
  },
});

/** A template whose first button opens the order. */
export const orderTemplate = (name: string, parameters: unknown = orderWith()): Record<string, unknown> => ({
  type: 'template',
  template: {
    name,
    language: { policy: 'deterministic', code: 'en' },
    components: [
      { type: 'body', parameters: [{ type: 'text', text: 'Asha' }] },
      {
        type: 'button',
        sub_type: 'order_details',
        index: '0',
        parameters: [{ type: 'action', action: { order_details: parameters } }],
      },
    ],
  },
});

const price = (value: unknown, offset: unknown = 100): object => ({ value, offset });
const long = (length: number): string => 'x'.repeat(length);

/** What there is to an order, at its limits. */
export const RIGHT_ORDERS: readonly (readonly [what: string, change: Change])[] = [
  ['as in the sample', {}],
  ['with a reference of 35 characters of every sort', { reference_id: `Ab9_-.${long(29)}` }],
  ['by UPI', { payment_type: 'upi' }],
  ['by any gateway', { payment_type: 'payment_gateway' }],
  ['by the last of the gateways', { payment_type: 'payment_gateway:zaakpay' }],
  ['with the longest name of a configuration', { payment_configuration: long(60) }],
  [
    'without a tax, a shipping and a discount to speak of',
    {
      'order.tax': price(0),
      'order.shipping': undefined,
      'order.discount': undefined,
    },
  ],
  [
    'at the full price',
    { 'order.items[0].sale_amount': undefined, 'order.subtotal': price(1400), total_amount: price(1400) },
  ],
  [
    'of three, one rupee less each',
    {
      'order.items[0].quantity': 3,
      'order.items[0].sale_amount': price(1300),
      'order.subtotal': price(3900),
      total_amount: price(3900),
    },
  ],
  [
    'of thirty million rupees',
    {
      'order.items[0].amount': price(3_000_000_000),
      'order.items[0].sale_amount': undefined,
      'order.subtotal': price(3_000_000_000),
      total_amount: price(3_000_000_000),
    },
  ],
  [
    'with names and descriptions at their longest',
    {
      'order.items[0].name': long(60),
      'order.tax.description': long(60),
      'order.discount.discount_program_name': long(60),
    },
  ],
  ['of a catalogue', { 'order.catalog_id': '194836987003835' }],
  [
    'with where the goods come from',
    {
      'order.items[0].country_of_origin': 'India',
      'order.items[0].importer_name': 'Kurir',
      'order.items[0].importer_address': '1 Harbour Road, Mumbai',
    },
  ],
  ['that is sent home', { type: 'physical-goods', beneficiaries: [HOME] }],
  [
    'that is sent home, with one line of an address',
    { type: 'physical-goods', beneficiaries: [{ ...HOME, address_line2: undefined }] },
  ],
  ['that ends', { 'order.expiration': { timestamp: '4102444800', description: long(120) } }],
];

/** What breaks a rule, where that is, and the code of Meta's for it. */
export const WRONG_ORDERS: readonly (readonly [what: string, change: Change, field: string, code: number])[] = [
  ['without a reference', { reference_id: undefined }, 'reference_id', 131008],
  ['with an empty reference', { reference_id: '' }, 'reference_id', 131009],
  ['with a space in the reference', { reference_id: 'INV 1' }, 'reference_id', 131009],
  ['with a slash in the reference', { reference_id: 'INV/1' }, 'reference_id', 131009],
  ['with a letter that is not English in the reference', { reference_id: 'INV-é' }, 'reference_id', 131009],
  ['with a reference of 36 characters', { reference_id: long(36) }, 'reference_id', 131009],
  ['with a number for a reference', { reference_id: 57848 }, 'reference_id', 131009],
  ['of no sort of goods', { type: 'goods' }, 'type', 131009],
  ['paid by a gateway that nobody knows', { payment_type: 'payment_gateway:stripe' }, 'payment_type', 131009],
  ['paid in cash', { payment_type: 'cash' }, 'payment_type', 131009],
  ['without a configuration', { payment_configuration: undefined }, 'payment_configuration', 131008],
  ['with a configuration of 61 characters', { payment_configuration: long(61) }, 'payment_configuration', 131009],
  ['in rupiah', { currency: 'IDR' }, 'currency', 131009],
  ['without a total', { total_amount: undefined }, 'total_amount', 131008],
  ['with an offset of 1', { total_amount: price(1000, 1) }, 'total_amount.offset', 131009],
  ['with an offset in quotes', { total_amount: price(1000, '100') }, 'total_amount.offset', 131009],
  ['with a total in quotes', { total_amount: price('1000') }, 'total_amount.value', 131009],
  ['with half a paisa', { total_amount: price(1000.5) }, 'total_amount.value', 131009],
  ['for nothing', { total_amount: price(0) }, 'total_amount.value', 131009],
  ['for less than nothing', { total_amount: price(-1) }, 'total_amount.value', 131009],
  ['with a total that no number of JSON holds', { total_amount: price(2 ** 53) }, 'total_amount.value', 131009],
  ['with a total that is one paisa off', { total_amount: price(1001) }, 'total_amount.value', 131009],
  ['that has been shipped before', { 'order.status': 'shipped' }, 'order.status', 131009],
  ['of nothing', { 'order.items': [] }, 'order.items', 131009],
  ['without the seller’s name of a thing', { 'order.items[0].name': undefined }, 'order.items[0].name', 131008],
  ['with a name of 61 characters', { 'order.items[0].name': long(61) }, 'order.items[0].name', 131009],
  ['with a thing for nothing', { 'order.items[0].amount': price(0) }, 'order.items[0].amount.value', 131009],
  ['reduced to its price', { 'order.items[0].amount': price(1000) }, 'order.items[0].sale_amount.value', 131009],
  ['with a quantity in quotes', { 'order.items[0].quantity': '1' }, 'order.items[0].quantity', 131009],
  ['with half of a thing', { 'order.items[0].quantity': 0.5 }, 'order.items[0].quantity', 131009],
  ['with none of a thing', { 'order.items[0].quantity': 0 }, 'order.items[0].quantity', 131009],
  ['with a typing error of the table', { 'order.items[0].amout': price(1) }, 'amout', 100],
  ['without a subtotal', { 'order.subtotal': undefined }, 'order.subtotal', 131008],
  [
    'with a subtotal that is not what the things cost',
    { 'order.subtotal': price(1400) },
    'order.subtotal.value',
    131009,
  ],
  ['without a tax', { 'order.tax': undefined }, 'order.tax', 131008],
  ['with less than no tax', { 'order.tax.value': -100 }, 'order.tax.value', 131009],
  ['with 61 characters about the tax', { 'order.tax.description': long(61) }, 'order.tax.description', 131009],
  [
    'with 61 characters about the shipping',
    { 'order.shipping.description': long(61) },
    'order.shipping.description',
    131009,
  ],
  [
    'with 61 characters about the discount',
    { 'order.discount.description': long(61) },
    'order.discount.description',
    131009,
  ],
  [
    'with a programme of 61 characters',
    { 'order.discount.discount_program_name': long(61) },
    'order.discount.discount_program_name',
    131009,
  ],
  ['with a discount above all of it', { 'order.discount.value': 5000 }, 'total_amount.value', 131009],
  ['that ends at no time', { 'order.expiration': {} }, 'order.expiration.timestamp', 131008],
  ['that ends at a number', { 'order.expiration': { timestamp: 4102444800 } }, 'order.expiration.timestamp', 131009],
  [
    'that ends at milliseconds',
    { 'order.expiration': { timestamp: '4102444800000' } },
    'order.expiration.timestamp',
    131009,
  ],
  [
    'with 121 characters about its end',
    { 'order.expiration': { timestamp: '4102444800', description: long(121) } },
    'order.expiration.description',
    131009,
  ],
  ['that is sent to nobody', { type: 'physical-goods' }, 'beneficiaries', 131009],
  ...(
    [
      ['name', undefined, 131008],
      ['name', long(201), 131009],
      ['address_line1', undefined, 131008],
      ['address_line1', long(101), 131009],
      ['address_line2', long(101), 131009],
      ['city', undefined, 131008],
      ['state', undefined, 131008],
      ['country', 'Indonesia', 131009],
      ['country', 'IN', 131009],
      ['postal_code', '56000', 131009],
      ['postal_code', '5600011', 131009],
      ['postal_code', 560001, 131009],
    ] as const
  ).map(
    ([field, value, code]) =>
      [
        `that is sent home with the ${field} ${String(value).slice(0, 10)} (${String(value).length})`,
        { type: 'physical-goods', beneficiaries: [{ ...HOME, [field]: value }] },
        `beneficiaries[0].${field}`,
        code,
      ] as const,
  ),
];
