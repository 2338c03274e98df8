import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type EventType } from '../events/event-types.js';
import { type Caller } from '../projects/caller.js';
import { type Claim } from '../queue/lanes.js';
import { insertDeliveries } from './delivery-writes.js';
import { EndpointStore, type WebhookEndpoint } from './endpoint-store.js';
import { countEvents, nextEvents } from './replay-events.js';
import { SWITCHED_OFF } from './webhook-deliveries.service.js';
import { NO_ENDPOINT } from './webhook-endpoints.service.js';
import { WebhookReplayEntity } from './webhook-replay.entity.js';

/** Events lie in the log in the order of commit, and the time on each was read before: by far less than this. */
const SLACK_MS = 5 * MINUTE;
/** Held by the process that makes deliveries of replays, and with an endpoint by the one that begins a replay of it. */
const REPLAYS_LOCK = 0x6b75_7270;

/** What is told again. */
export interface ReplayInput {
  readonly from: Date;
  /** Null is now. */
  readonly to?: Date | null;
  /** Null or empty: those that the endpoint hears of. */
  readonly types?: readonly EventType[] | null;
  readonly failedOnly: boolean;
}

const COLUMNS = `r.project_id as "projectId", r.id, r.endpoint_id as "endpointId", r.types, r.failed_only as "failedOnly",
  r.from_time as "fromTime", r.to_time as "toTime", r.position, r.last_event as "lastEvent", r.spread, r.made, r.count, r.done,
  r.created_at as "createdAt", r.finished_at as "finishedAt"`;

/** Tells an endpoint again what the log holds of a time. */
@Injectable()
export class Replays {
  private lastBegun: Promise<unknown> = Promise.resolve();
  /** The replay that had the last turn: they take turns, so that a long one does not hold up the others. */
  private lastTurn = '00000000-0000-0000-0000-000000000000';

