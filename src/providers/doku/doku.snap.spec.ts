import fc from 'fast-check';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  CLIENT_ID,
  DOKU_PUBLIC_KEY,
  NOW,
  SECRET,
  SNAP_DEBIT_PAID,
  SNAP_VIRTUAL_ACCOUNT_PAID,
  connect,
  snapNoticed,
  tokenOf,
  tokenRequested,
  type SnapNotice,
} from '../../../test/contract/doku.support.js';
import { type Admission, type RawRequest } from '../ports/callbacks.js';
import { type Account } from '../ports/provider.js';
import { provenBy } from './doku.snap.js';

const SNAP_SECRET = 'SK-SnapTestSecret03';

describe('the signature of a notice of SNAP', () => {
  const proven = (signature: string, token: string, path: string, body: string): string | null => {
    const headers = { 'x-timestamp': '2024-05-31T23:12:04+07:00', 'x-signature': signature };
    const request: RawRequest = { topic: '', method: 'POST', path: '', headers, body: Buffer.from(body) };
    return provenBy(request, path, token, SNAP_SECRET);
  };
  const s1 = (signature: string, body = SNAP_VIRTUAL_ACCOUNT_PAID): string | null =>
    proven(signature, 'eyJhbGciOiJSUzI1NiJ9.test.token', '/v1/transfer-va/payment', body);
  const S1 = 'jiNU97AZU9qlg4IigGWCY1AXbY+4aZjaaj2N+v0znVU+koFYd4hKJpjkb8ExfzHC7fODnoc/kqugb0y+oXjh1g==';
  const S1_HEX =
    '8e2354f7b01953daa58382228065826350176d8fb86998da6a3d8dfafd339d553e92815877884a2698e46fc1317f31c2edf3839e873f92aba06f4cbea178e1d6';
  const spread = JSON.stringify(JSON.parse(SNAP_VIRTUAL_ACCOUNT_PAID), null, 2);

  it.each([
    ['bearer token, base64, raw bytes', S1, undefined],
    ['bearer token, hex, raw bytes', S1_HEX, undefined],
    [
      'empty token, base64, raw bytes',
      'T8jLBDy5Jp0cByt1X41qD2b1XoaWXrwECFtZMlHHhDFS1xLALHoEiPdLWiSe+UIWREywNDAA6jaF0IAXgKAXYg==',
      undefined,
    ],
    ['bearer token, base64, minified', S1, spread],
    ['bearer token, hex, minified', S1_HEX, spread],
  ])('is that of vector S1: %s', (name, signature, body) => {
    expect(s1(signature, body)).toBe(name);
  });

  it('is that of vector S2', () => {
    const signature = '7AXUKzr0Hz14iad3UzJ90gWMtu9DQO7PFwbaTZ8zQGp02UekYb4XM93PknXg6nvbQZEJbdwxm2PGFGzCsokjxQ==';
    expect(proven(signature, 'tok-abc', '/v1.0/debit/notify', SNAP_DEBIT_PAID)).toBe('bearer token, base64, raw bytes');
  });

  it('is not that of a body without any blank, even inside values', () => {
    const stripped = SNAP_VIRTUAL_ACCOUNT_PAID.replace(/\s/g, '');
    expect(createHash('sha256').update(stripped).digest('hex')).toBe(
      'efb98211a6410c9b63cabd6dc21f2347750dca1d5e9003df2fd58970e79ea8b8',
    );
    const request = snapNoticed(SNAP_VIRTUAL_ACCOUNT_PAID, { token: 't', signedBody: stripped });
    expect(provenBy(request, '/callbacks/key/payment/virtual-account-snap', 't', SECRET)).toBeNull();
  });

  it.each([S1_HEX.toUpperCase(), S1.slice(0, -2), S1.replaceAll('+', '-').replaceAll('/', '_'), ''])(
    'is in one way of writing it: not %s',
    (signature) => {
      expect(s1(signature)).toBeNull();
    },
  );
});

const account = { credentials: { dokuPublicKey: DOKU_PUBLIC_KEY } };

