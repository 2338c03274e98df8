import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Http, type HttpRequest, type HttpResult } from '../../http/http.js';
import { type Outbound, type OutboundTemplate } from '../ports/messaging.js';
import { type Outcome } from '../ports/outcome.js';
import { judge } from './doku.outcome.js';
import { doku } from './doku.provider.js';
import { digestOf, requestTimestamp, sign, signatureComponent } from './doku.signature.js';
import { PAYCHAT_TARGET, paychatBody } from './doku.wire.js';

const CLIENT_ID = 'BRN-0001-1700000000000';
const SECRET = 'SK-PaychatTestSecret01';
const P1_ID = '5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c11';
const B1 =
  '{"templateId":"TMP-240223-07652","params":["value 1","value 2","value 3"],"destinationPhone":"6287823678023"}';
const P1_SIGNATURE = 'HMACSHA256=QD21gVpdlrWYoBr/y3NuVW7Tg9nBbaiLKsQEMN9HaJs=';

const parts = (requestId: string, timestamp: string, body: string) => ({
  clientId: CLIENT_ID,
  requestId,
  timestamp,
  target: PAYCHAT_TARGET,
  body,
});

const template: OutboundTemplate = {
  kind: 'template',
  externalId: 'TMP-240223-07652',
  language: 'id',
  category: 'UTILITY',
  params: ['value 1', 'value 2', 'value 3'],
  paramNames: [],
  header: null,
  buttons: [],
  sms: null,
};
const message: Outbound = {
  attemptId: '0190b5a0-0000-7000-8000-000000000001',
  requestKey: P1_ID,
  to: '+6287823678023',
  urgent: false,
  quotes: null,
  content: template,
};

describe('the signature', () => {
  // P1 and P3 were cross-checked with DOKU's own jokul-nodejs-library.
  it.each([
    {
      name: 'P1, epoch milliseconds',
      signed: parts(P1_ID, '1717171717171', B1),
      bytes: 109,
      digest: 'rZxyRR2JHSRl6LwUsgoUq+jynUue5zN2OQylH74JsSk=',
      signature: P1_SIGNATURE,
    },
    {
      name: 'P2, ISO time',
      signed: parts(P1_ID, '2024-05-31T16:08:37Z', B1),
      bytes: 109,
      digest: 'rZxyRR2JHSRl6LwUsgoUq+jynUue5zN2OQylH74JsSk=',
      signature: 'HMACSHA256=8kwt69qPLZkEkEARSjZRT9GGGzU388VhwON3d+kNkdw=',
    },
    {
      name: 'P3, characters of several bytes',
      signed: parts(
        'req-utf8-0001',
        '1717171717999',
        '{"templateId":"TMP-240223-07652","params":["Bu Sri – Rp 1.000.000","Café"],"destinationPhone":"6281234567890"}',
      ),
      bytes: 113,
      digest: '6/e7a/Qa8pibzNgPI+5c8l8CHxgCj8KBeLyBnsN02MY=',
      signature: 'HMACSHA256=zGfIdDCXtR2MjPzd8lrs6uNxAadaKE8t2/zxYV4ONU0=',
    },
    {
      name: 'P4, no values',
      signed: parts(
        'req-empty-0001',
        '1717171718000',
        '{"templateId":"TMP-240223-07652","params":[],"destinationPhone":"6281234567890"}',
      ),
      bytes: 80,
      digest: 'pzri4qdl6HoFbB+q+sB+nwcE4yEh2rPxBJ+XWA/rmzg=',
      signature: 'HMACSHA256=tGCUmidGYKjaqwqhJSRO4u5UOVGQKebAAfa48q0J9Pg=',
    },
    {
      name: 'P5, the same object printed with blanks',
      signed: parts(P1_ID, '1717171717171', JSON.stringify(JSON.parse(B1), null, 2)),
      bytes: 140,
      digest: 'Tjjn/yT4PE/UGzyw6lV2uPOgGCPe2kXULax5ze9x7tA=',
      signature: 'HMACSHA256=IHqBF7C9dNXQIyW7G7Kv+b2sHqx3dRN3ftfYeorXAqY=',
    },
    {
      name: 'P6, the local form of the number',
      signed: parts(P1_ID, '1717171717171', B1.replace('6287823678023', '087823678023')),
      bytes: 108,
      digest: 'XmSwXo2Q6egNFIizhRDwuMKnf/1GRDV/kvfmSkTrzRM=',
      signature: 'HMACSHA256=HDq13o7nQ4Mjifgup6tU/c2Te4NAIzjpsF9O30xtS0A=',
    },
  ])('is that of vector $name', ({ signed, bytes, digest, signature }) => {
    expect(Buffer.byteLength(signed.body)).toBe(bytes);
    expect(digestOf(signed.body)).toBe(digest);
    expect(sign(signed, SECRET)).toBe(signature);
  });

  it('is not that of a component text with one LF too many', () => {
    const component = signatureComponent(parts(P1_ID, '1717171717171', B1));
    const hmac = createHmac('sha256', SECRET).update(`${component}\n`).digest('base64');
    const rejected = 'HMACSHA256=nQnWUw6vh+y/0SBlxGLNeixYd16AjOrZDzGimlV/Tuk=';
    expect(`HMACSHA256=${hmac}`).toBe(rejected);
    expect(sign(parts(P1_ID, '1717171717171', B1), SECRET)).not.toBe(rejected);
  });
});

