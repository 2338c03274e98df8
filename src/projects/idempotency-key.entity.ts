import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A caller's key for a send, bound by its acceptance for seven days. */
@Entity('idempotency_keys')
@Index('idempotency_keys_expiry', ['expiresAt'])
export class IdempotencyKeyEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'idempotency_keys_pk' })
  projectId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_keys_pk' })
  operation!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_keys_pk' })
  key!: string;

  /** SHA-256 of the normalised input. */
  @Column('bytea', { name: 'input_hash' })
  inputHash!: Buffer;

  @Column('uuid', { name: 'result_id' })
  resultId!: string;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
