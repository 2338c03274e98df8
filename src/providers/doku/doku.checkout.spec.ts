import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT_ID, DOKU_PUBLIC_KEY, NOW, SECRET, connect, said } from '../../../test/contract/doku.support.js';
import { type HttpRequest } from '../../http/http.js';
import { type CheckoutAsk, type CheckoutOutcome } from '../ports/payments.js';
import { type Account } from '../ports/provider.js';
import { judgeCheckout } from './doku.checkout.js';
import { digestOf, sign } from './doku.signature.js';

const ask: CheckoutAsk = {
  requestId: 'fdb69f47-96da-499d-acec-7cdc318ab2fe',
  referenceId: 'INV-1',
  currency: 'IDR',
  total: '3000000000',
  items: [],
  dueMinutes: 60,
  methods: [],
  callbackUrl: null,
  customer: { phone: '+6287823678023', name: null, email: null },
  beneficiary: null,
};

const home = {
  name: 'Bu Sri',
  addressLine1: 'Jalan Melati 7',
  addressLine2: null,
  city: 'Bandung',
  state: 'Jawa Barat',
  country: 'Indonesia',
  postalCode: '401115',
};

type Given = Partial<Omit<Account, 'credentials'>> & { credentials?: Record<string, string> };

async function opened(more: Partial<CheckoutAsk> = {}, account: Given = {}) {
  const asked: HttpRequest[] = [];
  await connect(account, { asked }).checkout!.open({ ...ask, ...more }, AbortSignal.timeout(1_000));
  const request = asked[0]!;
  return { request, body: JSON.parse(sentBody(request)) };
}

const sentBody = ({ body }: HttpRequest): string => (typeof body === 'string' ? body : '');

describe('a request for a page', () => {
  it('is signed as vector N1', () => {
    const body = '{"order":{"amount":150000,"invoice_number":"INV-20240531-0001"},"payment":{"payment_due_date":60}}';
    const [requestId, timestamp] = ['fdb69f47-96da-499d-acec-7cdc318ab2fe', '2024-05-31T16:08:37Z'];
    const parts = { clientId: CLIENT_ID, requestId, timestamp, target: '/checkout/v1/payment', body };
    expect(Buffer.byteLength(body)).toBe(98);
    expect(digestOf(body)).toBe('7KphEs4A3K0hgpRHRY233V+Oth3Egjm2b6kLxEoNdTM=');
    expect(sign(parts, SECRET)).toBe('HMACSHA256=p3cfsCysWPZ4kYLbcUU5qXTCtaW/ASUNH7x84+SgYUs=');
  });

  it('goes to the host of payments, with the time in ISO 8601 whatever PAYCHAT has, signed over what is sent', async () => {
    const { request } = await opened({}, { credentials: { timestampFormat: 'epoch_ms' } });
    expect([request.method, request.url]).toEqual(['POST', 'https://api-sandbox.doku.com/checkout/v1/payment']);
    const timestamp = '2024-05-31T16:12:04Z';
    const { requestId } = ask;
    const parts = {
      clientId: CLIENT_ID,
      requestId,
      timestamp,
      target: '/checkout/v1/payment',
      body: sentBody(request),
    };
    expect(request.headers).toEqual({
      'Client-Id': CLIENT_ID,
      'Request-Id': requestId,
      'Request-Timestamp': timestamp,
      Signature: sign(parts, SECRET),
      'Content-Type': 'application/json',
    });
  });

  it.each<[Given, string]>([
    [{ environment: 'PRODUCTION' }, 'https://api.doku.com'],
    [{ baseUrl: 'http://127.0.0.1:4010' }, 'http://127.0.0.1:4010'],
    [{ environment: 'PRODUCTION', baseUrl: 'https://app-uat.doku.com' }, 'https://app-uat.doku.com'],
  ])('of an account with %o goes to %s', async (account, host) => {
    expect((await opened({}, account)).request.url).toBe(`${host}/checkout/v1/payment`);
  });

  it('says no more than it has to say', async () => {
    expect((await opened()).body).toEqual({
      order: { amount: 3_000_000_000, invoice_number: 'INV-1', currency: 'IDR' },
      payment: { payment_due_date: 60 },
      customer: { phone: '6287823678023' },
    });
  });

  it('says all that it is given', async () => {
    const { body } = await opened({
      items: [{ id: 'sku-1', name: 'Kopi', price: '1500000000', quantity: 2 }],
      methods: ['QRIS', 'CREDIT_CARD'],
      callbackUrl: 'https://shop.example/thanks',
      customer: { phone: '+6287823678023', name: 'Toru', email: 'toru@shop.example' },
      beneficiary: { ...home, addressLine2: 'RT 03' },
    });
    expect(body).toEqual({
      order: {
        amount: 3_000_000_000,
        invoice_number: 'INV-1',
        currency: 'IDR',
        callback_url: 'https://shop.example/thanks',
        line_items: [{ id: 'sku-1', name: 'Kopi', price: 1_500_000_000, quantity: 2 }],
      },
      payment: { payment_due_date: 60, payment_method_types: ['QRIS', 'CREDIT_CARD'] },
      customer: { name: 'Toru', email: 'toru@shop.example', phone: '6287823678023' },
      shipping_address: {
        first_name: 'Bu Sri',
        address: 'Jalan Melati 7, RT 03',
        city: 'Bandung',
        postal_code: '401115',
        phone: '6287823678023',
        country_code: 'IDN',
      },
    });
  });

  it.each([
    ['INDONESIA', 'IDN'],
    ['Republik Indonesia', 'IDN'],
    ['ID', 'IDN'],
    ['India', undefined],
    ['Indonesia Raya', undefined],
  ])('to a person in %s has the country %s', async (country, code) => {
    const { body } = await opened({ beneficiary: { ...home, country } });
    expect(body.shipping_address.country_code).toBe(code);
  });

  it('has its amounts as JSON integers up to the greatest', () => {
    return fc.assert(
      fc.asyncProperty(fc.bigInt(1n, BigInt(Number.MAX_SAFE_INTEGER)), async (total) => {
        const { request } = await opened({ total: String(total) });
        expect(sentBody(request)).toContain(`"amount":${total},`);
      }),
    );
  });
});

