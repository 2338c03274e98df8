/** What Meta's webhooks say. Pure; every array may hold several, and any word may be one that nobody knows yet. */
import { referenceOf } from '../../common/http-text.js';
import { readUuid } from '../../common/ids.js';
import { e164FromDigits } from '../../common/phone.js';
import {
  boundedCopy,
  nameOf,
  objectOf,
  objectsOf,
  parseObject,
  secondsOf,
  textOf,
  type JsonObject,
} from '../../common/untrusted-json.js';
import { whatsAppInbound } from '../../common/whatsapp-inbound.js';
import { type Observation, type ReportedStatus } from '../ports/callbacks.js';
import { reportedFailure } from './meta.outcome.js';
import { paymentReport } from './meta.payment-reports.js';
import { categoryOf, reasonOf, statusOf } from './meta.template-form.js';

/** Reads a posted body; nothing for what is no webhook of Meta's. Never throws. */
export function readWebhook(body: Buffer): readonly Observation[] {
  return objectsOf(parseObject(body)?.['entry']).flatMap((entry) =>
    objectsOf(entry['changes']).flatMap((change): readonly Observation[] => {
      const value = objectOf(change['value']);
      if (!value) return [];
      switch (change['field']) {
        case 'messages':
          return messagesOf(value);
        case 'message_template_status_update':
          return templateStatus(entry, value);
        case 'template_category_update':
          return templateCategory(entry, value);
        default:
          return [];
      }
    }),
  );
}

function messagesOf(value: JsonObject): readonly Observation[] {
  const mailbox = textOf(objectOf(value['metadata'])?.['phone_number_id']);
  const contacts = objectsOf(value['contacts']);
  return [
    ...objectsOf(value['statuses']).flatMap((status) => {
      // A payment's state has the id of its order message too, and words that are no delivery states.
      const report = status['type'] === 'payment' ? paymentReport(status, mailbox) : statusReport(status, mailbox);
      return report ?? [];
    }),
    ...objectsOf(value['messages']).flatMap((message) => inboundMessage(message, contacts, mailbox) ?? []),
  ];
}

const REPORTED: ReadonlyMap<string, ReportedStatus> = new Map([
  ['sent', 'SENT'],
  ['delivered', 'DELIVERED'],
  ['read', 'READ'],
  // A voice message that was listened to.
  ['played', 'READ'],
  ['failed', 'FAILED'],
]);

function statusReport(value: JsonObject, mailbox: string | null): Observation | null {
  const reference = referenceOf(textOf(value['id']));
  const written = textOf(value['status']);
  if (reference === null || written === null) return null;
  const status = REPORTED.get(written.toLowerCase());
  if (!status) return { kind: 'unread' };
  const recipient = textOf(value['recipient_id']);
  return {
    kind: 'status',
    mailbox,
    reference,
    attemptId: readUuid(textOf(value['biz_opaque_callback_data']) ?? ''),
    status,
    occurredAt: secondsOf(value['timestamp']),
    recipient: numberOf(recipient),
    recipientId: referenceOf(userIdOf(value, 'recipient_') ?? recipient),
    failure: status === 'FAILED' ? reportedFailure(objectsOf(value['errors'])[0] ?? null) : null,
  };
}

function inboundMessage(
  value: JsonObject,
  contacts: readonly JsonObject[],
  mailbox: string | null,
): Observation | null {
  const reference = referenceOf(textOf(value['id']));
  const written = textOf(value['from']);
  const userId = userIdOf(value, 'from_');
  const contact = contactOf(contacts, written, userId);
  const recipientId = referenceOf(userId ?? (contact && userIdOf(contact, '')) ?? written);
  const from = numberOf(written ?? textOf(contact?.['wa_id']));
  if (reference === null || (from === null && recipientId === null)) return null;
  return {
    kind: 'inbound',
    mailbox,
    reference,
    occurredAt: secondsOf(value['timestamp']),
    from,
    recipientId,
    fromName: nameOf(objectOf(contact?.['profile'])?.['name']),
    inReplyTo: referenceOf(textOf(objectOf(value['context'])?.['id'])),
    content: whatsAppInbound(value, (file) => referenceOf(textOf(file['id']))) ?? {
      kind: 'unknown',
      raw: boundedCopy(value) ?? {},
    },
  };
}

/** The contact that belongs to a message; a webhook with one message has one contact. */
function contactOf(contacts: readonly JsonObject[], from: string | null, userId: string | null): JsonObject | null {
  const same = contacts.find(
    (each) => (from !== null && textOf(each['wa_id']) === from) || (userId !== null && userIdOf(each, '') === userId),
  );
  return same ?? (contacts.length === 1 ? contacts[0]! : null);
}

/**
 * The business-scoped id of a person: `user_id` of a contact, `from_user_id` of a message, `recipient_user_id` of a
 * status; `parent_` before `user_id` where portfolios share one ("Business-scoped user IDs", updated 28 May 2026).
 */
function userIdOf(value: JsonObject, whose: '' | 'from_' | 'recipient_'): string | null {
  return textOf(value[`${whose}user_id`]) ?? textOf(value[`${whose}parent_user_id`]) ?? null;
}

/** A wa_id as E.164; a business-scoped id, which has a country and a dot before its digits, is none. */
function numberOf(written: string | null): string | null {
  return written === null ? null : e164FromDigits(written);
}

/** Events after which a template stands where it stood: it is only being looked at. */
const NO_CHANGE: readonly string[] = ['FLAGGED'];

function templateStatus(entry: JsonObject, value: JsonObject): readonly Observation[] {
  const named = templateOf(entry, value);
  const event = textOf(value['event'])?.toUpperCase();
  if (!named || event === undefined) return [];
  const status = statusOf(event);
  if (status === null && !NO_CHANGE.includes(event)) return [{ kind: 'unread' }];
  const category = categoryOf(value['message_template_category']);
  return [{ ...named, status, category, rejectionReason: whyRejected(value) }];
}

/** The code, and behind it what is wrong and how to mend it, where Meta says so. */
function whyRejected(value: JsonObject): string | null {
  const info = objectOf(value['rejection_info']);
  const why = reasonOf(info?.['reason'])?.replace(/[\s.]+$/, '');
  const words = [why, reasonOf(info?.['recommendation'])].filter(Boolean).join('. ');
  return reasonOf([reasonOf(value['reason']), words].filter(Boolean).join(': '));
}

function templateCategory(entry: JsonObject, value: JsonObject): readonly Observation[] {
  const named = templateOf(entry, value);
  // Where a change is only announced, this is the category as it is; the one to come is `correct_category`.
  const written = textOf(value['new_category']);
  if (!named || written === null) return [];
  const category = categoryOf(written);
  return [category === null ? { kind: 'unread' } : { ...named, status: null, category, rejectionReason: null }];
}

function templateOf(
  entry: JsonObject,
  value: JsonObject,
): { kind: 'template'; owner: string; externalId: string; language: string; occurredAt: Date | null } | null {
  const owner = textOf(entry['id']);
  const externalId = referenceOf(textOf(value['message_template_name']));
  const language = referenceOf(textOf(value['message_template_language']));
  if (owner === null || externalId === null || language === null) return null;
  return { kind: 'template', owner, externalId, language, occurredAt: secondsOf(entry['time']) };
}
