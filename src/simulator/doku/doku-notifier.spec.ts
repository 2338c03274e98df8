import { verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  callDoku,
  type CallbackReceiver,
  dokuControl,
  receiveCallbacks,
  type ReceivedCallback,
} from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';
import { type SimulatedDokuAccount } from './doku-account.js';
import { DOKU_CHANNELS } from './doku-channels.js';
import { dokuDigest, dokuSignature, snapSignature } from './doku-signature.js';

const ACCOUNT = { kind: 'DOKU', clientId: 'BRN-0001-1700000000000', secretKey: 'SK-CheckoutTestSecret02' } as const;
const NOW = Date.parse('2024-05-31T16:12:03.500Z');
const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.test.token';
const MINUTE_MS = 60_000;
const ANY = expect.any(String) as string;

describe('a notification of DOKU', () => {
  let simulator: Simulator;
  let merchant: CallbackReceiver;
  let origin: string;
  let timers: ManualTimers;

  beforeEach(async () => {
    timers = new ManualTimers();
    merchant = await receiveCallbacks();
    // What is good as an answer to everything: a token, and a 200.
    merchant.answerWith(200, JSON.stringify({ accessToken: TOKEN }));
    origin = new URL(merchant.url).origin;
    simulator = await startSimulator({ port: 0, now: () => new Date(NOW + timers.now), timers });
    account({});
  });
  afterEach(async () => {
    await simulator.stop();
    await merchant.stop();
  });

  /** Everything has an address, but where `change` says otherwise. */
  function account(change: Partial<SimulatedDokuAccount>): void {
    const plain = ['virtual-account', 'card', 'convenience-store', 'e-wallet', 'paylater', 'direct-debit', 'qris'];
    const urls = Object.fromEntries(plain.map((entry) => [entry, `${origin}/doku/${entry}`]));
    simulator.configure({ accounts: [{ ...ACCOUNT, notificationUrls: urls, ...change }] });
  }
  const snapUrls = () => ({
    'virtual-account-snap': `${origin}/v1/transfer-va/payment`,
    'e-wallet-snap': `${origin}/v1.0/debit/notify`,
    'access-token': `${origin}/snap/token`,
  });
  const control = async (what: string, input?: object): Promise<any> => {
    const { status, body } = await dokuControl(simulator.url, what, input);
    if (status !== 200) throw new Error(body.message);
    return body;
  };
  const created = async (invoice = 'INV-1', more: object = {}): Promise<void> => {
    const order = { amount: 150000, invoice_number: invoice };
    const body = JSON.stringify({ order, payment: {}, customer: { name: 'Toru Yamashita' }, ...more });
    const { status } = await callDoku(simulator.url, '/checkout/v1/payment', {
      ...ACCOUNT,
      body,
      requestId: 'the-request',
    });
    expect(status).toBe(200);
  };
  const signatureOf = ({ path, text, headers }: ReceivedCallback, target = path): string =>
    dokuSignature(
      {
        clientId: ACCOUNT.clientId,
        requestId: String(headers['request-id']),
        timestamp: String(headers['request-timestamp']),
        target,
        digest: dokuDigest(Buffer.from(text)),
      },
      ACCOUNT.secretKey,
    );

  it('of a virtual account is that of the reference, signed over its bytes and the path of the URL', async () => {
    await created();
    const { posted, note } = await control('pay', {
      invoice: 'INV-1',
      channel: 'VIRTUAL_ACCOUNT_BCA',
      transaction: '6769200',
    });
    expect(merchant.received).toHaveLength(1);
    const [first] = merchant.received;
    expect(first).toMatchObject({
      path: '/doku/virtual-account',
      headers: {
        'client-id': ACCOUNT.clientId,
        'request-timestamp': '2024-05-31T16:12:03Z',
        'content-type': 'application/json',
        signature: signatureOf(first!),
      },
    });
    expect(first?.body).toEqual({
      service: { id: 'VIRTUAL_ACCOUNT' },
      acquirer: { id: 'BCA' },
      channel: { id: 'VIRTUAL_ACCOUNT_BCA' },
      transaction: { status: 'SUCCESS', date: '2024-05-31T16:12:03Z', original_request_id: 'the-request' },
      order: { invoice_number: 'INV-1', amount: 150000 },
      virtual_account_info: { virtual_account_number: expect.stringMatching(/^\d{16,20}$/) },
      virtual_account_payment: {
        identifer: [
          { name: 'REQUEST_ID', value: ANY },
          { name: 'REFERENCE', value: '6769200' },
          { name: 'CHANNEL_TYPE', value: '6010' },
        ],
      },
    });
    expect(note).toBeNull();
    expect(posted).toMatchObject([{ attempt: 1, httpStatus: 200, taken: true, body: first?.text }]);
  });

  it.each([
    [
      'CREDIT_CARD',
      'card',
      'CREDIT_CARD',
      { authorize_id: ANY, card_payment: { response_code: '00', approval_code: ANY } },
    ],
    [
      'ONLINE_TO_OFFLINE_ALFA',
      'convenience-store',
      'ONLINE_TO_OFFLINE',
      { online_to_offline_info: { payment_code: ANY } },
    ],
    ['EMONEY_SHOPEE_PAY', 'e-wallet', 'EMONEY', { shopeepay_payment: { transaction_status: 'SUCCESS' } }],
    ['EMONEY_SHOPEEPAY', 'e-wallet', 'EMONEY', { shopeepay_payment: { transaction_status: 'SUCCESS' } }],
    ['EMONEY_DANA', 'e-wallet', 'EMONEY', { wallet: { issuer: 'DANA' } }],
    ['QRIS', 'qris', 'QRIS', { service: { name: 'QRIS' }, emoney_payment: { approval_code: ANY } }],
    ['DIRECT_DEBIT_BRI', 'direct-debit', 'DIRECT_DEBIT', { card_payment: { payment_id: ANY } }],
    ['PEER_TO_PEER_AKULAKU', 'paylater', 'PEER_TO_PEER', { peer_to_peer_info: { expired_date: '20240601001203' } }],
    ['JENIUS_PAY', 'direct-debit', 'JENIUS_PAY', { acquirer: { id: 'JENIUS_PAY' } }],
  ])('of %s goes to %s as %s, with what that channel alone has', async (channel, entry, service, extras) => {
    await created();
    await control('pay', { invoice: 'INV-1', channel });
    const [first] = merchant.received;
    expect(first).toMatchObject({ path: `/doku/${entry}`, headers: { signature: signatureOf(first!) } });
    expect(first?.body).toMatchObject({ service: { id: service }, channel: { id: channel }, ...extras });
  });

  it('comes of every channel that an account has', async () => {
    for (const [place, channel] of DOKU_CHANNELS.entries()) {
      await callDoku(simulator.url, '/checkout/v1/payment', {
        ...{ ...ACCOUNT, requestId: `request-${place}` },
        body: JSON.stringify({
          order: { amount: 1, invoice_number: channel },
          payment: { payment_method_types: [channel] },
        }),
      });
      await control('pay', { invoice: channel });
    }
    expect(merchant.received.map(({ body }) => body.channel.id)).toEqual(DOKU_CHANNELS);
  });

  it.each([
    ['fail', 'FAILED', 1],
    ['expire', 'EXPIRED', 1],
    ['wait', 'PENDING', 0],
  ])('tells of a person who lets it %s (%s): %i', async (act, status, told) => {
    await created();
    const { transaction } = await control(act, { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA' });
    expect(transaction).toMatchObject({ status, channel: 'VIRTUAL_ACCOUNT_BCA' });
    expect(merchant.received.map(({ body }) => body.transaction.status)).toEqual(told ? [status] : []);
  });

  it('tells of waiting where that is asked for, in the words for it', async () => {
    await created();
    await control('wait', { invoice: 'INV-1', channel: 'EMONEY_OVO', status: 'TIMEOUT', notify: true });
    expect(merchant.received[0]?.body.transaction.status).toBe('TIMEOUT');
  });

  it('tells of a second payment under another reference, and of one that is paid back under its own', async () => {
    await created();
    const first = await control('pay', { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA' });
    const second = await control('pay', { invoice: 'INV-1' });
    expect(second.transaction.reference).not.toBe(first.transaction.reference);
    const third = await control('refund', { invoice: 'INV-1' });
    expect(third.transaction).toMatchObject({ status: 'REFUNDED', reference: first.transaction.reference });
    expect(simulator.ledger.counts()).toMatchObject({ payments: 1, paymentRepeats: 1 });
  });

  it('does not tell of a refund of what nobody paid', async () => {
    await created();
    await expect(control('refund', { invoice: 'INV-1' })).rejects.toThrow('not paid');
  });

  it('says what it is told to say', async () => {
    await created();
    const wrong = { amount: 149999, originalRequestId: 'of-somebody-else' };
    await control('pay', { invoice: 'INV-1', channel: 'CREDIT_CARD', ...wrong });
    expect(merchant.received[0]?.body).toMatchObject({
      order: { amount: 149999 },
      transaction: { original_request_id: 'of-somebody-else' },
    });
    expect(merchant.received[0]?.headers['signature']).toBe(signatureOf(merchant.received[0]!));
  });

  it.each([
    ['a forged signature', { forged: true }],
    ['a changed body', { changed: true }],
    ['the path of another', { signedPath: '/checkout/v1/payment' }],
    ['a header of another', { headers: { 'Client-Id': 'BRN-2', 'Request-Id': 'other' } }],
  ])('may have %s', async (_what, style) => {
    await created();
    await control('pay', { invoice: 'INV-1', channel: 'QRIS', ...style });
    const [first] = merchant.received;
    expect(first?.headers['signature']).toMatch(/^HMACSHA256=/);
    expect(first?.headers['signature']).not.toBe(signatureOf(first!));
  });

  it('may lack a header, and come more than once under one Request-Id', async () => {
    await created();
    await control('pay', { invoice: 'INV-1', channel: 'QRIS', headers: { signature: null }, times: 2 });
    expect(merchant.received.map(({ headers }) => headers['signature'])).toEqual([undefined, undefined]);
    expect(new Set(merchant.received.map(({ headers }) => headers['request-id'])).size).toBe(1);
  });

  it('goes nowhere without a URL of its channel; once there is one it can be sent again', async () => {
    account({ notificationUrls: {} });
    await created();
    const { posted, note } = await control('pay', { invoice: 'INV-1', channel: 'QRIS' });
    expect([posted, note]).toEqual([[], expect.stringContaining('qris')]);
    await control('account', { notificationUrls: { qris: `${origin}/late` } });
    await control('resend', { invoice: 'INV-1' });
    expect(merchant.received).toMatchObject([{ path: '/late', body: { transaction: { status: 'SUCCESS' } } }]);
  });

  describe('with a URL of the order’s own', () => {
    const paidWith = async (override_notification_url: string): Promise<any> => {
      await created('INV-1', { additional_info: { override_notification_url } });
      return control('pay', { invoice: 'INV-1', channel: 'QRIS' });
    };

    it('goes to its host, for the path is the one that is set', async () => {
      account({ notificationUrls: { qris: 'https://shop.example/doku/qris' } });
      expect(await paidWith(`${origin}/doku/qris`)).toMatchObject({ note: null, posted: [{ taken: true }] });
    });

    it.each([
      ['a path of its own', () => `${origin}/elsewhere`, 'path'],
      ['a host on ngrok', () => 'https://a.ngrok-free.app/doku/qris', 'ngrok'],
    ])('stays where it is set to go for %s, and the ledger says so', async (_what, url, word) => {
      const { posted } = await paidWith(url());
      expect(posted).toMatchObject([{ url: `${origin}/doku/qris`, taken: true }]);
      const { notices } = await control('notices?invoice=INV-1');
      expect(notices).toMatchObject([{ note: expect.stringContaining(word) }]);
    });

    it('goes nowhere when none is set', async () => {
      account({ notificationUrls: {} });
      expect(await paidWith(`${origin}/doku/qris`)).toMatchObject({ posted: [] });
    });
  });

  describe('that nobody takes', () => {
    const paid = async (): Promise<void> => {
      merchant.answerWith(500, '{}');
      await created();
      await control('pay', { invoice: 'INV-1', channel: 'QRIS' });
    };

    it('comes again 30 minutes, 6 hours and 12 hours after the first, then never', async () => {
      await paid();
      const at: number[] = [];
      for (let n = 2; n <= 4; n++) {
        await timers.next();
        await merchant.until(n);
        at.push(timers.now / MINUTE_MS);
      }
      expect(at).toEqual([30, 360, 720]);
      // The last answer is on its way.
      await expect.poll(() => simulator.callbacks.counts).toMatchObject({ posted: 4, retried: 3, givenUp: 1 });
      expect(timers.pending).toBe(0);
      const { notices } = await control('notices?invoice=INV-1');
      expect(notices.map(({ attempt, httpStatus }: any) => [attempt, httpStatus])).toEqual([
        [4, 500],
        [3, 500],
        [2, 500],
        [1, 500],
      ]);
    });

    it('repeats its Request-Id and its body at another time, signed anew', async () => {
      await paid();
      await timers.next();
      await merchant.until(2);
      const [first, second] = merchant.received;
      expect(second?.text).toBe(first?.text);
      expect(second?.headers['request-id']).toBe(first?.headers['request-id']);
      expect(second?.headers).toMatchObject({
        'request-timestamp': '2024-05-31T16:42:03Z',
        signature: signatureOf(second!),
      });
    });

    it.each([200, 204])('is not repeated after HTTP %i', async (status) => {
      await paid();
      merchant.answerWith(status, '');
      await timers.next();
      await expect.poll(() => simulator.callbacks.counts.taken).toBe(1);
      expect(timers.pending).toBe(0);
    });

    it('comes again so many times faster as the account has it', async () => {
      account({ notificationUrls: { qris: merchant.url }, retrySpeed: 3_600 });
      await paid();
      expect(await timers.next()).toBe(500);
    });

    it('is sent again by hand: as it is with all its headers, or under another Request-Id; once', async () => {
      await paid();
      timers.advance(MINUTE_MS);
      await control('resend', { invoice: 'INV-1', replay: true });
      await control('resend', { invoice: 'INV-1' });
      const [first, replayed, resent] = merchant.received;
      expect(replayed).toMatchObject({ text: first?.text, headers: { signature: first?.headers['signature'] } });
      expect(resent).toMatchObject({ text: first?.text, headers: { signature: signatureOf(resent!) } });
      expect(resent?.headers['request-id']).not.toBe(first?.headers['request-id']);
      expect(timers.pending).toBe(1);
    });
  });

  describe('as SNAP', () => {
    beforeEach(() => account({ notificationUrls: snapUrls() }));
    const snapOf = ({ path, text, headers }: ReceivedCallback, token = TOKEN): Parameters<typeof snapSignature>[0] => ({
      ...{ path, token, body: text },
      timestamp: String(headers['x-timestamp']),
    });

    it('asks for a token first, with proof that it is DOKU', async () => {
      await created();
      await control('pay', { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA' });
      const { publicKey } = await control('account');
      const [asked] = merchant.received;
      expect(asked).toMatchObject({
        path: '/snap/token',
        body: { grantType: 'client_credentials' },
        headers: { 'x-client-key': ACCOUNT.clientId, 'x-timestamp': '2024-05-31T23:12:03+07:00' },
      });
      const proof = Buffer.from(String(asked?.headers['x-signature']), 'base64');
      const text = Buffer.from(`${ACCOUNT.clientId}|2024-05-31T23:12:03+07:00`);
      expect(verify('RSA-SHA256', text, publicKey, proof)).toBe(true);
    });

    it('of a virtual account pads its number with blanks, has two decimals, and signs the token', async () => {
      await created();
      await control('pay', { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA', transaction: 'PR-0001' });
      const [, told] = merchant.received;
      const { customerNo } = told?.body as { customerNo: string };
      expect(told).toMatchObject({
        path: '/v1/transfer-va/payment',
        headers: {
          'x-partner-id': ACCOUNT.clientId,
          'x-external-id': expect.stringMatching(/^\d+$/),
          'channel-id': 'VA004',
          authorization: `Bearer ${TOKEN}`,
          'x-signature': snapSignature(snapOf(told!), ACCOUNT.secretKey),
        },
      });
      expect(told?.body).toEqual({
        partnerServiceId: '   77777',
        customerNo: expect.stringMatching(/^\d{13}$/),
        virtualAccountNo: `   77777${customerNo}`,
        virtualAccountName: 'Toru Yamashita',
        trxId: 'INV-1',
        paymentRequestId: 'PR-0001',
        paidAmount: { value: '150000.00', currency: 'IDR' },
        additionalInfo: { channel: 'VIRTUAL_ACCOUNT_BCA' },
      });
    });

    it.each([
      ['pay', '00', 'Success'],
      ['fail', '06', 'Failed'],
      ['wait', '03', 'Pending'],
    ])('of an e-wallet says %s as %s %s', async (act, code, words) => {
      await created();
      await control(act, { invoice: 'INV-1', channel: 'EMONEY_SHOPEE_PAY', notify: true, transaction: 'DOKU-REF-1' });
      const [, told] = merchant.received;
      expect(told?.path).toBe('/v1.0/debit/notify');
      expect(told?.headers['x-signature']).toBe(snapSignature(snapOf(told!), ACCOUNT.secretKey));
      expect(told?.body).toMatchObject({
        originalPartnerReferenceNo: 'INV-1',
        originalReferenceNo: 'DOKU-REF-1',
        latestTransactionStatus: code,
        transactionStatusDesc: words,
        amount: { value: '150000.00', currency: 'IDR' },
        additionalInfo: { channelId: 'EMONEY_SHOPEE_PAY_SNAP', acquirerId: 'SHOPEE_PAY', accountType: 'EMONEY' },
      });
    });

    it.each([
      ['an empty token', { tokenPart: 'empty' }, '', 'base64'],
      ['hex', { encoding: 'hex' }, TOKEN, 'hex'],
    ] as const)('signs with %s where that is asked for, or set', async (_what, style, token, encoding) => {
      await created();
      await control('pay', { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA', ...style });
      await control('account', { snapTokenPart: 'empty', snapEncoding: 'hex' });
      await control('resend', { invoice: 'INV-1' });
      const [, asked, , set] = merchant.received;
      expect(asked?.headers['x-signature']).toBe(snapSignature(snapOf(asked!, token), ACCOUNT.secretKey, encoding));
      expect(asked?.headers['authorization']).toBe(`Bearer ${TOKEN}`);
      expect(set?.headers['x-signature']).toBe(snapSignature(snapOf(set!, ''), ACCOUNT.secretKey, 'hex'));
    });

    it('may bear a token of before, another amount, and another currency', async () => {
      await created();
      const wrong = { token: 'expired', amount: '149999.50', currency: 'USD' };
      await control('pay', { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA', ...wrong });
      const [told] = merchant.received;
      expect(told).toMatchObject({
        headers: {
          authorization: 'Bearer expired',
          'x-signature': snapSignature(snapOf(told!, 'expired'), ACCOUNT.secretKey),
        },
        body: { paidAmount: { value: '149999.50', currency: 'USD' } },
      });
    });

    it('waits for its next try when no token is given, and asks for another then', async () => {
      merchant.answerWith(401, '{"responseCode":"4017300"}');
      await created();
      const { posted } = await control('pay', { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA' });
      expect(posted).toMatchObject([{ httpStatus: null, answer: expect.stringContaining('4017300'), taken: false }]);
      merchant.answerWith(200, JSON.stringify({ accessToken: 'another' }));
      await timers.next();
      await merchant.until(3);
      expect(merchant.received.map(({ path }) => path)).toEqual([
        '/snap/token',
        '/snap/token',
        '/v1/transfer-va/payment',
      ]);
      expect(merchant.received[2]?.headers['authorization']).toBe('Bearer another');
    });

    it.each(['fail', 'expire'])('of a virtual account has no words for %s', async (act) => {
      await created();
      const { posted, note } = await control(act, { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA' });
      expect([posted, note]).toEqual([[], expect.stringContaining('SNAP')]);
    });

    it('is chosen where both are set', async () => {
      account({ notificationUrls: { ...snapUrls(), 'virtual-account': `${origin}/plain` } });
      await created();
      await control('pay', { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA', snap: true });
      await control('pay', { invoice: 'INV-1', channel: 'VIRTUAL_ACCOUNT_BCA' });
      expect(merchant.received.map(({ path }) => path)).toEqual(['/snap/token', '/v1/transfer-va/payment', '/plain']);
    });

    it('may be asked for a token alone, by DOKU or by a forger', async () => {
      const { httpStatus, token } = await control('access-token', {});
      expect([httpStatus, token]).toEqual([200, TOKEN]);
      await control('access-token', { forged: true, clientKey: 'BRN-2' });
      const { publicKey } = await control('account');
      const { headers } = merchant.received[1]!;
      const proof = Buffer.from(String(headers['x-signature']), 'base64');
      expect(headers['x-client-key']).toBe('BRN-2');
      const text = Buffer.from(`BRN-2|${String(headers['x-timestamp'])}`);
      expect(verify('RSA-SHA256', text, publicKey, proof)).toBe(false);
    });
  });

  describe('made by hand', () => {
    it('says anything, for any merchant, rightly signed', async () => {
      simulator.configure({ accounts: [{ kind: 'DOKU', clientId: 'BRN-2', secretKey: 'SK-2' }] });
      const { posted } = await control('notice', {
        account: 'BRN-2',
        url: merchant.url,
        body: { service: { id: 'NEW' } },
      });
      const [told] = merchant.received;
      const { headers, text, path } = told!;
      const parts = {
        clientId: 'BRN-2',
        requestId: String(headers['request-id']),
        timestamp: String(headers['request-timestamp']),
        target: path,
        digest: dokuDigest(Buffer.from(text)),
      };
      expect(headers).toMatchObject({ 'client-id': 'BRN-2', signature: dokuSignature(parts, 'SK-2') });
      expect(posted).toMatchObject([{ account: 'BRN-2', body: '{"service":{"id":"NEW"}}', taken: true }]);
    });

    it('keeps the bytes that it is given', async () => {
      await control('notice', { entry: 'qris', body: '{ "order": {} }' });
      expect(merchant.received).toMatchObject([{ path: '/doku/qris', text: '{ "order": {} }' }]);
    });
  });

  describe('and the back office', () => {
    it('keep what is not changed, show the key that DOKU signs with, and hide the secret', async () => {
      const changed = await control('account', {
        notificationUrls: { card: 'https://shop.example/c', qris: null },
        retrySpeed: 60,
      });
      expect(changed).toMatchObject({
        clientId: ACCOUNT.clientId,
        notificationUrls: { card: 'https://shop.example/c', qris: null, 'e-wallet': `${origin}/doku/e-wallet` },
        retrySpeed: 60,
        publicKey: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----\n/),
      });
      expect(await control('account')).toEqual(changed);
      expect(JSON.stringify(changed)).not.toContain(ACCOUNT.secretKey);
    });

    it.each([
      ['a URL on ngrok', 'account', { notificationUrls: { card: 'https://a1b2.ngrok.io/x' } }, 'ngrok'],
      ['an entry that there is not', 'account', { notificationUrls: { cards: 'https://shop.example' } }, 'cards'],
      ['an account that there is not', 'account', { account: 'BRN-9' }, 'account'],
      ['an order that there is not', 'pay', { invoice: 'INV-9' }, 'invoice'],
      ['a field that there is not', 'pay', { invoice: 'INV-1', status: 'SUCCESS' }, 'status'],
      ['a channel in small letters', 'pay', { invoice: 'INV-1', channel: 'qris' }, 'channel'],
      ['a notice that goes nowhere', 'notice', { body: {} }, 'url'],
    ])('say what is wrong with %s', async (_what, call, input, word) => {
      await expect(control(call, input)).rejects.toThrow(word);
    });

    it('list the orders and where they stand', async () => {
      await created();
      await control('expire', { invoice: 'INV-1' });
      const { checkouts } = await control('checkouts?invoice=INV-1');
      expect(checkouts).toMatchObject([
        { invoice: 'INV-1', requestId: 'the-request', amount: 150000, expired: true, status: null, transactions: [] },
      ]);
      expect((await control('checkouts?invoice=INV-2')).checkouts).toEqual([]);
    });
  });
});
