import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WEBHOOK_SECRET as SECRET, connect, said } from '../../../test/contract/sendtalk.support.js';
import { SENDTALK_WEBHOOK as webhook } from '../../../test/contract/sendtalk.tapes.js';
import { type Admission, type Callbacks, type Observation, type RawRequest } from '../ports/callbacks.js';
import { type Credentials } from '../ports/provider.js';

const BODY = JSON.stringify(webhook);
const HMAC = { webhookSecretMode: 'hmac-sha256-hex' };
const hash = (body: string | Buffer, secret = SECRET): string =>
  createHmac('sha256', secret).update(body).digest('hex');

describe('a webhook', () => {
  it.each<[string, Credentials, RawRequest['headers']]>([
    ['its secret', {}, { 'secret-key': SECRET }],
    ['its secret where the mode is said', { webhookSecretMode: 'plain' }, { 'secret-key': SECRET }],
    ['its secret in a header of another name', { webhookSecretHeader: 'X-Signature' }, { 'x-signature': SECRET }],
    ['the hash of its bytes', HMAC, { 'secret-key': hash(BODY) }],
    ['the hash in capitals', HMAC, { 'secret-key': hash(BODY).toUpperCase() }],
    ['the hash in another header', { ...HMAC, webhookSecretHeader: 'X-Hash' }, { 'x-hash': hash(BODY) }],
  ])('with %s is kept, and what proves it is named', (_what, credentials, headers) => {
    expect(admitted(credentials, headers)).toEqual({
      verdict: 'keep',
      reply: { status: 200, contentType: 'application/json', body: '{}' },
      proof: Object.keys(headers),
    });
  });

  it.each<[string, Credentials, RawRequest['headers']]>([
    ['no header', {}, {}],
    ['an empty header', {}, { 'secret-key': '' }],
    ['a blank header', {}, { 'secret-key': ' ' }],
    ['another secret', {}, { 'secret-key': `${SECRET.slice(0, -1)}0` }],
    ['a part of it', {}, { 'secret-key': SECRET.slice(0, -1) }],
    ['more than it', {}, { 'secret-key': `${SECRET}0` }],
    ['the secret twice', {}, { 'secret-key': `${SECRET}, ${SECRET}` }],
    ['the secret in capitals', {}, { 'secret-key': SECRET.toUpperCase() }],
    ['a bearer', {}, { authorization: `Bearer ${SECRET}` }],
    ['the old header after it was renamed', { webhookSecretHeader: 'X-Signature' }, { 'secret-key': SECRET }],
    ['a header that every object has, and it has not', { webhookSecretHeader: 'constructor' }, {}],
    ['the secret in the place of a hash', HMAC, { 'secret-key': SECRET }],
    ['a hash in the place of the secret', {}, { 'secret-key': hash(BODY) }],
    ['a hash with another secret', HMAC, { 'secret-key': hash(BODY, 'another') }],
    ['a hash of other bytes', HMAC, { 'secret-key': hash(`${BODY}\n`) }],
    ['a hash that is cut', HMAC, { 'secret-key': hash(BODY).slice(0, -2) }],
    ['no hash', HMAC, {}],
    ['nothing, where no secret is set', { webhookSecret: '' }, { 'secret-key': '' }],
    ['a hash with nothing, where no secret is set', { ...HMAC, webhookSecret: '' }, { 'secret-key': hash(BODY, '') }],
  ])('with %s is refused', (_what, credentials, headers) => {
    expect(admitted(credentials, headers)).toMatchObject({
      verdict: 'refuse',
      reply: { status: 401, body: expect.stringContaining('secret key is invalid') },
    });
  });

  it('with one byte changed does not fit its hash', () => {
    const bytes = Buffer.from(BODY);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const body = Buffer.from(bytes);
        body[at]! ^= change;
        expect(admitted(HMAC, { 'secret-key': hash(BODY) }, { body }).verdict).toBe('refuse');
      }),
    );
  });

  it.each(['GET', 'PUT'])('is no %s', (method) => {
    expect(admitted({}, { 'secret-key': SECRET }, { method })).toMatchObject({
      verdict: 'refuse',
      reply: { status: 405 },
    });
  });

  it('that is genuine is kept whatever is in it', () => {
    expect(admitted({}, { 'secret-key': SECRET }, { body: Buffer.from('{"id') }).verdict).toBe('keep');
  });
});

