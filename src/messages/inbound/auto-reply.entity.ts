import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type SendContent } from '../planning/send-content.js';

/** What an account answers to a person who writes a keyword, or anything that is none. */
@Entity('auto_replies')
@Index('auto_replies_keyword', ['projectId', 'accountId', 'keyword'], { unique: true, where: 'deleted_at is null' })
export class AutoReplyEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'auto_replies_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'auto_replies_pk' })
  id!: string;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  /** As it is compared: without surrounding space, in lower case. `''` is the default reply. */
  @Column('text')
  keyword!: string;

  /** As the merchant wrote it; null is the default reply. */
  @Column('text', { nullable: true })
  written!: string | null;

  @Column('json')
  content!: SendContent;

  @Column('boolean')
  enabled!: boolean;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
