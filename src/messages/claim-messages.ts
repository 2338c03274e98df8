import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { Database, type Sql } from '../database/database.js';
import { type AccountInHand, AccountStore } from '../providers/account-store.js';
import { AccountsService } from '../providers/accounts.service.js';
import { grant } from '../providers/budget.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { MESSAGE_COLUMNS } from './message-row.js';
import { type Claimed } from './outbound-messages.js';

/** The most calls that begin together: what a crash can leave UNCONFIRMED for each batch under way. */
const CALLS_AT_ONCE = 16;
/** An attempt is open for seconds, or until the lease's end where its process died: older ones are history. */
const LONGEST_OPEN_MS = 10 * MINUTE;

/** HIGH, NORMAL, LOW. */
const URGENT = 0;
const PRIORITIES = [URGENT, 1, 2];

interface Wanted {
  readonly rowsAtMost: number;
  readonly oncePerPerson: boolean;
  readonly priorities: readonly number[];
  readonly now: Date;
}

interface Candidate {
  readonly id: string;
  readonly priority: number;
  readonly person: string;
}

/** What was claimed through one account, and whether it is worth looking again at once, or when. */
export interface ClaimedBatch {
  /** Null where there is none of that id. */
  readonly account: AccountInHand | null;
  readonly claimed: readonly Claimed[];
  readonly more: boolean;
  readonly again: Date | null;
}

/**
 * Takes messages out of their account's queue, within its budget. The claim writes the attempts: nothing is claimed that
 * is not called at once, so an attempt without an outcome is the one mark of a call under way (docs/decisions/0003).
 */
@Injectable()
export class ClaimMessages {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountsService,
    private readonly store: AccountStore,
    private readonly pool: ProviderPool,
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

  /** Claims what may leave now through one account; with `urgentOnly` of the highest priority alone. */
  async claim(accountId: string, urgentOnly: boolean): Promise<ClaimedBatch> {
    const now = this.clock.now();
    return this.database.transaction(async (sql) => {
      const account = await this.store.takeInHand(sql, accountId);
      if (!account || account.deletedAt || !account.enabled || account.stoppedAt)
        return { account, claimed: [], more: false, again: null };
      // Where its secrets cannot be opened this throws, before anything is claimed that could not be called.
      this.pool.of(account);
      // One call carries one message, or as many as the provider takes in one request.
      const { maxBatchSize } = this.pool.definition(account.kind).limits;
      const size = Math.max(CALLS_AT_ONCE, maxBatchSize);
      const { candidates, isAll } = await this.candidates(sql, accountId, {
        ...{ rowsAtMost: size * 2, oncePerPerson: maxBatchSize > 1 },
        ...{ priorities: urgentOnly ? [URGENT] : PRIORITIES, now },
      });
      const limit = this.accounts.limitOf(account);
      const granted = grant(limit, account.fullAt, now);
      const roomFor = (candidate: Candidate): number => granted.calls(candidate.priority === URGENT) * maxBatchSize;
      const chosen: Candidate[] = [];
      for (const candidate of candidates.slice(0, size)) {
        if (chosen.length < roomFor(candidate)) chosen.push(candidate);
      }
      const claimed = chosen.length > 0 ? await this.take(sql, account, chosen, now) : [];
      const callsTaken = Math.ceil(claimed.length / maxBatchSize);
      if (claimed.length > 0 && limit !== null)
        await this.store.setBudget(sql, account, granted.fullAtAfter(callsTaken));
      const waiting = candidates.find((candidate) => !chosen.includes(candidate));
      const held = waiting && roomFor(waiting) <= chosen.length;
      return {
        account,
        claimed,
        more: waiting ? !held : !isAll && claimed.length > 0,
        again: waiting && held ? granted.nextAt(waiting.priority === URGENT, callsTaken) : null,
      };
    });
  }

  /**
   * In the order in which they leave, one for each person and priority: the next one waits for the answer to the first.
   * `oncePerPerson`: one for each person in all, for a provider that echoes of a batch no more than whose message it was.
   */
  private async candidates(
    sql: Sql,
    accountId: string,
    { rowsAtMost, oncePerPerson, priorities, now }: Wanted,
  ): Promise<{ candidates: Candidate[]; isAll: boolean }> {
    const rows = await sql.rows<Candidate>(
      `with busy as materialized (
         select priority, person from message_attempts
          where account_id = $1 and outcome is null and started_at > $4)
       select c.* from unnest($5::smallint[]) p (priority) cross join lateral (
         select m.id, m.priority, m.person, m.due_at from messages m
          where m.account_id = $1 and m.priority = p.priority and m.due_at is not null and m.due_at <= $2
            and m.status = 'QUEUED' and m.open_attempt is null and (m.expires_at is null or m.expires_at > $2)
            and (m.priority, m.person) not in (select priority, person from busy)
          order by m.due_at, m.id limit $3) c
       order by c.priority, c.due_at, c.id limit $3`,
      [accountId, now, rowsAtMost, later(now, -LONGEST_OPEN_MS), priorities],
    );
    const persons = new Set<string>();
    const candidates = rows.filter(({ priority, person }) => {
      const key = oncePerPerson ? person : `${priority} ${person}`;
      return !persons.has(key) && persons.add(key);
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
         insert into message_attempts (project_id, id, message_id, number, account_id, person, priority, request_key, started_at)
         select "projectId", "openAttempt", id, attempts, $2, person, priority, "requestKey", $3 from claimed)
       select claimed.*, claimed."openAttempt" as "attemptId", r.external_id as "externalId", r.category,
              r.status as "registrationStatus", t.param_names as "paramNames", t.header->>'paramName' as "headerName",
              s.external_id as "smsExternalId", q.provider_message_id as quotes,
              coalesce(by_phone.scope, by_id.scope) as "optedOut", c.heard_at as "heardAt"
         from claimed
         left join template_registrations r on r.project_id = claimed."projectId" and r.account_id = $2
          and r.template_id = (claimed.content->>'templateId')::uuid
         left join templates t on t.project_id = r.project_id and t.id = r.template_id
         left join template_registrations s on s.project_id = claimed."projectId" and s.account_id = $2
          and s.template_id = (claimed.content->'sms'->>'templateId')::uuid
         left join messages q on q.project_id = claimed."projectId" and q.id = claimed."inReplyTo" and q.account_id = $2
         left join opt_outs by_phone on by_phone.project_id = claimed."projectId" and by_phone.phone = claimed.person
         left join opt_outs by_id on by_id.project_id = claimed."projectId"
          and by_id.recipient_id = coalesce(claimed."recipientId", claimed.person)
         left join conversations c on c.project_id = claimed."projectId" and c.account_id = $2 and c.person = claimed.person
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
}
