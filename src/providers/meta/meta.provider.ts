/**
 * Meta's WhatsApp Cloud API: every kind of message, templates, orders that are paid in the chat, and webhooks of one app for
 * all its numbers.
 */
import { headerValueProblem } from '../../common/http-text.js';
import { e164FromDigits } from '../../common/phone.js';
import { textOf, type JsonObject } from '../../common/untrusted-json.js';
import {
  type Account,
  type CredentialField,
  type Provider,
  type ProviderDefinition,
  type Tools,
} from '../ports/provider.js';
import { type Receipts } from '../ports/questions.js';
import { metaCallbacks } from './meta.callbacks.js';
import { graphOf, type Graph } from './meta.graph.js';
import { mediaSource } from './meta.media.js';
import { failed } from './meta.outcome.js';
import { metaPayments } from './meta.payments.js';
import { metaMessaging } from './meta.send.js';
import { metaTemplates } from './meta.templates.js';
import { type MetaReadRequest, paths } from './meta.wire.js';

const credentials: readonly CredentialField[] = [
  { name: 'accessToken', label: 'Access token', secret: true, required: true, check: headerValueProblem },
  { name: 'phoneNumberId', label: 'Phone number id', secret: false, required: true, check: idProblem },
  { name: 'businessAccountId', label: 'WhatsApp Business Account id', secret: false, required: true, check: idProblem },
  { name: 'appSecret', label: 'App secret', secret: true, required: true, check: headerValueProblem },
  {
    name: 'verifyToken',
    label: 'Verify token of the webhook',
    secret: true,
    required: true,
    check: headerValueProblem,
  },
  {
    name: 'apiVersion',
    label: 'Graph API version',
    secret: false,
    required: false,
    check: (value) => (/^v\d+\.\d+$/.test(value) ? undefined : 'It is not a version; write it as v23.0.'),
  },
  { name: 'appId', label: 'App id, for the samples of templates', secret: false, required: false, check: idProblem },
];

/** It becomes a part of an address. Meta's are digits. */
function idProblem(value: string): string | undefined {
  return /^[A-Za-z0-9_-]{1,64}$/.test(value) ? undefined : 'It is not an id; copy the digits from the app dashboard.';
}

/** 80 messages a second for each number ("Throughput"); Meta raises it by itself for those who send much. */
const REQUESTS_PER_MINUTE = 4_800;
/**
 * One message in six seconds to the same person ("Pair rate limits"); past it the answer is 131056. A little more, for a
 * call that has to make its connection first arrives later than the next one does.
 */
const PERSON_EVERY_MS = 6_200;

export const meta: ProviderDefinition = {
  kind: 'META',
  name: 'Meta WhatsApp Cloud API',
  description:
    "WhatsApp's own API, worldwide: every kind of message, templates with approval, receipts and answers, and orders that are paid in the chat in India.",
  credentials,
  limits: { requestsPerMinute: REQUESTS_PER_MINUTE, maxBatchSize: 1, personEveryMs: PERSON_EVERY_MS },
  // Test numbers and real ones share the host; the phone number id makes the difference.
  baseUrls: { SANDBOX: 'https://graph.facebook.com', PRODUCTION: 'https://graph.facebook.com' },
  connect,
};

function connect(account: Account, tools: Tools): Provider {
  const graph = graphOf(account, tools);
  return {
    messaging: metaMessaging(account, graph, tools),
    callbacks: metaCallbacks(account),
    media: mediaSource(graph),
    receipts: receipts(account, graph),
    templates: metaTemplates(account, graph),
    payments: metaPayments(account, graph),
    async test(signal) {
      const path = account.credentials['phoneNumberId'] ?? '';
      const { read, exchange } = await graph.call({ method: 'GET', path }, signal);
      if (read.outcome !== 'good') return { ...read, exchange };
      return { outcome: 'accepted', reference: null, exchange, ...ownNumber(read.said) };
    },
  };
}

/**
 * The number as Meta shows it, `+62 812-3456-7890`. Only written otherwise, not checked: its test numbers (+1 555 …) are
 * of no country's plan.
 */
function ownNumber(said: JsonObject): { readonly ownNumber?: string } {
  const shown = textOf(said['display_phone_number']);
  const number = shown && e164FromDigits(shown.replace(/[\s().\p{Pd}\p{Cf}]/gu, ''));
  return number ? { ownNumber: number } : {};
}

function receipts(account: Account, graph: Graph): Receipts {
  return {
    async markRead(reference, signal) {
      const json: MetaReadRequest = { messaging_product: 'whatsapp', status: 'read', message_id: reference };
      const path = paths.messages(account.credentials['phoneNumberId'] ?? '');
      const { read } = await graph.call({ method: 'POST', path, json }, signal);
      return read.outcome === 'good' ? { outcome: 'answered' } : failed(read);
    },
  };
}
