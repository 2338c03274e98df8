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
import { EndpointStore } from './endpoint-store.js';
import { SWITCHED_OFF } from './webhook-deliveries.service.js';
import { NO_ENDPOINT } from './webhook-endpoints.service.js';
import { WebhookReplayEntity } from './webhook-replay.entity.js';

const PAGE = 500;
/** Events lie in the log in the order of commit, and the time on each was read before: by far less than this. */
const SLACK_MS = 5 * MINUTE;

/** What is told again. */
export interface ReplayInput {
  readonly from: Date;
  /** Null is now. */
  readonly to?: Date | null;
  /** Null or empty: those that the endpoint hears of. */
  readonly types?: readonly EventType[] | null;
  readonly failedOnly: boolean;
}

const COLUMNS = `project_id as "projectId", id, endpoint_id as "endpointId", types, failed_only as "failedOnly",
  from_time as "fromTime", to_time as "toTime", position, last_event as "lastEvent", spread, count, done,
  created_at as "createdAt", finished_at as "finishedAt"`;

/** The events of a replay after its position: what was said in that time, and of that, where asked for, what never arrived. */
const EVENTS = `from events e
  where e.project_id = $1 and e.id > $2 and e.id <= $3 and e.recorded_at between $4 and $5
    and ($6::text[] is null or e.type = any($6)) and (e.type <> 'WEBHOOK_TEST' or e.subject_id = $7)
    and (not $8::boolean or (
      exists (select 1 from webhook_deliveries d
               where d.project_id = e.project_id and d.endpoint_id = $7 and d.event_id = e.id and d.status = 'FAILED')
      and not exists (select 1 from webhook_deliveries d
               where d.project_id = e.project_id and d.endpoint_id = $7 and d.event_id = e.id and d.status <> 'FAILED')))`;

const valuesOf = (replay: WebhookReplayEntity): unknown[] => [
  ...[replay.projectId, replay.position, replay.lastEvent, replay.fromTime, replay.toTime],
  ...[replay.types, replay.endpointId, replay.failedOnly],
];

/** Tells an endpoint again what the log holds of a time. */
@Injectable()
export class Replays {
  constructor(
    private readonly database: Database,
    private readonly store: EndpointStore,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Counts what is to be told and answers at once; the deliveries are made page by page afterwards. */
  async begin(
    { projectId }: Caller,
    endpointId: string | null,
    input: ReplayInput,
  ): Promise<WebhookReplayEntity | Problem> {
    const now = this.clock.now();
    const to = input.to ?? now;
    if (to < input.from) return problem('INVALID_INPUT', 'It ends before it begins; give a later time.', 'to');
    const position = await this.log.lastBefore(later(input.from, -SLACK_MS));
    const lastEvent = await this.log.lastBefore(later(to, SLACK_MS));
    const begun = await this.database.attempt(async (sql) => {
      const [endpoint] = endpointId === null ? [] : await this.store.lock(sql, [projectId], [endpointId]);
      if (!endpoint) return NO_ENDPOINT('endpointId');
      if (!endpoint.enabled) return SWITCHED_OFF('endpointId');
      const heard = input.types?.length ? [...input.types] : endpoint.eventTypes;
      const replay: WebhookReplayEntity = {
        ...{ projectId, id: newId(), endpointId: endpoint.id, types: heard.length > 0 ? heard : null },
        ...{ failedOnly: input.failedOnly, fromTime: input.from, toTime: to, position, lastEvent },
        ...{ spread: false, count: 0, done: 0, createdAt: now, finishedAt: null },
      };
      const [counted] = await sql.rows<{ count: number }>(`select count(*)::int as count ${EVENTS}`, valuesOf(replay));
      replay.count = counted?.count ?? 0;
      if (replay.count === 0) Object.assign(replay, { spread: true, finishedAt: now });
      await this.insert(sql, replay);
      return replay;
    });
    if (!isProblem(begun)) this.signals.tell('endpoints', [begun.endpointId]);
    return begun;
  }

  /** Makes a page of deliveries of a replay that has not all of them yet. */
  async step(): Promise<Claim> {
    const endpointId = await this.database.transaction((sql) => this.spread(sql));
    if (endpointId !== null) this.signals.tell('replays', [endpointId]);
    return { work: null, more: endpointId !== null };
  }

  private async spread(sql: Sql): Promise<string | null> {
    const [replay] = await sql.rows<WebhookReplayEntity>(
      `select ${COLUMNS} from webhook_replays where not spread order by id limit 1 for update skip locked`,
    );
    if (!replay) return null;
    const { projectId, id, endpointId } = replay;
    const events = await sql.rows<{ eventId: string; subjectId: string }>(
      `select e.id as "eventId", e.subject_id as "subjectId" ${EVENTS} order by e.id limit ${PAGE}`,
      valuesOf(replay),
    );
    const now = this.clock.now();
    await insertDeliveries(
      sql,
      events.map((event) => ({ projectId, endpointId, replayId: id, ...event })),
      now,
    );
    const last = events.length < PAGE ? null : events.at(-1);
    await sql.rows(
      last
        ? 'update webhook_replays set position = $3 where project_id = $1 and id = $2'
        : `update webhook_replays r set spread = true, count = n.count,
                  finished_at = case when r.done >= n.count then $3::timestamptz end
             from (select count(*)::int as count from webhook_deliveries where replay_id = $2) n
            where r.project_id = $1 and r.id = $2`,
      [projectId, id, last ? last.eventId : now],
    );
    return endpointId;
  }

  private async insert(sql: Sql, replay: WebhookReplayEntity): Promise<void> {
    await sql.rows(
      `insert into webhook_replays (project_id, id, endpoint_id, types, failed_only, from_time, to_time, position,
         last_event, spread, count, done, created_at, finished_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13)`,
      [
        ...[replay.projectId, replay.id, replay.endpointId, replay.types, replay.failedOnly, replay.fromTime],
        ...[replay.toTime, replay.position, replay.lastEvent, replay.spread, replay.count, replay.createdAt],
        replay.finishedAt,
      ],
    );
  }
}
