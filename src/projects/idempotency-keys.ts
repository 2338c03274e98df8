/** Keys by which a caller may repeat a request: the first acceptance binds one for seven days, over all operations alike. */
import { createHash } from 'node:crypto';
import { DAY, later } from '../common/clock.js';
import { canonicalJson } from '../common/text.js';
import { type Sql } from '../database/database.js';

const KEPT_MS = 7 * DAY;

export type Operation = 'sendMessage' | 'startVerification' | 'createPayment';

/** A key as a request has it. */
export interface IdempotencyKey {
  readonly key: string;
  /** Of the input: two requests are the same when these are. */
  readonly hash: Buffer;
}

/** Over the normalised input: the same request written in another way is the same request. */
export const inputHash = (input: object): Buffer => createHash('sha256').update(canonicalJson(input)).digest();

/** Binds keys to what their requests made; answers the ids whose keys were free. Waits where another process binds one. */
export async function bindKeys(
  sql: Sql,
  operation: Operation,
  keyed: readonly { readonly projectId: string; readonly id: string; readonly idempotency: IdempotencyKey | null }[],
  now: Date,
): Promise<Set<string>> {
  if (keyed.length === 0) return new Set();
  const rows = await sql.rows<{ id: string }>(
    `insert into idempotency_keys as k (project_id, operation, key, input_hash, result_id, expires_at)
     select project_id, $2, key, decode(hash, 'hex'), id, $4
       from json_to_recordset($1) as n (project_id uuid, key text, hash text, id uuid) order by project_id, key
     on conflict (project_id, operation, key) do update
        set input_hash = excluded.input_hash, result_id = excluded.result_id, expires_at = excluded.expires_at
      where k.expires_at <= $3
     returning result_id as id`,
    [
      JSON.stringify(
        keyed.map(({ projectId, id, idempotency }) => ({
          project_id: projectId,
          key: idempotency?.key,
          hash: idempotency?.hash.toString('hex'),
          id,
        })),
      ),
      operation,
      now,
      later(now, KEPT_MS),
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

/** What a key is bound to; null for one that is free. */
export async function boundTo(
  sql: Sql,
  operation: Operation,
  projectId: string,
  key: string,
  now: Date,
): Promise<{ readonly id: string; readonly inputHash: Buffer } | null> {
  const [bound] = await sql.rows<{ id: string; inputHash: Buffer }>(
    `select result_id as id, input_hash as "inputHash" from idempotency_keys
      where project_id = $1 and operation = $2 and key = $3 and expires_at > $4`,
    [projectId, operation, key, now],
  );
  return bound ?? null;
}

/** Frees the key of something that came to nothing. */
export async function freeKey(sql: Sql, projectId: string, id: string): Promise<void> {
  await sql.rows('delete from idempotency_keys where project_id = $1 and result_id = $2', [projectId, id]);
}

export async function forgetOldKeys(sql: Sql, now: Date): Promise<void> {
  await sql.rows('delete from idempotency_keys where expires_at <= $1', [now]);
}
