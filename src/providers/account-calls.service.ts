import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { Database, leftNothing, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { counter } from '../metrics/metrics.js';
import { Collector } from '../queue/collector.js';
import { healthChanged } from './account-events.js';
import { type AccountInHand, AccountStore } from './account-store.js';
import { AccountsService, CALL_TIMEOUT_MS } from './accounts.service.js';
import { CLOSED, counted, joined, noted, openedAt, passage, type RecentCalls, shouldOpen } from './breaker.js';
import { grant } from './budget.js';
import { type Verdict, verdictOf } from './call-verdict.js';
import { halved, type Learnt } from './learnt-limit.js';
import { type Failure, type Outcome } from './ports/outcome.js';
import { type Provider } from './ports/provider.js';
import { type AccountHealth, type ProviderAccountEntity } from './provider-account.entity.js';
import { ProviderPool } from './provider-pool.js';

/** Answered calls are written together: by so many, and not more often than this. */
const WRITTEN_BY = 100;
const WRITTEN_EVERY_MS = SECOND;
/** A probe that takes longer lost its process. */
export const PROBED_FOR_MS = 30 * SECOND;

const openings = counter('kurir_breaker_opened_total', 'How often breakers of accounts opened.', ['provider']);

/** A call that came back. */
export interface EndedCall {
  readonly began: Date;
  readonly verdict: Verdict;
}

/** Of the settings that the call was made with. */
type Counted = EndedCall & { readonly version: number };

/** Answered calls that are not in the account's row yet. */
interface Held {
  recent: RecentCalls;
  calls: number;
  writtenAt: Date | null;
}

/**
 * Counts the calls of each account over all processes: opens and closes its breaker, and learns its limit.
 *
 * A call that failed is written at once, answered ones wait in the process: while the account's row shows no failure,
 * until there are a hundred, else for a second. So a healthy account costs nearly nothing, and the price is that a breaker
 * may open without knowing of the last hundred calls that another process had answered.
 */
@Injectable()
export class AccountCalls {
  private readonly logger = new Logger(AccountCalls.name);
  private readonly held = new Map<string, Held>();
  private readonly writers = new Map<string, Collector<Counted, undefined>>();

  constructor(
    private readonly database: Database,
    private readonly store: AccountStore,
    private readonly accounts: AccountsService,
    private readonly pool: ProviderPool,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Resolves when what must be known at once is committed. Where it throws the call was not counted, or nobody knows, and
   * it may be told again.
   * @param account as it was claimed for the call
   */
  async ended(account: AccountInHand, call: EndedCall): Promise<void> {
    if (call.verdict === 'never left') return;
    if (call.verdict === 'answered' && this.hold(account)) return;
    const { id, kind, version } = account;
    const writer = this.writers.get(id) ?? new Collector((calls) => this.write(id, kind, calls), leftNothing);
    this.writers.set(id, writer);
    await writer.add({ ...call, version });
  }

  /**
   * Makes one call that carries no message but is as much a part of the account's work: in its budget, counted like the
   * others, held back while its breaker is open, and refused credentials stop the account.
   */
  async make<Told extends Outcome>(
    accountId: string,
    call: (provider: Provider, signal: AbortSignal) => Promise<Told>,
    timeoutMs: number,
  ): Promise<Told | Exclude<Outcome, { outcome: 'accepted' }>> {
    const { account, freeAt } = await this.accounts.takeCall(accountId);
    if (!account || account.deletedAt) return { outcome: 'refused', failure: ACCOUNT_GONE };
    const began = this.clock.now();
    if (freeAt) {
      return { outcome: 'deferred', failure: BUDGET_SPENT, retryAfterMs: freeAt.getTime() - began.getTime() };
    }
    const isProbe = passage(account, began).kind === 'probe' && (await this.takeProbe(accountId));
    if (!isProbe && passage(account, began).kind !== 'closed') {
      const pauseMs = Math.max(SECOND, (account.openUntil ?? began).getTime() - began.getTime());
      return { outcome: 'deferred', failure: PAUSES, retryAfterMs: pauseMs };
    }
    const outcome = await call(this.pool.of(account), AbortSignal.timeout(timeoutMs));
    const verdict = verdictOf([outcome]);
    if (outcome.outcome === 'refused' && outcome.failure.code === 'PROVIDER_AUTH_FAILED') {
      await this.accounts.stop(account);
    } else if (account.health === 'UNKNOWN' && verdict !== 'never left') {
      await this.accounts.works(account);
    }
    await (isProbe ? this.probed(account, { began, verdict }) : this.ended(account, { began, verdict }));
    return outcome;
  }

  /** The call that probed came back: the breaker closes, or opens for longer. */
  async probed(account: AccountInHand, call: EndedCall): Promise<void> {
    const { id: accountId, kind } = account;
    const became = await this.database.transaction((sql) => this.judgeProbe(sql, accountId, call));
    if (became === 'open') openings.inc({ provider: kind });
    if (became === 'closed') this.logger.log({ accountId, kind }, 'An account works again.');
    if (became !== null) this.tell(accountId);
  }

  /**
   * Takes the probe of an account where it is due, with a call of its budget. For a process that dies with it another one
   * may probe half a minute later.
   */
  async takeProbe(accountId: string): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      const now = this.clock.now();
      const state = await this.store.takeInHand(sql, accountId);
      if (!state || passage(state, now).kind !== 'probe') return false;
      const limit = this.accounts.limitOf(state, now);
      const granted = grant(limit, state.fullAt, now);
      if (granted.calls(true) === 0) return false;
      const fullAt = limit === null ? state.fullAt : granted.fullAtAfter(1);
      await this.store.setBudget(sql, state, { fullAt, probeUntil: later(now, PROBED_FOR_MS) });
      return true;
    });
  }

  /** Probes with the call that costs nothing. The probe has been taken. */
  async probeByTest(account: AccountInHand): Promise<void> {
    const began = this.clock.now();
    const outcome = await this.pool.of(account).test(AbortSignal.timeout(CALL_TIMEOUT_MS));
    if (outcome.outcome === 'refused' && outcome.failure.code === 'PROVIDER_AUTH_FAILED') {
      await this.accounts.stop(account);
    }
    const verdict = verdictOf([outcome]);
    await this.probed(account, { began, verdict: verdict === 'never left' ? 'failed' : verdict });
  }

  private async judgeProbe(sql: Sql, accountId: string, call: EndedCall): Promise<'open' | 'closed' | 'untold' | null> {
    const now = this.clock.now();
    const state = await this.store.takeInHand(sql, accountId);
    // Somebody mended the account meanwhile, or another probe was faster.
    if (!state || passage(state, now).kind === 'closed' || (state.openUntil && now < state.openUntil)) return null;
    if (call.verdict === 'never left') {
      await this.store.setCalls(sql, state, { ...state, probeUntil: null });
      return 'untold';
    }
    if (call.verdict === 'failed') {
      await this.store.setCalls(sql, state, { ...state, ...openedAt(state, now) });
      return 'open';
    }
    await this.store.setCalls(sql, state, { ...this.learn(state, [call], now, 0), ...CLOSED });
    const found = await this.store.forChange(sql, state.projectId, accountId);
    if (found?.health === 'DEGRADED') await this.setHealth(sql, found, 'HEALTHY', now);
    return 'closed';
  }

  /** Keeps an answered call for later; false when it is time to write. */
  private hold(account: AccountInHand): boolean {
    const now = this.clock.now();
    const held = this.held.get(account.id) ?? { recent: [], calls: 0, writtenAt: null };
    const isTroubled = counted(account.recentCalls, now).failures > 0;
    const isDue = held.writtenAt === null || later(held.writtenAt, WRITTEN_EVERY_MS) <= now;
    if (isDue && (isTroubled || held.calls + 1 >= WRITTEN_BY)) return false;
    held.recent = noted(held.recent, now, 1, 0);
    held.calls++;
    this.held.set(account.id, held);
    return true;
  }

  private async write(accountId: string, kind: string, calls: readonly Counted[]): Promise<undefined[]> {
    const now = this.clock.now();
    const held = this.held.get(accountId)?.recent ?? [];
    const fresh: Held = { recent: [], calls: 0, writtenAt: now };
    this.held.set(accountId, fresh);
    let hasOpened: boolean;
    try {
      hasOpened = await this.database.transaction((sql) => this.count(sql, accountId, { held, calls, now }));
    } catch (error) {
      fresh.recent = joined(fresh.recent, held, now);
      throw error;
    }
    if (hasOpened) {
      openings.inc({ provider: kind });
      this.logger.warn({ accountId, kind }, 'An account pauses: half or more of its calls fail.');
      this.tell(accountId);
    }
    return calls.map(() => undefined);
  }

  /** Counts calls in the account's row. Says whether its breaker opened. */
  private async count(
    sql: Sql,
    accountId: string,
    ended: { readonly held: RecentCalls; readonly calls: readonly Counted[]; readonly now: Date },
  ): Promise<boolean> {
    const { held, now } = ended;
    const state = await this.store.takeInHand(sql, accountId);
    if (!state || state.deletedAt) return false;
    // What was said to other credentials, or at another address, tells nothing of these.
    const calls = ended.calls.filter(({ version }) => version === state.version);
    const numberOf = (verdict: Verdict): number => calls.filter((call) => call.verdict === verdict).length;
    const recent = noted(joined(state.recentCalls, held, now), now, calls.length, numberOf('failed'));
    const learnt = this.learn(state, calls, now, counted(recent, now).calls - numberOf('too many'));
    if (passage(state, now).kind !== 'closed') {
      // They began before it opened: how it goes on is decided by the probe.
      if (learnt !== state) await this.store.setCalls(sql, state, { ...state, ...learnt });
      return false;
    }
    const found = shouldOpen(recent, now) ? await this.store.forChange(sql, state.projectId, accountId) : null;
    const opens = found !== null && found.stoppedAt === null;
    const breaker = opens ? openedAt(state, now) : { ...state, recentCalls: recent };
    await this.store.setCalls(sql, state, { ...breaker, ...pick(learnt) });
    if (opens) await this.setHealth(sql, found, 'DEGRADED', now);
    return opens;
  }

  /** Where the provider said that it was too many; the same as before where it did not. */
  private learn(state: AccountInHand, calls: readonly EndedCall[], now: Date, bore: number): Learnt {
    const limit = this.accounts.configuredLimit(state);
    return calls
      .filter(({ verdict }) => verdict === 'too many')
      .reduce<Learnt>((learnt, { began }) => halved(limit, learnt, began, now, bore), state);
  }

  /** The last of a transaction: it appends to the log. */
  private async setHealth(sql: Sql, account: ProviderAccountEntity, health: AccountHealth, now: Date): Promise<void> {
    account.health = health;
    const event = healthChanged(account, now);
    await this.store.save(sql, account);
    await this.log.append(sql, [event]);
  }

  private tell(accountId: string): void {
    this.log.announce();
    this.signals.tell('accounts', [accountId]);
    this.signals.tell('messages', [accountId]);
  }
}

const ACCOUNT_GONE: Failure = {
  ...{ code: 'NO_ROUTE', message: 'The account was deleted.' },
  ...{ providerCode: null, providerMessage: null },
};
const PAUSES: Failure = {
  ...{ code: 'PROVIDER_UNAVAILABLE', message: 'The account pauses, for half or more of its calls failed.' },
  ...{ providerCode: null, providerMessage: null },
};
const BUDGET_SPENT: Failure = {
  ...{ code: 'TOO_MANY_REQUESTS', message: 'The account may make no more requests this minute.' },
  ...{ providerCode: null, providerMessage: null },
};

const pick = ({ learntLimit, learntBase, learntAt }: Learnt): Learnt => ({ learntLimit, learntBase, learntAt });
