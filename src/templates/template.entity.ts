import { type TemplateButton, type TemplateCategory, type TemplateHeader } from '../providers/ports/templates.js';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Channel } from './template.rules.js';

/** A template as the project knows it; what each account calls it is a registration. */
@Entity('templates')
@Index('templates_name', ['projectId', 'name', 'language', 'channel'], { unique: true, where: 'deleted_at is null' })
export class TemplateEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'templates_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'templates_pk' })
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  language!: string;

  @Column('text')
  channel!: Channel;

  @Column('text')
  category!: TemplateCategory;

  @Column('text')
  body!: string;

  @Column('json', { nullable: true })
  header!: TemplateHeader | null;

  @Column('text', { nullable: true })
  footer!: string | null;

  @Column('json')
  buttons!: readonly TemplateButton[];

  @Column('text', { array: true })
  samples!: readonly string[];

  /** Names of the body's placeholders, in order, where the provider has names and not numbers; else empty. */
  @Column('text', { array: true, name: 'param_names' })
  paramNames!: readonly string[];

  /** The provider's own form of it, where that says more than the columns can. */
  @Column('json', { nullable: true })
  raw!: Record<string, unknown> | null;

  /** Events so far. */
  @Column('integer')
  sequence!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  /** Retired then: what refers to it still shows it. */
  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
