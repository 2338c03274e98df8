import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE, SECOND } from '../common/clock.js';
import { Database } from '../database/database.js';
import { type Claim } from '../queue/lanes.js';
import { CallEndpoints } from './call-endpoints.js';
import { EndpointSecretsVault } from './endpoint-secrets.js';
import { EndpointStore, type WebhookEndpoint } from './endpoint-store.js';
import { type ClaimedDelivery } from './record-calls.js';

/** Calls that one claim takes. */
export const CALLS_AT_ONCE = 16;
/** Longer than a call: after that another process may take it. */
const LEASE_MS = 30 * SECOND;
/** How long deliveries wait that cannot be signed. */
const UNSIGNED_FOR_MS = MINUTE;

/** What is new, or what is told again: each goes its own lane, so that what is new does not wait. */
export type LaneKind = 'live' | 'replay';

/**
 * Takes deliveries of an endpoint that are due. One waits while an earlier event of the same thing is under way or was not
 * tried yet: so events of one thing arrive in order, unless one has to be tried again.
 */
@Injectable()
export class ClaimDeliveries {
  private readonly logger = new Logger(ClaimDeliveries.name);

  constructor(
    private readonly database: Database,
    private readonly store: EndpointStore,
    private readonly secrets: EndpointSecretsVault,
    private readonly calls: CallEndpoints,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The endpoints that have something due in a lane. */
  async due(lane: LaneKind): Promise<string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `select e.id from webhook_endpoints e
        where e.enabled and e.deleted_at is null and (e.slow_until is null or e.slow_until <= $1) and exists (
          select 1 from webhook_deliveries d
           where d.endpoint_id = e.id and d.status = 'PENDING' and ${OF_LANE[lane]('d')} and d.next_attempt_at <= $1)`,
      [this.clock.now()],
    );
    return rows.map(({ id }) => id);
  }

  async claim(endpointId: string, lane: LaneKind): Promise<Claim> {
    const endpoint = await this.store.calling(endpointId);
    if (!endpoint) return { work: null };
    const now = this.clock.now();
    if (endpoint.slowUntil && endpoint.slowUntil > now) return { work: null, again: endpoint.slowUntil };
    const secrets = this.secrets.signing(endpoint, now);
    if (!secrets) {
      this.logger.error({ endpointId }, 'The secret was sealed with another ENCRYPTION_KEY: rotate it.');
      return { work: null, again: later(now, UNSIGNED_FOR_MS) };
    }
    // One that asked for less shows with one call that it can take more.
    const atOnce = endpoint.slowSteps > 0 ? 1 : CALLS_AT_ONCE;
    const claimed = await this.take(endpoint, lane, atOnce, now);
    if (claimed.length === 0) return { work: null };
    return {
      work: () => this.calls.call(endpoint, secrets, claimed),
      pieces: claimed.length,
      more: claimed.length === CALLS_AT_ONCE,
    };
  }

  private async take(endpoint: WebhookEndpoint, lane: LaneKind, most: number, now: Date): Promise<ClaimedDelivery[]> {
    return this.database.rows<ClaimedDelivery>(
      `update webhook_deliveries set lease_until = $3
        where (project_id, id) in (
          select d.project_id, d.id from webhook_deliveries d
           where d.endpoint_id = $1 and d.status = 'PENDING' and ${OF_LANE[lane]('d')} and d.next_attempt_at <= $2
             and (d.lease_until is null or d.lease_until <= $2)
             and not exists (
               select 1 from webhook_deliveries b
                where b.endpoint_id = d.endpoint_id and b.subject_id = d.subject_id and b.event_id < d.event_id
                  and b.status = 'PENDING' and ${OF_LANE[lane]('b')} and (b.attempts = 0 or b.lease_until > $2))
           order by d.next_attempt_at, d.event_id limit $4 for update skip locked)
       returning project_id as "projectId", id, event_id as "eventId", replay_id as "replayId", tries, attempts`,
      [endpoint.id, now, later(now, LEASE_MS), most],
    );
  }
}

const OF_LANE: Readonly<Record<LaneKind, (row: string) => string>> = {
  live: (row) => `${row}.replay_id is null`,
  replay: (row) => `${row}.replay_id is not null`,
};
