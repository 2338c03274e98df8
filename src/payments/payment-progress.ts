import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, earlier, later, MINUTE } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { newId } from '../common/ids.js';
import { type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type NewEvent } from '../events/event-types.js';
import { AcceptMessages } from '../messages/accept-messages.js';
import { type MessageChange, MessageProgress } from '../messages/message-progress.js';
import { type Send } from '../messages/planning/send-input.js';
import { cardInHand, PLACES, receiptSend, sendProblem, statusSend } from './order-messages.js';
import { amountOf, fingerprintOf, isNamedLater, judge, type Judgement, type Word } from './payment.decide.js';
import { countNotice } from './payment-metrics.js';
import { type Payment, paymentEvent, type PaymentNotice } from './payment-row.js';
import { PaymentStore } from './payment-store.js';

/** When the rail is asked of one of which nothing was heard (the contract of payments); from there the pauses double. */
export const ASKED_AFTER_MS = 5 * MINUTE;

export interface PaymentWord {
  readonly paymentId: string;
  readonly word: Word;
  /** The reference on the card in the chat by which it was paid. */
  readonly card?: string;
}

/** What words made. */
export interface Heard {
  readonly payments: ReadonlyMap<string, Payment>;
  readonly events: NewEvent[];
  /** For `announce`, after the commit. */
  readonly messages: ForMessages;
}

/** What a change of payments means for messages. */
export interface ForMessages {
  /** Whose queues grew. */
  readonly accounts: readonly string[];
  /** Those that are not to leave any more. */
  readonly unwanted: readonly Pick<MessageChange, 'projectId' | 'messageId'>[];
}

/** The only writer of a payment's status by what is said of it: notices are kept, believed or flagged, and receipts sent. */
@Injectable()
export class PaymentProgress {
  private readonly logger = new Logger(PaymentProgress.name);

