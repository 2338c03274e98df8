import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import { type AccountBudgetEntity } from './account-budget.entity.js';
import { type AccountHealth, type ProviderAccountEntity } from './provider-account.entity.js';

const COLUMNS = `a.project_id as "projectId", a.id, a.kind, a.name, a.environment, a.sender, a.own_number as "ownNumber", a.base_url as "baseUrl",
  a.credentials, a.credentials_key as "credentialsKey", a.requests_per_minute as "requestsPerMinute", a.enabled, a.health,
  a.stopped_at as "stoppedAt", a.callback_key as "callbackKey", a.version, a.sequence, a.created_at as "createdAt",
  a.deleted_at as "deletedAt"`;

const BUDGET_COLUMNS = `b.full_at as "fullAt", b.learnt_limit as "learntLimit", b.learnt_base as "learntBase",
  b.learnt_at as "learntAt", b.recent_calls as "recentCalls", b.opened, b.open_until as "openUntil",
  b.probe_until as "probeUntil", b.passed_over as "passedOver"`;

/** What is kept of an account's calls: its budget, its breaker, and what it was found to bear. */
export type CallState = Readonly<Omit<AccountBudgetEntity, 'projectId' | 'accountId'>>;

/** An account with the state of its calls, that row locked, and the quiet hours of its project. */
export type AccountInHand = ProviderAccountEntity &
  CallState & {
    readonly quietFrom: string | null;
    readonly quietTo: string | null;
  };

/** What a claim changes. What is left out stays. */
export interface BudgetChange {
  readonly fullAt: Date;
  readonly passedOver?: number;
  /** Set by a claim that probes. */
  readonly probeUntil?: Date;
}

/** What comes of calls that came back. */
export type CallNews = Pick<
  CallState,
  'learntLimit' | 'learntBase' | 'learntAt' | 'recentCalls' | 'opened' | 'openUntil' | 'probeUntil'
>;

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

  /** Of these accounts those through which messages may leave: an account that is held, stopped or deleted is missing. */
  async standings(ids: readonly string[], sql: Sql = this.database): Promise<Map<string, 'WORKING' | 'DEGRADED'>> {
    const rows = await sql.rows<{ id: string; health: AccountHealth }>(
      `select id, health from provider_accounts
        where id = any($1) and enabled and stopped_at is null and deleted_at is null`,
      [ids],
    );
    return new Map(rows.map(({ id, health }) => [id, health === 'DEGRADED' ? 'DEGRADED' : 'WORKING']));
  }

  /** Locks the account's budget, so that claims and calls of one account go one by one, over all processes. */
  async takeInHand(sql: Sql, accountId: string): Promise<AccountInHand | null> {
    const [account] = await sql.rows<AccountInHand>(
      `select ${COLUMNS}, ${BUDGET_COLUMNS}, p.quiet_from as "quietFrom", p.quiet_to as "quietTo"
         from provider_accounts a join account_budgets b on b.project_id = a.project_id and b.account_id = a.id
         left join projects p on p.id = a.project_id
        where a.id = $1 for update of b`,
      [accountId],
    );
    return account ?? null;
  }

  /** Call it with the account in hand. */
  async setBudget(sql: Sql, account: AccountInHand, change: BudgetChange): Promise<void> {
    await sql.rows(
      `update account_budgets set full_at = $3, passed_over = $4, probe_until = $5
        where project_id = $1 and account_id = $2`,
      [
        ...[account.projectId, account.id, change.fullAt],
        ...[change.passedOver ?? account.passedOver, change.probeUntil ?? account.probeUntil],
      ],
    );
  }

  /** Call it with the account in hand. */
  async setCalls(sql: Sql, account: AccountInHand, news: CallNews): Promise<void> {
    await sql.rows(
      `update account_budgets set learnt_limit = $3, learnt_base = $4, learnt_at = $5, recent_calls = $6, opened = $7,
         open_until = $8, probe_until = $9 where project_id = $1 and account_id = $2`,
      [
        ...[account.projectId, account.id, news.learntLimit, news.learntBase, news.learntAt],
        ...[JSON.stringify(news.recentCalls), news.opened, news.openUntil, news.probeUntil],
      ],
    );
  }

  /**
   * Locks the account's budget where its breaker is open, and says whether it is. Before `forChange`: the budget's lock comes
   * first everywhere. One that is closed is left alone: a claim that waited for it would go on with the account's row as
   * it was before the change.
   */
  async holdOpenBreaker(sql: Sql, projectId: string, accountId: string): Promise<boolean> {
    const rows = await sql.rows(
      'select 1 from account_budgets where project_id = $1 and account_id = $2 and opened > 0 for update',
      [projectId, accountId],
    );
    return rows.length > 0;
  }

  async closeBreaker(sql: Sql, projectId: string, accountId: string): Promise<void> {
    await sql.rows(
      `update account_budgets set opened = 0, open_until = null, probe_until = null, recent_calls = '[]'
        where project_id = $1 and account_id = $2`,
      [projectId, accountId],
    );
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
         requests_per_minute = $8, enabled = $9, health = $10, stopped_at = $11, version = $12, sequence = $13, deleted_at = $14,
         own_number = $15
       where project_id = $1 and id = $2`,
      [
        ...[account.projectId, account.id, account.name, account.sender, account.baseUrl, account.credentials],
        ...[account.credentialsKey, account.requestsPerMinute, account.enabled, account.health, account.stoppedAt],
        ...[account.version, account.sequence, account.deletedAt, account.ownNumber],
      ],
    );
  }
}
