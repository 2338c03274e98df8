import { describe, expect, it } from 'vitest';
import { type Outcome } from '../ports/outcome.js';
import { judge, readAnswer } from './exotel.outcome.js';

const taken = (sid: string) => ({ code: 202, error_data: null, status: 'success', data: { sid } });
const notTaken = (code: unknown, error_data: unknown) => ({ code, error_data, status: 'failed', data: null });
const error = (code: number) => ({ code, message: 'its message', description: 'its description' });

/** The outcomes of so many messages, after an answer with these elements. */
function judged(elements: unknown, count = 1, status = 202, wait?: number): Outcome[] {
  const body = {
    request_id: 'b434',
    method: 'POST',
    http_code: status,
    response: { whatsapp: { messages: elements } },
  };
  const answer = readAnswer(status, Buffer.from(JSON.stringify(body)));
  return Array.from({ length: count }, (_, place) => judge(answer, place, wait));
}

function judgedWhole(status: number, body: unknown, wait?: number): Outcome {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return judge(readAnswer(status, bytes), 0, wait);
}

describe('an answer of several messages', () => {
  it('is read in the order of the request', () => {
    expect(judged([taken('a'), taken('b'), taken('c')], 3)).toEqual([
      { outcome: 'accepted', reference: 'a' },
      { outcome: 'accepted', reference: 'b' },
      { outcome: 'accepted', reference: 'c' },
    ]);
  });

  it('hides refusals behind its 202, each of which hits its own message alone', () => {
    expect(judged([taken('a'), notTaken(400, error(400)), taken('c'), notTaken(429, null)], 4)).toMatchObject([
      { outcome: 'accepted', reference: 'a' },
      { outcome: 'refused', failure: { code: 'PROVIDER_REJECTED' } },
      { outcome: 'accepted', reference: 'c' },
      { outcome: 'deferred' },
    ]);
  });

  it('counts also where the HTTP status says something else', () => {
    for (const status of [200, 207, 400, 500, 503]) {
      expect(judged([taken('a'), notTaken(402, error(402))], 2, status)).toMatchObject([
        { outcome: 'accepted', reference: 'a' },
        { outcome: 'refused', failure: { code: 'INSUFFICIENT_BALANCE' } },
      ]);
    }
  });

  it('leaves those uncertain that it says nothing of', () => {
    expect(judged([taken('a')], 3)).toMatchObject([
      { outcome: 'accepted' },
      { outcome: 'uncertain', failure: { code: 'PROVIDER_UNAVAILABLE', providerCode: null } },
      { outcome: 'uncertain' },
    ]);
  });

  it('may say more than was asked', () => {
    expect(judged([taken('a'), taken('b')], 1)).toEqual([{ outcome: 'accepted', reference: 'a' }]);
  });
});

