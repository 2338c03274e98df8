import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Problem } from '../common/problem.js';
import { type MessageContent } from './message-content.js';
import { type Fallback } from './planning/send-input.js';
import { type FallbackRule } from '../providers/ports/messaging.js';
import { type MessageDirection, type MessageStatus } from './state/message.status.js';

/**
 * A message is its own job. `dueAt` puts it in its account's queue, `openAttempt` marks a call under way, `timerAt` is
 * when its time, its repeat or its end comes.
 *
 * No index names `status`, not even in a condition: PostgreSQL keeps an update on the row's page only where no index
 * knows the column, and status changes three times after a message has left.
 */
@Entity('messages')
@Index('messages_queue', ['accountId', 'priority', 'dueAt', 'id'], { where: 'due_at is not null' })
@Index('messages_timer', ['timerAt'], { where: 'timer_at is not null' })
@Index('messages_person', ['projectId', 'person', 'id'])
@Index('messages_created', ['projectId', 'createdAt'])
@Index('messages_fallback', ['projectId', 'fallbackOf'], { where: 'fallback_of is not null' })
@Index('messages_reference', ['projectId', 'reference', 'id'], { where: 'reference is not null' })
export class MessageEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'messages_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'messages_pk' })
  id!: string;

  @Column('text')
  direction!: MessageDirection;

  @Column('text')
  status!: MessageStatus;

  @Column('text')
  channel!: 'WHATSAPP' | 'SMS';

  /** 0 HIGH, 1 NORMAL, 2 LOW. */
  @Column('smallint')
  priority!: number;

  /** Who is written to, or who wrote: E.164, else the provider's own id of a person whose number it keeps back. */
  @Column('text')
  person!: string;

  /** The provider's own id of the person, where it gives one. */
  @Column('text', { name: 'recipient_id', nullable: true })
  recipientId!: string | null;

  /** Inbound: the name that the person shows. */
  @Column('text', { name: 'from_name', nullable: true })
  fromName!: string | null;

  /** The message that it answers. */
  @Column('uuid', { name: 'in_reply_to', nullable: true })
  inReplyTo!: string | null;

  @Column('json')
  content!: MessageContent;

  /** The account whose queue it stands in or that took it. */
  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  /** The caller named the account: no other one may take it. */
  @Column('boolean', { name: 'account_fixed' })
  accountFixed!: boolean;

  /** The accounts that may still take it, in their order; null where there is no other one than its own. */
  @Column('uuid', { array: true, nullable: true })
  route!: readonly string[] | null;

  /** The other ways to reach the person that were not taken yet, in their order; null where there never were any. */
  @Column('json', { nullable: true })
  fallbacks!: readonly Fallback[] | null;

  /** The message in whose place it is sent: the first of the line, also where it is a fallback of a fallback. */
  @Column('uuid', { name: 'fallback_of', nullable: true })
  fallbackOf!: string | null;

  /** The rule by which it is sent in that one's place. */
  @Column('text', { name: 'fallback_rule', nullable: true })
  fallbackRule!: FallbackRule | null;

  @Column('text', { name: 'provider_message_id', nullable: true })
  providerMessageId!: string | null;

  @Column('text', { nullable: true })
  reference!: string | null;

  @Column('json', { nullable: true })
  metadata!: Record<string, unknown> | null;

  @Column('json', { nullable: true })
  problem!: Problem | null;

  @Column('boolean', { name: 'resend_unconfirmed' })
  resendUnconfirmed!: boolean;

  /** Names the request to the provider; the same over repeats. */
  @Column('uuid', { name: 'request_key' })
  requestKey!: string;

  /** Attempts so far. */
  @Column('integer')
  attempts!: number;

  @Column('uuid', { name: 'open_attempt', nullable: true })
  openAttempt!: string | null;

  /** The number of the attempt that was last reported as failed: that it was sent is no news any more. */
  @Column('integer', { name: 'failed_attempt', nullable: true })
  failedAttempt!: number | null;

  /** Rounds in which every account of its route deferred it, since it was last queued: for the pause before the next one. */
  @Column('integer')
  deferrals!: number;

  /** Of those the ones of which the provider says that they may never end (Outcome.triesAtMost). */
  @Column('integer')
  doubts!: number;

  @Column('timestamptz', { name: 'deferred_since', nullable: true })
  deferredSince!: Date | null;

  /** Repeats on our own of an attempt whose outcome is unknown. */
  @Column('integer')
  repeats!: number;

  @Column('timestamptz', { name: 'unconfirmed_since', nullable: true })
  unconfirmedSince!: Date | null;

  @Column('timestamptz', { name: 'due_at', nullable: true })
  dueAt!: Date | null;

  @Column('timestamptz', { name: 'timer_at', nullable: true })
  timerAt!: Date | null;

  /** Events so far. */
  @Column('integer')
  sequence!: number;

  @Column('timestamptz', { name: 'scheduled_at', nullable: true })
  scheduledAt!: Date | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'submitted_at', nullable: true })
  submittedAt!: Date | null;

  @Column('timestamptz', { name: 'sent_at', nullable: true })
  sentAt!: Date | null;

  @Column('timestamptz', { name: 'delivered_at', nullable: true })
  deliveredAt!: Date | null;

  @Column('timestamptz', { name: 'read_at', nullable: true })
  readAt!: Date | null;

  @Column('timestamptz', { name: 'failed_at', nullable: true })
  failedAt!: Date | null;
}
