import { type OnModuleInit } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { isProblem, type Problem } from '../common/problem.js';
import { type DeletedModel, DeletedResult } from '../graphql/deleted.model.js';
import { Nodes } from '../graphql/nodes.js';
import { DateTimeScalar } from '../graphql/scalars.js';
import { ApiKeyModel, apiKeyModel, ApiKeyResult, type ApiKeyWithSecretModel, ScopeEnum } from './api-key.model.js';
import { ApiKeysService } from './api-keys.service.js';
import { type Caller, CurrentCaller, Needs } from './caller.js';
import { type Scope } from './scopes.js';

@Resolver(() => ApiKeyModel)
export class ApiKeysResolver implements OnModuleInit {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.add<Caller>('key', async (id, { caller }) => {
      const key = await this.keys.find(caller, id);
      return key && apiKeyModel(key);
    });
  }

  @Needs('ADMIN', 'OPERATOR')
  @Query(() => [ApiKeyModel], {
    description: 'The keys of a project that are not revoked, oldest first. ADMIN; OPERATOR for another project.',
  })
  async apiKeys(
    @CurrentCaller() caller: Caller,
    @Args('projectId', { type: () => ID, nullable: true, description: 'Another project; without it the own one.' })
    projectId: string | null | undefined,
  ): Promise<ApiKeyModel[]> {
    return (await this.keys.list(caller, projectId ?? null)).map(apiKeyModel);
  }

  @Needs('ADMIN', 'OPERATOR')
  @Mutation(() => ApiKeyResult, {
    description: 'Makes a key. It gives no scope that the caller’s lacks. ADMIN; OPERATOR for another project.',
  })
  async createApiKey(
    @CurrentCaller() caller: Caller,
    @Args('projectId', { type: () => ID, nullable: true, description: 'Another project; without it the own one.' })
    projectId: string | null | undefined,
    @Args('name', { type: () => String, description: 'What people call it: 1 to 128 characters.' }) name: string,
    @Args('scopes', { type: () => [ScopeEnum], description: 'What it may do; at least one.' }) scopes: readonly Scope[],
    @Args('allowedIps', {
      type: () => [String],
      nullable: true,
      defaultValue: [],
      description: 'CIDR blocks or addresses it may be used from, at most 64; empty is anywhere.',
    })
    allowedIps: readonly string[] | null,
    @Args('expiresAt', { type: () => DateTimeScalar, nullable: true, description: 'When it stops to work by itself.' })
    expiresAt: Date | null | undefined,
  ): Promise<ApiKeyWithSecretModel | Problem> {
    const made = await this.keys.create(caller, {
      projectId: projectId ?? null,
      name,
      scopes,
      allowedIps: allowedIps ?? [],
      expiresAt: expiresAt ?? null,
    });
    return isProblem(made) ? made : { apiKey: apiKeyModel(made.row), secret: made.secret };
  }

  @Needs('ADMIN', 'OPERATOR')
  @Mutation(() => DeletedResult, {
    description: 'Ends a key and its open connections, at once and for good. ADMIN; OPERATOR for another project.',
  })
  async revokeApiKey(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID, description: 'The key’s id, key_….' }) id: string,
  ): Promise<DeletedModel | Problem> {
    return (await this.keys.revoke(caller, id)) ?? { id };
  }
}