describe('the request', () => {
  it('has the documented body, with the number in digits', () => {
    expect(paychatBody(message.to, template)).toBe(B1);
  });

  it('writes the ISO time in whole seconds', () => {
    expect(requestTimestamp(new Date('2024-05-31T16:08:37.999Z'), 'iso8601')).toBe('2024-05-31T16:08:37Z');
  });

  it('goes to the path that is signed, signed over exactly what is sent', async () => {
    const { asked } = await send({ now: [1717171717171] });
    expect(asked[0]).toMatchObject({
      method: 'POST',
      url: `https://app-uat.doku.com${PAYCHAT_TARGET}`,
      body: B1,
      headers: {
        'Client-Id': CLIENT_ID,
        'Request-Id': P1_ID,
        'Request-Timestamp': '1717171717171',
        Signature: P1_SIGNATURE,
        'Content-Type': 'application/json',
      },
    });
  });

  it('keeps its Request-Id and body when repeated, with another timestamp and signature', async () => {
    const { asked } = await send({ now: [1717171717171, 1717171719999], times: 2 });
    const [first, second] = asked;
    expect(second?.headers['Request-Id']).toBe(first?.headers['Request-Id']);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['Request-Timestamp']).toBe('1717171719999');
    expect(second?.headers['Signature']).not.toBe(first?.headers['Signature']);
  });

  it('signs the ISO time where the account asks for it', async () => {
    const { asked } = await send({ now: [Date.parse('2024-05-31T16:08:37Z')], more: { timestampFormat: 'iso8601' } });
    expect(asked[0]?.headers).toMatchObject({
      'Request-Timestamp': '2024-05-31T16:08:37Z',
      Signature: 'HMACSHA256=8kwt69qPLZkEkEARSjZRT9GGGzU388VhwON3d+kNkdw=',
    });
  });
});

