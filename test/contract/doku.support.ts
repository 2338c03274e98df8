/** An account at DOKU whose line is played, without a socket; and DOKU's side of the notices, written apart from ours. */
import { createHmac, createPrivateKey, generateKeyPairSync, hash, sign } from 'node:crypto';
import { type HttpRequest, type HttpResult } from '../../src/http/http.js';
import { doku } from '../../src/providers/doku/doku.provider.js';
import { type Callbacks, type RawRequest } from '../../src/providers/ports/callbacks.js';
import { type Account, type Provider } from '../../src/providers/ports/provider.js';

export const CLIENT_ID = 'BRN-0001-1700000000000';
export const SECRET = 'SK-CheckoutTestSecret02';
export const NOW = new Date('2024-05-31T16:12:04.500Z');

const KEYS = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
export const DOKU_PUBLIC_KEY = KEYS.publicKey;

/** An answer of HTTP. */
export function said(body: unknown, status = 200, headers: Record<string, string> = {}): HttpResult {
  const written = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answer', status, headers, body: Buffer.from(written) };
}

/** An account of DOKU's, every call of which gets the same answer; `asked` is filled with the calls. */
export function connect(
  more: Partial<Omit<Account, 'credentials'>> & { readonly credentials?: Record<string, string> } = {},
  {
    asked = [],
    result = said({}),
    now = () => NOW,
  }: { asked?: HttpRequest[]; result?: HttpResult; now?: () => Date } = {},
): Provider {
  const account: Account = {
    id: '0190b5a0-0000-7000-8000-000000000002',
    kind: 'DOKU',
    environment: 'SANDBOX',
    baseUrl: doku.baseUrls[more.environment ?? 'SANDBOX'],
    sender: null,
    callbackBase: 'https://kurir.example/callbacks/key',
    ...more,
    credentials: { clientId: CLIENT_ID, secretKey: SECRET, ...more.credentials },
  };
  const request = async (each: HttpRequest): Promise<HttpResult> => {
    asked.push(each);
    return result;
  };
  return doku.connect(account, { http: { request }, now });
}

/** A notice as DOKU posts it, signed for the path that it was told. */
export function noticed(
  body: unknown,
  {
    topic = 'payment/virtual-account',
    target = `/callbacks/key/${topic}`,
    secret = SECRET,
    clientId = CLIENT_ID,
  }: { topic?: string; target?: string; secret?: string; clientId?: string } = {},
): RawRequest {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const [requestId, timestamp] = ['479b663f-5c9d-400d-8e80-3e548a8f7639', '2024-05-31T16:12:04Z'];
  const text =
    `Client-Id:${clientId}\nRequest-Id:${requestId}\nRequest-Timestamp:${timestamp}\n` +
    `Request-Target:${target}\nDigest:${hash('sha256', bytes, 'base64')}`;
  return {
    topic,
    method: 'POST',
    path: `/callbacks/key/${topic}`,
    headers: {
      'content-type': 'application/json',
      'client-id': clientId,
      'request-id': requestId,
      'request-timestamp': timestamp,
      signature: `HMACSHA256=${createHmac('sha256', secret).update(text).digest('base64')}`,
    },
    body: bytes,
  };
}

const SNAP_TIME = '2024-05-31T23:12:04+07:00';

export interface SnapNotice {
  readonly topic?: string;
  /** In Authorization. */
  readonly token: string;
  /** In the signed text. */
  readonly signedToken?: string;
  readonly signedBody?: string;
  readonly encoding?: 'base64' | 'hex';
  readonly target?: string;
  readonly secret?: string;
  readonly clientId?: string;
}

/** The same in SNAP. */
export function snapNoticed(body: unknown, notice: SnapNotice): RawRequest {
  const { topic = 'payment/virtual-account-snap', token, clientId = CLIENT_ID, secret = SECRET } = notice;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const hashed = hash('sha256', notice.signedBody ?? text, 'hex');
  const target = notice.target ?? `/callbacks/key/${topic}`;
  const signed = `POST:${target}:${notice.signedToken ?? token}:${hashed}:${SNAP_TIME}`;
  return {
    topic,
    method: 'POST',
    path: `/callbacks/key/${topic}`,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'x-partner-id': clientId,
      'x-external-id': '418075533589',
      'x-timestamp': SNAP_TIME,
      'x-signature': createHmac('sha512', secret)
        .update(signed)
        .digest(notice.encoding ?? 'base64'),
      'channel-id': 'VA004',
    },
    body: Buffer.from(text),
  };
}

/** How DOKU asks for a token. */
export function tokenRequested(body: unknown = { grantType: 'client_credentials' }, clientId = CLIENT_ID): RawRequest {
  const signature = sign('sha256', Buffer.from(`${clientId}|${SNAP_TIME}`), createPrivateKey(KEYS.privateKey));
  return {
    topic: 'snap/access-token',
    method: 'POST',
    path: '/callbacks/key/snap/access-token',
    headers: {
      'content-type': 'application/json',
      'x-client-key': clientId,
      'x-timestamp': SNAP_TIME,
      'x-signature': signature.toString('base64'),
    },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  };
}

/** A token of the account's, as DOKU gets it. */
export function tokenOf(callbacks: Callbacks): string {
  const { reply } = callbacks.admit(tokenRequested());
  return (JSON.parse(reply.body) as { accessToken: string }).accessToken;
}

/** The sample of DOKU's page on notices of a virtual account (vector N3 of it in one line). */
export const VIRTUAL_ACCOUNT_PAID =
  '{"service":{"id":"VIRTUAL_ACCOUNT"},"acquirer":{"id":"BCA"},"channel":{"id":"VIRTUAL_ACCOUNT_BCA"},"transaction":{"status":"SUCCESS","date":"2024-05-31T16:12:03Z","original_request_id":"fdb69f47-96da-499d-acec-7cdc318ab2fe"},"order":{"invoice_number":"INV-20240531-0001","amount":150000},"virtual_account_info":{"virtual_account_number":"1900600000000046"},"virtual_account_payment":{"identifer":[{"name":"REQUEST_ID","value":"7892931"},{"name":"REFERENCE","value":"6769200"},{"name":"CHANNEL_TYPE","value":"6010"}]}}';

/** SNAP's of a virtual account (vector S1). */
export const SNAP_VIRTUAL_ACCOUNT_PAID =
  '{"partnerServiceId":"   77777","customerNo":"0000000000001","virtualAccountNo":"   777770000000000001","virtualAccountName":"Toru Yamashita","trxId":"INV-20240531-0002","paymentRequestId":"PR-0001","paidAmount":{"value":"150000.00","currency":"IDR"},"additionalInfo":{"channel":"VIRTUAL_ACCOUNT_BCA"}}';

/** SNAP's of an e-wallet (vector S2). */
export const SNAP_DEBIT_PAID =
  '{"originalPartnerReferenceNo":"INV-20240531-0003","originalReferenceNo":"DOKU-REF-1","originalExternalId":"418075533589","latestTransactionStatus":"00","transactionStatusDesc":"Success","amount":{"value":"25000.00","currency":"IDR"},"additionalInfo":{"channelId":"EMONEY_SHOPEE_PAY_SNAP","acquirerId":"SHOPEE_PAY","custIdMerchant":"cust-1","accountType":"EMONEY"}}';
