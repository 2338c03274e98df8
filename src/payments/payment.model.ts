import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { publicId } from '../common/ids.js';
import { type Problem } from '../common/problem.js';
import { connectionOf } from '../graphql/connection.js';
import { MoneyModel, toMoney } from '../graphql/money.model.js';
import { NodeModel } from '../graphql/node.model.js';
import { ProblemModel } from '../graphql/problem.model.js';
import { resultUnion } from '../graphql/result-union.js';
import { DateTimeScalar, PhoneNumberScalar, UrlScalar } from '../graphql/scalars.js';
import { type Beneficiary, type GoodsType, type OrderLine, type OrderStatus } from '../providers/ports/messaging.js';
import { type Order } from './order.js';
import { GoodsTypeEnum, OrderStatusEnum, PaymentStatusEnum } from './payment.enums.js';
import { type PaymentStatus } from './payment.status.js';
import { type Payment, type PaymentNotice } from './payment-row.js';

@ObjectType('OrderItem', { description: 'One line of an order.' })
export class OrderItemModel {
  @Field(() => String, { description: 'The merchant’s own id for what is sold.' })
  readonly retailerId!: string;

  @Field(() => String, { description: 'What the person reads.' })
  readonly name!: string;

  @Field(() => MoneyModel, { description: 'The price of one.' })
  readonly amount!: MoneyModel;

  @Field(() => MoneyModel, { nullable: true, description: 'The reduced price of one: it counts, where there is one.' })
  readonly saleAmount!: MoneyModel | null;

  @Field(() => Int, { description: 'How many.' })
  readonly quantity!: number;
}

@ObjectType('Beneficiary', { description: 'Who gets what is shipped.' })
export class BeneficiaryModel implements Beneficiary {
  @Field(() => String, { description: 'Their name.' })
  readonly name!: string;

  @Field(() => String, { description: 'Street and house.' })
  readonly addressLine1!: string;

  @Field(() => String, { nullable: true, description: 'More of it.' })
  readonly addressLine2!: string | null;

  @Field(() => String, { description: 'The city.' })
  readonly city!: string;

  @Field(() => String, { description: 'The state or province.' })
  readonly state!: string;

  @Field(() => String, { description: 'The country.' })
  readonly country!: string;

  @Field(() => String, { description: 'The postal code.' })
  readonly postalCode!: string;
}

@ObjectType('Order', { description: 'What is paid for. Subtotal + tax + shipping − discount is the payment’s total.' })
export class OrderModel {
  @Field(() => GoodsTypeEnum, { description: 'Whether it is shipped.' })
  readonly goods!: GoodsType;

  @Field(() => [OrderItemModel], { description: 'Its lines.' })
  readonly items!: readonly OrderItemModel[];

  @Field(() => MoneyModel, { description: 'What the lines add up to.' })
  readonly subtotal!: MoneyModel;

  @Field(() => MoneyModel, { description: 'The tax that is added.' })
  readonly tax!: MoneyModel;

  @Field(() => MoneyModel, { description: 'What the shipping costs, which is added.' })
  readonly shipping!: MoneyModel;

  @Field(() => MoneyModel, { description: 'What is taken off.' })
  readonly discount!: MoneyModel;

  @Field(() => [BeneficiaryModel], { description: 'Who gets what is shipped.' })
  readonly beneficiaries!: readonly Beneficiary[];
}

@ObjectType('PaymentNotice', {
  description: 'One word of the rail about a payment, or of the merchant, as it came, believed or not.',
})
export class PaymentNoticeModel {
  @Field(() => ID, { description: 'Its id, ntc_….' })
  readonly id!: string;

  @Field(() => DateTimeScalar, { description: 'When it came.' })
  readonly receivedAt!: Date;

  @Field(() => PaymentStatusEnum, { nullable: true, description: 'Where it says that the payment stands.' })
  readonly status!: PaymentStatus | null;

  @Field(() => MoneyModel, {
    nullable: true,
    description:
      'How much it says; the order’s total from a rail that never says it, null where no amount can be read.',
  })
  readonly amount!: MoneyModel | null;

  @Field(() => String, { nullable: true, description: 'The rail’s own id of the transaction.' })
  readonly transactionId!: string | null;

