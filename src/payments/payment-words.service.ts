import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE } from '../common/clock.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { type Caller } from '../projects/caller.js';
import { reasonProblem } from './input-texts.js';
import { PaymentAsks } from './payment-asks.js';
import { noPayment, PaymentChanges } from './payment-changes.js';
import { judgeAccepted } from './payment.decide.js';
import { PaymentProgress, type PaymentWord } from './payment-progress.js';
import { readRecord, type RecordInput } from './payment-record-input.js';
import { type Payment } from './payment-row.js';
import { PaymentStore } from './payment-store.js';

/** Clocks differ. */
const MOST_AHEAD_MS = 5 * MINUTE;

/** Words about payments that callers bring: the rail's when they have it asked, and their own. */
@Injectable()
export class PaymentWords {
  constructor(
    private readonly changes: PaymentChanges,
    private readonly store: PaymentStore,
    private readonly progress: PaymentProgress,
    private readonly asks: PaymentAsks,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Asks the rail where it stands. */
  async refresh(caller: Caller, id: string | null): Promise<Payment | Problem> {
    const payment = id === null ? null : await this.store.find(caller.projectId, id);
    if (!payment?.told) return NO_PAYMENT;
    const words = await this.asks.ask(payment);
    return isProblem(words) ? words : this.hear(caller.projectId, payment.id, words);
  }

  /** What reached the merchant and not us: a notice as any other, believed where its amount is the order's. */
  async record(caller: Caller, id: string | null, input: RecordInput): Promise<Payment | Problem> {
    const record = readRecord(input);
    if (isProblem(record)) return record;
    const payment = id === null ? null : await this.store.find(caller.projectId, id);
    if (!payment?.told) return noPayment('paymentId');
    const { status, amount, currency, transactionId, paidWith, paidAt } = record;
    const now = this.clock.now();
    if (paidAt && paidAt > later(now, MOST_AHEAD_MS)) return IN_FUTURE;
    return this.hear(caller.projectId, payment.id, [
      {
        paymentId: payment.id,
        word: {
          ...{ source: 'MERCHANT', status, transactionId, paidWith, transactionUnnamed: false, proven: null },
          ...{ amount: { value: amount, currency, written: amount }, accountId: null, reference: null, problem: null },
          occurredAt: paidAt ?? now,
        },
      },
    ]);
  }

  /** A person's word that a notice which was not believed is right. */
  async acceptNotice(caller: Caller, id: string | null, reason: string): Promise<Payment | Problem> {
    const wrong = reasonProblem(reason);
    if (wrong) return wrong;
    if (id === null) return NO_NOTICE;
    return this.changes.commit(async (sql, now) => {
      const found = await this.store.takeNotice(sql, caller.projectId, id);
      if (!found) return NO_NOTICE;
      const { notice, payment } = found;
      if (notice.problem === null) return BELIEVED;
      if (notice.acceptedAt !== null) return ACCEPTED;
      const word = { ...notice, transactionUnnamed: false };
      const judgement = judgeAccepted(payment, { ...word, problem: null });
      if ('code' in judgement) return judgement;
      // What was wrong with it is no news of the payment any more.
      if (payment.problem?.message === notice.problem.message) payment.problem = null;
      const events = this.progress.move(payment, judgement, word, now);
      const receipts = await this.progress.receipts(sql, judgement.status === 'PAID' ? [payment] : [], now);
      await this.store.acceptNotice(sql, { ...notice, reason, acceptedAt: now });
      await this.store.save(sql, payment);
      const unwanted = judgement.status === 'PAID' ? await this.progress.unwanted(sql, [payment]) : [];
      return { payment, events: [...events, ...receipts.events], accounts: receipts.accounts, unwanted };
    });
  }

  private async hear(projectId: string, id: string, words: readonly PaymentWord[]): Promise<Payment | Problem> {
    return this.changes.commit(async (sql) => {
      const { payments, events, messages } = await this.progress.apply(sql, projectId, words);
      const payment = payments.get(id) ?? (await this.store.take(sql, projectId, id));
      return payment ? { payment, events, ...messages } : NO_PAYMENT;
    });
  }
}

const NO_PAYMENT = noPayment('id');
const NO_NOTICE = problem('NOT_FOUND', 'No notice of that id exists in this project.', 'id');
const IN_FUTURE = problem('INVALID_INPUT', 'It lies in the future: say when it was paid, or leave it out.', 'paidAt');
const BELIEVED = problem('INVALID_TRANSITION', 'The notice was believed: there is nothing to accept.', 'id');
const ACCEPTED = problem('INVALID_TRANSITION', 'The notice was accepted before.', 'id');
