import { type ObjectLiteral } from 'typeorm';
import { later, MINUTE } from '../../src/common/clock.js';
import { newId } from '../../src/common/ids.js';
import { type Sql } from '../../src/database/database.js';
import { type Message } from '../../src/messages/message-row.js';
import { type Order } from '../../src/payments/order.js';
import { PaymentProgress, type Heard, type PaymentWord } from '../../src/payments/payment-progress.js';
import { NOTICE_COLUMNS, type Payment, type PaymentNotice } from '../../src/payments/payment-row.js';
import { PaymentStore } from '../../src/payments/payment-store.js';
import { type ChatTerms } from '../../src/payments/payment-terms.js';
import { type Word } from '../../src/payments/payment.decide.js';
import { type Caller } from '../../src/projects/caller.js';
import { type ProviderAccount } from '../../src/providers/accounts.service.js';
import { type ReportedPayment } from '../../src/providers/ports/callbacks.js';
import { TemplateEntity } from '../../src/templates/template.entity.js';
import { TemplateRegistrationEntity } from '../../src/templates/template-registration.entity.js';
import { MessageRoom } from './message-room.js';
import { DETAILS } from './orders.js';
import { ANI, template } from './surroundings.js';
import { until } from './until.js';

const { goods, items, subtotal, tax, shipping, discount, total, beneficiaries } = DETAILS;
const ORDER: Order = { goods, items, subtotal, tax, shipping, discount, total, beneficiaries };

const TERMS: ChatTerms = {
  ...{ via: 'WHATSAPP', text: 'Pesanan Anda', footer: null, headerImage: null, configuration: 'toko_upi' },
  ...{ paymentType: 'upi', template: null, showsExpiry: false, expiryDescription: null },
};

/** One of ₹100.00 in the chat that was asked for `now`, for half an hour, and is waited for. */
export function pendingPayment(now: Date, over: Partial<Payment> = {}): Payment {
  const referenceId = over.referenceId ?? 'INV-77';
  return {
    ...{ projectId: newId(), id: newId(), referenceId, accountId: newId(), person: ANI, customerName: 'Ani' },
    ...{ currency: 'INR', total, order: ORDER, terms: TERMS, receipt: null, receiptDone: false },
    ...{ status: 'PENDING', orderStatus: 'PENDING', told: true, requestId: newId(), checkoutUrl: null },
    ...{ cardReference: referenceId, transactionId: null, transactionUnnamed: false, paidWith: null, paidAt: null },
    ...{ problem: null, tries: 0, asks: 0, timerAt: later(now, 5 * MINUTE), sequence: 1 },
    ...{ expiresAt: later(now, 30 * MINUTE), createdAt: now, ...over },
  };
}

/** What hears of payments, on a database of its own, with payments that are written as if they had been asked for. */
export class PaymentRoom {
  readonly store: PaymentStore;
  readonly progress: PaymentProgress;

  static async open(): Promise<PaymentRoom> {
    return new PaymentRoom(await MessageRoom.open());
  }

  private constructor(readonly messages: MessageRoom) {
    const { database, accept, progress, signals, clock } = messages;
    this.store = new PaymentStore(database);
    this.progress = new PaymentProgress(this.store, accept, progress, signals, clock);
  }

  get now(): Date {
    return this.messages.clock.now();
  }

