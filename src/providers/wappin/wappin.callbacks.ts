/** Wappin's callbacks at the door: who may post them, and what they are answered. */
import { isSameSecret } from '../../common/same-secret.js';
import { parseObject } from '../../common/untrusted-json.js';
import { type Admission, type Callbacks, type RawRequest, type Reply } from '../ports/callbacks.js';
import { type Account } from '../ports/provider.js';
import { readCallback } from './wappin.observations.js';
import { type WappinCallbackReply } from './wappin.wire.js';

/** Exactly this, also for repeats and for ids that are not ours: anything else is sent three times more. */
const TAKEN: Reply = {
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify({ status: '000' } satisfies WappinCallbackReply),
};

export function wappinCallbacks(account: Account): Callbacks {
  return {
    topics: ['callback'],
    deliveryReports: true,
    inbound: true,
    echoes: false,
    family: null,
    mailbox: null,
    admit(request) {
      if (request.method !== 'POST') return refuse(405, 'not a POST');
      const expected = account.credentials['callbackToken'];
      if (expected) {
        // The document names no origin of this token, so it is asked for only where the merchant has one to compare.
        return bears(request, expected) ? keep() : refuse(401, 'a wrong bearer token, or none');
      }
      return parseObject(request.body) !== null ? keep() : refuse(400, 'not a JSON object');
    },
    read: (request) => readCallback(request.body),
  };
}

function bears(request: RawRequest, expected: string): boolean {
  const given = /^bearer\s+(.*)$/i.exec(request.headers['authorization']?.trim() ?? '')?.[1];
  return given !== undefined && isSameSecret(given, expected);
}

function keep(): Admission {
  return { verdict: 'keep', reply: TAKEN };
}

function refuse(status: number, reason: string): Admission {
  return { verdict: 'refuse', reason, reply: { status, contentType: 'application/json', body: '{}' } };
}
