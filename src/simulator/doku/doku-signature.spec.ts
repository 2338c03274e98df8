import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sameSecret } from '../same-secret.js';
import { dokuDigest, dokuSignature, snapSignature, snapTokenSignature } from './doku-signature.js';

/** The vectors of the PAYCHAT reference, computed apart from this code; P1 and P3 were also made with DOKU's own library. */
const CLIENT_ID = 'BRN-0001-1700000000000';
const SECRET = 'SK-PaychatTestSecret01';
const TARGET = '/message-as-a-service/v1/whatsapp/messages';
const B1 =
  '{"templateId":"TMP-240223-07652","params":["value 1","value 2","value 3"],"destinationPhone":"6287823678023"}';
const P1_ID = '5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c11';

const VECTORS = [
  {
    name: 'P1, epoch milliseconds',
    requestId: P1_ID,
    timestamp: '1717171717171',
    body: B1,
    bytes: 109,
    digest: 'rZxyRR2JHSRl6LwUsgoUq+jynUue5zN2OQylH74JsSk=',
    signature: 'HMACSHA256=QD21gVpdlrWYoBr/y3NuVW7Tg9nBbaiLKsQEMN9HaJs=',
  },
  {
    name: 'P2, ISO 8601',
    requestId: P1_ID,
    timestamp: '2024-05-31T16:08:37Z',
    body: B1,
    bytes: 109,
    digest: 'rZxyRR2JHSRl6LwUsgoUq+jynUue5zN2OQylH74JsSk=',
    signature: 'HMACSHA256=8kwt69qPLZkEkEARSjZRT9GGGzU388VhwON3d+kNkdw=',
  },
  {
    name: 'P3, text beyond ASCII',
    requestId: 'req-utf8-0001',
    timestamp: '1717171717999',
    body: '{"templateId":"TMP-240223-07652","params":["Bu Sri – Rp 1.000.000","Café"],"destinationPhone":"6281234567890"}',
    bytes: 113,
    digest: '6/e7a/Qa8pibzNgPI+5c8l8CHxgCj8KBeLyBnsN02MY=',
    signature: 'HMACSHA256=zGfIdDCXtR2MjPzd8lrs6uNxAadaKE8t2/zxYV4ONU0=',
  },
  {
    name: 'P4, no values',
    requestId: 'req-empty-0001',
    timestamp: '1717171718000',
    body: '{"templateId":"TMP-240223-07652","params":[],"destinationPhone":"6281234567890"}',
    bytes: 80,
    digest: 'pzri4qdl6HoFbB+q+sB+nwcE4yEh2rPxBJ+XWA/rmzg=',
    signature: 'HMACSHA256=tGCUmidGYKjaqwqhJSRO4u5UOVGQKebAAfa48q0J9Pg=',
  },
  {
    name: 'P5, the same object with blanks',
    requestId: P1_ID,
    timestamp: '1717171717171',
    body: JSON.stringify(JSON.parse(B1), null, 2),
    bytes: 140,
    digest: 'Tjjn/yT4PE/UGzyw6lV2uPOgGCPe2kXULax5ze9x7tA=',
    signature: 'HMACSHA256=IHqBF7C9dNXQIyW7G7Kv+b2sHqx3dRN3ftfYeorXAqY=',
  },
  {
    name: 'P6, the local form of the number',
    requestId: P1_ID,
    timestamp: '1717171717171',
    body: B1.replace('6287823678023', '087823678023'),
    bytes: 108,
    digest: 'XmSwXo2Q6egNFIizhRDwuMKnf/1GRDV/kvfmSkTrzRM=',
    signature: 'HMACSHA256=HDq13o7nQ4Mjifgup6tU/c2Te4NAIzjpsF9O30xtS0A=',
  },
];

const partsOf = ({ requestId, timestamp, body }: { requestId: string; timestamp: string; body: string }) => ({
  clientId: CLIENT_ID,
  requestId,
  timestamp,
  target: TARGET,
  digest: dokuDigest(Buffer.from(body)),
});

