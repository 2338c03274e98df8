import { describe, expect, it } from 'vitest';
import { bread, samples } from '../../../test/contract/samples.js';
import { type OrderDetails, type OutboundContent, type OutboundFile, type OutboundOrder } from '../ports/messaging.js';
import { type Observation } from '../ports/callbacks.js';
import { readCallback } from './exotel.observations.js';
import { exotelMessage, exotelRequest } from './exotel.request.js';

const ATTEMPT = '0190b5a0-0000-7000-8000-000000000101';
const sender = { from: '+918041234567', statusCallback: 'https://kurir.example/callbacks/k/status' };
const LINK =
  'https://upload.wikimedia.org/wikipedia/commons/thumb/3/3b/Home_made_sour_dough_bread.jpg/640px-Home_made_sour_dough_bread.jpg';
const headerImage: OutboundFile = {
  type: 'IMAGE',
  key: null,
  link: LINK,
  filename: null,
  bytes: () => Promise.reject(new Error('Exotel is given links')),
};

function written(content: OutboundContent): unknown {
  const message = {
    attemptId: ATTEMPT,
    requestKey: ATTEMPT,
    to: '+918645550123',
    urgent: false,
    quotes: null,
    content,
  };
  return exotelRequest(sender, ATTEMPT, [exotelMessage(sender, message)]);
}
const order = (details: Partial<OrderDetails>, more: Partial<OutboundOrder> = {}): OutboundContent => ({
  kind: 'order',
  text: 'Click on the Pay Now button to complete the order',
  footer: 'Thank You!',
  headerImage,
  details: { ...bread, ...details },
  ...more,
});
const parametersOf = (details: Partial<OrderDetails>): unknown => written(order(details));

/** The samples of the payments page, as they are printed, with numbers in the place of their X. */
const interactive = {
  type: 'order_details',
  header: { type: 'image', image: { link: LINK } },
  body: { text: 'Click on the Pay Now button to complete the order' },
  footer: { text: 'Thank You!' },
  action: {
    name: 'review_and_pay',
    parameters: {
      reference_id: '57848',
      type: 'digital-goods',
      payment_type: 'payment_gateway:razorpay',
      payment_configuration: 'Checking-paymentstest',
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
        discount: {
          value: 100,
          offset: 100,
          description: 'For Premium Customers',
          discount_program_name: 'optional_text',
        },
      },
    },
  },
};
const upi = {
  type: 'digital-goods',
  currency: 'INR',
  reference_id: '1033',
  payment_type: 'upi',
  payment_configuration: 'upi-test',
  total_amount: { value: 1100, offset: 100 },
  order: {
    status: 'pending',
    items: [
      {
        retailer_id: '12345678',
        name: 'Bread',
        amount: { value: 1500, offset: 100 },
        sale_amount: { value: 1000, offset: 100 },
        quantity: 1,
      },
    ],
    subtotal: { value: 1000, offset: 100 },
    tax: { value: 100, offset: 100, description: 'GST Inclusive' },
    shipping: { value: 100, offset: 100, description: 'Via Postal' },
    discount: {
      value: 100,
      offset: 100,
      description: 'For Premium Customers',
      discount_program_name: 'optional_text',
    },
  },
};
const sentAs = (written: unknown): unknown => ({
  custom_data: ATTEMPT,
  status_callback: sender.statusCallback,
  whatsapp: {
    messages: [
      {
        from: '+918041234567',
        to: '+918645550123',
        custom_data: ATTEMPT,
        content: { recipient_type: 'individual', type: 'interactive', interactive: written },
      },
    ],
  },
});

describe('an order', () => {
  it('paid through a gateway is the sample of the payments page', () => {
    expect(written(order({}))).toEqual(sentAs(interactive));
  });

  it('paid by UPI is the other sample of it', () => {
    const details: Partial<OrderDetails> = {
      referenceId: '1033',
      paymentType: 'upi',
      configuration: 'upi-test',
      items: [{ ...bread.items[0]!, retailerId: '12345678', amount: '1500' }],
      shipping: { amount: '100', description: 'Via Postal' },
      total: '1100',
    };
    expect(written(order(details))).toEqual(
      sentAs({ ...interactive, action: { name: 'review_and_pay', parameters: upi } }),
    );
  });

  it('paid through a gateway that is not named says so', () => {
    const payee = { payment_type: 'payment_gateway', payment_configuration: 'Checking-paymentstest' };
    expect(parametersOf({ paymentType: 'payment_gateway' })).toMatchObject(
      sentAs({ action: { parameters: payee } }) as object,
    );
  });

  it('has no header and no footer where none is given', () => {
    const { header: _header, footer: _footer, ...bare } = interactive;
    expect(written(order({}, { headerImage: null, footer: null }))).toEqual(sentAs(bare));
  });

  it('opens from a template’s button, in the form that it has as a message', () => {
    const template = { ...samples.template, params: [], order: { index: 0, details: bread } };
    expect(written(template)).toMatchObject({
      whatsapp: {
        messages: [
          {
            content: {
              type: 'template',
              template: {
                components: [
                  {
                    type: 'button',
                    sub_type: 'order_details',
                    index: '0',
                    parameters: [{ type: 'action', action: { order_details: interactive.action.parameters } }],
                  },
                ],
              },
            },
          },
        ],
      },
    });
  });

  it('is told where it stands, by the sample of the payments page', () => {
    const details = { referenceId: 'INV-77', status: 'PROCESSING', description: 'optional-text' } as const;
    expect(written({ kind: 'orderStatus', text: 'your-text-body-content', details })).toEqual(
      sentAs({
        type: 'order_status',
        body: { text: 'your-text-body-content' },
        action: {
          name: 'review_order',
          parameters: { reference_id: 'INV-77', order: { status: 'processing', description: 'optional-text' } },
        },
      }),
    );
  });
});

