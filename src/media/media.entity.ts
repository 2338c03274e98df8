import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Problem } from '../common/problem.js';
import { type MediaType } from '../providers/ports/messaging.js';

/**
 * A file: uploaded by the merchant, or sent by a person. Its bytes are in DATA_DIR/media. One that a person sent is its
 * own job: `dueAt` is when it is fetched (again), null when that is done or given up.
 */
@Entity('media')
@Index('media_queue', ['accountId', 'dueAt', 'id'], { where: 'due_at is not null' })
export class MediaEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'media_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'media_pk' })
  id!: string;

  @Column('text')
  type!: MediaType;

  /** Read off the bytes; until they are there what the provider said. */
  @Column('text', { name: 'mime_type', nullable: true })
  mimeType!: string | null;

  @Column('integer', { nullable: true })
  size!: number | null;

  /** In hex. */
  @Column('text', { nullable: true })
  sha256!: string | null;

  @Column('text', { nullable: true })
  filename!: string | null;

  /** Through which a person sent it; null for an upload. */
  @Column('uuid', { name: 'account_id', nullable: true })
  accountId!: string | null;

  /** What the provider calls it. */
  @Column('text', { nullable: true })
  reference!: string | null;

  @Column('timestamptz', { name: 'due_at', nullable: true })
  dueAt!: Date | null;

  /** How often it was asked for. */
  @Column('integer')
  tries!: number;

  /** Why the latest try failed. */
  @Column('json', { nullable: true })
  problem!: Problem | null;

  /** Since when the bytes are here. */
  @Column('timestamptz', { name: 'fetched_at', nullable: true })
  fetchedAt!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
