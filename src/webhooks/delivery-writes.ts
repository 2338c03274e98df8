/** How deliveries come into their table: with the fan-out, with a replay, with a test. */
import { newId } from '../common/ids.js';
import { type Sql } from '../database/database.js';

export interface NewDelivery {
  readonly projectId: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly subjectId: string;
  readonly replayId: string | null;
}

/** Inserts those that are not there yet, due at once. Answers the ids of those that it made, with their endpoints'. */
export async function insertDeliveries(
  sql: Sql,
  deliveries: readonly NewDelivery[],
  now: Date,
): Promise<{ readonly id: string; readonly endpointId: string }[]> {
  if (deliveries.length === 0) return [];
  return sql.rows(
    `insert into webhook_deliveries (project_id, id, endpoint_id, event_id, subject_id, replay_id, status, tries, attempts,
       next_attempt_at, created_at)
     select project_id, id, endpoint_id, event_id, subject_id, replay_id, 'PENDING', 0, 0, $2, $2
       from unnest($1::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::uuid[], $7::uuid[])
         as n (project_id, id, endpoint_id, event_id, subject_id, replay_id)
     on conflict do nothing
     returning id, endpoint_id as "endpointId"`,
    [
      deliveries.map(({ projectId }) => projectId),
      now,
      deliveries.map(() => newId()),
      deliveries.map(({ endpointId }) => endpointId),
      deliveries.map(({ eventId }) => eventId),
      deliveries.map(({ subjectId }) => subjectId),
      deliveries.map(({ replayId }) => replayId),
    ],
  );
}
