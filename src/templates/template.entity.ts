import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Channel, type TemplateButton, type TemplateCategory, type TemplateHeader } from './template.rules.js';

/** A template as the project knows it; what each account calls it is a registration. */
@Entity('templates')
@Index('templates_name', ['projectId', 'name', 'language', 'channel'], { unique: true })
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
  buttons!: TemplateButton[];

  @Column('text', { array: true })
  samples!: string[];

  /** Events so far. */
  @Column('integer')
  sequence!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