/** The two callbacks of the payments page, with digits in the place of their X. */
const delivered = {
  callback_type: 'dlr',
  sid: 'e96ec08a641612c00000000',
  to: '+918600000000',
  exo_status_code: 30002,
  exo_detailed_status: 'EX_MESSAGE_DELIVERED',
  description: 'Message Delivered',
  timestamp: '2024-05-21T12:48:26+05:30',
  payment_reference_id: '1033',
  conversation_id: '675625c20000000',
};
const paid = {
  callback_type: 'dlr',
  sid: 'e96ec08a641612c00000000',
  to: '+918600000000',
  exo_status_code: 30050,
  exo_detailed_status: 'EX_PAYMENT_SUCCESS',
  description: 'Payment Succeeded',
  timestamp: '2024-05-21T12:53:54+05:30',
  payment_reference_id: '1033',
  payment_transaction_id: '4142800000',
};
const report = {
  kind: 'payment',
  mailbox: null,
  of: 'message',
  reference: 'e96ec08a641612c00000000',
  orderReference: '1033',
  attemptId: null,
  recipient: '+918600000000',
  status: 'PAID',
  amount: 'unsaid',
  transactionId: '4142800000',
  transactionUnnamed: false,
  paidWith: null,
  occurredAt: new Date('2024-05-21T07:23:54Z'),
  failure: null,
  proven: null,
};
const readAll = (value: unknown): readonly Observation[] => readCallback(Buffer.from(JSON.stringify(value)));
const read = (...messages: unknown[]): readonly Observation[] => readAll({ whatsapp: { messages } });

describe('a callback of an order', () => {
  it('that was delivered says only that, though it names the order', () => {
    expect(readAll({ params: { whatsapp: { messages: [delivered] } } })).toMatchObject([
      { kind: 'status', status: 'DELIVERED', reference: 'e96ec08a641612c00000000' },
    ]);
    expect(read(delivered)).toHaveLength(1);
  });

  it.each([
    ['within params, as on the payments page', { params: { whatsapp: { messages: [paid] } } }],
    ['bare, as in production', { whatsapp: { messages: [paid] } }],
  ])('that was paid is read %s', (_, value) => {
    expect(readAll(value)).toEqual([report]);
  });

  it('that was paid names the attempt that the request said', () => {
    expect(read({ ...paid, custom_data: ATTEMPT })).toEqual([{ ...report, attemptId: ATTEMPT }]);
  });

  it('tells delivery and payment apart in one body', () => {
    expect(read(delivered, paid).map((each) => each.kind)).toEqual(['status', 'payment']);
  });

  it.each([
    [30050, undefined, 'PAID'],
    [undefined, 'EX_PAYMENT_SUCCESS', 'PAID'],
    ['30050', 'ex_payment_success', 'PAID'],
    [30049, 'EX_PAYMENT_PENDING', 'PROCESSING'],
    [30049, undefined, 'PROCESSING'],
    [30051, 'EX_PAYMENT_FAILED', 'FAILED'],
    [30052, 'EX_PAYMENT_ERROR', 'FAILED'],
    [undefined, 'EX_PAYMENT_EXPIRED', 'FAILED'],
    [undefined, 'EX_PAYMENT_CANCELLED', 'FAILED'],
    [undefined, 'EX_PAYMENT_UNSUCCESSFUL', 'FAILED'],
    // The word first: nothing is paid that is said to have failed.
    [30050, 'EX_PAYMENT_NOT_SUCCESS', 'FAILED'],
  ])('of %s, %s is %s', (exo_status_code, exo_detailed_status, status) => {
    expect(read({ ...paid, exo_status_code, exo_detailed_status })).toMatchObject([{ kind: 'payment', status }]);
  });

  it.each([
    [30051, 'EX_PAYMENT_TELEPORTED'],
    [undefined, 'EX_PAYMENT_REFUND_SUCCESS'],
  ])('of %s, %s, which nobody knows, is counted', (exo_status_code, exo_detailed_status) => {
    expect(read({ ...paid, exo_status_code, exo_detailed_status })).toEqual([{ kind: 'unread' }]);
  });

  it('that failed has Exotel’s own code and words', () => {
    const failed = { exo_status_code: 30051, exo_detailed_status: 'EX_PAYMENT_FAILED', description: 'Payment Failed' };
    expect(read({ ...paid, ...failed, payment_transaction_id: undefined })).toMatchObject([
      {
        status: 'FAILED',
        transactionId: null,
        failure: { code: 'PROVIDER_REJECTED', providerCode: '30051', providerMessage: 'Payment Failed' },
      },
    ]);
  });

  it('without the order’s reference has none; one that is too long is still one, and of another order', () => {
    expect(read({ ...paid, payment_reference_id: undefined })).toEqual([{ ...report, orderReference: null }]);
    expect(read({ ...paid, payment_reference_id: 'x'.repeat(5_000) })).toEqual([
      { ...report, orderReference: 'x'.repeat(255) },
    ]);
  });

  it('without a sid is nothing', () => {
    expect(read({ ...paid, sid: undefined })).toEqual([]);
  });
});
