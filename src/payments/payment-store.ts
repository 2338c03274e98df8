import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import { freeKey } from '../projects/idempotency-keys.js';
import { NOTICE_COLUMNS, PAYMENT_COLUMNS, type Payment, type PaymentNotice } from './payment-row.js';

/** A message of a payment. */
export interface PaymentMessage {
  readonly projectId: string;
  readonly paymentId: string;
  readonly messageId: string;
  /** The order's reference that it asks to be paid; null where it asks for nothing. */
  readonly reference: string | null;
}

/** A message by which a payment was asked for, with the order's reference that it carries. */
export interface AskingMessage {
  readonly messageId: string;
  readonly reference: string;
  /** It can be stopped. */
  readonly waits: boolean;
  /** The person may have it. */
  readonly hasLeft: boolean;
}

/** The rows of payments, as the services of this room write them. */
@Injectable()
export class PaymentStore {
  constructor(private readonly database: Database) {}

  /** Locked until the transaction ends; null for what does not exist. One that nobody was told of is found as well. */
  async take(sql: Sql, projectId: string, id: string): Promise<Payment | null> {
    return (await this.takeMany(sql, projectId, [id])).get(id) ?? null;
  }

  /** Those of several ids, locked in the order of their ids. */
  async takeMany(sql: Sql, projectId: string, ids: readonly string[]): Promise<Map<string, Payment>> {
    if (ids.length === 0) return new Map();
    const rows = await sql.rows<Payment>(
      `select ${PAYMENT_COLUMNS} from payments p
        where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) order by id for update`,
      [ids.map(() => projectId), ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  async find(projectId: string, id: string): Promise<Payment | null> {
    const [row] = await this.database.rows<Payment>(
      `select ${PAYMENT_COLUMNS} from payments p where project_id = $1 and id = $2`,
      [projectId, id],
    );
    return row ?? null;
  }

  async insert(sql: Sql, row: Payment): Promise<void> {
    const columns = {
      ...{ project_id: row.projectId, id: row.id, reference_id: row.referenceId, account_id: row.accountId },
      ...{ person: row.person, customer_name: row.customerName, currency: row.currency, total: row.total },
      ...{ ordered: row.order, terms: row.terms, receipt: row.receipt, receipt_done: row.receiptDone },
      ...{ status: row.status, order_status: row.orderStatus, told: row.told, request_id: row.requestId },
      ...{ card_reference: row.cardReference, transaction_unnamed: row.transactionUnnamed },
      ...{ tries: row.tries, asks: row.asks, timer_at: row.timerAt, sequence: row.sequence },
      ...{ expires_at: row.expiresAt, created_at: row.createdAt },
    };
    const names = Object.keys(columns).join(', ');
    await sql.rows(`insert into payments (${names}) select ${names} from json_populate_record(null::payments, $1)`, [
      JSON.stringify(columns),
    ]);
  }

  /** What may change of them. The rows have been taken. */
  async save(sql: Sql, ...rows: readonly Payment[]): Promise<void> {
    if (rows.length === 0) return;
    await sql.rows(
      `update payments p set receipt_done = n.receipt_done, status = n.status, order_status = n.order_status, told = n.told,
          checkout_url = n.checkout_url, card_reference = n.card_reference, transaction_id = n.transaction_id,
          transaction_unnamed = n.transaction_unnamed, paid_with = n.paid_with, paid_at = n.paid_at, problem = n.problem,
          tries = n.tries, asks = n.asks, timer_at = n.timer_at, sequence = n.sequence
         from json_populate_recordset(null::payments, $1) n
        where p.project_id = n.project_id and p.id = n.id`,
      [
        JSON.stringify(
          rows.map((row) => ({
            ...{ project_id: row.projectId, id: row.id, receipt_done: row.receiptDone, status: row.status },
            ...{ order_status: row.orderStatus, told: row.told, checkout_url: row.checkoutUrl },
            ...{ card_reference: row.cardReference, transaction_id: row.transactionId, paid_with: row.paidWith },
            ...{ transaction_unnamed: row.transactionUnnamed, paid_at: row.paidAt, problem: row.problem },
            ...{ tries: row.tries, asks: row.asks, timer_at: row.timerAt, sequence: row.sequence },
          })),
        ),
      ],
    );
  }

  /** Takes away one that nobody was told of, as if it had never been. */
  async remove(sql: Sql, { projectId, id }: Pick<Payment, 'projectId' | 'id'>): Promise<void> {
    const gone = await sql.rows('delete from payments where project_id = $1 and id = $2 and not told returning id', [
      projectId,
      id,
    ]);
    if (gone.length === 0) return;
    await sql.rows('delete from payment_references where project_id = $1 and payment_id = $2', [projectId, id]);
    await freeKey(sql, projectId, id);
  }

  /** Takes a reference for a payment; false where another order has it. Waits where another process takes it just now. */
  async takeReference(
    sql: Sql,
    { projectId, id }: Pick<Payment, 'projectId' | 'id'>,
    reference: string,
  ): Promise<boolean> {
    const taken = await sql.rows(
      `insert into payment_references (project_id, reference, payment_id) values ($1, $2, $3)
       on conflict (project_id, reference) do nothing returning reference`,
      [projectId, reference, id],
    );
    return taken.length > 0;
  }

  /** Those that it has taken, in the order in which it did. */
  async references({ projectId, id }: Pick<Payment, 'projectId' | 'id'>): Promise<string[]> {
    const rows = await this.database.rows<{ reference: string }>(
      'select reference from payment_references where project_id = $1 and payment_id = $2 order by length(reference), reference',
      [projectId, id],
    );
    return rows.map(({ reference }) => reference);
  }

  async addMessages(sql: Sql, messages: readonly PaymentMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await sql.rows(
      `insert into payment_messages (project_id, message_id, payment_id, reference)
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])`,
      [
        messages.map(({ projectId }) => projectId),
        messages.map(({ messageId }) => messageId),
        messages.map(({ paymentId }) => paymentId),
        messages.map(({ reference }) => reference),
      ],
    );
  }

  /** The messages by which one was asked to be paid, oldest first: those that can be stopped, and those that the person may have. */
  async askingMessages(sql: Sql, { projectId, id }: Pick<Payment, 'projectId' | 'id'>): Promise<AskingMessage[]> {
    return sql.rows(
      `select m.id as "messageId", pm.reference, m.status in ('QUEUED', 'SCHEDULED') and m.open_attempt is null as waits,
              m.status in ('UNCONFIRMED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ') or m.open_attempt is not null as "hasLeft"
         from payment_messages pm join messages m on m.project_id = pm.project_id and m.id = pm.message_id
        where pm.project_id = $1 and pm.payment_id = $2 and pm.reference is not null
        order by m.id`,
      [projectId, id],
    );
  }

  /** A notice with its payment locked; null for one that does not exist. */
  async takeNotice(
    sql: Sql,
    projectId: string,
    id: string,
  ): Promise<{ notice: PaymentNotice; payment: Payment } | null> {
    const find = async (): Promise<PaymentNotice | undefined> =>
      (
        await sql.rows<PaymentNotice>(
          `select ${NOTICE_COLUMNS} from payment_notices n where project_id = $1 and id = $2`,
          [projectId, id],
        )
      )[0];
    const before = await find();
    const payment = before && (await this.take(sql, projectId, before.paymentId));
    // Read again: notices change only under the lock of their payment.
    const notice = payment && (await find());
    return notice ? { notice, payment } : null;
  }

  /** The fingerprints of the notices of these, by payment. */
  async fingerprints(sql: Sql, projectId: string, ids: readonly string[]): Promise<Map<string, Set<string>>> {
    const rows = await sql.rows<{ paymentId: string; fingerprint: Buffer }>(
      `select payment_id as "paymentId", fingerprint from payment_notices
        where (project_id, payment_id) in (select * from unnest($1::uuid[], $2::uuid[]))`,
      [ids.map(() => projectId), ids],
    );
    const byPayment = Map.groupBy(rows, ({ paymentId }) => paymentId);
    return new Map(
      ids.map((id) => [id, new Set(byPayment.get(id)?.map(({ fingerprint }) => fingerprint.toString('hex')))]),
    );
  }

  async addNotices(sql: Sql, notices: readonly PaymentNotice[]): Promise<void> {
    if (notices.length === 0) return;
    await sql.rows(
      `insert into payment_notices (project_id, id, payment_id, fingerprint, source, status, amount, currency,
         transaction_id, paid_with, proven, problem, occurred_at, received_at)
       select project_id, id, payment_id, decode(hex, 'hex'), source, status, amount, currency, transaction_id, paid_with,
              proven, problem, occurred_at, received_at
         from json_to_recordset($1) as n (project_id uuid, id uuid, payment_id uuid, hex text, source text, status text,
              amount bigint, currency text, transaction_id text, paid_with text, proven text, problem json,
              occurred_at timestamptz, received_at timestamptz)`,
      [
        JSON.stringify(
          notices.map((notice) => ({
            ...{ project_id: notice.projectId, id: notice.id, payment_id: notice.paymentId },
            ...{ hex: notice.fingerprint.toString('hex'), source: notice.source, status: notice.status },
            ...{ amount: notice.amount, currency: notice.currency, transaction_id: notice.transactionId },
            ...{ paid_with: notice.paidWith, proven: notice.proven, problem: notice.problem },
            ...{ occurred_at: notice.occurredAt, received_at: notice.receivedAt },
          })),
        ),
      ],
    );
  }

  async acceptNotice(sql: Sql, { projectId, id, reason, acceptedAt }: PaymentNotice): Promise<void> {
    await sql.rows('update payment_notices set reason = $3, accepted_at = $4 where project_id = $1 and id = $2', [
      projectId,
      id,
      reason,
      acceptedAt,
    ]);
  }
}
