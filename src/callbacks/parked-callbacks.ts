import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type LearntReference, MessageProgress } from '../messages/message-progress.js';
import { type Family } from '../providers/callback-families.js';
import { type Observation } from '../providers/ports/callbacks.js';
import { PursueVerification } from '../verifications/pursue-verification.js';
import { referenceIn } from './observations.service.js';

/** A callback that waits, with what it names. */
interface Waiting {
  readonly id: string;
  readonly observations: readonly Observation[];
}

/** Callbacks that name something unknown: found again when the answer to a call names it, or when more is told of it. */
@Injectable()
export class ParkedCallbacks {
  private readonly logger = new Logger(ParkedCallbacks.name);

  constructor(
    private readonly database: Database,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
    progress: MessageProgress,
    pursuit: PursueVerification,
  ) {
    for (const answers of [progress, pursuit])
      answers.onLearnt((references) => {
        this.wake(references).catch((error: unknown) => this.logger.error(fault(error)));
      });
  }

  /** The ids of those that are about the same things. */
  async about(sql: Sql, family: Family, observations: readonly Observation[]): Promise<string[]> {
    const keys = keysOf(family, observations);
    const parked = await sql.rows<{ id: string }>(
      `select distinct callback_id as id from parked_callbacks
        where (project_id, account_id, reference) in (select * from unnest($1::uuid[], $2::uuid[], $3::text[]))`,
      [
        keys.map(() => family.receiver.projectId),
        keys.map(({ accountId }) => accountId),
        keys.map(({ reference }) => reference),
      ],
    );
    return parked.map(({ id }) => id);
  }

  async park(sql: Sql, family: Family, waiting: readonly Waiting[]): Promise<void> {
    const rows = waiting.flatMap(({ id, observations }) =>
      keysOf(family, observations).map(({ accountId, reference }) => ({ account_id: accountId, reference, id })),
    );
    if (rows.length === 0) return;
    await sql.rows(
      `insert into parked_callbacks (project_id, account_id, reference, callback_id, parked_at)
       select $1, account_id, reference, id, $3
         from json_to_recordset($2) as n (account_id uuid, reference text, id uuid)
       on conflict do nothing`,
      [family.receiver.projectId, JSON.stringify(rows), this.clock.now()],
    );
  }

  /** Forgets those that were settled. */
  async forget(sql: Sql, family: Family, settled: readonly Waiting[]): Promise<void> {
    const keys = settled.flatMap(({ id, observations }) => keysOf(family, observations).map((key) => ({ ...key, id })));
    if (keys.length === 0) return;
    await sql.rows(
      `delete from parked_callbacks where (project_id, account_id, reference, callback_id) in
         (select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]))`,
      [
        keys.map(() => family.receiver.projectId),
        keys.map(({ accountId }) => accountId),
        keys.map(({ reference }) => reference),
        keys.map(({ id }) => id),
      ],
    );
  }

  /** Answers to calls brought ids: callbacks that came before them are due now. */
  private async wake(references: readonly LearntReference[]): Promise<void> {
    const parked = await this.database.rows<{ projectId: string; callbackId: string }>(
      `select project_id as "projectId", callback_id as "callbackId" from parked_callbacks
        where (project_id, account_id, reference) in (select * from unnest($1::uuid[], $2::uuid[], $3::text[]))`,
      [
        references.map(({ projectId }) => projectId),
        references.map(({ accountId }) => accountId),
        references.map(({ reference }) => reference),
      ],
    );
    if (parked.length === 0) return;
    const woken = await this.database.rows<{ accountId: string }>(
      `update callbacks set due_at = $3
        where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) and due_at is not null
       returning account_id as "accountId"`,
      [parked.map(({ projectId }) => projectId), parked.map(({ callbackId }) => callbackId), this.clock.now()],
    );
    const accounts = [...new Set(woken.map(({ accountId }) => accountId))];
    if (accounts.length > 0) this.signals.tell('callbacks', accounts);
  }
}

/** By what a callback is found again: what it names may be of any account of the family. */
function keysOf(
  family: Family,
  observations: readonly Observation[],
): { readonly accountId: string; readonly reference: string }[] {
  const keys = observations.flatMap((observation) => {
    const reference = referenceIn(observation);
    if (reference === null || !('mailbox' in observation)) return [];
    const accounts = family.accountsFor(observation.mailbox);
    return (accounts.length > 0 ? accounts : [family.receiver]).map(({ id }) => ({ accountId: id, reference }));
  });
  return [...new Map(keys.map((key) => [`${key.accountId} ${key.reference}`, key])).values()];
}
