import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type Problem } from '../common/problem.js';
import { EventLog } from '../events/event-log.js';
import { EventModel, toEventModels } from '../events/event.model.js';
import { ProblemModel } from '../graphql/problem.model.js';
import { MessageModel, toMessageModel } from '../messages/message.model.js';
import { MessagesReader } from '../messages/messages.reader.js';
import { type CallerContext } from '../projects/caller.js';
import { AccountsReader } from '../providers/accounts.reader.js';
import { ProviderAccountModel } from '../providers/provider.model.js';
import { PaymentModel, PaymentNoticeModel, readProblem, toNoticeModel } from './payment.model.js';
import { type PaymentNotice } from './payment-row.js';
import { PaymentsReader } from './payments.reader.js';

interface Carried {
  readonly message: MessageModel;
  /** Whether it asks to be paid. */
  readonly asks: boolean;
}

/** What a payment's type shows of its notices, its messages and other rooms; each field is one query for a whole page. */
@Resolver(() => PaymentModel)
export class PaymentFieldsResolver {
  constructor(
    private readonly reader: PaymentsReader,
    private readonly accounts: AccountsReader,
    private readonly messagesReader: MessagesReader,
    private readonly log: EventLog,
  ) {}

  @ResolveField(() => [PaymentNoticeModel], {
    description:
      'What was said of it, by the rail or by the merchant, oldest first. The same word twice is one notice.',
  })
  async notices(@Parent() payment: PaymentModel, @Context() context: CallerContext): Promise<PaymentNoticeModel[]> {
    const load = (ids: readonly string[]): Promise<Map<string, PaymentNotice[]>> =>
      this.reader.noticesOf(context.caller.projectId, ids);
    return ((await context.loader('paymentNotices', load).load(payment.uuid)) ?? []).map(toNoticeModel);
  }

  @ResolveField(() => ProviderAccountModel, { description: 'The account that it is asked for through.' })
  async account(
    @Parent() payment: PaymentModel,
    @Context() context: CallerContext,
  ): Promise<ProviderAccountModel | null> {
    return this.accounts.load(context, payment.accountId);
  }

  @ResolveField(() => [MessageModel], {
    description:
      'Its messages, oldest first: the one that carries the order, or the link to it, then what told of its states, and its receipt.',
  })
  async messages(@Parent() payment: PaymentModel, @Context() context: CallerContext): Promise<MessageModel[]> {
    return (await this.carried(payment, context)).map(({ message }) => message);
  }

  @ResolveField(() => ProblemModel, {
    nullable: true,
    description:
      'What is to be known of it: why it failed, why a notice was not believed, how it was paid all the same. While it is PENDING also why the latest message that asks for it failed, or may not have left.',
  })
  async problem(@Parent() payment: PaymentModel, @Context() context: CallerContext): Promise<Problem | null> {
    if (payment.ownProblem) return readProblem(payment.ownProblem);
    if (payment.status !== 'PENDING') return null;
    const latest = (await this.carried(payment, context)).findLast(({ asks }) => asks)?.message;
    const isLost = latest?.status === 'FAILED' || latest?.status === 'UNCONFIRMED';
    return isLost ? readProblem(latest.problem) : null;
  }

  @ResolveField(() => [EventModel], { description: 'All that happened to it, oldest first.' })
  async events(@Parent() payment: PaymentModel, @Context() context: CallerContext): Promise<EventModel[]> {
    // Made into models as one reading, so that what they show is loaded for all payments of the page at once.
    const load = async (ids: readonly string[]): Promise<Map<string, EventModel[]>> =>
      Map.groupBy(
        toEventModels(await this.log.ofSubjects(context.caller.projectId, ids)),
        ({ subjectId }) => subjectId,
      );
    return (await context.loader('paymentEvents', load).load(payment.uuid)) ?? [];
  }

  private async carried({ uuid }: PaymentModel, context: CallerContext): Promise<Carried[]> {
    const { projectId } = context.caller;
    const load = async (ids: readonly string[]): Promise<Map<string, Carried[]>> => {
      const all = await this.reader.messagesOf(projectId, ids);
      const found = await this.messagesReader.findMany(
        projectId,
        all.map(({ messageId }) => messageId),
      );
      const shown = Map.groupBy(all, ({ paymentId }) => paymentId);
      return new Map(
        [...shown].map(([id, links]) => [
          id,
          links.flatMap(({ messageId, reference }) => {
            const row = found.get(messageId);
            return row ? [{ message: toMessageModel(row), asks: reference !== null }] : [];
          }),
        ]),
      );
    };
    return (await context.loader('paymentMessages', load).load(uuid)) ?? [];
  }
}
