import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callDoku, dokuControl, type HttpAnswer } from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';
import { dokuDigest, dokuSignature } from './doku-signature.js';

const ACCOUNT = { kind: 'DOKU', clientId: 'BRN-0001-1700000000000', secretKey: 'SK-CheckoutTestSecret02' } as const;
const CHECKOUT = '/checkout/v1/payment';

/** A body that is in order, with `change` over its parts. */
const order = (change: Record<string, object> = {}): Record<string, object> => ({
  ...change,
  order: { amount: 150000, invoice_number: 'INV-1', ...change['order'] },
  payment: { payment_due_date: 60, ...change['payment'] },
});
const cards = { payment_method_types: ['CREDIT_CARD'] };
const bank = { payment_method_types: ['VIRTUAL_ACCOUNT_BCA'] };
const line = (price: unknown, quantity: unknown) => ({ name: 'Kopi', price, quantity });

describe('DOKU Checkout', () => {
  let simulator: Simulator;
  let timers: ManualTimers;
  let at: number;
  let ids = 0;

  beforeEach(async () => {
    at = Date.parse('2024-05-31T16:08:37.171Z');
    timers = new ManualTimers();
    simulator = await startSimulator({ port: 0, now: () => new Date(at), timers, accounts: [ACCOUNT] });
  });
  afterEach(() => simulator.stop());

  const create = (body: object | string, more: object = {}): Promise<HttpAnswer> => {
    const written = typeof body === 'string' ? body : JSON.stringify(body);
    return callDoku(simulator.url, CHECKOUT, { ...ACCOUNT, body: written, requestId: `request-${++ids}`, ...more });
  };
  const status = async (name: string, more: object = {}): Promise<HttpAnswer> =>
    callDoku(simulator.url, `/orders/v1/status/${name}`, { ...ACCOUNT, requestId: `request-${++ids}`, ...more });
  const control = (what: string, input?: object): Promise<{ status: number; body: any }> =>
    dokuControl(simulator.url, what, input);
  const refused = (message: string) => ({
    status: 400,
    body: { error_messages: expect.arrayContaining([expect.stringContaining(message)]) },
  });

  it('takes the request of vector N1 as it is printed', async () => {
    const N1 = '{"order":{"amount":150000,"invoice_number":"INV-20240531-0001"},"payment":{"payment_due_date":60}}';
    const answer = await create(N1, {
      requestId: 'fdb69f47-96da-499d-acec-7cdc318ab2fe',
      headers: { Signature: 'HMACSHA256=p3cfsCysWPZ4kYLbcUU5qXTCtaW/ASUNH7x84+SgYUs=' },
    });
    expect(answer).toMatchObject({ status: 200, body: { message: ['SUCCESS'] } });
    const N2 = await status('INV-20240531-0001', {
      requestId: 'd895fb53-479c-4f77-a76a-ab81b40d77cb',
      timestamp: '2024-05-31T16:10:00Z',
      headers: { Signature: 'HMACSHA256=5QYB1PYMkspMqSRqvmdv0QpqlWE9kaUojeJzlWLxTzY=' },
    });
    expect(N2).toMatchObject({ status: 200, body: { order: { invoice_number: 'INV-20240531-0001', amount: 150000 } } });
  });

  it('answers as the sandbox does: the amount a string, the time of Jakarta, a uuid beyond any double', async () => {
    const { body, status: http } = await create(order({ payment: { ...bank, payment_due_date: 90 } }), {
      requestId: 'the-request',
    });
    expect(http).toBe(200);
    const token = (body as { response: { payment: { token_id: string } } }).response.payment.token_id;
    expect(body).toMatchObject({
      message: ['SUCCESS'],
      response: {
        order: { amount: '150000', invoice_number: 'INV-1', currency: 'IDR' },
        payment: {
          payment_method_types: ['VIRTUAL_ACCOUNT_BCA'],
          payment_due_date: 90,
          url: `${simulator.url}/checkout-link-v2/${token}`,
          expired_date: '20240601003837',
          expired_datetime: '2024-05-31T17:38:37Z',
          type: 'SALE',
        },
        headers: { request_id: 'the-request', client_id: ACCOUNT.clientId },
      },
    });
    const { uuid } = (body as { response: { uuid: number } }).response;
    expect(uuid).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
    expect(simulator.ledger.counts()).toMatchObject({ requests: 1, created: 1, accepted: 0 });
  });

  it('takes what large orders and careful merchants send', async () => {
    const full = order({
      order: {
        amount: 3_000_000_000,
        invoice_number: 'INV.2024/0002',
        currency: 'IDR',
        callback_url: 'https://shop.example/orders/2',
        language: 'EN',
        auto_redirect: true,
        line_items: [line(1_500_000_000, 2)],
      },
      payment: { type: 'SALE', payment_method_types: ['VIRTUAL_ACCOUNT_BCA', 'A_CHANNEL_OF_TOMORROW'] },
      customer: { id: 'c-1', name: 'Sri Wahyuni', email: 'sri@example.id', phone: '6281234567890', country: 'ID' },
      shipping_address: { first_name: 'Sri', address: 'Jl. Mawar 1', country_code: 'IDN' },
      additional_info: { override_notification_url: 'https://other.example/x', anything: { goes: true } },
    });
    expect(await create(full)).toMatchObject({ status: 200, body: { response: { order: { amount: '3000000000' } } } });
    expect(
      await create(order({ order: { amount: 999_999_999_999, invoice_number: 'I'.repeat(64) }, payment: bank })),
    ).toMatchObject({
      status: 200,
    });
  });

  it.each([
    ['no JSON', '{', 'body'],
    ['no order', { payment: {} }, 'order must be filled'],
    ['no payment', { order: { amount: 1, invoice_number: 'I' } }, 'payment must be filled'],
    ['no invoice number', order({ order: { invoice_number: '' } }), 'order.invoice_number must be filled'],
    ['an invoice number that is a number', order({ order: { invoice_number: 7 } }), 'order.invoice_number'],
    ['an amount of nothing', order({ order: { amount: 0 } }), 'order.amount'],
    ['an amount below nothing', order({ order: { amount: -1 } }), 'order.amount'],
    ['an amount with a fraction', order({ order: { amount: 10.5 } }), 'order.amount'],
    ['an amount in a string', order({ order: { amount: '10000' } }), 'order.amount'],
    ['an amount of 13 digits', order({ order: { amount: 1_000_000_000_000 } }), 'order.amount'],
    ['an invoice number of 65', order({ order: { invoice_number: 'I'.repeat(65) }, payment: bank }), 'invoice_number'],
    ['one of 31 with cards', order({ order: { invoice_number: 'I'.repeat(31) }, payment: cards }), 'invoice_number'],
    ['one of 31 with every channel', order({ order: { invoice_number: 'I'.repeat(31) } }), 'invoice_number'],
    [
      'symbols for KKI',
      order({ payment: { payment_method_types: ['KARTU_KREDIT_INDONESIA'] } }),
      'order.invoice_number',
    ],
    ['Jenius without a way back', order({ payment: { payment_method_types: ['JENIUS_PAY'] } }), 'order.callback_url'],
    ['a currency in words', order({ order: { currency: 'rupiah' } }), 'order.currency'],
    ['a way back that is a script', order({ order: { callback_url: 'javascript:alert(1)' } }), 'order.callback_url'],
    ['a language that is none', order({ order: { language: 'id' } }), 'order.language'],
    ['a flag in a string', order({ order: { auto_redirect: 'true' } }), 'order.auto_redirect'],
    ['a recovery of a month and a day', order({ order: { expired_recovered_cart: 44_641 } }), 'expired_recovered_cart'],
    ['lines that are a rupiah short', order({ order: { line_items: [line(74_999, 2)] } }), 'order.amount must equal'],
    ['half a line', order({ order: { line_items: [line(300_000, 0.5)] } }), 'order.line_items[0]'],
    ['a line without a name', order({ order: { line_items: [{ price: 150_000, quantity: 1 }] } }), 'line_items[0]'],
    ['no time to pay', order({ payment: { payment_due_date: 0 } }), 'payment.payment_due_date'],
    ['a time of 7 digits', order({ payment: { payment_due_date: 1_000_000 } }), 'payment.payment_due_date'],
    ['a type that is none', order({ payment: { type: 'GIFT' } }), 'payment.type'],
    ['no channels', order({ payment: { payment_method_types: [] } }), 'payment_method_types'],
    ['a channel in small letters', order({ payment: { payment_method_types: ['qris'] } }), 'payment_method_types'],
    ['a phone with a plus', order({ customer: { phone: '+6281234567890' } }), 'customer.phone'],
    ['a customer id of 51', order({ customer: { id: 'c'.repeat(51) } }), 'customer.id'],
    ['a name of 256', order({ customer: { name: 'n'.repeat(256) } }), 'customer.name'],
    ['a last name of 17', order({ customer: { last_name: 'n'.repeat(17) } }), 'customer.last_name'],
    ['an email of 129', order({ customer: { email: `${'e'.repeat(120)}@mail.test` } }), 'customer.email'],
    ['an address of 401', order({ customer: { address: 'a'.repeat(401) } }), 'customer.address'],
    ['a country of three letters', order({ customer: { country: 'IDN' } }), 'customer.country'],
    ['a shipping country of two', order({ shipping_address: { country_code: 'ID' } }), 'country_code'],
    ['a tenor of 5', order({ additional_info: { allow_tenor: [5] } }), 'additional_info.allow_tenor'],
    ['an override that is no URL', order({ additional_info: { override_notification_url: '/x' } }), 'override'],
  ])('refuses %s', async (_what, body, message) => {
    expect(await create(body)).toMatchObject(refused(message));
    expect(simulator.ledger.counts()).toMatchObject({ created: 0, refused: { invalid_parameter: 1 } });
  });

  it('says everything that is wrong at once', async () => {
    const { body } = await create(order({ order: { amount: 0, language: 'XX' } }));
    expect((body as { error_messages: string[] }).error_messages).toHaveLength(2);
  });

  it.each([
    ['epoch milliseconds', { timestamp: '1717171717171' }, 400, 'invalid_header_request'],
    ['milliseconds in the time', { timestamp: '2024-05-31T16:08:37.171Z' }, 400, 'invalid_header_request'],
    ['another account’s key', { secretKey: 'SK-other' }, 401, 'invalid_signature'],
    ['an account that nobody knows', { clientId: 'BRN-0' }, 401, 'invalid_client_id'],
  ])('refuses %s in the headers, in the form of DOKU’s other calls', async (_what, more, http, code) => {
    expect(await create(order(), more)).toMatchObject({ status: http, body: { error: { code } } });
  });

  describe('under a Request-Id that was used before', () => {
    it('gives the first body again with 409, and makes no other page', async () => {
      const first = await create(order(), { requestId: 'same' });
      const second = await create(order(), { requestId: 'same', timestamp: '2024-05-31T16:08:39Z' });
      expect(second).toMatchObject({ status: 409, body: first.body as object });
      expect((await control('checkouts')).body.checkouts).toHaveLength(1);
      expect(simulator.ledger.counts()).toMatchObject({ created: 1, repeated: 1 });
    });

    it('refuses another body', async () => {
      await create(order(), { requestId: 'same' });
      const other = await create(order({ order: { amount: 1 } }), { requestId: 'same' });
      expect(other).toMatchObject(refused('Request-Id'));
    });

    it('gives a refusal again with 409', async () => {
      await create(order({ order: { amount: 0 } }), { requestId: 'same' });
      expect(await create(order({ order: { amount: 0 } }), { requestId: 'same' })).toMatchObject({
        ...refused('order.amount'),
        status: 409,
      });
    });
  });

  it('takes an invoice number once, but another merchant has its own', async () => {
    simulator.configure({ accounts: [{ kind: 'DOKU', clientId: 'BRN-2', secretKey: 'SK-2' }] });
    await create(order());
    expect(await create(order())).toMatchObject(refused('order.invoice_number'));
    expect(await create(order(), { clientId: 'BRN-2', secretKey: 'SK-2' })).toMatchObject({ status: 200 });
  });

  it('has no limit of 100 requests a minute: that is PAYCHAT’s', async () => {
    for (let n = 0; n < 101; n++) await status('nothing');
    expect(await create(order())).toMatchObject({ status: 200 });
  });

  describe('with a fault', () => {
    const strike = (behaviour: object, on = 'payment'): void =>
      simulator.configure({ faults: [{ kind: 'DOKU', on: on as 'payment', next: 1, behaviour }] });

    it('answers late', async () => {
      strike({ delayMs: 20_000 });
      const late = create(order());
      expect(await timers.next()).toBe(20_000);
      expect(await late).toMatchObject({ status: 200 });
    });

    it.each([500, 429])('answers %i and makes nothing', async (http) => {
      strike({ refuse: { http, code: 'some_code', message: 'some words' } });
      expect(await create(order(), { requestId: 'same' })).toMatchObject({
        status: http,
        body: { error: { code: 'some_code' } },
      });
      expect(await create(order(), { requestId: 'same' })).toMatchObject({ status: 200 });
    });

    it('loses the answer, and a repeat is told of the page that was made', async () => {
      strike({ line: 'dropped' });
      await expect(create(order(), { requestId: 'same' })).rejects.toThrow();
      const repeat = await create(order(), { requestId: 'same' });
      const [{ url }] = (await control('checkouts')).body.checkouts;
      expect(repeat).toMatchObject({ status: 409, body: { response: { payment: { url } } } });
    });

    it('loses the request: nothing was made', async () => {
      strike({ line: 'dropped', sent: false });
      await expect(create(order())).rejects.toThrow();
      expect((await control('checkouts')).body.checkouts).toEqual([]);
    });

    it('answers a question with 500', async () => {
      await create(order());
      strike({ refuse: { http: 500, code: 'internal_server_error', message: '' } }, 'inquiry');
      expect((await status('INV-1')).status).toBe(500);
      expect((await status('INV-1')).status).toBe(200);
    });

    it('of a magic customer', async () => {
      const struck = order({ customer: { phone: '6281200000503' } });
      expect((await create(struck)).status).toBe(503);
      expect((await control('checkouts')).body.checkouts).toEqual([]);
    });
  });

  describe('asked where an order stands', () => {
    it('knows it by its invoice number and by the Request-Id that made it, without a transaction at first', async () => {
      await create(order({ order: { invoice_number: 'INV 1/A' } }), { requestId: 'the-request' });
      const body = { order: { invoice_number: 'INV 1/A', amount: 150000, status: 'ORDER_GENERATED' } };
      expect(await status('INV%201%2FA')).toMatchObject({ status: 200, body });
      expect((await status('the-request')).body).toEqual(body);
    });

    it('knows nothing of what there is not, and nothing of another merchant’s', async () => {
      await create(order());
      simulator.configure({ accounts: [{ kind: 'DOKU', clientId: 'BRN-2', secretKey: 'SK-2' }] });
      const notFound = { status: 404, body: { error: { code: 'data_not_found' } } };
      expect(await status('INV-2')).toMatchObject(notFound);
      expect(await status('INV-1', { clientId: 'BRN-2', secretKey: 'SK-2' })).toMatchObject(notFound);
    });

    it('refuses a signature over a digest of nothing', async () => {
      await create(order());
      const signed = { clientId: ACCOUNT.clientId, requestId: 'r', timestamp: '2024-05-31T16:10:00Z' };
      const parts = { ...signed, target: '/orders/v1/status/INV-1', digest: dokuDigest(Buffer.alloc(0)) };
      const Signature = dokuSignature(parts, ACCOUNT.secretKey);
      const answer = await status('INV-1', { ...signed, headers: { Signature } });
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'invalid_signature' } } });
    });

    it('tells what was paid, as its notification does', async () => {
      await create(order(), { requestId: 'the-request' });
      await control('wait', { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA' });
      expect((await status('INV-1')).body).toMatchObject({
        transaction: { status: 'PENDING', type: 'SALE', original_request_id: 'the-request' },
        virtual_account_info: { expired_date: '20240601000837', reusable_status: false },
      });
      at += 60_000;
      await control('pay', { invoice: 'INV-1', transaction: 'REF-1' });
      expect((await status('INV-1')).body).toMatchObject({
        order: { status: 'ORDER_GENERATED' },
        transaction: { status: 'SUCCESS', date: '2024-05-31T16:09:37Z', original_request_id: 'the-request' },
        service: { id: 'VIRTUAL_ACCOUNT' },
        acquirer: { id: 'BCA', name: 'BCA' },
        channel: { id: 'VIRTUAL_ACCOUNT_BCA' },
        virtual_account_payment: { identifier: expect.arrayContaining([{ name: 'REFERENCE', value: 'REF-1' }]) },
      });
    });

    it('tells of the payment, whatever came after it', async () => {
      await create(order());
      await control('fail', { invoice: 'INV-1', channel: 'CREDIT_CARD' });
      expect((await status('INV-1')).body).toMatchObject({ transaction: { status: 'FAILED' } });
      await control('pay', { invoice: 'INV-1', channel: 'QRIS' });
      await control('fail', { invoice: 'INV-1', channel: 'CREDIT_CARD' });
      at += 3_600_000;
      const paid = {
        order: { status: 'ORDER_GENERATED' },
        transaction: { status: 'SUCCESS' },
        channel: { id: 'QRIS' },
      };
      expect((await status('INV-1')).body).toMatchObject(paid);
      await control('refund', { invoice: 'INV-1' });
      expect((await status('INV-1')).body).toMatchObject({ transaction: { status: 'REFUNDED' } });
    });

    it.each([
      ['VIRTUAL_ACCOUNT_BCA', 'EXPIRED'],
      ['EMONEY_OVO', 'PENDING'],
    ])('knows of %s, when its time is over, that it is %s', async (channel, expected) => {
      await create(order());
      await control('wait', { invoice: 'INV-1', channel });
      at += 60 * 60_000 - 1;
      expect((await status('INV-1')).body).toMatchObject({ order: { status: 'ORDER_GENERATED' } });
      at += 1;
      expect((await status('INV-1')).body).toMatchObject({
        order: { status: 'ORDER_EXPIRED' },
        transaction: { status: expected },
      });
    });

    it('has no status of the order for merchants of before', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, orderStatus: false }] });
      await create(order());
      expect((await status('INV-1')).body).toEqual({ order: { invoice_number: 'INV-1', amount: 150000 } });
    });
  });
});
