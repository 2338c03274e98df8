import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { Database } from '../database/database.js';
import { type Claim } from '../queue/lanes.js';
import { CallEndpoints } from './call-endpoints.js';
import { type ClaimedDelivery } from './record-calls.js';

/** Calls that one claim takes. */
export const CALLS_AT_ONCE = 32;
/** Longer than a call: after that another process may take it. */
const LEASE_MS = 30 * SECOND;
/** More than all processes have under way, and what waits between. */
const IN_FRONT = 500;

/** What is new, or what is told again: each goes its own lane, so that what is new does not wait. */
export type LaneKind = 'live' | 'replay';

/**
 * Takes deliveries of an endpoint that are due. One waits while an earlier event of the same thing is under way or was not
 * tried yet: so events of one thing arrive in order, unless one has to be tried again.
 *
 * What waits is what has a next attempt; of the status these statements say nothing, so that each look fulfils the condition
 * of one index alone. After a time in which nothing waited the planner holds all indexes of what waits for empty, and any of
 * them for as good as another: with a wrong one a claim reads all that waits, for each row of it.
 */
@Injectable()
export class ClaimDeliveries {
  constructor(
    private readonly database: Database,
    private readonly calls: CallEndpoints,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The endpoints that have something due in a lane. */
  async due(lane: LaneKind): Promise<string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `select e.id from webhook_endpoints e
        where ${CALLED} and exists (
          select 1 from webhook_deliveries d
           where d.endpoint_id = e.id and ${OF_LANE[lane]('d')} and d.next_attempt_at <= $1)`,
      [this.clock.now()],
    );
    return rows.map(({ id }) => id);
  }

  async claim(endpointId: string, lane: LaneKind): Promise<Claim> {
    const claimed = await this.take(endpointId, lane);
    if (claimed.length === 0) return { work: null };
    return {
      work: (oneEnded) => this.calls.call(endpointId, claimed, oneEnded),
      pieces: claimed.length,
      more: claimed.length === CALLS_AT_ONCE,
    };
  }

  /**
   * Nothing of an endpoint that is off or left alone; of one that asked for less a single one at a time, to show that it can
   * take more. The inner subquery looks by its index, row by row: `not exists` would become a join with all that waits for
   * the endpoint. And `due` is run once, whatever the planner makes of it: a subquery of `in` might be run again and lock more.
   */
  private async take(endpointId: string, lane: LaneKind): Promise<ClaimedDelivery[]> {
    const now = this.clock.now();
    return this.database.rows<ClaimedDelivery>(
      `with due as (
         select d.project_id, d.id from webhook_deliveries d
          where d.endpoint_id = $2 and ${OF_LANE[lane]('d')} and d.next_attempt_at <= $1
            and (d.lease_until is null or d.lease_until <= $1)
            and (select b.id from webhook_deliveries b
                  where b.endpoint_id = d.endpoint_id and b.subject_id = d.subject_id and b.event_id < d.event_id
                    and b.next_attempt_at > '-infinity' and (b.replay_id is null) = (d.replay_id is null)
                    and (b.attempts = 0 or b.lease_until > $1)
                  limit 1) is null
          order by d.next_attempt_at, d.event_id
          limit coalesce((
            select case when e.slow_steps = 0 then ${CALLS_AT_ONCE} when ${UNDER_WAY} then 0 else 1 end
              from webhook_endpoints e where e.id = $2 and ${CALLED}), 0)
            for update skip locked
       )
       update webhook_deliveries d set lease_until = $3 from due
        where d.project_id = due.project_id and d.id = due.id
       returning d.project_id as "projectId", d.id, d.event_id as "eventId", d.replay_id as "replayId", d.tries, d.attempts,
         d.lease_until as "leaseUntil"`,
      [now, endpointId, later(now, LEASE_MS)],
    );
  }
}

/** Of endpoints that are on and not left alone at $1. */
const CALLED = 'e.enabled and e.deleted_at is null and (e.slow_until is null or e.slow_until <= $1)';

const OF_LANE: Readonly<Record<LaneKind, (row: string) => string>> = {
  live: (row) => `${row}.replay_id is null`,
  replay: (row) => `${row}.replay_id is not null`,
};

/**
 * Something of the endpoint is under way, in whatever lane and process. What is under way was the first that could go, so it
 * lies in front of all that waits, however much that is.
 */
const UNDER_WAY = Object.values(OF_LANE)
  .map(
    (isOfLane) => `exists (
      select 1 from (
        select u.lease_until from webhook_deliveries u
         where u.endpoint_id = e.id and ${isOfLane('u')} and u.next_attempt_at <= $1
         order by u.next_attempt_at, u.event_id limit ${IN_FRONT}) u
       where u.lease_until > $1)`,
  )
  .join(' or ');
