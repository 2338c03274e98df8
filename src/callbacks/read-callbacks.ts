import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, DAY, HOUR, later, MINUTE, SECOND } from '../common/clock.js';
import { Database, type Sql } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { CallbackFamilies, type Family } from '../providers/callback-families.js';
import { type Observation } from '../providers/ports/callbacks.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { type Claim } from '../queue/lanes.js';
import { Observations } from './observations.service.js';
import { ParkedCallbacks } from './parked-callbacks.js';

/** Small enough that a batch does not hold up what else this process has to answer. */
const BATCH = 100;
/** When a callback that found nothing is read again; the last pause goes on for a day (interface.md, Callbacks). */
const PAUSES_MS = [100, SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR];
const GIVEN_UP_AFTER_MS = DAY;

const COLUMNS = 'id, topic, method, headers, body, proven, received_at as "receivedAt", misses';

interface KeptCallback {
  readonly id: string;
  readonly topic: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly proven: string | null;
  readonly receivedAt: Date;
  readonly misses: number;
}

/** Reads kept callbacks, in one transaction with what they move: claimed, applied and done at once or not at all. */
@Injectable()
export class ReadCallbacks {
  constructor(
    private readonly database: Database,
    private readonly pool: ProviderPool,
    private readonly families: CallbackFamilies,
    private readonly observations: Observations,
    private readonly parked: ParkedCallbacks,
    private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async dueAccounts(): Promise<string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `select a.id from provider_accounts a where exists (
         select 1 from callbacks c where c.account_id = a.id and c.due_at is not null and c.due_at <= $1)`,
      [this.clock.now()],
    );
    return rows.map(({ id }) => id);
  }

  async claim(accountId: string): Promise<Claim> {
    const family = await this.families.of(accountId);
    if (!family) return { work: null };
    const { receiver: account } = family;
    const now = this.clock.now();
    const { done, missed, announce } = await this.database.transaction(async (sql) => {
      const due = await this.take(sql, account, now);
      if (due.length === 0) return { done: 0, missed: 0, announce: () => undefined };
      const read = new Map(due.map((callback) => [callback.id, this.observe(account, callback)]));
      const earlier = await this.parkedBefore(sql, family, read);
      const callbacks = inOrder([...due, ...earlier]);
      const found = callbacks.map((callback) => read.get(callback.id) ?? this.observe(account, callback));
      const { unknown, events, announce } = await this.observations.apply(sql, family, found.flat());
      const missing = missingOf(found, unknown);
      await this.finish(sql, family, callbacks, found, missing, now);
      await this.log.append(sql, events);
      return { done: callbacks.length, missed: missing.size, announce };
    });
    announce();
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
    family: Family,
    due: ReadonlyMap<string, readonly Observation[]>,
  ): Promise<KeptCallback[]> {
    const parked = await this.parked.about(sql, family, [...due.values()].flat());
    const others = parked.filter((id) => !due.has(id));
    if (others.length === 0) return [];
    return sql.rows<KeptCallback>(
      `select ${COLUMNS} from callbacks
        where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) and due_at is not null
        for update skip locked`,
      [others.map(() => family.receiver.projectId), others],
    );
  }

  private observe(account: ProviderAccount, callback: KeptCallback): readonly Observation[] {
    if (account.deletedAt) return [];
    const { topic, method, headers, body, proven } = callback;
    return this.pool.of(account).callbacks?.read({ topic, method, path: '', headers, body, proven }) ?? [];
  }

  /** Marks what was read as done; what names something unknown waits, for its time or for the answer that names it. */
  private async finish(
    sql: Sql,
    family: Family,
    callbacks: readonly KeptCallback[],
    found: readonly (readonly Observation[])[],
    missing: ReadonlyMap<number, readonly Observation[]>,
    now: Date,
  ): Promise<void> {
    const { receiver: account } = family;
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
    const waiting = (index: number): { id: string; observations: readonly Observation[] } => ({
      id: callbacks[index]?.id ?? '',
      observations: found[index] ?? [],
    });
    const settled = rows.flatMap((row, index) => (row.due_at === null && row.misses > 0 ? [waiting(index)] : []));
    await this.parked.forget(sql, family, settled);
    const missed = [...missing].filter(([index]) => rows[index]?.due_at);
    await this.parked.park(
      sql,
      family,
      missed.map(([index, observations]) => ({ ...waiting(index), observations })),
    );
  }
}

/** As they came, which the ids keep. */
const inOrder = (callbacks: KeptCallback[]): KeptCallback[] => callbacks.sort((a, b) => (a.id < b.id ? -1 : 1));

/** Which callbacks have reports that name nothing known, by the callback's place. */
function missingOf(
  found: readonly (readonly Observation[])[],
  unknown: ReadonlySet<Observation>,
): Map<number, Observation[]> {
  const missing = new Map<number, Observation[]>();
  for (const [index, observations] of found.entries()) {
    const mine = observations.filter((one) => unknown.has(one));
    if (mine.length > 0) missing.set(index, mine);
  }
  return missing;
}