/** What the account's door says, and the parts of its answer. */
function knocked(request: RawRequest, given: Parameters<typeof connect>[0] = account, now = NOW) {
  const admission: Admission = connect(given, { now: () => now }).callbacks!.admit(request);
  const { status, headers, body } = admission.reply;
  return { admission, verdict: admission.verdict, status, headers, said: JSON.parse(body) };
}

const later = (ms: number): Date => new Date(NOW.getTime() + ms);

describe('a token', () => {
  it('is given to who signs with the key of DOKU', () => {
    expect(knocked(tokenRequested())).toMatchObject({
      verdict: 'answer',
      status: 200,
      headers: { 'X-CLIENT-KEY': CLIENT_ID, 'X-TIMESTAMP': '2024-05-31T23:12:04+07:00' },
      said: {
        responseCode: '2007300',
        responseMessage: 'Successful',
        accessToken: expect.stringMatching(/^[\w.-]{20,128}$/),
        tokenType: 'Bearer',
        expiresIn: 900,
        additionalInfo: '',
      },
    });
  });

  it('is another one every time', () => {
    const { callbacks } = connect(account);
    expect(tokenOf(callbacks!)).not.toBe(tokenOf(callbacks!));
  });

  const another = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).publicKey;
  const asked = tokenRequested();
  const without = (name: string): RawRequest => ({ ...asked, headers: { ...asked.headers, [name]: undefined } });

  it.each<[string, RawRequest, Record<string, string>]>([
    ['another client asks for', tokenRequested(undefined, 'BRN-0002'), account.credentials],
    ['nobody asks for', without('x-client-key'), account.credentials],
    ['is asked for without a time', without('x-timestamp'), account.credentials],
    ['is asked for without a signature', without('x-signature'), account.credentials],
    ['is signed for with another key', asked, { dokuPublicKey: another }],
    ['is asked of an account without a key', asked, {}],
    ['is asked of an account with what is no key', asked, { dokuPublicKey: '-----BEGIN PUBLIC KEY-----' }],
  ])('that %s is not given', (_how, request, credentials) => {
    expect(knocked(request, { credentials })).toMatchObject({
      verdict: 'refuse',
      status: 401,
      said: { responseCode: '4017300', responseMessage: 'Unauthorized. Invalid Signature' },
    });
  });

  it.each([
    [{}, '4007302'],
    [{ grantType: null }, '4007302'],
    [{ grantType: '' }, '4007302'],
    [{ grantType: 'password' }, '4007301'],
    [{ grantType: ['client_credentials'] }, '4007301'],
    ['', '4007301'],
    ['[]', '4007301'],
  ])('is not given for %j: %s', (body, responseCode) => {
    expect(knocked(tokenRequested(body))).toMatchObject({ verdict: 'refuse', status: 400, said: { responseCode } });
  });

  it('is not given with any byte of what is signed changed', () => {
    const headers = ['x-client-key', 'x-timestamp', 'x-signature'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...headers), fc.nat(), fc.integer({ min: 1, max: 127 }), (name, place, by) => {
        const value = Buffer.from(asked.headers[name]!);
        value[place % value.length]! ^= by;
        const changed = { ...asked, headers: { ...asked.headers, [name]: value.toString('latin1') } };
        expect(knocked(changed).verdict).toBe('refuse');
      }),
    );
  });
});

