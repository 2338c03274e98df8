import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, DAY, HOUR, later, MINUTE, SECOND } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type LearntReference, MessageProgress } from '../messages/message-progress.js';
import { MessageReports } from '../messages/message-reports.js';
import { AccountStore } from '../providers/account-store.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type Observation } from '../providers/ports.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { type Claim } from '../queue/lanes.js';

/** Small enough that a batch does not hold up what else this process has to answer. */
const BATCH = 100;
/** When a callback that found nothing is read again; the last pause goes on for a day (interface.md, Callbacks). */
const PAUSES_MS = [100, SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR];
const GIVEN_UP_AFTER_MS = DAY;

const COLUMNS = 'id, topic, method, headers, body, received_at as "receivedAt", misses';

interface KeptCallback {
  readonly id: string;
  readonly topic: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly receivedAt: Date;
  readonly misses: number;
}

/** Reads kept callbacks, in one transaction with what they move: claimed, applied and done at once or not at all. */
@Injectable()
export class ReadCallbacks {
  private readonly logger = new Logger(ReadCallbacks.name);

  constructor(
    private readonly database: Database,
    private readonly store: AccountStore,
    private readonly pool: ProviderPool,
    private readonly reports: MessageReports,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
    progress: MessageProgress,
  ) {
    progress.onLearnt((references) => {
      this.wakeParked(references).catch((error: unknown) => this.logger.error(fault(error)));
    });
  }

