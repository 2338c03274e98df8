import { publicId } from '../common/ids.js';
import { decimalsOf } from '../common/money.js';
import { type EventType, type NewEvent } from '../events/event-types.js';
import { type PaymentNoticeEntity } from './payment-notice.entity.js';
import { type PaymentEntity } from './payment.entity.js';

export type Payment = PaymentEntity;
export type PaymentNotice = PaymentNoticeEntity;

/** Of the row `p`. */
export const PAYMENT_COLUMNS = `p.project_id as "projectId", p.id, p.reference_id as "referenceId", p.account_id as "accountId",
  p.person, p.customer_name as "customerName", p.currency, p.total, p.ordered as "order", p.terms, p.receipt,
  p.receipt_done as "receiptDone", p.status, p.order_status as "orderStatus", p.told, p.request_id as "requestId",
  p.checkout_url as "checkoutUrl", p.card_reference as "cardReference", p.transaction_id as "transactionId",
  p.transaction_unnamed as "transactionUnnamed", p.paid_with as "paidWith", p.paid_at as "paidAt", p.problem, p.tries, p.asks,
  p.timer_at as "timerAt", p.sequence, p.expires_at as "expiresAt", p.created_at as "createdAt"`;

/** Of the row `n`. */
export const NOTICE_COLUMNS = `n.project_id as "projectId", n.id, n.payment_id as "paymentId", n.fingerprint, n.source, n.status,
  n.amount, n.currency, n.transaction_id as "transactionId", n.paid_with as "paidWith", n.proven, n.problem, n.reason,
  n.accepted_at as "acceptedAt", n.occurred_at as "occurredAt", n.received_at as "receivedAt"`;

/** The event of a change (interface.md, The log). Counts it in the row, which the caller writes. */
export function paymentEvent(
  payment: Payment,
  type: Extract<EventType, `PAYMENT_${string}` | 'ORDER_STATUS_UPDATED'>,
  occurredAt: Date,
  recordedAt: Date,
): NewEvent {
  payment.sequence++;
  const { id, projectId, referenceId, status, orderStatus, total, currency, transactionId, paidWith, problem } =
    payment;
  const { sequence } = payment;
  return {
    ...{ projectId, type, sequence, occurredAt, recordedAt },
    ...{ subjectKind: 'payment', subjectId: id },
    data: {
      payment: {
        ...{ id: publicId('pay', id), referenceId, status, orderStatus },
        total: { value: Number(total), currency, decimals: decimalsOf(currency) },
        ...{ transactionId, paidWith, problem },
      },
    },
  };
}
