/** Calls to Meta's Graph API with an account's token, and what is kept of them. */
import { MASK, keptResponse, masked } from '../../common/http-text.js';
import { type HttpRequest, type HttpResult } from '../../http/http.js';
import { type Exchange } from '../ports/outcome.js';
import { type Account, type Tools } from '../ports/provider.js';
import { failure, type Good, readResult, type Trouble } from './meta.outcome.js';
import { DEFAULT_API_VERSION } from './meta.wire.js';

export interface GraphCall {
  readonly method: HttpRequest['method'];
  /** Below the version, with the query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: object;
  /** Sent as it is; `kept` stands for it in the exchange. */
  readonly raw?: { readonly contentType: string; readonly body: Buffer | readonly Buffer[]; readonly kept: string };
  /** Beside those that every call has. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly read: Good | Trouble;
  readonly exchange: Exchange;
}

export type Downloaded =
  | { readonly kind: 'file'; readonly body: Buffer; readonly contentType: string | null }
  /** `status`: of the answer, where there was one. */
  | { readonly kind: 'none'; readonly status: number | null; readonly trouble: Trouble };

export interface Graph {
  call(call: GraphCall, signal: AbortSignal): Promise<Answered>;
  /** Fetches bytes, with the token only where `bearer` says so. */
  download(url: string, maxBytes: number, bearer: boolean, signal: AbortSignal): Promise<Downloaded>;
  /** Whether Meta itself would be asked there: an address of the account's own host. */
  isOwn(url: URL): boolean;
  /** `OAuth`: what a resumable upload wants in the place of `Bearer`. */
  authorization(scheme: 'Bearer' | 'OAuth'): string;
}

/** 206 and the like: well answered, and not with a file. */
const NO_FILE: Trouble = {
  outcome: 'uncertain',
  failure: failure('PROVIDER_UNAVAILABLE', 'The answer was well, and had no file in it.', null),
};

const TOO_LARGE: Trouble = {
  outcome: 'refused',
  failure: failure('MEDIA_REJECTED', 'The file is larger than WhatsApp’s.', null),
};

/** Credentials that must never be seen in what is kept. */
const SECRETS = ['accessToken', 'appSecret', 'verifyToken'];

export function graphOf(account: Account, tools: Tools): Graph {
  const secrets = (): string[] => SECRETS.flatMap((name) => account.credentials[name] ?? []);
  const authorization = (scheme: 'Bearer' | 'OAuth'): string => `${scheme} ${account.credentials['accessToken'] ?? ''}`;
  const version = account.credentials['apiVersion'] ?? DEFAULT_API_VERSION;

  /** Meta's own words may quote the token: "Malformed access token …" does. */
  const read = (result: HttpResult): Good | Trouble => {
    const said = readResult(result, tools.now());
    const words = said.outcome === 'good' ? null : said.failure.providerMessage;
    if (said.outcome === 'good' || words === null) return said;
    return { ...said, failure: { ...said.failure, providerMessage: masked(words, secrets()) } };
  };

  return {
    async call({ method, path, json, raw, headers: more }, signal) {
      const url = `${account.baseUrl}/${version}/${path}`;
      const body = json === undefined ? raw?.body : JSON.stringify(json);
      const contentType = json === undefined ? raw?.contentType : 'application/json';
      const headers = {
        Authorization: authorization('Bearer'),
        ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
        ...more,
      };
      const result = await tools.http.request({
        method,
        url,
        headers,
        ...(body === undefined ? {} : { body }),
        signal,
        line: account.id,
      });
      const [scheme] = headers.Authorization.split(' ');
      return {
        read: read(result),
        exchange: {
          request: {
            method,
            url,
            headers: { ...headers, Authorization: `${scheme} ${MASK}` },
            body: typeof body === 'string' ? body : (raw?.kept ?? ''),
          },
          response: keptResponse(result, secrets()),
        },
      };
    },
    async download(url, maxBytes, bearer, signal) {
      const headers: Record<string, string> = bearer ? { Authorization: authorization('Bearer') } : {};
      const got = await tools.http.request({ method: 'GET', url, headers, maxBytes, signal, line: account.id });
      if (got.kind === 'answer' && got.status === 200) {
        return { kind: 'file', body: got.body, contentType: got.headers['content-type'] ?? null };
      }
      if (got.kind === 'broken' && got.tooLarge) return { kind: 'none', status: null, trouble: TOO_LARGE };
      const trouble = read(got);
      const status = got.kind === 'answer' ? got.status : null;
      return { kind: 'none', status, trouble: trouble.outcome === 'good' ? NO_FILE : trouble };
    },
    isOwn: (url) => url.origin === new URL(account.baseUrl).origin,
    authorization,
  };
}
