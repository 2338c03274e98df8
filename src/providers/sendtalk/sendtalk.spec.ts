import { describe, expect, it } from 'vitest';
import { KEY, NOW, connect, data, error, said } from '../../../test/contract/sendtalk.support.js';
import { type HttpRequest, type HttpResult } from '../../http/http.js';
import { capabilitiesOf } from '../capability.js';
import { type StatusReport } from '../ports/callbacks.js';
import { type Outbound, type OutboundContent, type OutboundFile } from '../ports/messaging.js';
import { type Answer, type Outcome } from '../ports/outcome.js';
import { hear, judge } from './sendtalk.outcome.js';
import { sendtalk } from './sendtalk.provider.js';

const ID = '6a2cb5b8-5a4e-4c33-9f40-0c7f6b7c1d55';
const signal = new AbortController().signal;

const file: OutboundFile = {
  type: 'IMAGE',
  key: null,
  link: 'https://files.example/promo/july.png?v=2',
  filename: 'promo.png',
  bytes: async () => ({ outcome: 'answered', bytes: Buffer.alloc(0), mimeType: 'image/png' }),
};
const text: OutboundContent = { kind: 'text', text: 'Selamat siang – kode 1234' };
const image: OutboundContent = { kind: 'media', file, caption: 'Promo' };

describe('the request', () => {
  it('goes to send_whatsapp with the key in its header', async () => {
    expect(await requestOf(text)).toMatchObject({
      method: 'POST',
      url: 'https://sendtalk-api.taptalk.io/api/v1/message/send_whatsapp',
      headers: { 'API-Key': KEY, 'Content-Type': 'application/json' },
    });
  });

  it('has the number in digits and the text as its body', async () => {
    expect(await bodyOf(text)).toEqual({
      phone: '6281212345678',
      messageType: 'text',
      body: 'Selamat siang – kode 1234',
    });
  });

  it('is of type otp where it is urgent, and else the same', async () => {
    expect(await bodyOf(text, { urgent: true })).toEqual({ ...((await bodyOf(text)) as object), messageType: 'otp' });
  });

  it('has the link of an image as its body, its name and its caption', async () => {
    expect(await bodyOf(image)).toEqual({
      phone: '6281212345678',
      messageType: 'image',
      body: 'https://files.example/promo/july.png?v=2',
      filename: 'promo.png',
      caption: 'Promo',
    });
  });

  it('stays of type image where an image is urgent', async () => {
    expect(await bodyOf(image, { urgent: true })).toMatchObject({ messageType: 'image' });
  });

  it('has no caption where there is none', async () => {
    expect(await bodyOf({ kind: 'media', file, caption: null })).not.toHaveProperty('caption');
  });

  it.each([
    ['https://files.example/promo/july.png?v=2', 'july.png'],
    ['https://files.example/', 'image'],
  ])('names an image without a name by the end of its link: %s as %s', async (link, filename) => {
    const unnamed: OutboundContent = { kind: 'media', file: { ...file, link, filename: null }, caption: null };
    expect(await bodyOf(unnamed)).toMatchObject({ filename });
  });

  it.each<OutboundContent>([
    { kind: 'media', file: { ...file, type: 'DOCUMENT' }, caption: null },
    { kind: 'interactive', text: 'Pilih', buttons: [], list: null },
  ])('is not made of what SendTalk does not carry: $kind', async (content) => {
    const asked: HttpRequest[] = [];
    const [outcome] = await connect(asked, said({})).messaging!.send([message(content)], signal);
    expect(outcome).toMatchObject({ outcome: 'refused', failure: { code: 'UNSUPPORTED_BY_PROVIDER' } });
    expect(asked).toEqual([]);
  });
});

const taken = { success: true, message: 'The message has been added to queue', reason: '', id: ID };
const refusedFor = (reason: string): unknown => data({ success: false, message: 'its words', reason });