  constructor(
    private readonly database: Database,
    private readonly store: EndpointStore,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Counts what is to be told and answers; the deliveries are made page by page afterwards. */
  async begin(
    { projectId }: Caller,
    endpointId: string | null,
    input: ReplayInput,
  ): Promise<WebhookReplayEntity | Problem> {
    const now = this.clock.now();
    const to = input.to ?? new Date(Math.max(now.getTime(), input.from.getTime()));
    if (to < input.from) return problem('INVALID_INPUT', 'It ends before it begins; give a later time.', 'to');
    const endpoint = await this.database.attempt((sql) => this.endpoint(sql, projectId, endpointId));
    if (isProblem(endpoint)) return endpoint;
    const position = await this.log.lastBefore(later(input.from, -SLACK_MS));
    const lastEvent = await this.log.lastBefore(later(to, SLACK_MS));
    const begun = await this.inTurn(() =>
      this.count({
        ...{ projectId, id: newId(), endpointId: endpoint.id, types: typesOf(input, endpoint) },
        ...{ failedOnly: input.failedOnly, fromTime: input.from, toTime: to, position, lastEvent },
        ...{ spread: false, made: 0, count: 0, done: 0, createdAt: now, finishedAt: null },
      }),
    );
    if (!isProblem(begun)) this.signals.tell('endpoints', [begun.endpointId]);
    return begun;
  }

  /** Whether one has not all its deliveries yet. */
  async isDue(): Promise<boolean> {
    const [open] = await this.database.rows('select from webhook_replays where not spread limit 1');
    return open !== undefined;
  }

  /** Makes a page of deliveries of a replay that has not all of them yet. */
  async step(): Promise<Claim> {
    const endpointId = await this.database.transaction((sql) => this.spread(sql));
    if (endpointId !== null) this.signals.tell('replays', [endpointId]);
    return { work: null, more: endpointId !== null };
  }

  /** Of millions of events a count takes seconds: the endpoint's row, which its calls may need, is locked after it. */
  private async count(replay: WebhookReplayEntity): Promise<WebhookReplayEntity | Problem> {
    const { projectId, endpointId } = replay;
    return this.database.attempt(async (sql) => {
      // What failed is told by one replay: the next one must see this one's row when it counts.
      await sql.rows('select pg_advisory_xact_lock($1, hashtext($2))', [REPLAYS_LOCK, endpointId]);
      replay.count = await countEvents(sql, replay, replay.createdAt);
      if (replay.count === 0) Object.assign(replay, { spread: true, finishedAt: replay.createdAt });
      const endpoint = await this.endpoint(sql, projectId, endpointId);
      if (isProblem(endpoint)) return endpoint;
      await insert(sql, replay);
      return replay;
    });
  }

  private async endpoint(sql: Sql, projectId: string, id: string | null): Promise<WebhookEndpoint | Problem> {
    const [endpoint] = id === null ? [] : await this.store.lock(sql, [projectId], [id]);
    if (!endpoint) return NO_ENDPOINT('endpointId');
    return endpoint.enabled ? endpoint : SWITCHED_OFF('endpointId');
  }

  /** One count at a time in this process: those that wait hold no connection. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = this.lastBegun.then(work);
    this.lastBegun = next.catch(() => undefined);
    return next;
  }

  /** The replay's row, which the records of its calls need as well, is locked only at the end. */
  private async spread(sql: Sql): Promise<string | null> {
    const replay = await this.next(sql);
    if (!replay) return null;
    // Before the work, so that one that fails holds up none of the others.
    this.lastTurn = replay.id;
    const { projectId, id, endpointId } = replay;
    const now = this.clock.now();
    const { events, position } = await nextEvents(sql, replay, now);
    const deliveries = events.map(({ eventId, subjectId }) => {
      return { projectId, endpointId, replayId: id, eventId, subjectId };
    });
    const { length: made } = await insertDeliveries(sql, deliveries, now);
    if (position === null) await finishSpreading(sql, replay, made, now);
    else
      await sql.rows('update webhook_replays set position = $3, made = made + $4 where project_id = $1 and id = $2', [
        projectId,
        id,
        position,
        made,
      ]);
    return endpointId;
  }

  /** Whose turn it is; null where there is none, or another process is at it. An endpoint is not deleted meanwhile. */
  private async next(sql: Sql): Promise<WebhookReplayEntity | null> {
    const [lock] = await sql.rows<{ isMine: boolean }>(
      `select pg_try_advisory_xact_lock($1) as "isMine" where exists (select 1 from webhook_replays where not spread)`,
      [REPLAYS_LOCK],
    );
    if (!lock?.isMine) return null;
    const [replay] = await sql.rows<WebhookReplayEntity>(
      `select ${COLUMNS} from webhook_replays r
         join webhook_endpoints e on e.project_id = r.project_id and e.id = r.endpoint_id and e.deleted_at is null
        where not r.spread order by r.id <= $1, r.id limit 1 for share of e`,
      [this.lastTurn],
    );
    return replay ?? null;
  }
}

/** An endpoint hears of its tests whatever its types are. */
function typesOf({ types }: ReplayInput, { eventTypes }: WebhookEndpoint): EventType[] | null {
  if (types?.length) return [...types];
  return eventTypes.length > 0 ? [...eventTypes, 'WEBHOOK_TEST'] : null;
}

/** Where a person had one tried again after the count, it is not told by the replay: what was made is what counts. */
async function finishSpreading(sql: Sql, replay: WebhookReplayEntity, made: number, now: Date): Promise<void> {
  await sql.rows(
    `update webhook_replays set spread = true, made = made + $3, count = made + $3,
            finished_at = case when done >= made + $3 then $4::timestamptz end
      where project_id = $1 and id = $2`,
    [replay.projectId, replay.id, made, now],
  );
}

async function insert(sql: Sql, replay: WebhookReplayEntity): Promise<void> {
  await sql.rows(
    `insert into webhook_replays (project_id, id, endpoint_id, types, failed_only, from_time, to_time, position,
       last_event, spread, made, count, done, created_at, finished_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, 0, $12, $13)`,
    [
      ...[replay.projectId, replay.id, replay.endpointId, replay.types, replay.failedOnly, replay.fromTime],
      ...[replay.toTime, replay.position, replay.lastEvent, replay.spread, replay.count, replay.createdAt],
      replay.finishedAt,
    ],
  );
}
