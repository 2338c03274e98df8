/** Exotel's callbacks at the door, where their address is all that guards them. */
import { parseObject } from '../../common/untrusted-json.js';
import { type Admission, type Callbacks, type RawRequest } from '../ports/callbacks.js';
import { type Account } from '../ports/provider.js';
import { readCallback } from './exotel.observations.js';

export function exotelCallbacks(account: Account): Callbacks {
  return {
    // Replies to a message go to its `status_callback`, all else that customers write to the account's own URL.
    topics: ['status', 'message'],
    deliveryReports: true,
    inbound: true,
    // Exotel's staff set one URL for the account, whatever senders it has.
    echoes: true,
    family: account.credentials['accountSid'] || null,
    mailbox: account.sender,
    admit,
    read: (request) => readCallback(request.body),
  };
}

/** The newer pages speak of `X-Exotel-Signature`, and nobody has seen one or knows its key: the address is the guard. */
function admit(request: RawRequest): Admission {
  if (request.method !== 'POST') return refuse(405, 'not a POST');
  if (parseObject(request.body) === null) return refuse(400, 'not a JSON object');
  return { verdict: 'keep', reply: { status: 200, contentType: 'application/json', body: '{}' } };
}

function refuse(status: number, reason: string): Admission {
  return { verdict: 'refuse', reason, reply: { status, contentType: 'application/json', body: '{}' } };
}
