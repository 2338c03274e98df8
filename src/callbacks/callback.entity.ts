import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A provider's request as it came, byte for byte, and its own job: `dueAt` is when it is read (again), null when that is
 * done. `unmatched`: a day went by and nothing it names was found.
 */
@Entity('callbacks')
@Index('callbacks_queue', ['accountId', 'dueAt', 'id'], { where: 'due_at is not null' })
export class CallbackEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'callbacks_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'callbacks_pk' })
  id!: string;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  @Column('text')
  topic!: string;

  @Column('text')
  method!: string;

  @Column('json')
  headers!: Record<string, string>;

  @Column('bytea')
  body!: Buffer;

  /** By which form of a signature it was found genuine, where there are several (Admission.proven). */
  @Column('text', { nullable: true })
  proven!: string | null;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt!: Date;

  @Column('timestamptz', { name: 'due_at', nullable: true })
  dueAt!: Date | null;

  /** How often it was read and found nothing. */
  @Column('integer')
  misses!: number;

  @Column('boolean')
  unmatched!: boolean;
}
