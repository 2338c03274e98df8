import { type OnModuleInit } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { uuidOf } from '../common/ids.js';
import { isProblem, type Problem } from '../common/problem.js';
import { EventFollower } from '../events/event-follower.js';
import { followOne } from '../events/follow-one.js';
import { unstorableAt } from '../common/text.js';
import { connection, type Connection, COUNTED_TO, PageArgs, readCursor, sizeOfPage } from '../graphql/connection.js';
import { badUserInput } from '../graphql/errors.js';
import { Nodes } from '../graphql/nodes.js';
import { asItIs, live } from '../graphql/subscription.js';
import { type Caller, CurrentCaller, Needs } from '../projects/caller.js';
import { CreatePayments } from './create-payments.js';
import { CreatePaymentInput, PaymentFilter, RecordPaymentInput, UpdateOrderStatusInput } from './payment.input.js';
import { PaymentConnection, PaymentModel, PaymentResult, toPaymentModel } from './payment.model.js';
import { type Payment } from './payment-row.js';
import { PaymentsReader, whereOf } from './payments.reader.js';
import { PaymentWords } from './payment-words.service.js';
import { PaymentsService } from './payments.service.js';

const paymentId = { type: () => ID, description: 'The payment’s id, pay_….' } as const;

@Resolver(() => PaymentModel)
export class PaymentsResolver implements OnModuleInit {
  constructor(
    private readonly creation: CreatePayments,
    private readonly payments: PaymentsService,
    private readonly words: PaymentWords,
    private readonly reader: PaymentsReader,
    private readonly follower: EventFollower,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.add<Caller>('pay', (id, { caller }) => this.find(caller, id));
  }

  @Query(() => PaymentModel, {
    nullable: true,
    description: 'One payment, by either; where both are given they must be of the same one. READ.',
  })
  async payment(
    @CurrentCaller() caller: Caller,
    @Args('id', { ...paymentId, nullable: true }) id?: string | null,
    @Args('referenceId', {
      type: () => String,
      nullable: true,
      description: 'Or your own referenceId, exactly as it was given.',
    })
    referenceId?: string | null,
  ): Promise<PaymentModel | null> {
    if (id != null) {
      const uuid = uuidOf('pay', id);
      const found = uuid === null ? null : await this.find(caller, uuid);
      return referenceId == null || found?.referenceId === referenceId ? found : null;
    }
    if (referenceId == null) throw badUserInput('Say which payment: give its id or its referenceId.', 'id');
    if (unstorableAt(referenceId) !== null) return null;
    const row = await this.reader.findByReference(caller.projectId, referenceId);
    return row && toPaymentModel(row);
  }

  @Query(() => PaymentConnection, { name: 'payments', description: 'The project’s payments, newest first. READ.' })
  async list(
    @CurrentCaller() caller: Caller,
    @Args() page: PageArgs,
    @Args('filter', { type: () => PaymentFilter, nullable: true, description: 'Which ones.' })
    filter?: PaymentFilter | null,
  ): Promise<Connection<PaymentModel>> {
    const where = whereOf(filter, caller);
    const after = readCursor(page.after, (cursor) => uuidOf('pay', cursor));
    const found = await this.reader.page(caller.projectId, sizeOfPage(page.first), after, where);
    return connection({
      ...found,
      hasPreviousPage: after !== null,
      node: toPaymentModel,
      cursor: (row) => toPaymentModel(row).id,
      count: () => this.reader.count(caller.projectId, where, COUNTED_TO),
    });
  }

  @Needs('SEND')
  @Mutation(() => PaymentResult, {
    description:
      'Asks a person for a payment. In the chat it answers after the commit; by checkout when the rail has, or after 15 s without the link, which then follows. SEND.',
  })
  async createPayment(
    @CurrentCaller() caller: Caller,
    @Args('input', { type: () => CreatePaymentInput, description: 'The payment.' }) input: CreatePaymentInput,
  ): Promise<PaymentModel | Problem> {
    return model(await this.creation.create(caller, input));
  }

