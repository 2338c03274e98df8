import { type Sql } from '../../database/database.js';

/**
 * When a person's turn is free at the account of the message `m`, where one is kept. Written as a value and not as a join, so
 * that whatever the planner holds of the table it is one look by the key for each row that is read, and never the turns of
 * everybody.
 */
export const FREE_AT = `(select t.free_at from person_turns t
  where t.project_id = m.project_id and t.account_id = m.account_id and t.person = m.person)`;

/** In the statement of a claim: the persons' next turns, $2 being the account and $4 the time from which they are free. */
export const TURNED = `, turned as (
         insert into person_turns (project_id, account_id, person, free_at)
         select "projectId", $2, person, $4 from claimed
         on conflict on constraint person_turns_pk do update set free_at = excluded.free_at)`;

/** So many are forgotten together: a claim that meets one of them waits no longer than that takes. */
const FORGOTTEN_AT_ONCE = 5_000;

/** Forgets the turns that are free. What a claim has locked is passed over, so that neither waits for the other in a circle. */
export async function forgetTurns(sql: Sql, now: Date): Promise<void> {
  for (let forgotten = FORGOTTEN_AT_ONCE; forgotten === FORGOTTEN_AT_ONCE;) {
    const rows = await sql.rows(
      `delete from person_turns t
        using (select project_id, account_id, person from person_turns where free_at <= $1
                limit ${FORGOTTEN_AT_ONCE} for update skip locked) o
        where t.project_id = o.project_id and t.account_id = o.account_id and t.person = o.person
       returning 1`,
      [now],
    );
    forgotten = rows.length;
  }
}