describe('what it says', () => {
  const verified = {
    kind: 'verification',
    mailbox: null,
    reference: 'fc0977f2-baa9-476d-8a3d-128c622d5ff6',
    phone: '+628124630350',
    occurredAt: new Date(1692847205385),
  };

  it.each<[string, object]>([
    ['as in the document', webhook],
    ['with the time in letters', { ...webhook, verifiedTime: '1692847205385' }],
    ['with a plus', { ...webhook, userPhone: '+628124630350' }],
    ['with the local form of the number', { ...webhook, userPhone: '08124630350' }],
    ['with the number as a number', { ...webhook, userPhone: 628124630350 }],
    ['with its id in capitals', { ...webhook, id: webhook.id.toUpperCase() }],
    ['with its word in capitals', { ...webhook, status: 'VERIFIED' }],
    ['with more than we know', { ...webhook, projectId: 7, status2: 'expired' }],
  ])('is read %s', (_what, body) => {
    expect(read(body)).toEqual([verified]);
  });

  it.each([undefined, null, '', 'x', '6281-x', '0', {}, ['628124630350']])('has no number in %j', (userPhone) => {
    expect(read({ ...webhook, userPhone })).toEqual([{ ...verified, phone: null }]);
  });

  it.each([undefined, null, 0, -1, 1e18, '9'.repeat(400), 'today', '2023-08-24T03:20:05Z', true])(
    'has no time in %j',
    (verifiedTime) => {
      expect(read({ ...webhook, verifiedTime })).toEqual([{ ...verified, occurredAt: null }]);
    },
  );

  it.each<[string, unknown]>([
    ['another word', { ...webhook, status: 'expired' }],
    ['a word that every object has', { ...webhook, status: 'constructor' }],
    ['no word', { ...webhook, status: undefined }],
    ['no id', { ...webhook, id: undefined }],
    ['an id that cannot be stored', { ...webhook, id: 'a\0b' }],
    ['an endless id', { ...webhook, id: 'a'.repeat(256) }],
    ['a list', [webhook]],
    ['nothing', {}],
    ['null', null],
  ])('with %s is not read', (_what, body) => {
    expect(read(body)).toEqual([{ kind: 'unread' }]);
  });

  it('is not read where it is no JSON', () => {
    expect(port().read(posted({}, { body: Buffer.from('id=fc0977f2&status=verified') }))).toEqual([{ kind: 'unread' }]);
  });

  it('is one observation that can be stored, whatever it is', () => {
    const field = fc.constantFrom('id', 'userPhone', 'status', 'verifiedTime');
    const anything = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.double());
    fc.assert(
      fc.property(field, anything, (name, value) => {
        const [observation, ...more] = read({ ...webhook, [name]: value });
        expect(more).toEqual([]);
        expect(JSON.stringify(observation)).not.toMatch(/\\u0000|\\ud[89a-f]/);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(port().read(posted({}, { body: Buffer.from(bytes) }))).toEqual([{ kind: 'unread' }]);
      }),
    );
  });
});

function port(credentials: Credentials = {}): Callbacks {
  return connect([], said({}), credentials).callbacks!;
}

function admitted(credentials: Credentials, headers: RawRequest['headers'], more: Partial<RawRequest> = {}): Admission {
  return port(credentials).admit(posted(headers, more));
}

function read(body: unknown): readonly Observation[] {
  return port().read(posted({}, { body: Buffer.from(JSON.stringify(body)) }));
}

function posted(headers: RawRequest['headers'], more: Partial<RawRequest> = {}): RawRequest {
  return {
    topic: 'verification',
    method: 'POST',
    path: '/callbacks/key/verification',
    headers,
    body: Buffer.from(BODY),
    ...more,
  };
}
