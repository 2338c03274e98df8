import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type EventHead, type EventType, type LoggedEvent, type NewEvent, type WrittenEvent } from './event-types.js';

const COLUMNS = `id, project_id as "projectId", type, subject_kind as "subjectKind", subject_id as "subjectId", sequence,
  occurred_at as "occurredAt", recorded_at as "recordedAt", data`;

/** The one log: every change of an object appends one event in the transaction that makes the change. */
@Injectable()
export class EventLog {
  constructor(
    private readonly database: Database,
    private readonly signals: Signals,
  ) {}

  /**
   * Appends, as the transaction's last statement: it takes the log's lock, draws the ids inside and holds it until the
   * commit, so that a reader who has seen id N never finds a lower one later.
   */
  async append(sql: Sql, events: readonly NewEvent[]): Promise<void> {
    if (events.length > 0) await sql.rows('select append_events($1)', [asRows(events)]);
  }

  /** Wakes the followers. After the commit, never inside the transaction. */
  announce(): void {
    this.signals.tell('events');
  }

  /** Events of one project after an id, oldest first. */
  async after(
    projectId: string,
    id: string,
    types: readonly EventType[] | null,
    limit: number,
  ): Promise<LoggedEvent[]> {
    return this.database.rows<LoggedEvent>(
      `select ${COLUMNS} from events
        where project_id = $1 and id > $2 and ($3::text[] is null or type = any($3)) order by id limit $4`,
      [projectId, id, types, limit],
    );
  }

  /** Events of all projects after an id, oldest first: what the follower reads. */
  async afterInAll(id: string, limit: number): Promise<LoggedEvent[]> {
    return this.database.rows<LoggedEvent>(`select ${COLUMNS} from events where id > $1 order by id limit $2`, [
      id,
      limit,
    ]);
  }

  async ofSubjects(projectId: string, subjectIds: readonly string[]): Promise<LoggedEvent[]> {
    return this.database.rows<LoggedEvent>(
      `select ${COLUMNS} from events
        where (project_id, subject_id) in (select * from unnest($1::uuid[], $2::uuid[])) order by subject_id, sequence`,
      [subjectIds.map(() => projectId), subjectIds],
    );
  }

  /** What the fan-out must know of the events of all projects after an id, oldest first. */
  async headsAfter(sql: Sql, id: string, limit: number): Promise<EventHead[]> {
    return sql.rows<EventHead>(
      `select id, project_id as "projectId", type, subject_id as "subjectId" from events
        where id > $1 order by id limit $2`,
      [id, limit],
    );
  }

  /** Those that are still kept, by id. */
  async byIds(projectId: string, ids: readonly string[]): Promise<Map<string, LoggedEvent>> {
    const found = await this.database.rows<LoggedEvent>(
      `select ${COLUMNS} from events where (project_id, id) in (select * from unnest($1::uuid[], $2::bigint[]))`,
      [ids.map(() => projectId), ids],
    );
    return new Map(found.map((event) => [event.id, event]));
  }

  /** Several by their projects and ids, with `data` as the very text that the log holds; by id. */
  async written(projectIds: readonly string[], ids: readonly string[]): Promise<Map<string, WrittenEvent>> {
    const found = await this.database.rows<WrittenEvent>(
      `select id, type, occurred_at as "occurredAt", recorded_at as "recordedAt", data::text as data from events
        where (project_id, id) in (select * from unnest($1::uuid[], $2::bigint[]))`,
      [projectIds, ids],
    );
    return new Map(found.map((event) => [event.id, event]));
  }

  /** The id of one event of a thing; null where it is not kept. */
  async idOf(sql: Sql, projectId: string, subjectId: string, sequence: number): Promise<string | null> {
    const [row] = await sql.rows<{ id: string }>(
      'select id from events where project_id = $1 and subject_id = $2 and sequence = $3',
      [projectId, subjectId, sequence],
    );
    return row?.id ?? null;
  }

  /** The greatest id of all projects; '0' for an empty log. */
  async end(sql: Sql = this.database): Promise<string> {
    const [row] = await sql.rows<{ id: string }>('select id from events order by id desc limit 1');
    return row?.id ?? '0';
  }

  /**
   * The greatest id of an event that was recorded before a time; '0' where none was. Ids are drawn a moment after the time
   * is read: where neighbours are not in the order of their times it is one of them, so look at what lies close as well.
   */
  async lastBefore(time: Date): Promise<string> {
    let found = '0';
    let low = 0n;
    let high = BigInt(await this.end());
    while (low < high) {
      const middle = (low + high + 1n) / 2n;
      const [row] = await this.database.rows<{ id: string; recordedAt: Date }>(
        'select id, recorded_at as "recordedAt" from events where id > $1 and id <= $2 order by id desc limit 1',
        [String(low), String(middle)],
      );
      if (row && row.recordedAt >= time) high = BigInt(row.id) - 1n;
      else {
        // Without a row there is nothing up to the middle.
        found = row?.id ?? found;
        low = middle;
      }
    }
    return found;
  }

  /** The greatest id of one project; null when it has no event. */
  async endOf(projectId: string): Promise<string | null> {
    const [row] = await this.database.rows<{ id: string }>(
      'select id from events where project_id = $1 order by id desc limit 1',
      [projectId],
    );
    return row?.id ?? null;
  }
}

/** The argument of append_events: one JSON text for the whole batch, so that a batch costs one parameter. */
export function asRows(events: readonly NewEvent[]): string {
  return JSON.stringify(
    events.map((event) => ({
      project_id: event.projectId,
      type: event.type,
      subject_kind: event.subjectKind,
      subject_id: event.subjectId,
      sequence: event.sequence,
      occurred_at: event.occurredAt,
      recorded_at: event.recordedAt,
      data: { sequence: event.sequence, ...event.data },
    })),
  );
}
