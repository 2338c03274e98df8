import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A message of a payment: its order, the link to its page, its states, its receipt. */
@Entity('payment_messages')
@Index('payment_messages_payment', ['projectId', 'paymentId'])
export class PaymentMessageEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'payment_messages_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { name: 'message_id', primaryKeyConstraintName: 'payment_messages_pk' })
  messageId!: string;

  @Column('uuid', { name: 'payment_id' })
  paymentId!: string;

  /** The order's reference that it asks to be paid; null where it asks for nothing. */
  @Column('text', { nullable: true })
  reference!: string | null;
}
