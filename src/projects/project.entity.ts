import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A tenant: every other row belongs to one. */
@Entity('projects')
export class ProjectEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'projects_pk' })
  id!: string;

  @Column('text')
  name!: string;

  /** ISO 3166, two letters. */
  @Column('text', { name: 'default_country' })
  defaultCountry!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
