import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCESS_TOKEN, GRAPH, json, played, within } from '../../../test/contract/meta.support.js';
import { META_PHONE, META_WABA } from '../../../test/contract/meta.tapes.js';
import { type HttpResult } from '../../http/http.js';
import { type Observation, type PaymentReport } from '../ports/callbacks.js';
import { type Answer } from '../ports/outcome.js';
import { readWebhook } from './meta.observations.js';

const posted = (...statuses: unknown[]): Buffer =>
  Buffer.from(
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: META_WABA,
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '918041234567', phone_number_id: META_PHONE },
                statuses,
              },
            },
          ],
        },
      ],
    }),
  );
const read = (...statuses: unknown[]): readonly Observation[] => readWebhook(posted(...statuses));

const transaction = {
  id: 'order_x',
  type: 'razorpay',
  status: 'success',
  created_timestamp: 1_706_140_700,
  updated_timestamp: 1_706_140_790,
  method: { type: 'upi' },
};
const payment = {
  reference_id: 'INV-1',
  amount: { value: 21_000, offset: 100 },
  currency: 'INR',
  transaction,
};
const captured = {
  id: 'wamid.1',
  type: 'payment',
  status: 'captured',
  recipient_id: '918645550123',
  timestamp: '1706140800',
  payment,
};
const report: PaymentReport = {
  kind: 'payment',
  mailbox: META_PHONE,
  of: 'message',
  reference: 'wamid.1',
  orderReference: 'INV-1',
  status: 'PAID',
  amount: { value: '21000', currency: 'INR', written: '21000/100' },
  transactionId: 'order_x',
  transactionUnnamed: false,
  paidWith: 'upi',
  occurredAt: new Date('2024-01-25T00:00:00Z'),
  failure: null,
  proven: null,
};

describe('a webhook of a payment', () => {
  it('that was paid is read whole', () => {
    expect(read(captured)).toEqual([report]);
  });

  it('is told apart from the delivery of the same message in one body', () => {
    const delivered = { id: 'wamid.1', status: 'delivered', timestamp: '1706140000', recipient_id: '918645550123' };
    expect(read(delivered, captured, { ...delivered, status: 'read' })).toMatchObject([
      { kind: 'status', reference: 'wamid.1', status: 'DELIVERED' },
      { kind: 'payment', reference: 'wamid.1', status: 'PAID' },
      { kind: 'status', reference: 'wamid.1', status: 'READ' },
    ]);
  });

  it('that failed says nothing of the message’s delivery', () => {
    expect(read({ ...captured, status: 'failed' }).map((each) => each.kind)).toEqual(['payment']);
  });

  it.each([
    ['captured', 'success', 'PAID'],
    ['success', 'success', 'PAID'],
    ['pending', 'pending', 'PROCESSING'],
    ['pending', 'success', 'PROCESSING'],
    ['pending', undefined, 'PROCESSING'],
    // The order can still be paid, so it stays `pending`; the try of which this tells failed.
    ['pending', 'failed', 'FAILED'],
    ['failed', 'failed', 'FAILED'],
    ['canceled', undefined, 'FAILED'],
  ])('%s, with a transaction that is %s, is %s', (status, tried, expected) => {
    const told = { ...payment, transaction: { ...transaction, status: tried } };
    expect(read({ ...captured, status, payment: told })).toMatchObject([{ kind: 'payment', status: expected }]);
  });

  it('of a word that nobody knows was not read', () => {
    expect(read({ ...captured, status: 'constructor' })).toEqual([{ kind: 'unread' }]);
  });

  it('that failed has the gateway’s own code and words', () => {
    const error = { code: 'BAD_REQUEST_ERROR', reason: 'incorrect_pin' };
    const failed = { ...payment, transaction: { ...transaction, status: 'failed', error } };
    expect(read({ ...captured, status: 'failed', payment: failed })).toMatchObject([
      {
        transactionId: 'order_x',
        failure: { code: 'PROVIDER_REJECTED', providerCode: 'BAD_REQUEST_ERROR', providerMessage: 'incorrect_pin' },
      },
    ]);
    expect(read({ ...captured, status: 'failed' })).toMatchObject([
      { failure: { code: 'PROVIDER_REJECTED', providerCode: null, providerMessage: null } },
    ]);
  });

  it.each([
    [{ value: 21_000, offset: 100 }, 'INR', { value: '21000', currency: 'INR', written: '21000/100' }],
    [{ value: '0021000', offset: '100' }, 'INR', { value: '21000', currency: 'INR', written: '0021000/100' }],
    [{ value: 21_000, offset: 1 }, 'INR', { value: null, currency: 'INR', written: '21000/1' }],
    [{ value: 21_000 }, 'INR', { value: null, currency: 'INR', written: '21000/?' }],
    [{ value: 210.5, offset: 100 }, 'INR', { value: null, currency: 'INR', written: '210.5/100' }],
    [{ value: -21_000, offset: 100 }, 'INR', { value: null, currency: 'INR', written: '-21000/100' }],
    // JSON has no whole numbers past this one.
    [{ value: 9_007_199_254_740_992, offset: 100 }, 'INR', { value: null, written: '9007199254740992/100' }],
    [{ value: 'x'.repeat(99), offset: 100 }, 'INR', { value: null, written: 'x'.repeat(64) }],
    [{ value: 21_000, offset: 100 }, 'IDR', { value: null, currency: 'IDR', written: '21000/100' }],
  ])('of the amount %j in %s has %j', (amount, currency, expected) => {
    expect(read({ ...captured, payment: { ...payment, amount, currency } })).toMatchObject([{ amount: expected }]);
  });

  it.each([{ amount: undefined }, { amount: 21_000 }, { currency: undefined }])(
    'without an amount and its currency, %o, has none, which is not the same as one that is never said',
    (more) => {
      expect(read({ ...captured, payment: { ...payment, ...more } })).toEqual([{ ...report, amount: null }]);
    },
  );

  it.each([
    [{ method: undefined }, 'payment_gateway:razorpay'],
    [{ method: { type: 'card' } }, 'card'],
    [{ method: undefined, type: undefined }, null],
  ])('with the transaction %o was paid with %s', (more, paidWith) => {
    expect(read({ ...captured, payment: { ...payment, transaction: { ...transaction, ...more } } })).toEqual([
      { ...report, paidWith },
    ]);
  });

  it('does not take a try that failed for what paid it', () => {
    const failed = { ...payment, transaction: { ...transaction, status: 'failed' } };
    expect(read({ ...captured, payment: failed })).toEqual([{ ...report, transactionId: null, paidWith: null }]);
  });

  it('without the order’s reference has none; one that is too long is still one, and of another order', () => {
    expect(read({ ...captured, payment: { ...payment, reference_id: undefined } })).toEqual([
      { ...report, orderReference: null },
    ]);
    expect(read({ ...captured, payment: { ...payment, reference_id: 'x'.repeat(5_000) } })).toEqual([
      { ...report, orderReference: 'x'.repeat(255) },
    ]);
  });

  it.each([{ id: undefined }, { id: 'a\0b' }, { status: undefined }])(
    'without what it is about, %o, is nothing',
    (more) => {
      expect(read({ ...captured, ...more })).toEqual([]);
    },
  );

  it('is read with any value in any place, and never throws', () => {
    const places = [
      (value: unknown) => ({ ...captured, payment: value }),
      (value: unknown) => ({ ...captured, status: value }),
      (value: unknown) => ({ ...captured, payment: { ...payment, amount: value } }),
      (value: unknown) => ({ ...captured, payment: { ...payment, currency: value } }),
      (value: unknown) => ({ ...captured, payment: { ...payment, transaction: value } }),
      (value: unknown) => ({ ...captured, payment: { ...payment, transaction: { ...transaction, method: value } } }),
      (value: unknown) => ({ ...captured, status: 'failed', payment: { transaction: { error: value } } }),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
        expect(JSON.stringify(read(place(value))).length).toBeLessThan(20_000);
      }),
    );
  });
});

