/** The messages that the contract sends, one content of each kind, and the template that it submits. */
import { type OrderDetails, type Outbound, type OutboundContent } from '../../src/providers/ports/messaging.js';
import { type TemplateDraft } from '../../src/providers/ports/templates.js';

export type ContentKind = OutboundContent['kind'];
export const CONTENT_KINDS: readonly ContentKind[] = [
  'template',
  'text',
  'media',
  'interactive',
  'order',
  'orderStatus',
];

/** Characters of one, two and three bytes. */
export const JAWA = 'Bu Sri – Rp 1.000.000 é';
export const TEMPLATE = 'TMP-240223-07652';
/** What every sample's recipient begins with. */
export const RECIPIENT = '62878236780';

/** The smallest picture: one point. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** The first sample of Exotel's "WhatsApp Payments APIs". */
export const bread: OrderDetails = {
  referenceId: '57848',
  goods: 'DIGITAL_GOODS',
  paymentType: 'payment_gateway:razorpay',
  configuration: 'Checking-paymentstest',
  currency: 'INR',
  items: [
    {
      retailerId: '1234567',
      name: 'Bread',
      amount: '1400',
      saleAmount: '1000',
      quantity: 1,
      countryOfOrigin: null,
      importerName: null,
      importerAddress: null,
    },
  ],
  subtotal: '1000',
  tax: { amount: '100', description: 'GST Inclusive' },
  shipping: { amount: '0', description: 'Via Postal' },
  discount: { amount: '100', description: 'For Premium Customers', program: 'optional_text' },
  total: '1000',
  expires: null,
  beneficiaries: [],
};

/** A file of the house's. */
const picture: Extract<OutboundContent, { kind: 'media' }>['file'] = {
  type: 'IMAGE',
  key: '0190b5a0-0000-7000-8000-000000000201',
  link: 'https://kurir.example/media/0190b5a0-0000-7000-8000-000000000201',
  filename: 'receipt.png',
  bytes: async () => ({ outcome: 'answered', bytes: PNG, mimeType: 'image/png' }),
};

export const samples: { readonly [Kind in ContentKind]: Extract<OutboundContent, { kind: Kind }> } = {
  template: {
    kind: 'template',
    externalId: TEMPLATE,
    language: 'id',
    category: 'UTILITY',
    params: [JAWA, '2'],
    paramNames: [],
    header: null,
    buttons: [],
    sms: null,
  },
  text: { kind: 'text', text: JAWA },
  media: {
    kind: 'media',
    file: picture,
    caption: JAWA,
  },
  interactive: {
    kind: 'interactive',
    text: JAWA,
    buttons: [
      { id: 'yes', title: 'Ya' },
      { id: 'no', title: 'Tidak' },
    ],
    list: null,
  },
  order: { kind: 'order', text: JAWA, footer: JAWA, headerImage: picture, details: bread },
  orderStatus: {
    kind: 'orderStatus',
    text: JAWA,
    details: { referenceId: bread.referenceId, status: 'PROCESSING', description: JAWA },
  },
};

/** A message to a recipient of its own for each number from 0 to 9. */
export function outbound(number: number, content: OutboundContent): Outbound {
  return {
    attemptId: `0190b5a0-0000-7000-8000-00000000010${number}`,
    requestKey: `5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c1${number}`,
    to: `+${RECIPIENT}${number}3`,
    urgent: false,
    quotes: null,
    content,
  };
}

export const draft: TemplateDraft = {
  name: 'order_paid',
  language: 'id',
  category: 'UTILITY',
  body: 'Halo {{1}}, pesanan {{2}} sudah dibayar.',
  paramNames: [],
  header: null,
  footer: null,
  buttons: [],
  samples: ['Bu Sri', 'INV-77'],
};
