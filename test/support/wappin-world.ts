import { type HttpRequest, type HttpResult } from '../../src/http/http.js';
import { type OutboundContent } from '../../src/providers/ports/messaging.js';
import { type Outcome } from '../../src/providers/ports/outcome.js';
import { type Provider } from '../../src/providers/ports/provider.js';
import { wappin } from '../../src/providers/wappin/wappin.provider.js';
import { outbound } from '../contract/samples.js';

export const START = Date.parse('2024-05-31T00:00:00Z');

export function answer(status: number, body: string): HttpResult {
  return { kind: 'answer', status, headers: {}, body: Buffer.from(body) };
}

export function said(body: unknown): HttpResult {
  return answer(200, JSON.stringify(body));
}

export function token(access_token: string, expired_datetime = '2024-07-01 00:00:00'): HttpResult {
  return said({
    status: '200',
    message: 'Success',
    data: { access_token, expired_datetime, token_type: 'access_token' },
  });
}

/** An account, a clock that stands still, and a Wappin that gives token-1, token-2, … and takes every message. */
export class WappinWorld {
  now = START;
  readonly calls: HttpRequest[] = [];
  /** Tokens that are refused with 401. */
  readonly dead = new Set<string>();
  hold: Promise<void> = Promise.resolve();
  tokenAnswer = (): HttpResult => token(`token-${this.tokenCalls().length}`);
  /** What every other call is answered. */
  answer: HttpResult = said({ message_id: '5bc83037c79f5', status: '200', message: 'Success' });
  readonly provider: Provider;

  constructor() {
    const account = {
      id: '0190b5a0-0000-7000-8000-000000000003',
      kind: 'WAPPIN',
      environment: 'SANDBOX' as const,
      baseUrl: wappin.baseUrls.SANDBOX,
      credentials: { clientId: '0009', projectId: '014', secretKey: 'the-secret' },
      sender: null,
      callbackBase: 'https://kurir.example/callbacks/key',
    };
    const http = { request: (request: HttpRequest) => this.played(request) };
    this.provider = wappin.connect(account, { http, now: () => new Date(this.now) });
  }

  send(...contents: OutboundContent[]): Promise<readonly Outcome[]> {
    const batch = contents.map((content, index) => outbound(index, content));
    return this.provider.messaging!.send(batch, new AbortController().signal);
  }

  tokenCalls(): HttpRequest[] {
    return this.calls.filter((call) => call.url.endsWith('/v1/token/get'));
  }

  /** All but those for a token. */
  otherCalls(): HttpRequest[] {
    return this.calls.filter((call) => !call.url.endsWith('/v1/token/get'));
  }

  bearers(): (string | undefined)[] {
    return this.otherCalls().map((call) => call.headers['Authorization']?.replace('Bearer ', ''));
  }

  private async played(request: HttpRequest): Promise<HttpResult> {
    this.calls.push(request);
    if (request.url.endsWith('/v1/token/get')) {
      const given = this.tokenAnswer();
      await this.hold;
      return given;
    }
    const bearer = request.headers['Authorization']?.replace('Bearer ', '') ?? '';
    return this.dead.has(bearer) ? said({ status: '401', message: 'Invalid credential' }) : this.answer;
  }
}
