import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  SNAP_DEBIT_PAID,
  SNAP_VIRTUAL_ACCOUNT_PAID,
  VIRTUAL_ACCOUNT_PAID,
} from '../../../test/contract/doku.support.js';
import { type Observation } from '../ports/callbacks.js';
import { readNotice } from './doku.notices.js';

/** The topic is not looked at. */
const read = (body: unknown, proven?: string | null): readonly Observation[] => {
  const written = typeof body === 'string' ? body : JSON.stringify(body);
  return readNotice({ topic: '', method: 'POST', path: '', headers: {}, body: Buffer.from(written), proven });
};

const REQUEST_ID = 'fdb69f47-96da-499d-acec-7cdc318ab2fe';
const transaction = { status: 'SUCCESS', date: '2024-05-31T16:12:03Z', original_request_id: REQUEST_ID };
const order = { invoice_number: 'INV-1', amount: 150000 };
const virtualAccount = JSON.parse(VIRTUAL_ACCOUNT_PAID);
const paid = JSON.parse(SNAP_VIRTUAL_ACCOUNT_PAID);
const debit = JSON.parse(SNAP_DEBIT_PAID);

describe('a notice', () => {
  it('of a virtual account tells all that there is to tell', () => {
    expect(read(VIRTUAL_ACCOUNT_PAID, 'hmac-sha256')).toEqual([
      {
        kind: 'payment',
        mailbox: null,
        of: 'order',
        reference: 'INV-20240531-0001',
        orderReference: null,
        status: 'PAID',
        amount: { value: '150000', currency: 'IDR', written: '150000' },
        transactionId: '6769200',
        transactionUnnamed: false,
        paidWith: 'VIRTUAL_ACCOUNT_BCA',
        occurredAt: new Date('2024-05-31T16:12:03Z'),
        failure: null,
        proven: 'hmac-sha256',
      },
    ]);
  });

  /** The samples of DOKU's page and what clients of it have seen, each with what is only its own. */
  it.each([
    [
      'CREDIT_CARD',
      {
        service: { id: 'CREDIT_CARD' },
        authorize_id: 'a-1',
        card_payment: { masked_card_number: '557338******1101', response_code: '00', response_message: 'APPROVED' },
      },
    ],
    [
      'ONLINE_TO_OFFLINE_ALFA',
      {
        service: { id: 'ONLINE_TO_OFFLINE' },
        online_to_offline_info: { payment_code: '8888800000000012' },
        online_to_offline_payment: { identifier: [{ name: 'AGENT_ID', value: 'A01' }] },
      },
    ],
    [
      'EMONEY_SHOPEE_PAY',
      {
        service: { id: 'EMONEY' },
        shopeepay_configuration: { merchant_ext_id: 'm1', store_ext_id: 's1' },
        shopeepay_payment: { transaction_status: 'SUCCESS', identifier: [{ name: 'TRANSACTION_ID', value: '77' }] },
      },
    ],
    [
      'PEER_TO_PEER_AKULAKU',
      {
        service: { id: 'PEER_TO_PEER' },
        peer_to_peer_info: { status: 'SUCCESS', merchant_unique_reference: 'MUR1', identifier: [] },
        payment: { merchant_unique_reference: 'MUR1' },
      },
    ],
    ['DIRECT_DEBIT_BRI', { service: { id: 'DIRECT_DEBIT' }, card_payment: { response_code: '00', payment_id: 'p-1' } }],
    ['QRIS', { service: { id: 'QRIS', name: 'QRIS' }, emoney_payment: { account_id: '9', approval_code: '1' } }],
    ['PAY_BY_SMILE', { service: { id: 'SMILE' } }],
  ])('of the channel %s is read', (id, more) => {
    expect(read({ ...more, channel: { id }, transaction, order })).toMatchObject([
      {
        reference: 'INV-1',
        status: 'PAID',
        amount: { value: '150000', currency: 'IDR' },
        transactionId: REQUEST_ID,
        transactionUnnamed: true,
        paidWith: id,
        occurredAt: new Date('2024-05-31T16:12:03Z'),
      },
    ]);
  });

  it.each([
    ['virtual_account_payment', 'identifer'],
    ['virtual_account_payment', 'identifier'],
    ['shopeepay_payment', 'identifier'],
    ['peer_to_peer_info', 'identifier'],
  ])("has the rail's own id of the transaction where %s has it as %s", (place, name) => {
    const identifiers = [7, { name: 'REQUEST_ID', value: '1' }, { name: 'Reference', value: 6769200 }];
    expect(read({ transaction, order, [place]: { [name]: identifiers } })).toMatchObject([
      { transactionId: '6769200', transactionUnnamed: false },
    ]);
  });

  it('has no id of the transaction where nothing names one', () => {
    expect(read({ transaction: { status: 'SUCCESS' }, order })).toMatchObject([
      { transactionId: null, transactionUnnamed: false, occurredAt: null, paidWith: null },
    ]);
  });

  it.each([
    ['card_payment', { response_code: '51', response_message: 'Not sufficient funds' }],
    ['shopeepay_payment', { transaction_status: '51', transaction_message: 'Not sufficient funds' }],
  ])('of an attempt that failed says why, where %s does', (place, said) => {
    expect(read({ transaction: { ...transaction, status: 'FAILED' }, order, [place]: said })).toMatchObject([
      {
        status: 'FAILED',
        failure: { code: 'PROVIDER_REJECTED', providerCode: '51', providerMessage: 'Not sufficient funds' },
      },
    ]);
  });

  it('of an attempt that failed without a reason is a failure all the same', () => {
    expect(read({ transaction: { ...transaction, status: 'FAILED' }, order })).toMatchObject([
      { status: 'FAILED', failure: { providerCode: null, providerMessage: null } },
    ]);
  });

  it.each<[unknown, string | null, string]>([
    [150000, '150000', '150000'],
    ['150000', '150000', '150000'],
    ['00150000', '150000', '00150000'],
    [0, '0', '0'],
    [9007199254740991, '9007199254740991', '9007199254740991'],
    [9007199254740992, null, '9007199254740992'],
    ['12345678901234567890', null, '12345678901234567890'],
    [1e21, null, '1e+21'],
    [150000.5, null, '150000.5'],
    ['150000.00', null, '150000.00'],
    [-1, null, '-1'],
    ['0x10', null, '0x10'],
    ['9'.repeat(100), null, '9'.repeat(64)],
  ])('with the amount %j is of %s rupiah', (amount, value, written) => {
    expect(read({ transaction, order: { ...order, amount } })).toMatchObject([
      { amount: { value, currency: 'IDR', written } },
    ]);
  });

  it.each([[undefined], [null], ['  '], [{}], [[150000]], [true]])('with the amount %j has none', (amount) => {
    expect(read({ transaction, order: { ...order, amount } })).toMatchObject([{ reference: 'INV-1', amount: null }]);
  });

  it.each([
    [undefined, 'IDR'],
    ['usd', 'USD'],
    ['Rupiah', 'XXX'],
    [360, 'XXX'],
  ])('in the currency %j is in %s', (currency, expected) => {
    expect(read({ transaction, order: { ...order, currency } })).toMatchObject([{ amount: { currency: expected } }]);
  });

  it.each([
    ['2024-05-31T23:12:03+07:00', '2024-05-31T16:12:03.000Z'],
    ['2024-05-31T16:12:03.123Z', '2024-05-31T16:12:03.123Z'],
    ['2024-05-31T16:12:03', null],
    ['2024-13-31T16:12:03Z', null],
    ['20240531161203', null],
    [1717171923, null],
  ])('of %j came about at %s', (date, at) => {
    const occurredAt = at && new Date(at);
    expect(read({ transaction: { ...transaction, date }, order })).toMatchObject([{ status: 'PAID', occurredAt }]);
  });

  it.each([
    ['no JSON', '<html>'],
    ['an array', [virtualAccount]],
    ['an object with nothing in it', {}],
    ['one with a word that nobody knows', { transaction: { ...transaction, status: 'TELEPORTED' }, order }],
    ['one without an order', { transaction }],
    ['one without an invoice number', { transaction, order: { amount: 1 } }],
    ['one whose invoice number nobody could store', { transaction, order: { ...order, invoice_number: 'a\0b' } }],
    ['one of another kind, as of QRIS in SNAP', { qrContent: '0002', merchantId: 'm', paidTime: 'now' }],
    ['a virtual account whose order it does not name', { ...paid, trxId: undefined }],
    ['a question about a virtual account', { ...paid, paymentRequestId: undefined, inquiryRequestId: 'IR-1' }],
    ['a debit with a status that nobody knows', { ...debit, latestTransactionStatus: '01' }],
  ])('that is %s is not read', (_what, body) => {
    expect(read(body)).toEqual([{ kind: 'unread' }]);
  });
});

