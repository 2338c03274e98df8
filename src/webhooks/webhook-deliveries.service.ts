import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type Caller } from '../projects/caller.js';
import { insertDeliveries } from './delivery-writes.js';
import { endpointEvent, EndpointStore, type WebhookEndpoint } from './endpoint-store.js';
import { type WebhookDeliveryEntity } from './webhook-delivery.entity.js';
import { NO_ENDPOINT } from './webhook-endpoints.service.js';
import { WebhooksReader } from './webhooks.reader.js';

const NO_DELIVERY = problem('NOT_FOUND', 'No webhook delivery of that id exists in this project.', 'id');

/** What is off is not called: neither with a test, nor again. */
export const SWITCHED_OFF = (field: string): Problem =>
  problem('INVALID_TRANSITION', 'The endpoint is switched off; switch it on with updateWebhookEndpoint first.', field);

/** What persons ask of deliveries: one more attempt, and a test. */
@Injectable()
export class WebhookDeliveries {
  constructor(
    private readonly database: Database,
    private readonly store: EndpointStore,
    private readonly reader: WebhooksReader,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Tries one at once; one that had failed has all its tries again. */
  async retry({ projectId }: Caller, id: string | null): Promise<WebhookDeliveryEntity | Problem> {
    const found = id === null ? null : await this.reader.delivery(projectId, id);
    if (!found) return NO_DELIVERY;
    const retried = await this.database.attempt(async (sql) => {
      const [endpoint] = await this.store.lock(sql, [projectId], [found.endpointId]);
      if (!endpoint) return problem('INVALID_TRANSITION', 'The endpoint was deleted.', 'id');
      if (!endpoint.enabled) return SWITCHED_OFF('id');
      await this.endPause(sql, endpoint);
      return this.open(sql, found);
    });
    if (isProblem(retried)) return retried;
    this.signals.tell(found.replayId === null ? 'deliveries' : 'replays', [found.endpointId]);
    return (await this.reader.delivery(projectId, found.id)) ?? NO_DELIVERY;
  }

  /** Has an endpoint called with an event that says nothing else, whatever types it hears of. */
  async sendTest({ projectId }: Caller, endpointId: string | null): Promise<WebhookDeliveryEntity | Problem> {
    const made = await this.database.attempt(async (sql) => {
      const [endpoint] = endpointId === null ? [] : await this.store.lock(sql, [projectId], [endpointId]);
      if (!endpoint) return NO_ENDPOINT('endpointId');
      if (!endpoint.enabled) return SWITCHED_OFF('endpointId');
      return this.test(sql, endpoint);
    });
    if (isProblem(made)) return made;
    this.log.announce();
    this.signals.tell('deliveries', [made.endpointId]);
    return (await this.reader.delivery(projectId, made.id)) ?? NO_DELIVERY;
  }

  private async open(sql: Sql, { projectId, id }: WebhookDeliveryEntity): Promise<true | Problem> {
    const [delivery] = await sql.rows<Pick<WebhookDeliveryEntity, 'status' | 'replayId'>>(
      `select status, replay_id as "replayId" from webhook_deliveries
        where project_id = $1 and id = $2 for update`,
      [projectId, id],
    );
    if (!delivery) return NO_DELIVERY;
    if (delivery.status === 'DELIVERED') {
      const mend = 'It was delivered; replayEvents sends what was delivered once more.';
      return problem('INVALID_TRANSITION', mend, 'id');
    }
    // What a person has tried between two tries takes none of the ten away; what is due already, or under way, stays so.
    await sql.rows(
      `update webhook_deliveries set status = 'PENDING', next_attempt_at = $3,
              tries = case status when 'FAILED' then 0 else tries - 1 end
        where project_id = $1 and id = $2 and (next_attempt_at is null or next_attempt_at > $3)`,
      [projectId, id, this.clock.now()],
    );
    if (delivery.status === 'FAILED' && delivery.replayId !== null)
      await sql.rows(
        'update webhook_replays set done = done - 1, finished_at = null where project_id = $1 and id = $2',
        [projectId, delivery.replayId],
      );
    return true;
  }

  /** Who asks for a call wants it now, and perhaps has mended what asked to be left alone. It is one call at a time still. */
  private async endPause(sql: Sql, endpoint: WebhookEndpoint): Promise<void> {
    endpoint.slowUntil = null;
    await this.store.save(sql, endpoint);
  }

  private async test(sql: Sql, endpoint: WebhookEndpoint): Promise<{ id: string; endpointId: string } | Problem> {
    const now = this.clock.now();
    const event = endpointEvent(endpoint, 'WEBHOOK_TEST', now);
    await this.endPause(sql, endpoint);
    await this.log.append(sql, [event]);
    // The delivery names the event, so the log's lock is held for two statements more.
    const eventId = await this.log.idOf(sql, event.projectId, event.subjectId, event.sequence);
    const of = { projectId: event.projectId, endpointId: endpoint.id, subjectId: endpoint.id, replayId: null };
    const [made] = eventId === null ? [] : await insertDeliveries(sql, [{ ...of, eventId }], now);
    return made ?? NO_DELIVERY;
  }
}
