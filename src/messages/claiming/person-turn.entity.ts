import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * When a person may next be written to through an account whose provider takes one message to a person at a time.
 *
 * No index knows `freeAt`: its updates stay on the row's page, and a claim has one way to look a person up.
 */
@Entity('person_turns')
export class PersonTurnEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'person_turns_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'person_turns_pk' })
  accountId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'person_turns_pk' })
  person!: string;

  @Column('timestamptz', { name: 'free_at' })
  freeAt!: Date;
}
