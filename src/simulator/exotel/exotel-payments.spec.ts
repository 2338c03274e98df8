import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderMessage, orderTemplate, orderWith, statusMessage } from '../../../test/support/chat-orders.js';
import {
  type CallbackReceiver,
  exotelClient,
  type ExotelClient,
  type ExotelMessageInput,
  receiveCallbacks,
} from '../../../test/support/simulator-peers.js';
import { type PersonAct } from '../behaviour.js';
import { type PaymentTelling } from '../chat-orders.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';
import { EXOTEL_ACCOUNTS, type SimulatedExotelAccount } from './exotel-account.js';

const ACCOUNT = EXOTEL_ACCOUNTS.accounts[0] as SimulatedExotelAccount;
const PERSON = '+919812345678';
const NEIGHBOUR = '+919812345679';
const START = Date.parse('2024-05-21T07:18:26Z');
const UPI = { payment_type: 'upi' };

describe('payments in the chat at Exotel', () => {
  let simulator: Simulator;
  let timers: ManualTimers;
  let client: ExotelClient;
  let ours: CallbackReceiver;

  beforeEach(async () => {
    timers = new ManualTimers();
    ours = await receiveCallbacks();
    simulator = await startSimulator({
      port: 0,
      now: () => new Date(START + timers.now),
      timers,
      callbacks: [{ kind: 'EXOTEL', account: 'kurir1', url: ours.url }],
    });
    client = exotelClient(simulator.url);
  });
  afterEach(async () => {
    await Promise.all([simulator.stop(), ours.stop()]);
  });

  const account = (change: Partial<SimulatedExotelAccount>): void =>
    simulator.configure({ accounts: [{ ...ACCOUNT, ...change }] });
  const send = async (...messages: ExotelMessageInput[]): Promise<any[]> => {
    const { body } = await client.send(messages);
    return (body as any).response.whatsapp.messages;
  };
  const sendOrder = async (change: Record<string, unknown> = {}, more: ExotelMessageInput = {}): Promise<string> => {
    const [answer] = await send({ content: orderMessage(orderWith(change)), ...more });
    return answer.data.sid;
  };
  const act = (what: PersonAct, reference = 'INV-1', telling: PaymentTelling = {}) =>
    simulator.orders.act({ kind: 'EXOTEL', reference }, what, telling);
  /** What came of a payment, in the order in which it came. */
  const reports = (): any[] =>
    ours.received
      .map(({ body }) => (body.params ?? body).whatsapp.messages[0])
      .filter(({ payment_transaction_id }) => payment_transaction_id !== undefined);
  const codes = (): number[] => reports().map(({ exo_status_code }) => exo_status_code);
  const seconds = (ahead: number): string => String(START / 1_000 + ahead);

  describe('take an order', () => {
    it('of a reference that no other one has, small and capital letters being different', async () => {
      const [first, again, other] = [
        ...(await send({ content: orderMessage() })),
        ...(await send({ content: orderMessage(), to: NEIGHBOUR })),
        ...(await send({ content: orderMessage(orderWith({ reference_id: 'inv-1' })) })),
      ];
      expect([first.code, again.code, other.code]).toEqual([202, 400, 202]);
      expect(again.error_data.description).toContain('reference_id has been used');
      expect(simulator.ledger.counts()).toMatchObject({ accepted: 2, orders: 2, orderRepeats: 1 });
    });

    it('once where a request has it twice', async () => {
      const content = orderMessage();
      expect((await send({ content }, { content, to: NEIGHBOUR })).map(({ code }) => code)).toEqual([202, 400]);
    });

    it('of a reference that another account has used', async () => {
      await sendOrder();
      simulator.configure({ accounts: [{ kind: 'EXOTEL', accountSid: 'other', apiKey: 'k', apiToken: 't' }] });
      const headers = { Authorization: `Basic ${Buffer.from('k:t').toString('base64')}` };
      const messages = [{ from: '+918047104710', to: PERSON, content: orderMessage() }];
      const answer = await exotelClient(simulator.url, 'other').call({ whatsapp: { messages } }, headers);
      expect(answer).toMatchObject({ body: { metadata: { success: 1 } } });
    });

    it('that lives for 300 seconds, and none that lives for 299', async () => {
      const ending = (ahead: number): ExotelMessageInput => ({
        content: orderMessage(
          orderWith({ reference_id: `R-${ahead}`, 'order.expiration': { timestamp: seconds(ahead) } }),
        ),
      });
      const [long, short] = await send(ending(300), ending(299));
      expect([long.code, short.code]).toEqual([202, 400]);
      expect(short.error_data.description).toContain('order expiration timestamp');
    });

    it('and warn where it says not where the goods come from, though there is no catalogue', async () => {
      await sendOrder();
      await sendOrder({ reference_id: 'INV-2', 'order.catalog_id': '1' });
      expect(simulator.orders.newest().map(({ warnings }) => warnings)).toEqual([
        [],
        ['order.items[0] has no country_of_origin, importer_name, importer_address, and the order no catalog_id'],
      ]);
    });

    it('by the button of a template that has one', async () => {
      const plain = orderTemplate('order_update');
      const bare = orderTemplate('order_payment');
      (bare['template'] as { components: unknown[] }).components.pop();
      const answers = await send(
        { content: orderTemplate('order_payment') },
        { content: orderMessage() },
        { content: bare },
        { content: plain },
      );
      expect(answers.map(({ code }) => code)).toEqual([202, 400, 400, 400]);
      expect(await act('pay')).toMatchObject({ order: { message: { type: 'template' } } });
      expect(codes()).toEqual([30050]);
    });

    it('outside of the session window only by a template', async () => {
      account({ sessionWindow: true });
      await sendOrder();
      await sendOrder(
        { reference_id: 'INV-2' },
        { content: orderTemplate('order_payment', orderWith({ reference_id: 'INV-2' })) },
      );
      await timers.next();
      await timers.next();
      await ours.until(2);
      expect(ours.received.map(({ body }) => body.whatsapp.messages[0].exo_status_code).sort()).toEqual([30001, 30018]);
      expect(await act('pay', 'INV-1')).toContain('never came to the person');
      expect(await act('pay', 'INV-2')).toMatchObject({ payment: { status: 'success' } });
    });
  });

  describe('take where an order stands', () => {
    it('for one that was sent to this number', async () => {
      await sendOrder();
      const answers = await send(
        { content: statusMessage('processing') },
        { content: statusMessage('partially-shipped') },
        { content: statusMessage('partially_shipped') },
        { content: statusMessage('shipped'), to: NEIGHBOUR },
        { content: statusMessage('shipped', 'INV-2') },
        { content: statusMessage('shipped', 'inv-1') },
      );
      expect(answers.map(({ code }) => code)).toEqual([202, 202, 202, 400, 400, 400]);
      expect(answers[3].error_data.description).toContain('reference_id');
      expect(simulator.orders.newest()[0]?.statuses.map(({ status }) => status)).toEqual([
        ...['processing', 'partially-shipped', 'partially_shipped'],
      ]);
    });

    it('and count what is said twice', async () => {
      await sendOrder();
      await send({ content: statusMessage('processing') });
      await send({ content: statusMessage('processing', 'INV-1', { description: 'Thanks' }) });
      expect(simulator.ledger.counts()).toMatchObject({ orders: 1, orderStatuses: 2, orderStatusRepeats: 1 });
    });

    it.each<[string, PersonAct[], number]>([
      ['nobody has begun to pay', [], 202],
      ['the payment failed', ['fail'], 202],
      ['is being paid', ['wait'], 400],
      ['is paid', ['pay'], 400],
      ['was paid before another try failed', ['pay', 'fail'], 400],
    ])('canceled where %s', async (_what, acts, code) => {
      await sendOrder();
      for (const what of acts) await act(what);
      const [answer] = await send({ content: statusMessage('canceled') });
      expect(answer.code).toBe(code);
      if (code === 400) expect(answer.error_data.description).toContain('order status cannot be canceled');
    });
  });

  describe('are told', () => {
    it('with the sid of the order, its reference and the transaction', async () => {
      const sid = await sendOrder({}, { custom_data: 'ORD-1' });
      expect(await act('pay')).toMatchObject({ posted: [{ status: 'payment captured', taken: true }] });
      expect(ours.received.map(({ body }) => body)).toEqual([
        {
          whatsapp: {
            messages: [
              {
                ...{ callback_type: 'dlr', sid, to: PERSON, custom_data: 'ORD-1' },
                ...{ exo_status_code: 30050, exo_detailed_status: 'EX_PAYMENT_SUCCESS' },
                ...{ description: 'Payment Succeeded', timestamp: '2024-05-21T12:48:26+05:30' },
                ...{ payment_reference_id: 'INV-1', payment_transaction_id: expect.stringMatching(/^41428\d{9}$/) },
              },
            ],
          },
        },
      ]);
    });

    it('beside deliveries, which have the reference and no transaction', async () => {
      await sendOrder();
      await timers.next();
      await ours.until(1);
      const [report] = ours.received.map(({ body }) => body.whatsapp.messages[0]);
      expect(report).toMatchObject({ exo_status_code: 30001, payment_reference_id: 'INV-1' });
      expect(report).not.toHaveProperty('payment_transaction_id');
    });

    it('to the URL of the order’s request', async () => {
      const named = await receiveCallbacks();
      await client.send([{ content: orderMessage() }], { status_callback: named.url });
      await act('pay');
      expect([named.received, ours.received].map(({ length }) => length)).toEqual([1, 0]);
      await named.stop();
    });

    it('in params where the account’s callbacks are', async () => {
      account({ wrapper: 'params' });
      await sendOrder();
      await act('pay');
      expect(Object.keys(ours.received[0]?.body)).toEqual(['params']);
    });

    it.each<[string, PersonAct[], number[], number]>([
      ['a success after a wait as the same transaction', ['wait', 'pay'], [30049, 30050], 1],
      ['a failure after a wait as the same transaction', ['wait', 'fail'], [30049, 30051], 1],
      ['a success after a failure as another one', ['fail', 'pay'], [30051, 30050], 2],
      ['what is paid twice as two', ['pay', 'pay'], [30050, 30050], 2],
    ])('%s', async (_what, acts, expected, transactions) => {
      await sendOrder();
      for (const what of acts) await act(what);
      expect(codes()).toEqual(expected);
      expect(new Set(reports().map(({ payment_transaction_id }) => payment_transaction_id)).size).toBe(transactions);
      const payments = acts.filter((what) => what === 'pay').length;
      expect(simulator.ledger.counts()).toMatchObject({ payments, paymentRepeats: Math.max(0, payments - 1) });
    });

    it('by UPI too, unless the account says otherwise', async () => {
      await sendOrder(UPI);
      await act('pay');
      expect(codes()).toEqual([30050]);
      account({ upiReports: false });
      await sendOrder({ ...UPI, reference_id: 'INV-2' });
      expect(await act('pay', 'INV-2')).toMatchObject({ posted: [], payment: { status: 'success' } });
      expect((await send({ content: statusMessage('canceled', 'INV-2') })).map(({ code }) => code)).toEqual([202]);
    });

    it.each<[string, PaymentTelling, number]>([
      ['twice', { times: 2 }, 2],
      ['never', { posted: false }, 0],
    ])('%s where that is asked for', async (_what, telling, count) => {
      await sendOrder();
      await act('pay', 'INV-1', telling);
      expect(codes()).toHaveLength(count);
      expect(new Set(reports().map(({ payment_transaction_id }) => payment_transaction_id)).size).toBe(
        Math.min(1, count),
      );
    });

    it('late, and so after what came later, where that is asked for', async () => {
      await sendOrder();
      timers.stop();
      expect(await act('wait', 'INV-1', { afterMs: 5_000 })).toMatchObject({ posted: [] });
      timers.advance(1_000);
      await act('pay');
      timers.advance(4_000);
      await ours.until(2);
      expect(codes()).toEqual([30050, 30049]);
      expect(reports().map(({ timestamp }) => timestamp)).toEqual([
        ...['2024-05-21T12:48:27+05:30', '2024-05-21T12:48:26+05:30'],
      ]);
    });

    it.each([
      ['804', 3, 'whatsapp'],
      ['807', 1, 'params'],
      ['800', 0, undefined],
    ])('to …%s as its deliveries are', async (digits, count, wrapper) => {
      await sendOrder({}, { to: `+9181200${`00${digits}`.padStart(5, '0')}` });
      await act('pay');
      expect(codes()).toHaveLength(count);
      expect(ours.received[0] && Object.keys(ours.received[0].body)[0]).toBe(wrapper);
    });

    it('again until they are taken', async () => {
      ours.answerWith(500, '');
      await sendOrder();
      timers.stop();
      expect(await act('pay')).toMatchObject({ posted: [{ taken: false }] });
      ours.answerWith(200, '');
      expect(await timers.next()).toBe(30_000);
      await ours.until(2);
      expect(ours.received[1]?.text).toBe(ours.received[0]?.text);
    });
  });

  describe('are refused to a person', () => {
    it('when the order is over, but what had begun comes to its end', async () => {
      await sendOrder({ 'order.expiration': { timestamp: seconds(300) } });
      await sendOrder({ reference_id: 'INV-2', 'order.expiration': { timestamp: seconds(300) } });
      timers.stop();
      timers.advance(300_000);
      await act('wait', 'INV-2');
      timers.advance(1);
      expect(await act('pay')).toBe('The order INV-1 expired at 2024-05-21T07:23:26.000Z.');
      expect(await act('pay', 'INV-2')).toMatchObject({ payment: { status: 'success' } });
    });

    it('when the order was canceled', async () => {
      await sendOrder();
      await send({ content: statusMessage('canceled') });
      expect(await act('pay')).toBe('The order INV-1 was canceled.');
      expect(codes()).toEqual([]);
    });
  });

  it.each([
    ['820', [30050]],
    ['821', [30051]],
    ['822', [30049, 30050]],
    ['823', [30050, 30050]],
    ['824', [30051, 30050]],
    ['825', [30049]],
  ])('are made by the person …%s once they have the order', async (digits, expected) => {
    await sendOrder({}, { to: `+918120000${digits}` });
    const until = async (count: number): Promise<void> => {
      for (let n = ours.received.length; n < count; n++) {
        await timers.next();
        await ours.until(n + 1);
      }
    };
    // sent, delivered and read; then a second later each that is theirs.
    await until(3);
    expect(codes()).toEqual([]);
    await until(3 + expected.length);
    expect(codes()).toEqual(expected);
    expect(timers.pending).toBe(0);
  });
});
