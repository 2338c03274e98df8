import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import { type ProviderAccountEntity } from './provider-account.entity.js';

const COLUMNS = `a.project_id as "projectId", a.id, a.kind, a.name, a.environment, a.sender, a.base_url as "baseUrl",
  a.credentials, a.credentials_key as "credentialsKey", a.requests_per_minute as "requestsPerMinute", a.enabled, a.health,
  a.stopped_at as "stoppedAt", a.callback_key as "callbackKey", a.version, a.sequence, a.created_at as "createdAt",
  a.deleted_at as "deletedAt"`;

/** An account with the state of its budget, its row locked. */
export type AccountInHand = ProviderAccountEntity & { readonly fullAt: Date };

/** The rows of provider accounts and their budgets, for the rooms that work for all projects. */
@Injectable()
export class AccountStore {
  constructor(private readonly database: Database) {}

  /** The live accounts of a project, oldest first. */
  async ofProject(projectId: string, sql: Sql = this.database): Promise<ProviderAccountEntity[]> {
    return sql.rows(
      `select ${COLUMNS} from provider_accounts a where project_id = $1 and deleted_at is null order by id`,
      [projectId],
    );
  }

  async byCallbackKey(key: string): Promise<ProviderAccountEntity | null> {
    const [account] = await this.database.rows<ProviderAccountEntity>(
      `select ${COLUMNS} from provider_accounts a where callback_key = $1 and deleted_at is null`,
      [key],
    );
    return account ?? null;
  }

  async byIds(ids: readonly string[]): Promise<Map<string, ProviderAccountEntity>> {
    const accounts = await this.database.rows<ProviderAccountEntity>(
      `select ${COLUMNS} from provider_accounts a where id = any($1)`,
      [ids],
    );
    return new Map(accounts.map((account) => [account.id, account]));
  }

  /** Locks the account's budget, so that claims and calls of one account go one by one, over all processes. */
  async takeInHand(sql: Sql, accountId: string): Promise<AccountInHand | null> {
    const [account] = await sql.rows<AccountInHand>(
      `select ${COLUMNS}, b.full_at as "fullAt"
         from provider_accounts a join account_budgets b on b.project_id = a.project_id and b.account_id = a.id
        where a.id = $1 for update of b`,
      [accountId],
    );
    return account ?? null;
  }

  async setBudget(sql: Sql, account: AccountInHand, fullAt: Date): Promise<void> {
    await sql.rows('update account_budgets set full_at = $3 where project_id = $1 and account_id = $2', [
      account.projectId,
      account.id,
      fullAt,
    ]);
  }

  /** The account's row, locked for a change. */
  async forChange(sql: Sql, projectId: string, id: string): Promise<ProviderAccountEntity | null> {
    const [account] = await sql.rows<ProviderAccountEntity>(
      `select ${COLUMNS} from provider_accounts a where project_id = $1 and id = $2 and deleted_at is null for update`,
      [projectId, id],
    );
    return account ?? null;
  }

  async insert(sql: Sql, account: ProviderAccountEntity): Promise<void> {
    await sql.rows(
      `insert into provider_accounts (project_id, id, kind, name, environment, sender, base_url, credentials, credentials_key,
         requests_per_minute, enabled, health, stopped_at, callback_key, version, sequence, created_at, deleted_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
      [
        ...[
          account.projectId,
          account.id,
          account.kind,
          account.name,
          account.environment,
          account.sender,
          account.baseUrl,
        ],
        ...[account.credentials, account.credentialsKey, account.requestsPerMinute, account.enabled, account.health],
        ...[
          account.stoppedAt,
          account.callbackKey,
          account.version,
          account.sequence,
          account.createdAt,
          account.deletedAt,
        ],
      ],
    );
    await sql.rows(
      `insert into account_budgets (project_id, account_id, full_at, recent_calls, opened, passed_over)
       values ($1, $2, $3, '[]', 0, 0)`,
      [account.projectId, account.id, account.createdAt],
    );
  }

  async save(sql: Sql, account: ProviderAccountEntity): Promise<void> {
    await sql.rows(
      `update provider_accounts set name = $3, sender = $4, base_url = $5, credentials = $6, credentials_key = $7,
         requests_per_minute = $8, enabled = $9, health = $10, stopped_at = $11, version = $12, sequence = $13, deleted_at = $14
       where project_id = $1 and id = $2`,
      [
        ...[account.projectId, account.id, account.name, account.sender, account.baseUrl, account.credentials],
        ...[account.credentialsKey, account.requestsPerMinute, account.enabled, account.health, account.stoppedAt],
        ...[account.version, account.sequence, account.deletedAt],
      ],
    );
  }
}
