import { describe, expect, it } from 'vitest';
import { type Http, type HttpRequest, type HttpResult } from '../../http/http.js';
import { type Answer } from '../ports/outcome.js';
import { fetchFile, type FetchedFile } from './exotel.media.js';

describe('a file that a customer sent', () => {
  const url = 'https://media.exotel.example/f/1?sig=abc';
  const png = { kind: 'answer' as const, status: 200, headers: { 'content-type': 'Image/PNG; x=1' } };
  it('is fetched by its address, without credentials and no further than asked', async () => {
    const asked: HttpRequest[] = [];
    expect(await fetched(url, { ...png, body: Buffer.from('png') }, asked)).toEqual({
      outcome: 'answered',
      bytes: Buffer.from('png'),
      mimeType: 'image/png',
    });
    expect(asked).toMatchObject([{ method: 'GET', url, maxBytes: 1_000, line: 'an account' }]);
    expect(asked[0]?.headers).toEqual({});
  });

  it('may be of a type that nobody says', async () => {
    expect(await fetched(url, { ...png, headers: {}, body: Buffer.from('x') })).toMatchObject({ mimeType: null });
  });

  it.each<[string, HttpResult, boolean, string]>([
    ['is gone', said(404, ''), false, 'MEDIA_REJECTED'],
    // Not PROVIDER_AUTH_FAILED, which would stop the account: no credentials were shown.
    ['has an address that has run out', said(403, ''), false, 'MEDIA_REJECTED'],
    ['wants credentials', said(401, ''), false, 'MEDIA_REJECTED'],
    ['is elsewhere', said(302, ''), false, 'MEDIA_REJECTED'],
    ['is asked for too often', said(429, ''), true, 'PROVIDER_UNAVAILABLE'],
    ['meets a fault', said(500, ''), true, 'PROVIDER_UNAVAILABLE'],
    ['cannot be reached', { kind: 'unreachable', reason: 'refused' }, true, 'PROVIDER_UNAVAILABLE'],
    ['breaks off', { kind: 'broken', reason: 'reset' }, true, 'PROVIDER_UNAVAILABLE'],
  ])('that %s is a failure with a value for it', async (_, result, retryable, code) => {
    expect(await fetched(url, result)).toMatchObject({ outcome: 'failed', retryable, failure: { code } });
  });
});

function said(status: number, body: string): HttpResult {
  return { kind: 'answer', status, headers: {}, body: Buffer.from(body) };
}

function fetched(url: string, result: HttpResult, asked: HttpRequest[] = []): Promise<Answer<FetchedFile>> {
  const http: Http = {
    request: async (request) => {
      asked.push(request);
      return result;
    },
  };
  return fetchFile(http, 'an account', url, 1_000, new AbortController().signal);
}
