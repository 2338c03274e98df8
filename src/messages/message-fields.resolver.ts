import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { EventLog } from '../events/event-log.js';
import { EventModel, toEventModels } from '../events/event.model.js';
import { PhoneNumberScalar } from '../graphql/scalars.js';
import { type CallerContext } from '../projects/caller.js';
import { AccountsReader } from '../providers/accounts.reader.js';
import { ProviderAccountModel } from '../providers/provider.model.js';
import { TemplateModel } from '../templates/template.model.js';
import { TemplatesReader } from '../templates/templates.reader.js';
import { MessageAttemptModel, MessageModel, TemplateContentModel, toAttemptModel } from './message.model.js';
import { MessagesReader } from './messages.reader.js';

/** What a message's type shows of other rooms; each field is one query for a whole page. */
@Resolver(() => MessageModel)
export class MessageFieldsResolver {
  constructor(
    private readonly reader: MessagesReader,
    private readonly accounts: AccountsReader,
    private readonly log: EventLog,
  ) {}

  @ResolveField(() => PhoneNumberScalar, {
    nullable: true,
    description: 'The number it is sent from, where that is known.',
  })
  async from(@Parent() message: MessageModel, @Context() context: CallerContext): Promise<string | null> {
    return (await this.accounts.load(context, message.accountId))?.sender ?? null;
  }

  @ResolveField(() => ProviderAccountModel, { nullable: true, description: 'The account that takes it or took it.' })
  async account(
    @Parent() message: MessageModel,
    @Context() context: CallerContext,
  ): Promise<ProviderAccountModel | null> {
    return this.accounts.load(context, message.accountId);
  }

  @ResolveField(() => [MessageAttemptModel], { description: 'Each call to a provider for it, oldest first.' })
  async attempts(@Parent() message: MessageModel, @Context() context: CallerContext): Promise<MessageAttemptModel[]> {
    return (await this.reader.attemptsOf(context, message.uuid)).map(toAttemptModel);
  }

  @ResolveField(() => [EventModel], { description: 'All that happened to it, oldest first.' })
  async events(@Parent() message: MessageModel, @Context() context: CallerContext): Promise<EventModel[]> {
    // Made into models as one reading, so that what they show is loaded for all messages of the page at once.
    const load = async (ids: readonly string[]): Promise<Map<string, EventModel[]>> =>
      Map.groupBy(
        toEventModels(await this.log.ofSubjects(context.caller.projectId, ids)),
        ({ subjectId }) => subjectId,
      );
    return (await context.loader('messageEvents', load).load(message.uuid)) ?? [];
  }
}

@Resolver(() => MessageAttemptModel)
export class AttemptFieldsResolver {
  constructor(private readonly accounts: AccountsReader) {}

  @ResolveField(() => ProviderAccountModel, { description: 'The account through which it was made.' })
  async account(
    @Parent() attempt: MessageAttemptModel,
    @Context() context: CallerContext,
  ): Promise<ProviderAccountModel | null> {
    return this.accounts.load(context, attempt.accountId);
  }
}

@Resolver(() => TemplateContentModel)
export class TemplateContentFieldsResolver {
  constructor(private readonly templates: TemplatesReader) {}

  @ResolveField(() => TemplateModel, { description: 'The template, as it is now.' })
  async template(
    @Parent() content: TemplateContentModel,
    @Context() context: CallerContext,
  ): Promise<TemplateModel | null> {
    return this.templates.load(context, content.templateId);
  }
}
