/** Calls to Wappin for one account: all of them share its token. */
import { MASK, basicAuthorization, keptResponse } from '../../common/http-text.js';
import { type HttpResult } from '../../http/http.js';
import { type Exchange, type Outcome } from '../ports/outcome.js';
import { type Account, type Tools } from '../ports/provider.js';
import { hear, isTokenRefused, judgeToken, type Heard } from './wappin.outcome.js';
import { TokenKeeper, type Asked, type NoToken } from './wappin.token.js';
import { TOKEN_PATH } from './wappin.wire.js';

export interface Content {
  readonly contentType: string;
  readonly body: string | Buffer | readonly Buffer[];
  /** What of it is kept in the exchange. */
  readonly kept: string;
}

/** What came of a call: an answer or none, or that there was no token to make it with. */
export type Called =
  { readonly kind: 'no token'; readonly outcome: NoToken } | (Heard & { readonly exchange: Exchange });

export interface WappinCalls {
  /** One call with the token; one more, with a new token, where that one is refused. */
  call(path: string, content: Content, signal: AbortSignal): Promise<Called>;
  /** Asks for a token now, which tells whether the credentials work. */
  test(signal: AbortSignal): Promise<Outcome>;
}

export function json(value: object): Content {
  const body = JSON.stringify(value);
  return { contentType: 'application/json', body, kept: body };
}

const NOTHING: Content = { contentType: 'application/json', body: '', kept: '' };

export function wappinCalls(account: Account, tools: Tools): WappinCalls {
  const setting = (name: string): string => account.credentials[name] ?? '';
  let encoded: string | undefined;
  const basic = (): string => (encoded ??= basicAuthorization(setting('clientId'), setting('secretKey')));
  const tokens = new TokenKeeper(askForToken, tools.now);

  async function post(
    path: string,
    authorization: string,
    content: Content,
    signal: AbortSignal,
  ): Promise<{ heard: Heard; exchange: Exchange }> {
    const url = account.baseUrl + path;
    const headers = { Authorization: authorization, 'Content-Type': content.contentType };
    const { body } = content;
    const result = await tools.http.request({ method: 'POST', url, headers, body, signal, line: account.id });
    const [scheme, secret] = authorization.split(' ') as [string, string];
    // Whatever is echoed, and by whichever call: none of the three is kept.
    const secrets = [secret, setting('secretKey'), basic().slice('Basic '.length)];
    const request = { method: 'POST', url, headers: { ...headers, Authorization: `${scheme} ${MASK}` } };
    return {
      heard: hear(result, tools.now(), secrets),
      exchange: { request: { ...request, body: content.kept }, response: responseOf(result, secrets) },
    };
  }

  async function askForToken(signal: AbortSignal): Promise<Asked> {
    const { heard, exchange } = await post(TOKEN_PATH, basic(), NOTHING, signal);
    const asked = judgeToken(heard);
    return asked.kind === 'none' ? { kind: 'none', outcome: { ...asked.outcome, exchange } } : asked;
  }

  return {
    async call(path, content, signal) {
      const held = await tokens.get(signal);
      if (held.kind === 'none') return { kind: 'no token', outcome: held.outcome };
      const first = await post(path, `Bearer ${held.value}`, content, signal);
      if (!isTokenRefused(first.heard)) return { ...first.heard, exchange: first.exchange };
      // The dashboard's Generate button ends a token at any time; with a new one it is a matter of the credentials.
      const renewed = await tokens.after(held.value, signal);
      if (renewed.kind === 'none') return { kind: 'no token', outcome: renewed.outcome };
      const second = await post(path, `Bearer ${renewed.value}`, content, signal);
      return { ...second.heard, exchange: second.exchange };
    },
    async test(signal) {
      const asked = await askForToken(signal);
      // What has just been learned is good for sending too.
      if (asked.kind === 'token') tokens.keep(asked.token);
      return asked.kind === 'none' ? asked.outcome : { outcome: 'accepted', reference: null };
    },
  };
}

/** A token that was just given is as good as the secrets. */
function responseOf(result: HttpResult, secrets: readonly string[]): Exchange['response'] {
  const kept = keptResponse(result, secrets);
  return kept && { ...kept, body: kept.body.replaceAll(/("access_token"\s*:\s*")[^"]*/g, `$1${MASK}`) };
}