  constructor(
    private readonly store: PaymentStore,
    private readonly accept: AcceptMessages,
    private readonly messages: MessageProgress,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Applies words inside the caller's transaction, in their order; the same word twice is no news. The events are
   * answered, not appended. `then`: what else is done to one of them, heard of or not, before it is written.
   */
  async apply(
    sql: Sql,
    projectId: string,
    words: readonly PaymentWord[],
    then?: { readonly paymentId: string; readonly change: (payment: Payment, now: Date) => readonly NewEvent[] },
  ): Promise<Heard> {
    const now = this.clock.now();
    const ids = [...new Set([...words, ...(then ? [then] : [])].map(({ paymentId }) => paymentId))];
    const payments = await this.store.takeMany(sql, projectId, ids);
    const said = await this.store.fingerprints(sql, projectId, ids);
    const notices: PaymentNotice[] = [];
    const events: NewEvent[] = [];
    const paid: Payment[] = [];
    for (const { paymentId, word, card } of words) {
      const payment = payments.get(paymentId);
      const known = said.get(paymentId);
      if (!payment || !known) continue;
      const fingerprint = isAlwaysNews(word) ? Buffer.from(newId()) : fingerprintOf(word, card);
      if (known.has(fingerprint.toString('hex'))) {
        countNotice('repeated');
        continue;
      }
      known.add(fingerprint.toString('hex'));
      const judgement = judge(payment, word);
      // The rail was faster than our record of its answer.
      if (!payment.told) events.push(tell(payment, now));
      countNotice(judgement.flagged ? 'flagged' : 'believed');
      notices.push(noticeOf(payment, word, judgement, fingerprint, now));
      if (judgement.status === 'PAID') paid.push(payment);
      events.push(...this.move(payment, judgement, word, now, card));
    }
    await this.store.addNotices(sql, notices);
    const receipts = await this.receipts(sql, paid, now);
    const one = then && payments.get(then.paymentId);
    const more = one ? then.change(one, now) : [];
    await this.store.save(sql, ...payments.values());
    const unwanted = await this.unwanted(sql, paid);
    return {
      ...{ payments, events: [...events, ...receipts.events, ...more] },
      messages: { accounts: receipts.accounts, unwanted },
    };
  }

  /** After the commit: wakes the queues that grew, and stops what waits in one and is not wanted any more. */
  async announce({ accounts, unwanted }: ForMessages): Promise<void> {
    if (accounts.length > 0) this.signals.tell('messages', accounts);
    const stopped = this.messages.addAll(unwanted.map((message) => ({ ...message, change: { kind: 'cancel' } })));
    // One that leaves all the same asks for what is settled; the payment is none the worse.
    await stopped.catch((error: unknown) => this.logger.error(fault(error)));
  }

  /** Messages that ask for the money of these and have not left: who has paid, or need not, is not asked. */
  async unwanted(sql: Sql, payments: readonly Payment[]): Promise<ForMessages['unwanted']> {
    const waiting = payments.map(async (payment) => {
      const asking = await this.store.askingMessages(sql, payment);
      return asking.flatMap(({ messageId, waits }) => (waits ? [{ projectId: payment.projectId, messageId }] : []));
    });
    return (await Promise.all(waiting)).flat();
  }

  /** Moves a payment by a judgement. The caller has taken it, and writes it. */
  move(
    payment: Payment,
    { status, flagged, names, problem }: Judgement,
    word: Pick<Word, 'source' | 'transactionId' | 'transactionUnnamed' | 'paidWith' | 'occurredAt'>,
    now: Date,
    card = payment.cardReference,
  ): NewEvent[] {
    if (names) {
      const isNews = payment.transactionId !== word.transactionId;
      Object.assign(payment, { transactionId: word.transactionId, transactionUnnamed: false });
      return isNews ? [paymentEvent(payment, 'PAYMENT_UPDATED', word.occurredAt, now)] : [];
    }
    if (flagged) {
      payment.problem = flagged;
      this.logger.warn({ paymentId: payment.id, code: flagged.code }, 'A notice of a payment was not believed.');
      return [paymentEvent(payment, 'PAYMENT_FLAGGED', word.occurredAt, now)];
    }
    if (status === null || status === 'PENDING') return [];
    Object.assign(payment, { status, problem, ...afterMove(payment, status, now) });
    if (status === 'PAID') {
      const { transactionId, paidWith, occurredAt: paidAt } = word;
      const transactionUnnamed = isNamedLater(word);
      Object.assign(payment, { transactionId, transactionUnnamed, paidWith, paidAt, cardReference: card });
    }
    return [paymentEvent(payment, `PAYMENT_${status}`, word.occurredAt, now)];
  }

  /** Sends the receipts of what was paid just now, each once. The rows have been taken, and are written by the caller. */
  async receipts(
    sql: Sql,
    paid: readonly Payment[],
    now: Date,
  ): Promise<{ readonly events: NewEvent[]; readonly accounts: string[] }> {
    const events: NewEvent[] = [];
    const accounts: string[] = [];
    for (const payment of paid) {
      if (payment.receipt === null || payment.receiptDone) continue;
      payment.receiptDone = true;
      const sent = await this.sendReceipt(sql, payment, now);
      events.push(...sent.events);
      accounts.push(...sent.accounts);
    }
    return { events, accounts };
  }

  /** By the order's state in the chat, else by the template. */
  private async sendReceipt(
    sql: Sql,
    payment: Payment,
    now: Date,
  ): Promise<{ readonly events: NewEvent[]; readonly accounts: readonly string[] }> {
    const { projectId, id: paymentId, orderStatus, receipt } = payment;
    const processing = orderStatus === 'PENDING' ? 'PROCESSING' : orderStatus;
    const { body = null, template = null } = receipt ?? {};
    // Who canceled an order does not want it said that it is being made ready.
    const isShown = body !== null && orderStatus !== 'CANCELED';
    const card = isShown ? cardInHand(payment, await this.store.askingMessages(sql, payment)) : null;
    const ways: Send[] = [
      ...(body === null || card === null
        ? []
        : [statusSend(payment, card, body, { status: processing, description: null })]),
      ...(template === null ? [] : [receiptSend(payment, template)]),
    ];
    if (ways.length === 0) return { events: [], accounts: [] };
    const { messages, events, problems } = await this.accept.acceptFirst(sql, [ways]);
    const [message] = messages;
    const [why] = problems;
    if (message) {
      await this.store.addMessages(sql, [{ projectId, paymentId, messageId: message.id, reference: null }]);
      const accounts = [message.accountId];
      if (message.content.kind !== 'orderStatus' || orderStatus === processing) return { events, accounts };
      payment.orderStatus = processing;
      return { events: [...events, paymentEvent(payment, 'ORDER_STATUS_UPDATED', now, now)], accounts };
    }
    this.logger.warn({ paymentId, code: why?.code }, 'The receipt of a payment could not be sent.');
    payment.problem ??= why ? sendProblem(why, PLACES.receipt) : null;
    return { events: [paymentEvent(payment, 'PAYMENT_UPDATED', now, now)], accounts: [] };
  }
}

/** Somebody may know of it from here on. The caller writes the row. */
export function tell(payment: Payment, now: Date): NewEvent {
  payment.told = true;
  return paymentEvent(payment, 'PAYMENT_CREATED', payment.createdAt, now);
}

/** When it is looked at again: nobody asks after what is settled. */
function afterMove({ expiresAt }: Payment, status: Payment['status'], now: Date): Pick<Payment, 'timerAt' | 'asks'> {
  const isOpen = status === 'PROCESSING' || status === 'FAILED';
  return { timerAt: isOpen ? earlier(later(now, ASKED_AFTER_MS), expiresAt) : null, asks: 0 };
}

/** A merchant who names no transaction tells of another payment each time (RecordPaymentInput.transactionId). */
const isAlwaysNews = ({ source, status, transactionId }: Word): boolean =>
  source === 'MERCHANT' && status === 'PAID' && transactionId === null;

const noticeOf = (
  payment: Payment,
  word: Word,
  { flagged }: Judgement,
  fingerprint: Buffer,
  receivedAt: Date,
): PaymentNotice => ({
  ...{ projectId: payment.projectId, id: newId(), paymentId: payment.id, fingerprint, receivedAt },
  ...{ source: word.source, status: word.status, ...amountOf(word.amount, payment) },
  ...{ transactionId: word.transactionId, paidWith: word.paidWith, proven: word.proven, occurredAt: word.occurredAt },
  ...{ problem: flagged, reason: null, acceptedAt: null },
});
