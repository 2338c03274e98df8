/** SendTalk's webhook: that a number was verified, by whoever holds the secret key. Nothing else is posted. */
import { createHmac } from 'node:crypto';
import { e164FromDigits } from '../../common/phone.js';
import { isSameSecret } from '../../common/same-secret.js';
import { millisecondsOf, parseObject, textOf } from '../../common/untrusted-json.js';
import { type Admission, type Callbacks, type Observation, type RawRequest } from '../ports/callbacks.js';
import { type Account } from '../ports/provider.js';
import { verificationIdOf } from './sendtalk.offer.js';
import { type SendTalkWebhook } from './sendtalk.wire.js';

/** How a webhook proves that it is SendTalk's. Not documented, so that the merchant can say it. */
export const SECRET_MODES: readonly string[] = ['plain', 'hmac-sha256-hex'];

/** The header of the nearest webhook of TapTalk's that has one: OneTalk's custom chatbot. */
const DEFAULT_HEADER = 'Secret-Key';

export function sendtalkCallbacks(account: Account): Callbacks {
  const setting = (name: string, otherwise = ''): string => account.credentials[name] || otherwise;
  return {
    topics: ['verification'],
    deliveryReports: false,
    inbound: false,
    echoes: false,
    family: null,
    mailbox: null,
    admit(request) {
      if (request.method !== 'POST') return refuse(405, 'not a POST');
      const header = setting('webhookSecretHeader', DEFAULT_HEADER).toLowerCase();
      const isHash = setting('webhookSecretMode') === 'hmac-sha256-hex';
      return proves(headerOf(request, header), request.body, setting('webhookSecret'), isHash)
        ? { verdict: 'keep', reply: { status: 200, contentType: 'application/json', body: '{}' }, proof: [header] }
        : // The words of OneTalk's webhooks.
          refuse(401, 'secret key is invalid');
    },
    read: (request) => [readWebhook(request.body)],
  };
}

/** A header may have a name that every object has. */
function headerOf({ headers }: RawRequest, name: string): string {
  return (Object.hasOwn(headers, name) ? headers[name] : undefined)?.trim() ?? '';
}

/** Whether a header holds the secret itself, or the hash of the exact bytes with it. */
function proves(given: string, body: Buffer, secret: string, isHash: boolean): boolean {
  if (given === '' || secret === '') return false;
  if (!isHash) return isSameSecret(given, secret);
  return isSameSecret(given.toLowerCase(), createHmac('sha256', secret).update(body).digest('hex'));
}

function refuse(status: number, reason: string): Admission {
  return {
    verdict: 'refuse',
    reason,
    reply: { status, contentType: 'application/json', body: JSON.stringify({ error: reason }) },
  };
}

const VERIFIED = 'verified' satisfies SendTalkWebhook['status'];

/** What a webhook says. Never throws. */
function readWebhook(body: Buffer): Observation {
  const value = parseObject(body);
  const reference = value && verificationIdOf(value['id']);
  const word = value && textOf(value['status'])?.trim().toLowerCase();
  if (!reference || word !== VERIFIED) return { kind: 'unread' };
  return {
    kind: 'verification',
    mailbox: null,
    reference,
    phone: e164(textOf(value['userPhone'])),
    occurredAt: millisecondsOf(value['verifiedTime']),
  };
}

/** The document has `628…`, public clients take the local `08…` of an Indonesian number too. */
function e164(written: string | null): string | null {
  return written && e164FromDigits(written.trim().replace(/^\+?0(?=8)/, '62'));
}