  @Field(() => String, { nullable: true, description: 'How it was paid, as the rail names it.' })
  readonly paidWith!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'By which form of a signature it was found genuine; null where nothing was signed.',
  })
  readonly proven!: string | null;

  @Field(() => ProblemModel, {
    nullable: true,
    description: 'Why it was not believed: another amount, currency, account; paid twice.',
  })
  readonly problem!: Problem | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When a person said that it is right, although it was not believed.',
  })
  readonly acceptedAt!: Date | null;
}

@ObjectType('Payment', { implements: () => NodeModel, description: 'A payment that a person is asked for.' })
export class PaymentModel extends NodeModel {
  /** The row's own ids, for field resolvers. */
  readonly uuid!: string;
  readonly accountId!: string;
  /** For the field resolver of problem. */
  readonly ownProblem!: Problem | null;

  @Field(() => String, { description: 'The merchant’s own order or invoice number, unique in the project.' })
  readonly referenceId!: string;

  @Field(() => PhoneNumberScalar, { nullable: true, description: 'Who pays, by number; null once erased.' })
  readonly to!: string | null;

  @Field(() => String, { nullable: true, description: 'Who pays, by name; null once erased.' })
  readonly customerName!: string | null;

  @Field(() => PaymentStatusEnum, { description: 'Where it stands.' })
  readonly status!: PaymentStatus;

  @Field(() => OrderStatusEnum, { description: 'Where its order stands.' })
  readonly orderStatus!: OrderStatus;

  @Field(() => MoneyModel, { description: 'How much is asked for.' })
  readonly total!: MoneyModel;

  @Field(() => OrderModel, { description: 'What is paid for.' })
  readonly order!: OrderModel;

  @Field(() => UrlScalar, {
    nullable: true,
    description: 'Where the person pays, for a checkout. Its invoice number there is referenceId.',
  })
  readonly checkoutUrl!: string | null;

  @Field(() => String, { nullable: true, description: 'The rail’s own id of the transaction that paid it.' })
  readonly transactionId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'VIRTUAL_ACCOUNT_BCA, CREDIT_CARD, upi, payment_gateway:razorpay … as the rail names it.',
  })
  readonly paidWith!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was paid, by the clock of the rail where it has one.',
  })
  readonly paidAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When its time passes.' })
  readonly expiresAt!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was asked for.' })
  readonly createdAt!: Date;
}

export const PaymentConnection = connectionOf('Payment', () => PaymentModel);
export const PaymentResult = resultUnion('PaymentResult', () => PaymentModel, 'The payment');

export function toPaymentModel(payment: Payment): PaymentModel {
  const { id, accountId, problem, referenceId, person, customerName, status, orderStatus } = payment;
  const { total, currency, order, checkoutUrl, transactionId, paidWith, paidAt, expiresAt, createdAt } = payment;
  return {
    id: publicId('pay', id),
    uuid: id,
    ...{ accountId, ownProblem: problem, referenceId, to: person, customerName, status, orderStatus },
    total: toMoney(total, currency),
    order: toOrderModel(order, currency),
    ...{ checkoutUrl, transactionId, paidWith, paidAt, expiresAt, createdAt },
  };
}

function toOrderModel(order: Order, currency: string): OrderModel {
  const { goods, items, subtotal, tax, shipping, discount, beneficiaries } = order;
  return {
    goods,
    items: items.map((line) => toItemModel(line, currency)),
    subtotal: toMoney(subtotal, currency),
    tax: toMoney(tax.amount, currency),
    shipping: toMoney(shipping.amount, currency),
    discount: toMoney(discount.amount, currency),
    beneficiaries,
  };
}

const toItemModel = (line: OrderLine, currency: string): OrderItemModel => ({
  ...{ retailerId: line.retailerId, name: line.name, quantity: line.quantity },
  amount: toMoney(line.amount, currency),
  saleAmount: line.saleAmount === null ? null : toMoney(line.saleAmount, currency),
});

export function toNoticeModel(notice: PaymentNotice): PaymentNoticeModel {
  const { id, receivedAt, status, amount, currency, transactionId, paidWith, proven, problem, acceptedAt } = notice;
  return {
    id: publicId('ntc', id),
    ...{ receivedAt, status, transactionId, paidWith, proven, acceptedAt },
    amount: amount === null || currency === null ? null : toMoney(amount, currency),
    problem: readProblem(problem),
  };
}

/** A problem as its row holds it: in JSON its time is a text. */
export const readProblem = (problem: Problem | null): Problem | null =>
  problem && { ...problem, retryAt: problem.retryAt ? new Date(problem.retryAt) : null };