const MESSAGE_ID = 'a8f30193-1a4f-41ac-b01f-d559e2e1339f';
const taken = { status: 'submitted', messageId: MESSAGE_ID };
const error = (code: string) => ({ error: { code, message: 'its words', type: code } });
const judged = (status: number, body: unknown): Outcome =>
  judge(status, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

describe('an answer', () => {
  it.each([200, 201, 202, 409])('with a messageId and HTTP %i is accepted', (status) => {
    expect(judged(status, taken)).toEqual({ outcome: 'accepted', reference: MESSAGE_ID });
  });

  it.each([200, 400, 401, 500])('that says invalid_signature is one on credentials, with HTTP %i', (status) => {
    expect(judged(status, error('invalid_signature'))).toMatchObject({
      outcome: 'refused',
      failure: {
        code: 'PROVIDER_AUTH_FAILED',
        providerCode: 'invalid_signature',
        providerMessage: 'its words',
      },
    });
  });

  it.each([
    [401, '', 'PROVIDER_AUTH_FAILED', '401'],
    [403, '<html>', 'PROVIDER_AUTH_FAILED', '403'],
    [403, error('not_your_day'), 'PROVIDER_AUTH_FAILED', 'not_your_day'],
    [404, error('template_not_found'), 'PROVIDER_REJECTED', 'template_not_found'],
    [200, error('not_your_day'), 'PROVIDER_REJECTED', 'not_your_day'],
    [503, error('invalid_parameter'), 'PROVIDER_REJECTED', 'invalid_parameter'],
    [422, '', 'PROVIDER_REJECTED', '422'],
    [200, { ...taken, ...error('invalid_params') }, 'PROVIDER_REJECTED', 'invalid_params'],
  ])('with HTTP %i and %o is refused as %s', (status, body, code, providerCode) => {
    expect(judged(status, body)).toMatchObject({ outcome: 'refused', failure: { code, providerCode } });
  });

  it.each([
    [429, ''],
    [503, ''],
    [429, error('not_your_day')],
    [200, error('too_many_requests')],
  ])('with HTTP %i and %o is deferred', (status, body) => {
    expect(judged(status, body)).toMatchObject({ outcome: 'deferred', failure: { code: 'PROVIDER_UNAVAILABLE' } });
  });

  it.each([
    [429, '', true],
    [429, error('not_your_day'), true],
    [200, error('too_many_requests'), true],
    [400, error('rate_limit_exceeded'), true],
    [503, '', undefined],
    [503, error('service_unavailable'), undefined],
    [429, error('service_unavailable'), undefined],
  ])('with HTTP %i and %o says that it is too many: %s', (status, body, tooMany) => {
    const outcome = judged(status, body);
    expect([outcome.outcome, outcome.outcome === 'deferred' && outcome.tooMany]).toEqual(['deferred', tooMany]);
  });

  it.each([
    [200, ''],
    [200, '{}'],
    [200, '[]'],
    [200, '{"status":"submitted","messageId":""}'],
    [409, ''],
    [409, '{}'],
    [409, error('duplicate_request_id')],
    [500, error('internal_server_error')],
    [500, taken],
    [502, error('not_your_day')],
    [504, ''],
  ])('with HTTP %i and %o is uncertain', (status, body) => {
    expect(judged(status, body)).toMatchObject({ outcome: 'uncertain', failure: { code: 'PROVIDER_UNAVAILABLE' } });
  });

  it.each(['too_many_requests', '429', 'internal_server_error', '503'])(
    'of a 409 that repeats %s is tried again with another Request-Id',
    (code) => {
      expect(judged(409, error(code))).toMatchObject({ outcome: 'deferred', freshKey: true });
    },
  );

  it.each(['template_not_found', 'not_your_day'])('of a 409 that repeats %s is refused', (code) => {
    expect(judged(409, error(code))).toMatchObject({ outcome: 'refused', failure: { code: 'PROVIDER_REJECTED' } });
  });

  it('keeps an id that cannot be stored out of the record, and is accepted all the same', () => {
    expect(judged(200, { status: 'submitted', messageId: 'a\0b' })).toEqual({ outcome: 'accepted', reference: null });
  });
});

const RSA = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const ELLIPTIC = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

describe('the account', () => {
  it.each([
    ['timestampFormat', 'epoch_ms', true],
    ['timestampFormat', 'iso', false],
    ['repeatSafe', 'true', true],
    ['repeatSafe', 'yes', false],
    ['clientId', CLIENT_ID, true],
    ['clientId', 'BRN-0001\r\nX: y', false],
    ['secretKey', '', false],
    ['dokuPublicKey', RSA.publicKey, true],
    ['dokuPublicKey', RSA.publicKey.trim().replaceAll('\n', '\r\n'), true],
    ['dokuPublicKey', RSA.publicKey.replace('M', 'N'), false],
    ['dokuPublicKey', RSA.publicKey.replaceAll('\n', ' '), false],
    ['dokuPublicKey', RSA.privateKey, false],
    ['dokuPublicKey', ELLIPTIC.publicKey, false],
  ])('takes for %s the value %j: %s', (name, value, good) => {
    const field = doku.credentials.find((each) => each.name === name);
    expect(field?.check?.(value) === undefined).toBe(good);
  });

  it('is repeated safely only where its merchant says so', () => {
    expect(connect({ repeatSafe: 'true' }).messaging?.repeatSafe).toBe(true);
    expect(connect({ repeatSafe: 'false' }).messaging?.repeatSafe).toBe(false);
    expect(connect({}).messaging?.repeatSafe).toBe(false);
  });

  it('gives no reports of delivery', () => {
    expect(connect({}).callbacks?.deliveryReports).toBe(false);
  });

  it.each([
    [400, error('invalid_parameter'), 'accepted'],
    [500, '', 'accepted'],
    [401, error('invalid_signature'), 'refused'],
  ])('is tested with {}: HTTP %i and %o make it %s', async (status, body, outcome) => {
    const asked: HttpRequest[] = [];
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const http = answering(asked, { kind: 'answer', status, headers: {}, body: Buffer.from(text) });
    expect(await connect({}, http).test(new AbortController().signal)).toMatchObject({ outcome });
    expect(asked[0]).toMatchObject({ method: 'POST', body: '{}' });
  });
});

function answering(asked: HttpRequest[], result: HttpResult): Http {
  return {
    request: async (request) => {
      asked.push(request);
      return result;
    },
  };
}

function connect(more: Record<string, string>, http: Http = answering([], { kind: 'broken', reason: '' }), now = [0]) {
  const account = {
    id: '0190b5a0-0000-7000-8000-000000000002',
    kind: 'DOKU' as const,
    environment: 'SANDBOX' as const,
    baseUrl: doku.baseUrls.SANDBOX,
    credentials: { clientId: CLIENT_ID, secretKey: SECRET, ...more },
    sender: null,
    callbackBase: 'https://kurir.example/callbacks/key',
  };
  const times = [...now];
  return doku.connect(account, { http, now: () => new Date(times.length > 1 ? times.shift()! : times[0]!) });
}

async function send({ now, times = 1, more = {} }: { now: number[]; times?: number; more?: Record<string, string> }) {
  const asked: HttpRequest[] = [];
  // No answer, so that the clock is asked for the timestamp alone.
  const provider = connect(more, answering(asked, { kind: 'unreachable', reason: '' }), now);
  for (let turn = 0; turn < times; turn += 1) await provider.messaging!.send([message], new AbortController().signal);
  return { asked };
}
