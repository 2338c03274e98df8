import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEY, WEBHOOK_SECRET, connect, data, error, said } from '../../../test/contract/sendtalk.support.js';
import { SENDTALK_SAMPLE as sample } from '../../../test/contract/sendtalk.tapes.js';
import { type HttpRequest, type HttpResult } from '../../http/http.js';
import { verdictOf } from '../call-verdict.js';
import { type VerificationAsk, type VerificationOffer, type VerificationOutcome } from '../ports/verification.js';

const ask: VerificationAsk = {
  phone: '+6281212345678',
  language: 'id',
  expiryMinutes: 10,
  appUrl: 'https://web.taptalk.io',
};
const told = { success: true, message: 'WhatsApp verification created successfully', reason: '' };
const made = (verification: unknown): unknown => data({ ...told, verification });
const PNG = 'iVBORw0KGgoAAAANSUhEUg==';

describe('the request', () => {
  it('is the sample of the document', async () => {
    const [request] = await asked(ask);
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://sendtalk-api.taptalk.io/api/v1/verification/create_whatsapp_verification',
      headers: { 'API-Key': KEY, 'Content-Type': 'application/json' },
    });
    expect(JSON.parse(String(request!.body))).toEqual({
      userPhone: '6281212345678',
      languageCode: 'id',
      expiryMinutes: 10,
      appURL: 'https://web.taptalk.io',
    });
  });

  it('leaves out the address of an app where there is none', async () => {
    const [request] = await asked({ ...ask, language: 'en', appUrl: null });
    expect(request!.body).toBe('{"userPhone":"6281212345678","languageCode":"en","expiryMinutes":10}');
  });
});

describe('the sample of the document', () => {
  /** As Go's url.QueryEscape writes it, which unlike a form leaves no asterisk. */
  const linkOf = (text: string): string =>
    `https://wa.me/6281212345678?${new URLSearchParams({ text }).toString()}`.replaceAll('*', '%2A');

  it('is offered as it is, without a picture', async () => {
    const { id, waLink, waMessage } = sample;
    expect(await offered(made(sample))).toEqual({ reference: id, waLink, waMessage, qrCode: null });
  });

  it('has a link that is its message, byte for byte', () => {
    expect(linkOf(sample.waMessage)).toBe(sample.waLink);
    expect(URL.parse(sample.waLink)?.searchParams.get('text')).toBe(sample.waMessage);
  });

  it('has a code that is its id and sixteen letters, in base64 twice', () => {
    const [, code = ''] = /^Kode Verifikasi: (\S+)$/m.exec(sample.waMessage) ?? [];
    const [id, letters] = decoded(decoded(code)).split(':');
    expect(id).toBe(sample.id);
    expect(letters).toMatch(/^[A-Za-z]{16}$/);
  });

  const decoded = (text: string): string => Buffer.from(text, 'base64').toString();
});

