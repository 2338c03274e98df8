import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { EventModel } from '../events/event.model.js';
import { type CallerContext } from '../projects/caller.js';
import { AccountsReader } from './accounts.reader.js';
import { ProviderAccountModel } from './provider.model.js';

@Resolver(() => EventModel)
export class AccountEventFieldsResolver {
  constructor(private readonly accounts: AccountsReader) {}

  @ResolveField(() => ProviderAccountModel, { nullable: true, description: 'The account it is about, as it is now.' })
  async account(
    @Parent() event: EventModel,
    @Context() { caller }: CallerContext,
  ): Promise<ProviderAccountModel | null> {
    return event.together.load(event, 'account', (ids) => this.accounts.findMany(caller.projectId, ids));
  }
}
