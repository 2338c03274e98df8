import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { EventModel } from '../events/event.model.js';
import { type CallerContext } from '../projects/caller.js';
import { ConsentModel, MessageModel, toConsentModel, toMessageModel } from './message.model.js';
import { MessagesReader } from './messages.reader.js';
import { OptOutsReader } from './opt-outs.reader.js';

/** What an event shows of this room's things. */
@Resolver(() => EventModel)
export class MessageEventFieldsResolver {
  constructor(
    private readonly messages: MessagesReader,
    private readonly optOuts: OptOutsReader,
  ) {}

  @ResolveField(() => MessageModel, { nullable: true, description: 'The message it is about, as it is now.' })
  async message(@Parent() event: EventModel, @Context() { caller }: CallerContext): Promise<MessageModel | null> {
    const found = await event.together.load(event, 'message', (ids) => this.messages.findMany(caller.projectId, ids));
    return found && toMessageModel(found);
  }

  @ResolveField(() => ConsentModel, { nullable: true, description: 'The consent it is about, as it is now.' })
  async consent(@Parent() event: EventModel, @Context() { caller }: CallerContext): Promise<ConsentModel | null> {
    const found = await event.together.load(event, 'optOut', (ids) => this.optOuts.findMany(caller.projectId, ids));
    return found && toConsentModel(found);
  }
}
