import { publicId } from '../common/ids.js';
import { type ProviderKind } from '../common/problem.js';
import { type EventType, type NewEvent } from '../events/event-types.js';
import { type MessageEntity } from './message.entity.js';

/** A message's row as the statements over batches read it. */
export type Message = MessageEntity;

/** All of a message but what it says: what its progress is decided by. */
export type MessageState = Omit<MessageEntity, 'content'>;

/** What a message has of which nothing has happened yet. */
export const UNTOUCHED = {
  ...{ fromName: null, providerMessageId: null, problem: null, sequence: 0 },
  ...{
    attempts: 0,
    openAttempt: null,
    deferrals: 0,
    doubts: 0,
    deferredSince: null,
    repeats: 0,
    unconfirmedSince: null,
  },
  ...{ route: null, fallbacks: null, fallbackOf: null, fallbackRule: null, failedAttempt: null },
  ...{ submittedAt: null, sentAt: null, deliveredAt: null, readAt: null, failedAt: null },
} as const;

export const STATE_COLUMNS = `m.project_id as "projectId", m.id, m.direction, m.status, m.channel, m.priority, m.person, m.recipient_id as "recipientId",
  m.from_name as "fromName", m.in_reply_to as "inReplyTo",
  m.account_id as "accountId", m.account_fixed as "accountFixed", m.route, m.fallbacks,
  m.fallback_of as "fallbackOf", m.fallback_rule as "fallbackRule", m.provider_message_id as "providerMessageId",
  m.reference, m.metadata, m.problem, m.resend_unconfirmed as "resendUnconfirmed", m.request_key as "requestKey", m.attempts,
  m.open_attempt as "openAttempt", m.failed_attempt as "failedAttempt", m.deferrals, m.doubts, m.deferred_since as "deferredSince", m.repeats,
  m.unconfirmed_since as "unconfirmedSince", m.due_at as "dueAt", m.timer_at as "timerAt", m.sequence,
  m.scheduled_at as "scheduledAt", m.expires_at as "expiresAt", m.created_at as "createdAt", m.submitted_at as "submittedAt",
  m.sent_at as "sentAt", m.delivered_at as "deliveredAt", m.read_at as "readAt", m.failed_at as "failedAt"`;

export const MESSAGE_COLUMNS = `${STATE_COLUMNS}, m.content`;

/** The event that says a message came into a state. Counts it in the row. Never holds its text or parameters. */
export function messageEvent(
  message: MessageState,
  account: { readonly kind: ProviderKind; readonly sender: string | null },
  occurredAt: Date,
  recordedAt: Date,
  type: EventType = `MESSAGE_${message.status}`,
  more: Readonly<Record<string, unknown>> = {},
): NewEvent {
  message.sequence++;
  return {
    projectId: message.projectId,
    type,
    subjectKind: 'message',
    subjectId: message.id,
    sequence: message.sequence,
    occurredAt,
    recordedAt,
    data: {
      message: {
        id: publicId('msg', message.id),
        direction: message.direction,
        status: message.status,
        channel: message.channel,
        ...persons(message, account.sender),
        recipientId: message.recipientId,
        reference: message.reference,
        metadata: message.metadata,
        accountId: publicId('acc', message.accountId),
        provider: account.kind,
        providerMessageId: message.providerMessageId,
        problem: message.problem,
        ...more,
      },
    },
  };
}

/** Who wrote to whom, by number: the account's own and, where the provider does not keep it back, the person's. */
export function persons(
  { direction, person }: Pick<MessageState, 'direction' | 'person'>,
  sender: string | null,
): { readonly to: string | null; readonly from: string | null } {
  const phone = person.startsWith('+') ? person : null;
  return direction === 'OUTBOUND' ? { to: phone, from: sender } : { to: sender, from: phone };
}
