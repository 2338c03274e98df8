/** An account at Meta whose line is played, without a socket: what was asked of it, and what it is answered. */
import { type HttpRequest, type HttpResult } from '../../src/http/http.js';
import { meta } from '../../src/providers/meta/meta.provider.js';
import { type Outbound, type OutboundFile } from '../../src/providers/ports/messaging.js';
import { type Account, type Provider } from '../../src/providers/ports/provider.js';
import { META_PHONE, META_WABA } from './meta.tapes.js';
import { PNG } from './samples.js';

export const ACCESS_TOKEN = 'EAAJZC4kFQ0tMBO7d6h1PZAa9sGqk2x0';
export const APP_SECRET = 'meta_app_secret_01';
export const VERIFY_TOKEN = 'verify-9f86d081884c7d65';
export const GRAPH = 'https://graph.facebook.com';

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): HttpResult => ({
  kind: 'answer',
  status,
  headers,
  body: Buffer.from(JSON.stringify(body)),
});

export const sent = json({ messaging_product: 'whatsapp', messages: [{ id: 'wamid.1' }] });

export interface Played {
  readonly provider: Provider;
  readonly asked: HttpRequest[];
  /** The bodies of what was asked, as objects; null where one is no JSON. */
  bodies(): unknown[];
  clock: number;
}

/** Answers come in their order, the last one again and again; a function is asked what the answer is. */
export function played(
  answers: readonly (HttpResult | ((request: HttpRequest) => HttpResult | Promise<HttpResult>))[],
  more: Record<string, string> = {},
  baseUrl = GRAPH,
): Played {
  const account: Account = {
    id: '0190b5a0-0000-7000-8000-000000000004',
    kind: 'META',
    environment: 'SANDBOX',
    baseUrl,
    credentials: {
      accessToken: ACCESS_TOKEN,
      phoneNumberId: META_PHONE,
      businessAccountId: META_WABA,
      appSecret: APP_SECRET,
      verifyToken: VERIFY_TOKEN,
      ...more,
    },
    sender: null,
    callbackBase: 'https://kurir.example/callbacks/key',
  };
  const asked: HttpRequest[] = [];
  const request = async (each: HttpRequest): Promise<HttpResult> => {
    const answer = answers[Math.min(asked.push(each), answers.length) - 1]!;
    return typeof answer === 'function' ? answer(each) : answer;
  };
  const line: Played = {
    provider: meta.connect(account, { http: { request }, now: () => new Date(line.clock) }),
    asked,
    bodies: () => asked.map((each) => (typeof each.body === 'string' ? (JSON.parse(each.body) as unknown) : null)),
    clock: Date.parse('2026-06-01T08:00:00Z'),
  };
  return line;
}

export const within = (): AbortSignal => new AbortController().signal;

export const ATTEMPT = '0190b5a0-0000-7000-8000-000000000101';

export const messageOf = (content: Outbound['content'], more: Partial<Outbound> = {}): Outbound => ({
  attemptId: ATTEMPT,
  requestKey: '5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c11',
  to: '+6281234567890',
  urgent: false,
  quotes: null,
  content,
  ...more,
});

/** A file of the merchant's own, by its link. */
export const linked = (type: OutboundFile['type'], filename: string | null = null): OutboundFile => ({
  type,
  key: null,
  link: 'https://shop.example/file',
  filename,
  bytes: () => Promise.reject(new Error('a link is handed on')),
});

/** A file of the house's. */
export const stored = (key: string, type: OutboundFile['type'] = 'IMAGE', filename = 'a.png'): OutboundFile => ({
  type,
  key,
  link: `https://kurir.example/media/${key}`,
  filename,
  bytes: async () => ({ outcome: 'answered', bytes: PNG, mimeType: 'image/png' }),
});
