import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { type Page, ProjectRows } from '../projects/project-rows.js';
import { type DeliveryStatus } from './delivery.status.js';
import { type WebhookEndpoint } from './endpoint-store.js';
import { WebhookAttemptEntity } from './webhook-attempt.entity.js';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.js';
import { WebhookEndpointEntity } from './webhook-endpoint.entity.js';
import { WebhookReplayEntity } from './webhook-replay.entity.js';

export interface DeliveryFilter {
  readonly endpointId: string | null;
  readonly status: DeliveryStatus | null;
}

/** A project's endpoints, and what became of what they were told. */
@Injectable()
export class WebhooksReader {
  private readonly endpointRows: ProjectRows<WebhookEndpointEntity>;
  private readonly deliveryRows: ProjectRows<WebhookDeliveryEntity>;
  private readonly replayRows: ProjectRows<WebhookReplayEntity>;

  constructor(private readonly database: Database) {
    this.endpointRows = new ProjectRows(database, WebhookEndpointEntity);
    this.deliveryRows = new ProjectRows(database, WebhookDeliveryEntity);
    this.replayRows = new ProjectRows(database, WebhookReplayEntity);
  }

  /** Those that are not deleted, oldest first. */
  endpoints(projectId: string): Promise<WebhookEndpoint[]> {
    return this.endpointRows.all(projectId, (query) => query.andWhere('row.deletedAt is null'));
  }

  /** Deleted ones too. */
  endpointsById(projectId: string, ids: readonly string[]): Promise<Map<string, WebhookEndpoint>> {
    return this.endpointRows.findMany(projectId, ids);
  }

  delivery(projectId: string, id: string): Promise<WebhookDeliveryEntity | null> {
    return this.deliveryRows.find(projectId, id);
  }

  deliveries(
    projectId: string,
    first: number,
    after: string | null,
    { endpointId, status }: DeliveryFilter,
  ): Promise<Page<WebhookDeliveryEntity>> {
    return this.deliveryRows.page(projectId, {
      first,
      after,
      where: (query) => {
        if (endpointId !== null) query.andWhere('row.endpointId = :endpointId', { endpointId });
        if (status !== null) query.andWhere('row.status = :status', { status });
      },
    });
  }

  replay(projectId: string, id: string): Promise<WebhookReplayEntity | null> {
    return this.replayRows.find(projectId, id);
  }

  /** The attempts of several deliveries, oldest first, by the delivery. */
  async attemptsOf(projectId: string, deliveryIds: readonly string[]): Promise<Map<string, WebhookAttemptEntity[]>> {
    const found = await this.database.rows<WebhookAttemptEntity>(
      `select project_id as "projectId", delivery_id as "deliveryId", number, at, duration_ms as "durationMs",
         response_status as "responseStatus", response_body as "responseBody", error from webhook_attempts
        where (project_id, delivery_id) in (select * from unnest($1::uuid[], $2::uuid[])) order by delivery_id, number`,
      [deliveryIds.map(() => projectId), deliveryIds],
    );
    return Map.groupBy(found, ({ deliveryId }) => deliveryId);
  }
}
