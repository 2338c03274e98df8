import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { type Sql } from '../database/database.js';
import { type NewEvent } from '../events/event-types.js';
import { problemOf } from '../providers/accounts.service.js';
import { type Family } from '../providers/callback-families.js';
import { type PaymentReport } from '../providers/ports/callbacks.js';
import { countNotice } from './payment-metrics.js';
import { PaymentProgress, type PaymentWord } from './payment-progress.js';

/** The payment that a report names. */
interface Named {
  readonly paymentId: string;
  /** The account by which it was found: a message's own. */
  readonly accountId: string;
  /** The reference that the message carried by which the order was to be paid; null for another message of the payment. */
  readonly carried: string | null;
}

/** What rails report of payments: finds the payment of each report and lets it be heard. */
@Injectable()
export class PaymentReports {
  constructor(
    private readonly progress: PaymentProgress,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Applies what fits, inside the caller's transaction; `unknown` are the places of reports of messages that we do not know
   * yet. `announce` is to be called after the commit.
   */
  async apply(
    sql: Sql,
    family: Family,
    reports: readonly PaymentReport[],
  ): Promise<{ unknown: number[]; events: NewEvent[]; announce: () => void }> {
    if (reports.length === 0) return NOTHING;
    const { projectId } = family.receiver;
    const byMessage = await this.byMessage(sql, family, reports);
    const byEcho = await this.byEcho(sql, family, reports);
    const byOrder = await this.byOrder(sql, family, reports);
    const byMessageOf = ({ mailbox, reference }: PaymentReport): Named | undefined =>
      family.accountsFor(mailbox).flatMap(({ id }) => byMessage.get(`${id} ${reference}`) ?? [])[0];
    // Meta's page calls the id of a payment's notice that of the notice, its samples that of the message. Where an amount
    // stands beside the order's reference that is as good; where none does (Exotel) the message alone tells.
    const byNameOf = ({ mailbox, orderReference, amount }: PaymentReport): Named | undefined => {
      const named = amount === 'unsaid' || orderReference === null ? undefined : byOrder.get(orderReference);
      const account = family.accountFor(mailbox);
      return named && account ? { ...named, accountId: account.id } : undefined;
    };
    const words: PaymentWord[] = [];
    const unknown: number[] = [];
    for (const [place, report] of reports.entries()) {
      const named =
        report.of === 'order'
          ? byOrder.get(report.reference)
          : (byMessageOf(report) ?? byEcho.get(report) ?? byNameOf(report));
      if (named) words.push(this.wordOf(family, report, named));
      else if (report.of === 'message') unknown.push(place);
      // Its row stands before the rail hears of it: what nobody knows now is nobody's later either.
      else countNotice('unknown');
    }
    if (words.length === 0) return { ...NOTHING, unknown };
    const { events, messages } = await this.progress.apply(sql, projectId, words);
    return { unknown, events, announce: () => void this.progress.announce(messages) };
  }

  private wordOf(family: Family, report: PaymentReport, { paymentId, accountId, carried }: Named): PaymentWord {
    const { status, amount, transactionId, transactionUnnamed, paidWith, occurredAt, failure, proven } = report;
    const { orderReference: named } = report;
    return {
      paymentId,
      // By which of several cards in the chat it was paid.
      ...(report.of === 'message' && carried !== null && { card: carried }),
      word: {
        ...{ source: 'CALLBACK', status, amount, accountId, transactionId, transactionUnnamed, paidWith, proven },
        reference: named === null && carried !== null ? null : { named, carried },
        occurredAt: occurredAt ?? this.clock.now(),
        problem: failure && problemOf(family.receiver, failure),
      },
    };
  }

  /** By the messages that asked to be paid, by account and the provider's id of any of their attempts. */
  private async byMessage(
    sql: Sql,
    family: Family,
    reports: readonly PaymentReport[],
  ): Promise<ReadonlyMap<string, Named>> {
    const keys = reports
      .filter(({ of }) => of === 'message')
      .flatMap(({ mailbox, reference }) => family.accountsFor(mailbox).map(({ id }) => ({ accountId: id, reference })));
    if (keys.length === 0) return new Map();
    const rows = await sql.rows<Named & { reference: string }>(
      `select r.account_id as "accountId", r.reference, m.payment_id as "paymentId", m.reference as carried
         from provider_references r
         join payment_messages m on m.project_id = r.project_id and m.message_id = r.message_id
        where (r.project_id, r.account_id, r.reference) in (select * from unnest($1::uuid[], $2::uuid[], $3::text[]))`,
      [
        keys.map(() => family.receiver.projectId),
        keys.map(({ accountId }) => accountId),
        keys.map(({ reference }) => reference),
      ],
    );
    return new Map(rows.map((row) => [`${row.accountId} ${row.reference}`, row]));
  }

  /** By the attempt that the provider echoes: of an order whose answer never came, that is all that is known. */
  private async byEcho(
    sql: Sql,
    family: Family,
    reports: readonly PaymentReport[],
  ): Promise<ReadonlyMap<PaymentReport, Named>> {
    const echoing = reports.filter(({ of, attemptId }) => of === 'message' && attemptId);
    if (echoing.length === 0) return new Map();
    const rows = await sql.rows<Named & { attemptId: string; person: string }>(
      `select a.id as "attemptId", a.account_id as "accountId", a.person, m.payment_id as "paymentId", m.reference as carried
         from message_attempts a
         join payment_messages m on m.project_id = a.project_id and m.message_id = a.message_id
        where (a.project_id, a.id) in (select * from unnest($1::uuid[], $2::uuid[]))`,
      [echoing.map(() => family.receiver.projectId), echoing.map(({ attemptId }) => attemptId)],
    );
    return new Map(
      echoing.flatMap((report) => {
        const accounts = family.accountsFor(report.mailbox);
        // Of a batch a provider may echo the attempt of the first message alone.
        const named = rows.find(
          ({ attemptId, accountId, person }) =>
            attemptId === report.attemptId &&
            accounts.some(({ id }) => id === accountId) &&
            (report.recipient ?? person) === person,
        );
        return named ? [[report, named] as const] : [];
      }),
    );
  }

  /** By the order's reference, which is of one payment of the project: whose account it is, is judged with the rest. */
  private async byOrder(
    sql: Sql,
    family: Family,
    reports: readonly PaymentReport[],
  ): Promise<ReadonlyMap<string, Named>> {
    const references = reports.flatMap(({ of, reference, orderReference }) =>
      of === 'order' ? reference : (orderReference ?? []),
    );
    if (references.length === 0) return new Map();
    const { projectId, id: accountId } = family.receiver;
    const rows = await sql.rows<{ reference: string; paymentId: string }>(
      `select reference, payment_id as "paymentId" from payment_references
        where (project_id, reference) in (select * from unnest($1::uuid[], $2::text[]))`,
      [references.map(() => projectId), references],
    );
    return new Map(rows.map(({ reference, paymentId }) => [reference, { paymentId, accountId, carried: reference }]));
  }
}

const NOTHING = { unknown: [], events: [], announce: (): void => undefined };
