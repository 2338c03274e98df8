import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import { publicId } from '../common/ids.js';
import { EventTypeEnum } from '../events/event.model.js';
import { type EventType } from '../events/event-types.js';
import { connectionOf } from '../graphql/connection.js';
import { enumOf } from '../graphql/enum.js';
import { NodeModel } from '../graphql/node.model.js';
import { resultUnion } from '../graphql/result-union.js';
import { DateTimeScalar, UrlScalar } from '../graphql/scalars.js';
import { DELIVERY_STATUSES, type DeliveryStatus } from './delivery.status.js';
import { type WebhookEndpoint } from './endpoint-store.js';
import { type WebhookAttemptEntity } from './webhook-attempt.entity.js';
import { type WebhookDeliveryEntity } from './webhook-delivery.entity.js';
import { type EndpointWithSecret } from './webhook-endpoints.service.js';
import { type WebhookReplayEntity } from './webhook-replay.entity.js';

export const DeliveryStatusEnum = enumOf('DeliveryStatus', 'Where a webhook delivery stands.', DELIVERY_STATUSES);

@ObjectType('WebhookEndpoint', {
  implements: () => NodeModel,
  description: 'Where the merchant’s own system hears of events, by signed POST requests (Standard Webhooks).',
})
export class WebhookEndpointModel extends NodeModel {
  @Field(() => UrlScalar, { description: 'Where the events are posted to.' })
  readonly url!: string;

  @Field(() => [EventTypeEnum], { description: 'What it hears of; empty is all.' })
  readonly eventTypes!: readonly EventType[];

  @Field(() => Boolean, {
    description: 'Whether it is called. What happens while it is off is not told to it; replayEvents tells it later.',
  })
  readonly enabled!: boolean;

  @Field(() => String, { nullable: true, description: 'Why it was switched off, when we did it.' })
  readonly disabledReason!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was made: it hears of what happens from then on.' })
  readonly createdAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was deleted.' })
  readonly deletedAt!: Date | null;
}

@ObjectType('WebhookEndpointWithSecret', {
  description:
    'The secret is answered once, when it is made or rotated; it follows the Standard Webhooks form (whsec_…).',
})
export class WebhookEndpointWithSecretModel {
  @Field(() => WebhookEndpointModel, { description: 'The endpoint.' })
  readonly endpoint!: WebhookEndpointModel;

  @Field(() => String, { description: 'What its requests are signed with: keep it, it is not shown again.' })
  readonly secret!: string;
}

@ObjectType('WebhookAttempt', { description: 'One call with a delivery, and what came of it.' })
export class WebhookAttemptModel {
  @Field(() => DateTimeScalar, { description: 'When it began.' })
  readonly at!: Date;

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the answer; null where none came.' })
  readonly responseStatus!: number | null;

  @Field(() => String, { nullable: true, description: 'The first 4 KiB of the answer.' })
  readonly responseBody!: string | null;

  @Field(() => String, { nullable: true, description: 'What was wrong, where the status alone does not say it.' })
  readonly error!: string | null;

  @Field(() => Int, { description: 'How long it took, in milliseconds; at most 15,000 and a moment.' })
  readonly durationMs!: number;
}

@ObjectType('WebhookDelivery', {
  implements: () => NodeModel,
  description: 'One event on its way to one endpoint.',
})
export class WebhookDeliveryModel extends NodeModel {
  /** For the field resolvers. */
  readonly row!: WebhookDeliveryEntity;

  @Field(() => DeliveryStatusEnum, { description: 'Where it stands.' })
  readonly status!: DeliveryStatus;
}

export const WebhookDeliveryConnection = connectionOf('WebhookDelivery', () => WebhookDeliveryModel, {
  counted: false,
});

@ObjectType('Replay', {
  implements: () => NodeModel,
  description: 'A span of the log that an endpoint is told again; ask for it to see how far it is.',
})
export class ReplayModel extends NodeModel {
  @Field(() => Int, { description: 'How many events there are to tell.' })
  readonly count!: number;

  @Field(() => Int, { description: 'How many of them are delivered, or failed for good.' })
  readonly done!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the last of them was; null until then.' })
  readonly finishedAt!: Date | null;
}

@InputType('WebhookEndpointInput', { description: 'An endpoint to be made.' })
export class WebhookEndpointInputModel {
  @Field(() => UrlScalar, {
    description: 'https or http, on the public internet, without user name or password. Redirects are not followed.',
  })
  readonly url!: string;

  @Field(() => [EventTypeEnum], {
    nullable: true,
    defaultValue: [],
    description: 'What it is to hear of. Empty is all.',
  })
  readonly eventTypes?: EventType[] | null;
}

@InputType('WebhookEndpointPatch', { description: 'What is to change of an endpoint. What is left out stays.' })
export class WebhookEndpointPatchModel {
  @Field(() => UrlScalar, { nullable: true, description: 'Where the events are posted to from now on.' })
  readonly url?: string | null;

  @Field(() => [EventTypeEnum], { nullable: true, description: 'What it is to hear of from now on. Empty is all.' })
  readonly eventTypes?: EventType[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'False holds it: what waits for it stays, what happens then is not told to it. True switches it on, also where we had switched it off, and tries at once what waited meanwhile.',
  })
  readonly enabled?: boolean | null;
}

export const WebhookEndpointResult = resultUnion('WebhookEndpointResult', () => WebhookEndpointModel, 'The endpoint');
export const WebhookEndpointSecretResult = resultUnion(
  'WebhookEndpointSecretResult',
  () => WebhookEndpointWithSecretModel,
  'The endpoint with its secret',
);
export const WebhookDeliveryResult = resultUnion('WebhookDeliveryResult', () => WebhookDeliveryModel, 'The delivery');
export const ReplayResult = resultUnion('ReplayResult', () => ReplayModel, 'The replay');

export const toEndpointModel = (row: WebhookEndpoint): WebhookEndpointModel => ({
  id: publicId('whe', row.id),
  url: row.url,
  eventTypes: row.eventTypes,
  enabled: row.enabled,
  disabledReason: row.disabledReason,
  createdAt: row.createdAt,
  deletedAt: row.deletedAt,
});

export const toSecretModel = ({ endpoint, secret }: EndpointWithSecret): WebhookEndpointWithSecretModel => ({
  endpoint: toEndpointModel(endpoint),
  secret,
});

export const toDeliveryModel = (row: WebhookDeliveryEntity): WebhookDeliveryModel => ({
  id: publicId('del', row.id),
  row,
  status: row.status,
});

export const toAttemptModel = (row: WebhookAttemptEntity): WebhookAttemptModel => ({
  at: row.at,
  responseStatus: row.responseStatus,
  responseBody: row.responseBody,
  error: row.error,
  durationMs: row.durationMs,
});

export const toReplayModel = (row: WebhookReplayEntity): ReplayModel => ({
  id: publicId('rpl', row.id),
  count: row.count,
  done: row.done,
  finishedAt: row.finishedAt,
});
