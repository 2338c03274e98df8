import { Args, ID, Int, Query, Resolver, Subscription } from '@nestjs/graphql';
import { connection, type Connection, sizeOfPage } from '../graphql/connection.js';
import { asItIs, live } from '../graphql/subscription.js';
import { type Caller, CurrentCaller } from '../projects/caller.js';
import { readEventId } from './event-id.js';
import { EventFollower } from './event-follower.js';
import { EventLog } from './event-log.js';
import { EventConnection, EventModel, EventTypeEnum, toEventModels } from './event.model.js';
import { type EventType, type LoggedEvent } from './event-types.js';

const USUAL_PAGE = 100;
const after = { type: () => ID, nullable: true, description: 'The id of the last event that you have seen.' } as const;
const types = { type: () => [EventTypeEnum], nullable: true, description: 'Those of these types only.' } as const;

@Resolver(() => EventModel)
export class EventsResolver {
  constructor(
    private readonly log: EventLog,
    private readonly follower: EventFollower,
  ) {}

  @Query(() => EventConnection, { description: 'The project’s log, oldest first, from just after `after`. READ.' })
  async events(
    @CurrentCaller() caller: Caller,
    @Args('first', {
      type: () => Int,
      nullable: true,
      defaultValue: USUAL_PAGE,
      description: 'How many at most: 1 to 200.',
    })
    first: number | null,
    @Args('after', after) cursor?: string | null,
    @Args('types', types) wanted?: EventType[] | null,
  ): Promise<Connection<EventModel>> {
    const size = sizeOfPage(first, USUAL_PAGE);
    const found = await this.log.after(caller.projectId, readEventId(cursor) ?? '0', wanted ?? null, size + 1);
    return connection({
      rows: toEventModels(found.slice(0, size)),
      hasNextPage: found.length > size,
      hasPreviousPage: cursor != null,
      node: (event) => event,
      cursor: (event) => event.id,
    });
  }

  @Query(() => ID, {
    nullable: true,
    description:
      'The log’s end: take it before you read the state, then follow `events(after:)` from it. Null for an empty log. READ.',
  })
  async lastEventId(@CurrentCaller() caller: Caller): Promise<string | null> {
    return this.log.endOf(caller.projectId);
  }

  @Subscription(() => EventModel, {
    name: 'events',
    resolve: asItIs,
    description:
      'Follows the log without a gap: with `after`, first all that came since that event, then live. A client that reconnects with the last id it saw misses nothing and sees nothing twice. READ.',
  })
  follow(
    @CurrentCaller() caller: Caller,
    @Args('after', after) cursor?: string | null,
    @Args('types', types) wanted?: EventType[] | null,
  ): AsyncGenerator<EventModel> {
    return live((signal) =>
      oneByOne(
        this.follower.follow(
          { projectId: caller.projectId, types: wanted ?? null, subjectId: null },
          readEventId(cursor),
          signal,
        ),
      ),
    );
  }
}

async function* oneByOne(pages: AsyncGenerator<readonly LoggedEvent[]>): AsyncGenerator<EventModel> {
  for await (const page of pages) yield* toEventModels(page);
}
