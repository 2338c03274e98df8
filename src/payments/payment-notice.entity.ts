import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Digits } from '../common/money.js';
import { type Problem } from '../common/problem.js';
import { type ReportedPayment } from '../providers/ports/callbacks.js';

/** From where a word about a payment came: the rail's own callback, its answer to our question, or the merchant. */
export type NoticeSource = 'CALLBACK' | 'INQUIRY' | 'MERCHANT';

/** A word about a payment, believed or not. The same word twice is one row. */
@Entity('payment_notices')
@Index('payment_notices_payment', ['projectId', 'paymentId', 'fingerprint'], { unique: true })
export class PaymentNoticeEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'payment_notices_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'payment_notices_pk' })
  id!: string;

  @Column('uuid', { name: 'payment_id' })
  paymentId!: string;

  /** SHA-256 of what it says. */
  @Column('bytea')
  fingerprint!: Buffer;

  @Column('text')
  source!: NoticeSource;

  @Column('text')
  status!: ReportedPayment;

  /** Whole minor units; null where none can be read. */
  @Column('bigint', { nullable: true })
  amount!: Digits | null;

  @Column('text', { nullable: true })
  currency!: string | null;

  @Column('text', { name: 'transaction_id', nullable: true })
  transactionId!: string | null;

  @Column('text', { name: 'paid_with', nullable: true })
  paidWith!: string | null;

  /** By which form of a signature it was found genuine. */
  @Column('text', { nullable: true })
  proven!: string | null;

  /** Why it was not believed. */
  @Column('json', { nullable: true })
  problem!: Problem | null;

  /** Why a person says that it is right. */
  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('timestamptz', { name: 'accepted_at', nullable: true })
  acceptedAt!: Date | null;

  /** By the rail's clock; else as received. */
  @Column('timestamptz', { name: 'occurred_at' })
  occurredAt!: Date;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt!: Date;
}
