import { type OnModuleInit } from '@nestjs/common';
import { Args, Context, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { uuidOf } from '../../common/ids.js';
import { isProblem, type Problem } from '../../common/problem.js';
import { DeletedModel, DeletedResult } from '../../graphql/deleted.model.js';
import { Nodes } from '../../graphql/nodes.js';
import { type Caller, type CallerContext, CurrentCaller, Needs } from '../../projects/caller.js';
import { AccountsReader } from '../../providers/accounts.reader.js';
import { ProviderAccountModel } from '../../providers/provider.model.js';
import { AutoReplyInputModel, AutoReplyModel, AutoReplyResult, toAutoReplyModel } from './auto-reply.model.js';
import { AutoReplies } from './auto-replies.service.js';

@Resolver(() => AutoReplyModel)
export class AutoRepliesResolver implements OnModuleInit {
  constructor(
    private readonly replies: AutoReplies,
    private readonly accounts: AccountsReader,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.add<Caller>('arp', async (id, { caller }) => {
      const found = await this.replies.find(caller.projectId, id);
      return found && toAutoReplyModel(found);
    });
  }

  @Query(() => [AutoReplyModel], { description: 'What is answered to persons who write, the defaults first. READ.' })
  async autoReplies(
    @CurrentCaller() caller: Caller,
    @Args('accountId', { type: () => ID, nullable: true, description: 'Those of this account only.' })
    accountId?: string | null,
  ): Promise<AutoReplyModel[]> {
    if (accountId == null) return (await this.replies.list(caller.projectId, null)).map(toAutoReplyModel);
    const uuid = uuidOf('acc', accountId);
    return uuid ? (await this.replies.list(caller.projectId, uuid)).map(toAutoReplyModel) : [];
  }

  @ResolveField(() => ProviderAccountModel, { description: 'The account that answers.' })
  async account(
    @Parent() reply: AutoReplyModel,
    @Context() context: CallerContext,
  ): Promise<ProviderAccountModel | null> {
    return this.accounts.load(context, reply.accountId);
  }

  @Needs('MANAGE')
  @Mutation(() => AutoReplyResult, {
    description: 'Sets the reply to a keyword, or the account’s default; it replaces the one that was. MANAGE.',
  })
  async setAutoReply(
    @CurrentCaller() caller: Caller,
    @Args('input', { type: () => AutoReplyInputModel, description: 'The reply.' }) input: AutoReplyInputModel,
  ): Promise<AutoReplyModel | Problem> {
    const reply = await this.replies.set(caller, input);
    return isProblem(reply) ? reply : toAutoReplyModel(reply);
  }

  @Needs('MANAGE')
  @Mutation(() => DeletedResult, { description: 'Takes a reply away. MANAGE.' })
  async deleteAutoReply(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID, description: 'The reply’s id, arp_….' }) id: string,
  ): Promise<DeletedModel | Problem> {
    return this.replies.delete(caller, uuidOf('arp', id));
  }
}
