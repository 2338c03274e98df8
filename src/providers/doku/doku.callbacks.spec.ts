import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VIRTUAL_ACCOUNT_PAID, connect, noticed } from '../../../test/contract/doku.support.js';
import { type Admission, type RawRequest } from '../ports/callbacks.js';

/** Of an account whose notices come to this address. */
const admitted = (request: RawRequest, callbackBase?: string): Admission =>
  connect(callbackBase === undefined ? {} : { callbackBase }).callbacks!.admit(request);

const SIGNED_TOPICS = [
  'payment/virtual-account',
  'payment/card',
  'payment/convenience-store',
  'payment/e-wallet',
  'payment/paylater',
  'payment/direct-debit',
  'payment/qris',
];

const genuine = noticed(VIRTUAL_ACCOUNT_PAID);

describe('a notice at the door', () => {
  it.each(SIGNED_TOPICS)('is taken on %s, whatever channel it is about', (topic) => {
    expect(admitted(noticed(VIRTUAL_ACCOUNT_PAID, { topic }))).toMatchObject({
      verdict: 'keep',
      proven: 'hmac-sha256',
      reply: { status: 200 },
    });
  });

  const N3: RawRequest = {
    ...genuine,
    topic: 'payments',
    path: '/as/our/proxy/has/it?and=more',
    headers: {
      'client-id': 'BRN-0001-1700000000000',
      'request-id': '479b663f-5c9d-400d-8e80-3e548a8f7639',
      'request-timestamp': '2024-05-31T16:12:04Z',
      signature: 'HMACSHA256=vrVpNLHB7SaZGaMLYzpH+CUb6vihgpk8rwkKlfwtOuU=',
    },
  };

  it('is genuine as vector N3, by the public path', () => {
    expect(N3.body.length).toBe(517);
    expect(admitted(N3, 'https://kurir.example/webhooks/doku')).toMatchObject({ verdict: 'keep' });
  });

  it('is refused with the signature of another path, as in the negative of N3', () => {
    const signature = 'HMACSHA256=Nv0yrTX6+Vl4rZf2KCYejS6ukUbPJpqv7bAFf1N+KOI=';
    const request = { ...N3, headers: { ...N3.headers, signature } };
    expect(admitted(request, 'https://kurir.example/webhooks/doku')).toMatchObject({ verdict: 'refuse' });
  });

  it.each<[string, RawRequest]>([
    ['for another topic', noticed(VIRTUAL_ACCOUNT_PAID, { target: '/callbacks/key/payment/card' })],
    ['with a query', noticed(VIRTUAL_ACCOUNT_PAID, { target: '/callbacks/key/payment/virtual-account?a=1' })],
    ['for another account', noticed(VIRTUAL_ACCOUNT_PAID, { target: '/callbacks/other/payment/virtual-account' })],
    ['with another secret key', noticed(VIRTUAL_ACCOUNT_PAID, { secret: 'SK-another' })],
    ['of another merchant', noticed(VIRTUAL_ACCOUNT_PAID, { clientId: 'BRN-0002-1700000000000' })],
    [
      'without its prefix',
      { ...genuine, headers: { ...genuine.headers, signature: genuine.headers['signature']!.slice(11) } },
    ],
    ['and taken away', { ...genuine, headers: { ...genuine.headers, signature: undefined } }],
    ['and sent without anything', { ...genuine, headers: {}, body: Buffer.alloc(0) }],
  ])('is refused when it was signed %s', (_how, request) => {
    expect(admitted(request)).toMatchObject({ verdict: 'refuse', reply: { status: 401 } });
  });

  it.each(['', '[]', '{"order":', '"text"'])('that is genuine and no JSON object is refused as such: %s', (body) => {
    expect(admitted(noticed(body))).toMatchObject({ verdict: 'refuse', reply: { status: 400 } });
  });

  it('is taken with what nobody has ever seen in it', () => {
    expect(admitted(noticed({ service: { id: 'SMILE' }, more: [1, { than: 'known' }] }))).toMatchObject({
      verdict: 'keep',
    });
  });

  it.each(['GET', 'PUT'])('is no %s', (method) => {
    expect(admitted({ ...genuine, method })).toMatchObject({ verdict: 'refuse', reply: { status: 405 } });
  });

  it('is never of an account without credentials', () => {
    const callbacks = connect({ credentials: { clientId: '', secretKey: '' } }).callbacks!;
    const request = noticed(VIRTUAL_ACCOUNT_PAID, { secret: '', clientId: '' });
    expect(callbacks.admit(request)).toMatchObject({ verdict: 'refuse', reply: { status: 401 } });
  });

  it('is not genuine any more with any byte of what is signed changed', () => {
    const headers = ['client-id', 'request-id', 'request-timestamp', 'signature'] as const;
    const change = fc.integer({ min: 1, max: 127 });
    fc.assert(
      fc.property(fc.constantFrom(...headers), fc.nat(), change, (name, place, by) => {
        const value = Buffer.from(genuine.headers[name]!);
        value[place % value.length]! ^= by;
        const changed = { ...genuine, headers: { ...genuine.headers, [name]: value.toString('latin1') } };
        expect(admitted(changed).verdict).toBe('refuse');
      }),
    );
  });
});
