import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE } from '../common/clock.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';
import { Database, type Sql } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { AcceptMessages } from '../messages/accept-messages.js';
import { type Send } from '../messages/planning/send-input.js';
import { type Caller } from '../projects/caller.js';
import { isCheckout } from './checkout-pages.js';
import { linkSend, orderSend, PLACES, sendProblem, statusSend, templateSend } from './order-messages.js';
import { readOrderUpdate, type UpdateInput } from './order-update-input.js';
import { PaymentAsks } from './payment-asks.js';
import { judgeAccepted } from './payment.decide.js';
import { LONGEST_REFERENCE } from './payment-input.js';
import { type ForMessages, PaymentProgress, type PaymentWord } from './payment-progress.js';
import { readRecord, type RecordInput } from './payment-record-input.js';
import { type Payment, paymentEvent } from './payment-row.js';
import { PaymentStore } from './payment-store.js';
import { SHORTEST_EXPIRY_MS } from './payment-times.js';
import { isCancelable, mayOrderGo } from './payment.status.js';

/** A referenceId this long leaves room for the suffix of an order that is sent again (schema, resendPayment). */
const LONGEST_TO_RESEND = 32;
const MOST_CARDS = 99;
const LONGEST_REASON = 1024;
/** Clocks differ. */
const MOST_AHEAD_MS = 5 * MINUTE;

/** What a change of a payment came to, besides the row. */
interface Changed {
  readonly events: readonly NewEvent[];
  /** Whose queues grew. */
  readonly accounts?: readonly string[];
  /** Messages that are not to leave any more. */
  readonly unwanted?: ForMessages['unwanted'];
}

