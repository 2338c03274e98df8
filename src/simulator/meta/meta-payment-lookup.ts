import { type MetaPaymentsResponse } from '../../providers/meta/meta.wire.js';
import { standingOf } from '../chat-order.js';
import { type ChatOrders } from '../chat-orders.js';
import { type SimulatedMetaAccount } from './meta-account.js';
import { type MetaError, metaError } from './meta-errors.js';
import { paymentOf, paymentWord, transactionOf } from './meta-webhooks.js';

/**
 * `GET /{phone-number-id}/payments/{payment_configuration}/{reference_id}`, both as the order_details message had them
 * ("Receive payments via payment gateways"). What an order that Meta does not know is answered with no page says.
 */
export function lookUp(
  orders: ChatOrders,
  account: SimulatedMetaAccount,
  configuration: string,
  reference: string,
): MetaPaymentsResponse | MetaError {
  const filter = { kind: 'META', account: account.phoneNumberId, reference: decoded(reference) } as const;
  const [order] = orders.newest(filter, 1);
  if (order === undefined || order.configuration !== decoded(configuration))
    return { ...metaError(100, `There is no payment ${reference} of the configuration ${configuration}`), http: 404 };
  const payments = order.reported ? order.payments : [];
  const status = paymentWord(account, standingOf({ payments }));
  const transactions = payments.map((payment) => transactionOf(order, payment));
  return { payments: [{ ...paymentOf(order), status, ...(transactions.length > 0 && { transactions }) }] };
}

/** A segment of a path; one that is not encoded right is as it is written. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
