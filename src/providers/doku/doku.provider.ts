/** DOKU PAYCHAT: template messages, submitted and never heard of again (no callback and no inquiry is documented). */
import { randomUUID } from 'node:crypto';
import { headerValueProblem, keptResponse, retryAfterMs, unanswered } from '../../common/http-text.js';
import { type HttpResult } from '../../http/http.js';
import { type Outbound } from '../ports/messaging.js';
import { type Exchange, type Failure, type Outcome } from '../ports/outcome.js';
import {
  type Account,
  type CredentialField,
  type Provider,
  type ProviderDefinition,
  type Tools,
} from '../ports/provider.js';
import { TEMPLATES_ONLY, judge } from './doku.outcome.js';
import {
  PAYCHAT_TARGET,
  TIMESTAMP_FORMATS,
  paychatBody,
  paychatHeaders,
  requestTimestamp,
  type PaychatHeaders,
  type TimestampFormat,
} from './doku.wire.js';

const credentials: readonly CredentialField[] = [
  { name: 'clientId', label: 'Client id', secret: false, required: true, check: headerValueProblem },
  { name: 'secretKey', label: 'Secret key', secret: true, required: true, check: headerValueProblem },
  {
    name: 'timestampFormat',
    label: 'Form of Request-Timestamp (PAYCHAT)',
    secret: false,
    required: false,
    check: (value) =>
      (TIMESTAMP_FORMATS as readonly string[]).includes(value) ? undefined : 'It is neither epoch_ms nor iso8601.',
  },
  {
    name: 'repeatSafe',
    label: 'PAYCHAT takes a repeated Request-Id as the same request',
    secret: false,
    required: false,
    check: (value) => (value === 'true' || value === 'false' ? undefined : 'It is neither true nor false.'),
  },
  {
    name: 'dokuPublicKey',
    label: "DOKU's public key (SNAP)",
    secret: false,
    required: false,
    check: (value) =>
      /^-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(value)
        ? undefined
        : 'It is not a public key in PEM: it starts with -----BEGIN PUBLIC KEY-----.',
  },
];

/** PAYCHAT page: 100 requests a minute; whether for each Client-Id or each merchant is not said. */
const REQUESTS_PER_MINUTE = 100;

export const doku: ProviderDefinition = {
  kind: 'DOKU',
  name: 'DOKU',
  description:
    'PAYCHAT of DOKU, a payment company of Indonesia: approved templates, and no word of what becomes of them.',
  credentials,
  // One request is one recipient: there is no batch form.
  limits: { requestsPerMinute: REQUESTS_PER_MINUTE, maxBatchSize: 1 },
  // PAYCHAT does not live on api(-sandbox).doku.com, the host of DOKU's payments.
  baseUrls: { SANDBOX: 'https://app-uat.doku.com', PRODUCTION: 'https://app.doku.com' },
  connect,
};

function connect(account: Account, tools: Tools): Provider {
  const url = account.baseUrl + PAYCHAT_TARGET;

  /** One signed call; every one has its own timestamp and signature, also when the Request-Id is an old one. */
  async function call(
    requestId: string,
    body: string,
    signal: AbortSignal,
  ): Promise<{ result: HttpResult; exchange: Exchange }> {
    const secretKey = account.credentials['secretKey'] ?? '';
    const headers = paychatHeaders(
      {
        clientId: account.credentials['clientId'] ?? '',
        requestId,
        timestamp: requestTimestamp(tools.now(), timestampFormat(account)),
        target: PAYCHAT_TARGET,
        body,
      },
      secretKey,
    );
    const result = await tools.http.request({
      method: 'POST',
      url,
      headers: { ...headers },
      body,
      signal,
      line: account.id,
    });
    return { result, exchange: exchangeOf(url, headers, body, result, secretKey) };
  }

  async function sendOne(message: Outbound, signal: AbortSignal): Promise<Outcome> {
    const { content } = message;
    if (content.kind !== 'template') return TEMPLATES_ONLY;
    const { result, exchange } = await call(message.requestKey, paychatBody(message.to, content), signal);
    if (result.kind !== 'answer') return { ...unanswered('DOKU', result), exchange };
    return { ...judge(result.status, result.body, retryAfterMs(result.headers['retry-after'], tools.now())), exchange };
  }

  return {
    messaging: {
      carries: new Set(['template'] as const),
      templateParts: new Set(),
      repeatSafe: account.credentials['repeatSafe'] === 'true',
      send: (batch, signal) => Promise.all(batch.map((message) => sendOne(message, signal))),
    },
    /** `{}` is refused by whoever reads it, after the signature was looked at: anything but that refusal is good. */
    async test(signal) {
      const { result, exchange } = await call(randomUUID(), '{}', signal);
      if (result.kind !== 'answer') return { ...unanswered('DOKU', result), exchange };
      const outcome = judge(result.status, result.body);
      return isAuthFailure(outcome) ? { ...outcome, exchange } : { outcome: 'accepted', reference: null, exchange };
    },
  };
}

function timestampFormat(account: Account): TimestampFormat {
  return account.credentials['timestampFormat'] === 'iso8601' ? 'iso8601' : 'epoch_ms';
}

function isAuthFailure(outcome: Outcome): outcome is Outcome & { outcome: 'refused'; failure: Failure } {
  return outcome.outcome === 'refused' && outcome.failure.code === 'PROVIDER_AUTH_FAILED';
}

function exchangeOf(
  url: string,
  headers: PaychatHeaders,
  body: string,
  result: HttpResult,
  secretKey: string,
): Exchange {
  return {
    // The signature is kept: it proves what was sent, and tells nothing of the key.
    request: { method: 'POST', url, headers: { ...headers }, body },
    response: keptResponse(result, [secretKey]),
  };
}