describe('the address for the notices of one page', () => {
  const overridden = async (methods: string[], account: Given = {}): Promise<string | undefined> =>
    (await opened({ methods }, account)).body.additional_info?.override_notification_url;
  const base = 'https://kurir.example/callbacks/key/payment';

  it.each([
    [['CREDIT_CARD'], `${base}/card`],
    [['ONLINE_TO_OFFLINE_ALFA', 'ONLINE_TO_OFFLINE_INDOMARET'], `${base}/convenience-store`],
    [['PEER_TO_PEER_KREDIVO'], `${base}/paylater`],
    [['VIRTUAL_ACCOUNT_BCA', 'VIRTUAL_ACCOUNT_BRI'], `${base}/virtual-account`],
    [['EMONEY_OVO'], `${base}/e-wallet`],
    [['DIRECT_DEBIT_BRI'], `${base}/direct-debit`],
    [['QRIS'], `${base}/qris`],
  ])('is the one of the topic that all of %o belong to', async (methods, url) => {
    expect(await overridden(methods)).toBe(url);
  });

  it.each([[[]], [['CREDIT_CARD', 'QRIS']], [['JENIUS_PAY']], [['CREDIT_CARD', 'JENIUS_PAY']]])(
    'is left to the back office where the methods are %o, which have several or none',
    async (methods) => {
      expect(await overridden(methods)).toBeUndefined();
    },
  );

  it('is left to the back office where the topic may be that of SNAP', async () => {
    const credentials = { dokuPublicKey: DOKU_PUBLIC_KEY };
    expect(await overridden(['VIRTUAL_ACCOUNT_BCA'], { credentials })).toBeUndefined();
    expect(await overridden(['CREDIT_CARD'], { credentials })).toBe(`${base}/card`);
  });

  it.each(['http://kurir.example/callbacks/key', 'https://a.ngrok-free.app/callbacks/key'])(
    'is left to the back office where DOKU would not call %s',
    async (callbackBase) => {
      expect(await overridden(['CREDIT_CARD'], { callbackBase })).toBeUndefined();
    },
  );
});

/** As DOKU's sandbox answered it; the uuid is no number that a parser keeps. */
const PAGE = `{"message":["SUCCESS"],"response":{"order":{"amount":"50000","invoice_number":"INV-1","currency":"IDR","session_id":"125f8c84"},
  "payment":{"payment_method_types":["QRIS"],"payment_due_date":60,"token_id":"125f8c84781","url":"https://sandbox.doku.com/checkout-link-v2/125f8c84781",
  "expired_date":"20260701003444","expired_datetime":"2026-06-30T17:34:44Z","type":"SALE"},
  "uuid":2225240712094533483107164227326411817850,"headers":{"request_id":"r","signature":"HMACSHA256=s","client_id":"BRN"}}}`;

