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
  /** Until when this process has it for itself. */
  readonly leaseUntil: Date;
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

  /** Of deliveries that were not called with after all. */
  async giveBack(claimed: readonly ClaimedDelivery[]): Promise<void> {
    await this.database.rows(
      `update webhook_deliveries d set lease_until = null
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as n (project_id, id, lease_until)
        where d.project_id = n.project_id and d.id = n.id and d.lease_until = n.lease_until`,
      [
        claimed.map(({ projectId }) => projectId),
        claimed.map(({ id }) => id),
        claimed.map(({ leaseUntil }) => leaseUntil),
      ],
    );
  }

  idle(): Promise<void> {
    return this.collector.idle();
  }

  private async commit(calls: readonly EndedDelivery[]): Promise<void[]> {
    const now = this.clock.now();
    const told = await this.database.transaction(async (sql) => {
      const endpoints = await this.store.read(sql, ...keysOf(calls.map(({ endpoint }) => endpoint)));
      const events = await this.judge(sql, endpoints, calls, now);
      await insertAttempts(sql, calls);
      await settleDeliveries(sql, heardNow(calls, endpoints), now);
      await settleReplayed(sql, calls);
      await this.log.append(sql, events);
      return events.length > 0;
    });
    if (told) this.log.announce();
    return calls.map(() => undefined);
  }

  /** Endpoints that fare as before are not locked, let alone written. */
  private async judge(
    sql: Sql,
    endpoints: readonly WebhookEndpoint[],
    calls: readonly EndedDelivery[],
    now: Date,
  ): Promise<NewEvent[]> {
    const ofEndpoints = Map.groupBy(calls, ({ endpoint }) => endpoint.id);
    const endedOf = (row: WebhookEndpoint): readonly EndedDelivery[] =>
      (ofEndpoints.get(row.id) ?? []).filter(({ endpoint }) => endpoint.version === row.version);
    // By how they fare now: since the call began another one may have failed, and a success takes that back.
    const touched = endpoints.filter((row) => row.enabled && changes(row, healthAfter(row, endedOf(row), now)));
    if (touched.length === 0) return [];
    const locked = await this.store.lock(sql, ...keysOf(touched));
    const events: NewEvent[] = [];
    for (const row of locked) {
      const ended = endedOf(row);
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

const keysOf = (endpoints: readonly WebhookEndpoint[]): [projectIds: string[], ids: string[]] => [
  endpoints.map(({ projectId }) => projectId),
  endpoints.map(({ id }) => id),
];

/** That it is gone was said of the endpoint as it was: of one that was changed since it is a failure like another. */
function heardNow(calls: readonly EndedDelivery[], endpoints: readonly WebhookEndpoint[]): EndedDelivery[] {
  const versions = new Map(endpoints.map(({ id, version }) => [id, version]));
  return calls.map((call) => {
    const { endpoint, result } = call;
    const isOld = result.outcome === 'gone' && versions.get(endpoint.id) !== endpoint.version;
    return isOld ? { ...call, result: { ...result, outcome: 'failed' } } : call;
  });
}

function changes(before: EndpointHealth, after: HealthJudgement): boolean {
  return (
    after.disabledReason !== null ||
    before.failingSince?.getTime() !== after.failingSince?.getTime() ||
    before.slowSteps !== after.slowSteps ||
    before.slowUntil?.getTime() !== after.slowUntil?.getTime()
  );
}

/** Each call is an attempt, also where another process had the delivery meanwhile: its row counts them. */
async function insertAttempts(sql: Sql, calls: readonly EndedDelivery[]): Promise<void> {
  await sql.rows(
    `with ended as (
       select * from json_to_recordset($1) as n (project_id uuid, delivery_id uuid, at timestamptz, duration_ms integer,
         response_status smallint, response_body text, error text)
     ), counted as (
       update webhook_deliveries d set attempts = d.attempts + 1
         from ended n
        where d.project_id = n.project_id and d.id = n.delivery_id
       returning d.project_id, d.id, d.attempts
     )
     insert into webhook_attempts (project_id, delivery_id, number, at, duration_ms, response_status, response_body, error)
     select n.project_id, n.delivery_id, c.attempts, n.at, n.duration_ms, n.response_status, n.response_body, n.error
       from ended n join counted c on c.project_id = n.project_id and c.id = n.delivery_id
     on conflict do nothing`,
    [
      JSON.stringify(
        calls.map(({ delivery, startedAt, endedAt, result }) => ({
          project_id: delivery.projectId,
          delivery_id: delivery.id,
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

/**
 * What was settled meanwhile (its endpoint was deleted, or another process had it after all) stays as it is. And where another
 * process has it now, as the lease ran out, a success settles it all the same: of a failure that process judges. `case` hides
 * the status from the planner, which would read all that is PENDING by a partial index instead of these rows by their keys.
 */
async function settleDeliveries(sql: Sql, calls: readonly EndedDelivery[], now: Date): Promise<void> {
  await sql.rows(
    `with ended as (
       select * from json_to_recordset($1) as n (project_id uuid, id uuid, lease_until timestamptz, status text,
         tries smallint, next_attempt_at timestamptz)
     ), settled as (
       update webhook_deliveries d set status = n.status, tries = n.tries, next_attempt_at = n.next_attempt_at,
              lease_until = null
         from ended n
        where d.project_id = n.project_id and d.id = n.id
          and case d.status when 'PENDING' then n.status = 'DELIVERED' or d.lease_until = n.lease_until end
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

/** What a replay has brought to the endpoint need not be told by itself any more, nor did it fail. */
async function settleReplayed(sql: Sql, calls: readonly EndedDelivery[]): Promise<void> {
  const arrived = calls.filter(({ delivery, result }) => delivery.replayId !== null && result.outcome === 'delivered');
  if (arrived.length === 0) return;
  await sql.rows(
    `update webhook_deliveries d set status = 'DELIVERED', next_attempt_at = null
       from unnest($1::uuid[], $2::bigint[]) as n (endpoint_id, event_id)
      where d.endpoint_id = n.endpoint_id and d.event_id = n.event_id and d.replay_id is null
        and d.attempts > 0 and case d.status when 'DELIVERED' then false else d.lease_until is null end`,
    [arrived.map(({ endpoint }) => endpoint.id), arrived.map(({ delivery }) => delivery.eventId)],
  );
}

function settled({ delivery, result }: EndedDelivery, now: Date): object {
  const { projectId, id, leaseUntil } = delivery;
  const tries = delivery.tries + 1;
  const next = result.outcome === 'failed' ? nextTry(tries, now, result.retryAfterMs, Math.random()) : null;
  const status: DeliveryStatus = result.outcome === 'delivered' ? 'DELIVERED' : next ? 'PENDING' : 'FAILED';
  return { project_id: projectId, id, lease_until: leaseUntil, status, tries, next_attempt_at: next };
}
