/**
 * SendTalk (TapTalk.io): texts, codes and images, a question about where they stand, and verifications. Only of those does
 * it call back: where a message stands it has to be asked.
 */
import { MASK, headerValueProblem, keptResponse } from '../../common/http-text.js';
import { WHATSAPP_MEDIA } from '../../common/whatsapp-media.js';
import { type Outbound } from '../ports/messaging.js';
import { type Exchange, type Outcome } from '../ports/outcome.js';
import {
  type Account,
  type CredentialField,
  type Provider,
  type ProviderDefinition,
  type Tools,
} from '../ports/provider.js';
import { SECRET_MODES, sendtalkCallbacks } from './sendtalk.callbacks.js';
import { hear, judge, judgeStanding, judgeVerification, type Heard } from './sendtalk.outcome.js';
import {
  SEND_PATH,
  STATUS_PATH,
  VERIFICATION_PATH,
  imageBody,
  statusBody,
  textBody,
  verificationBody,
  type SendTalkHeaders,
} from './sendtalk.wire.js';

const credentials: readonly CredentialField[] = [
  { name: 'apiKey', label: 'API key', secret: true, required: true, check: headerValueProblem },
  {
    name: 'webhookSecret',
    label: 'Secret key of the webhook',
    secret: true,
    required: true,
    check: headerValueProblem,
  },
  {
    name: 'webhookSecretHeader',
    label: "Header of the webhook's secret key",
    secret: false,
    required: false,
    check: (value) =>
      /^[\w!#$%&'*+.^`|~-]{1,128}$/.test(value)
        ? undefined
        : 'It is no name of a header: letters, digits and hyphens, as Secret-Key.',
  },
  {
    name: 'webhookSecretMode',
    label: 'What that header holds',
    secret: false,
    required: false,
    check: (value) => (SECRET_MODES.includes(value) ? undefined : 'It is neither plain nor hmac-sha256-hex.'),
  },
];

/** An id that no message has. */
const NO_MESSAGE = '00000000-0000-0000-0000-000000000000';

const HOST = 'https://sendtalk-api.taptalk.io';

export const sendtalk: ProviderDefinition = {
  kind: 'SENDTALK',
  name: 'SendTalk',
  description: 'SendTalk by TapTalk.io, Indonesia: texts, codes and images, and the proof of a number by its owner.',
  credentials,
  limits: { requestsPerMinute: null, maxBatchSize: 1 },
  // There is one host, for trials too.
  baseUrls: { SANDBOX: HOST, PRODUCTION: HOST },
  connect,
};

interface Called {
  readonly heard: Heard;
  readonly exchange: Exchange;
}

function connect(account: Account, tools: Tools): Provider {
  const secret = (name: 'apiKey' | 'webhookSecret'): string => account.credentials[name] ?? '';

  async function call(path: string, body: string, signal: AbortSignal): Promise<Called> {
    const url = account.baseUrl + path;
    const headers = { 'API-Key': secret('apiKey'), 'Content-Type': 'application/json' } satisfies SendTalkHeaders;
    const result = await tools.http.request({ method: 'POST', url, headers, body, signal, line: account.id });
    // SendTalk knows both of them: whichever it repeats is not kept.
    const secrets = [secret('apiKey'), secret('webhookSecret')];
    const request = { method: 'POST', url, headers: { ...headers, 'API-Key': MASK }, body };
    return {
      heard: hear(result, tools.now(), secrets),
      exchange: { request, response: keptResponse(result, secrets) },
    };
  }

  async function sendOne(message: Outbound, signal: AbortSignal): Promise<Outcome> {
    const body = bodyOf(message);
    if (body === null) return NOT_CARRIED;
    const { heard, exchange } = await call(SEND_PATH, body, signal);
    return { ...judge(heard), exchange };
  }

  return {
    messaging: {
      carries: new Set(['text', 'media'] as const),
      // A second request is a second message: nothing in it would let SendTalk know it again.
      repeatSafe: false,
      templateParts: new Set(),
      // Of images SendTalk states no rule of its own.
      media: { IMAGE: WHATSAPP_MEDIA.IMAGE },
      fetchesLinks: true,
      send: (batch, signal) => Promise.all(batch.map((message) => sendOne(message, signal))),
    },
    inquiry: {
      async status(reference, signal) {
        const { heard } = await call(STATUS_PATH, statusBody(reference), signal);
        return judgeStanding(reference, heard);
      },
    },
    callbacks: sendtalkCallbacks(account),
    verification: {
      async start(ask, signal) {
        const { heard, exchange } = await call(VERIFICATION_PATH, verificationBody(ask), signal);
        return { ...judgeVerification(heard), exchange };
      },
    },
    async test(signal) {
      const { heard, exchange } = await call(STATUS_PATH, statusBody(NO_MESSAGE), signal);
      // That there is no such message (40401) is said to a good key alone.
      const isGood = judgeStanding(NO_MESSAGE, heard).outcome === 'answered';
      return isGood ? { outcome: 'accepted', reference: null, exchange } : { ...judge(heard), exchange };
    },
  };
}

/** Null for what SendTalk does not carry. */
function bodyOf({ to, urgent, content }: Outbound): string | null {
  if (content.kind === 'text') return textBody(to, urgent, content);
  return content.kind === 'media' && content.file.type === 'IMAGE' ? imageBody(to, content) : null;
}

const NOT_CARRIED: Outcome = {
  outcome: 'refused',
  failure: {
    code: 'UNSUPPORTED_BY_PROVIDER',
    message: 'SendTalk carries texts and images alone.',
    providerCode: null,
    providerMessage: null,
  },
};
