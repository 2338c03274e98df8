import { Context, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { EventLog } from '../events/event-log.js';
import { EventModel, toEventModels } from '../events/event.model.js';
import { PhoneNumberScalar } from '../graphql/scalars.js';
import { type CallerContext } from '../projects/caller.js';
import { AccountsReader } from '../providers/accounts.reader.js';
import { ProviderAccountModel } from '../providers/provider.model.js';
import { TemplateModel } from '../templates/template.model.js';
import { TemplatesReader } from '../templates/templates.reader.js';
import { type MediaFile, MediaService } from '../media/media.service.js';
import { MediaContentModel, TemplateContentModel } from './content.model.js';
import { MessageAttemptModel, MessageModel, toAttemptModel, toMessageModel } from './message.model.js';
import { persons } from './message-row.js';
import { MessagesReader } from './messages.reader.js';

/** What a message's type shows of other rooms; each field is one query for a whole page. */
@Resolver(() => MessageModel)
export class MessageFieldsResolver {
  constructor(
    private readonly reader: MessagesReader,
    private readonly accounts: AccountsReader,
    private readonly log: EventLog,
  ) {}

  @ResolveField(() => PhoneNumberScalar, { nullable: true, description: 'Who wrote it, by number.' })
  async from(@Parent() message: MessageModel, @Context() context: CallerContext): Promise<string | null> {
    return (await this.persons(message, context)).from;
  }

  @ResolveField(() => PhoneNumberScalar, {
    nullable: true,
    description:
      'To whom it was written, by number. Null for a person who writes under a user name and whose number the provider keeps back.',
  })
  async to(@Parent() message: MessageModel, @Context() context: CallerContext): Promise<string | null> {
    return (await this.persons(message, context)).to;
  }

  @ResolveField(() => MessageModel, { nullable: true, description: 'The message that it answers or quotes.' })
  async inReplyTo(@Parent() message: MessageModel, @Context() context: CallerContext): Promise<MessageModel | null> {
    return this.message(message.inReplyToId, context);
  }

  @ResolveField(() => MessageModel, {
    nullable: true,
    description:
      'The message this one stands in for, when it was sent as a fallback: the first of the line, also where it is the second or third way tried.',
  })
  async fallbackOf(@Parent() message: MessageModel, @Context() context: CallerContext): Promise<MessageModel | null> {
    return this.message(message.fallbackOfId, context);
  }

  @ResolveField(() => [MessageModel], {
    description:
      'The messages that were sent in its place or beside it, oldest first: those of its fallbacks whose rules held.',
  })
  async fallbacks(@Parent() message: MessageModel, @Context() context: CallerContext): Promise<MessageModel[]> {
    return (await this.reader.fallbacksOf(context, message.uuid)).map(toMessageModel);
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

  private async message(id: string | null, context: CallerContext): Promise<MessageModel | null> {
    if (id === null) return null;
    const load = async (ids: readonly string[]): Promise<Map<string, MessageModel>> => {
      const found = await this.reader.findMany(context.caller.projectId, ids);
      return new Map([...found].map(([uuid, row]) => [uuid, toMessageModel(row)]));
    };
    return context.loader('messages', load).load(id);
  }

  /** The account's own number is asked for only where it is shown. */
  private async persons(message: MessageModel, context: CallerContext): Promise<ReturnType<typeof persons>> {
    return persons(message, (await this.accounts.load(context, message.accountId))?.sender ?? null);
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

/** What a file turned out to be: of one that a person sent that is known once its bytes are here. */
@Resolver(() => MediaContentModel)
export class MediaContentFieldsResolver {
  constructor(private readonly media: MediaService) {}

  @ResolveField(() => String, {
    nullable: true,
    description: 'Its type, read off the bytes where they are here: image/jpeg.',
  })
  async mimeType(@Parent() content: MediaContentModel, @Context() context: CallerContext): Promise<string | null> {
    return (await this.file(content, context))?.mimeType ?? content.mimeType;
  }

  @ResolveField(() => Int, { nullable: true, description: 'Its size in bytes, where that is known.' })
  async size(@Parent() content: MediaContentModel, @Context() context: CallerContext): Promise<number | null> {
    return (await this.file(content, context))?.size ?? content.size;
  }

  private async file({ mediaUuid }: MediaContentModel, context: CallerContext): Promise<MediaFile | null> {
    if (mediaUuid === null) return null;
    const load = (ids: readonly string[]): Promise<Map<string, MediaFile>> =>
      this.media.find(context.caller.projectId, ids);
    return (await context.loader('media', load).load(mediaUuid)) ?? null;
  }
}
