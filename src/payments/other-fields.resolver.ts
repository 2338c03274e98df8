import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { EventModel } from '../events/event.model.js';
import { OrderContentModel } from '../messages/content.model.js';
import { MessageModel } from '../messages/message.model.js';
import { type CallerContext } from '../projects/caller.js';
import { PaymentModel, toPaymentModel } from './payment.model.js';
import { type Payment } from './payment-row.js';
import { PaymentsReader } from './payments.reader.js';

/** What an event shows of this room's things. */
@Resolver(() => EventModel)
export class PaymentEventFieldsResolver {
  constructor(private readonly payments: PaymentsReader) {}

  @ResolveField(() => PaymentModel, { nullable: true, description: 'The payment it is about, as it is now.' })
  async payment(@Parent() event: EventModel, @Context() { caller }: CallerContext): Promise<PaymentModel | null> {
    const found = await event.together.load(event, 'payment', (ids) => this.payments.findMany(caller.projectId, ids));
    return found && toPaymentModel(found);
  }
}

/** What a message shows of this room's things. */
@Resolver(() => MessageModel)
export class MessagePaymentFieldsResolver {
  constructor(private readonly payments: PaymentsReader) {}

  @ResolveField(() => PaymentModel, {
    nullable: true,
    description: 'The payment that it asks for, or tells of; null for a message of no payment.',
  })
  async payment(@Parent() message: MessageModel, @Context() context: CallerContext): Promise<PaymentModel | null> {
    const load = (ids: readonly string[]): Promise<Map<string, Payment>> =>
      this.payments.ofMessages(context.caller.projectId, ids);
    const found = await context.loader('messagePayments', load).load(message.uuid);
    return found && toPaymentModel(found);
  }
}

/** What an order in the chat shows of this room's things. */
@Resolver(() => OrderContentModel)
export class OrderContentFieldsResolver {
  constructor(private readonly payments: PaymentsReader) {}

  @ResolveField(() => PaymentModel, { description: 'The payment that it asks for, or tells of, as it is now.' })
  async payment(@Parent() content: OrderContentModel, @Context() context: CallerContext): Promise<PaymentModel | null> {
    const load = (ids: readonly string[]): Promise<Map<string, Payment>> =>
      this.payments.findMany(context.caller.projectId, ids);
    const found = await context.loader('payments', load).load(content.paymentId);
    return found && toPaymentModel(found);
  }
}
