import { describe, expect, it } from 'vitest';
import { ACCESS_TOKEN, json, messageOf, played, within } from '../../../test/contract/meta.support.js';
import { type HttpResult } from '../../http/http.js';
import { type Outcome } from '../ports/outcome.js';
import { judgeSend, readResult, reportedFailure } from './meta.outcome.js';

const NOW = new Date('2026-06-01T08:00:00Z');
const error = (code: unknown, more: object = {}): object => ({
  error: { message: `(#${String(code)}) its words`, type: 'OAuthException', code, fbtrace_id: 'Az8', ...more },
});
const judged = (body: unknown, status = 400, headers: Record<string, string> = {}): Outcome =>
  judgeSend(readResult(json(body, status, headers), NOW));
const raw = (status: number, body: string, headers: Record<string, string> = {}): HttpResult => ({
  kind: 'answer',
  status,
  headers,
  body: Buffer.from(body),
});

/** Every code of Meta's page "Error codes" that is not for another time. */
const REFUSED: Readonly<Record<string, readonly number[]>> = {
  PROVIDER_AUTH_FAILED: [0, 3, 10, 190, 200, 219, 299],
  NOT_ON_WHATSAPP: [131026],
  SESSION_WINDOW_CLOSED: [131047],
  RECIPIENT_OPTED_OUT: [131050],
  TEMPLATE_PARAMS_MISMATCH: [132000, 132012],
  TEMPLATE_NOT_FOUND: [132001],
  TEMPLATE_NOT_APPROVED: [132015, 132016],
  MEDIA_REJECTED: [131051, 131052, 131053],
  INSUFFICIENT_BALANCE: [131042],
  PROVIDER_REJECTED: [
    33, 100, 368, 300, 130472, 130497, 131008, 131009, 131021, 131030, 131031, 131037, 131045, 131048, 131049, 131062,
    132005, 132007, 132068, 132069, 133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016, 134011, 135000,
    999999,
  ],
};
const refusals = Object.entries(REFUSED).flatMap(([code, numbers]) => numbers.map((number) => [number, code] as const));

describe('an error', () => {
  it.each(refusals)('%i is refused as %s, whatever the HTTP status', (number, code) => {
    for (const status of [200, 400, 403, 404, 429, 500, 503]) {
      expect(judged(error(number), status)).toMatchObject({
        outcome: 'refused',
        failure: { code, providerCode: `${number}`, providerMessage: `(#${number}) its words` },
      });
    }
  });

  it.each([4, 80007, 131016, 133004])('%i is for another time', (number) => {
    for (const status of [200, 400, 500]) {
      expect(judged(error(number), status)).toEqual({
        outcome: 'deferred',
        failure: {
          code: 'PROVIDER_UNAVAILABLE',
          message: 'Meta cannot take it just now; it is tried again.',
          providerCode: `${number}`,
          providerMessage: `(#${number}) its words`,
        },
      });
    }
  });

  it.each([130429, 131056])('%i says that it is too many, whatever the HTTP status', (number) => {
    for (const status of [200, 400, 429, 500]) {
      expect(judged(error(number), status)).toMatchObject({ outcome: 'deferred', tooMany: true });
    }
  });

  it.each([4, 80007])('%i says so where HTTP does', (number) => {
    expect(judged(error(number), 429)).toMatchObject({ outcome: 'deferred', tooMany: true });
  });

  it.each([1, 2, 131000])('%i is tried again three times at most', (number) => {
    expect(judged(error(number), 500)).toMatchObject({ outcome: 'deferred', triesAtMost: 3 });
  });

  it.each([
    [131056, 6_000],
    [131057, 60_000],
  ])('%i waits at least as long as Meta says', (number, wait) => {
    expect(judged(error(number))).toMatchObject({ outcome: 'deferred', retryAfterMs: wait });
    expect(judged(error(number), 429, { 'retry-after': '2' })).toMatchObject({ retryAfterMs: wait });
    expect(judged(error(number), 429, { 'retry-after': '90' })).toMatchObject({ retryAfterMs: 90_000 });
  });

  it('keeps the details, which say most', () => {
    const details = 'body: number of localizable_params (1) does not match the expected number of params (2)';
    expect(judged(error(132000, { error_data: { messaging_product: 'whatsapp', details } }))).toMatchObject({
      failure: { providerMessage: `(#132000) its words: ${details}` },
    });
  });

  it('is read with its code as a string', () => {
    expect(judged(error('131047'))).toMatchObject({ outcome: 'refused', failure: { code: 'SESSION_WINDOW_CLOSED' } });
  });

  it('stands above an id beside it', () => {
    expect(judged({ messages: [{ id: 'wamid.1' }], ...error(131026) }, 200)).toMatchObject({ outcome: 'refused' });
  });

  it('that quotes the token is kept without it', async () => {
    const line = played([json(error(190, { message: `Malformed access token ${ACCESS_TOKEN}` }), 401)]);
    const [outcome] = await line.provider.messaging!.send([messageOf({ kind: 'text', text: 'x' })], within());
    expect(outcome).toMatchObject({ failure: { providerMessage: 'Malformed access token ***' } });
    expect(JSON.stringify(outcome)).not.toContain(ACCESS_TOKEN);
  });
});

