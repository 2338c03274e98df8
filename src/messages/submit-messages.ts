import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { Database, type Sql } from '../database/database.js';
import { type AccountInHand, AccountStore } from '../providers/account-store.js';
import { AccountsService, CALL_TIMEOUT_MS } from '../providers/accounts.service.js';
import { grant } from '../providers/budget.js';
import { type Messaging, type Outcome } from '../providers/ports.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { histogram } from '../metrics/metrics.js';
import { type Claim } from '../queue/lanes.js';
import { MessageProgress } from './message-progress.js';
import { MESSAGE_COLUMNS, type Message } from './message-row.js';
import { StrandedMessages } from './stranded-messages.js';

/** The most calls that begin together: what a crash can leave UNCONFIRMED for each batch under way. */
const CALLS_AT_ONCE = 16;
/** An attempt is open for seconds, or until the lease's end where its process died: older ones are history. */
const LONGEST_OPEN_MS = 10 * MINUTE;
const RECORD_AGAIN_MS = SECOND;
const RECORD_TRIES = 300;

const calls = histogram(
  'kurir_provider_call_seconds',
  'Calls that carried messages to a provider, by what came of each.',
  ['provider', 'outcome'],
);

type Claimed = Message & { readonly attemptId: string; readonly externalId: string | null };

interface Candidate {
  readonly id: string;
  readonly priority: number;
  readonly to: string;
}

/** Hands queued messages to their providers: claims a batch, calls with no transaction open, records what came of it. */
@Injectable()
export class SubmitMessages {
  private readonly working = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly accounts: AccountsService,
    private readonly store: AccountStore,
    private readonly pool: ProviderPool,
    private readonly progress: MessageProgress,
    private readonly stranded: StrandedMessages,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The accounts that have something due: those that are held or stopped keep their queue. */
  async dueAccounts(): Promise<string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `select a.id from provider_accounts a
        where ((a.enabled and a.stopped_at is null) or a.deleted_at is not null)
          and exists (select 1 from messages m where m.account_id = a.id and m.due_at is not null and m.due_at <= $1)`,
      [this.clock.now()],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Claims what may leave now through one account. The claim writes the attempts: nothing is claimed that is not called
   * at once, so an attempt without an outcome is the one mark of a call under way (docs/decisions/0003).
   */
  async claim(accountId: string): Promise<Claim> {
    const now = this.clock.now();
    const { account, claimed, more, again } = await this.database.transaction(async (sql) => {
      const account = await this.store.takeInHand(sql, accountId);
      if (!account || account.deletedAt || !account.enabled || account.stoppedAt)
        return { account, claimed: [], more: false, again: null };
      // Where its secrets cannot be opened this throws, before anything is claimed that could not be called.
      this.pool.of(account);
      const size = Math.max(CALLS_AT_ONCE, this.pool.definition(account.kind).limits.maxBatchSize);
      const { candidates, isAll } = await this.candidates(sql, accountId, size * 2, now);
      const limit = this.accounts.limitOf(account);
      const granted = grant(limit, account.fullAt, now);
      const chosen: Candidate[] = [];
      for (const candidate of candidates.slice(0, size)) {
        if (chosen.length < granted.calls(candidate.priority === 0)) chosen.push(candidate);
      }
      const claimed = chosen.length > 0 ? await this.take(sql, account, chosen, now) : [];
      if (claimed.length > 0 && limit !== null)
        await this.store.setBudget(sql, account, granted.fullAtAfter(claimed.length));
      const waiting = candidates.find((candidate) => !chosen.includes(candidate));
      const held = waiting && granted.calls(waiting.priority === 0) <= chosen.length;
      return {
        account,
        claimed,
        more: waiting ? !held : !isAll && claimed.length > 0,
        again: waiting && held ? granted.nextAt(waiting.priority === 0, claimed.length) : null,
      };
    });
    if (account?.deletedAt) {
      // Only while there are some: after each piece of work its lane asks for more.
      return { work: (await this.stranded.areLeft(account)) ? () => this.stranded.leave(account) : null };
    }
    if (!account || claimed.length === 0) return { work: null, more, again };
    return { work: () => this.callAll(account, claimed), more, again };
  }

  /** In the order in which they leave, one for each person and priority: the next one waits for the answer to the first. */
  private async candidates(
    sql: Sql,
    accountId: string,
    rowsAtMost: number,
    now: Date,
  ): Promise<{ candidates: Candidate[]; isAll: boolean }> {
    const rows = await sql.rows<Candidate>(
      `with busy as materialized (
         select priority, to_phone from message_attempts
          where account_id = $1 and outcome is null and started_at > $4)
       select c.* from unnest(array[0, 1, 2]::smallint[]) p (priority) cross join lateral (
         select m.id, m.priority, m.to_phone as "to", m.due_at from messages m
          where m.account_id = $1 and m.priority = p.priority and m.due_at is not null and m.due_at <= $2
            and m.status = 'QUEUED' and m.open_attempt is null and (m.expires_at is null or m.expires_at > $2)
            and (m.priority, m.to_phone) not in (select priority, to_phone from busy)
          order by m.due_at, m.id limit $3) c
       order by c.priority, c.due_at, c.id limit $3`,
      [accountId, now, rowsAtMost, later(now, -LONGEST_OPEN_MS)],
    );
    const persons = new Set<string>();
    const candidates = rows.filter(({ priority, to }) => {
      const person = `${priority} ${to}`;
      return !persons.has(person) && persons.add(person);
    });
    return { candidates, isAll: rows.length < rowsAtMost };
  }

