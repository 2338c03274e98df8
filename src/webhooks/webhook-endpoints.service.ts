import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';
import { CONFIG, type Config } from '../config/config.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type EventType } from '../events/event-types.js';
import { checkUrl } from '../http/address-guard.js';
import { type Caller } from '../projects/caller.js';
import { EndpointSecretsVault } from './endpoint-secrets.js';
import { EndpointStore, type WebhookEndpoint } from './endpoint-store.js';

export interface EndpointInput {
  readonly url: string;
  readonly eventTypes?: readonly EventType[] | null;
}

/** What is left out, or null, stays. */
export interface EndpointPatch {
  readonly url?: string | null;
  readonly eventTypes?: readonly EventType[] | null;
  readonly enabled?: boolean | null;
}

/** A secret is in an answer once, when it is made. */
export interface EndpointWithSecret {
  readonly endpoint: WebhookEndpoint;
  readonly secret: string;
}

export const NO_ENDPOINT = (field: string): Problem =>
  problem('NOT_FOUND', 'No webhook endpoint of that id exists in this project.', field);

/** Where the merchant's own systems hear of events: made, changed, given another secret, deleted. */
@Injectable()
export class WebhookEndpoints {
  constructor(
    private readonly database: Database,
    private readonly store: EndpointStore,
    private readonly secrets: EndpointSecretsVault,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'allowPrivateUrls'>,
  ) {}

  async create(caller: Caller, { url, eventTypes }: EndpointInput): Promise<EndpointWithSecret | Problem> {
    const wrong = await this.urlProblem(url);
    if (wrong) return wrong;
    const { projectId } = caller;
    const row: WebhookEndpoint = {
      ...{ projectId, id: newId(), url, eventTypes: unique(eventTypes), enabled: true, disabledReason: null },
      ...{ secrets: Buffer.alloc(0), secretsKey: '', previousUntil: null },
      ...{ hearsAfter: '0', hearsUntil: null, failingSince: null, slowSteps: 0, slowUntil: null },
      ...{ version: 1, sequence: 0, createdAt: this.clock.now(), deletedAt: null },
    };
    const secret = this.secrets.give(row);
    await this.database.transaction(async (sql) => {
      row.hearsAfter = await this.log.end(sql);
      await this.store.insert(sql, row);
    });
    this.changed(row);
    return { endpoint: row, secret };
  }

  async update(caller: Caller, id: string | null, patch: EndpointPatch): Promise<WebhookEndpoint | Problem> {
    const wrong = patch.url == null ? null : await this.urlProblem(patch.url);
    if (wrong) return wrong;
    return this.change(caller.projectId, id, async (row, sql, now) => {
      row.url = patch.url ?? row.url;
      if (patch.eventTypes) row.eventTypes = unique(patch.eventTypes);
      // Whoever moves it, or says that it is on, wants it called: what it did before is no more held against it.
      if (patch.url != null || patch.enabled === true)
        Object.assign(row, { failingSince: null, slowSteps: 0, slowUntil: null });
      if (patch.enabled === true && !row.enabled) await this.store.switchOn(sql, row, now);
      if (patch.enabled === false && row.enabled) await this.store.switchOff(sql, row, null);
      row.version++;
    });
  }

  async rotateSecret(caller: Caller, id: string | null): Promise<EndpointWithSecret | Problem> {
    let secret = '';
    const endpoint = await this.change(caller.projectId, id, (row, _sql, now) => {
      secret = this.secrets.rotate(row, now);
    });
    return isProblem(endpoint) ? endpoint : { endpoint, secret };
  }

  /** Retires it: gone from lists, called no more, its secrets destroyed, still answered by its deliveries. */
  async remove(caller: Caller, id: string | null): Promise<{ id: string } | Problem> {
    return this.change(caller.projectId, id, async (row, sql, now) => {
      Object.assign(row, { deletedAt: now, enabled: false, secrets: Buffer.alloc(0), previousUntil: null });
      row.version++;
      await this.giveUp(sql, row);
      await sql.rows(
        `update webhook_replays set spread = true, done = count, finished_at = $3
          where project_id = $1 and endpoint_id = $2 and finished_at is null`,
        [row.projectId, row.id, now],
      );
      // What the fan-out is making this moment: waits for that, and nothing is made for it after.
      await this.store.holdFanOut(sql);
      await this.giveUp(sql, row);
    });
  }

  private async giveUp(sql: Sql, { id }: WebhookEndpoint): Promise<void> {
    await sql.rows(
      `update webhook_deliveries set status = 'FAILED', next_attempt_at = null, lease_until = null
        where endpoint_id = $1 and status = 'PENDING'`,
      [id],
    );
  }

  private async urlProblem(url: string): Promise<Problem | null> {
    if (unstorableAt(url) !== null)
      return problem('INVALID_INPUT', 'It holds a NUL byte or half a character; take it out.', 'url');
    const wrong = await checkUrl(url, this.config.allowPrivateUrls);
    return wrong === null ? null : problem('UNSAFE_URL', wrong, 'url');
  }

  private async change(
    projectId: string,
    id: string | null,
    change: (row: WebhookEndpoint, sql: Sql, now: Date) => void | Promise<void>,
  ): Promise<WebhookEndpoint | Problem> {
    const changed = await this.database.transaction(async (sql) => {
      const [row] = id === null ? [] : await this.store.lock(sql, [projectId], [id]);
      if (!row) return NO_ENDPOINT('id');
      await change(row, sql, this.clock.now());
      await this.store.save(sql, row);
      return row;
    });
    if (!isProblem(changed)) this.changed(changed);
    return changed;
  }

  private changed({ id }: WebhookEndpoint): void {
    this.signals.tell('endpoints', [id]);
  }
}

const unique = (types: readonly EventType[] | null | undefined): EventType[] => [...new Set(types ?? [])];
