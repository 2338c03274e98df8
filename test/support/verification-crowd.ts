import { SECOND } from '../../src/common/clock.js';
import { type Sql } from '../../src/database/database.js';
import { type Starter } from '../../src/verifications/abuse-limits.js';

/** Many verifications that were started. */
export interface Crowd {
  readonly count: number;
  /** What they share; everything else is new with each. */
  readonly same: Partial<Starter> & Pick<Starter, 'projectId'>;
  /** Of the first; the others a second after another, if nothing else is said. */
  readonly from: Date;
  readonly everyMs?: number;
  /** How many of them are proved: all, if nothing else is said. */
  readonly verified?: number;
}

/** Writes their rows in one statement, past everything. */
export async function writeCrowd(sql: Sql, crowd: Crowd): Promise<void> {
  const { count, same, from, everyMs = SECOND, verified = count } = crowd;
  await sql.rows(
    `insert into verifications (project_id, id, phone, prefix, method, status, told, language, api_key_id, end_user_address,
       steps, checks_left, sends, sent_at, refusals, sequence, expires_at, created_at)
     select $1, gen_random_uuid(), coalesce($2, gen_random_uuid()::text), coalesce($3, gen_random_uuid()::text), 'CODE',
            case when n < $4 then 'VERIFIED' else 'PENDING' end, true, 'id', coalesce($5, gen_random_uuid()),
            coalesce($6, gen_random_uuid()::text), 1, 5, 1, at, 0, 1, at, at
       from (select n, $7::timestamptz + n * $8::int * interval '1 millisecond' as at
               from generate_series(0, $9::int - 1) n) started`,
    [
      ...[same.projectId, same.phone ?? null, same.prefix ?? null, verified, same.apiKeyId ?? null],
      ...[same.endUserAddress ?? null, from, everyMs, count],
    ],
  );
}
