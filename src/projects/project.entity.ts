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

  /** HH:MM: from when MARKETING may be sent, by the recipient's clock; null where it may be at any time. */
  @Column('text', { name: 'quiet_from', nullable: true })
  quietFrom!: string | null;

  /** HH:MM: until when. */
  @Column('text', { name: 'quiet_to', nullable: true })
  quietTo!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
