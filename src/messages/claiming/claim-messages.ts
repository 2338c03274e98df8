import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later } from '../../common/clock.js';
import { Database, type Sql } from '../../database/database.js';
import { PROBED_FOR_MS } from '../../providers/account-calls.service.js';
import { type AccountInHand, AccountStore } from '../../providers/account-store.js';
import { AccountsService } from '../../providers/accounts.service.js';
import { passage } from '../../providers/breaker.js';
import { grant } from '../../providers/budget.js';
import { ProviderPool } from '../../providers/provider-pool.js';
import { inTurn, URGENT } from './claim-order.js';
import { DivertMessages } from './divert-messages.js';
import { type Claimed } from '../outbound-messages.js';
import { withoutPutOff } from './put-off.js';
import { takeMessages } from './take-messages.js';
import { nextTurn, waitingMessages } from './waiting-messages.js';

/** The most calls that begin together: what a crash can leave UNCONFIRMED for each batch under way. */
export const CALLS_AT_ONCE = 16;
/** HIGH, NORMAL, LOW. */
const PRIORITIES = [URGENT, 1, 2];

/** What was claimed through one account, and whether it is worth looking again at once, or when. */
export interface ClaimedBatch {
  /** Null where there is none of that id. */
  readonly account: AccountInHand | null;
  readonly claimed: readonly Claimed[];
  /** It is the one call that shows whether a provider that was away is there again. */
  readonly probe: boolean;
  readonly more: boolean;
  readonly again: Date | null;
}

interface Draw {
  readonly account: AccountInHand;
  readonly urgentOnly: boolean;
  readonly probe: boolean;
  readonly now: Date;
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
    private readonly diversion: DivertMessages,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The accounts that have something due, or are to be probed: those that are held or stopped keep their queue. */
  async dueAccounts(): Promise<string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `select a.id from provider_accounts a
        where ((a.enabled and a.stopped_at is null) or a.deleted_at is not null)
          and (exists (select 1 from messages m where m.account_id = a.id and m.due_at is not null and m.due_at <= $1)
            or (a.deleted_at is null and exists (
              select 1 from account_budgets b
               where b.project_id = a.project_id and b.account_id = a.id and b.open_until <= $1
                 and (b.probe_until is null or b.probe_until <= $1))))`,
      [this.clock.now()],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Claims what may leave now through one account; with `urgentOnly` of the highest priority alone, beside the shares of
   * the others. While its breaker is open nothing is claimed, and what another account may take goes there.
   */
  async claim(accountId: string, urgentOnly: boolean): Promise<ClaimedBatch> {
    const now = this.clock.now();
    const { open, ...batch } = await this.database.transaction(async (sql) => {
      const account = await this.store.takeInHand(sql, accountId);
      const nothing = { account, claimed: [], probe: false, more: false, again: null, open: false };
      if (!account || account.deletedAt || !account.enabled || account.stoppedAt) return nothing;
      // Where its secrets cannot be opened this throws, before anything is claimed that could not be called.
      this.pool.of(account);
      const may = passage(account, now);
      if (may.kind === 'open') return { ...nothing, again: may.until, open: true };
      return { ...nothing, ...(await this.draw(sql, { account, urgentOnly, probe: may.kind === 'probe', now })) };
    });
    // Outside the transaction, whose lock on the budget it does not need.
    if (open && batch.account) return { ...batch, more: await this.diversion.divert(batch.account) };
    return batch;
  }

  private async draw(
    sql: Sql,
    { account, urgentOnly, probe, now }: Draw,
  ): Promise<Pick<ClaimedBatch, 'claimed' | 'probe' | 'more' | 'again'>> {
    const { maxBatchSize, personEveryMs } = this.pool.definition(account.kind).limits;
    // One call carries one message, or as many as the provider takes in one request; one that probes carries one.
    const size = probe ? 1 : Math.max(CALLS_AT_ONCE, maxBatchSize);
    const inTurns = personEveryMs !== undefined;
    const { candidates: waiting, isAll } = await waitingMessages(sql, account, {
      rowsAtMost: size * 2,
      priorities: urgentOnly ? [URGENT] : PRIORITIES,
      // A provider echoes of a batch no more than whose message it was.
      oncePerPerson: inTurns || maxBatchSize > 1,
      inTurns,
      now,
    });
    const candidates = await withoutPutOff(sql, account, waiting, now);
    const limit = this.accounts.limitOf(account, now);
    const granted = grant(limit, account.fullAt, now);
    // Without a limit its row is not written, and each claim counts for itself.
    const passed = limit === null || probe ? 0 : account.passedOver;
    const turns = inTurn(candidates, passed, {
      atMost: size,
      urgent: granted.calls(true) * maxBatchSize,
      others: granted.calls(false) * maxBatchSize,
    });
    const freeAt = personEveryMs === undefined ? null : later(now, personEveryMs);
    const claimed = turns.chosen.length > 0 ? await takeMessages(sql, account, turns.chosen, { now, freeAt }) : [];
    const callsTaken = Math.ceil(claimed.length / maxBatchSize);
    const probes = probe && claimed.length > 0;
    if (claimed.length > 0 && (limit !== null || probe)) {
      await this.store.setBudget(sql, account, {
        fullAt: limit === null ? account.fullAt : granted.fullAtAfter(callsTaken),
        // The extra hand for what is urgent takes nothing of the others' share, and a probe is no matter of shares.
        ...(!urgentOnly && !probe && limit !== null && { passedOver: turns.passedOver }),
        ...(probes && { probeUntil: later(now, PROBED_FOR_MS) }),
      });
    }
    const { next } = turns;
    const moved = claimed.length > 0 || candidates.length < waiting.length;
    const more = next ? !next.held : !isAll && moved;
    if (next?.held) return { claimed, probe: probes, more, again: granted.nextAt(next.urgent, callsTaken) };
    return { claimed, probe: probes, more, again: inTurns && !more ? await nextTurn(sql, account, now) : null };
  }
}
