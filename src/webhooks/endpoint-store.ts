import { Injectable } from '@nestjs/common';
import { publicId } from '../common/ids.js';
import { Database, type Sql } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type EventType, type NewEvent } from '../events/event-types.js';
import { WebhookEndpointEntity } from './webhook-endpoint.entity.js';

export type WebhookEndpoint = WebhookEndpointEntity;

const COLUMNS = `project_id as "projectId", id, url, event_types as "eventTypes", enabled,
  disabled_reason as "disabledReason", secrets, secrets_key as "secretsKey", previous_until as "previousUntil",
  hears_after as "hearsAfter", hears_until as "hearsUntil", failing_since as "failingSince", slow_steps as "slowSteps",
  slow_until as "slowUntil", version, sequence, created_at as "createdAt", deleted_at as "deletedAt"`;

const NOT_DELETED = `select ${COLUMNS} from webhook_endpoints
  where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) and deleted_at is null`;

/** The rows of endpoints, as what changes them or calls them needs them. */
@Injectable()
export class EndpointStore {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
  ) {}

  /** One that is switched on; null for any other. */
  async calling(id: string): Promise<WebhookEndpoint | null> {
    const [row] = await this.database.rows<WebhookEndpoint>(
      `select ${COLUMNS} from webhook_endpoints where id = $1 and enabled and deleted_at is null`,
      [id],
    );
    return row ?? null;
  }

  /** Those that are not deleted, as they are this moment. */
  async read(sql: Sql, projectIds: readonly string[], ids: readonly string[]): Promise<WebhookEndpoint[]> {
    return sql.rows<WebhookEndpoint>(NOT_DELETED, [projectIds, ids]);
  }

  /** Locks those that are not deleted, in an order that two transactions share. */
  async lock(sql: Sql, projectIds: readonly string[], ids: readonly string[]): Promise<WebhookEndpoint[]> {
    return sql.rows<WebhookEndpoint>(`${NOT_DELETED} order by id for update`, [projectIds, ids]);
  }

  async insert(sql: Sql, row: WebhookEndpoint): Promise<void> {
    await sql.rows(
      `insert into webhook_endpoints (project_id, id, url, event_types, enabled, secrets, secrets_key, hears_after,
         slow_steps, version, sequence, created_at)
       values ($1, $2, $3, $4, true, $5, $6, $7, 0, 1, 0, $8)`,
      [...[row.projectId, row.id, row.url, row.eventTypes, row.secrets, row.secretsKey], row.hearsAfter, row.createdAt],
    );
  }

  async save(sql: Sql, row: WebhookEndpoint): Promise<void> {
    await sql.rows(
      `update webhook_endpoints set url = $3, event_types = $4, enabled = $5, disabled_reason = $6, secrets = $7,
         secrets_key = $8, previous_until = $9, hears_after = $10, hears_until = $11, failing_since = $12,
         slow_steps = $13, slow_until = $14, version = $15, sequence = $16, deleted_at = $17
        where project_id = $1 and id = $2`,
      [
        ...[row.projectId, row.id, row.url, row.eventTypes, row.enabled, row.disabledReason, row.secrets],
        ...[row.secretsKey, row.previousUntil, row.hearsAfter, row.hearsUntil, row.failingSince, row.slowSteps],
        ...[row.slowUntil, row.version, row.sequence, row.deletedAt],
      ],
    );
  }

  /** Waits for the page that the fan-out is at; it begins no other before the commit. */
  async holdFanOut(sql: Sql): Promise<void> {
    await sql.rows('select from webhook_fan_out where id = 1 for share');
  }

  /** Switched off, it hears of nothing from now on; what was until now is still due to it. */
  async switchOff(sql: Sql, row: WebhookEndpoint, reason: string | null): Promise<void> {
    row.enabled = false;
    row.disabledReason = reason;
    row.hearsUntil = await this.log.end(sql);
  }

  /** Switched on, it hears of what comes from now on, and what waited for it is tried at once. */
  async switchOn(sql: Sql, row: WebhookEndpoint, now: Date): Promise<void> {
    const position = await fanOutPosition(sql);
    // The fan-out has not come so far as when it was switched off: it then hears rather too much than too little.
    const isBehind = row.hearsUntil !== null && BigInt(position) < BigInt(row.hearsUntil);
    if (!isBehind) row.hearsAfter = await this.log.end(sql);
    Object.assign(row, { enabled: true, disabledReason: null, hearsUntil: null });
    await sql.rows(
      `update webhook_deliveries set next_attempt_at = $2
        where endpoint_id = $1 and status = 'PENDING' and next_attempt_at > $2`,
      [row.id, now],
    );
  }
}

async function fanOutPosition(sql: Sql): Promise<string> {
  const [row] = await sql.rows<{ position: string }>('select position from webhook_fan_out where id = 1');
  return row?.position ?? '0';
}

/** An event about an endpoint, as it is; counts it in the row. */
export function endpointEvent(
  row: WebhookEndpoint,
  type: Extract<EventType, 'WEBHOOK_DISABLED' | 'WEBHOOK_TEST'>,
  now: Date,
): NewEvent {
  row.sequence++;
  const { id, url, enabled, disabledReason } = row;
  return {
    ...{ projectId: row.projectId, type, subjectKind: 'endpoint', subjectId: id, sequence: row.sequence },
    ...{ occurredAt: now, recordedAt: now },
    data: { endpoint: { id: publicId('whe', id), url, enabled, disabledReason } },
  };
}
