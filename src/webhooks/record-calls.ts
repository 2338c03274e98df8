import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { Database, leftNothing, type Sql } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { Collector } from '../queue/collector.js';
import { type CallResult } from './call-result.js';
import { type DeliveryStatus } from './delivery.status.js';
import { type EndpointHealth, type HealthJudgement, healthAfter } from './endpoint-health.js';
import { endpointEvent, EndpointStore, type WebhookEndpoint } from './endpoint-store.js';
import { nextTry } from './retry-schedule.js';

/** A delivery in the hands of this process. */
export interface ClaimedDelivery {
  readonly projectId: string;
  readonly id: string;
  readonly eventId: string;
  readonly replayId: string | null;
  readonly tries: number;
  readonly attempts: number;
}

/** A call that ended. */
export interface EndedDelivery {
  /** As it was when it was called. */
  readonly endpoint: WebhookEndpoint;
  readonly delivery: ClaimedDelivery;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly result: CallResult;
}

/** Writes down what came of calls, many in one transaction: the attempts, where the deliveries stand, how the endpoints fare. */
@Injectable()
export class RecordCalls {
  private readonly collector: Collector<EndedDelivery, void>;

  constructor(
    private readonly database: Database,
    private readonly store: EndpointStore,
    private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.collector = new Collector((calls) => this.commit(calls), leftNothing);
  }

  /** Resolves after the commit. */
  add(call: EndedDelivery): Promise<void> {
    return this.collector.add(call);
  }

  idle(): Promise<void> {
    return this.collector.idle();
  }

  private async commit(calls: readonly EndedDelivery[]): Promise<void[]> {
    const now = this.clock.now();
    const told = await this.database.transaction(async (sql) => {
      const events = await this.judge(sql, calls, now);
      await insertAttempts(sql, calls);
      await settleDeliveries(sql, calls, now);
      await this.log.append(sql, events);
      return events.length > 0;
    });
    if (told) this.log.announce();
    return calls.map(() => undefined);
  }

  /** Endpoints that fare as before are not locked, let alone written. */
  private async judge(sql: Sql, calls: readonly EndedDelivery[], now: Date): Promise<NewEvent[]> {
    const ofEndpoints = Map.groupBy(calls, ({ endpoint }) => endpoint.id);
    const touched = [...ofEndpoints.values()].filter((ended) => {
      // One may have been claimed before another: each knows the endpoint as it was then.
      return ended.some(({ endpoint }) => changes(endpoint, healthAfter(endpoint, ended, now)));
    });
    if (touched.length === 0) return [];
    const locked = await this.store.lock(
      sql,
      touched.map(([first]) => first!.endpoint.projectId),
      touched.map(([first]) => first!.endpoint.id),
    );
    const events: NewEvent[] = [];
    for (const row of locked) {
      const ended = (ofEndpoints.get(row.id) ?? []).filter(({ endpoint }) => endpoint.version === row.version);
      if (ended.length === 0 || !row.enabled) continue;
      const { disabledReason, ...health } = healthAfter(row, ended, now);
      Object.assign(row, health);
      if (disabledReason !== null) {
        await this.store.switchOff(sql, row, disabledReason);
        events.push(endpointEvent(row, 'WEBHOOK_DISABLED', now));
      }
      await this.store.save(sql, row);
    }
    return events;
  }
}

function changes(before: EndpointHealth, after: HealthJudgement): boolean {
  return (
    after.disabledReason !== null ||
    before.failingSince?.getTime() !== after.failingSince?.getTime() ||
    before.slowSteps !== after.slowSteps ||
    before.slowUntil?.getTime() !== after.slowUntil?.getTime()
  );
}

async function insertAttempts(sql: Sql, calls: readonly EndedDelivery[]): Promise<void> {
  await sql.rows(
    `insert into webhook_attempts (project_id, delivery_id, number, at, duration_ms, response_status, response_body, error)
     select project_id, delivery_id, number, at, duration_ms, response_status, response_body, error
       from json_to_recordset($1) as n (project_id uuid, delivery_id uuid, number smallint, at timestamptz,
         duration_ms integer, response_status smallint, response_body text, error text)
     on conflict do nothing`,
    [
      JSON.stringify(
        calls.map(({ delivery, startedAt, endedAt, result }) => ({
          project_id: delivery.projectId,
          delivery_id: delivery.id,
          number: delivery.attempts + 1,
          at: startedAt,
          duration_ms: endedAt.getTime() - startedAt.getTime(),
          response_status: result.responseStatus,
          response_body: result.responseBody,
          error: result.error,
        })),
      ),
    ],
  );
}

/** What was settled meanwhile (its endpoint was deleted, or another process had it after all) stays as it is. */
async function settleDeliveries(sql: Sql, calls: readonly EndedDelivery[], now: Date): Promise<void> {
  await sql.rows(
    `with ended as (
       select * from json_to_recordset($1) as n (project_id uuid, id uuid, status text, tries smallint, attempts smallint,
         next_attempt_at timestamptz)
     ), settled as (
       update webhook_deliveries d set status = n.status, tries = n.tries, attempts = n.attempts,
              next_attempt_at = n.next_attempt_at, lease_until = null
         from ended n
        where d.project_id = n.project_id and d.id = n.id and d.status = 'PENDING'
       returning d.project_id, d.replay_id, d.status
     ), replayed as (
       select project_id, replay_id, count(*) as done from settled
        where replay_id is not null and status <> 'PENDING' group by project_id, replay_id
     )
     update webhook_replays r set done = r.done + p.done,
            finished_at = case when r.spread and r.done + p.done >= r.count then $2::timestamptz end
       from replayed p
      where r.project_id = p.project_id and r.id = p.replay_id`,
    [JSON.stringify(calls.map((call) => settled(call, now))), now],
  );
}

function settled({ delivery, result }: EndedDelivery, now: Date): object {
  const { projectId, id } = delivery;
  const tries = delivery.tries + 1;
  const next = result.outcome === 'failed' ? nextTry(tries, now, result.retryAfterMs, Math.random()) : null;
  const status: DeliveryStatus = result.outcome === 'delivered' ? 'DELIVERED' : next ? 'PENDING' : 'FAILED';
  return { project_id: projectId, id, status, tries, attempts: delivery.attempts + 1, next_attempt_at: next };
}
