import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { type ForMessages, PaymentProgress } from './payment-progress.js';
import { type Payment } from './payment-row.js';
import { PaymentStore } from './payment-store.js';

/** What a change of a payment came to, besides the row. */
export interface Changed extends Partial<ForMessages> {
  readonly events: readonly NewEvent[];
}

/** Changes payments as callers want it: the row, its events and its messages in one transaction, told after it. */
@Injectable()
export class PaymentChanges {
  constructor(
    private readonly database: Database,
    private readonly store: PaymentStore,
    private readonly progress: PaymentProgress,
    private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Changes the row of one, which is locked, and writes it.
   * @param field where in the caller's input the payment is named
   */
  async change(
    projectId: string,
    id: string | null,
    field: string,
    work: (sql: Sql, payment: Payment, now: Date) => Promise<Changed | Problem>,
  ): Promise<Payment | Problem> {
    if (id === null) return noPayment(field);
    return this.commit(async (sql, now) => {
      const payment = await this.store.take(sql, projectId, id);
      if (!payment?.told) return noPayment(field);
      const changed = await work(sql, payment, now);
      if (isProblem(changed)) return changed;
      await this.store.save(sql, payment);
      return { payment, ...changed };
    });
  }

  /** Appends the events of what was written, and tells whom it concerns. A Problem has left nothing behind. */
  async commit(
    work: (sql: Sql, now: Date) => Promise<(Changed & { readonly payment: Payment }) | Problem>,
  ): Promise<Payment | Problem> {
    const done = await this.database.attempt(async (sql) => {
      const result = await work(sql, this.clock.now());
      if (!isProblem(result)) await this.log.append(sql, result.events);
      return result;
    });
    if (isProblem(done)) return done;
    const { payment, events, accounts = [], unwanted = [] } = done;
    if (events.length > 0) this.log.announce();
    await this.progress.announce({ accounts, unwanted });
    return payment;
  }
}

/** None of that id; `field` is where in the input it is. */
export const noPayment = (field: string): Problem =>
  problem('NOT_FOUND', 'No payment of that id exists in this project.', field);
