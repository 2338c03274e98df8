import { Injectable } from '@nestjs/common';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type Caller } from '../projects/caller.js';
import { AccountStore } from './account-store.js';
import { type Capability, CAPABILITIES } from './capability.js';
import { type MediaType, type Messaging } from './ports/messaging.js';
import { type ProviderAccountEntity } from './provider-account.entity.js';
import { ProviderPool } from './provider-pool.js';

export interface Route {
  readonly capability: Capability;
  readonly accounts: readonly ProviderAccountEntity[];
}

/** What accounts can do, as their providers tell it. */
export interface Abilities {
  can(account: ProviderAccountEntity, capability: Capability): boolean;
  messaging(account: ProviderAccountEntity): Messaging | undefined;
  providersWith(capability: Capability): string[];
  providersCarrying(type: MediaType): string[];
}

/** A project's live accounts and its routes, as one reading: what a send is planned from. */
export class RoutingTable {
  constructor(
    readonly accounts: readonly ProviderAccountEntity[],
    private readonly routes: ReadonlyMap<Capability, readonly string[]>,
    private readonly abilities: Abilities,
  ) {}

  can(account: ProviderAccountEntity, capability: Capability): boolean {
    return this.abilities.can(account, capability);
  }

  /** What the account carries, and by which rules. */
  messaging(account: ProviderAccountEntity): Messaging | undefined {
    return this.abilities.messaging(account);
  }

  /** The names of the providers that have a capability, whether or not the project has an account there. */
  providersWith(capability: Capability): string[] {
    return this.abilities.providersWith(capability);
  }

  /** The names of the providers that carry a type of file. */
  providersCarrying(type: MediaType): string[] {
    return this.abilities.providersCarrying(type);
  }

  account(id: string): ProviderAccountEntity | undefined {
    return this.accounts.find((account) => account.id === id);
  }

  /** The accounts of a capability, first to last, as they were set; else all enabled ones that have it, oldest first. */
  listed(capability: Capability): ProviderAccountEntity[] {
    const chosen = this.routes.get(capability)?.flatMap((id) => this.account(id) ?? []);
    return chosen ?? this.accounts.filter((account) => account.enabled && this.can(account, capability));
  }

  /** Of those the ones that are not held. */
  tried(capability: Capability): ProviderAccountEntity[] {
    return this.listed(capability).filter((account) => account.enabled);
  }
}

/** Which accounts are tried for a capability. */
@Injectable()
export class RoutingService {
  private readonly abilities: Abilities;

  constructor(
    private readonly database: Database,
    private readonly store: AccountStore,
    private readonly pool: ProviderPool,
    private readonly signals: Signals,
  ) {
    this.abilities = {
      can: (account, capability) => this.pool.capabilities(account.kind).has(capability),
      messaging: (account) => this.pool.messagingOf(account),
      providersWith: (capability) =>
        this.pool
          .kinds()
          .filter(({ kind }) => this.pool.capabilities(kind).has(capability))
          .map(({ name }) => name),
      providersCarrying: (type) =>
        this.pool
          .kinds()
          .filter(({ kind }) => this.pool.messagingOfKind(kind)?.media?.[type])
          .map(({ name }) => name),
    };
  }

  /** One reading, through `sql` where the caller has a transaction open. */
  async table(projectId: string, sql: Sql = this.database): Promise<RoutingTable> {
    const [accounts, routes] = await Promise.all([
      this.store.ofProject(projectId, sql),
      sql.rows<{ capability: Capability; accountIds: string[] }>(
        `select capability, account_ids as "accountIds" from routes where project_id = $1 and cardinality(account_ids) > 0`,
        [projectId],
      ),
    ]);
    return new RoutingTable(
      accounts,
      new Map(routes.map((route) => [route.capability, route.accountIds])),
      this.abilities,
    );
  }

  /** Every capability that an account of the project has, with the accounts tried for it. */
  async routes(projectId: string): Promise<Route[]> {
    const table = await this.table(projectId);
    return (Object.keys(CAPABILITIES) as Capability[])
      .map((capability) => ({ capability, accounts: table.listed(capability) }))
      .filter((route) => route.accounts.length > 0);
  }

  /** Sets the order; an empty list goes back to all enabled accounts, oldest first. */
  async setRoute(
    caller: Caller,
    capability: Capability,
    accountIds: readonly (string | null)[],
  ): Promise<Route | Problem> {
    const table = await this.table(caller.projectId);
    const chosen: string[] = [];
    for (const [index, id] of accountIds.entries()) {
      const wrong = this.placeProblem(table, capability, chosen, id, `accountIds.${index}`);
      if (isProblem(wrong)) return wrong;
      chosen.push(id as string);
    }
    await this.database.rows(
      `insert into routes (project_id, capability, account_ids) values ($1, $2, $3)
       on conflict (project_id, capability) do update set account_ids = excluded.account_ids`,
      [caller.projectId, capability, chosen],
    );
    this.signals.tell('accounts', chosen);
    return { capability, accounts: (await this.table(caller.projectId)).listed(capability) };
  }

  private placeProblem(
    table: RoutingTable,
    capability: Capability,
    chosen: readonly string[],
    id: string | null,
    field: string,
  ): Problem | null {
    const account = id ? table.account(id) : undefined;
    if (!account) return problem('NOT_FOUND', 'No provider account of that id exists in this project.', field);
    if (chosen.includes(account.id))
      return problem('INVALID_INPUT', 'The account is in the list already; name it once.', field);
    if (!this.abilities.can(account, capability)) {
      return problem(
        'UNSUPPORTED_BY_PROVIDER',
        `The account ${account.name} cannot do ${capability}; take it out of the list.`,
        field,
      );
    }
    return null;
  }
}
