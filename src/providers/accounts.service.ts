import { Inject, Injectable, Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { CLOCK, type Clock, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { isProblem, type Problem, problem, providerFailure, type ProviderKind } from '../common/problem.js';
import { Vault } from '../common/vault.js';
import { CONFIG, type Config } from '../config/config.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { type Caller } from '../projects/caller.js';
import { healthChanged } from './account-events.js';
import { type AccountInput, type AccountPatch, checkCredentials, checkSettings } from './account-input.js';
import { type AccountInHand, AccountStore } from './account-store.js';
import { grant } from './budget.js';
import { effectiveLimit } from './learnt-limit.js';
import { type Failure } from './ports/outcome.js';
import { type Credentials } from './ports/provider.js';
import { type AccountHealth, type ProviderAccountEntity } from './provider-account.entity.js';
import { ProviderPool } from './provider-pool.js';

/** A provider call has 15 s (interface.md). */
export const CALL_TIMEOUT_MS = 15 * SECOND;
const CALLBACK_KEY_BYTES = 24;

export type ProviderAccount = ProviderAccountEntity;

const NO_ACCOUNT = (field: string): Problem =>
  problem('NOT_FOUND', 'No provider account of that id exists in this project.', field);

const NO_SENDER = problem(
  'INVALID_INPUT',
  'Give the WhatsApp number that it sends from: this provider has us name it in every request.',
  'sender',
);

/** The accounts of a project at its providers: connected, changed, tested, stopped and deleted. */
@Injectable()
export class AccountsService {
  private readonly logger = new Logger(AccountsService.name);

  constructor(
    private readonly database: Database,
    private readonly store: AccountStore,
    private readonly pool: ProviderPool,
    private readonly vault: Vault,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'allowPrivateUrls'>,
  ) {}

  async connect(caller: Caller, input: AccountInput): Promise<ProviderAccountEntity | Problem> {
    const settings = await checkSettings(input, caller.country, this.config.allowPrivateUrls);
    if (isProblem(settings)) return settings;
    if (this.lacksSender(input.kind, settings.sender ?? null)) return NO_SENDER;
    const credentials = checkCredentials(this.pool.definition(input.kind).credentials, input.credentials);
    if (isProblem(credentials)) return credentials;
    const id = newId();
    const sealed = this.vault.seal(id, credentials);
    const account: ProviderAccountEntity = {
      projectId: caller.projectId,
      id,
      kind: input.kind,
      name: settings.name ?? input.kind,
      environment: input.environment,
      sender: settings.sender ?? null,
      ownNumber: null,
      baseUrl: settings.baseUrl ?? null,
      credentials: sealed.bytes,
      credentialsKey: sealed.keyId,
      requestsPerMinute: settings.requestsPerMinute ?? null,
      enabled: true,
      health: 'UNKNOWN',
      stoppedAt: null,
      callbackKey: randomBytes(CALLBACK_KEY_BYTES).toString('base64url'),
      version: 1,
      sequence: 0,
      createdAt: this.clock.now(),
      deletedAt: null,
    };
    await this.database.transaction((sql) => this.store.insert(sql, account));
    return account;
  }

  async update(caller: Caller, id: string | null, patch: AccountPatch): Promise<ProviderAccountEntity | Problem> {
    const settings = await checkSettings(patch, caller.country, this.config.allowPrivateUrls);
    if (isProblem(settings)) return settings;
    return this.change(caller.projectId, id, (account, now) => {
      Object.assign(account, settings);
      if (this.lacksSender(account.kind, account.sender)) return NO_SENDER;
      if (patch.credentials) {
        const known = this.knownCredentials(account);
        const credentials = checkCredentials(this.pool.definition(account.kind).credentials, patch.credentials, known);
        if (isProblem(credentials)) return credentials;
        const sealed = this.vault.seal(account.id, credentials);
        account.credentials = sealed.bytes;
        account.credentialsKey = sealed.keyId;
        // They may be those of another number: the next test reads which.
        account.ownNumber = null;
      }
      if (patch.enabled != null) account.enabled = patch.enabled;
      account.version++;
      // Whoever mends the credentials or the address, or switches it on, wants it tried again.
      const mended = patch.credentials || patch.baseUrl !== undefined || patch.enabled === true;
      const isTroubled = account.stoppedAt !== null || account.health === 'DEGRADED';
      return mended && isTroubled ? this.setHealth(account, 'UNKNOWN', now) : [];
    });
  }

  /** Asks the provider, with a call that costs nothing, whether the credentials work. It counts in the budget. */
  async test(caller: Caller, id: string | null): Promise<ProviderAccountEntity | Problem> {
    const account = id && (await this.findLive(caller.projectId, id));
    if (!account) return NO_ACCOUNT('id');
    const waitUntil = await this.takeBudget(account.id);
    if (waitUntil) {
      return problem(
        'TOO_MANY_REQUESTS',
        'The account’s request budget is used up for the moment; try again then.',
        null,
        { retryAt: waitUntil },
      );
    }
    const outcome = await this.pool.of(account).test(AbortSignal.timeout(CALL_TIMEOUT_MS));
    if (outcome.outcome === 'accepted') {
      const { ownNumber = null } = outcome;
      return this.change(caller.projectId, account.id, (found, now) => {
        if (found.version === account.version) found.ownNumber = ownNumber;
        return this.setHealth(found, 'HEALTHY', now);
      });
    }
    if (outcome.failure.code === 'PROVIDER_AUTH_FAILED') await this.stop(account);
    return problemOf(account, outcome.failure);
  }

  /** Retires it: gone from lists and routes, its secrets destroyed, still answered by what refers to it. */
  async remove(caller: Caller, id: string | null): Promise<{ id: string } | Problem> {
    const removed = await this.change(caller.projectId, id, async (account, now, sql) => {
      account.deletedAt = now;
      account.enabled = false;
      account.credentials = Buffer.alloc(0);
      account.version++;
      await sql.rows('update routes set account_ids = array_remove(account_ids, $2) where project_id = $1', [
        account.projectId,
        account.id,
      ]);
      return [];
    });
    if (isProblem(removed)) return removed;
    this.pool.forget(removed.id);
    return { id: removed.id };
  }

  /** The provider refused the credentials: nothing more leaves through the account until they are mended. */
  async stop(account: Pick<ProviderAccountEntity, 'projectId' | 'id'> & { version?: number }): Promise<void> {
    await this.change(account.projectId, account.id, (found, now) => {
      // The refusal was of credentials that have been replaced since.
      if (account.version !== undefined && found.version !== account.version) return [];
      return this.setHealth(found, 'FAILING', now);
    });
  }

  /** It was called and its credentials were not refused: whether its calls fail is for the breaker to say. */
  async works(account: Pick<ProviderAccountEntity, 'projectId' | 'id'>): Promise<void> {
    await this.change(account.projectId, account.id, (found, now) =>
      found.health === 'UNKNOWN' ? this.setHealth(found, 'HEALTHY', now) : [],
    );
  }

  /** None where they were sealed with a key that is lost: then all of them must be given anew. */
  private knownCredentials(account: ProviderAccountEntity): Credentials {
    try {
      return this.vault.open<Credentials>(account.id, { bytes: account.credentials, keyId: account.credentialsKey });
    } catch {
      return {};
    }
  }

  private lacksSender(kind: ProviderKind, sender: string | null): boolean {
    return sender === null && (this.pool.definition(kind).needsSender ?? false);
  }

  private async findLive(projectId: string, id: string): Promise<ProviderAccountEntity | undefined> {
    const account = (await this.store.byIds([id])).get(id);
    return account?.projectId === projectId && !account.deletedAt ? account : undefined;
  }

  /** Sets the health and answers the event of it, none when it was so already. */
  private setHealth(account: ProviderAccountEntity, health: AccountHealth, now: Date): NewEvent[] {
    account.stoppedAt = health === 'FAILING' ? (account.stoppedAt ?? now) : null;
    if (account.health === health) return [];
    account.health = health;
    return [healthChanged(account, now)];
  }

  /** Changes the locked row in one transaction with its events, then wakes what waits for the account. */
  private async change(
    projectId: string,
    id: string | null,
    edit: (account: ProviderAccountEntity, now: Date, sql: Sql) => NewEvent[] | Problem | Promise<NewEvent[] | Problem>,
  ): Promise<ProviderAccountEntity | Problem> {
    if (!id) return NO_ACCOUNT('id');
    let before: AccountHealth | null = null;
    const changed = await this.database.transaction(async (sql) => {
      const isBreakerOpen = await this.store.holdOpenBreaker(sql, projectId, id);
      const account = await this.store.forChange(sql, projectId, id);
      if (!account) return NO_ACCOUNT('id');
      before = account.health;
      const events = await edit(account, this.clock.now(), sql);
      if (isProblem(events)) return events;
      await this.store.save(sql, account);
      // It is open only while the account is DEGRADED.
      if (isBreakerOpen && account.health !== 'DEGRADED') await this.store.closeBreaker(sql, projectId, id);
      await this.log.append(sql, events);
      return account;
    });
    if (!isProblem(changed)) {
      this.log.announce();
      this.signals.tell('accounts', [id]);
      this.signals.tell('messages', [id]);
      if (changed.health !== before) this.logHealth(changed, before);
    }
    return changed;
  }

  private logHealth({ id: accountId, kind, health }: ProviderAccountEntity, before: AccountHealth | null): void {
    if (health === 'FAILING') {
      this.logger.warn({ accountId, kind }, 'An account stopped: the provider refused its credentials.');
    }
    // From UNKNOWN it was no more than called, by which nobody knows yet that it works.
    const said = before === 'UNKNOWN' ? 'An account is in use.' : 'An account works.';
    if (health === 'HEALTHY') this.logger.log({ accountId, kind }, said);
  }

  /** Takes one call; answers when there will be one where there is none now. */
  async takeBudget(accountId: string): Promise<Date | null> {
    return (await this.takeCall(accountId)).freeAt;
  }

  /** Takes one call of an account, which is null where there is no such one; `freeAt` where there is no call now. */
  async takeCall(accountId: string): Promise<{ readonly account: AccountInHand | null; readonly freeAt: Date | null }> {
    return this.database.transaction(async (sql) => {
      const account = await this.store.takeInHand(sql, accountId);
      if (!account) return { account, freeAt: null };
      const now = this.clock.now();
      const limit = this.limitOf(account, now);
      const granted = grant(limit, account.fullAt, now);
      if (granted.calls(true) === 0) return { account, freeAt: granted.nextAt(true, 0) };
      if (limit !== null) await this.store.setBudget(sql, account, { fullAt: granted.fullAtAfter(1) });
      return { account, freeAt: null };
    });
  }

  /** Requests a minute that it may make at `now`, by its own limit and what was learnt of it; null: no limit. */
  limitOf(account: AccountInHand, now: Date): number | null {
    return effectiveLimit(this.configuredLimit(account), account, now);
  }

  /** Requests a minute by the account's own setting, else by its provider's word; null: no limit. */
  configuredLimit(account: ProviderAccountEntity): number | null {
    return account.requestsPerMinute ?? this.pool.definition(account.kind).limits.requestsPerMinute;
  }
}

/** A provider's failure as the caller's problem. */
export function problemOf(
  account: Pick<ProviderAccountEntity, 'kind'>,
  failure: Failure,
  { retryable = false, field = null }: { readonly retryable?: boolean; readonly field?: string | null } = {},
): Problem {
  return problem(failure.code, failure.message, field, {
    provider: providerFailure(account.kind, failure, retryable),
  });
}