  close(): Promise<void> {
    return this.messages.close();
  }

  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.messages.database.transaction(work);
  }

  /** Does work in a transaction and holds that open; what is answered ends it. */
  async hold(work: (sql: Sql) => Promise<unknown>): Promise<(end: 'commit' | 'give up') => Promise<void>> {
    const begun = Promise.withResolvers<void>();
    const wish = Promise.withResolvers<'commit' | 'give up'>();
    const ended = this.transaction(async (sql) => {
      await work(sql);
      begun.resolve();
      if ((await wish.promise) === 'give up') throw new Error('It is given up.');
    }).catch((error: unknown) => begun.reject(error));
    await begun.promise;
    return (end) => {
      wish.resolve(end);
      return ended;
    };
  }

  /** Asks for one through an account. */
  async ask({ projectId, id: accountId }: ProviderAccount, over: Partial<Payment> = {}): Promise<Payment> {
    const row = pendingPayment(this.now, { projectId, accountId, ...over });
    await this.transaction(async (sql) => {
      await this.store.insert(sql, row);
      await this.store.takeReference(sql, row, row.referenceId);
      await this.store.save(sql, row);
      await this.card(sql, row, row.referenceId);
    });
    return row;
  }

  /** A card of it that the person has: who sends no card shows no state on it. */
  async card(sql: Sql, { projectId, id: paymentId, person, accountId }: Payment, reference: string): Promise<void> {
    const messageId = newId();
    await sql.rows(
      `insert into messages (project_id, id, direction, status, channel, priority, person, content, account_id,
         account_fixed, resend_unconfirmed, request_key, attempts, deferrals, doubts, repeats, sequence, created_at)
       values ($1, $2, 'OUTBOUND', 'SENT', 'WHATSAPP', 1, $3, '{"kind":"text","text":""}', $4, true, false, $2, 1, 0, 0, 0, 0, $5)`,
      [projectId, messageId, person, accountId, this.now],
    );
    await this.store.addMessages(sql, [{ projectId, paymentId, messageId, reference }]);
  }

  /** That its rail said so just now, in a callback of the account that it was asked for through. */
  word(
    { id, total: value, currency, accountId }: Payment,
    status: ReportedPayment,
    over: Partial<Word> = {},
  ): PaymentWord {
    return {
      paymentId: id,
      word: {
        ...{ source: 'CALLBACK', status, amount: { value, currency, written: value }, accountId, reference: null },
        ...{ transactionId: 'T-1', transactionUnnamed: false, paidWith: 'upi', problem: null, proven: null },
        ...{ occurredAt: this.now, ...over },
      },
    };
  }

  /** Hears as those do it whose words these are: all in one transaction, the events last. */
  hear({ projectId }: Pick<Payment, 'projectId'>, ...words: readonly PaymentWord[]): Promise<Heard> {
    return this.transaction(async (sql) => {
      const heard = await this.progress.apply(sql, projectId, words);
      await this.messages.log.append(sql, heard.events);
      return heard;
    });
  }

  async find({ projectId, id }: Pick<Payment, 'projectId' | 'id'>): Promise<Payment> {
    const found = await this.store.find(projectId, id);
    if (!found) throw new Error('There is no such payment.');
    return found;
  }

  /** What was said of one, in the order of hearing. */
  notices({ projectId, id }: Pick<Payment, 'projectId' | 'id'>): Promise<PaymentNotice[]> {
    return this.messages.database.rows(
      `select ${NOTICE_COLUMNS} from payment_notices n where project_id = $1 and payment_id = $2 order by id`,
      [projectId, id],
    );
  }

  /** What happened to the payments and orders of a project: `PAID`, `ORDER PROCESSING`. */
  async news({ projectId }: Pick<Caller, 'projectId'>): Promise<string[]> {
    const events = await this.messages.events({ projectId } as Caller);
    return events
      .filter(({ subjectKind }) => subjectKind === 'payment')
      .map(({ type, data }) =>
        type === 'ORDER_STATUS_UPDATED'
          ? `ORDER ${(data['payment'] as Payment).orderStatus}`
          : type.replace('PAYMENT_', ''),
      );
  }

  /** What persons were sent besides the cards, oldest first. */
  async sent({ projectId }: Pick<Payment, 'projectId'>): Promise<Message[]> {
    const cards = await this.messages.database.rows<{ id: string }>(
      'select message_id as id from payment_messages where project_id = $1 and reference is not null',
      [projectId],
    );
    const all = await this.messages.messages({ projectId } as Caller);
    return all.filter((message) => !cards.some(({ id }) => id === message.id));
  }

  /** `order_paid`, of four values, approved at an account. */
  async template({ projectId, id: accountId }: ProviderAccount): Promise<void> {
    const body = 'Halo {{1}}, {{2}}. Pesanan {{3}} sebesar {{4}} sudah dibayar.';
    const made = template({ projectId, id: newId(), body });
    const { id: templateId } = made.template;
    await this.messages.database.repository<ObjectLiteral>(TemplateEntity).insert(made.template);
    await this.messages.database.repository(TemplateRegistrationEntity).insert({
      ...{ projectId, templateId, accountId, externalId: 'TMP-1', providerId: null, status: 'APPROVED' },
      ...{ category: 'UTILITY', rejectionReason: null, updatedAt: this.now },
    });
  }

  /** Waits until so many statements wait for what another transaction holds. */
  async blocked(count: number): Promise<void> {
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await until(
      async () => (await this.messages.database.rows(waiting)).length === count,
      `${count} transactions wait for a lock`,
    );
  }
}
