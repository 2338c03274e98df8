import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { CurrencyScalar, DateTimeScalar, MinorUnitsScalar, UrlScalar } from '../graphql/scalars.js';
import { TemplateContentInput } from '../messages/content.input.js';
import { type GoodsType, type OrderStatus } from '../providers/ports/messaging.js';
import { type WrittenBeneficiary, type WrittenItem, type WrittenOrder } from './order-input.js';
import { type UpdateInput } from './order-update-input.js';
import { GoodsTypeEnum, OrderStatusEnum, PaymentStatusEnum } from './payment.enums.js';
import { type PaymentStatus } from './payment.status.js';
import { type CreateInput, type WrittenChat, type WrittenCheckout } from './payment-input.js';
import { type RecordInput } from './payment-record-input.js';

@InputType('OrderItemInput', { description: 'One line of an order.' })
export class OrderItemInput implements WrittenItem {
  @Field(() => String, { description: 'Your own id for what is sold, 1 to 128 characters.' })
  readonly retailerId!: string;

  @Field(() => String, { description: 'What the person reads, 1 to 60 characters.' })
  readonly name!: string;

  @Field(() => MinorUnitsScalar, { description: 'The price of one, more than 0.' })
  readonly amount!: bigint;

  @Field(() => MinorUnitsScalar, {
    nullable: true,
    description: 'The reduced price of one, less than amount: it counts then.',
  })
  readonly saleAmount?: bigint | null;

  @Field(() => Int, { description: 'How many, at least 1.' })
  readonly quantity!: number;

  @Field(() => String, {
    nullable: true,
    description:
      'Where it was made, for goods that are in no catalogue; with the importer’s name and address: all three, or none of them. At most 200 characters each.',
  })
  readonly countryOfOrigin?: string | null;

  @Field(() => String, { nullable: true, description: 'Who imported it.' })
  readonly importerName?: string | null;

  @Field(() => String, { nullable: true, description: 'Where the importer is.' })
  readonly importerAddress?: string | null;
}

@InputType('BeneficiaryInput', { description: 'Who gets what is shipped.' })
export class BeneficiaryInput implements WrittenBeneficiary {
  @Field(() => String, { description: 'Their name, 1 to 200 characters.' })
  readonly name!: string;

  @Field(() => String, { description: 'Street and house, 1 to 100 characters.' })
  readonly addressLine1!: string;

  @Field(() => String, { nullable: true, description: 'More of it, at most 100 characters.' })
  readonly addressLine2?: string | null;

  @Field(() => String, { description: 'The city, 1 to 100 characters.' })
  readonly city!: string;

  @Field(() => String, { description: 'The state or province, 1 to 100 characters.' })
  readonly state!: string;

  @Field(() => String, { defaultValue: 'India', description: 'The country; in the chat India.' })
  readonly country!: string;

  @Field(() => String, { description: 'The postal code; in the chat 6 digits.' })
  readonly postalCode!: string;
}

@InputType('OrderInput', {
  description:
    'What is paid for. The subtotal is saleAmount where given, else amount, times quantity; the total is subtotal + tax + shipping − discount.',
})
export class OrderInput implements WrittenOrder {
  @Field(() => GoodsTypeEnum, { description: 'Whether it is shipped.' })
  readonly goods!: GoodsType;

  @Field(() => [OrderItemInput], { description: 'Its lines, 1 to 100.' })
  readonly items!: OrderItemInput[];

  @Field(() => MinorUnitsScalar, { defaultValue: 0n, description: 'The tax that is added.' })
  readonly tax!: bigint;

  @Field(() => String, { nullable: true, description: 'What kind of tax, at most 60 characters.' })
  readonly taxDescription?: string | null;

  @Field(() => MinorUnitsScalar, { defaultValue: 0n, description: 'What the shipping costs, which is added.' })
  readonly shipping!: bigint;

  @Field(() => String, { nullable: true, description: 'How it is shipped, at most 60 characters.' })
  readonly shippingDescription?: string | null;