describe('a notice of SNAP at the door', () => {
  const token = tokenOf(connect(account).callbacks!);
  const va = (notice: Partial<SnapNotice> = {}, body: unknown = SNAP_VIRTUAL_ACCOUNT_PAID): RawRequest =>
    snapNoticed(body, { token, ...notice });
  const debit = (notice: Partial<SnapNotice> = {}, body: unknown = SNAP_DEBIT_PAID): RawRequest =>
    snapNoticed(body, { token, topic: 'payment/e-wallet-snap', ...notice });

  it('of a virtual account is kept, and hears again what it said', () => {
    expect(knocked(va())).toMatchObject({
      admission: { verdict: 'keep', proven: 'bearer token, base64, raw bytes' },
      status: 200,
      headers: { 'X-TIMESTAMP': '2024-05-31T23:12:04+07:00' },
      said: {
        responseCode: '2002500',
        responseMessage: 'Successful',
        virtualAccountData: {
          partnerServiceId: '   77777',
          customerNo: '0000000000001',
          virtualAccountNo: '   777770000000000001',
          virtualAccountName: 'Toru Yamashita',
          paymentRequestId: 'PR-0001',
        },
      },
    });
  });

  it.each(['payment/e-wallet-snap', 'payment/direct-debit-snap'])('of a debit is kept on %s', (topic) => {
    const { verdict, status, said } = knocked(debit({ topic }));
    expect([verdict, status, said]).toEqual(['keep', 200, { responseCode: '2005600', responseMessage: 'Successful' }]);
  });

  it('is read, and answered, by its shape, also on the topic of another', () => {
    const request = va({ topic: 'payment/e-wallet-snap' });
    expect(knocked(request)).toMatchObject({
      verdict: 'keep',
      said: { responseCode: '2002500', virtualAccountData: { paymentRequestId: 'PR-0001' } },
    });
    expect(connect(account).callbacks!.read(request)).toMatchObject([{ reference: 'INV-20240531-0002' }]);
  });

  it('of a shape that nobody has described is kept', () => {
    const request = debit({}, { qrContent: '0002', merchantId: 'm' });
    expect(knocked(request)).toMatchObject({ verdict: 'keep', said: { responseCode: '2005600' } });
    expect(connect(account).callbacks!.read(request)).toEqual([{ kind: 'unread' }]);
  });

  it.each<[string, Partial<SnapNotice>]>([
    ['empty token, base64, raw bytes', { signedToken: '' }],
    ['empty token, hex, raw bytes', { signedToken: '', encoding: 'hex' }],
    ['bearer token, hex, raw bytes', { encoding: 'hex' }],
  ])('is kept with the name of the form that its signature had: %s', (proven, notice) => {
    expect(knocked(va(notice)).admission).toMatchObject({ verdict: 'keep', proven });
    expect(knocked(debit(notice)).admission).toMatchObject({ verdict: 'keep', proven });
  });

  it.each([-1, 0])('may show its token until 900 s are over: %i ms', (ms) => {
    const { verdict } = knocked(va(), account, later(900_000 + ms));
    expect(verdict).toBe(ms < 0 ? 'keep' : 'refuse');
  });

  it('may show a token that another process gave', () => {
    const there = connect(account, { now: () => later(60_000) }).callbacks!;
    expect(knocked(va({ token: tokenOf(there) })).verdict).toBe('keep');
  });

  const tokenElsewhere = (more: Partial<Omit<Account, 'credentials'>>, credentials: Record<string, string>): string =>
    tokenOf(connect({ ...more, credentials: { ...account.credentials, ...credentials } }).callbacks!);
  const [expiresAt, random, mac] = token.split('.') as [string, string, string];

  it.each<[string, string]>([
    ['an expired one', tokenOf(connect(account, { now: () => later(-900_000) }).callbacks!)],
    ['that of another account', tokenElsewhere({ id: '0190b5a0-0000-7000-8000-000000000003' }, {})],
    ['that of another secret key', tokenElsewhere({}, { secretKey: 'SK-another' })],
    ['one with a longer life', `${(Number.parseInt(expiresAt, 36) + 1).toString(36)}.${random}.${mac}`],
    ['one of nobody', 'eyJhbGciOiJSUzI1NiJ9.test.token'],
    ['none', ''],
  ])('with a token that is %s is refused, whatever its signature', (_what, shown) => {
    for (const signedToken of [shown, '']) {
      const onVa = knocked(va({ token: shown, signedToken }));
      expect(onVa).toMatchObject({ verdict: 'refuse', status: 401, said: { responseCode: '4012501' } });
      const onDebit = knocked(debit({ token: shown, signedToken }));
      expect(onDebit).toMatchObject({ verdict: 'refuse', status: 401, said: { responseCode: '4015601' } });
    }
  });

  it.each<[string, Partial<SnapNotice>]>([
    ['with another secret key', { secret: 'SK-another' }],
    ['for another topic', { target: '/callbacks/key/payment/direct-debit-snap' }],
    ['with a query', { target: '/callbacks/key/payment/virtual-account-snap?a=1' }],
    ['over another body', { signedBody: '{}' }],
    ['with another token', { signedToken: 'tok-abc' }],
    ['by another partner', { clientId: 'BRN-0002-1700000000000' }],
  ])('is refused when it was signed %s', (_how, notice) => {
    const onVa = knocked(va(notice));
    expect(onVa).toMatchObject({ verdict: 'refuse', status: 401, said: { responseCode: '4012500' } });
    const onDebit = knocked(debit(notice));
    expect(onDebit).toMatchObject({ verdict: 'refuse', status: 401, said: { responseCode: '4015600' } });
  });

  const changed = (body: string, more: object): object => ({ ...JSON.parse(body), ...more });

  it.each<[string, RawRequest, string]>([
    ['no object', va({}, '[]'), '4002501'],
    ['no JSON', va({}, '{'), '4002501'],
    ['no object', debit({}, '"text"'), '4005601'],
    ['nothing in it', va({}, {}), '4002502'],
    ['nothing in it', debit({}, {}), '4005602'],
    ['no trxId', va({}, changed(SNAP_VIRTUAL_ACCOUNT_PAID, { trxId: undefined })), '4002502'],
    ['no paymentRequestId', va({}, changed(SNAP_VIRTUAL_ACCOUNT_PAID, { paymentRequestId: '' })), '4002502'],
    ['no reference', debit({}, changed(SNAP_DEBIT_PAID, { originalPartnerReferenceNo: null })), '4005602'],
    ['no status', debit({}, changed(SNAP_DEBIT_PAID, { latestTransactionStatus: undefined })), '4005602'],
    ['a trxId that is none', va({}, changed(SNAP_VIRTUAL_ACCOUNT_PAID, { trxId: {} })), '4002501'],
    ['a trxId without end', va({}, changed(SNAP_VIRTUAL_ACCOUNT_PAID, { trxId: 'a'.repeat(256) })), '4002501'],
  ])('that is genuine and has %s is refused for it', (_what, request, responseCode) => {
    expect(knocked(request)).toMatchObject({ verdict: 'refuse', status: 400, said: { responseCode } });
  });

  it.each([undefined, null, {}, { value: '1.50', currency: 'IDR' }, { value: 'much' }])(
    'is answered success whatever its amount: %j',
    (amount) => {
      const onVa = knocked(va({}, changed(SNAP_VIRTUAL_ACCOUNT_PAID, { paidAmount: amount })));
      expect(onVa).toMatchObject({ verdict: 'keep', said: { responseCode: '2002500' } });
      const onDebit = knocked(debit({}, changed(SNAP_DEBIT_PAID, { amount })));
      expect(onDebit).toMatchObject({ verdict: 'keep', said: { responseCode: '2005600' } });
    },
  );

  it('is not genuine any more with any byte of what is signed changed', () => {
    const genuine = va();
    const headers = ['authorization', 'x-partner-id', 'x-timestamp', 'x-signature'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...headers), fc.nat(), fc.integer({ min: 1, max: 127 }), (name, place, by) => {
        const value = genuine.headers[name]!;
        // The word before the token is of either case.
        const first = name === 'authorization' ? 'Bearer '.length : 0;
        const bytes = Buffer.from(value);
        bytes[first + (place % (bytes.length - first))]! ^= by;
        const headersThen = { ...genuine.headers, [name]: bytes.toString('latin1') };
        expect(knocked({ ...genuine, headers: headersThen }).verdict).toBe('refuse');
      }),
    );
  });

  it('of an account that never had credentials is refused', () => {
    expect(knocked(va(), { credentials: { clientId: '', secretKey: '' } })).toMatchObject({
      verdict: 'refuse',
      status: 401,
    });
  });
});
