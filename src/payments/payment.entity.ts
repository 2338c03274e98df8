import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Digits } from '../common/money.js';
import { type Problem } from '../common/problem.js';
import { type OrderStatus } from '../providers/ports/messaging.js';
import { type SendTemplate } from '../messages/planning/send-content.js';
import { type Order } from './order.js';
import { type PaymentStatus } from './payment.status.js';
import { type PaymentTerms } from './payment-terms.js';

/** What the person is sent, once, when it is paid. */
export interface Receipt {
  readonly body: string | null;
  readonly template: SendTemplate | null;
}

/** `told`: a caller knows of it. Until then a refusal takes it away again, with its reference and its key. */
@Entity('payments')
@Index('payments_reference', ['projectId', 'referenceId'], { unique: true })
@Index('payments_timer', ['timerAt'], { where: 'timer_at is not null' })
@Index('payments_person', ['projectId', 'person', 'id'])
@Index('payments_created', ['projectId', 'createdAt'])
export class PaymentEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'payments_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'payments_pk' })
  id!: string;

  /** The merchant's own. */
  @Column('text', { name: 'reference_id' })
  referenceId!: string;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  /** E.164; null once erased. */
  @Column('text', { nullable: true })
  person!: string | null;

  @Column('text', { name: 'customer_name', nullable: true })
  customerName!: string | null;

  @Column('text')
  currency!: string;

  @Column('bigint')
  total!: Digits;

  @Column('json', { name: 'ordered' })
  order!: Order;

  @Column('json')
  terms!: PaymentTerms;

  @Column('json', { nullable: true })
  receipt!: Receipt | null;

  /** The receipt was sent, or it is known that it cannot be: it is not tried again. */
  @Column('boolean', { name: 'receipt_done' })
  receiptDone!: boolean;

  @Column('text')
  status!: PaymentStatus;

  @Column('text', { name: 'order_status' })
  orderStatus!: OrderStatus;

  @Column('boolean')
  told!: boolean;

  /** Names the request to a checkout; the same over repeats. */
  @Column('uuid', { name: 'request_id' })
  requestId!: string;

  @Column('text', { name: 'checkout_url', nullable: true })
  checkoutUrl!: string | null;

  /** The reference on the card in the chat that counts: the one that was paid, else the latest. */
  @Column('text', { name: 'card_reference' })
  cardReference!: string;

  @Column('text', { name: 'transaction_id', nullable: true })
  transactionId!: string | null;

  /** The rail named no transaction when we asked it: what its notice names may be the same one. */
  @Column('boolean', { name: 'transaction_unnamed' })
  transactionUnnamed!: boolean;

  @Column('text', { name: 'paid_with', nullable: true })
  paidWith!: string | null;

  @Column('timestamptz', { name: 'paid_at', nullable: true })
  paidAt!: Date | null;

  @Column('json', { nullable: true })
  problem!: Problem | null;

  /** Calls for its page that brought no answer. */
  @Column('smallint')
  tries!: number;

  /** How often the rail was asked where it stands, since it last said something. */
  @Column('smallint')
  asks!: number;

  @Column('timestamptz', { name: 'timer_at', nullable: true })
  timerAt!: Date | null;

  /** Events so far. */
  @Column('integer')
  sequence!: number;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
