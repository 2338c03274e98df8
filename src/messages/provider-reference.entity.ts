import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A provider's own id → the message, and of one of ours the attempt that got it. Apart from both, so that it stays unique
 * across time.
 */
@Entity('provider_references')
export class ProviderReferenceEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'provider_references_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'provider_references_pk' })
  accountId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'provider_references_pk' })
  reference!: string;

  @Column('uuid', { name: 'message_id' })
  messageId!: string;

  /** Null for what a person wrote. */
  @Column('uuid', { name: 'attempt_id', nullable: true })
  attemptId!: string | null;

  @Column('integer', { name: 'attempt_number', nullable: true })
  attemptNumber!: number | null;
}