  private async take(sql: Sql, account: AccountInHand, chosen: readonly Candidate[], now: Date): Promise<Claimed[]> {
    return sql.rows<Claimed>(
      `with chosen as (select * from json_to_recordset($1) as c (project_id uuid, id uuid, attempt_id uuid, place integer)),
       claimed as (
         update messages m set open_attempt = c.attempt_id, attempts = m.attempts + 1 from chosen c
          where m.project_id = c.project_id and m.id = c.id
            and m.status = 'QUEUED' and m.open_attempt is null
         returning ${MESSAGE_COLUMNS}, c.place),
       written as (
         insert into message_attempts (project_id, id, message_id, number, account_id, to_phone, priority, request_key, started_at)
         select "projectId", "openAttempt", id, attempts, $2, "to", priority, "requestKey", $3 from claimed)
       select claimed.*, claimed."openAttempt" as "attemptId", r.external_id as "externalId" from claimed
         left join template_registrations r on r.project_id = claimed."projectId" and r.account_id = $2
          and r.template_id = (claimed.content->>'templateId')::uuid
        order by claimed.place`,
      [
        JSON.stringify(
          chosen.map(({ id }, place) => ({ project_id: account.projectId, id, attempt_id: newId(), place })),
        ),
        account.id,
        now,
      ],
    );
  }

  private async callAll(account: AccountInHand, claimed: readonly Claimed[]): Promise<void> {
    const { messaging } = this.pool.of(account);
    const size = this.pool.definition(account.kind).limits.maxBatchSize;
    const batches: Claimed[][] = [];
    for (let from = 0; from < claimed.length; from += size) batches.push(claimed.slice(from, from + size));
    await Promise.all(batches.map((batch) => this.call(account, messaging, batch)));
  }

  private async call(
    account: AccountInHand,
    messaging: Messaging | undefined,
    batch: readonly Claimed[],
  ): Promise<void> {
    const began = this.clock.now().getTime();
    const outcomes = await ask(messaging, batch);
    const durationMs = this.clock.now().getTime() - began;
    for (const { outcome } of outcomes) calls.observe({ provider: account.kind, outcome }, durationMs / SECOND);
    // The health first, so that nothing more leaves through an account that was refused. Where that fails because the
    // database is away, the outcomes do not wait for it.
    const tell = (): Promise<void> => this.tellHealth(account, outcomes);
    const told = await tell().then(
      () => true,
      () => false,
    );
    const records = batch.map((message, index) =>
      this.record(message, {
        kind: 'outcome',
        attemptId: message.attemptId,
        attemptNumber: message.attempts,
        outcome: outcomes[index] as Outcome,
        durationMs,
        repeatSafe: messaging?.repeatSafe ?? false,
      }),
    );
    await Promise.all(told ? records : [...records, this.again(tell)]);
  }

  private async tellHealth(account: AccountInHand, outcomes: readonly Outcome[]): Promise<void> {
    if (outcomes.some((outcome) => outcome.outcome === 'refused' && outcome.failure.code === 'PROVIDER_AUTH_FAILED')) {
      await this.accounts.stop(account);
    } else if (account.health === 'UNKNOWN' && outcomes.some(({ outcome }) => outcome === 'accepted')) {
      await this.works(account);
    }
  }

  /** Says once, and not with each of the first answers, that the account works. */
  private async works(account: AccountInHand): Promise<void> {
    if (this.working.has(account.id)) return;
    this.working.add(account.id);
    await this.accounts.works(account).finally(() => this.working.delete(account.id));
  }

  private record(message: Claimed, change: Parameters<MessageProgress['add']>[0]['change']): Promise<void> {
    return this.again(() => this.progress.add({ projectId: message.projectId, messageId: message.id, change }));
  }

  /** What the provider said is known here alone: it is recorded again and again while the database is away. */
  private async again(record: () => Promise<unknown>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await record();
        return;
      } catch (error) {
        if (attempt >= RECORD_TRIES) throw error;
        await new Promise<void>((resolve) => this.clock.wakeAt(later(this.clock.now(), RECORD_AGAIN_MS), resolve));
      }
    }
  }
}

async function ask(messaging: Messaging | undefined, batch: readonly Claimed[]): Promise<readonly Outcome[]> {
  if (!messaging) return batch.map(() => notAble);
  const unknown = batch.find(({ externalId }) => externalId === null);
  if (unknown) return batch.map(() => notRegistered);
  return messaging.send(
    batch.map((message) => ({
      attemptId: message.attemptId,
      requestKey: message.requestKey,
      to: message.to,
      content: {
        kind: 'template',
        externalId: message.externalId ?? '',
        language: message.content.language,
        params: message.content.params,
      },
    })),
    AbortSignal.timeout(CALL_TIMEOUT_MS),
  );
}

const refusedHere = (code: 'UNSUPPORTED_BY_PROVIDER' | 'TEMPLATE_NOT_FOUND', message: string): Outcome => ({
  outcome: 'refused',
  failure: { code, message, providerCode: null, providerMessage: null },
});
const notAble = refusedHere('UNSUPPORTED_BY_PROVIDER', 'The account cannot send messages.');
const notRegistered = refusedHere(
  'TEMPLATE_NOT_FOUND',
  'The template is not registered at the account any more: say with registerTemplate what it calls it.',
);
