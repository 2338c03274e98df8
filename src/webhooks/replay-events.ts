/** Which events a replay tells: those of its time and types, and of one of failed events, those that never arrived. */
import { type Sql } from '../database/database.js';
import { type WebhookReplayEntity } from './webhook-replay.entity.js';

/** So many events are looked at in one transaction, however few of them are to be told. */
const PAGE = 500;

/** Of a replay, what decides which events it tells. */
export type Replayed = Pick<
  WebhookReplayEntity,
  'projectId' | 'id' | 'endpointId' | 'types' | 'failedOnly' | 'fromTime' | 'toTime' | 'position' | 'lastEvent'
>;

export interface ReplayPage {
  readonly events: readonly { readonly eventId: string; readonly subjectId: string }[];
  /** It has looked so far; null at its end. */
  readonly position: string | null;
}

const ALL = (first = ''): string =>
  `select id, subject_id, type, recorded_at from events where project_id = $1 and id > $2 and id <= $3 ${first}`;

/**
 * What has failed, for good or until a later try, and did not reach the endpoint otherwise nor is about to.
 * `f.replay_id is null`: then it is the only one that is of no replay. Each subquery looks by an index, row by row: `not
 * exists` would become a join with all that the endpoint was ever told. The log may not keep every event any more.
 */
const FAILED = (first = ''): string =>
  `select f.event_id as id, e.subject_id, e.type, e.recorded_at from (
     select distinct f.event_id from webhook_deliveries f
      where f.endpoint_id = $7 and f.status <> 'DELIVERED' and f.attempts > 0 and f.event_id > $2 and f.event_id <= $3
        and (f.next_attempt_at is null or f.next_attempt_at > $9)
        and (f.replay_id is null or (${otherwise("is null and (d.status = 'DELIVERED' or d.next_attempt_at <= $9)")}) is null)
        and (${otherwise("is not null and d.status <> 'FAILED'")}) is null ${first}
   ) f left join events e on e.project_id = $1 and e.id = f.event_id`;

const otherwise = (replay: string): string =>
  `select d.id from webhook_deliveries d
    where d.endpoint_id = $7 and d.event_id = f.event_id and d.replay_id ${replay} limit 1`;

const ASKED = `e.recorded_at between $4 and $5 and ($6::text[] is null or e.type = any($6))
  and (e.type <> 'WEBHOOK_TEST' or e.subject_id = $7)`;

/** A replay that was begun before and has not come so far yet tells it. */
const TOLD_BY_ANOTHER = `exists (
  select 1 from webhook_replays r
   where r.project_id = $1 and r.endpoint_id = $7 and not r.spread and r.id < $8 and e.id > r.position and e.id <= r.last_event
     and e.recorded_at between r.from_time and r.to_time and (r.types is null or e.type = any(r.types))
     and (e.type <> 'WEBHOOK_TEST' or e.subject_id = $7))`;

/** How many events it tells. */
export async function countEvents(sql: Sql, replay: Replayed, now: Date): Promise<number> {
  const { among, asked, values } = termsOf(replay, now);
  const [row] = await sql.rows<{ count: number }>(
    `select count(*)::int as count from (${among()}) e where ${asked}`,
    values,
  );
  return row?.count ?? 0;
}

/** The next of them. */
export async function nextEvents(sql: Sql, replay: Replayed, now: Date): Promise<ReplayPage> {
  const { among, asked, values } = termsOf(replay, now);
  const looked = await sql.rows<{ eventId: string; subjectId: string; isAsked: boolean }>(
    `select e.id as "eventId", e.subject_id as "subjectId", coalesce(${asked}, false) as "isAsked"
       from (${among(`order by 1 limit ${PAGE}`)}) e order by e.id`,
    values,
  );
  return {
    events: looked.filter(({ isAsked }) => isAsked),
    position: looked.length < PAGE ? null : looked.at(-1)!.eventId,
  };
}

function termsOf(replay: Replayed, now: Date): { among: (first?: string) => string; asked: string; values: unknown[] } {
  const { projectId, id, endpointId, types, failedOnly, fromTime, toTime, position, lastEvent } = replay;
  const values = [projectId, position, lastEvent, fromTime, toTime, types, endpointId];
  if (!failedOnly) return { among: ALL, asked: ASKED, values };
  return { among: FAILED, asked: `${ASKED} and not ${TOLD_BY_ANOTHER}`, values: [...values, id, now] };
}
