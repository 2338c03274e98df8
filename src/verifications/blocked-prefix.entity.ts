import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Numbers that begin so start verifications and hardly ever finish them: no more are started until then. */
@Entity('blocked_prefixes')
export class BlockedPrefixEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'blocked_prefixes_pk' })
  projectId!: string;

  /** The country's code and four digits: `+628123`. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'blocked_prefixes_pk' })
  prefix!: string;

  /** What was counted when it was blocked. */
  @Column('integer')
  started!: number;

  @Column('integer')
  verified!: number;

  @Column('timestamptz', { name: 'blocked_at' })
  blockedAt!: Date;

  @Column('timestamptz')
  until!: Date;
}
