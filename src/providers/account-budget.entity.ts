import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The request budget of an account, one row for all processes; its lock also lets claims of an account go one by one. */
@Entity('account_budgets')
export class AccountBudgetEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'account_budgets_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'account_budgets_pk' })
  accountId!: string;

  /** GCRA's theoretical arrival time: when the budget would be full again. */
  @Column('timestamptz', { name: 'full_at' })
  fullAt!: Date;
}
