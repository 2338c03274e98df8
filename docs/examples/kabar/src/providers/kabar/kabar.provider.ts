/** Kabar: template messages, and callbacks on how far they came. */
import { MASK, headerValueProblem, keptResponse, retryAfterMs, unanswered } from '../../common/http-text.js';
import { type HttpResult } from '../../http/http.js';
import { type Outbound } from '../ports/messaging.js';
import { type Exchange, type Outcome } from '../ports/outcome.js';
import {
  type Account,
  type CredentialField,
  type Provider,
  type ProviderDefinition,
  type Tools,
} from '../ports/provider.js';
import { kabarCallbacks } from './kabar.callbacks.js';
import { judge } from './kabar.outcome.js';
import { ACCOUNT_PATH, SEND_PATH, messageBody } from './kabar.wire.js';

const credentials: readonly CredentialField[] = [
  { name: 'apiKey', label: 'API key', secret: true, required: true, check: headerValueProblem },
  { name: 'signingKey', label: 'Signing key of the callbacks', secret: true, required: true },
];

export const kabar: ProviderDefinition = {
  kind: 'KABAR',
  name: 'Kabar',
  description: 'Kabar, an imaginary provider: approved templates.',
  credentials,
  limits: { requestsPerMinute: 600, maxBatchSize: 1 },
  baseUrls: { SANDBOX: 'https://sandbox.kabar.example', PRODUCTION: 'https://api.kabar.example' },
  connect,
};

function connect(account: Account, tools: Tools): Provider {
  const apiKey = (): string => account.credentials['apiKey'] ?? '';

  async function call(
    method: 'GET' | 'POST',
    path: string,
    body: string,
    signal: AbortSignal,
  ): Promise<{ result: HttpResult; exchange: Exchange }> {
    const url = account.baseUrl + path;
    const headers = { Authorization: `Bearer ${apiKey()}`, 'Content-Type': 'application/json' };
    const result = await tools.http.request({ method, url, headers, body, signal, line: account.id });
    const request = { method, url, headers: { ...headers, Authorization: `Bearer ${MASK}` }, body };
    return { result, exchange: { request, response: keptResponse(result, [apiKey()]) } };
  }

  async function sendOne({ to, attemptId, content }: Outbound, signal: AbortSignal): Promise<Outcome> {
    if (content.kind !== 'template') return TEMPLATES_ONLY;
    const { result, exchange } = await call('POST', SEND_PATH, messageBody(to, content, attemptId), signal);
    if (result.kind !== 'answer') return { ...unanswered('Kabar', result), exchange };
    return { ...judge(result.status, result.body, retryAfterMs(result.headers['retry-after'], tools.now())), exchange };
  }

  return {
    messaging: {
      carries: new Set(['template'] as const),
      // A second request is a second message.
      repeatSafe: false,
      templateParts: new Set(),
      send: (batch, signal) => Promise.all(batch.map((message) => sendOne(message, signal))),
    },
    callbacks: kabarCallbacks(account),
    async test(signal) {
      const { result, exchange } = await call('GET', ACCOUNT_PATH, '', signal);
      if (result.kind !== 'answer') return { ...unanswered('Kabar', result), exchange };
      if (result.status === 200) return { outcome: 'accepted', reference: null, exchange };
      return { ...judge(result.status, result.body), exchange };
    },
  };
}

const TEMPLATES_ONLY: Outcome = {
  outcome: 'refused',
  failure: {
    code: 'UNSUPPORTED_BY_PROVIDER',
    message: 'Kabar carries approved templates alone.',
    providerCode: null,
    providerMessage: null,
  },
};
