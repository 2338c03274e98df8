import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What an account last said of a number: whether it is on WhatsApp. */
@Entity('number_checks')
export class NumberCheckEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'number_checks_pk' })
  projectId!: string;

  /** E.164. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'number_checks_pk' })
  phone!: string;

  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'number_checks_pk' })
  accountId!: string;

  @Column('boolean', { name: 'on_whatsapp' })
  onWhatsApp!: boolean;

  @Column('timestamptz', { name: 'checked_at' })
  checkedAt!: Date;
}
