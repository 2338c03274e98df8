import { type OrderDetails } from '../providers/ports/messaging.js';
import { type Order } from './order.js';
import { type ChatTerms } from './payment-terms.js';

/**
 * An order as a message in the chat asks for it.
 * @param referenceId that of this message: an order that is sent again has another one.
 * @param expiresAt shown where the merchant named it.
 */
export function orderDetails(
  order: Order,
  { paymentType, configuration, showsExpiry, expiryDescription }: ChatTerms,
  referenceId: string,
  currency: string,
  expiresAt: Date,
): OrderDetails {
  const { goods, items, subtotal, tax, shipping, discount, total, beneficiaries } = order;
  return {
    ...{ referenceId, goods, paymentType, configuration, currency },
    ...{ items, subtotal, tax, shipping, discount, total, beneficiaries },
    expires: showsExpiry ? { at: expiresAt.toISOString(), description: expiryDescription } : null,
  };
}