/** Does what a caller wants of a payment. */
@Injectable()
export class PaymentsService {
  constructor(
    private readonly database: Database,
    private readonly store: PaymentStore,
    private readonly progress: PaymentProgress,
    private readonly asks: PaymentAsks,
    private readonly accept: AcceptMessages,
    private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Moves the order on, and tells the person: in the chat by its card, else by a template or not at all. */
  async updateOrderStatus(caller: Caller, id: string | null, input: UpdateInput): Promise<Payment | Problem> {
    const refusal = input.template ? await this.templateProblem(caller.projectId, id, input) : null;
    if (refusal) return refusal;
    return this.change(caller.projectId, id, 'paymentId', async (sql, payment, now) => {
      const update = readOrderUpdate(input, payment.terms.via);
      if (isProblem(update)) return update;
      const { status, body, description, template } = update;
      if (!mayOrderGo(payment.orderStatus, status, payment.status)) return orderStays(payment, status);
      const sends: Send[] = [
        ...(body === null ? [] : [statusSend(payment, body, { status, description })]),
        ...(template === null ? [] : [templateSend(payment, template)]),
      ];
      const sent = await this.send(sql, payment, sends, null);
      if (isProblem(sent)) return sendProblem(sent, PLACES.update);
      return status === 'CANCELED'
        ? this.canceled(sql, payment, sent, now)
        : { ...sent, events: [...sent.events, this.moveOrder(payment, status, now)] };
    });
  }

  /** Takes it back with its order. In the chat the reason, where there is one, is what the person reads. */
  async cancel(caller: Caller, id: string | null, reason: string | null): Promise<Payment | Problem> {
    const wrong = reason === null ? null : textProblem(reason, 'reason');
    if (wrong) return wrong;
    return this.change(caller.projectId, id, 'id', async (sql, payment, now) => {
      if (!isCancelable(payment.status, payment.orderStatus)) return tooLate(payment, 'it can be canceled no more');
      const asked = await this.store.askingMessages(sql, payment);
      const isTold = reason !== null && !isCheckout(payment) && asked.some(({ hasLeft }) => hasLeft);
      const sends = isTold ? [statusSend(payment, reason, { status: 'CANCELED', description: null })] : [];
      const sent = await this.send(sql, payment, sends, null);
      return isProblem(sent) ? sendProblem(sent, CANCEL_PLACE) : this.canceled(sql, payment, sent, now);
    });
  }

  /** Asks again for what is open: by another card in the chat, or by the link. */
  async resend(caller: Caller, id: string | null): Promise<Payment | Problem> {
    return this.change(caller.projectId, id, 'id', async (sql, payment, now) => {
      const { status, expiresAt } = payment;
      if (status === 'EXPIRED' || expiresAt <= now) return OVER;
      if (status !== 'PENDING' && status !== 'FAILED') return tooLate(payment, 'nobody is asked to pay it any more');
      const sent = isCheckout(payment) ? await this.sendLink(sql, payment) : await this.sendCard(sql, payment, now);
      if (isProblem(sent)) return sent;
      return { ...sent, events: [...sent.events, paymentEvent(payment, 'PAYMENT_UPDATED', now, now)] };
    });
  }

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
    const wrong = textProblem(reason, 'reason');
    if (wrong) return wrong;
    if (id === null) return NO_NOTICE;
    return this.commit(async (sql, now) => {
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

  /** Why a template could not be sent: looked at before the transaction, for its file's address may have to be looked up. */
  private async templateProblem(projectId: string, id: string | null, input: UpdateInput): Promise<Problem | null> {
    const payment = id === null ? null : await this.store.find(projectId, id);
    const update = payment?.told ? readOrderUpdate(input, payment.terms.via) : null;
    if (!payment || !update || isProblem(update) || update.template === null) return null;
    const plan = await this.accept.plan(templateSend(payment, update.template));
    return isProblem(plan) ? sendProblem(plan, PLACES.update) : null;
  }

  private async hear(projectId: string, id: string, words: readonly PaymentWord[]): Promise<Payment | Problem> {
    return this.commit(async (sql) => {
      const { payments, events, messages } = await this.progress.apply(sql, projectId, words);
      const payment = payments.get(id) ?? (await this.store.take(sql, projectId, id));
      return payment ? { payment, events, ...messages } : NO_PAYMENT;
    });
  }

  /** Takes the order back with the payment. */
  private async canceled(sql: Sql, payment: Payment, sent: Changed, now: Date): Promise<Changed> {
    const unwanted = await this.progress.unwanted(sql, [payment]);
    const moved = this.moveOrder(payment, 'CANCELED', now);
    Object.assign(payment, { status: 'CANCELED', timerAt: null });
    return { ...sent, unwanted, events: [...sent.events, moved, paymentEvent(payment, 'PAYMENT_CANCELED', now, now)] };
  }

  private moveOrder(payment: Payment, status: Payment['orderStatus'], now: Date): NewEvent {
    payment.orderStatus = status;
    return paymentEvent(payment, 'ORDER_STATUS_UPDATED', now, now);
  }

  private async sendLink(sql: Sql, payment: Payment): Promise<Changed | Problem> {
    const { terms, checkoutUrl } = payment;
    if (terms.via !== 'CHECKOUT' || !terms.linkTemplate) return NO_LINK_TEMPLATE;
    // Without a page it has FAILED where the rail opens none.
    if (checkoutUrl === null) return payment.status === 'FAILED' ? NO_LINK_EVER : NO_LINK_YET;
    const sent = await this.send(
      sql,
      payment,
      [linkSend(payment, terms.linkTemplate, checkoutUrl)],
      payment.referenceId,
    );
    return isProblem(sent) ? sendProblem(sent, RESEND_PLACE) : sent;
  }

  private async sendCard(sql: Sql, payment: Payment, now: Date): Promise<Changed | Problem> {
    const { terms, referenceId, expiresAt, accountId } = payment;
    if (terms.via !== 'WHATSAPP') return NO_LINK_TEMPLATE;
    if (referenceId.length > LONGEST_TO_RESEND) return TOO_LONG_TO_RESEND;
    // The card would show a time that the rail does not take.
    if (terms.showsExpiry && expiresAt < later(now, SHORTEST_EXPIRY_MS)) return OVER;
    const reference = await this.nextReference(sql, payment);
    if (reference === null) return NO_REFERENCE_LEFT;
    // One that never left would ask for the same money twice.
    const unwanted = await this.progress.unwanted(sql, [payment]);
    const sent = await this.send(sql, payment, [orderSend(payment, terms, reference, accountId)], reference);
    if (isProblem(sent)) {
      await sql.rows('delete from payment_references where project_id = $1 and reference = $2', [
        payment.projectId,
        reference,
      ]);
      return sendProblem(sent, RESEND_PLACE);
    }
    payment.cardReference = reference;
    return { ...sent, unwanted };
  }

  /** The first of `INV-2`, `INV-3` … that no order of the project has; taken for this one. */
  private async nextReference(sql: Sql, payment: Payment): Promise<string | null> {
    for (let card = 2; card <= MOST_CARDS; card++) {
      const reference = `${payment.referenceId}-${card}`;
      if (reference.length > LONGEST_REFERENCE) return null;
      if (await this.store.takeReference(sql, payment, reference)) return reference;
    }
    return null;
  }

  /** Accepts messages of a payment; `reference`: the one that they ask to be paid. */
  private async send(
    sql: Sql,
    payment: Payment,
    sends: readonly Send[],
    reference: string | null,
  ): Promise<Changed | Problem> {
    if (sends.length === 0) return { events: [] };
    const { projectId, id: paymentId } = payment;
    const { messages, events, problems } = await this.accept.acceptFirst(
      sql,
      sends.map((send) => [send]),
    );
    const [why] = problems;
    if (why) return why;
    await this.store.addMessages(
      sql,
      messages.map(({ id: messageId }) => ({ projectId, paymentId, messageId, reference })),
    );
    return { events, accounts: messages.map(({ accountId }) => accountId) };
  }

  private async change(
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

  /** Writes a change with its events, and tells whom it concerns. A Problem has left nothing behind. */
  private async commit(
    work: (sql: Sql, now: Date) => Promise<(Changed & { readonly payment: Payment }) | Problem>,
  ): Promise<Payment | Problem> {
    const done = await this.database.transaction(async (sql) => {
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

function textProblem(text: string, field: string): Problem | null {
  if (unstorableAt(text) !== null)
    return problem('INVALID_INPUT', 'It holds a NUL byte or half a character; take it out.', field);
  return text.trim() === '' || text.length > LONGEST_REASON
    ? problem('INVALID_INPUT', `It has 1 to ${LONGEST_REASON} characters.`, field)
    : null;
}

const noPayment = (field: string): Problem =>
  problem('NOT_FOUND', 'No payment of that id exists in this project.', field);
const NO_PAYMENT = noPayment('id');
const NO_NOTICE = problem('NOT_FOUND', 'No notice of that id exists in this project.', 'id');
const IN_FUTURE = problem('INVALID_INPUT', 'It lies in the future: say when it was paid, or leave it out.', 'paidAt');
const BELIEVED = problem('INVALID_TRANSITION', 'The notice was believed: there is nothing to accept.', 'id');
const ACCEPTED = problem('INVALID_TRANSITION', 'The notice was accepted before.', 'id');
const OVER = problem('EXPIRED', 'Its time has passed, or is too short to pay it: ask for a new payment.', 'id');
const NO_LINK_TEMPLATE = problem(
  'UNSUPPORTED_BY_PROVIDER',
  'It was created without a linkTemplate, so there is nothing to send again: send its checkoutUrl yourself.',
  'id',
);
const NO_LINK_YET = problem('INVALID_TRANSITION', 'Its link has not come yet; it is sent when it does.', 'id');
const NO_LINK_EVER = problem('INVALID_TRANSITION', 'The rail opened no page for it: ask for a new payment.', 'id');
const NO_REFERENCE_LEFT = problem(
  'DUPLICATE_REFERENCE',
  'Every referenceId with a number behind it is taken: ask for a new payment.',
  'id',
);
const TOO_LONG_TO_RESEND = problem(
  'INVALID_INPUT',
  `Sent again it takes a number behind its referenceId, which may have ${LONGEST_TO_RESEND} characters then: ask for a new payment.`,
  'id',
);
const CANCEL_PLACE = { template: 'reason', other: 'reason', hasPerson: false };
const RESEND_PLACE = { template: 'id', other: 'id', hasPerson: false };

const tooLate = ({ status, orderStatus }: Payment, what: string): Problem =>
  problem('INVALID_TRANSITION', `It is ${status}, and its order ${orderStatus}: ${what}.`, 'id');

const orderStays = ({ status, orderStatus }: Payment, to: Payment['orderStatus']): Problem =>
  problem(
    'INVALID_TRANSITION',
    to === 'CANCELED'
      ? `The payment is ${status} and the order ${orderStatus}: it can be canceled no more.`
      : `The order is ${orderStatus}: it cannot become ${to}.`,
    'status',
  );
