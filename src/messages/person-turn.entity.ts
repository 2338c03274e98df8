import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** When a person may next be written to through an account whose provider takes one message to a person at a time. */
@Entity('person_turns')
@Index('person_turns_free', ['projectId', 'accountId', 'freeAt'])
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
