import { type OnModuleInit } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { publicId, uuidOf } from '../common/ids.js';
import { isProblem, type Problem } from '../common/problem.js';
import { EventTypeEnum } from '../events/event.model.js';
import { type EventType } from '../events/event-types.js';
import { connection, type Connection, PageArgs, readCursor, sizeOfPage } from '../graphql/connection.js';
import { DeletedModel, DeletedResult } from '../graphql/deleted.model.js';
import { Nodes } from '../graphql/nodes.js';
import { DateTimeScalar } from '../graphql/scalars.js';
import { type Caller, CurrentCaller, Needs } from '../projects/caller.js';
import { type DeliveryStatus } from './delivery.status.js';
import { Replays } from './replays.service.js';
import { WebhookDeliveries } from './webhook-deliveries.service.js';
import { WebhookEndpoints } from './webhook-endpoints.service.js';
import {
  DeliveryStatusEnum,
  ReplayModel,
  ReplayResult,
  toDeliveryModel,
  toEndpointModel,
  toReplayModel,
  toSecretModel,
  WebhookDeliveryConnection,
  WebhookDeliveryModel,
  WebhookDeliveryResult,
  WebhookEndpointInputModel,
  WebhookEndpointModel,
  WebhookEndpointPatchModel,
  WebhookEndpointResult,
  WebhookEndpointSecretResult,
  WebhookEndpointWithSecretModel,
} from './webhook.model.js';
import { WebhooksReader } from './webhooks.reader.js';

const endpointId = { type: () => ID, description: 'The endpoint’s id, whe_….' } as const;

@Resolver(() => WebhookEndpointModel)
export class WebhooksResolver implements OnModuleInit {
  constructor(
    private readonly endpoints: WebhookEndpoints,
    private readonly deliveries: WebhookDeliveries,
    private readonly replays: Replays,
    private readonly reader: WebhooksReader,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.add<Caller>('whe', async (id, { caller }) => {
      const found = (await this.reader.endpointsById(caller.projectId, [id])).get(id);
      return found ? toEndpointModel(found) : null;
    });
    this.nodes.add<Caller>('del', async (id, { caller }) => {
      const found = await this.reader.delivery(caller.projectId, id);
      return found && toDeliveryModel(found);
    });
    this.nodes.add<Caller>('rpl', async (id, { caller }) => {
      const found = await this.reader.replay(caller.projectId, id);
      return found && toReplayModel(found);
    });
  }

  @Query(() => [WebhookEndpointModel], { description: 'The project’s endpoints, oldest first. READ.' })
  async webhookEndpoints(@CurrentCaller() caller: Caller): Promise<WebhookEndpointModel[]> {
    return (await this.reader.endpoints(caller.projectId)).map(toEndpointModel);
  }