describe('an answer', () => {
  it('with success and an id is accepted', () => {
    expect(judged(data(taken))).toEqual({ outcome: 'accepted', reference: ID });
  });

  it('with success and no id, or one that cannot be stored, is accepted all the same', () => {
    expect(judged(data({ ...taken, id: undefined }))).toEqual({ outcome: 'accepted', reference: null });
    expect(judged(data({ ...taken, id: 'a\0b' }))).toEqual({ outcome: 'accepted', reference: null });
  });

  it.each([
    ['40001', '', 'PROVIDER_AUTH_FAILED'],
    ['49103', '', 'PROVIDER_AUTH_FAILED'],
    ['40002', 'phone', 'INVALID_PHONE_NUMBER'],
    ['40002', 'userPhone', 'INVALID_PHONE_NUMBER'],
    ['40002', 'messageType', 'INVALID_INPUT'],
    ['40002', '', 'INVALID_INPUT'],
    ['40099', '', 'PROVIDER_REJECTED'],
    ['constructor', '', 'PROVIDER_REJECTED'],
  ])('with the error %s about "%s" is refused as %s', (code, field, problem) => {
    expect(judged(error(code, field))).toMatchObject({
      outcome: 'refused',
      failure: { code: problem, providerCode: code, providerMessage: 'its words' },
    });
  });

  it.each([{}, [], null, undefined])('of an error may have %j as its data', (nothing) => {
    expect(judged(error('49103', '', 400, nothing))).toMatchObject({ failure: { code: 'PROVIDER_AUTH_FAILED' } });
  });

  it('has a code that is a number read as one that is a string', () => {
    expect(judged(error(40001))).toMatchObject({ failure: { code: 'PROVIDER_AUTH_FAILED', providerCode: '40001' } });
  });

  it.each([
    ['invalid_recipient', 'INVALID_PHONE_NUMBER'],
    ['insufficient_balance', 'INSUFFICIENT_BALANCE'],
    ['config_disabled', 'PROVIDER_REJECTED'],
    ['not_your_day', 'PROVIDER_REJECTED'],
  ])('of HTTP 200 and status 200 without success, for %s, is refused as %s', (reason, problem) => {
    expect(judged(refusedFor(reason))).toMatchObject({
      outcome: 'refused',
      failure: { code: problem, providerCode: reason, providerMessage: 'its words' },
    });
  });

  it('without success and without a reason is refused', () => {
    expect(judged(refusedFor(''))).toMatchObject({ outcome: 'refused', failure: { code: 'PROVIDER_REJECTED' } });
  });

  it.each([200, 401, 500, 503])('with a code that is known is judged by it, with HTTP %i', (http) => {
    expect(judged(error('40002', 'phone'), http)).toMatchObject({ failure: { code: 'INVALID_PHONE_NUMBER' } });
    expect(judged(refusedFor('insufficient_balance'), http)).toMatchObject({
      failure: { code: 'INSUFFICIENT_BALANCE' },
    });
  });

  it('has the key taken out of its words', () => {
    const body = { status: 400, error: { code: '49103', message: `API-Key ${KEY} is not found`, field: '' }, data: [] };
    expect(judged(body)).toMatchObject({ failure: { providerMessage: 'API-Key *** is not found' } });
  });

  it.each([
    ['a body status of 503', data({}, 503), 200],
    ['a body status of 429', data([], 429), 200],
    ['an unknown code of 503', error('50301', '', 503), 200],
    ['HTTP 503 alone', '<html>', 503],
    ['HTTP 429 alone', '', 429],
  ])('with %s is deferred', (_what, body, http) => {
    expect(judged(body, http)).toMatchObject({ outcome: 'deferred', failure: { code: 'PROVIDER_UNAVAILABLE' } });
  });

  it.each([
    ['a body status of 429', data([], 429), 200, true],
    ['HTTP 429 alone', '', 429, true],
    ['a body status of 503', data({}, 503), 200, undefined],
    ['HTTP 503 alone', '<html>', 503, undefined],
  ])('with %s says that it is too many, or not', (_what, body, http, tooMany) => {
    const outcome = judged(body, http);
    expect([outcome.outcome, outcome.outcome === 'deferred' && outcome.tooMany]).toEqual(['deferred', tooMany]);
  });

  it.each([
    ['a body status of 500', data({}, 500), 200],
    ['a body status of 502', data([], 502), 200],
    ['an unknown code of 500', error('50001', '', 500), 200],
    ['success in a body status of 500', data(taken, 500), 200],
    ['HTTP 500 alone', '', 500],
    ['HTTP 502 alone', '<html>', 502],
    ['HTTP 504 alone', '', 504],
    ['no JSON', '<html>', 200],
    ['an empty object', {}, 200],
    ['an array', [], 200],
    ['a data without success', data({}), 200],
    ['a success that is no boolean', data({ success: 'true' }), 200],
  ])('with %s is uncertain', (_what, body, http) => {
    expect(judged(body, http)).toMatchObject({ outcome: 'uncertain', failure: { code: 'PROVIDER_UNAVAILABLE' } });
  });

  it.each([
    [401, 'PROVIDER_AUTH_FAILED'],
    [403, 'PROVIDER_AUTH_FAILED'],
    [404, 'PROVIDER_REJECTED'],
  ])('of HTTP %i alone is refused as %s', (http, code) => {
    expect(judged('', http)).toMatchObject({ outcome: 'refused', failure: { code, providerCode: String(http) } });
  });
});