describe('an answer', () => {
  it('that has the fields beside its success, as the table of the document does, is read as well', async () => {
    expect(await offered(data({ ...told, ...sample }))).toMatchObject({ reference: sample.id, waLink: sample.waLink });
    expect(await offered(data({ ...told, ...sample, verification: [] }))).toMatchObject({ reference: sample.id });
  });

  it('has its id in small letters, by which the webhook is matched', async () => {
    expect(await offered(made({ ...sample, id: sample.id.toUpperCase() }))).toMatchObject({ reference: sample.id });
    expect(await offered(made({ ...sample, id: 'Ver-01' }))).toMatchObject({ reference: 'Ver-01' });
  });

  it('keeps what was said, without the secrets', async () => {
    const outcome = await started(said(made({ ...sample, note: `${KEY} ${WEBHOOK_SECRET}` })));
    expect(outcome.exchange).toMatchObject({
      request: { headers: { 'API-Key': '***' } },
      response: { status: 200, body: expect.stringContaining('"note":"*** ***"') },
    });
  });

  it.each([
    ['40001', '', 'PROVIDER_AUTH_FAILED'],
    ['49103', '', 'PROVIDER_AUTH_FAILED'],
    ['40002', 'userPhone', 'INVALID_PHONE_NUMBER'],
    ['40002', 'phone', 'INVALID_PHONE_NUMBER'],
    ['40002', 'languageCode', 'INVALID_INPUT'],
    ['40002', 'expiryMinutes', 'INVALID_INPUT'],
    ['40002', '', 'INVALID_INPUT'],
    ['40099', '', 'PROVIDER_REJECTED'],
  ])('with the error %s about "%s" is refused as %s, with {} or [] as its data', async (code, field, problem) => {
    for (const nothing of [{}, []]) {
      expect(await started(said(error(code, field, 400, nothing)))).toMatchObject({
        outcome: 'refused',
        failure: { code: problem, providerCode: code, providerMessage: 'its words' },
      });
    }
  });

  it.each([
    ['invalid_recipient', 'INVALID_PHONE_NUMBER'],
    ['insufficient_balance', 'INSUFFICIENT_BALANCE'],
    ['config_disabled', 'PROVIDER_REJECTED'],
    ['not_your_day', 'PROVIDER_REJECTED'],
  ])('of HTTP 200 and status 200 without success, for %s, is refused as %s', async (reason, problem) => {
    expect(await started(said(data({ success: false, message: 'its words', reason })))).toMatchObject({
      outcome: 'refused',
      failure: { code: problem, providerCode: reason, providerMessage: 'its words' },
    });
  });

  it.each<[string, HttpResult, VerificationOutcome['outcome'], string]>([
    ['a body status of 429', said(data([], 429)), 'deferred', 'too many'],
    ['HTTP 429', said('', 429), 'deferred', 'too many'],
    ['a body status of 503', said(data({}, 503)), 'deferred', 'failed'],
    ['HTTP 503', said('<html>', 503), 'deferred', 'failed'],
    ['no connection', { kind: 'unreachable', reason: 'refused' }, 'deferred', 'failed'],
    ['a body status of 500 with an offer', said(data({ ...told, verification: sample }, 500)), 'uncertain', 'failed'],
    ['HTTP 500', said('', 500), 'uncertain', 'failed'],
    ['no JSON', said('<html>'), 'uncertain', 'failed'],
    ['a broken line', { kind: 'broken', reason: 'reset' }, 'uncertain', 'failed'],
  ])('that is %s is unavailable, and counts as such', async (_what, result, outcome, verdict) => {
    const came = await started(result);
    expect(came).toMatchObject({ outcome, failure: { code: 'PROVIDER_UNAVAILABLE' } });
    expect(verdictOf([came])).toBe(verdict);
  });

  it.each<[string, unknown]>([
    ['nothing made', data(told)],
    ['a list', made([sample])],
    ['no id', made({ ...sample, id: '' })],
    ['an id that cannot be stored', made({ ...sample, id: 'a\0b' })],
    ['no link', made({ ...sample, waLink: undefined })],
    ['a link that is none', made({ ...sample, waLink: 'https://' })],
    ['a link of another kind', made({ ...sample, waLink: 'javascript:alert(1)' })],
    ['a link without TLS', made({ ...sample, waLink: 'http://wa.me/62812' })],
    ['a link with a blank', made({ ...sample, waLink: 'https://wa.me/62812?text=a b' })],
    ['a link with half a character', made({ ...sample, waLink: 'https://wa.me/62812?text=\ud800' })],
    ['an endless link', made({ ...sample, waLink: `https://wa.me/62812?text=${'a'.repeat(8 * 1024)}` })],
    ['no message', made({ ...sample, waMessage: ' ' })],
    ['a message with NUL', made({ ...sample, waMessage: 'Kode\0' })],
    ['a message with half a character', made({ ...sample, waMessage: 'Kode \ud83d' })],
    ['a message that is no text', made({ ...sample, waMessage: { text: 'Kode' } })],
  ])('of success with %s cannot be read', async (_what, body) => {
    expect(await started(said(body))).toMatchObject({
      outcome: 'uncertain',
      failure: { code: 'PROVIDER_UNAVAILABLE', message: expect.stringContaining('no answer that can be read') },
    });
  });

  it('of anything in any field is never thrown, and an offer is a link and a message', async () => {
    const field = fc.constantFrom('id', 'waLink', 'waMessage', 'qrCode', 'verification', 'success', 'reason');
    await fc.assert(
      fc.asyncProperty(field, fc.jsonValue(), async (name, value) => {
        const body = data({ ...told, verification: { ...sample, [name]: value }, [name]: value });
        const outcome = await started(said(body));
        if (outcome.outcome !== 'accepted') return;
        expect(outcome.offer.waLink).toMatch(/^https:/);
        expect(outcome.offer.waMessage).not.toBe('');
      }),
    );
  });
});

describe('the picture', () => {
  it.each([
    ['a PNG as a data: URL', `data:image/png;base64,${PNG}`],
    ['an SVG in base64', 'data:image/svg+xml;charset=utf-8;base64,PHN2Zy8+'],
    ['an SVG in percents', 'data:image/svg+xml;utf8,%3Csvg%2F%3E'],
    ['one in capitals', `DATA:image/PNG;BASE64,${PNG}`],
  ])('that is %s is passed on as it is', async (_what, qrCode) => {
    expect((await offered(made({ ...sample, qrCode }))).qrCode).toBe(qrCode);
  });

  it('that is a bare PNG in base64 becomes a data: URL', async () => {
    expect((await offered(made({ ...sample, qrCode: PNG }))).qrCode).toBe(`data:image/png;base64,${PNG}`);
  });

  it.each<[string, unknown]>([
    ['left out of a sample', '...'],
    ['neither PNG nor SVG', 'data:image/jpeg;base64,/9j/4AAQ'],
    ['missing', undefined],
    ['nothing', ''],
    ['no text', { url: 'https://x.example' }],
    ['an address', 'https://sendtalk.example/qr.png'],
    ['a page', 'data:text/html;base64,PHN2Zy8+'],
    ['base64 that is cut', `data:image/png;base64,${PNG.slice(0, -1)}`],
    ['a bare PNG that is cut', PNG.slice(0, -3)],
    ['a bare PNG with a blank in it', `${PNG.slice(0, 12)} ${PNG.slice(12)}`],
    ['base64 of nothing', 'data:image/png;base64,'],
    ['an end of its tag', 'data:image/svg+xml,"><script>'],
    ['base64 of no picture', 'PHN2Zy8+'],
    ['longer than 100 KB', `data:image/png;base64,${'A'.repeat(100 * 1024)}`],
  ])('that is %s is left to be drawn', async (_what, qrCode) => {
    expect((await offered(made({ ...sample, qrCode }))).qrCode).toBeNull();
  });
});

function started(result: HttpResult): Promise<VerificationOutcome> {
  return connect([], result).verification!.start(ask, AbortSignal.timeout(10_000));
}

async function offered(body: unknown): Promise<VerificationOffer> {
  const outcome = await started(said(body));
  if (outcome.outcome !== 'accepted') throw new Error(outcome.failure.message);
  expect(outcome.reference).toBe(outcome.offer.reference);
  return outcome.offer;
}

async function asked(of: VerificationAsk): Promise<HttpRequest[]> {
  const requests: HttpRequest[] = [];
  await connect(requests, said(made(sample))).verification!.start(of, AbortSignal.timeout(10_000));
  return requests;
}
