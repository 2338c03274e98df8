/** Meta's callbacks at the door: the challenge of a subscription, and signed posts. */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { isSameSecret } from '../../common/same-secret.js';
import { type Admission, type Callbacks, type RawRequest } from '../ports/callbacks.js';
import { type Account } from '../ports/provider.js';
import { readWebhook } from './meta.observations.js';

export function metaCallbacks(account: Account): Callbacks {
  const appSecret = account.credentials['appSecret'];
  return {
    topics: ['webhook'],
    deliveryReports: true,
    inbound: true,
    // An app has one callback address for all its numbers.
    echoes: true,
    family: appSecret ? hash('sha256', appSecret) : null,
    mailbox: account.credentials['phoneNumberId'] ?? null,
    admit(request) {
      if (request.method === 'GET') return challenged(request, account.credentials['verifyToken']);
      if (request.method !== 'POST') return refuse(405, 'neither a GET nor a POST');
      return isSigned(request, appSecret)
        ? { verdict: 'keep', reply: { status: 200, contentType: 'text/plain', body: 'OK' } }
        : refuse(401, 'a wrong signature, or none');
    },
    read: (request) => (request.method === 'POST' ? readWebhook(request.body) : []),
  };
}

/** Meta makes sure of the address when it is subscribed, and takes nothing but its own challenge back. */
function challenged(request: RawRequest, verifyToken: string | undefined): Admission {
  // The names have dots in them, which parsers that nest would take for objects.
  const query = new URLSearchParams(request.path.split('?').slice(1).join('?'));
  const challenge = query.get('hub.challenge');
  const isOurs =
    query.get('hub.mode') === 'subscribe' &&
    !!verifyToken &&
    isSameSecret(query.get('hub.verify_token') ?? '', verifyToken);
  return isOurs && challenge !== null
    ? { verdict: 'answer', reply: { status: 200, contentType: 'text/plain', body: challenge } }
    : refuse(403, 'no subscription with the verify token of the account');
}

/** Over the bytes as they came: Meta writes é as \u00e9, which writing the JSON anew would lose. */
function isSigned(request: RawRequest, appSecret: string | undefined): boolean {
  const given = /^sha256=([0-9a-f]{64})$/i.exec(request.headers['x-hub-signature-256']?.trim() ?? '')?.[1];
  if (!appSecret || given === undefined) return false;
  const expected = createHmac('sha256', appSecret).update(request.body).digest();
  return timingSafeEqual(Buffer.from(given, 'hex'), expected);
}

function refuse(status: number, reason: string): Admission {
  return { verdict: 'refuse', reason, reply: { status, contentType: 'text/plain', body: '' } };
}
