import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, earlier, later, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { AcceptMessages } from '../messages/accept-messages.js';
import { chosenOf } from '../messages/planning/account-choice.js';
import { type Caller } from '../projects/caller.js';
import { bindKeys, boundTo } from '../projects/idempotency-keys.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { RoutingService } from '../providers/routing.service.js';
import { readUntil } from '../queue/read-until.js';
import { CheckoutPages, isCheckout } from './checkout-pages.js';
import { linkSend, orderSend, PLACES, receiptSend, sendProblem } from './order-messages.js';
import { type CreateInput, type PaymentAsk, readPayment } from './payment-input.js';
import { ASKED_AFTER_MS, tell } from './payment-progress.js';
import { type Payment } from './payment-row.js';
import { PaymentStore } from './payment-store.js';
import { type ChatTerms, type CheckoutTerms } from './payment-terms.js';
import { expiryOf, paymentTimesProblem } from './payment-times.js';

const OPERATION = 'createPayment';
/** A second call with the key of one that is under way waits for it (interface.md, Idempotency). */
const WAIT_MS = 15 * SECOND;
/** A call that takes longer lost its process: the payment is told of, and its page asked for again (payment-timers.ts). */
const LEASE_MS = 30 * SECOND;
/** Stands for the link while nobody has it: as long as they get. */
const SOME_LINK = `https://checkout.example/${'x'.repeat(100)}`;

/** A row of one's own, with the account whose queue grew; or the id of the payment that the key was answered with. */
type Made = { readonly payment: Payment; readonly wakes?: string } | { readonly known: string };

