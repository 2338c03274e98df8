/** DOKU's callbacks at the door: notices of payments, signed in one of two ways by their topic, and the token that SNAP needs. */
import { isSameSecret } from '../../common/same-secret.js';
import { parseObject } from '../../common/untrusted-json.js';
import { type Admission, type Callbacks, type RawRequest } from '../ports/callbacks.js';
import { type Account, type Tools } from '../ports/provider.js';
import { readNotice } from './doku.notices.js';
import { sign } from './doku.signature.js';
import { admitTokenRequest } from './doku.snap-token.js';
import { admitSnapNotice, type NoticeService } from './doku.snap.js';

const TOKEN_TOPIC = 'snap/access-token';

/**
 * The topics, for each a field of DOKU's back office, with the service that SNAP's are answered by. A topic says how its
 * notices are signed and no more: every one takes every channel.
 */
const NOTICE_TOPICS: ReadonlyMap<string, NoticeService | null> = new Map([
  ['payment/virtual-account-snap', '25'],
  ['payment/virtual-account', null],
  ['payment/card', null],
  ['payment/convenience-store', null],
  ['payment/e-wallet', null],
  ['payment/paylater', null],
  ['payment/direct-debit', null],
  ['payment/qris', null],
  ['payment/direct-debit-snap', '56'],
  ['payment/e-wallet-snap', '56'],
]);

export function dokuCallbacks(account: Account, tools: Tools): Callbacks {
  return {
    topics: [...NOTICE_TOPICS.keys(), TOKEN_TOPIC],
    deliveryReports: false,
    inbound: false,
    echoes: false,
    family: null,
    mailbox: null,
    admit(request) {
      if (request.method !== 'POST') return refuse(405, 'not a POST');
      if (request.topic === TOKEN_TOPIC) return admitTokenRequest(account, request, tools.now());
      // As DOKU has it: what a proxy makes of the path, and a query, are not signed.
      const path = URL.parse(`${account.callbackBase}/${request.topic}`)?.pathname ?? '';
      const service = NOTICE_TOPICS.get(request.topic);
      return service
        ? admitSnapNotice(account, request, path, service, tools.now())
        : admitNotice(account, request, path);
    },
    read: readNotice,
  };
}

/**
 * Any 2xx is taken for an acknowledgement, and its body is not read; anything else makes DOKU send it three times more, over
 * 12 hours. So none is too old, and one that somebody sends again says nothing new.
 */
function admitNotice({ credentials }: Account, { headers, body }: RawRequest, target: string): Admission {
  const { clientId, secretKey } = credentials;
  if (!clientId || !secretKey || headers['client-id'] !== clientId) return refuse(401, 'another Client-Id, or none');
  const requestId = headers['request-id'] ?? '';
  const timestamp = headers['request-timestamp'] ?? '';
  const expected = sign({ clientId, requestId, timestamp, target, body }, secretKey);
  if (!isSameSecret(headers['signature'] ?? '', expected)) return refuse(401, 'a wrong Signature, or none');
  if (parseObject(body) === null) return refuse(400, 'not a JSON object');
  return {
    verdict: 'keep',
    reply: { status: 200, contentType: 'application/json', body: '{}' },
    proven: 'hmac-sha256',
  };
}

function refuse(status: number, reason: string): Admission {
  return { verdict: 'refuse', reason, reply: { status, contentType: 'application/json', body: '{}' } };
}