describe('the signature of DOKU', () => {
  it.each(VECTORS)('is that of vector $name', (vector) => {
    expect(Buffer.byteLength(vector.body)).toBe(vector.bytes);
    expect(dokuDigest(Buffer.from(vector.body))).toBe(vector.digest);
    expect(dokuSignature(partsOf(vector), SECRET)).toBe(vector.signature);
  });

  it('is another one with a line feed at the end of the text', () => {
    const [p1] = VECTORS;
    const signature = dokuSignature(partsOf(p1!), SECRET);
    expect(sameSecret('HMACSHA256=nQnWUw6vh+y/0SBlxGLNeixYd16AjOrZDzGimlV/Tuk=', signature)).toBe(false);
  });

  it.each([
    ['the client', { clientId: 'BRN-0001-1700000000001' }],
    ['the Request-Id', { requestId: 'another' }],
    ['the timestamp', { timestamp: '1717171717172' }],
    ['the path', { target: `${TARGET}/` }],
    ['the body', { digest: dokuDigest(Buffer.from(`${B1} `)) }],
  ])('is another one when %s differs', (_what, change) => {
    const [p1] = VECTORS;
    expect(dokuSignature({ ...partsOf(p1!), ...change }, SECRET)).not.toBe(p1!.signature);
  });

  it('is another one with another key, in hex, or without its prefix', () => {
    const [p1] = VECTORS;
    const raw = p1!.signature.slice('HMACSHA256='.length);
    expect(dokuSignature(partsOf(p1!), `${SECRET} `)).not.toBe(p1!.signature);
    expect(sameSecret(raw, p1!.signature)).toBe(false);
    expect(sameSecret(`HMACSHA256=${Buffer.from(raw, 'base64').toString('hex')}`, p1!.signature)).toBe(false);
  });

  it('of an answer names its time Response-Timestamp', () => {
    const body = '{"status":"submitted","messageId":"a8f30193-1a4f-41ac-b01f-d559e2e1339f"}';
    const parts = partsOf({ requestId: P1_ID, timestamp: '2024-05-31T16:08:38Z', body });
    expect(parts.digest).toBe('sYSPcB16rGLncye1heIvqHo98zr2hz8l21Kcatlrcn0=');
    expect(dokuSignature(parts, SECRET, 'Response-Timestamp')).toBe(
      'HMACSHA256=2UKCWzeX33o7WjLXmsy75jy9ISqa9z/B+lgcvLuWg1Q=',
    );
  });
});

/** The vectors of the payments reference; N1, N3, S1 and S2 were also made with DOKU's own libraries. */
describe('the signature of a payment', () => {
  const secret = 'SK-CheckoutTestSecret02';

  it('is that of vector N1, which asks for a page', () => {
    const body = '{"order":{"amount":150000,"invoice_number":"INV-20240531-0001"},"payment":{"payment_due_date":60}}';
    const digest = dokuDigest(Buffer.from(body));
    expect(digest).toBe('7KphEs4A3K0hgpRHRY233V+Oth3Egjm2b6kLxEoNdTM=');
    const parts = {
      clientId: CLIENT_ID,
      requestId: 'fdb69f47-96da-499d-acec-7cdc318ab2fe',
      timestamp: '2024-05-31T16:08:37Z',
      target: '/checkout/v1/payment',
    };
    expect(dokuSignature({ ...parts, digest }, secret)).toBe('HMACSHA256=p3cfsCysWPZ4kYLbcUU5qXTCtaW/ASUNH7x84+SgYUs=');
  });

  it('is that of vector N2, a GET, which signs no digest', () => {
    const parts = {
      clientId: CLIENT_ID,
      requestId: 'd895fb53-479c-4f77-a76a-ab81b40d77cb',
      timestamp: '2024-05-31T16:10:00Z',
      target: '/orders/v1/status/INV-20240531-0001',
      digest: undefined,
    };
    expect(dokuSignature(parts, secret)).toBe('HMACSHA256=5QYB1PYMkspMqSRqvmdv0QpqlWE9kaUojeJzlWLxTzY=');
  });

  it.each([
    ['/webhooks/doku/payments', 'HMACSHA256=vrVpNLHB7SaZGaMLYzpH+CUb6vihgpk8rwkKlfwtOuU='],
    ['/checkout/v1/payment', 'HMACSHA256=Nv0yrTX6+Vl4rZf2KCYejS6ukUbPJpqv7bAFf1N+KOI='],
  ])('is that of vector N3, a notification to %s', (target, signature) => {
    const body =
      '{"service":{"id":"VIRTUAL_ACCOUNT"},"acquirer":{"id":"BCA"},"channel":{"id":"VIRTUAL_ACCOUNT_BCA"},"transaction":{"status":"SUCCESS","date":"2024-05-31T16:12:03Z","original_request_id":"fdb69f47-96da-499d-acec-7cdc318ab2fe"},"order":{"invoice_number":"INV-20240531-0001","amount":150000},"virtual_account_info":{"virtual_account_number":"1900600000000046"},"virtual_account_payment":{"identifer":[{"name":"REQUEST_ID","value":"7892931"},{"name":"REFERENCE","value":"6769200"},{"name":"CHANNEL_TYPE","value":"6010"}]}}';
    const digest = dokuDigest(Buffer.from(body));
    expect(digest).toBe('777kTf2m2gpeWkz/CgmXjqocckSUj6uV4OLaTHRPf2Q=');
    const parts = {
      clientId: CLIENT_ID,
      requestId: '479b663f-5c9d-400d-8e80-3e548a8f7639',
      timestamp: '2024-05-31T16:12:04Z',
      target,
      digest,
    };
    expect(dokuSignature(parts, secret)).toBe(signature);
  });
});

