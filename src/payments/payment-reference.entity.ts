import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * Every order reference that a payment has had at its rail: the merchant's own, and with a suffix those of orders that were
 * sent again. Each is of one payment.
 */
@Entity('payment_references')
@Index('payment_references_payment', ['projectId', 'paymentId'])
export class PaymentReferenceEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'payment_references_pk' })
  projectId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'payment_references_pk' })
  reference!: string;

  @Column('uuid', { name: 'payment_id' })
  paymentId!: string;
}
