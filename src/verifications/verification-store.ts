import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import { type MessageKey } from '../messages/message-secrets.service.js';
import { freeKey } from '../projects/idempotency-keys.js';
import { STEP_COLUMNS, type Verification, VERIFICATION_COLUMNS, type VerificationStep } from './verification-row.js';

/** The rows of verifications and their steps, as the services of this room write them. */
@Injectable()
export class VerificationStore {
  constructor(private readonly database: Database) {}

  /** Locked until the transaction ends; null for what does not exist. One that nobody was told of is found as well. */
  async take(sql: Sql, projectId: string, id: string): Promise<Verification | null> {
    const [row] = await sql.rows<Verification>(
      `select ${VERIFICATION_COLUMNS} from verifications v where project_id = $1 and id = $2 for update`,
      [projectId, id],
    );
    return row ?? null;
  }

  /** Those of several ids, locked in the order of their ids. */
  async takeMany(sql: Sql, projectId: string, ids: readonly string[]): Promise<Map<string, Verification>> {
    const rows = await sql.rows<Verification>(
      `select ${VERIFICATION_COLUMNS} from verifications v
        where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) and told order by id for update`,
      [ids.map(() => projectId), ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  async find(projectId: string, id: string): Promise<Verification | null> {
    const [row] = await this.database.rows<Verification>(
      `select ${VERIFICATION_COLUMNS} from verifications v where project_id = $1 and id = $2`,
      [projectId, id],
    );
    return row ?? null;
  }

  /** The steps of one, first to last. */
  async stepsOf(sql: Sql, projectId: string, id: string): Promise<VerificationStep[]> {
    return sql.rows<VerificationStep>(
      `select ${STEP_COLUMNS} from verification_steps s where project_id = $1 and verification_id = $2 order by number`,
      [projectId, id],
    );
  }

  /** The messages that carried codes of these. */
  async codeMessagesOf(
    sql: Sql,
    verifications: readonly Verification[],
  ): Promise<(MessageKey & { readonly verificationId: string })[]> {
    if (verifications.length === 0) return [];
    return sql.rows(
      `select project_id as "projectId", verification_id as "verificationId", message_id as id from verification_steps
        where (project_id, verification_id) in (select * from unnest($1::uuid[], $2::uuid[])) and message_id is not null`,
      [verifications.map(({ projectId }) => projectId), verifications.map(({ id }) => id)],
    );
  }

  async insert(sql: Sql, row: Verification): Promise<void> {
    await sql.rows(
      `insert into verifications (project_id, id, phone, prefix, method, status, told, language, app_url, reference,
         chosen_method, chosen_account, api_key_id, end_user_address, steps, checks_left, sends, sent_at, refusals, timer_at,
         sequence, expires_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
      [
        ...[row.projectId, row.id, row.phone, row.prefix, row.method, row.status, row.told, row.language, row.appUrl],
        ...[row.reference, row.chosenMethod, row.chosenAccount, row.apiKeyId, row.endUserAddress, row.steps],
        ...[
          row.checksLeft,
          row.sends,
          row.sentAt,
          row.refusals,
          row.timerAt,
          row.sequence,
          row.expiresAt,
          row.createdAt,
        ],
      ],
    );
  }

  /** What may change of them. The rows have been taken. */
  async save(sql: Sql, ...rows: readonly Verification[]): Promise<void> {
    if (rows.length === 0) return;
    await sql.rows(
      `update verifications v set method = n.method, status = n.status, told = n.told, steps = n.steps,
          checks_left = n.checks_left, sends = n.sends, sent_at = n.sent_at, refusals = n.refusals, problem = n.problem,
          timer_at = n.timer_at, sequence = n.sequence, verified_at = n.verified_at
         from json_to_recordset($1) as n (project_id uuid, id uuid, method text, status text, told boolean, steps smallint,
          checks_left smallint, sends smallint, sent_at timestamptz, refusals smallint, problem json, timer_at timestamptz,
          sequence integer, verified_at timestamptz)
        where v.project_id = n.project_id and v.id = n.id`,
      [
        JSON.stringify(
          rows.map((row) => ({
            ...{ project_id: row.projectId, id: row.id, method: row.method, status: row.status, told: row.told },
            ...{ steps: row.steps, checks_left: row.checksLeft, sends: row.sends, sent_at: row.sentAt },
            ...{ refusals: row.refusals, problem: row.problem, timer_at: row.timerAt, sequence: row.sequence },
            verified_at: row.verifiedAt,
          })),
        ),
      ],
    );
  }

  /** Writes a step, a new one or what became of it. Its verification has been taken. */
  async saveStep(sql: Sql, step: VerificationStep): Promise<void> {
    await sql.rows(
      `insert into verification_steps (project_id, verification_id, number, method, account_id, message_id,
         provider_reference, selector, secret_hash, wa_link, wa_message, qr_code, tries, problem, started_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
       on conflict (project_id, verification_id, number) do update
          set account_id = excluded.account_id, message_id = excluded.message_id,
              provider_reference = excluded.provider_reference, wa_link = excluded.wa_link,
              wa_message = excluded.wa_message, qr_code = excluded.qr_code, tries = excluded.tries,
              problem = excluded.problem`,
      [
        ...[step.projectId, step.verificationId, step.number, step.method, step.accountId, step.messageId],
        ...[
          step.providerReference,
          step.selector,
          step.secretHash,
          step.waLink,
          step.waMessage,
          step.qrCode,
          step.tries,
        ],
        ...[step.problem && JSON.stringify(step.problem), step.startedAt],
      ],
    );
  }

  /** Takes away one that nobody was told of, as if it had never been. */
  async remove(sql: Sql, projectId: string, id: string): Promise<void> {
    await sql.rows('delete from verification_steps where project_id = $1 and verification_id = $2', [projectId, id]);
    await sql.rows('delete from verifications where project_id = $1 and id = $2 and not told', [projectId, id]);
    await freeKey(sql, projectId, id);
  }
}