  @Needs('SEND')
  @Mutation(() => PaymentResult, {
    description:
      'Moves the order on, and tells the person. Steps may be skipped, never taken back: that is INVALID_TRANSITION. SEND.',
  })
  async updateOrderStatus(
    @CurrentCaller() caller: Caller,
    @Args('input', { type: () => UpdateOrderStatusInput, description: 'The step.' }) input: UpdateOrderStatusInput,
  ): Promise<PaymentModel | Problem> {
    return model(await this.payments.updateOrderStatus(caller, uuidOf('pay', input.paymentId), input));
  }

  @Needs('SEND')
  @Mutation(() => PaymentResult, {
    description: 'Asks the rail where it stands, and answers the payment as it is then. SEND.',
  })
  async refreshPayment(
    @CurrentCaller() caller: Caller,
    @Args('id', paymentId) id: string,
  ): Promise<PaymentModel | Problem> {
    return model(await this.words.refresh(caller, uuidOf('pay', id)));
  }

  @Needs('SEND')
  @Mutation(() => PaymentResult, {
    description:
      'What reached the merchant and not us: kept as a notice, and believed where its amount and currency are the payment’s. SEND.',
  })
  async recordPayment(
    @CurrentCaller() caller: Caller,
    @Args('input', { type: () => RecordPaymentInput, description: 'What happened.' }) input: RecordPaymentInput,
  ): Promise<PaymentModel | Problem> {
    return model(await this.words.record(caller, uuidOf('pay', input.paymentId), input));
  }

  @Needs('SEND')
  @Mutation(() => PaymentResult, {
    description: 'A person’s word that a notice which was not believed is right: the payment follows it. SEND.',
  })
  async acceptPaymentNotice(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID, description: 'The notice’s id, ntc_….' }) id: string,
    @Args('reason', { type: () => String, description: 'Why it is right, 1 to 1024 characters.' }) reason: string,
  ): Promise<PaymentModel | Problem> {
    return model(await this.words.acceptNotice(caller, uuidOf('ntc', id), reason));
  }

  @Needs('SEND')
  @Mutation(() => PaymentResult, {
    description:
      'Asks again for what is not paid: the order again in the chat, as referenceId-2 and on (referenceId of at most 32 then); of a checkout the link by its linkTemplate. SEND.',
  })
  async resendPayment(
    @CurrentCaller() caller: Caller,
    @Args('id', paymentId) id: string,
  ): Promise<PaymentModel | Problem> {
    return model(await this.payments.resend(caller, uuidOf('pay', id)));
  }

  @Needs('SEND')
  @Mutation(() => PaymentResult, {
    description:
      'Takes a payment back with its order; INVALID_TRANSITION when it was paid or is about to be. Money that comes all the same makes it PAID. SEND.',
  })
  async cancelPayment(
    @CurrentCaller() caller: Caller,
    @Args('id', paymentId) id: string,
    @Args('reason', {
      type: () => String,
      nullable: true,
      description: 'What the person reads in the chat, 1 to 1024 characters; without it nothing is sent.',
    })
    reason?: string | null,
  ): Promise<PaymentModel | Problem> {
    return model(await this.payments.cancel(caller, uuidOf('pay', id), reason ?? null));
  }

  @Subscription(() => PaymentModel, {
    resolve: asItIs,
    description: 'First the payment as it is, then after each change. States in between may be merged. READ.',
  })
  paymentUpdated(@CurrentCaller() caller: Caller, @Args('id', paymentId) id: string): AsyncGenerator<PaymentModel> {
    const uuid = uuidOf('pay', id);
    return live((signal) =>
      followOne(
        this.follower,
        { projectId: caller.projectId, kind: 'payment', id: uuid },
        { find: (one) => this.reader.find(caller.projectId, one), show: (row) => toPaymentModel(row) },
        signal,
      ),
    );
  }

  private async find(caller: Caller, id: string): Promise<PaymentModel | null> {
    const row = await this.reader.find(caller.projectId, id);
    return row && toPaymentModel(row);
  }
}

const model = (payment: Payment | Problem): PaymentModel | Problem =>
  isProblem(payment) ? payment : toPaymentModel(payment);
