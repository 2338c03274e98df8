import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type ProviderFailure } from '../common/problem.js';

export type AttemptOutcome = 'ACCEPTED' | 'REFUSED' | 'DEFERRED' | 'UNCERTAIN';

/** One call to a provider for a message, written before the call. */
@Entity('message_attempts')
@Index('message_attempts_message', ['projectId', 'messageId', 'number'])
@Index('message_attempts_unknown', ['accountId', 'startedAt'], {
  where: `outcome is null or outcome = 'UNCERTAIN' or (outcome = 'ACCEPTED' and provider_message_id is null)`,
})
export class MessageAttemptEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'message_attempts_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'message_attempts_pk' })
  id!: string;

  @Column('uuid', { name: 'message_id' })
  messageId!: string;

  @Column('integer')
  number!: number;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  /** The person and the message's priority: while the call is under way, the next one to the same person waits. */
  @Column('text')
  person!: string;

  @Column('smallint')
  priority!: number;

  @Column('uuid', { name: 'request_key' })
  requestKey!: string;

  @Column('text', { name: 'provider_message_id', nullable: true })
  providerMessageId!: string | null;

  /** Null while the call is under way. */
  @Column('text', { nullable: true })
  outcome!: AttemptOutcome | null;

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;

  @Column('integer', { name: 'duration_ms', nullable: true })
  durationMs!: number | null;

  @Column('integer', { name: 'http_status', nullable: true })
  httpStatus!: number | null;

  @Column('json', { nullable: true })
  failure!: ProviderFailure | null;

  @Column('json', { nullable: true })
  request!: Record<string, unknown> | null;

  @Column('json', { nullable: true })
  response!: Record<string, unknown> | null;
}
