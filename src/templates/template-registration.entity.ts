import { type TemplateCategory, type TemplateStatus } from '../providers/ports/templates.js';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What one account calls a template, and whether it may be sent there. */
@Entity('template_registrations')
@Index('template_registrations_account', ['projectId', 'accountId'])
export class TemplateRegistrationEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'template_registrations_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { name: 'template_id', primaryKeyConstraintName: 'template_registrations_pk' })
  templateId!: string;

  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'template_registrations_pk' })
  accountId!: string;

  @Column('text', { name: 'external_id' })
  externalId!: string;

  /** What an edit or a deletion at the provider names it by; null where we only know what it is called. */
  @Column('text', { name: 'provider_id', nullable: true })
  providerId!: string | null;

  @Column('text')
  status!: TemplateStatus;

  /** As the provider has it. */
  @Column('text')
  category!: TemplateCategory;

  @Column('text', { name: 'rejection_reason', nullable: true })
  rejectionReason!: string | null;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