/** Asks for payments, in the chat or by a hosted page. */
@Injectable()
export class CreatePayments {
  constructor(
    private readonly database: Database,
    private readonly store: PaymentStore,
    private readonly accept: AcceptMessages,
    private readonly routing: RoutingService,
    private readonly pages: CheckoutPages,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** In the chat it answers after the commit, with a page after the provider did or 15 s: then the link follows. */
  async create(caller: Caller, input: CreateInput): Promise<Payment | Problem> {
    const ask = readPayment(input, caller);
    if (isProblem(ask)) return ask;
    const before = await this.before(this.database, caller.projectId, ask);
    const known = before === null || isProblem(before) ? before : await this.whenTold(caller.projectId, before);
    // One that was refused meanwhile has freed its key: this call is the first one then.
    if (known) return known;
    const late = paymentTimesProblem(ask, this.clock.now());
    if (late) return late;
    const payment = newPayment(caller.projectId, ask, this.clock.now());
    const account = await this.accountFor(payment, ask.accountId);
    if (isProblem(account)) return account;
    const refusal = await this.receiptProblem(payment);
    if (refusal) return refusal;
    // A transaction that is tried again begins with the row as it was.
    const made = await this.database.attempt((sql) => this.make(sql, { ...payment, accountId: account }, ask));
    if (isProblem(made)) return made;
    if ('known' in made) return (await this.whenTold(caller.projectId, made.known)) ?? this.create(caller, input);
    if (isCheckout(made.payment)) return this.pages.open(made.payment, made.payment.terms);
    this.log.announce();
    if (made.wakes) this.signals.tell('messages', [made.wakes]);
    return made.payment;
  }

  /** Through which account it goes; and that what is to be sent at once could be. */
  private accountFor(payment: Payment, accountId: string | null): Promise<string | Problem> {
    const { terms } = payment;
    return terms.via === 'CHECKOUT'
      ? this.pageAccount(payment, terms, accountId)
      : this.chatAccount(payment, terms, accountId);
  }

  private async pageAccount(
    payment: Payment,
    { linkTemplate }: CheckoutTerms,
    accountId: string | null,
  ): Promise<string | Problem> {
    const table = await this.routing.table(payment.projectId);
    const named = accountId === null ? null : table.account(accountId);
    if (named === undefined) return NO_ACCOUNT;
    if (named && !table.can(named, 'CHECKOUT')) return cannot(named, table.providersWith('CHECKOUT'));
    const account = named ?? chosenOf(table.tried('CHECKOUT'));
    if (!account) return noCheckout(table.providersWith('CHECKOUT'));
    if (!account.enabled) return switchedOff(account);
    const plan = linkTemplate && (await this.accept.plan(linkSend(payment, linkTemplate, SOME_LINK)));
    return isProblem(plan) ? sendProblem(plan, PLACES.link) : account.id;
  }

  /** It stays with the account by which the order would leave, for the payment configuration is that account's own. */
  private async chatAccount(payment: Payment, terms: ChatTerms, accountId: string | null): Promise<string | Problem> {
    const plan = await this.accept.plan(orderSend(payment, terms, payment.referenceId, accountId));
    return isProblem(plan) ? sendProblem(plan, PLACES.order) : plan.account.id;
  }

  /** Told now: when it is paid there is nobody to tell. */
  private async receiptProblem(payment: Payment): Promise<Problem | null> {
    const template = payment.receipt?.template;
    const plan = template && (await this.accept.plan(receiptSend(payment, template)));
    return isProblem(plan) ? sendProblem(plan, PLACES.receipt) : null;
  }

  /** Stores it with its reference and key, and in the chat with its message. */
  private async make(sql: Sql, payment: Payment, { idempotency }: PaymentAsk): Promise<Made | Problem> {
    const { projectId, id } = payment;
    const now = this.clock.now();
    if (idempotency && !(await bindKeys(sql, OPERATION, [{ projectId, id, idempotency }], now)).has(id)) {
      const bound = await boundTo(sql, OPERATION, projectId, idempotency.key, now);
      return bound?.inputHash.equals(idempotency.hash) ? { known: bound.id } : CONFLICT;
    }
    if (!(await this.store.takeReference(sql, payment, payment.referenceId))) return TAKEN;
    await this.store.insert(sql, payment);
    if (payment.terms.via !== 'WHATSAPP') return { payment };
    const send = orderSend(payment, payment.terms, payment.referenceId, payment.accountId);
    const { messages, events, problems } = await this.accept.acceptWithin(sql, projectId, [send]);
    const [message] = messages;
    if (!message) return sendProblem(problems[0] ?? NO_ACCOUNT, PLACES.order);
    const asks = { projectId, paymentId: id, messageId: message.id, reference: payment.referenceId };
    await this.store.addMessages(sql, [asks]);
    payment.timerAt = earlier(later(now, ASKED_AFTER_MS), payment.expiresAt);
    const created = tell(payment, now);
    await this.store.save(sql, payment);
    await this.log.append(sql, [created, ...events]);
    return { payment, wakes: message.accountId };
  }

  /** The id of the payment that the key was answered with, or is about to be. */
  private async before(sql: Sql, projectId: string, { idempotency }: PaymentAsk): Promise<string | Problem | null> {
    const bound = idempotency && (await boundTo(sql, OPERATION, projectId, idempotency.key, this.clock.now()));
    if (!bound) return null;
    return idempotency.hash.equals(bound.inputHash) ? bound.id : CONFLICT;
  }

  /** A payment once its first answer is there; null when it was refused. */
  private async whenTold(projectId: string, id: string): Promise<Payment | Problem | null> {
    const row = await readUntil(
      { signals: this.signals, clock: this.clock, topic: 'payments', id },
      () => this.store.find(projectId, id),
      (found) => !found || found.told,
      WAIT_MS,
    );
    return row && !row.told ? stillUnderWay(later(row.createdAt, LEASE_MS)) : row;
  }
}

function newPayment(projectId: string, ask: PaymentAsk, now: Date): Payment {
  const { referenceId, to: person, customerName, currency, order, terms, receipt } = ask;
  return {
    ...{ projectId, id: newId(), referenceId, accountId: '', person, customerName, currency, order, terms, receipt },
    ...{ total: order.total, cardReference: referenceId, requestId: newId(), receiptDone: false },
    ...{ status: 'PENDING', orderStatus: 'PENDING', told: false, checkoutUrl: null, problem: null },
    ...{ transactionId: null, transactionUnnamed: false, paidWith: null, paidAt: null },
    ...{ tries: 0, asks: 0, sequence: 0, timerAt: later(now, LEASE_MS) },
    ...{ expiresAt: expiryOf(ask, now), createdAt: now },
  };
}

const CONFLICT = problem(
  'IDEMPOTENCY_CONFLICT',
  'The key was used within 7 days for another payment: use a new key, or the same input.',
  'idempotencyKey',
);
const TAKEN = problem(
  'DUPLICATE_REFERENCE',
  'Another payment of the project has that referenceId, or its order was sent again under it: give this one its own.',
  'referenceId',
);
const NO_ACCOUNT = problem('NOT_FOUND', 'No provider account of that id exists in this project.', 'accountId');

const cannot = ({ name }: ProviderAccount, who: readonly string[]): Problem =>
  problem(
    'UNSUPPORTED_BY_PROVIDER',
    `The account ${name} opens no payment page; one of ${who.join(' or ')} could.`,
    'accountId',
  );
const switchedOff = ({ name }: ProviderAccount): Problem =>
  problem('NO_ROUTE', `The account ${name} is switched off: enable it, or name another one.`, 'accountId');
const noCheckout = (who: readonly string[]): Problem =>
  problem(
    'NO_ROUTE',
    `No enabled account of the project opens payment pages: connect one of ${who.join(' or ')}.`,
    'via.checkout',
  );
const stillUnderWay = (retryAt: Date): Problem =>
  problem(
    'TOO_MANY_REQUESTS',
    'The first call with this key is still under way; call again at retryAt.',
    'idempotencyKey',
    { retryAt },
  );
