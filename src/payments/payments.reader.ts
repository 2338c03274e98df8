import { Injectable } from '@nestjs/common';
import { uuidOf } from '../common/ids.js';
import { readPhone } from '../common/phone.js';
import { unstorableAt } from '../common/text.js';
import { Database } from '../database/database.js';
import { badUserInput } from '../graphql/errors.js';
import { type Caller } from '../projects/caller.js';
import { type Page, ProjectRows, type Where } from '../projects/project-rows.js';
import { PaymentEntity } from './payment.entity.js';
import { type PaymentFilter } from './payment.input.js';
import { PaymentNoticeEntity } from './payment-notice.entity.js';
import { PAYMENT_COLUMNS, type Payment, type PaymentNotice } from './payment-row.js';
import { type PaymentMessage } from './payment-store.js';

const TOLD: Where<PaymentEntity> = (query) => query.andWhere('row.told');

/** The payments of a project. One that nobody was told of yet does not exist. */
@Injectable()
export class PaymentsReader {
  private readonly rows: ProjectRows<PaymentEntity>;
  private readonly notices: ProjectRows<PaymentNoticeEntity>;

  constructor(private readonly database: Database) {
    this.rows = new ProjectRows(database, PaymentEntity);
    this.notices = new ProjectRows(database, PaymentNoticeEntity);
  }

  async find(projectId: string, id: string): Promise<Payment | null> {
    return (await this.findMany(projectId, [id])).get(id) ?? null;
  }

  /** By the merchant's own reference; one that an order got when it was sent again finds nothing. */
  async findByReference(projectId: string, referenceId: string): Promise<Payment | null> {
    const [row] = await this.rows.all(
      projectId,
      toldAnd((query) => query.andWhere('row.referenceId = :referenceId', { referenceId })),
    );
    return row ?? null;
  }

  async findMany(projectId: string, ids: readonly string[]): Promise<Map<string, Payment>> {
    const found = await this.rows.among(projectId, 'id', ids, TOLD);
    return new Map(found.map((row) => [row.id, row]));
  }

  page(projectId: string, first: number, after: string | null, where: Where<PaymentEntity>): Promise<Page<Payment>> {
    return this.rows.page(projectId, { first, after, where: toldAnd(where) });
  }

  count(projectId: string, where: Where<PaymentEntity>, max: number): Promise<number> {
    return this.rows.count(projectId, toldAnd(where), max);
  }

  /** What was said of several, oldest first, by the payment. */
  async noticesOf(projectId: string, ids: readonly string[]): Promise<Map<string, PaymentNotice[]>> {
    const found = await this.notices.among(projectId, 'paymentId', ids);
    return Map.groupBy(found, ({ paymentId }) => paymentId);
  }

  /** Which messages several have, oldest first. */
  async messagesOf(projectId: string, ids: readonly string[]): Promise<PaymentMessage[]> {
    return this.database.rows<PaymentMessage>(
      `select project_id as "projectId", payment_id as "paymentId", message_id as "messageId", reference
         from payment_messages
        where (project_id, payment_id) in (select * from unnest($1::uuid[], $2::uuid[])) order by message_id`,
      [ids.map(() => projectId), ids],
    );
  }

  /** The payments of several messages, by the message; most messages are of none. */
  async ofMessages(projectId: string, messageIds: readonly string[]): Promise<Map<string, Payment>> {
    const found = await this.database.rows<Payment & { readonly messageId: string }>(
      `select pm.message_id as "messageId", ${PAYMENT_COLUMNS}
         from payment_messages pm join payments p on p.project_id = pm.project_id and p.id = pm.payment_id
        where (pm.project_id, pm.message_id) in (select * from unnest($1::uuid[], $2::uuid[])) and p.told`,
      [messageIds.map(() => projectId), messageIds],
    );
    return new Map(found.map((row) => [row.messageId, row]));
  }
}

const toldAnd =
  (where: Where<PaymentEntity>): Where<PaymentEntity> =>
  (query) => {
    TOLD(query);
    where(query);
  };

/** A filter as conditions on the row. Throws BAD_USER_INPUT for text that no row can hold. */
export function whereOf(
  filter: PaymentFilter | null | undefined,
  caller: Pick<Caller, 'country'>,
): Where<PaymentEntity> {
  if (!filter) return () => undefined;
  const unstorable = unstorableAt(filter);
  if (unstorable !== null)
    throw badUserInput('A filter holds no NUL byte or half a character.', `filter.${unstorable}`);
  return (query) => {
    if (filter.statuses) query.andWhere('row.status = any(:statuses)', { statuses: filter.statuses });
    // A number that is none is the number of no payment.
    if (filter.phone != null) query.andWhere('row.person = :phone', { phone: readPhone(filter.phone, caller.country) });
    if (filter.accountId != null)
      query.andWhere('row.accountId = :account', { account: uuidOf('acc', filter.accountId) });
    if (filter.createdAfter) query.andWhere('row.createdAt >= :from', { from: filter.createdAfter });
    if (filter.createdBefore) query.andWhere('row.createdAt < :until', { until: filter.createdBefore });
  };
}
