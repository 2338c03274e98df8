/** Wappin: templates (HSM), with an SMS beside them, session messages, two questions, and callbacks. */
import { basicUserProblem, headerValueProblem } from '../../common/http-text.js';
import { type FallbackRule, type Outbound } from '../ports/messaging.js';
import { type Outcome } from '../ports/outcome.js';
import {
  type Account,
  type CredentialField,
  type Provider,
  type ProviderDefinition,
  type Tools,
} from '../ports/provider.js';
import { wappinCallbacks } from './wappin.callbacks.js';
import { json, wappinCalls, type Content } from './wappin.calls.js';
import { WAPPIN_MEDIA, mediaForm } from './wappin.media.js';
import { judge } from './wappin.outcome.js';
import { wappinInquiry, wappinNumbers } from './wappin.questions.js';
import {
  SEND_HSM_PATH,
  SEND_MEDIA_PATH,
  SEND_TEXT_PATH,
  hsmRequest,
  textRequest,
  type WappinIds,
} from './wappin.wire.js';

/** What the dashboard does with an SMS that rides along; it cannot be read from the API. */
const SMS_RULES: ReadonlyMap<string, readonly FallbackRule[]> = new Map([
  ['NOT_ON_WHATSAPP', ['NOT_ON_WHATSAPP']],
  ['ALWAYS', ['ALWAYS']],
  // After some days in a state that the dashboard names; how many is set there.
  ['WAITING', ['NOT_DELIVERED', 'NOT_READ']],
]);
const USUAL_SMS_RULE = 'NOT_ON_WHATSAPP';

const credentials: readonly CredentialField[] = [
  {
    name: 'clientId',
    label: 'Client id',
    secret: false,
    required: true,
    check: basicUserProblem,
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
    check: (value) => (SMS_RULES.has(value) ? undefined : 'It is none of NOT_ON_WHATSAPP, ALWAYS and WAITING.'),
  },
];

export const wappin: ProviderDefinition = {
  kind: 'WAPPIN',
  name: 'Wappin',
  description: 'Wappin of SPE, Indonesia: templates with an SMS beside them, text and files, and what persons answer.',
  credentials,
  limits: { requestsPerMinute: null, maxBatchSize: 1 },
  // UAT and production share host and path; the project and its templates make the difference.
  baseUrls: { SANDBOX: 'https://api.wappin.id', PRODUCTION: 'https://api.wappin.id' },
  connect,
};

function connect(account: Account, tools: Tools): Provider {
  const calls = wappinCalls(account, tools);
  const ids: WappinIds = {
    client_id: account.credentials['clientId'] ?? '',
    project_id: account.credentials['projectId'] ?? '',
  };

  async function sendOne({ to, content }: Outbound, signal: AbortSignal): Promise<Outcome> {
    switch (content.kind) {
      case 'template':
        return post(SEND_HSM_PATH, json(hsmRequest(ids, to, content)), signal);
      case 'text':
        return post(SEND_TEXT_PATH, json(textRequest(ids, to, content.text)), signal);
      case 'media': {
        const form = await mediaForm(ids, to, content, signal);
        return 'outcome' in form ? form : post(SEND_MEDIA_PATH, form, signal);
      }
      case 'interactive':
      case 'order':
      case 'orderStatus':
        return NOT_CARRIED;
    }
  }

  async function post(path: string, content: Content, signal: AbortSignal): Promise<Outcome> {
    const called = await calls.call(path, content, signal);
    return called.kind === 'no token' ? called.outcome : { ...judge(called), exchange: called.exchange };
  }

  return {
    messaging: {
      carries: new Set(['template', 'text', 'media'] as const),
      // A second request is a second message: nothing in it would let Wappin know it again.
      repeatSafe: false,
      templateParts: new Set(['sms'] as const),
      smsRules: new Set(SMS_RULES.get(account.credentials['smsRule'] ?? USUAL_SMS_RULE)),
      media: WAPPIN_MEDIA,
      send: (batch, signal) => Promise.all(batch.map((message) => sendOne(message, signal))),
    },
    inquiry: wappinInquiry(calls),
    numbers: wappinNumbers(calls, ids),
    callbacks: wappinCallbacks(account),
    test: (signal) => calls.test(signal),
  };
}

/** Nothing left: the document has no call for it. */
const NOT_CARRIED: Outcome = {
  outcome: 'refused',
  failure: {
    code: 'UNSUPPORTED_BY_PROVIDER',
    message: 'Wappin carries no buttons, lists and orders; send a text or a template, or this through another account.',
    providerCode: null,
    providerMessage: null,
  },
};
