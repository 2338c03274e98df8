import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { isProblem, type Problem } from '../../common/problem.js';
import { type Caller, type CallerContext, CurrentCaller } from '../../projects/caller.js';
import { AccountsReader } from '../../providers/accounts.reader.js';
import { ProviderAccountModel } from '../../providers/provider.model.js';
import { SendMessageInput } from '../message.input.js';
import { MessagePlanModel, MessagePlanResult, RouteCandidateModel, toMessagePlanModel } from './message-plan.model.js';
import { MessagePlans } from './message-plans.service.js';

@Resolver(() => RouteCandidateModel)
export class MessagePlanResolver {
  constructor(
    private readonly plans: MessagePlans,
    private readonly accounts: AccountsReader,
  ) {}

  @Query(() => MessagePlanResult, {
    description:
      'What sending a message would do: through which account and why, when, and what the recipient reads. By the same rules as sending it; nothing is stored or sent. READ.',
  })
  async planMessage(
    @CurrentCaller() caller: Caller,
    @Args('input', { type: () => SendMessageInput, description: 'The message; its idempotencyKey is not looked at.' })
    input: SendMessageInput,
  ): Promise<MessagePlanModel | Problem> {
    const plan = await this.plans.plan(caller, input);
    return isProblem(plan) ? plan : toMessagePlanModel(plan);
  }

  @ResolveField(() => ProviderAccountModel, { description: 'The account.' })
  async account(
    @Parent() candidate: RouteCandidateModel,
    @Context() context: CallerContext,
  ): Promise<ProviderAccountModel | null> {
    return this.accounts.load(context, candidate.accountId);
  }
}
