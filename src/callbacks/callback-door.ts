import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { Database, isRefusedByServer } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { CallbackAccounts } from '../providers/callback-accounts.js';
import { type RawRequest, type Reply } from '../providers/ports/callbacks.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { Collector } from '../queue/collector.js';
import { countCallback } from './callback-metrics.js';

const WARNED_EVERY_MS = MINUTE;

interface Kept {
  readonly projectId: string;
  readonly accountId: string;
  readonly request: RawRequest;
  readonly proven: string | null;
}

const NOT_HERE: Reply = {
  status: 404,
  contentType: 'application/json',
  body: '{"error":"There is nothing at this address."}',
};

/** Where providers knock: what is genuine is stored byte for byte and answered after the commit, and read later by a job. */
@Injectable()
export class CallbackDoor {
  private readonly logger = new Logger(CallbackDoor.name);
  private readonly warnedUntil = new Map<string, Date>();
  private readonly collector = new Collector((kept: readonly Kept[]) => this.store(kept), isRefusedByServer);

  constructor(
    private readonly database: Database,
    private readonly accounts: CallbackAccounts,
    private readonly pool: ProviderPool,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async receive(callbackKey: string, request: RawRequest): Promise<Reply> {
    const account = await this.accounts.find(callbackKey);
    const callbacks = account && this.pool.of(account).callbacks;
    if (!account || !callbacks?.topics.includes(request.topic)) {
      countCallback(account?.kind ?? 'unknown', 'nobody');
      return NOT_HERE;
    }
    const admission = callbacks.admit(request);
    countCallback(account.kind, admission.verdict);
    if (admission.verdict === 'refuse') this.warn(account, request.topic, admission.reason);
    if (admission.verdict === 'keep') {
      const headers = withoutSecrets(request.headers, admission.proof);
      await this.collector.add({
        projectId: account.projectId,
        accountId: account.id,
        request: { ...request, headers },
        proven: admission.proven ?? null,
      });
    }
    return admission.reply;
  }

  /** A secret that was mistyped in one of the two places looks like this. Now and then, not for each one that comes. */
  private warn({ id: accountId, kind }: ProviderAccount, topic: string, reason: string): void {
    const now = this.clock.now();
    if ((this.warnedUntil.get(accountId) ?? now) > now) return;
    this.warnedUntil.set(accountId, later(now, WARNED_EVERY_MS));
    this.logger.warn({ accountId, kind, topic, reason }, 'A callback was refused; `reason` says why.');
  }

  idle(): Promise<void> {
    return this.collector.idle();
  }

  private async store(kept: readonly Kept[]): Promise<readonly void[]> {
    const now = this.clock.now();
    await this.database.rows(
      `insert into callbacks (project_id, id, account_id, topic, method, headers, body, proven, received_at, due_at, misses, unmatched)
       select project_id, id, account_id, topic, method, headers, decode(body, 'base64'), proven, $2, $2, 0, false
         from json_to_recordset($1) as n (project_id uuid, id uuid, account_id uuid, topic text, method text, headers json, body text,
           proven text)`,
      [
        JSON.stringify(
          kept.map(({ projectId, accountId, request, proven }) => ({
            project_id: projectId,
            id: newId(),
            account_id: accountId,
            topic: request.topic,
            method: request.method,
            headers: request.headers,
            body: request.body.toString('base64'),
            proven,
          })),
        ),
        now,
      ],
    );
    this.signals.tell('callbacks', [...new Set(kept.map(({ accountId }) => accountId))]);
    return kept.map(() => undefined);
  }
}

/** The proof was checked at the door; what proves is a secret and is not kept. */
function withoutSecrets(headers: RawRequest['headers'], proof: readonly string[] = []): RawRequest['headers'] {
  const secret = new Set(['authorization', 'cookie', ...proof]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secret.has(name)));
}
