import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type EventType, type LoggedEvent, type NewEvent } from './event-types.js';

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

  /** The greatest id of all projects; '0' for an empty log. */
  async end(): Promise<string> {
    const [row] = await this.database.rows<{ id: string }>('select id from events order by id desc limit 1');
    return row?.id ?? '0';
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
