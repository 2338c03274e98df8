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

  /** Requests a minute that the provider was found to bear at `learntAt`; null while it never said that it was too many. */
  @Column('real', { name: 'learnt_limit', nullable: true })
  learntLimit!: number | null;

  /** What the learnt limit grows back to: the account's own limit, or what it bore before where it has none. */
  @Column('real', { name: 'learnt_base', nullable: true })
  learntBase!: number | null;

  @Column('timestamptz', { name: 'learnt_at', nullable: true })
  learntAt!: Date | null;

  /** The calls of the last minute, by slots of some seconds: [slot, calls, failures]. */
  @Column('json', { name: 'recent_calls' })
  recentCalls!: readonly (readonly [number, number, number])[];

  /** How many times in a row the breaker opened; 0: it is closed. */
  @Column('integer')
  opened!: number;

  /** Nothing leaves before this time; then one call probes. */
  @Column('timestamptz', { name: 'open_until', nullable: true })
  openUntil!: Date | null;

  /** A probe is under way; after this time its process is taken for dead. */
  @Column('timestamptz', { name: 'probe_until', nullable: true })
  probeUntil!: Date | null;

  /** Of a round of ten calls that begin while a lower priority waits, those that have begun (claim-order.ts). */
  @Column('integer', { name: 'passed_over' })
  passedOver!: number;
}
