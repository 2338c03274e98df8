import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database, leftNothing, type Sql } from '../database/database.js';
import { type Caller } from '../projects/caller.js';
import { bindKeys, boundTo } from '../projects/idempotency-keys.js';
import { Collector } from '../queue/collector.js';
import { AbuseLimits } from './abuse-limits.js';
import { type Start } from './start-input.js';
import { type VerificationMethod } from './verification.status.js';
import { type Verification } from './verification-row.js';
import { VerificationStore } from './verification-store.js';

/** Wrong codes that are taken. */
const CHECKS = 5;
/** A start that takes longer lost its process; what it had begun is taken away again (verification-timers.ts). */
export const START_LEASE_MS = 30 * SECOND;
const OPERATION = 'startVerification';
/** So many share one commit, and hold the project's turn for as long. */
const LARGEST_BATCH = 50;

interface Wish {
  readonly caller: Caller;
  readonly start: Start;
  readonly method: VerificationMethod;
}

/** A row of one's own, or the id of the one that the key was answered with or is about to be. */
export type Reserved =
  { readonly isNew: true; readonly verification: Verification } | { readonly isNew: false; readonly id: string };

/**
 * Makes the rows of starts, of which nobody is told yet, unless a limit or the key says otherwise. Starts of one project go
 * one by one over all processes, and in a process those that arrive together share a connection: however many are started,
 * or refused, other work finds one.
 */
@Injectable()
export class StartReservations {
  private readonly collectors = new Map<string, Collector<Wish, Reserved | Problem>>();

  constructor(
    private readonly database: Database,
    private readonly store: VerificationStore,
    private readonly limits: AbuseLimits,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  reserve(caller: Caller, start: Start, method: VerificationMethod): Promise<Reserved | Problem> {
    const { projectId } = caller;
    const collector =
      this.collectors.get(projectId) ??
      new Collector((wishes: readonly Wish[]) => this.reserveAll(projectId, wishes), leftNothing, LARGEST_BATCH);
    this.collectors.set(projectId, collector);
    return collector.add({ caller, start, method });
  }

  /** The id of the verification that the key was answered with, or is about to be. */
  async before(projectId: string, start: Start, sql: Sql = this.database): Promise<string | Problem | null> {
    const { idempotency } = start;
    if (!idempotency) return null;
    const bound = await boundTo(sql, OPERATION, projectId, idempotency.key, this.clock.now());
    if (!bound) return null;
    return idempotency.hash.equals(bound.inputHash) ? bound.id : CONFLICT;
  }

  private reserveAll(projectId: string, wishes: readonly Wish[]): Promise<(Reserved | Problem)[]> {
    return this.database.transaction(async (sql) => {
      // Of two calls with one key the second finds what the first has bound, and none slips past a limit beside another.
      await this.limits.oneByOne(sql, projectId);
      const reserved: (Reserved | Problem)[] = [];
      for (const wish of wishes) reserved.push(await this.reserveOne(sql, wish));
      return reserved;
    });
  }

  private async reserveOne(sql: Sql, { caller, start, method }: Wish): Promise<Reserved | Problem> {
    const { projectId, apiKeyId } = caller;
    const before = await this.before(projectId, start, sql);
    if (isProblem(before)) return before;
    if (before !== null) return { isNew: false, id: before };
    const now = this.clock.now();
    const limited = await this.limits.problem(sql, { ...start, projectId, apiKeyId }, now);
    if (limited) return limited;
    const verification = newVerification(caller, start, method, now);
    await this.store.insert(sql, verification);
    if (start.idempotency) await bindKeys(sql, OPERATION, [{ ...verification, idempotency: start.idempotency }], now);
    return { isNew: true, verification };
  }
}

function newVerification(caller: Caller, start: Start, method: VerificationMethod, now: Date): Verification {
  const { phone, prefix, language, appUrl, reference, endUserAddress } = start;
  return {
    ...{ projectId: caller.projectId, id: newId(), apiKeyId: caller.apiKeyId },
    ...{ phone, prefix, language, appUrl, reference, endUserAddress, method },
    ...{ chosenMethod: start.method, chosenAccount: start.accountId },
    ...{ status: 'PENDING', told: false, steps: 0, sequence: 0, problem: null, verifiedAt: null },
    ...{ checksLeft: CHECKS, sends: 1, sentAt: now, refusals: 0 },
    timerAt: later(now, START_LEASE_MS),
    expiresAt: later(now, start.expiryMinutes * 60 * SECOND),
    createdAt: now,
  };
}

const CONFLICT = problem(
  'IDEMPOTENCY_CONFLICT',
  'The key was used within 7 days for another verification: use a new key, or the same input.',
  'idempotencyKey',
);