describe('the answer of one message', () => {
  const one = (element: unknown): Outcome => judged([element])[0]!;

  it.each([
    ['none of that error', null],
    ['an error that is empty', {}],
    ['an error of zero', { code: 0, message: '', description: '' }],
  ])('with a sid and %s is accepted', (_, error_data) => {
    expect(one({ ...taken('a'), error_data })).toEqual({ outcome: 'accepted', reference: 'a' });
  });

  it('with a sid that cannot be stored is accepted all the same, without it', () => {
    expect(one(taken('a\0b'))).toEqual({ outcome: 'accepted', reference: null });
  });

  it.each([
    [400, 'refused', 'PROVIDER_REJECTED'],
    [401, 'refused', 'PROVIDER_AUTH_FAILED'],
    [402, 'refused', 'INSUFFICIENT_BALANCE'],
    [403, 'refused', 'PROVIDER_AUTH_FAILED'],
    [404, 'refused', 'PROVIDER_REJECTED'],
    [409, 'refused', 'PROVIDER_REJECTED'],
    [422, 'refused', 'PROVIDER_REJECTED'],
    [429, 'deferred', 'PROVIDER_UNAVAILABLE'],
    [500, 'uncertain', 'PROVIDER_UNAVAILABLE'],
    [502, 'uncertain', 'PROVIDER_UNAVAILABLE'],
    [503, 'deferred', 'PROVIDER_UNAVAILABLE'],
    [504, 'uncertain', 'PROVIDER_UNAVAILABLE'],
  ])('with the code %i is %s as %s, alone, with its error, as a text and as the whole', (code, outcome, problem) => {
    const known = { outcome, failure: { code: problem, providerCode: String(code) } };
    expect(one(notTaken(code, null))).toMatchObject(known);
    expect(one(notTaken(String(code), null))).toMatchObject(known);
    expect(one(notTaken(null, error(code)))).toMatchObject(known);
    expect(one(notTaken(code, error(code)))).toMatchObject({
      ...known,
      failure: { ...known.failure, providerMessage: 'its message: its description' },
    });
    expect(judgedWhole(code, '')).toMatchObject(known);
    expect(judgedWhole(code, '<html>')).toMatchObject(known);
    expect(judgedWhole(200, { http_code: code, response: { error_data: error(code) } })).toMatchObject(known);
  });

  it.each([
    [30004, 'PROVIDER_REJECTED'],
    [30005, 'INVALID_PHONE_NUMBER'],
    [30010, 'PROVIDER_REJECTED'],
    [30012, 'NOT_ON_WHATSAPP'],
    [30013, 'NOT_ON_WHATSAPP'],
    [30015, 'MEDIA_REJECTED'],
    [30016, 'MEDIA_REJECTED'],
    [30017, 'MEDIA_REJECTED'],
    [30018, 'SESSION_WINDOW_CLOSED'],
    [30022, 'TEMPLATE_NOT_FOUND'],
    [30023, 'TEMPLATE_PARAMS_MISMATCH'],
    [30024, 'TEMPLATE_NOT_FOUND'],
    [30041, 'PROVIDER_REJECTED'],
    [1001, 'PROVIDER_REJECTED'],
  ])('with 400 and the error %i is refused as %s, with that code', (code, problem) => {
    expect(one(notTaken(400, error(code)))).toMatchObject({
      outcome: 'refused',
      failure: { code: problem, providerCode: String(code), providerMessage: 'its message: its description' },
    });
  });

  it('with 429 says that it is too many, and with 503 not', () => {
    expect(one(notTaken(429, null))).toMatchObject({ outcome: 'deferred', tooMany: true });
    expect(judgedWhole(429, '')).toMatchObject({ tooMany: true });
    expect(one(notTaken(503, null))).not.toHaveProperty('tooMany');
  });

  it('with 429 and an error that is no more than that is deferred', () => {
    expect(one(notTaken(429, error(30007)))).toMatchObject({
      outcome: 'deferred',
      failure: { providerCode: '30007' },
    });
  });

  it('with 202 and an error is what the error says', () => {
    expect(one({ ...taken('a'), error_data: error(30024) })).toMatchObject({ outcome: 'refused' });
    expect(one({ ...taken('a'), error_data: error(402) })).toMatchObject({ failure: { code: 'INSUFFICIENT_BALANCE' } });
  });

  it.each([
    ['nothing', null],
    ['a text', 'success'],
    ['an empty object', {}],
    ['a code of success without a sid', { code: 202, error_data: null, status: 'success', data: null }],
    ['a sid without a code', { data: { sid: 'a' } }],
    ['a code that is no number', notTaken('teapot', null)],
  ])('that is %s is uncertain', (_, element) => {
    expect(one(element)).toMatchObject({ outcome: 'uncertain', failure: { code: 'PROVIDER_UNAVAILABLE' } });
  });

  it('passes on how long to wait, of one message and of all', () => {
    expect(judged([notTaken(429, null)], 1, 202, 7_000)).toMatchObject([{ outcome: 'deferred', retryAfterMs: 7_000 }]);
    expect(judgedWhole(503, '', 9_000)).toMatchObject({ outcome: 'deferred', retryAfterMs: 9_000 });
  });
});

describe('an answer without messages', () => {
  it.each([
    ['an empty one', 202, ''],
    ['one that is no JSON', 200, '<html>'],
    ['one that is no object', 202, '[]'],
    ['one with no message in it', 202, { response: { whatsapp: { messages: [] } } }],
    ['the form of the newer pages', 200, { response: { data: { message_id: 'a' } } }],
  ])('is uncertain: %s', (_, status, body) => {
    expect(judgedWhole(status, body)).toMatchObject({ outcome: 'uncertain' });
  });

  it('is refused where it leads elsewhere', () => {
    expect(judgedWhole(302, '')).toMatchObject({ outcome: 'refused', failure: { providerCode: '302' } });
  });

  it('classes every message of the request', () => {
    const answer = readAnswer(400, Buffer.from('{"http_code":400,"error_data":{"code":400,"message":"too many"}}'));
    for (const place of [0, 50, 100]) {
      expect(judge(answer, place)).toMatchObject({
        outcome: 'refused',
        failure: { code: 'PROVIDER_REJECTED', providerMessage: 'too many' },
      });
    }
  });
});