describe('a notice of SNAP', () => {
  it('of a virtual account tells that it was paid', () => {
    expect(read(SNAP_VIRTUAL_ACCOUNT_PAID, 'empty token, hex, raw bytes')).toEqual([
      {
        kind: 'payment',
        mailbox: null,
        of: 'order',
        reference: 'INV-20240531-0002',
        orderReference: null,
        status: 'PAID',
        amount: { value: '150000', currency: 'IDR', written: '150000.00' },
        transactionId: 'PR-0001',
        transactionUnnamed: false,
        paidWith: 'VIRTUAL_ACCOUNT_BCA',
        occurredAt: null,
        failure: null,
        proven: 'empty token, hex, raw bytes',
      },
    ]);
  });

  it.each([
    ['00', 'PAID', null],
    ['03', 'PENDING', null],
    ['04', 'REFUNDED', null],
    ['05', 'FAILED', { providerCode: '05', providerMessage: 'Success' }],
    ['06', 'FAILED', { providerCode: '06', providerMessage: 'Success' }],
  ])('of a debit with the status %s tells %s', (latestTransactionStatus, status, failure) => {
    expect(read({ ...debit, latestTransactionStatus })).toMatchObject([
      {
        reference: 'INV-20240531-0003',
        status,
        failure,
        amount: { value: '25000', currency: 'IDR' },
        transactionId: 'DOKU-REF-1',
        paidWith: 'EMONEY_SHOPEE_PAY_SNAP',
      },
    ]);
  });

  it.each([
    [
      { value: '25000.00', currency: 'IDR' },
      { value: '25000', currency: 'IDR', written: '25000.00' },
    ],
    [
      { value: '25000.50', currency: 'IDR' },
      { value: null, written: '25000.50' },
    ],
    [
      { value: '25000', currency: 'IDR' },
      { value: null, written: '25000' },
    ],
    [
      { value: 25000, currency: 'IDR' },
      { value: null, written: '25000' },
    ],
    [{ value: '25000.000', currency: 'IDR' }, { value: null }],
    [{ value: '-25000.00', currency: 'IDR' }, { value: null }],
    [{ value: '25000.00' }, { value: '25000', currency: 'XXX' }],
    [{ currency: 'IDR' }, null],
    [undefined, null],
  ])('with the amount %j has %j', (amount, expected) => {
    const found = expected === null ? null : expect.objectContaining(expected);
    expect(read({ ...debit, amount })).toEqual([expect.objectContaining({ status: 'PAID', amount: found })]);
    expect(read({ ...paid, paidAmount: amount })).toEqual([expect.objectContaining({ status: 'PAID', amount: found })]);
  });
});

describe('reading', () => {
  it('finds of any digits their number, in one way of writing it, or none', () => {
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(fc.bigInt(0n, most * 1_000n), fc.nat(5), (amount, zeros) => {
        const written = '0'.repeat(zeros) + amount;
        const value = amount <= most ? String(amount) : null;
        expect(read({ transaction, order: { ...order, amount: written } })).toMatchObject([{ amount: { value } }]);
        expect(read({ ...debit, amount: { value: `${written}.00` } })).toMatchObject([{ amount: { value } }]);
      }),
    );
  });
});
