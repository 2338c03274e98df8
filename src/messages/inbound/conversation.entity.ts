import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** That a person wrote to an account, and when last: what the 24-hour window is judged by. */
@Entity('conversations')
@Index('conversations_heard', ['projectId', 'accountId', 'heardAt'])
@Index('conversations_person', ['projectId', 'person'])
@Index('conversations_recipient', ['projectId', 'recipientId'], { where: 'recipient_id is not null' })
export class ConversationEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'conversations_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'conversations_pk' })
  accountId!: string;

  /** E.164, else the provider's own id of the person. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'conversations_pk' })
  person!: string;

  @Column('text', { name: 'recipient_id', nullable: true })
  recipientId!: string | null;

  /** By the provider's clock. */
  @Column('timestamptz', { name: 'heard_at' })
  heardAt!: Date;
}
