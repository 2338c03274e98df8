import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A callback that waits for a provider's id which no send's answer has brought yet. */
@Entity('parked_callbacks')
export class ParkedCallbackEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'parked_callbacks_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'parked_callbacks_pk' })
  accountId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'parked_callbacks_pk' })
  reference!: string;

  @PrimaryColumn('uuid', { name: 'callback_id', primaryKeyConstraintName: 'parked_callbacks_pk' })
  callbackId!: string;

  @Column('timestamptz', { name: 'parked_at' })
  parkedAt!: Date;
}
