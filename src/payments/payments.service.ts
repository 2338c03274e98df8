import { Injectable } from '@nestjs/common';
import { later } from '../common/clock.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { type Sql } from '../database/database.js';
import { type NewEvent } from '../events/event-types.js';
import { AcceptMessages } from '../messages/accept-messages.js';
import { type Send } from '../messages/planning/send-input.js';
import { type Caller } from '../projects/caller.js';
import { isCheckout } from './checkout-pages.js';
import { cardInHand, linkSend, orderSend, PLACES, sendProblem, statusSend, templateSend } from './order-messages.js';
import { reasonProblem } from './input-texts.js';
import { readOrderUpdate, type UpdateInput } from './order-update-input.js';
import { LONGEST_REFERENCE } from './payment-input.js';
import { type Changed, PaymentChanges } from './payment-changes.js';
import { PaymentProgress } from './payment-progress.js';
import { type Payment, paymentEvent } from './payment-row.js';
import { PaymentStore } from './payment-store.js';
import { SHORTEST_EXPIRY_MS } from './payment-times.js';
import { isCancelable, mayOrderGo } from './payment.status.js';

/** A referenceId this long leaves room for the suffix of an order that is sent again (schema, resendPayment). */
const LONGEST_TO_RESEND = 32;
const MOST_CARDS = 99;

/** Moves orders on, and asks for their money again or not any more, as callers want it. */
@Injectable()
export class PaymentsService {
  constructor(
    private readonly changes: PaymentChanges,
    private readonly store: PaymentStore,
    private readonly progress: PaymentProgress,
    private readonly accept: AcceptMessages,
  ) {}

  /** Moves the order on, and tells the person: in the chat by its card, else by a template or not at all. */
  async updateOrderStatus(caller: Caller, id: string | null, input: UpdateInput): Promise<Payment | Problem> {
    const refusal = input.template ? await this.templateProblem(caller.projectId, id, input) : null;
    if (refusal) return refusal;
    return this.changes.change(caller.projectId, id, 'paymentId', async (sql, payment, now) => {
      const update = readOrderUpdate(input, payment.terms.via);
      if (isProblem(update)) return update;
      const { status, body, description, template } = update;
      if (!mayOrderGo(payment.orderStatus, status, payment.status)) return orderStays(payment, status);
      // One that waits leaves before what is said of it, but where it is canceled: then it never does.
      const waiting = status === 'CANCELED' ? null : payment.cardReference;
      const card = cardInHand(payment, await this.store.askingMessages(sql, payment)) ?? waiting;
      const sends: Send[] = [
        ...(body === null || card === null ? [] : [statusSend(payment, card, body, { status, description })]),
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
    const wrong = reason === null ? null : reasonProblem(reason);
    if (wrong) return wrong;
    return this.changes.change(caller.projectId, id, 'id', async (sql, payment, now) => {
      if (!isCancelable(payment.status, payment.orderStatus)) return tooLate(payment, 'it can be canceled no more');
      const card = isCheckout(payment) ? null : cardInHand(payment, await this.store.askingMessages(sql, payment));
      const standing = { status: 'CANCELED', description: null } as const;
      const sends = reason === null || card === null ? [] : [statusSend(payment, card, reason, standing)];
      const sent = await this.send(sql, payment, sends, null);
      return isProblem(sent) ? sendProblem(sent, CANCEL_PLACE) : this.canceled(sql, payment, sent, now);
    });
  }

  /** Asks again for what is open: by another card in the chat, or by the link. */
  async resend(caller: Caller, id: string | null): Promise<Payment | Problem> {
    return this.changes.change(caller.projectId, id, 'id', async (sql, payment, now) => {
      const { status, expiresAt } = payment;
      if (status === 'EXPIRED' || expiresAt <= now) return OVER;
      if (status !== 'PENDING' && status !== 'FAILED') return tooLate(payment, 'nobody is asked to pay it any more');
      const sent = isCheckout(payment) ? await this.sendLink(sql, payment) : await this.sendCard(sql, payment, now);
      if (isProblem(sent)) return sent;
      return { ...sent, events: [...sent.events, paymentEvent(payment, 'PAYMENT_UPDATED', now, now)] };
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
    if (isProblem(sent)) return sendProblem(sent, RESEND_PLACE);
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
}

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