  @Query(() => ReplayModel, { nullable: true, description: 'How far a replay is. READ.' })
  async replay(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID, description: 'The replay’s id, rpl_….' }) id: string,
  ): Promise<ReplayModel | null> {
    const uuid = uuidOf('rpl', id);
    const found = uuid && (await this.reader.replay(caller.projectId, uuid));
    return found ? toReplayModel(found) : null;
  }

  @Query(() => WebhookDeliveryConnection, {
    description: 'What endpoints were told, or are to be, newest first. READ.',
  })
  async webhookDeliveries(
    @CurrentCaller() caller: Caller,
    @Args() page: PageArgs,
    @Args('endpointId', { type: () => ID, nullable: true, description: 'Those of this endpoint only.' })
    endpoint?: string | null,
    @Args('status', { type: () => DeliveryStatusEnum, nullable: true, description: 'Those that stand so only.' })
    status?: DeliveryStatus | null,
  ): Promise<Connection<WebhookDeliveryModel>> {
    const after = readCursor(page.after, (cursor) => uuidOf('del', cursor));
    const size = sizeOfPage(page.first);
    const uuid = endpoint == null ? null : uuidOf('whe', endpoint);
    // What is no endpoint's id is the id of none.
    const isNone = endpoint != null && uuid === null;
    const found = isNone
      ? { rows: [], hasNextPage: false }
      : await this.reader.deliveries(caller.projectId, size, after, { endpointId: uuid, status: status ?? null });
    return connection({
      ...found,
      hasPreviousPage: after !== null,
      node: toDeliveryModel,
      cursor: (row) => publicId('del', row.id),
    });
  }

  @Needs('MANAGE')
  @Mutation(() => WebhookEndpointSecretResult, {
    description:
      'Has events posted to an address from now on, signed as Standard Webhooks has it. The secret is answered this once. MANAGE.',
  })
  async createWebhookEndpoint(
    @CurrentCaller() caller: Caller,
    @Args('input', { type: () => WebhookEndpointInputModel, description: 'The endpoint.' })
    input: WebhookEndpointInputModel,
  ): Promise<WebhookEndpointWithSecretModel | Problem> {
    return shown(await this.endpoints.create(caller, input), toSecretModel);
  }

  @Needs('MANAGE')
  @Mutation(() => WebhookEndpointResult, {
    description: 'Moves an endpoint, changes what it hears of, or switches it on or off. MANAGE.',
  })
  async updateWebhookEndpoint(
    @CurrentCaller() caller: Caller,
    @Args('id', endpointId) id: string,
    @Args('input', { type: () => WebhookEndpointPatchModel, description: 'What changes.' })
    input: WebhookEndpointPatchModel,
  ): Promise<WebhookEndpointModel | Problem> {
    return shown(await this.endpoints.update(caller, uuidOf('whe', id), input), toEndpointModel);
  }

  @Needs('MANAGE')
  @Mutation(() => WebhookEndpointSecretResult, {
    description:
      'Gives an endpoint another secret. Both secrets sign for 24 h, so that a receiver can change over. MANAGE.',
  })
  async rotateWebhookSecret(
    @CurrentCaller() caller: Caller,
    @Args('id', endpointId) id: string,
  ): Promise<WebhookEndpointWithSecretModel | Problem> {
    return shown(await this.endpoints.rotateSecret(caller, uuidOf('whe', id)), toSecretModel);
  }

  @Needs('MANAGE')
  @Mutation(() => DeletedResult, {
    description: 'Retires an endpoint: it is not called any more, and what waited for it is FAILED. MANAGE.',
  })
  async deleteWebhookEndpoint(
    @CurrentCaller() caller: Caller,
    @Args('id', endpointId) id: string,
  ): Promise<DeletedModel | Problem> {
    return shown(await this.endpoints.remove(caller, uuidOf('whe', id)), (row) => ({ id: publicId('whe', row.id) }));
  }

  @Needs('MANAGE')
  @Mutation(() => WebhookDeliveryResult, {
    description: 'Tries a delivery at once; one that had FAILED has all its attempts again. MANAGE.',
  })
  async retryWebhookDelivery(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID, description: 'The delivery’s id, del_….' }) id: string,
  ): Promise<WebhookDeliveryModel | Problem> {
    return shown(await this.deliveries.retry(caller, uuidOf('del', id)), toDeliveryModel);
  }

  @Needs('MANAGE')
  @Mutation(() => ReplayResult, {
    description:
      'Sends again everything from the log in that span, with the same webhook-id as the first time, beside what is new. MANAGE.',
  })
  async replayEvents(
    @CurrentCaller() caller: Caller,
    @Args('endpointId', endpointId) endpoint: string,
    @Args('from', { type: () => DateTimeScalar, description: 'What was recorded at this time or later.' }) from: Date,
    @Args('to', { type: () => DateTimeScalar, nullable: true, description: 'And not after this one; null is now.' })
    to?: Date | null,
    @Args('types', {
      type: () => [EventTypeEnum],
      nullable: true,
      description: 'Those of these types only; without any, those that the endpoint hears of.',
    })
    types?: EventType[] | null,
    @Args('failedOnly', {
      type: () => Boolean,
      defaultValue: false,
      description:
        'Those only that failed, for good or until their next try, and that did not reach the endpoint otherwise since.',
    })
    failedOnly?: boolean,
  ): Promise<ReplayModel | Problem> {
    const input = { from, to: to ?? null, types: types ?? null, failedOnly: failedOnly ?? false };
    return shown(await this.replays.begin(caller, uuidOf('whe', endpoint), input), toReplayModel);
  }

  @Needs('MANAGE')
  @Mutation(() => WebhookDeliveryResult, {
    description:
      'Calls an endpoint with a WEBHOOK_TEST event, whatever types it hears of; no other endpoint gets it. MANAGE.',
  })
  async sendTestEvent(
    @CurrentCaller() caller: Caller,
    @Args('endpointId', endpointId) endpoint: string,
  ): Promise<WebhookDeliveryModel | Problem> {
    return shown(await this.deliveries.sendTest(caller, uuidOf('whe', endpoint)), toDeliveryModel);
  }
}

const shown = <Row extends object, Model>(row: Row | Problem, show: (row: Row) => Model): Model | Problem =>
  isProblem(row) ? row : show(row);