const judged = (status: number, body: unknown): CheckoutOutcome =>
  judgeCheckout(status, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
const page = (url: unknown, token_id: unknown = 't'): unknown => ({ response: { payment: { url, token_id } } });
const error = (code: string) => ({ error: { code, message: 'its words', type: code } });

describe('an answer of Checkout', () => {
  it.each([200, 409])('with a page and HTTP %i is accepted, with its link and its token', (status) => {
    expect(judged(status, PAGE)).toEqual({
      outcome: 'accepted',
      reference: '125f8c84781',
      url: 'https://sandbox.doku.com/checkout-link-v2/125f8c84781',
    });
  });

  it.each([null, '', 'a\0b'])('is accepted without a token that is %j', (token) => {
    expect(judged(200, page('https://doku.example/p', token))).toMatchObject({ outcome: 'accepted', reference: null });
  });

  it.each([
    'javascript:alert(1)',
    '/checkout-link-v2/1',
    'https://',
    'https://doku.example/a b',
    'https://doku.example/é',
    `https://doku.example/${'a'.repeat(2_048)}`,
    '',
    7,
    null,
    undefined,
  ])('whose link no browser opens is uncertain: %#', (url) => {
    expect(judged(200, page(url))).toMatchObject({ outcome: 'uncertain', failure: { code: 'PROVIDER_UNAVAILABLE' } });
  });

  it.each([
    [400, { error_messages: ['order.invoice_number must be filled', 'order.amount is wrong'] }, 'PROVIDER_REJECTED'],
    [400, { error: { code: 'invalid_parameter', message: 'order.amount', type: 'x' } }, 'PROVIDER_REJECTED'],
    [400, { status: 'FAILED', response_code: 'E10', response_message: 'no such channel' }, 'PROVIDER_REJECTED'],
    [400, error('duplicate_invoice_number'), 'PROVIDER_REJECTED'],
    [400, error('invalid_signature'), 'PROVIDER_AUTH_FAILED'],
    [401, { error_messages: ['who is it'] }, 'PROVIDER_AUTH_FAILED'],
    [403, '<html>Forbidden</html>', 'PROVIDER_AUTH_FAILED'],
    [404, '', 'PROVIDER_REJECTED'],
    [409, { error_messages: ['INVOICE ALREADY USED'] }, 'PROVIDER_REJECTED'],
    [200, { ...(page('https://doku.example/p') as object), error_messages: ['no'] }, 'PROVIDER_REJECTED'],
  ])('with HTTP %i and %o is refused: %s', (status, body, code) => {
    expect(judged(status, body)).toMatchObject({ outcome: 'refused', failure: { code } });
  });

  it("keeps DOKU's own code and words, in each of their forms", () => {
    const own = (body: unknown) => (judged(400, body) as Extract<CheckoutOutcome, { failure: unknown }>).failure;
    expect(own({ error_messages: ['first', 'second'] })).toMatchObject({
      providerCode: '400',
      providerMessage: 'first; second',
    });
    expect(own(error('E1'))).toMatchObject({ providerCode: 'E1', providerMessage: 'its words' });
    expect(own({ status: 'FAILED', response_code: 'E2', response_message: 'words' })).toMatchObject({
      providerCode: 'E2',
      providerMessage: 'words',
    });
  });

  it('of a 409 that repeats a fault is refused, for its Request-Id is used up and no other may be taken', () => {
    expect(judged(409, error('internal_server_error'))).toMatchObject({
      outcome: 'refused',
      failure: { code: 'PROVIDER_UNAVAILABLE' },
    });
  });

  it.each([
    [429, ''],
    [503, '<html>Service unavailable</html>'],
  ])('with HTTP %i is deferred', (status, body) => {
    expect(judged(status, body)).toMatchObject({ outcome: 'deferred', failure: { code: 'PROVIDER_UNAVAILABLE' } });
  });

  it.each([
    [500, ''],
    [502, '<html>'],
    [504, error('E1')],
    [500, PAGE],
    [200, '{}'],
    [200, '<html>Welcome</html>'],
    [409, '{}'],
    [409, error('request_in_progress')],
  ])('with HTTP %i and %o is uncertain', (status, body) => {
    expect(judged(status, body)).toMatchObject({ outcome: 'uncertain', failure: { code: 'PROVIDER_UNAVAILABLE' } });
  });

  it('is no thrown error, whatever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, body) => {
        expect(['refused', 'deferred', 'uncertain']).toContain(judged(status, body).outcome);
      }),
    );
  });

  it.each([
    ['unreachable', 'deferred'],
    ['broken', 'uncertain'],
  ] as const)('that never came, for the line was %s, is %s', async (kind, outcome) => {
    const provider = connect({}, { result: { kind, reason: 'so' }, now: () => NOW });
    expect(await provider.checkout!.open(ask, AbortSignal.timeout(1_000))).toMatchObject({ outcome });
  });

  it('is waited for as long as its header says', async () => {
    const provider = connect({}, { result: said('', 503, { 'retry-after': '7' }) });
    expect(await provider.checkout!.open(ask, AbortSignal.timeout(1_000))).toMatchObject({ retryAfterMs: 7_000 });
  });
});
