import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { newId, uuidOf } from '../common/ids.js';
import { type Problem, problem } from '../common/problem.js';
import { isCidr } from '../config/config.js';
import { Database } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { forbidden } from '../graphql/errors.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { insertApiKey } from './inserts.js';
import { type Caller } from './caller.js';
import { nameProblem } from './names.js';
import { ProjectRows } from './project-rows.js';
import { ProjectsService } from './projects.service.js';
import { SCOPES, type Scope } from './scopes.js';
import { hashOf, newSecret, prefixOf } from './secret.js';

const MOST_NETWORKS = 64;

export interface NewApiKey {
  /** The public id of another project; null is the caller's own. */
  readonly projectId: string | null;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly allowedIps: readonly string[];
  readonly expiresAt: Date | null;
}

/** Keys: ADMIN looks after those of its own project, OPERATOR after those of the others. */
@Injectable()
export class ApiKeysService {
  private readonly rows: ProjectRows<ApiKeyEntity>;

  constructor(
    private readonly database: Database,
    private readonly signals: Signals,
    private readonly projects: ProjectsService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.rows = new ProjectRows(database, ApiKeyEntity);
  }

  /** Those that are not revoked, oldest first; none for a project that the caller does not see. */
  async list(caller: Caller, project: string | null): Promise<ApiKeyEntity[]> {
    const projectId = await this.projectOf(caller, project);
    return projectId ? this.rows.all(projectId, (query) => query.andWhere('row.revokedAt is null')) : [];
  }

  /** The key that is calling. */
  async own(caller: Caller): Promise<ApiKeyEntity> {
    const row = await this.rows.find(caller.projectId, caller.apiKeyId);
    if (!row) throw new Error('The key of a call has no row.');
    return row;
  }

  /** Revoked ones too; null for one that the caller does not see. */
  async find(caller: Caller, id: string): Promise<ApiKeyEntity | null> {
    const sees = id === caller.apiKeyId || caller.scopes.has('ADMIN');
    return sees ? this.rows.find(caller.projectId, id) : null;
  }

  /** The secret is in the answer and nowhere else. */
  async create(caller: Caller, input: NewApiKey): Promise<{ row: ApiKeyEntity; secret: string } | Problem> {
    const projectId = await this.projectOf(caller, input.projectId);
    if (!projectId) return problem('NOT_FOUND', 'There is no project of that id.', 'projectId');
    const now = this.clock.now();
    const wrong =
      nameProblem(input.name) ??
      (await this.scopesProblem(caller, projectId, input.scopes)) ??
      otherProblem(input, now);
    if (wrong) return wrong;
    const secret = newSecret();
    const row: ApiKeyEntity = {
      projectId,
      id: newId(),
      name: input.name,
      prefix: prefixOf(secret),
      hash: hashOf(secret),
      scopes: inOrder(input.scopes),
      allowedIps: [...input.allowedIps],
      expiresAt: input.expiresAt,
      lastUsedAt: null,
      revokedAt: null,
      createdAt: now,
    };
    await insertApiKey(this.database, row);
    return { row, secret };
  }

  /** From when this answers the key admits nobody, in no process; its open connections are closed. */
  async revoke(caller: Caller, id: string): Promise<Problem | null> {
    const keyId = uuidOf('key', id);
    const [revoked] = await this.database.rows<{ id: string }>(
      `update api_keys set revoked_at = coalesce(revoked_at, $1)
        where id = $2 and (project_id = $3 and $4 or project_id <> $3 and $5) returning id`,
      [this.clock.now(), keyId, caller.projectId, caller.scopes.has('ADMIN'), caller.scopes.has('OPERATOR')],
    );
    if (!revoked) return problem('NOT_FOUND', 'There is no key of that id.', 'id');
    this.signals.tell('keys', [revoked.id]);
    return null;
  }

  /** The project that is meant; null for one that the caller does not see. */
  private async projectOf(caller: Caller, id: string | null): Promise<string | null> {
    const projectId = id === null ? caller.projectId : uuidOf('prj', id);
    if (projectId === caller.projectId) {
      if (!caller.scopes.has('ADMIN')) throw forbidden('The key lacks the scope ADMIN.');
      return projectId;
    }
    return projectId && ((await this.projects.find(caller, projectId))?.id ?? null);
  }

  private async scopesProblem(caller: Caller, projectId: string, scopes: readonly Scope[]): Promise<Problem | null> {
    if (scopes.length === 0) return problem('INVALID_INPUT', 'Give at least one scope.', 'scopes');
    const lacking = inOrder(scopes).filter((scope) => !caller.scopes.has(scope));
    if (lacking.length > 0) {
      return problem('INVALID_INPUT', `A key gives no scope that it lacks: ${lacking.join(', ')}.`, 'scopes');
    }
    // Who holds OPERATOR is of the first project.
    if (scopes.includes('OPERATOR') && projectId !== caller.projectId) {
      return problem('INVALID_INPUT', 'Only keys of the first project can hold OPERATOR; leave it out.', 'scopes');
    }
    return null;
  }
}

function otherProblem({ allowedIps, expiresAt }: NewApiKey, now: Date): Problem | null {
  if (allowedIps.length > MOST_NETWORKS) {
    return problem(
      'INVALID_INPUT',
      `At most ${MOST_NETWORKS} networks; join neighbours into larger blocks.`,
      'allowedIps',
    );
  }
  const wrong = allowedIps.findIndex((block) => !isCidr(block));
  if (wrong >= 0) {
    return problem('INVALID_INPUT', 'Not an address or a CIDR block, such as 203.0.113.0/24.', `allowedIps.${wrong}`);
  }
  if (expiresAt && expiresAt <= now) {
    return problem('INVALID_INPUT', 'That time has passed; give one in the future.', 'expiresAt');
  }
  return null;
}

/** Each once, in the order of the list. */
const inOrder = (scopes: readonly Scope[]): Scope[] =>
  (Object.keys(SCOPES) as Scope[]).filter((scope) => scopes.includes(scope));
