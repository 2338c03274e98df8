import { describe, expect, it } from 'vitest';
import {
  ACCESS_TOKEN,
  APP_SECRET,
  ATTEMPT,
  VERIFY_TOKEN,
  json,
  linked,
  messageOf,
  played,
  sent,
  stored,
  within,
} from '../../../test/contract/meta.support.js';
import { bread, samples } from '../../../test/contract/samples.js';
import { type OrderDetails, type OutboundContent, type OutboundOrder } from '../ports/messaging.js';

const order = (details: Partial<OrderDetails>, more: Partial<OutboundOrder> = {}): OutboundContent => ({
  kind: 'order',
  text: 'Review and pay',
  footer: null,
  headerImage: null,
  details: { ...bread, ...details },
  ...more,
});
async function bodyOf(content: OutboundContent): Promise<unknown> {
  const line = played([sent]);
  await line.provider.messaging!.send([messageOf(content)], within());
  return line.bodies()[0];
}

const gateway = {
  payment_settings: [
    {
      type: 'payment_gateway',
      payment_gateway: { type: 'razorpay', configuration_name: 'Checking-paymentstest' },
    },
  ],
};
const parameters = {
  reference_id: '57848',
  type: 'digital-goods',
  ...gateway,
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
    discount: { value: 100, offset: 100, description: 'For Premium Customers', discount_program_name: 'optional_text' },
  },
};

describe('an order', () => {
  it('is an interactive message, with the payee in Meta’s own form', async () => {
    expect(await bodyOf(order({}))).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '6281234567890',
      type: 'interactive',
      interactive: {
        type: 'order_details',
        body: { text: 'Review and pay' },
        action: { name: 'review_and_pay', parameters },
      },
      biz_opaque_callback_data: ATTEMPT,
    });
  });

  it.each([
    ['payment_gateway:payu', { payment_settings: [{ payment_gateway: { type: 'payu' } }] }],
    ['upi', { payment_type: 'upi', payment_configuration: 'Checking-paymentstest' }],
    ['payment_gateway', { payment_type: 'payment_gateway', payment_configuration: 'Checking-paymentstest' }],
  ])('is paid by %s in the form that can say so', async (paymentType, payee) => {
    expect(await bodyOf(order({ paymentType }))).toMatchObject({ interactive: { action: { parameters: payee } } });
  });

  it('names its payee in one form alone', async () => {
    const whole = JSON.stringify([await bodyOf(order({})), await bodyOf(order({ paymentType: 'upi' }))]);
    expect(whole.match(/payment_settings/g)).toHaveLength(1);
    expect(whole.match(/payment_configuration/g)).toHaveLength(1);
  });

  it('hands a linked picture on for its header', async () => {
    expect(await bodyOf(order({}, { headerImage: linked('IMAGE'), footer: 'Thank You!' }))).toMatchObject({
      interactive: {
        header: { type: 'image', image: { link: 'https://shop.example/file' } },
        footer: { text: 'Thank You!' },
      },
    });
  });

  it('uploads a picture of ours for its header', async () => {
    const line = played([json({ id: '990' }), sent]);
    const content = order({}, { headerImage: stored('media-1') });
    expect(await line.provider.messaging!.send([messageOf(content)], within())).toMatchObject([
      { outcome: 'accepted' },
    ]);
    expect(line.bodies()[1]).toMatchObject({ interactive: { header: { type: 'image', image: { id: '990' } } } });
  });

  it('opens from a template’s button, in the form that it has as a message', async () => {
    const template = { ...samples.template, params: ['Asha'], order: { index: 1, details: bread } };
    expect(await bodyOf(template)).toMatchObject({
      type: 'template',
      template: {
        components: [
          { type: 'body', parameters: [{ type: 'text', text: 'Asha' }] },
          {
            type: 'button',
            sub_type: 'order_details',
            index: '1',
            parameters: [{ type: 'action', action: { order_details: parameters } }],
          },
        ],
      },
    });
  });

  it('is told where it stands', async () => {
    const details = { referenceId: '57848', status: 'PARTIALLY_SHIPPED', description: 'The rest follows' } as const;
    expect(await bodyOf({ kind: 'orderStatus', text: 'On its way', details })).toMatchObject({
      type: 'interactive',
      interactive: {
        type: 'order_status',
        body: { text: 'On its way' },
        action: {
          name: 'review_order',
          parameters: {
            reference_id: '57848',
            order: { status: 'partially-shipped', description: 'The rest follows' },
          },
        },
      },
    });
  });

  it('leaves no secret in what is kept of it', async () => {
    const line = played([json({ error: { code: 100, message: `Malformed access token ${ACCESS_TOKEN}` } }, 400)]);
    const [outcome] = await line.provider.messaging!.send([messageOf(order({}))], within());
    expect(outcome?.exchange?.request.body).toContain('"reference_id":"57848"');
    for (const secret of [ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN])
      expect(JSON.stringify(outcome)).not.toContain(secret);
  });
});