describe('asked where a message stands', () => {
  const standing = { isPending: false, isSent: true, sentTime: 1653924408488, currency: 'IDR', price: 75 };

  it('asks get_status for the id', async () => {
    const asked: HttpRequest[] = [];
    await connect(asked, said(data({ status: 'pending' }))).inquiry!.status(ID, signal);
    expect(asked).toMatchObject([
      {
        url: 'https://sendtalk-api.taptalk.io/api/v1/message/get_status',
        headers: { 'API-Key': KEY },
        body: JSON.stringify({ id: ID }),
      },
    ]);
  });

  it.each([
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['read', 'READ'],
    ['failed', 'FAILED'],
    ['Read', 'READ'],
  ])('reads %s as %s', async (word, status) => {
    expect(await reported(data({ status: word }))).toMatchObject([{ reference: ID, status }]);
  });

  it('reads a word that stands under success', async () => {
    expect(await reported(data({ success: 'delivered' }))).toMatchObject([{ status: 'DELIVERED' }]);
  });

  it('gives the time of sending to SENT, which comes before what came of it', async () => {
    const sent = { status: 'SENT', occurredAt: new Date(1653924408488) };
    expect(await reported(data({ ...standing, status: 'sent' }))).toMatchObject([sent]);
    expect(await reported(data({ ...standing, status: 'read' }))).toMatchObject([
      sent,
      { status: 'READ', occurredAt: null },
    ]);
  });

  it.each([0, -1, 1e18, 'soon', null])('takes %j for no time', async (sentTime) => {
    expect(await reported(data({ status: 'sent', sentTime }))).toMatchObject([{ status: 'SENT', occurredAt: null }]);
  });

  it('gives a failure its sentence', async () => {
    expect(await reported(data({ status: 'failed' }))).toMatchObject([{ failure: { code: 'PROVIDER_REJECTED' } }]);
  });

  it.each(['pending', 'queued', 'constructor'])('has nothing to report of %s', async (status) => {
    expect(await reported(data({ ...standing, status }))).toEqual([]);
  });

  it('has nothing to report of a message that SendTalk does not know', async () => {
    expect(await reported(error('40401', '', 400, []))).toEqual([]);
  });

  it.each([
    ['a refused key', said(error('49103')), 'PROVIDER_AUTH_FAILED', false],
    ['an id that is missing', said(error('40002', 'id')), 'INVALID_INPUT', false],
    ['a body status of 500', said(data({}, 500)), 'PROVIDER_UNAVAILABLE', true],
    ['HTTP 503', said('', 503), 'PROVIDER_UNAVAILABLE', true],
    ['no JSON', said('<html>'), 'PROVIDER_UNAVAILABLE', true],
    ['no connection', { kind: 'unreachable', reason: 'refused' }, 'PROVIDER_UNAVAILABLE', true],
    ['a broken line', { kind: 'broken', reason: 'reset' }, 'PROVIDER_UNAVAILABLE', true],
  ] satisfies [string, HttpResult, string, boolean][])(
    'after %s fails, and says whether to ask again',
    async (_what, result, code, retryable) => {
      expect(await connect([], result).inquiry!.status(ID, signal)).toMatchObject({
        outcome: 'failed',
        failure: { code },
        retryable,
      });
    },
  );

  async function reported(body: unknown): Promise<readonly StatusReport[]> {
    const answer: Answer<{ reports: readonly StatusReport[] }> = await connect([], said(body)).inquiry!.status(
      ID,
      signal,
    );
    if (answer.outcome !== 'answered') throw new Error(answer.failure.message);
    return answer.reports;
  }
});