describe('a question after a payment', () => {
  const ask = { referenceId: 'INV-1', requestId: '5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c11', configuration: 'my config/1' };
  const asked = async (answer: HttpResult, more: Partial<typeof ask> = {}): Promise<Answer> =>
    played([answer]).provider.payments!.status({ ...ask, ...more }, within());
  const { transaction: _transaction, ...order } = payment;
  const listed = (...payments: object[]): HttpResult =>
    json({ payments: payments.map((each) => ({ ...order, ...each })) });
  const known = {
    ...report,
    mailbox: null,
    of: 'order',
    reference: 'INV-1',
    orderReference: null,
    occurredAt: new Date(1_706_140_790_000),
  };
  const told = (...reports: object[]): object => ({ outcome: 'answered', reports });

  it('names the configuration and the order in its address, with the token beside it', async () => {
    const line = played([listed()]);
    expect(await line.provider.payments!.status(ask, within())).toEqual(told());
    expect(line.asked).toMatchObject([
      {
        method: 'GET',
        url: `${GRAPH}/v23.0/${META_PHONE}/payments/my%20config%2F1/INV-1`,
        headers: { Authorization: `Bearer ${ACCESS_TOKEN}` },
      },
    ]);
  });

  it('about one that was paid is answered whole', async () => {
    expect(await asked(listed({ status: 'captured', transactions: [transaction] }))).toEqual(told(known));
  });

  it('about one that was paid at the second try is told of that one', async () => {
    const failed = { ...transaction, id: 'order_w', status: 'failed', updated_timestamp: 1_706_149_999 };
    for (const transactions of [
      [failed, transaction],
      [transaction, failed],
    ]) {
      expect(await asked(listed({ status: 'captured', transactions }))).toEqual(told(known));
    }
  });

  it('about one that was paid without a transaction that did it names none', async () => {
    const unnamed = { ...known, transactionId: null, paidWith: null, occurredAt: null };
    expect(await asked(listed({ status: 'captured' }))).toEqual(told(unnamed));
    const failed = { ...transaction, status: 'failed' };
    expect(await asked(listed({ status: 'captured', transactions: [failed] }))).toEqual(told(unnamed));
  });

  it.each([
    ['nobody has tried to pay', undefined, 'PENDING', null],
    ['nobody has tried to pay', [], 'PENDING', null],
    ['a try is on its way', [{ ...transaction, status: 'pending' }], 'PROCESSING', 'order_x'],
    ['a try succeeded and is not captured', [transaction], 'PROCESSING', 'order_x'],
    [
      'another try is on its way',
      [
        { ...transaction, status: 'failed', updated_timestamp: 1_706_149_999 },
        { ...transaction, id: 'order_y', status: 'pending' },
      ],
      'PROCESSING',
      'order_y',
    ],
    [
      'the latest try failed',
      [
        { ...transaction, id: 'order_y', status: 'failed', updated_timestamp: 1_706_149_999 },
        { ...transaction, status: 'failed' },
      ],
      'FAILED',
      'order_y',
    ],
  ])('about a pending one of which %s (%#)', async (_, transactions, status, transactionId) => {
    expect(await asked(listed({ status: 'pending', transactions }))).toMatchObject(told({ status, transactionId }));
  });

  it('about one that failed is told why', async () => {
    const error = { code: 'BAD_REQUEST_ERROR', reason: 'incorrect_pin' };
    expect(
      await asked(listed({ status: 'pending', transactions: [{ ...transaction, status: 'failed', error }] })),
    ).toMatchObject(told({ status: 'FAILED', failure: { providerCode: 'BAD_REQUEST_ERROR' } }));
  });

  it('is told of its own order alone, and of no word that nobody knows', async () => {
    const others = [{ status: 'captured', reference_id: 'INV-1-2' }, { status: 'teleported' }];
    expect(await asked(listed(...others, { status: 'pending' }))).toMatchObject(told({ status: 'PENDING' }));
    expect(await asked(listed(...others))).toEqual(told());
  });

  it('about one that Meta does not know yet has no answer, which is no failure', async () => {
    expect(await asked(json({ error: { code: 100, message: 'Payment not found' } }, 404))).toEqual(told());
  });

  it.each<[string, HttpResult, string, boolean]>([
    ['a token that is over', json({ error: { code: 190, message: 'Expired' } }, 401), 'PROVIDER_AUTH_FAILED', false],
    [
      'a code that says so, at 404',
      json({ error: { code: 190, message: 'Expired' } }, 404),
      'PROVIDER_AUTH_FAILED',
      false,
    ],
    ['another refusal', json({ error: { code: 100, message: 'Invalid parameter' } }, 400), 'PROVIDER_REJECTED', false],
    ['a limit', json({ error: { code: 80007, message: 'Rate limit' } }, 400), 'PROVIDER_UNAVAILABLE', true],
    ['a limit, at 404', json({ error: { code: 80007, message: 'Rate limit' } }, 404), 'PROVIDER_UNAVAILABLE', true],
    ['HTTP 503', json('', 503), 'PROVIDER_UNAVAILABLE', true],
    ['a generic error', json({ errors: [{ code: 500, title: 'Generic error' }] }), 'PROVIDER_UNAVAILABLE', true],
    ['a list of another kind', json({ payments: { 0: captured } }), 'PROVIDER_UNAVAILABLE', true],
    ['no answer', { kind: 'broken', reason: 'time was up' }, 'PROVIDER_UNAVAILABLE', true],
    ['nobody', { kind: 'unreachable', reason: 'refused' }, 'PROVIDER_UNAVAILABLE', true],
  ])('that meets %s fails', async (_, answer, code, retryable) => {
    expect(await asked(answer)).toMatchObject({ outcome: 'failed', failure: { code }, retryable });
  });

  it.each([{ configuration: null }, { configuration: '..' }, { referenceId: '..' }, { referenceId: '.' }])(
    'that has nothing to ask by, %o, is asked of nobody',
    async (more) => {
      const line = played([listed({ status: 'captured' })]);
      expect(await line.provider.payments!.status({ ...ask, ...more }, within())).toMatchObject({
        outcome: 'failed',
        failure: { code: 'UNSUPPORTED_BY_PROVIDER' },
        retryable: false,
      });
      expect(line.asked).toEqual([]);
    },
  );

  it('is answered or fails by any answer, never throws, and shows no token', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 200, max: 599 }), fc.jsonValue(), async (status, body) => {
        expect(['answered', 'failed']).toContain((await asked(json(body, status))).outcome);
        expect(['answered', 'failed']).toContain(
          (await asked(json({ payments: [{ ...order, status: body }] }))).outcome,
        );
      }),
    );
    const quoted = await asked(json({ error: { code: 190, message: `Malformed access token ${ACCESS_TOKEN}` } }, 401));
    expect(JSON.stringify(quoted)).not.toContain(ACCESS_TOKEN);
  });
});