describe('an answer without a code', () => {
  it('says that it is too many by HTTP 429 alone', () => {
    expect(judged('', 429)).toMatchObject({ tooMany: true });
    expect(judged('', 503)).not.toHaveProperty('tooMany');
  });

  it.each([
    [401, 'refused', 'PROVIDER_AUTH_FAILED'],
    [403, 'refused', 'PROVIDER_AUTH_FAILED'],
    [302, 'refused', 'PROVIDER_REJECTED'],
    [400, 'refused', 'PROVIDER_REJECTED'],
    [404, 'refused', 'PROVIDER_REJECTED'],
    [429, 'deferred', 'PROVIDER_UNAVAILABLE'],
    [503, 'deferred', 'PROVIDER_UNAVAILABLE'],
    [500, 'uncertain', 'PROVIDER_UNAVAILABLE'],
    [502, 'uncertain', 'PROVIDER_UNAVAILABLE'],
    [504, 'uncertain', 'PROVIDER_UNAVAILABLE'],
  ])('is judged by its HTTP status: %i is %s', (status, outcome, code) => {
    for (const body of ['', '<html>', '{}', '{"error":"no"}', '{"error":{"message":"no"}}', '{"error":{"code":"x"}}']) {
      expect(judgeSend(readResult(raw(status, body), NOW))).toMatchObject({
        outcome,
        failure: { code, providerCode: `${status}` },
      });
    }
  });

  it.each([
    '',
    '[]',
    '{}',
    'null',
    '{"messages":[]}',
    '{"messages":[{}]}',
    '{"messages":[{"id":""}]}',
    '{"messages":{"id":"wamid.1"}}',
    '{"error":null}',
    '{"success":true}',
  ])('and without an id, %s, is uncertain', (body) => {
    expect(judgeSend(readResult(raw(200, body), NOW))).toMatchObject({ outcome: 'uncertain' });
  });

  it('passes on how long to wait', () => {
    expect(judgeSend(readResult(raw(429, '', { 'retry-after': '7' }), NOW))).toMatchObject({ retryAfterMs: 7_000 });
  });
});

describe('an accepted message', () => {
  it('is read as it came, also where a short secret stands in it by chance', async () => {
    const line = played([json({ messages: [{ id: 'wamid.HBgv' }] })], { verifyToken: 'v' });
    expect(await line.provider.messaging!.send([messageOf({ kind: 'text', text: 'x' })], within())).toMatchObject([
      { outcome: 'accepted', reference: 'wamid.HBgv' },
    ]);
  });

  const accepted = { messaging_product: 'whatsapp', messages: [{ id: 'wamid.1' }] };

  it.each([
    [{ contacts: [{ input: '+6281234567890', wa_id: '6281234567890' }] }, { recipientId: '6281234567890' }],
    [{ contacts: [{ input: 'US.1349', user_id: 'US.1349' }] }, { recipientId: 'US.1349' }],
    [{ contacts: [] }, {}],
    [{}, {}],
  ])('has the id of the person where Meta gives one: %o', (contacts, more) => {
    expect(judged({ ...accepted, ...contacts }, 200)).toEqual({ outcome: 'accepted', reference: 'wamid.1', ...more });
  });

  it.each(['accepted', 'held_for_quality_assessment', 'paused'])('may be %s', (message_status) => {
    expect(judged({ messages: [{ id: 'wamid.1', message_status }] }, 200)).toMatchObject({ outcome: 'accepted' });
  });
});

describe('a reported failure', () => {
  it('has the problem of its code', () => {
    expect(
      reportedFailure({ code: 131049, title: 'Not delivered', error_data: { details: 'ecosystem engagement' } }),
    ).toMatchObject({
      code: 'PROVIDER_REJECTED',
      providerCode: '131049',
      providerMessage: 'Not delivered: ecosystem engagement',
    });
  });

  it('without a reason has none of Meta’s words', () => {
    expect(reportedFailure(null)).toMatchObject({
      code: 'PROVIDER_REJECTED',
      providerCode: null,
      providerMessage: null,
    });
  });
});
