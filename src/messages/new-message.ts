import { earlier } from '../common/clock.js';
import { type Sql } from '../database/database.js';
import { asRows } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { type Message, messageEvent, UNTOUCHED } from './message-row.js';
import { type Send } from './planning/send-input.js';
import { type Plan } from './planning/send-planner.js';

export interface Accepted {
  readonly send: Send;
  readonly plan: Plan;
  readonly message: Message;
  readonly events: NewEvent[];
}

/** The rows of a message as it is accepted and of what is sent beside it, with the events of them. The message is the first. */
export function newMessages(send: Send, plan: Plan, now: Date): [Accepted, ...Accepted[]] {
  const heldUntil = send.scheduledAt !== null && send.scheduledAt > now ? send.scheduledAt : null;
  const notBefore = plan.notBefore ?? heldUntil;
  const message: Message = {
    ...UNTOUCHED,
    projectId: send.projectId,
    id: plan.messageId,
    direction: 'OUTBOUND',
    status: notBefore ? 'SCHEDULED' : 'QUEUED',
    channel: 'WHATSAPP',
    priority: plan.priority,
    person: plan.person,
    recipientId: plan.recipientId,
    inReplyTo: send.replyTo,
    content: plan.content,
    accountId: plan.account.id,
    accountFixed: send.accountId !== null,
    route: plan.route,
    fallbacks: plan.waiting.length + plan.beside.length > 0 ? plan.waiting : null,
    fallbackOf: send.fallbackOf?.messageId ?? null,
    fallbackRule: send.fallbackOf?.rule ?? null,
    reference: send.reference,
    metadata: send.metadata,
    resendUnconfirmed: send.resendUnconfirmed,
    requestKey: plan.messageId,
    dueAt: notBefore ? null : now,
    timerAt: earlier(notBefore, send.expiresAt),
    scheduledAt: send.scheduledAt,
    expiresAt: send.expiresAt,
    createdAt: now,
  };
  const beside = plan.beside.flatMap((other) => newMessages(other.send, other.plan, now));
  return [{ send, plan, message, events: [messageEvent(message, plan.account, now, now)] }, ...beside];
}

/** The columns that a new message does not have yet are left to be null. */
const INSERT = `
    insert into messages (project_id, id, direction, status, channel, priority, person, recipient_id, in_reply_to, content,
        account_id, account_fixed, route, fallbacks, fallback_of, fallback_rule, reference, metadata, resend_unconfirmed, request_key,
        attempts, deferrals, doubts, repeats, due_at,
        timer_at, sequence, scheduled_at, expires_at, created_at)
    select project_id, id, 'OUTBOUND', status, channel, priority, person, recipient_id, in_reply_to, content, account_id,
        account_fixed, route, fallbacks, fallback_of, fallback_rule, reference, metadata, resend_unconfirmed, request_key, 0, 0, 0, 0, due_at, timer_at, sequence, scheduled_at,
        expires_at, created_at
      from json_to_recordset($1) as n (project_id uuid, id uuid, status text, channel text, priority smallint, person text,
        recipient_id text, in_reply_to uuid, content json, account_id uuid, account_fixed boolean, route uuid[],
        fallbacks json, fallback_of uuid, fallback_rule text, reference text,
        metadata json, resend_unconfirmed boolean, request_key uuid, due_at timestamptz, timer_at timestamptz,
        sequence integer, scheduled_at timestamptz, expires_at timestamptz, created_at timestamptz)`;

/** Rows and their events as one statement, which is its own transaction: one round trip in all. */
export const INSERT_MESSAGES = `
  with added as (${INSERT}
    returning 1)
  -- The count is read first: the log's lock comes last, when all rows are in.
  select append_events($2) from (select count(*) from added) all_added`;

/** The rows alone, inside a transaction whose last statement appends the events. */
export async function insertRows(sql: Sql, accepted: readonly Accepted[]): Promise<void> {
  if (accepted.length > 0) await sql.rows(INSERT, [JSON.stringify(accepted.map(({ message }) => messageRow(message)))]);
}

/** The values of INSERT_MESSAGES. */
export const insertion = (accepted: readonly Accepted[]): string[] => [
  JSON.stringify(accepted.map(({ message }) => messageRow(message))),
  asRows(accepted.flatMap(({ events }) => events)),
];

const messageRow = (message: Message): object => ({
  project_id: message.projectId,
  id: message.id,
  status: message.status,
  channel: message.channel,
  priority: message.priority,
  person: message.person,
  recipient_id: message.recipientId,
  in_reply_to: message.inReplyTo,
  content: message.content,
  account_id: message.accountId,
  account_fixed: message.accountFixed,
  route: message.route,
  fallbacks: message.fallbacks,
  fallback_of: message.fallbackOf,
  fallback_rule: message.fallbackRule,
  reference: message.reference,
  metadata: message.metadata,
  resend_unconfirmed: message.resendUnconfirmed,
  request_key: message.requestKey,
  due_at: message.dueAt,
  timer_at: message.timerAt,
  sequence: message.sequence,
  scheduled_at: message.scheduledAt,
  expires_at: message.expiresAt,
  created_at: message.createdAt,
});
