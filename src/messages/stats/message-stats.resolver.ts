import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { DateTimeScalar } from '../../graphql/scalars.js';
import { type Caller, type CallerContext, CurrentCaller } from '../../projects/caller.js';
import { AccountsReader } from '../../providers/accounts.reader.js';
import { ProviderAccountModel } from '../../providers/provider.model.js';
import { MessageStats } from './message-stats.js';
import { MessageStatsBucketModel, StatsIntervalEnum } from './message-stats.model.js';
import { type StatsInterval } from './stats-buckets.js';

@Resolver(() => MessageStatsBucketModel)
export class MessageStatsResolver {
  constructor(
    private readonly stats: MessageStats,
    private readonly accounts: AccountsReader,
  ) {}

  @Query(() => [MessageStatsBucketModel], {
    description:
      'Messages of both directions, counted for charts by when they were created and where they stand now. Buckets without ' +
      'messages are left out; the others come by start, status and account. More than 1,500 buckets are refused. READ.',
  })
  async messageStats(
    @CurrentCaller() caller: Caller,
    @Args('from', { type: () => DateTimeScalar, description: 'Created then or later.' }) from: Date,
    @Args('to', { type: () => DateTimeScalar, description: 'Created before that.' }) to: Date,
    @Args('interval', { type: () => StatsIntervalEnum, description: 'How long a bucket is.' }) interval: StatsInterval,
    @Args('timeZone', {
      type: () => String,
      defaultValue: 'UTC',
      description: 'By whose clock days and hours begin: a name of the time zone database, such as Asia/Jakarta.',
    })
    timeZone: string,
    @Args('byAccount', {
      type: () => Boolean,
      defaultValue: false,
      description: 'Whether each account is counted for itself.',
    })
    byAccount: boolean,
  ): Promise<MessageStatsBucketModel[]> {
    return this.stats.count(caller.projectId, { from, to, interval, timeZone, byAccount });
  }

  @ResolveField(() => ProviderAccountModel, {
    nullable: true,
    description: 'The account that took them or that they wait at; null without `byAccount`.',
  })
  async account(
    @Parent() bucket: MessageStatsBucketModel,
    @Context() context: CallerContext,
  ): Promise<ProviderAccountModel | null> {
    return bucket.accountId === null ? null : this.accounts.load(context, bucket.accountId);
  }
}
