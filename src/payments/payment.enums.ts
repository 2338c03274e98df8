import { enumOf } from '../graphql/enum.js';
import { type GoodsType } from '../providers/ports/messaging.js';
import { ORDER_STATUSES, PAYMENT_STATUSES } from './payment.status.js';

const GOODS = {
  DIGITAL_GOODS: 'Nothing is shipped.',
  PHYSICAL_GOODS: 'It is shipped to the beneficiaries.',
} as const satisfies Record<GoodsType, string>;

export const PaymentStatusEnum = enumOf('PaymentStatus', 'Where a payment stands.', PAYMENT_STATUSES);

export const OrderStatusEnum = enumOf('OrderStatus', 'Where an order stands.', ORDER_STATUSES);

export const GoodsTypeEnum = enumOf('GoodsType', 'What kind of thing is paid for.', GOODS);