  @Field(() => MinorUnitsScalar, { defaultValue: 0n, description: 'What is taken off; at most the subtotal.' })
  readonly discount!: bigint;

  @Field(() => String, { nullable: true, description: 'Why it is taken off, at most 60 characters.' })
  readonly discountDescription?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the programme it is taken off by, at most 60 characters.',
  })
  readonly discountProgram?: string | null;

  @Field(() => MinorUnitsScalar, {
    nullable: true,
    description: 'When given it must equal what the items add up to; else AMOUNT_MISMATCH.',
  })
  readonly total?: bigint | null;

  @Field(() => [BeneficiaryInput], {
    nullable: true,
    defaultValue: [],
    description: 'Required for PHYSICAL_GOODS; at most 10.',
  })
  readonly beneficiaries?: BeneficiaryInput[] | null;
}

@InputType('ReceiptInput', { description: 'What the person is sent when it is paid.' })
export class ReceiptInput {
  @Field(() => String, {
    nullable: true,
    description: 'The text of the order_status message in the chat, 1 to 1024 characters; not for a checkout.',
  })
  readonly body?: string | null;

  @Field(() => TemplateContentInput, {
    nullable: true,
    description: 'Or a template, whose params get the referenceId and the amount appended.',
  })
  readonly template?: TemplateContentInput | null;
}

@InputType('WhatsAppPaymentInput', { description: 'An order that is reviewed and paid in the chat, in INR.' })
export class WhatsAppPaymentInput implements WrittenChat {
  @Field(() => String, { description: 'What the person reads over the order, 1 to 1024 characters.' })
  readonly body!: string;

  @Field(() => String, { nullable: true, description: 'The small print under it, at most 60 characters.' })
  readonly footer?: string | null;

  @Field(() => UrlScalar, { nullable: true, description: 'A picture over it; else the first item’s.' })
  readonly headerImage?: string | null;

  @Field(() => String, {
    description: 'The name of the payment configuration set up with the provider, at most 60 characters.',
  })
  readonly configuration!: string;

  @Field(() => String, { description: 'upi, or payment_gateway:razorpay, payment_gateway:payu …' })
  readonly paymentType!: string;

  @Field(() => TemplateContentInput, {
    nullable: true,
    description: 'Outside the 24-hour window: a template with an order-details button.',
  })
  readonly template?: TemplateContentInput | null;
}

@InputType('CheckoutPaymentInput', { description: 'A page on which the person chooses how to pay, in IDR.' })
export class CheckoutPaymentInput implements WrittenCheckout {
  @Field(() => [String], {
    nullable: true,
    defaultValue: [],
    description: 'DOKU’s payment_method_types; empty is all that the account has.',
  })
  readonly methods?: string[] | null;

  @Field(() => UrlScalar, { nullable: true, description: 'Where the page leads back to.' })
  readonly callbackUrl?: string | null;

  @Field(() => TemplateContentInput, {
    nullable: true,
    description: 'A template whose params get the link appended as the last one.',
  })
  readonly linkTemplate?: TemplateContentInput | null;
}

@InputType('PaymentViaInput', { isOneOf: true, description: 'How it is asked for: exactly one of its fields.' })
export class PaymentViaInput {
  @Field(() => WhatsAppPaymentInput, {
    nullable: true,
    description: 'An order_details message in the chat (Exotel, Meta): Review and Pay.',
  })
  readonly whatsapp?: WhatsAppPaymentInput | null;

  @Field(() => CheckoutPaymentInput, {
    nullable: true,
    description: 'A hosted payment page (DOKU Checkout), whose link is sent with a template where one is named.',
  })
  readonly checkout?: CheckoutPaymentInput | null;
}

@InputType('CreatePaymentInput', { description: 'A payment that a person is asked for.' })
export class CreatePaymentInput implements CreateInput {
  @Field(() => ID, { nullable: true, description: 'Through this account only.' })
  readonly accountId?: string | null;

  @Field(() => String, {
    description:
      'Your own order or invoice number, unique in the project: 1 to 35 of A-Z a-z 0-9 _ - . At a checkout that takes cards at most 30.',
  })
  readonly referenceId!: string;

