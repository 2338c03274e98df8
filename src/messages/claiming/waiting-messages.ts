import { later, MINUTE } from '../../common/clock.js';
import { type Sql } from '../../database/database.js';
import { type AccountInHand } from '../../providers/account-store.js';
import { FREE_AT } from './person-turns.js';

/** An attempt is open for seconds, or until the lease's end where its process died: older ones are history. */
const LONGEST_OPEN_MS = 10 * MINUTE;
/** Among so many that are due the next turn of a person is looked for; behind them the lane's poll finds it. */
const LOOKED_AT = 500;

/**
 * What of an account's queue may leave, $1 being the account and $2 the time. The index `messages_queue` finds it; the rest
 * is read off the row.
 */
export const DUE = `m.account_id = $1 and m.due_at is not null and m.due_at <= $2
  and m.status = 'QUEUED' and m.open_attempt is null and (m.expires_at is null or m.expires_at > $2)`;

/** A message that may leave. */
export interface Candidate {
  readonly projectId: string;
  readonly id: string;
  readonly priority: number;
  readonly person: string;
  readonly dueAt: Date;
}

export interface Wanted {
  /** Of each priority. */
  readonly rowsAtMost: number;
  readonly priorities: readonly number[];
  /** One for each person in all; else one for each person and priority. */
  readonly oncePerPerson: boolean;
  /** The account's provider takes one message to a person at a time: whose turn is not free is passed over. */
  readonly inTurns: boolean;
  readonly now: Date;
}

/**
 * The first of each priority, in the order of their coming. One for each person: the next one waits for the answer to the
 * first. `isAll`: nothing else is due.
 */
export async function waitingMessages(
  sql: Sql,
  { id }: AccountInHand,
  { rowsAtMost, priorities, oncePerPerson, inTurns, now }: Wanted,
): Promise<{ readonly candidates: Candidate[]; readonly isAll: boolean }> {
  const rows = await sql.rows<Candidate>(
    `with busy as materialized (
       select priority, person from message_attempts
        where account_id = $1 and outcome is null and started_at > $4)
     select c.* from unnest($5::smallint[]) p (priority) cross join lateral (
       select m.project_id as "projectId", m.id, m.priority, m.person, m.due_at as "dueAt" from messages m
        where ${DUE} and m.priority = p.priority
          and (m.priority, m.person) not in (select priority, person from busy)
          ${inTurns ? `and coalesce(${FREE_AT} <= $2, true)` : ''}
        order by m.due_at, m.id limit $3) c
     order by c.priority, c."dueAt", c.id`,
    [id, now, rowsAtMost, later(now, -LONGEST_OPEN_MS), priorities],
  );
  const persons = new Set<string>();
  const candidates = rows.filter(({ priority, person }) => {
    const key = oncePerPerson ? person : `${priority} ${person}`;
    return !persons.has(key) && persons.add(key);
  });
  const full = priorities.some((one) => rows.filter(({ priority }) => priority === one).length === rowsAtMost);
  return { candidates, isAll: !full };
}

/** When the turn of one of the persons is free for whom something is due; null where nothing waits for that. */
export async function nextTurn(sql: Sql, { id }: AccountInHand, now: Date): Promise<Date | null> {
  const [found] = await sql.rows<{ at: Date | null }>(
    `select min(w.at) as at
       from (select ${FREE_AT} as at from messages m where ${DUE} order by m.priority, m.due_at, m.id limit ${LOOKED_AT}) w
      where w.at > $2`,
    [id, now],
  );
  return found?.at ?? null;
}
