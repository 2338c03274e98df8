import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderMessage, orderTemplate, orderWith, statusMessage } from '../../../test/support/chat-orders.js';
import { metaClient } from '../../../test/support/meta-peers.js';
import { ACCOUNT, type MetaStage, START, startMetaStage } from '../../../test/support/meta-stage.js';
import { type PersonAct } from '../behaviour.js';

const SECONDS = START / 1_000;
const settings = {
  payment_type: undefined,
  payment_configuration: undefined,
  payment_settings: [{ type: 'payment_gateway', payment_gateway: { type: 'payu', configuration_name: 'my config/1' } }],
};

describe('payments in the chat at Meta', () => {
  let stage: MetaStage;
  let simulator: MetaStage['simulator'];
  let receiver: MetaStage['receiver'];
  let timers: MetaStage['timers'];
  let client: MetaStage['client'];
  let configure: MetaStage['configure'];
  let happen: MetaStage['happen'];
  beforeEach(async () => {
    stage = await startMetaStage();
    ({ simulator, receiver, timers, client, configure, happen } = stage);
    configure({ outsideWindow: 'goes out' });
  });
  afterEach(() => stage.stop());

  const number = ACCOUNT.phoneNumberId;
  const sendOrder = (change: Record<string, unknown> = {}) => client.send(orderMessage(orderWith(change)));
  const act = (what: PersonAct, reference = 'INV-1') => simulator.orders.act({ kind: 'META', reference }, what);
  const lookUp = (configuration = 'razorpay-main', reference = 'INV-1') =>
    client.call('GET', `${number}/payments/${configuration}/${reference}`);
  const told = (): any[] => stage.statuses().filter(({ type }) => type === 'payment');
  const words = (): string[] => told().map(({ status }) => status as string);
  const errorOf = (details: string, code = 131009): object => ({
    status: 400,
    body: { error: { code, error_data: { details: expect.stringContaining(details) as string } } },
  });

  describe('take an order', () => {
    it('of a reference that no number of the business has used', async () => {
      expect(await sendOrder()).toMatchObject({ status: 200 });
      simulator.configure({ accounts: [{ ...ACCOUNT, phoneNumberId: '777', outsideWindow: 'goes out' }] });
      const other = metaClient(simulator.url, '777', ACCOUNT.accessToken);
      expect(await other.send(orderMessage())).toMatchObject(errorOf('parameters.reference_id has been used'));
      expect(await other.send(orderMessage(orderWith({ reference_id: 'inv-1' })))).toMatchObject({ status: 200 });
      expect(simulator.ledger.counts({ kind: 'META' })).toMatchObject({ orders: 2, orderRepeats: 1 });
    });

    it('that lives for 300 seconds, and none that lives for 299', async () => {
      const ending = (ahead: number): Promise<unknown> =>
        sendOrder({ reference_id: `R-${ahead}`, 'order.expiration': { timestamp: String(SECONDS + ahead) } });
      expect(await ending(300)).toMatchObject({ status: 200 });
      expect(await ending(299)).toMatchObject(errorOf('order.expiration.timestamp'));
    });

    it('with its parameters as a string of JSON', async () => {
      await client.send(orderMessage(JSON.stringify(orderWith())));
      expect(simulator.orders.newest()).toMatchObject([{ reference: 'INV-1', total: 1000 }]);
    });

    it('by the button of a template that has one, also as a string of JSON', async () => {
      simulator.configure({
        templates: [{ kind: 'META', name: 'order_payment', language: 'en', params: 1, orderButton: 0 }],
      });
      expect(await client.send(orderTemplate('order_payment'))).toMatchObject({ status: 200 });
      expect(await client.send(orderTemplate('order_payment'))).toMatchObject(errorOf('reference_id'));
      const other = JSON.stringify(orderWith({ reference_id: 'INV-2', currency: 'IDR' }));
      expect(await client.send(orderTemplate('order_payment', other))).toMatchObject(
        errorOf('buttons[0].action.order_details.currency'),
      );
      await act('pay');
      await receiver.until(1);
      expect(words()).toEqual(['captured']);
    });

    it('by the button of a template that was created with one', async () => {
      const name = 'pay_here';
      await client.call('POST', `${ACCOUNT.businessAccountId}/message_templates`, {
        ...{ name, language: 'en', category: 'UTILITY' },
        components: [
          { type: 'BODY', text: 'Hello {{1}}, please pay here.', example: { body_text: [['Asha']] } },
          { type: 'BUTTONS', buttons: [{ type: 'ORDER_DETAILS', text: 'Review and pay' }] },
        ],
      });
      await timers.next();
      expect(await client.send(orderTemplate(name))).toMatchObject({ status: 200 });
    });

    it('only within the window', async () => {
      configure({ outsideWindow: 'fails' });
      await sendOrder();
      await happen(1);
      expect(stage.statuses()).toMatchObject([{ status: 'failed', errors: [{ code: 131047 }] }]);
      expect(await act('pay')).toContain('never came to the person');
    });
  });

  describe('take where an order stands', () => {
    it('for one that was sent to this number', async () => {
      await sendOrder();
      expect(await client.send(statusMessage('shipped'))).toMatchObject({ status: 200 });
      expect(await client.send({ ...statusMessage('shipped'), to: '6289600010003' })).toMatchObject(
        errorOf('reference_id'),
      );
      expect(await client.send(statusMessage('shipped', 'INV-2'))).toMatchObject(errorOf('reference_id'));
    });

    it.each<[PersonAct[], number]>([
      [[], 200],
      [['fail'], 200],
      [['wait'], 400],
      [['pay'], 400],
    ])('canceled after %j with %i', async (acts, status) => {
      await sendOrder();
      for (const what of acts) await act(what);
      expect(await client.send(statusMessage('canceled'))).toMatchObject({ status });
    });
  });

  describe('are told by webhook', () => {
    it('with the id of the order’s message, signed', async () => {
      const { body } = await sendOrder();
      timers.stop();
      timers.advance(2_000);
      const paid = await act('pay');
      const [{ id }] = body['messages'] as [{ id: string }];
      expect(receiver.received[0]?.value).toEqual({
        messaging_product: 'whatsapp',
        metadata: { display_phone_number: '6281110009999', phone_number_id: number },
        statuses: [
          {
            ...{ id, type: 'payment', status: 'captured', recipient_id: '6289600010002' },
            timestamp: String(SECONDS + 2),
            payment: {
              reference_id: 'INV-1',
              amount: { value: 1000, offset: 100 },
              currency: 'INR',
              transaction: {
                id: expect.stringMatching(/^order_\w{14}$/) as string,
                ...{ type: 'razorpay', status: 'success', method: { type: 'upi' } },
                ...{ created_timestamp: SECONDS + 2, updated_timestamp: SECONDS + 2 },
              },
            },
          },
        ],
      });
      expect(paid).toMatchObject({ payment: { transactionId: told()[0].payment.transaction.id } });
      const { headers, raw } = receiver.received[0]!;
      const hmac = createHmac('sha256', ACCOUNT.appSecret).update(raw).digest('hex');
      expect(headers['x-hub-signature-256']).toBe(`sha256=${hmac}`);
    });

    it.each<[PersonAct[], string[], number]>([
      [['wait', 'pay'], ['pending', 'captured'], 1],
      [['wait', 'fail'], ['pending', 'failed'], 1],
      [['fail', 'pay'], ['failed', 'captured'], 2],
      [['pay', 'pay'], ['captured', 'captured'], 2],
    ])('after %j as %j', async (acts, expected, transactions) => {
      await sendOrder();
      for (const what of acts) await act(what);
      expect(words()).toEqual(expected);
      expect(new Set(told().map(({ payment }) => payment.transaction.id)).size).toBe(transactions);
    });

    it('with what the gateway says of a failure, and as pending where Meta’s page is followed', async () => {
      configure({ outsideWindow: 'goes out', failedPayment: 'pending' });
      await sendOrder();
      await act('fail');
      expect(told()).toMatchObject([
        { status: 'pending', payment: { transaction: { status: 'failed', error: { code: 'BAD_REQUEST_ERROR' } } } },
      ]);
      expect((await lookUp()).body).toMatchObject({
        payments: [{ status: 'pending', transactions: [{ status: 'failed' }] }],
      });
    });

    it('and not at all for UPI, unless the account says otherwise', async () => {
      await sendOrder({ payment_type: 'upi' });
      expect(await act('pay')).toMatchObject({ posted: [], payment: { status: 'success' } });
      expect((await lookUp()).body).toEqual({
        payments: [{ reference_id: 'INV-1', status: 'pending', amount: { value: 1000, offset: 100 }, currency: 'INR' }],
      });
      configure({ outsideWindow: 'goes out', upiReports: true });
      await sendOrder({ payment_type: 'upi', reference_id: 'INV-2' });
      await act('pay', 'INV-2');
      expect(told()).toMatchObject([{ payment: { reference_id: 'INV-2', transaction: { type: 'upi' } } }]);
    });

    it('wrongly signed, or three times, as the deliveries to a magic number are', async () => {
      for (const [to, reference_id] of [
        ['6281200000811', 'INV-1'],
        ['6281200000804', 'INV-2'],
      ]) {
        await client.send({ ...orderMessage(orderWith({ reference_id })), to });
      }
      await act('pay', 'INV-1');
      const { headers, raw } = receiver.received[0]!;
      const hmac = createHmac('sha256', ACCOUNT.appSecret).update(raw).digest('hex');
      expect(headers['x-hub-signature-256']).not.toBe(`sha256=${hmac}`);
      await act('pay', 'INV-2');
      expect(words()).toHaveLength(4);
    });

    it('of a magic person once they have the order', async () => {
      await client.send({ ...orderMessage(), to: '6281200000822' });
      await happen(5);
      expect(words()).toEqual(['pending', 'captured']);
    });
  });

  describe('are looked up', () => {
    it.each<[PersonAct[], string, string[]]>([
      [['wait'], 'pending', ['pending']],
      [['fail'], 'failed', ['failed']],
      [['fail', 'pay'], 'captured', ['failed', 'success']],
      [['pay', 'fail'], 'captured', ['success', 'failed']],
      [['pay', 'pay'], 'captured', ['success', 'success']],
    ])('after %j as %s', async (acts, status, transactions) => {
      await sendOrder();
      for (const what of acts) await act(what);
      const { body } = await lookUp();
      expect(body).toMatchObject({
        payments: [{ reference_id: 'INV-1', status, amount: { value: 1000, offset: 100 } }],
      });
      const [payment] = body['payments'] as { transactions: { id: string; status: string }[] }[];
      expect(payment?.transactions.map((one) => one.status)).toEqual(transactions);
      expect(new Set(payment?.transactions.map(({ id }) => id)).size).toBe(transactions.length);
    });

    it('by the name of the settings, whatever has to be encoded in it', async () => {
      await sendOrder(settings);
      await act('pay');
      const { body } = await lookUp('my%20config%2F1');
      expect(body).toMatchObject({ payments: [{ status: 'captured', transactions: [{ type: 'payu' }] }] });
    });

    it.each([
      ['another configuration', 'other', 'INV-1'],
      ['a reference that there is not', 'razorpay-main', 'INV-2'],
      ['a reference in small letters', 'razorpay-main', 'inv-1'],
    ])('and not found under %s', async (_what, configuration, reference) => {
      await sendOrder();
      expect(await lookUp(configuration, reference)).toMatchObject({ status: 404, body: { error: { code: 100 } } });
    });

    it('and not by whoever has another number, or no token', async () => {
      await sendOrder();
      const stranger = await client.call('GET', '999/payments/razorpay-main/INV-1');
      expect(stranger).toMatchObject({ status: 400, body: { error: { code: 100, error_subcode: 33 } } });
      const nobody = await metaClient(simulator.url, number, 'wrong').call(
        'GET',
        `${number}/payments/razorpay-main/INV-1`,
      );
      expect(nobody).toMatchObject({ status: 401, body: { error: { code: 190 } } });
    });

    it('with the faults of an inquiry', async () => {
      await sendOrder();
      simulator.configure({
        faults: [
          { kind: 'META', on: 'inquiry', next: 1, behaviour: { refuse: { http: 503, code: null, message: '' } } },
        ],
      });
      expect([(await lookUp()).status, (await lookUp()).status]).toEqual([503, 200]);
    });
  });
});
