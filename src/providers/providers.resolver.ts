import { Inject, type OnModuleInit } from '@nestjs/common';
import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { uuidOf } from '../common/ids.js';
import { isProblem, type Problem, type ProviderKind } from '../common/problem.js';
import { CONFIG, type Config } from '../config/config.js';
import { type DeletedModel, DeletedResult } from '../graphql/deleted.model.js';
import { badUserInput } from '../graphql/errors.js';
import { Nodes } from '../graphql/nodes.js';
import { type Caller, CurrentCaller, Needs } from '../projects/caller.js';
import { AccountsReader } from './accounts.reader.js';
import { AccountsService, type ProviderAccount } from './accounts.service.js';
import { callbackUrlProblems } from './callback-urls.js';
import { type Capability } from './capability.js';
import {
  CallbackUrlModel,
  CapabilityEnum,
  ProviderAccountInput,
  ProviderAccountModel,
  ProviderAccountPatch,
  ProviderAccountResult,
  ProviderModel,
  RouteModel,
  RouteResult,
  toAccountModel,
  toProviderModel,
} from './provider.model.js';
import { ProviderKindEnum } from './provider-kind.js';
import { ProviderPool } from './provider-pool.js';
import { type Route, RoutingService } from './routing.service.js';

const accountId = { type: () => ID, description: 'The account’s id, acc_….' } as const;

@Resolver(() => ProviderAccountModel)
export class ProvidersResolver implements OnModuleInit {
  constructor(
    private readonly accounts: AccountsService,
    private readonly reader: AccountsReader,
    private readonly routing: RoutingService,
    private readonly pool: ProviderPool,
    private readonly nodes: Nodes,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.nodes.add<Caller>('acc', (id, { caller }) => this.reader.find(caller.projectId, id));
  }

  @Query(() => [ProviderModel], { description: 'What this build can talk to. READ.' })
  providers(): ProviderModel[] {
    return this.pool.kinds().map((definition) => toProviderModel(definition, this.pool));
  }

  @Query(() => ProviderAccountModel, { nullable: true, description: 'One account, a deleted one too. READ.' })
  async providerAccount(
    @CurrentCaller() caller: Caller,
    @Args('id', accountId) id: string,
  ): Promise<ProviderAccountModel | null> {
    const uuid = uuidOf('acc', id);
    return uuid ? this.reader.find(caller.projectId, uuid) : null;
  }

  @Query(() => [ProviderAccountModel], {
    description: 'The project’s accounts that are not deleted, oldest first. READ.',
  })
  async providerAccounts(
    @CurrentCaller() caller: Caller,
    @Args('kind', { type: () => ProviderKindEnum, nullable: true, description: 'Those of one kind only.' })
    kind?: ProviderKind | null,
  ): Promise<ProviderAccountModel[]> {
    return this.reader.list(
      caller.projectId,
      kind ? (query) => query.andWhere('row.kind = :kind', { kind }) : undefined,
    );
  }

  @Query(() => [RouteModel], {
    description: 'For each capability that an account has, which accounts are tried, in order. READ.',
  })
  async routes(@CurrentCaller() caller: Caller): Promise<RouteModel[]> {
    return (await this.routing.routes(caller.projectId)).map((route) => this.routeModel(route));
  }

  @ResolveField(() => [CallbackUrlModel], {
    nullable: true,
    description:
      'The URLs to enter in the provider’s own console, each checked against its rules. Null without ADMIN: they hold a key.',
  })
  callbackUrls(@Parent() account: ProviderAccountModel, @CurrentCaller() caller: Caller): CallbackUrlModel[] | null {
    if (!caller.scopes.has('ADMIN')) return null;
    return this.pool.topics(account.kind).map((topic) => {
      const url = `${this.config.publicUrl}/callbacks/${account.callbackKey}/${topic}`;
      return { topic, url, problems: callbackUrlProblems(url) };
    });
  }

  @Needs('ADMIN')
  @Mutation(() => ProviderAccountResult, {
    description: 'Connects an account. Nothing is called yet: testProviderAccount does. ADMIN.',
  })
  async connectProvider(
    @CurrentCaller() caller: Caller,
    @Args('input', { type: () => ProviderAccountInput, description: 'The account.' }) input: ProviderAccountInput,
  ): Promise<ProviderAccountModel | Problem> {
    return this.accountModel(await this.accounts.connect(caller, input));
  }

  @Needs('ADMIN')
  @Mutation(() => ProviderAccountResult, {
    description: 'Changes an account. New credentials let an account that stopped go on. ADMIN.',
  })
  async updateProviderAccount(
    @CurrentCaller() caller: Caller,
    @Args('id', accountId) id: string,
    @Args('input', { type: () => ProviderAccountPatch, description: 'What changes.' }) input: ProviderAccountPatch,
  ): Promise<ProviderAccountModel | Problem> {
    if (input.name === null) throw badUserInput('An account has a name: leave it out, or give one.', 'input.name');
    return this.accountModel(await this.accounts.update(caller, uuidOf('acc', id), { ...input, name: input.name }));
  }

  @Needs('ADMIN')
  @Mutation(() => ProviderAccountResult, {
    description:
      'Asks the provider, with a call that costs nothing, whether the credentials work; if so, an account that stopped goes on. ADMIN.',
  })
  async testProviderAccount(
    @CurrentCaller() caller: Caller,
    @Args('id', accountId) id: string,
  ): Promise<ProviderAccountModel | Problem> {
    return this.accountModel(await this.accounts.test(caller, uuidOf('acc', id)));
  }

  @Needs('ADMIN')
  @Mutation(() => DeletedResult, {
    description:
      'Retires an account and destroys its secrets. Its unfinished messages take another route, or fail with NO_ROUTE. ADMIN.',
  })
  async deleteProviderAccount(
    @CurrentCaller() caller: Caller,
    @Args('id', accountId) id: string,
  ): Promise<DeletedModel | Problem> {
    const removed = await this.accounts.remove(caller, uuidOf('acc', id));
    return isProblem(removed) ? removed : { id };
  }

  @Needs('MANAGE')
  @Mutation(() => RouteResult, {
    description:
      'Sets which accounts are tried for a capability; an empty list goes back to all enabled ones, oldest first. MANAGE.',
  })
  async setRoute(
    @CurrentCaller() caller: Caller,
    @Args('capability', { type: () => CapabilityEnum, description: 'The capability.' }) capability: Capability,
    @Args('accountIds', { type: () => [ID], description: 'The accounts, first to last.' }) accountIds: string[],
  ): Promise<RouteModel | Problem> {
    const route = await this.routing.setRoute(
      caller,
      capability,
      accountIds.map((id) => uuidOf('acc', id)),
    );
    return isProblem(route) ? route : this.routeModel(route);
  }

  private routeModel(route: Route): RouteModel {
    return {
      capability: route.capability,
      accounts: route.accounts.map((account) => toAccountModel(account, this.pool)),
    };
  }

  private accountModel(account: ProviderAccount | Problem): ProviderAccountModel | Problem {
    return isProblem(account) ? account : toAccountModel(account, this.pool);
  }
}
