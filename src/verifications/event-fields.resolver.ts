import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { EventModel } from '../events/event.model.js';
import { type CallerContext } from '../projects/caller.js';
import { toVerificationModel, VerificationModel } from './verification.model.js';
import { VerificationsReader } from './verifications.reader.js';

/** What an event shows of this room's things. */
@Resolver(() => EventModel)
export class VerificationEventFieldsResolver {
  constructor(private readonly verifications: VerificationsReader) {}

  @ResolveField(() => VerificationModel, { nullable: true, description: 'The verification it is about, as it is now.' })
  async verification(
    @Parent() event: EventModel,
    @Context() { caller }: CallerContext,
  ): Promise<VerificationModel | null> {
    const found = await event.together.load(event, 'verification', (ids) =>
      this.verifications.findMany(caller.projectId, ids),
    );
    return found && toVerificationModel(found);
  }
}