describe('the SNAP signature', () => {
  const secret = 'SK-SnapTestSecret03';
  const s1 = {
    path: '/v1/transfer-va/payment',
    token: 'eyJhbGciOiJSUzI1NiJ9.test.token',
    body: '{"partnerServiceId":"   77777","customerNo":"0000000000001","virtualAccountNo":"   777770000000000001","virtualAccountName":"Toru Yamashita","trxId":"INV-20240531-0002","paymentRequestId":"PR-0001","paidAmount":{"value":"150000.00","currency":"IDR"},"additionalInfo":{"channel":"VIRTUAL_ACCOUNT_BCA"}}',
    timestamp: '2024-05-31T23:12:04+07:00',
  };
  const s2 = {
    path: '/v1.0/debit/notify',
    token: 'tok-abc',
    body: '{"originalPartnerReferenceNo":"INV-20240531-0003","originalReferenceNo":"DOKU-REF-1","originalExternalId":"418075533589","latestTransactionStatus":"00","transactionStatusDesc":"Success","amount":{"value":"25000.00","currency":"IDR"},"additionalInfo":{"channelId":"EMONEY_SHOPEE_PAY_SNAP","acquirerId":"SHOPEE_PAY","custIdMerchant":"cust-1","accountType":"EMONEY"}}',
    timestamp: '2024-05-31T23:12:04+07:00',
  };

  it.each([
    ['S1', s1, 'jiNU97AZU9qlg4IigGWCY1AXbY+4aZjaaj2N+v0znVU+koFYd4hKJpjkb8ExfzHC7fODnoc/kqugb0y+oXjh1g=='],
    [
      'S1 without its token',
      { ...s1, token: '' },
      'T8jLBDy5Jp0cByt1X41qD2b1XoaWXrwECFtZMlHHhDFS1xLALHoEiPdLWiSe+UIWREywNDAA6jaF0IAXgKAXYg==',
    ],
    ['S2', s2, '7AXUKzr0Hz14iad3UzJ90gWMtu9DQO7PFwbaTZ8zQGp02UekYb4XM93PknXg6nvbQZEJbdwxm2PGFGzCsokjxQ=='],
  ])('is that of vector %s', (_name, signed, signature) => {
    expect(snapSignature(signed, secret)).toBe(signature);
  });

  it('is that of vector S1 in hex', () => {
    expect(snapSignature(s1, secret, 'hex')).toBe(
      '8e2354f7b01953daa58382228065826350176d8fb86998da6a3d8dfafd339d553e92815877884a2698e46fc1317f31c2edf3839e873f92aba06f4cbea178e1d6',
    );
  });

  it('with which a token is asked for proves the client and the time to whoever has the public key', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 1024,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const signature = Buffer.from(snapTokenSignature(CLIENT_ID, s1.timestamp, privateKey), 'base64');
    const proves = (text: string): boolean => verify('RSA-SHA256', Buffer.from(text), publicKey, signature);
    expect(proves(`${CLIENT_ID}|2024-05-31T23:12:04+07:00`)).toBe(true);
    expect(proves(`${CLIENT_ID}|2024-05-31T23:12:05+07:00`)).toBe(false);
  });
});
