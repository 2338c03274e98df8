/** Wappin: template messages (HSM) with a token of 24 hours, and status callbacks. */
import { MASK, headerValueProblem, keptBody, keptHeaders, retryAfterMs } from '../../common/http-text.js';
import { type HttpResult } from '../../http/http.js';
import {
  type Account,
  type CredentialField,
  type Exchange,
  type Outbound,
  type Outcome,
  type Provider,
  type ProviderDefinition,
  type Tools,
} from '../ports.js';
import { wappinCallbacks } from './wappin.callbacks.js';
import { isTokenRefused, judge, judgeToken, unanswered } from './wappin.outcome.js';
import { TokenKeeper, type Asked } from './wappin.token.js';
import { SEND_HSM_PATH, TOKEN_PATH, basicAuthorization, hsmBody } from './wappin.wire.js';

/** What the dashboard does with an SMS that rides along; it cannot be read from the API. */
const SMS_RULES = ['NOT_ON_WHATSAPP', 'ALWAYS', 'WAITING'];

const credentials: readonly CredentialField[] = [
  {
    name: 'clientId',
    label: 'Client id',
    secret: false,
    required: true,
    // In Basic the first colon ends the user name.
    check: (value) => headerValueProblem(value) ?? (value.includes(':') ? 'It has a colon in it.' : undefined),
  },
  { name: 'projectId', label: 'Project id', secret: false, required: true, check: headerValueProblem },
  { name: 'secretKey', label: 'Secret key', secret: true, required: true, check: headerValueProblem },
  {
    name: 'callbackToken',
    label: 'Bearer token of the callbacks',
    secret: true,
    required: false,
    check: headerValueProblem,
  },
  {
    name: 'smsRule',
    label: "The dashboard's rule for SMS",
    secret: false,
    required: false,
    check: (value) => (SMS_RULES.includes(value) ? undefined : 'It is none of NOT_ON_WHATSAPP, ALWAYS and WAITING.'),
  },
];

export const wappin: ProviderDefinition = {
  kind: 'WAPPIN',
  name: 'Wappin',
  credentials,
  limits: { requestsPerMinute: null, maxBatchSize: 1 },
  // UAT and production share host and path; the project and its templates make the difference.
  baseUrls: { SANDBOX: 'https://api.wappin.id', PRODUCTION: 'https://api.wappin.id' },
  connect,
};

interface Answered {
  readonly result: HttpResult;
  readonly exchange: Exchange;
}

function connect(account: Account, tools: Tools): Provider {
  const setting = (name: string): string => account.credentials[name] ?? '';
  let encoded: string | undefined;
  const basic = (): string => (encoded ??= basicAuthorization(setting('clientId'), setting('secretKey')));
  const tokens = new TokenKeeper(askForToken, tools.now);

  async function call(path: string, authorization: string, body: string, signal: AbortSignal): Promise<Answered> {
    const url = account.baseUrl + path;
    const headers = { Authorization: authorization, 'Content-Type': 'application/json' };
    const result = await tools.http.request({ method: 'POST', url, headers, body, signal, line: account.id });
    const [scheme, secret] = authorization.split(' ') as [string, string];
    // Whatever is echoed, and by whichever call: none of the three is kept.
    const secrets = [secret, setting('secretKey'), basic().slice('Basic '.length)];
    return {
      result,
      exchange: exchangeOf(url, { ...headers, Authorization: `${scheme} ${MASK}` }, body, result, secrets),
    };
  }

  async function askForToken(signal: AbortSignal): Promise<Asked> {
    const { result, exchange } = await call(TOKEN_PATH, basic(), '', signal);
    const asked = judgeToken(result, waitOf(result));
    return asked.kind === 'none' ? { kind: 'none', outcome: { ...asked.outcome, exchange } } : asked;
  }

  async function sendWith(token: string, body: string, signal: AbortSignal): Promise<Outcome> {
    const { result, exchange } = await call(SEND_HSM_PATH, `Bearer ${token}`, body, signal);
    if (result.kind !== 'answer') return { ...unanswered(result), exchange };
    return { ...judge(result.status, result.body, waitOf(result)), exchange };
  }

  function waitOf(result: HttpResult): number | undefined {
    return result.kind === 'answer' ? retryAfterMs(result.headers['retry-after'], tools.now()) : undefined;
  }

  async function sendOne(message: Outbound, signal: AbortSignal): Promise<Outcome> {
    const body = hsmBody({ clientId: setting('clientId'), projectId: setting('projectId') }, message);
    const held = await tokens.get(signal);
    if (held.kind === 'none') return held.outcome;
    const first = await sendWith(held.value, body, signal);
    if (!isTokenRefused(first)) return first;
    // The dashboard's Generate button ends a token at any time; with a new one it is a matter of the credentials.
    const renewed = await tokens.after(held.value, signal);
    return renewed.kind === 'none' ? renewed.outcome : sendWith(renewed.value, body, signal);
  }

  return {
    messaging: {
      carries: new Set(['template'] as const),
      // A second request is a second message: nothing in it would let Wappin know it again.
      repeatSafe: false,
      send: (batch, signal) => Promise.all(batch.map((message) => sendOne(message, signal))),
    },
    callbacks: wappinCallbacks(account),
    async test(signal) {
      const asked = await askForToken(signal);
      // What has just been learned is good for sending too.
      if (asked.kind === 'token') tokens.keep(asked.token);
      return asked.kind === 'none' ? asked.outcome : { outcome: 'accepted', reference: null };
    },
  };
}

function exchangeOf(
  url: string,
  headers: Record<string, string>,
  body: string,
  result: HttpResult,
  secrets: readonly string[],
): Exchange {
  return {
    request: { method: 'POST', url, headers, body },
    response:
      result.kind === 'answer'
        ? {
            status: result.status,
            headers: keptHeaders(result.headers, secrets),
            body: keptBody(result.body, secrets).replaceAll(/("access_token"\s*:\s*")[^"]*/g, `$1${MASK}`),
          }
        : null,
  };
}
