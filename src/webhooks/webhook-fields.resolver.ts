import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { EventLog } from '../events/event-log.js';
import { EventModel, toEventModels } from '../events/event.model.js';
import { DateTimeScalar } from '../graphql/scalars.js';
import { type CallerContext } from '../projects/caller.js';
import { type WebhookEndpoint } from './endpoint-store.js';
import { type WebhookAttemptEntity } from './webhook-attempt.entity.js';
import {
  toAttemptModel,
  toEndpointModel,
  WebhookAttemptModel,
  WebhookDeliveryModel,
  WebhookEndpointModel,
} from './webhook.model.js';
import { WebhooksReader } from './webhooks.reader.js';

/** What a delivery shows beside its row; each field is one query for a whole page. */
@Resolver(() => WebhookDeliveryModel)
export class WebhookDeliveryFieldsResolver {
  constructor(
    private readonly reader: WebhooksReader,
    private readonly log: EventLog,
  ) {}

  @ResolveField(() => WebhookEndpointModel, { description: 'Where it goes, deleted endpoints too.' })
  async endpoint(
    @Parent() delivery: WebhookDeliveryModel,
    @Context() context: CallerContext,
  ): Promise<WebhookEndpointModel | null> {
    const row = await this.endpointRow(delivery, context);
    return row && toEndpointModel(row);
  }

  @ResolveField(() => EventModel, {
    nullable: true,
    description: 'What it tells. Null once the log does not keep it any more.',
  })
  async event(@Parent() delivery: WebhookDeliveryModel, @Context() context: CallerContext): Promise<EventModel | null> {
    const load = async (ids: readonly string[]): Promise<Map<string, EventModel>> => {
      const found = await this.log.byIds(context.caller.projectId, ids);
      return new Map(toEventModels([...found.values()]).map((event) => [event.id, event]));
    };
    return context.loader('deliveredEvent', load).load(delivery.row.eventId);
  }

  @ResolveField(() => [WebhookAttemptModel], { description: 'Every call with it, oldest first.' })
  async attempts(
    @Parent() delivery: WebhookDeliveryModel,
    @Context() context: CallerContext,
  ): Promise<WebhookAttemptModel[]> {
    const load = (ids: readonly string[]): Promise<Map<string, WebhookAttemptEntity[]>> =>
      this.reader.attemptsOf(context.caller.projectId, ids);
    const found = (await context.loader('webhookAttempts', load).load(delivery.row.id)) ?? [];
    // Those that were there when its status was read: one that came since would not go with it.
    return found.filter(({ number }) => number <= delivery.row.attempts).map(toAttemptModel);
  }

  @ResolveField(() => DateTimeScalar, {
    nullable: true,
    description: 'When it is tried next. Null where it is settled, or its endpoint is off.',
  })
  async nextAttemptAt(
    @Parent() delivery: WebhookDeliveryModel,
    @Context() context: CallerContext,
  ): Promise<Date | null> {
    const { nextAttemptAt } = delivery.row;
    if (nextAttemptAt === null) return null;
    const endpoint = await this.endpointRow(delivery, context);
    if (!endpoint?.enabled) return null;
    const { slowUntil } = endpoint;
    return slowUntil !== null && slowUntil > nextAttemptAt ? slowUntil : nextAttemptAt;
  }

  private endpointRow(delivery: WebhookDeliveryModel, context: CallerContext): Promise<WebhookEndpoint | null> {
    const load = (ids: readonly string[]): Promise<Map<string, WebhookEndpoint>> =>
      this.reader.endpointsById(context.caller.projectId, ids);
    return context.loader('webhookEndpoint', load).load(delivery.row.endpointId);
  }
}

@Resolver(() => EventModel)
export class EndpointEventFieldsResolver {
  constructor(private readonly reader: WebhooksReader) {}

  @ResolveField(() => WebhookEndpointModel, {
    nullable: true,
    description: 'The webhook endpoint it is about, as it is now.',
  })
  async endpoint(
    @Parent() event: EventModel,
    @Context() { caller }: CallerContext,
  ): Promise<WebhookEndpointModel | null> {
    const row = await event.together.load(event, 'endpoint', (ids) => this.reader.endpointsById(caller.projectId, ids));
    return row && toEndpointModel(row);
  }
}
