/**
 * Exotel: every kind of message, up to 100 in a request, and orders that are paid in the chat, with reports of delivery and
 * payment and what customers write.
 */
import {
  MASK,
  basicAuthorization,
  basicUserProblem,
  headerValueProblem,
  keptResponse,
  masked,
  retryAfterMs,
  unanswered,
} from '../../common/http-text.js';
import { isDeeperThan } from '../../common/text.js';
import { parseObject } from '../../common/untrusted-json.js';
import { WHATSAPP_MEDIA } from '../../common/whatsapp-media.js';
import { type HttpResult } from '../../http/http.js';
import { type Exchange, type Outcome } from '../ports/outcome.js';
import {
  type Account,
  type CredentialField,
  type Provider,
  type ProviderDefinition,
  type Tools,
} from '../ports/provider.js';
import { exotelCallbacks } from './exotel.callbacks.js';
import { fetchFile } from './exotel.media.js';
import { elementsOf, isTestPassed, judge, readAnswer } from './exotel.outcome.js';
import { exotelMessage, exotelRequest, lint } from './exotel.request.js';
import { messagesPath, type ExotelRequest } from './exotel.wire.js';

const credentials: readonly CredentialField[] = [
  {
    name: 'accountSid',
    label: 'Account SID',
    secret: false,
    required: true,
    check: (value) =>
      /^\w[\w.-]{0,127}$/.test(value) ? undefined : 'It has other characters than letters, digits, _, - and dots.',
  },
  {
    name: 'apiKey',
    label: 'API key',
    secret: false,
    required: true,
    check: basicUserProblem,
  },
  { name: 'apiToken', label: 'API token', secret: true, required: true, check: headerValueProblem },
];

/** Singapore's; an account of the Mumbai region names https://api.in.exotel.com as its baseUrl. */
const HOST = 'https://api.exotel.com';

export const exotel: ProviderDefinition = {
  kind: 'EXOTEL',
  name: 'Exotel',
  description:
    'WhatsApp by Exotel, from its Singapore or Mumbai region: every kind of message, up to 100 in one request, and orders that are paid in the chat in India.',
  credentials,
  needsSender: true,
  // "200 a minute for most endpoints" stands in the newer pages alone, and not of this one: 429 is obeyed instead.
  limits: { requestsPerMinute: null, maxBatchSize: 100 },
  baseUrls: { SANDBOX: HOST, PRODUCTION: HOST },
  connect,
};

function connect(account: Account, tools: Tools): Provider {
  const setting = (name: string): string => account.credentials[name] ?? '';
  const sender = { from: account.sender ?? '', statusCallback: `${account.callbackBase}/status` };

  async function call(request: ExotelRequest, signal: AbortSignal): Promise<HttpResult> {
    const headers = { Authorization: authorization(), 'Content-Type': 'application/json' };
    return tools.http.request({
      method: 'POST',
      url: url(),
      headers,
      body: JSON.stringify(request),
      signal,
      line: account.id,
    });
  }

  function url(): string {
    return account.baseUrl + messagesPath(setting('accountSid'));
  }

  /** The documents put both into the URL, where they would be logged. */
  function authorization(): string {
    return basicAuthorization(setting('apiKey'), setting('apiToken'));
  }

  /** What one attempt keeps of it: its own part of a batch. The address of the callbacks is all that guards it. */
  function exchangesOf(request: ExotelRequest, result: HttpResult): (place: number) => Exchange {
    const secrets = [setting('apiToken'), authorization().slice('Basic '.length), account.callbackBase];
    const headers = { Authorization: `Basic ${MASK}`, 'Content-Type': 'application/json' };
    const resultAt = resultsOf(result, request.whatsapp.messages.length);
    return (place) => ({
      request: {
        method: 'POST',
        url: url(),
        headers,
        body: masked(JSON.stringify(onlyMessage(request, place)), secrets),
      },
      response: keptResponse(resultAt(place), secrets),
    });
  }

  return {
    messaging: {
      carries: new Set(['template', 'text', 'media', 'interactive', 'order', 'orderStatus'] as const),
      // There is no idempotency key: a second request is a second message.
      repeatSafe: false,
      templateParts: new Set(['header', 'buttons'] as const),
      // Exotel names no rules of its own: what it is given goes to Meta.
      media: WHATSAPP_MEDIA,
      fetchesLinks: true,
      lint,
      async send(batch, signal): Promise<readonly Outcome[]> {
        const [first] = batch;
        if (first === undefined) return [];
        const messages = batch.map((message) => exotelMessage(sender, message));
        const request = exotelRequest(sender, first.attemptId, messages);
        const result = await call(request, signal);
        const outcomeAt = outcomesOf(result);
        const exchangeAt = exchangesOf(request, result);
        return batch.map((_, place) => ({ ...outcomeAt(place), exchange: exchangeAt(place) }));
      },
    },
    callbacks: exotelCallbacks(account),
    media: {
      fetch: (reference, maxBytes, signal) => fetchFile(tools.http, account.id, reference, maxBytes, signal),
    },
    async test(signal) {
      const request: ExotelRequest = { whatsapp: { messages: [] } };
      const result = await call(request, signal);
      const exchange = exchangesOf(request, result)(0);
      const passed = result.kind === 'answer' && isTestPassed(readAnswer(result.status, result.body));
      return passed ? { outcome: 'accepted', reference: null, exchange } : { ...outcomesOf(result)(0), exchange };
    },
  };

  /** What came of each message, by its place in the request. */
  function outcomesOf(result: HttpResult): (place: number) => Outcome {
    if (result.kind !== 'answer') return () => unanswered('Exotel', result);
    const answer = readAnswer(result.status, result.body);
    const wait = retryAfterMs(result.headers['retry-after'], tools.now());
    return (place) => judge(answer, place, wait);
  }
}

/** The request as one attempt keeps it: what was written to others is theirs, and is erased with them. */
function onlyMessage(request: ExotelRequest, place: number): ExotelRequest {
  return { ...request, whatsapp: { messages: request.whatsapp.messages.slice(place, place + 1) } };
}

/** Deeper than any answer of Exotel's, and far from where a recursion runs out of stack. */
const DEEPEST = 20;

/** What came of the call, as each attempt keeps it: of an answer to many its own element. */
function resultsOf(result: HttpResult, sent: number): (place: number) => HttpResult {
  if (result.kind !== 'answer' || sent < 2) return () => result;
  const answer = parseObject(result.body);
  const elements = elementsOf(answer);
  if (elements.length === 0 || isDeeperThan(DEEPEST, answer)) return () => result;
  return (place) => {
    const messages = elements.slice(place, place + 1);
    return { ...result, body: Buffer.from(JSON.stringify({ ...answer, response: { whatsapp: { messages } } })) };
  };
}
