import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderMessage, orderWith, statusMessage } from '../../test/support/chat-orders.js';
import {
  type CallbackReceiver,
  exotelClient,
  type ExotelClient,
  receiveCallbacks,
} from '../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from './simulator.js';
import { ManualTimers } from './timers.js';

const PERSON = '+919812345678';
const NOW = '2024-05-21T07:18:26.000Z';

describe('the control endpoints of orders', () => {
  let simulator: Simulator;
  let client: ExotelClient;
  let receiver: CallbackReceiver;

  beforeEach(async () => {
    receiver = await receiveCallbacks();
    simulator = await startSimulator({ port: 0, now: () => new Date(NOW), timers: new ManualTimers() });
    simulator.configure({ callbacks: [{ kind: 'EXOTEL', account: 'kurir1', url: receiver.url }] });
    client = exotelClient(simulator.url);
    await client.send([{ content: orderMessage() }]);
  });
  afterEach(async () => {
    await Promise.all([simulator.stop(), receiver.stop()]);
  });

  const control = async (path: string, body?: unknown): Promise<{ status: number; body: any }> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${simulator.url}/_simulator${path}`, init);
    return { status: response.status, body: await response.json() };
  };
  const order = { kind: 'EXOTEL', account: 'kurir1', reference: 'INV-1' };

  it('list what is to be paid and what became of it', async () => {
    await control('/orders/pay', order);
    await client.send([{ content: statusMessage('processing') }]);
    const { body } = await control('/orders');
    expect(body).toEqual({
      orders: [
        {
          ...{
            kind: 'EXOTEL',
            account: 'kurir1',
            recipient: '919812345678',
            messageId: expect.any(String),
            sentAt: NOW,
          },
          ...{ reference: 'INV-1', paymentType: 'payment_gateway:razorpay', configuration: 'razorpay-main' },
          ...{ total: 1000, expiresAt: null, warnings: [expect.stringContaining('country_of_origin')], reported: true },
          payment: 'captured',
          payments: [{ transactionId: expect.any(String), at: NOW, updatedAt: NOW, status: 'success' }],
          status: 'processing',
          statuses: [{ status: 'processing', at: NOW, messageId: expect.any(String) }],
        },
      ],
    });
  });

  it.each([
    ['kind=META', []],
    ['account=nobody', []],
    ['reference=INV-2', ['INV-2']],
    ['recipient=%2B919812345678', ['INV-1']],
    ['limit=1', ['INV-2']],
    ['', ['INV-2', 'INV-1']],
  ])('list those of %s', async (query, references) => {
    await client.send([{ content: orderMessage(orderWith({ reference_id: 'INV-2' })), to: '+919812345679' }]);
    const { body } = await control(`/orders?${query}`);
    expect(body.orders.map(({ reference }: { reference: string }) => reference)).toEqual(references);
  });

  it.each([
    ['pay', 30050, 'captured'],
    ['fail', 30051, 'failed'],
    ['wait', 30049, 'pending'],
  ])('let a person %s', async (act, code, payment) => {
    const { status, body } = await control(`/orders/${act}`, { ...order, recipient: PERSON, times: 2 });
    expect(status).toBe(200);
    const [first, second] = receiver.received.map(({ body: said }) => said.whatsapp.messages[0]);
    expect(first).toEqual(second);
    expect(body).toMatchObject({
      order: { reference: 'INV-1', payment },
      transactionId: first.payment_transaction_id,
      posted: [{ status: `payment ${payment}` }, { taken: true }],
    });
    expect(first.exo_status_code).toBe(code);
  });

  it('let a person pay the order of a message', async () => {
    const { body } = await control('/orders');
    const { messageId } = body.orders[0];
    expect(await control('/orders/pay', { kind: 'EXOTEL', messageId })).toMatchObject({ status: 200 });
  });

  it.each([
    ['another kind', { kind: 'META' }, 404, 'no such order'],
    ['another account', { account: 'nobody' }, 404, 'no such order'],
    ['another person', { recipient: '+919812345679' }, 404, 'no such order'],
    ['no reference', { reference: undefined }, 400, 'reference'],
    ['a field that there is not', { ref: 'INV-1' }, 400, 'ref'],
    ['no number of times', { times: 'two' }, 400, 'times'],
  ])('let nobody pay with %s', async (_what, change, status, words) => {
    const answer = await control('/orders/pay', { ...order, ...change });
    expect(answer).toMatchObject({ status, body: { message: expect.stringContaining(words) } });
    expect(receiver.received).toHaveLength(0);
  });

  it('say why an order cannot be paid', async () => {
    await client.send([{ content: statusMessage('canceled') }]);
    expect(await control('/orders/pay', order)).toEqual({
      status: 409,
      body: { message: 'The order INV-1 was canceled.' },
    });
  });

  it('count what went out and what was paid', async () => {
    await control('/orders/pay', order);
    const { body } = await control('/ledger?limit=0');
    expect(body.counts).toMatchObject({ orders: 1, orderRepeats: 0, orderStatuses: 0, payments: 1, paymentRepeats: 0 });
  });
});
