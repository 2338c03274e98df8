import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, earlier, later, MINUTE, SECOND } from '../common/clock.js';
import { type Problem, problem } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { AcceptMessages } from '../messages/accept-messages.js';
import { AccountStore } from '../providers/account-store.js';
import { problemOf, type ProviderAccount } from '../providers/accounts.service.js';
import { type CheckoutAsk, type CheckoutOutcome } from '../providers/ports/payments.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { linkSend, PLACES, sendProblem } from './order-messages.js';
import { checkoutItems } from './order-sum.js';
import { dueMinutesOf } from './payment-times.js';
import { ASKED_AFTER_MS, tell } from './payment-progress.js';
import { type Payment, paymentEvent } from './payment-row.js';
import { PaymentStore } from './payment-store.js';
import { type CheckoutTerms } from './payment-terms.js';

/** A caller waits for at most 15 s (interface.md, Answered at once or later); the rest is for the database. */
const TIME_MS = 14 * SECOND;
const FIRST_PAUSE_MS = 2 * SECOND;
/** A person waits for the link. */
const LONGEST_PAUSE_MS = MINUTE;

/**
 * Opens the pages of checkouts. The request of one payment is the same every time, so it is made again until there is an
 * answer. No transaction is open during the call.
 */
@Injectable()
export class CheckoutPages {
  private readonly logger = new Logger(CheckoutPages.name);

  constructor(
    private readonly database: Database,
    private readonly store: PaymentStore,
    private readonly accounts: AccountStore,
    private readonly pool: ProviderPool,
    private readonly accept: AcceptMessages,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The payment with its page and the message with its link; without a page where no answer came: that is asked for again.
   * A Problem where the provider refused: one that nobody was told of is gone then, with its reference and its key.
   */
  async open(payment: Payment, terms: CheckoutTerms): Promise<Payment | Problem> {
    const account = (await this.accounts.byIds([payment.accountId])).get(payment.accountId);
    const outcome = account && !account.deletedAt ? await this.call(account, payment, terms) : GONE;
    const problem = outcome.outcome === 'refused' && problemOf({ kind: account?.kind ?? '' }, outcome.failure);
    const { answer, woken } = await this.database.transaction(async (sql) => {
      const row = await this.store.take(sql, payment.projectId, payment.id);
      if (!row) return { answer: GAVE_UP, woken: [] };
      if (problem && !row.told) {
        await this.store.remove(sql, row);
        return { answer: problem, woken: [] };
      }
      const { events, accounts } = await this.write(sql, row, terms, outcome, problem || null);
      await this.store.save(sql, row);
      await this.log.append(sql, events);
      return { answer: row, woken: accounts };
    });
    this.signals.tell('payments', [payment.id]);
    if (woken.length > 0) this.signals.tell('messages', woken);
    this.log.announce();
    return answer;
  }

  private async call(account: ProviderAccount, payment: Payment, terms: CheckoutTerms): Promise<CheckoutOutcome> {
    const { checkout } = this.pool.of(account);
    if (!checkout) return GONE;
    const outcome = await checkout.open(askOf(payment, terms), AbortSignal.timeout(TIME_MS));
    if (outcome.outcome !== 'accepted') {
      const { code, providerCode } = outcome.failure;
      this.logger.warn(
        { paymentId: payment.id, accountId: account.id, code, providerCode },
        'A checkout was not opened.',
      );
    }
    return outcome;
  }

  /** Puts what came of the call into the row, which the caller writes. */
  private async write(
    sql: Sql,
    row: Payment,
    terms: CheckoutTerms,
    outcome: CheckoutOutcome,
    refusal: Problem | null,
  ): Promise<{ readonly events: NewEvent[]; readonly accounts: string[] }> {
    const now = this.clock.now();
    const ofMessages: NewEvent[] = [];
    const accounts: string[] = [];
    // Somebody canceled it meanwhile, or another call was faster.
    const isWanted = row.checkoutUrl === null && row.status === 'PENDING';
    const wasTold = row.told;
    if (isWanted && outcome.outcome === 'accepted') {
      Object.assign(row, {
        checkoutUrl: outcome.url,
        tries: 0,
        timerAt: earlier(later(now, ASKED_AFTER_MS), row.expiresAt),
      });
      if (terms.linkTemplate) {
        const sent = await this.accept.acceptWithin(sql, row.projectId, [
          linkSend(row, terms.linkTemplate, outcome.url),
        ]);
        const [message] = sent.messages;
        if (message) {
          const { projectId, id: paymentId } = row;
          // It asks to be paid, by the payment's own reference.
          await this.store.addMessages(sql, [
            { projectId, paymentId, messageId: message.id, reference: row.referenceId },
          ]);
          accounts.push(message.accountId);
        }
        const [why] = sent.problems;
        if (why) row.problem = sendProblem(why, PLACES.link);
        ofMessages.push(...sent.events);
      }
    } else if (isWanted && refusal) {
      Object.assign(row, { status: 'FAILED', problem: refusal, timerAt: row.expiresAt });
    } else if (isWanted) {
      const asked = outcome.outcome === 'deferred' ? (outcome.retryAfterMs ?? 0) : 0;
      const pause = Math.max(asked, Math.min(FIRST_PAUSE_MS * 2 ** row.tries, LONGEST_PAUSE_MS));
      Object.assign(row, { tries: row.tries + 1, timerAt: earlier(later(now, pause), row.expiresAt) });
    }
    const events = wasTold ? [] : [tell(row, now)];
    if (wasTold && isWanted && outcome.outcome === 'accepted')
      events.push(paymentEvent(row, 'PAYMENT_UPDATED', now, now));
    if (isWanted && refusal) events.push(paymentEvent(row, 'PAYMENT_FAILED', now, now));
    // A payment is told of before its messages are.
    return { events: [...events, ...ofMessages], accounts };
  }
}

function askOf(payment: Payment, terms: CheckoutTerms): CheckoutAsk {
  const { requestId, referenceId, currency, total, order, person, customerName, createdAt, expiresAt } = payment;
  const { methods, callbackUrl, customerEmail } = terms;
  return {
    ...{ requestId, referenceId, currency, total, methods, callbackUrl },
    items: checkoutItems(order),
    dueMinutes: dueMinutesOf(createdAt, expiresAt),
    customer: { phone: person ?? '', name: customerName, email: customerEmail },
    beneficiary: order.beneficiaries[0] ?? null,
  };
}

export const isCheckout = (payment: Payment): payment is Payment & { readonly terms: CheckoutTerms } =>
  payment.terms.via === 'CHECKOUT';

const GONE: CheckoutOutcome = {
  outcome: 'refused',
  failure: {
    code: 'NO_ROUTE',
    message: 'The account was deleted.',
    providerCode: null,
    providerMessage: null,
  },
};
const GAVE_UP = problem('PROVIDER_UNAVAILABLE', 'It took too long to open, and nothing came of it: ask for it again.');
