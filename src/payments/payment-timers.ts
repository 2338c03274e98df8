import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, DAY, earlier, later, SECOND } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { isProblem } from '../common/problem.js';
import { Database } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { Rounds } from '../queue/rounds.js';
import { CheckoutPages, isCheckout } from './checkout-pages.js';
import { PaymentAsks } from './payment-asks.js';
import { ASKED_AFTER_MS, PaymentProgress, type PaymentWord, tell } from './payment-progress.js';
import { type Payment, PAYMENT_COLUMNS, paymentEvent } from './payment-row.js';
import { NEXT_STATUSES } from './payment.status.js';

const POLL_MS = SECOND;
/** Calls that are made at the same time, in one process. */
const BATCH = 20;
/** Longer than a call: after that another process may try. */
const LEASE_MS = 30 * SECOND;
const LONGEST_PAUSE_MS = DAY;

/**
 * What happens to payments by time: pages are asked for again, rails are asked where those stand of which nothing was heard
 * (after 5 minutes, then with pauses that double), and what is not paid in time expires, after a last question.
 */
@Injectable()
export class PaymentTimers {
  private readonly logger = new Logger(PaymentTimers.name);
  private readonly rounds: Rounds;

  constructor(
    private readonly database: Database,
    private readonly pages: CheckoutPages,
    private readonly asks: PaymentAsks,
    private readonly progress: PaymentProgress,
    private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.rounds = new Rounds(
      clock,
      POLL_MS,
      () => this.round(),
      (error) => this.logger.error(fault(error)),
    );
  }

  start(): void {
    this.rounds.start();
  }

  /** Waits for the calls in hand and their records. */
  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async round(): Promise<void> {
    while (!this.rounds.isStopping) {
      const due = await this.claim();
      const done = await Promise.allSettled(due.map((payment) => this.look(payment)));
      // One that failed is taken up again when its lease has ended; the others are none the worse.
      for (const one of done) if (one.status === 'rejected') this.logger.error(fault(one.reason));
      if (due.length < BATCH) return;
    }
  }

  private async claim(): Promise<Payment[]> {
    const now = this.clock.now();
    return this.database.rows<Payment>(
      `update payments p set timer_at = $2
        where (project_id, id) in (
          select project_id, id from payments where timer_at <= $1 order by timer_at limit ${BATCH} for update skip locked)
       returning ${PAYMENT_COLUMNS}`,
      [now, later(now, LEASE_MS)],
    );
  }

  private async look(payment: Payment): Promise<void> {
    const isOver = payment.expiresAt <= this.clock.now();
    const hasNoPage = isCheckout(payment) && payment.checkoutUrl === null;
    // Also one whose process died before its first answer: the provider may have made its page.
    if (isCheckout(payment) && hasNoPage && !isOver && (payment.status === 'PENDING' || !payment.told)) {
      await this.pages.open(payment, payment.terms);
      return;
    }
    const words = await this.asks.ask(payment);
    if (isProblem(words) && words.code !== 'UNSUPPORTED_BY_PROVIDER')
      this.logger.debug({ paymentId: payment.id, code: words.code }, 'The rail did not say where a payment stands.');
    const canBeAsked = !isProblem(words) || words.code !== 'UNSUPPORTED_BY_PROVIDER';
    await this.settle(payment, isProblem(words) ? [] : words, canBeAsked);
  }

  /** Writes what the rail said, ends what is over, and says when it is looked at again. */
  private async settle({ projectId, id }: Payment, words: readonly PaymentWord[], canBeAsked: boolean): Promise<void> {
    const heard = await this.database.transaction(async (sql) => {
      const change = (payment: Payment, now: Date): NewEvent[] => afterAsk(payment, canBeAsked, now);
      const applied = await this.progress.apply(sql, projectId, words, { paymentId: id, change });
      await this.log.append(sql, applied.events);
      return applied;
    });
    if (heard.events.length > 0) this.log.announce();
    await this.progress.announce(heard.messages);
  }
}

/** Ends what is over; else says when it is looked at again. */
function afterAsk(payment: Payment, canBeAsked: boolean, now: Date): NewEvent[] {
  if (!isOpen(payment)) {
    payment.timerAt = null;
    return [];
  }
  if (payment.expiresAt > now) {
    payment.asks++;
    const pause = Math.min(ASKED_AFTER_MS * 2 ** payment.asks, LONGEST_PAUSE_MS);
    payment.timerAt = canBeAsked ? earlier(later(now, pause), payment.expiresAt) : payment.expiresAt;
    return [];
  }
  const created = payment.told ? [] : [tell(payment, now)];
  Object.assign(payment, { status: 'EXPIRED', timerAt: null });
  return [...created, paymentEvent(payment, 'PAYMENT_EXPIRED', payment.expiresAt, now)];
}

const isOpen = ({ status }: Payment): boolean => NEXT_STATUSES[status].includes('EXPIRED');