  @Field(() => String, {
    description: 'Who pays: a number as people write it: `0878-2367-8023`, `+62 878…`, `6287…`.',
  })
  readonly to!: string;

  @Field(() => ReceiptInput, {
    nullable: true,
    description: 'What the person is sent, once, when it is paid; null is nothing.',
  })
  readonly receipt?: ReceiptInput | null;

  @Field(() => String, { nullable: true, description: 'Who pays, by name; at most 128 characters.' })
  readonly customerName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where the rail may send its own mails, at a checkout; at most 128 characters.',
  })
  readonly customerEmail?: string | null;

  @Field(() => CurrencyScalar, { description: 'INR in the chat, IDR at a checkout.' })
  readonly currency!: string;

  @Field(() => OrderInput, { description: 'What is paid for.' })
  readonly order!: OrderInput;

  @Field(() => PaymentViaInput, { description: 'How it is asked for.' })
  readonly via!: PaymentViaInput;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'At least 300 s and at most 999999 minutes ahead. Without it a chat order ends after 30 days, a checkout after 60 minutes.',
  })
  readonly expiresAt?: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the person reads about that; at most 120 characters. A checkout shows none.',
  })
  readonly expiryDescription?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Repeating it with the same key within 7 days answers the first payment again and asks for nothing; the same key with another input is IDEMPOTENCY_CONFLICT. At most 255 characters.',
  })
  readonly idempotencyKey?: string | null;
}

@InputType('UpdateOrderStatusInput', { description: 'A step of an order, and what the person is told of it.' })
export class UpdateOrderStatusInput implements UpdateInput {
  @Field(() => ID, { description: 'Of which payment.' })
  readonly paymentId!: string;

  @Field(() => OrderStatusEnum, { description: 'Where the order stands now.' })
  readonly status!: OrderStatus;

  @Field(() => String, {
    nullable: true,
    description: 'What the person reads; required for an order in the chat. 1 to 1024 characters.',
  })
  readonly body?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What stands on the order in the chat beside its state, at most 120 characters.',
  })
  readonly description?: string | null;

  @Field(() => TemplateContentInput, {
    nullable: true,
    description: 'For an order by checkout; null sends nothing.',
  })
  readonly template?: TemplateContentInput | null;
}

@InputType('RecordPaymentInput', {
  description: 'For what reaches the merchant and not us: a UPI payment, a gateway’s own webhook, cash.',
})
export class RecordPaymentInput implements RecordInput {
  @Field(() => ID, { description: 'Of which payment.' })
  readonly paymentId!: string;

  @Field(() => PaymentStatusEnum, { defaultValue: 'PAID', description: 'PROCESSING, PAID, FAILED or REFUNDED.' })
  readonly status!: PaymentStatus;

  @Field(() => MinorUnitsScalar, { description: 'How much it was; another amount than the order’s is not believed.' })
  readonly amount!: bigint;

  @Field(() => CurrencyScalar, { description: 'Of which currency.' })
  readonly currency!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The rail’s own id of it, at most 255 characters. Null where there is none; a second PAID is then always "paid twice".',
  })
  readonly transactionId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'How it was paid, in a word: upi, cash. At most 128 characters.',
  })
  readonly paidWith?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When; now where it is left out.' })
  readonly paidAt?: Date | null;
}

@InputType('PaymentFilter', { description: 'Which payments; all that is given must hold.' })
export class PaymentFilter {
  @Field(() => [PaymentStatusEnum], { nullable: true, description: 'In one of these states.' })
  readonly statuses?: PaymentStatus[] | null;

  @Field(() => String, { nullable: true, description: 'Of this number, written as people write it.' })
  readonly phone?: string | null;

  @Field(() => ID, { nullable: true, description: 'Through this account.' })
  readonly accountId?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Asked for at this time or later.' })
  readonly createdAfter?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Asked for before this time.' })
  readonly createdBefore?: Date | null;
}
