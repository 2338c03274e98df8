import { Args, Context, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { uuidOf } from '../../common/ids.js';
import { readPhone } from '../../common/phone.js';
import { unstorableAt } from '../../common/text.js';
import { type Caller, type CallerContext, CurrentCaller } from '../../projects/caller.js';
import { AccountsReader } from '../../providers/accounts.reader.js';
import { ProviderAccountModel } from '../../providers/provider.model.js';
import { ContactModel, SessionWindowModel } from './contact.model.js';
import { ContactsService } from './contacts.service.js';

@Resolver(() => SessionWindowModel)
export class ContactResolver {
  constructor(
    private readonly contacts: ContactsService,
    private readonly accounts: AccountsReader,
  ) {}

  @Query(() => ContactModel, {
    nullable: true,
    description:
      'What is known of one person, by number or by the provider’s own id: may they be written to, and how freely. READ.',
  })
  async contact(
    @CurrentCaller() caller: Caller,
    @Args('phone', { type: () => String, nullable: true, description: 'Their number, written as people write it.' })
    phone?: string | null,
    @Args('recipientId', {
      type: () => String,
      nullable: true,
      description: 'Or the recipientId of a message of theirs.',
    })
    recipientId?: string | null,
    @Args('accountId', { type: () => ID, nullable: true, description: 'The window at this account only.' })
    accountId?: string | null,
  ): Promise<ContactModel | null> {
    const written = phone ?? recipientId;
    if (written == null || unstorableAt(written) !== null) return null;
    const person = phone == null ? written : readPhone(phone, caller.country);
    if (person === null) return null;
    const account = accountId == null ? null : (uuidOf('acc', accountId) ?? '');
    return this.contacts.find(caller.projectId, person, account);
  }

  @ResolveField(() => ProviderAccountModel, { description: 'The account that the person writes to.' })
  async account(
    @Parent() window: SessionWindowModel,
    @Context() context: CallerContext,
  ): Promise<ProviderAccountModel | null> {
    return this.accounts.load(context, window.accountId);
  }
}
