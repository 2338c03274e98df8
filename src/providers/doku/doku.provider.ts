/**
 * DOKU: payment pages (Checkout) with notices of what becomes of them, and PAYCHAT, whose template messages are submitted
 * and never heard of again (no callback and no inquiry is documented).
 */
import { createPublicKey, randomUUID } from 'node:crypto';
import { headerValueProblem, keptResponse, retryAfterMs, unanswered } from '../../common/http-text.js';
import { type Outbound } from '../ports/messaging.js';
import { type Exchange, type Failure, type Outcome } from '../ports/outcome.js';
import {
  type Account,
  type CredentialField,
  type Provider,
  type ProviderDefinition,
  type Tools,
} from '../ports/provider.js';
import { dokuCallbacks } from './doku.callbacks.js';
import { PAYCHAT_HOSTS, callsToPaychat, type DokuCalled } from './doku.calls.js';
import { dokuCheckout } from './doku.checkout.js';
import { TEMPLATES_ONLY, judge } from './doku.outcome.js';
import { TIMESTAMP_FORMATS } from './doku.signature.js';
import { dokuStatus } from './doku.status.js';
import { PAYCHAT_TARGET, paychatBody } from './doku.wire.js';

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
    check: publicKeyProblem,
  },
];

/** It verifies what DOKU signs with RSA. */
function publicKeyProblem(value: string): string | undefined {
  // Node would take a private key too, and make the public one of it: a key that has no business here.
  if (!/^-----BEGIN (RSA )?PUBLIC KEY-----\s/.test(value)) {
    return 'It is not a public key in PEM: it starts with -----BEGIN PUBLIC KEY-----.';
  }
  try {
    if (createPublicKey(value).asymmetricKeyType === 'rsa') return undefined;
    return "It is not an RSA key: copy DOKU's public key from the dashboard (settings, API Keys).";
  } catch {
    return "Its text is no key: copy DOKU's public key again, whole and with its line breaks.";
  }
}

/** PAYCHAT page: 100 requests a minute; whether for each Client-Id or each merchant is not said. */
const REQUESTS_PER_MINUTE = 100;

export const doku: ProviderDefinition = {
  kind: 'DOKU',
  name: 'DOKU',
  description:
    'DOKU, a payment company of Indonesia: pages on which persons pay, with notices of it, and approved templates (PAYCHAT), with no word of what becomes of them.',
  credentials,
  // One request is one recipient: there is no batch form.
  limits: { requestsPerMinute: REQUESTS_PER_MINUTE, maxBatchSize: 1 },
  baseUrls: PAYCHAT_HOSTS,
  connect,
};

function connect(account: Account, tools: Tools): Provider {
  const call = callsToPaychat(account, tools);
  const secretKey = account.credentials['secretKey'] ?? '';

  async function post(requestId: string, body: string, signal: AbortSignal): Promise<PaychatCalled> {
    const { url, headers, result } = await call({ requestId, target: PAYCHAT_TARGET, body }, signal);
    // The signature is kept: it proves what was sent, and tells nothing of the key.
    const request = { method: 'POST', url, headers, body };
    return { result, exchange: { request, response: keptResponse(result, [secretKey]) } };
  }

  async function sendOne(message: Outbound, signal: AbortSignal): Promise<Outcome> {
    const { content } = message;
    if (content.kind !== 'template') return TEMPLATES_ONLY;
    const { result, exchange } = await post(message.requestKey, paychatBody(message.to, content), signal);
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
    checkout: dokuCheckout(account, tools),
    payments: dokuStatus(account, tools),
    callbacks: dokuCallbacks(account, tools),
    /** `{}` is refused by whoever reads it, after the signature was looked at: anything but that refusal is good. */
    async test(signal) {
      const { result, exchange } = await post(randomUUID(), '{}', signal);
      if (result.kind !== 'answer') return { ...unanswered('DOKU', result), exchange };
      const outcome = judge(result.status, result.body);
      return isAuthFailure(outcome) ? { ...outcome, exchange } : { outcome: 'accepted', reference: null, exchange };
    },
  };
}

/** A call with what is kept of it. */
interface PaychatCalled extends Pick<DokuCalled, 'result'> {
  readonly exchange: Exchange;
}

function isAuthFailure(outcome: Outcome): outcome is Outcome & { outcome: 'refused'; failure: Failure } {
  return outcome.outcome === 'refused' && outcome.failure.code === 'PROVIDER_AUTH_FAILED';
}
