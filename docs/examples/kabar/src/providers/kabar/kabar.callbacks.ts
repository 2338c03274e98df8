/** Kabar's callbacks: whether they are its own, and how far a message came. */
import { createHmac } from 'node:crypto';
import { referenceOf } from '../../common/http-text.js';
import { readUuid } from '../../common/ids.js';
import { e164FromDigits } from '../../common/phone.js';
import { isSameSecret } from '../../common/same-secret.js';
import { objectOf, parseObject, textOf } from '../../common/untrusted-json.js';
import { type Callbacks, type Observation, type ReportedStatus, type Reply } from '../ports/callbacks.js';
import { type Account } from '../ports/provider.js';
import { refusal } from './kabar.outcome.js';
import { type KabarCallback } from './kabar.wire.js';

const REPORTED: ReadonlyMap<string, ReportedStatus> = new Map([
  ['sent', 'SENT'],
  ['delivered', 'DELIVERED'],
  ['read', 'READ'],
  ['failed', 'FAILED'],
] satisfies [KabarCallback['status'], ReportedStatus][]);

export function kabarCallbacks(account: Account): Callbacks {
  return {
    topics: ['status'],
    deliveryReports: true,
    inbound: false,
    echoes: true,
    family: null,
    mailbox: null,
    admit({ headers, body }) {
      const expected = `sha256=${signature(body, account.credentials['signingKey'] ?? '')}`;
      return isSameSecret(headers['x-kabar-signature'] ?? '', expected)
        ? { verdict: 'keep', reply: say(200) }
        : { verdict: 'refuse', reply: say(401), reason: 'a wrong signature, or none' };
    },
    read: ({ body }) => read(body),
  };
}

function read(body: Buffer): readonly Observation[] {
  const callback = parseObject(body);
  const reference = referenceOf(textOf(callback?.['id']));
  const word = textOf(callback?.['status']);
  if (callback === null || reference === null || word === null) return [];
  const status = REPORTED.get(word);
  if (!status) return [{ kind: 'unread' }];
  const error = objectOf(callback['error']);
  return [
    {
      kind: 'status',
      mailbox: null,
      reference,
      attemptId: readUuid(textOf(callback['ref']) ?? ''),
      status,
      occurredAt: moment(textOf(callback['at'])),
      recipient: e164FromDigits(textOf(callback['to']) ?? ''),
      recipientId: null,
      failure:
        status === 'FAILED' ? refusal({ code: textOf(error?.['code']), words: textOf(error?.['message']) }) : null,
    },
  ];
}

/** Kabar signs the bytes as they are sent, with the key that its console shows. */
function signature(body: Buffer, signingKey: string): string {
  return createHmac('sha256', signingKey).update(body).digest('hex');
}

function say(status: number): Reply {
  return { status, contentType: 'application/json', body: '{}' };
}

function moment(written: string | null): Date | null {
  const at = new Date(written ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}