  async dueAccounts(): Promise<string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `select a.id from provider_accounts a where exists (
         select 1 from callbacks c where c.account_id = a.id and c.due_at is not null and c.due_at <= $1)`,
      [this.clock.now()],
    );
    return rows.map(({ id }) => id);
  }

  async claim(accountId: string): Promise<Claim> {
    const account = (await this.store.byIds([accountId])).get(accountId);
    if (!account) return { work: null };
    const now = this.clock.now();
    const { done, missed } = await this.database.transaction(async (sql) => {
      const due = await this.take(sql, account, now);
      if (due.length === 0) return { done: 0, missed: 0 };
      const read = new Map(due.map((callback) => [callback.id, this.observe(account, callback)]));
      const earlier = await this.parkedBefore(sql, account, read);
      const callbacks = inOrder([...due, ...earlier]);
      const found = callbacks.map((callback) => read.get(callback.id) ?? this.observe(account, callback));
      const { unknown, events } = await this.reports.apply(sql, account, found.flat());
      const missing = missingOf(found, new Set(unknown));
      await this.finish(sql, account, callbacks, missing, now);
      await this.log.append(sql, events);
      return { done: callbacks.length, missed: missing.size };
    });
    if (done > missed) this.log.announce();
    return { work: null, more: done >= BATCH, again: missed > 0 ? later(now, PAUSES_MS[0] as number) : null };
  }

  private async take(sql: Sql, account: ProviderAccount, now: Date): Promise<KeptCallback[]> {
    return sql.rows<KeptCallback>(
      `select ${COLUMNS} from callbacks
        where account_id = $1 and due_at is not null and due_at <= $2
        order by due_at, id limit ${BATCH} for update skip locked`,
      [account.id, now],
    );
  }

  /**
   * Parked callbacks about the same things as `due`: what came first is applied first, though it waits for its next try
   * while what came later finds its message already.
   */
  private async parkedBefore(
    sql: Sql,
    account: ProviderAccount,
    due: ReadonlyMap<string, readonly Observation[]>,
  ): Promise<KeptCallback[]> {
    const references = new Set([...due.values()].flat().map(({ reference }) => reference));
    const parked = await sql.rows<{ id: string }>(
      `select callback_id as id from parked_callbacks
        where (project_id, account_id, reference) in (select * from unnest($1::uuid[], $2::uuid[], $3::text[]))`,
      [[...references].map(() => account.projectId), [...references].map(() => account.id), [...references]],
    );
    const others = parked.map(({ id }) => id).filter((id) => !due.has(id));
    if (others.length === 0) return [];
    return sql.rows<KeptCallback>(
      `select ${COLUMNS} from callbacks
        where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) and due_at is not null
        for update skip locked`,
      [others.map(() => account.projectId), others],
    );
  }

  private observe(account: ProviderAccount, callback: KeptCallback): readonly Observation[] {
    if (account.deletedAt) return [];
    const { topic, method, headers, body } = callback;
    return this.pool.of(account).callbacks?.read({ topic, method, path: '', headers, body }) ?? [];
  }

  /** Marks what was read as done; what names something unknown waits, for its time or for the answer that names it. */
  private async finish(
    sql: Sql,
    account: ProviderAccount,
    callbacks: readonly KeptCallback[],
    missing: ReadonlyMap<number, readonly Observation[]>,
    now: Date,
  ): Promise<void> {
    const rows = callbacks.map((callback, index) => {
      if (!missing.has(index)) return { id: callback.id, due_at: null, misses: callback.misses, unmatched: false };
      const givenUp = now.getTime() - callback.receivedAt.getTime() >= GIVEN_UP_AFTER_MS;
      const pause = PAUSES_MS[Math.min(callback.misses, PAUSES_MS.length - 1)] as number;
      return {
        id: callback.id,
        due_at: givenUp ? null : later(now, pause),
        misses: callback.misses + 1,
        unmatched: givenUp,
      };
    });
    await sql.rows(
      `update callbacks c set due_at = n.due_at, misses = n.misses, unmatched = n.unmatched
         from json_to_recordset($1) as n (project_id uuid, id uuid, due_at timestamptz, misses integer,
           unmatched boolean)
        where c.project_id = n.project_id and c.id = n.id`,
      [JSON.stringify(rows.map((row) => ({ ...row, project_id: account.projectId })))],
    );
    const settled = rows.filter((row) => row.due_at === null && row.misses > 0).map(({ id }) => id);
    if (settled.length > 0) {
      await sql.rows(
        'delete from parked_callbacks where project_id = $1 and account_id = $2 and callback_id = any($3)',
        [account.projectId, account.id, settled],
      );
    }
    const parked = [...missing].flatMap(([index, observations]) =>
      rows[index]?.due_at ? observations.map(({ reference }) => ({ reference, id: callbacks[index]?.id })) : [],
    );
    if (parked.length > 0) {
      await sql.rows(
        `insert into parked_callbacks (project_id, account_id, reference, callback_id, parked_at)
         select $1, $2, reference, id, $4 from json_to_recordset($3) as n (reference text, id uuid)
         on conflict do nothing`,
        [account.projectId, account.id, JSON.stringify(parked), now],
      );
    }
  }

  /** The answers of sends brought ids: callbacks that came before them are due now. */
  private async wakeParked(references: readonly LearntReference[]): Promise<void> {
    const parked = await this.database.rows<{ projectId: string; callbackId: string }>(
      `select project_id as "projectId", callback_id as "callbackId" from parked_callbacks
        where (project_id, account_id, reference) in (select * from unnest($1::uuid[], $2::uuid[], $3::text[]))`,
      [
        references.map(({ projectId }) => projectId),
        references.map(({ accountId }) => accountId),
        references.map(({ reference }) => reference),
      ],
    );
    if (parked.length === 0) return;
    const woken = await this.database.rows<{ accountId: string }>(
      `update callbacks set due_at = $3
        where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) and due_at is not null
       returning account_id as "accountId"`,
      [parked.map(({ projectId }) => projectId), parked.map(({ callbackId }) => callbackId), this.clock.now()],
    );
    const accounts = [...new Set(woken.map(({ accountId }) => accountId))];
    if (accounts.length > 0) this.signals.tell('callbacks', accounts);
  }
}

/** As they came, which the ids keep. */
const inOrder = (callbacks: KeptCallback[]): KeptCallback[] => callbacks.sort((a, b) => (a.id < b.id ? -1 : 1));

/** Which callbacks have reports that name nothing known, by the callback's place. */
function missingOf(
  found: readonly (readonly Observation[])[],
  unknown: ReadonlySet<number>,
): Map<number, Observation[]> {
  const missing = new Map<number, Observation[]>();
  let place = 0;
  for (const [index, observations] of found.entries()) {
    const mine = observations.filter(() => unknown.has(place++));
    if (mine.length > 0) missing.set(index, mine);
  }
  return missing;
}
