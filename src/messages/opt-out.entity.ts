import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type OptOutScope = 'MARKETING' | 'ALL';

/** What one person said about being written to; scope null: they may be. */
@Entity('opt_outs')
@Index('opt_outs_phone', ['projectId', 'phone'], { unique: true })
@Index('opt_outs_recipient', ['projectId', 'recipientId'], { unique: true })
export class OptOutEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'opt_outs_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'opt_outs_pk' })
  id!: string;

  /** E.164; null for a person whose number the provider keeps back. */
  @Column('text', { nullable: true })
  phone!: string | null;

  /** The provider's own id of the person, where the number is not known. */
  @Column('text', { name: 'recipient_id', nullable: true })
  recipientId!: string | null;

  @Column('text', { nullable: true })
  scope!: OptOutScope | null;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('timestamptz', { name: 'changed_at' })
  changedAt!: Date;

  /** Events so far. */
  @Column('integer')
  sequence!: number;
}
