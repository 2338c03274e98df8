/** An account at SendTalk whose line is played, without a socket: what was asked of it, and what it is answered. */
import { type HttpRequest, type HttpResult } from '../../src/http/http.js';
import { type Credentials, type Provider } from '../../src/providers/ports/provider.js';
import { sendtalk } from '../../src/providers/sendtalk/sendtalk.provider.js';

export const KEY = 'stk-0123456789abcdef';
export const WEBHOOK_SECRET = 'whs-0123456789';
export const NOW = new Date('2024-05-31T16:08:37.171Z');

/** An answer of HTTP. */
export function said(body: unknown, status = 200): HttpResult {
  const written = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answer', status, headers: {}, body: Buffer.from(written) };
}

/** The body of an answer that is no error. */
export const data = (told: unknown, status: unknown = 200): unknown => ({
  status,
  error: { code: '', message: '', field: '' },
  data: told,
});

/** The body of one that is; the data of SendTalk's own are {} and []. */
export const error = (code: unknown, field = '', status = 400, told: unknown = {}): unknown => ({
  status,
  error: { code, message: 'its words', field },
  data: told,
});

/** Every call gets the same answer. */
export function connect(asked: HttpRequest[], result: HttpResult, credentials: Credentials = {}): Provider {
  const request = async (each: HttpRequest): Promise<HttpResult> => {
    asked.push(each);
    return result;
  };
  return sendtalk.connect(
    {
      id: '0190b5a0-0000-7000-8000-000000000002',
      kind: 'SENDTALK',
      environment: 'SANDBOX',
      baseUrl: sendtalk.baseUrls.SANDBOX,
      credentials: { apiKey: KEY, webhookSecret: WEBHOOK_SECRET, ...credentials },
      sender: null,
      callbackBase: 'https://kurir.example/callbacks/key',
    },
    { http: { request }, now: () => NOW },
  );
}
