import { type Clock, later } from '../../src/common/clock.js';
import { newId } from '../../src/common/ids.js';
import { type ProviderKind } from '../../src/common/problem.js';
import { type Database } from '../../src/database/database.js';
import { Signals } from '../../src/database/signals.js';
import { type ClaimedBatch, ClaimMessages } from '../../src/messages/claiming/claim-messages.js';
import { DivertMessages } from '../../src/messages/claiming/divert-messages.js';
import { AccountStore } from '../../src/providers/account-store.js';
import { type AccountsService, type ProviderAccount } from '../../src/providers/accounts.service.js';
import { type ProviderPool } from '../../src/providers/provider-pool.js';
import { type QuietHours } from '../../src/projects/quiet-hours.js';
import { TABLES } from '../../src/tables.js';
import { connectTestDatabase } from './database.js';
import { ManualClock } from './manual-clock.js';
import { account } from './surroundings.js';

/** What a kind of account says of its limits, for claims. */
const LIMITS: Partial<Record<ProviderKind, { readonly maxBatchSize: number; readonly personEveryMs?: number }>> = {
  META: { maxBatchSize: 1, personEveryMs: 6_000 },
  EXOTEL: { maxBatchSize: 100 },
};

const POOL = {
  of: () => ({}),
  definition: (kind: ProviderKind) => ({ limits: LIMITS[kind] ?? { maxBatchSize: 1 } }),
} as unknown as ProviderPool;

const ACCOUNTS = {
  limitOf: ({ requestsPerMinute }: ProviderAccount) => requestsPerMinute,
} as unknown as AccountsService;

/** A message that waits: due now, without a template, through its account alone, if nothing else is said. */
export interface Queued {
  readonly person: string;
  /** 0 HIGH, 1 NORMAL, 2 LOW. */
  readonly priority?: number;
  readonly dueAt?: Date;
  readonly route?: readonly ProviderAccount[];
  readonly unconfirmedSince?: Date;
  readonly openAttempt?: string;
  readonly templateId?: string;
}

/** Queues of accounts and who claims from them, on a database of their own: what is claimed is not called. */
export class QueueRoom {
  readonly clock = new ManualClock();
  readonly signals: Signals;
  readonly claims: ClaimMessages;

  static async open(): Promise<QueueRoom> {
    const connected = await connectTestDatabase(TABLES);
    return new QueueRoom(connected.database, () => connected.close());
  }

  private constructor(
    readonly database: Database,
    private readonly drop: () => Promise<void>,
  ) {
    this.signals = new Signals(database);
    this.claims = this.worker(this.clock);
  }

  /** One who claims; the room has one already. */
  worker(clock: Clock): ClaimMessages {
    const { database, signals } = this;
    const store = new AccountStore(database);
    const diversion = new DivertMessages(database, store, signals, clock);
    return new ClaimMessages(database, ACCOUNTS, store, POOL, diversion, clock);
  }

  async close(): Promise<void> {
    await this.signals.close();
    await this.drop();
  }

  async project(quiet: QuietHours | null = null): Promise<string> {
    const id = newId();
    await this.database.rows(
      `insert into projects (id, name, default_country, quiet_from, quiet_to, created_at) values ($1, 'a project', 'ID', $2, $3, $4)`,
      [id, quiet?.from ?? null, quiet?.to ?? null, this.clock.now()],
    );
    return id;
  }

  /** Of a project of its own where none is named. */
  async account(over: Partial<ProviderAccount> = {}): Promise<ProviderAccount> {
    const projectId = over.projectId ?? (await this.project());
    const row = account(1, { ...over, projectId, id: newId(), callbackKey: newId(), createdAt: this.clock.now() });
    await this.database.transaction((sql) => new AccountStore(this.database).insert(sql, row));
    return row;
  }

  /** Messages in the account's queue, in the order of their coming. Answers their ids. */
  async queue({ projectId, id }: ProviderAccount, messages: readonly Queued[]): Promise<string[]> {
    const now = this.clock.now();
    const rows = messages.map(({ person, priority = 1, dueAt = now, route, templateId, ...more }) => ({
      ...{ project_id: projectId, id: newId(), account_id: id, person, priority, due_at: dueAt, created_at: now },
      route: route?.map((one) => one.id) ?? null,
      unconfirmed_since: more.unconfirmedSince ?? null,
      open_attempt: more.openAttempt ?? null,
      content: templateId ? { kind: 'template', templateId } : { kind: 'text', text: 'Halo' },
    }));
    await this.database.rows(
      `insert into messages (project_id, id, direction, status, channel, priority, person, content, account_id, account_fixed, route,
         resend_unconfirmed, request_key, attempts, open_attempt, deferrals, doubts, repeats, unconfirmed_since, due_at, sequence,
         created_at)
       select project_id, id, 'OUTBOUND', 'QUEUED', 'WHATSAPP', priority, person, content, account_id, false, route, false, id, 0,
         open_attempt, 0, 0, 0, unconfirmed_since, due_at, 1, created_at
         from json_to_recordset($1) as n (project_id uuid, id uuid, priority smallint, person text, content json, account_id uuid,
           route uuid[], open_attempt uuid, unconfirmed_since timestamptz, due_at timestamptz, created_at timestamptz)`,
      [JSON.stringify(rows)],
    );
    return rows.map((row) => row.id);
  }

  claim({ id }: ProviderAccount, urgentOnly = false): Promise<ClaimedBatch> {
    return this.claims.claim(id, urgentOnly);
  }

  /** Claims, and the provider has taken it: the persons in the order in which they were claimed. */
  async send(from: ProviderAccount): Promise<string[]> {
    const batch = await this.claim(from);
    await this.answered(batch);
    return batch.claimed.map(({ person }) => person);
  }

  /** All of it was accepted by the provider. */
  async answered({ claimed }: ClaimedBatch): Promise<void> {
    const attempts = claimed.map(({ attemptId }) => attemptId);
    await this.database.rows(`update message_attempts set outcome = 'ACCEPTED' where id = any($1)`, [attempts]);
    await this.database.rows(
      `update messages set status = 'SUBMITTED', open_attempt = null, due_at = null where open_attempt = any($1)`,
      [attempts],
    );
  }

  /** The breaker of an account is open until then. */
  async breaks({ projectId, id }: ProviderAccount, ms: number): Promise<Date> {
    const until = later(this.clock.now(), ms);
    await this.database.rows(
      'update account_budgets set opened = 1, open_until = $3 where project_id = $1 and account_id = $2',
      [projectId, id, until],
    );
    await this.set(id, `health = 'DEGRADED'`);
    return until;
  }

  async set(accountId: string, what: string): Promise<void> {
    await this.database.rows(`update provider_accounts set ${what} where id = $1`, [accountId]);
  }

  /** Of these messages, in their order. */
  async messages<Row extends object>(ids: readonly string[], columns: string): Promise<Row[]> {
    return this.database.rows<Row>(
      `select ${columns} from unnest($1::uuid[]) with ordinality n (id, place) join messages m using (id) order by place`,
      [ids],
    );
  }
}