describe('the account', () => {
  it.each([
    ['apiKey', KEY, true],
    ['apiKey', 'two words', false],
    ['webhookSecret', 'a\r\nb', false],
    ['webhookSecretHeader', 'Secret-Key', true],
    ['webhookSecretHeader', 'X-Signature', true],
    ['webhookSecretHeader', 'Secret Key', false],
    ['webhookSecretHeader', 'Secret-Key:', false],
    ['webhookSecretMode', 'plain', true],
    ['webhookSecretMode', 'hmac-sha256-hex', true],
    ['webhookSecretMode', 'hmac', false],
  ])('takes for %s the value %j: %s', (name, value, good) => {
    const field = sendtalk.credentials.find((each) => each.name === name);
    expect(field?.check?.(value) === undefined).toBe(good);
  });

  it('is tested by asking for a message that there is none of', async () => {
    const asked: HttpRequest[] = [];
    const outcome = await connect(asked, said(error('40401', '', 400, []))).test(signal);
    expect(outcome).toMatchObject({ outcome: 'accepted', reference: null });
    expect(asked).toMatchObject([
      { url: expect.stringMatching(/get_status$/), body: '{"id":"00000000-0000-0000-0000-000000000000"}' },
    ]);
  });

  it.each([
    ['a missing key', said(error('40001')), 'refused', 'PROVIDER_AUTH_FAILED'],
    ['an unknown key', said(error('49103')), 'refused', 'PROVIDER_AUTH_FAILED'],
    ['another host', said('<html>', 404), 'refused', 'PROVIDER_REJECTED'],
    ['no connection', { kind: 'unreachable', reason: 'refused' }, 'deferred', 'PROVIDER_UNAVAILABLE'],
  ] satisfies [string, HttpResult, string, string][])('fails its test for %s', async (_what, result, outcome, code) => {
    expect(await connect([], result).test(signal)).toMatchObject({ outcome, failure: { code } });
  });

  it('gives no reports of delivery, though it is called back about verifications: it is asked', () => {
    const provider = connect([], said({}));
    expect(provider.callbacks).toMatchObject({ topics: ['verification'], deliveryReports: false, inbound: false });
    expect(capabilitiesOf(provider)).toEqual(['TEXT', 'MEDIA', 'VERIFICATION', 'STATUS_INQUIRY']);
  });
});

function judged(body: unknown, http = 200): Outcome {
  return judge(hear(said(body, http), NOW, [KEY]));
}

function message(content: OutboundContent, more: Partial<Outbound> = {}): Outbound {
  return {
    attemptId: '0190b5a0-0000-7000-8000-000000000001',
    requestKey: '5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c11',
    to: '+6281212345678',
    urgent: false,
    quotes: null,
    content,
    ...more,
  };
}

async function requestOf(content: OutboundContent, more: Partial<Outbound> = {}): Promise<HttpRequest> {
  const asked: HttpRequest[] = [];
  await connect(asked, said(data(taken))).messaging!.send([message(content, more)], signal);
  return asked[0]!;
}

async function bodyOf(content: OutboundContent, more: Partial<Outbound> = {}): Promise<unknown> {
  return JSON.parse(String((await requestOf(content, more)).body));
}
