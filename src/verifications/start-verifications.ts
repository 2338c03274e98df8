import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type Caller } from '../projects/caller.js';
import { readUntil } from '../queue/read-until.js';
import { AbuseLimits } from './abuse-limits.js';
import { COOL_DOWN_MS } from './cool-down.js';
import { PursueVerification } from './pursue-verification.js';
import { readStart, type StartInput } from './start-input.js';
import { START_LEASE_MS, StartReservations } from './start-reservations.js';
import { type VerificationMethod, METHODS_IN_ORDER } from './verification.status.js';
import { tooLate, NO_VERIFICATION } from './verification.decide.js';
import { type Verification } from './verification-row.js';
import { VerificationStore } from './verification-store.js';
import { VerificationWays, type Way } from './verification-ways.js';

/** How often one is sent in all: the rest of its time would be enough for a code a minute. */
const MOST_SENDS = 5;
/** A second call with the key of one that is under way waits for it (interface.md, Idempotency). */
const WAIT_MS = 15 * SECOND;

/** Starts verifications, and sends again what proves them. */
@Injectable()
export class StartVerifications {
  constructor(
    private readonly database: Database,
    private readonly store: VerificationStore,
    private readonly ways: VerificationWays,
    private readonly reservations: StartReservations,
    private readonly limits: AbuseLimits,
    private readonly pursuit: PursueVerification,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Answers when a person has something to prove their number by, or after 15 s without: then that follows. */
  async start(caller: Caller, input: StartInput): Promise<Verification | Problem> {
    const start = readStart(input, caller);
    if (isProblem(start)) return start;
    const before = await this.reservations.before(caller.projectId, start);
    if (isProblem(before)) return before;
    const known = before && (await this.whenTold(caller.projectId, before));
    // One that was refused meanwhile has freed its key: this call is the first one then.
    if (known) return known;
    const ways = await this.ways.of({ ...start, projectId: caller.projectId });
    if (isProblem(ways)) return ways;
    const [first] = ways;
    const reserved = await this.reservations.reserve(caller, start, (first as Way).method);
    if (isProblem(reserved)) return reserved;
    if (reserved.isNew) return this.pursuit.pursue(reserved.verification, ways, 'start');
    return (await this.whenTold(caller.projectId, reserved.id)) ?? this.start(caller, input);
  }

  /** Begins another step by the same method; where the choice is ours those after it take over from one that fails. */
  async resend(caller: Caller, id: string | null): Promise<Verification | Problem> {
    const claimed = await this.claimResend(caller.projectId, id);
    if (isProblem(claimed)) return claimed;
    const { verification, ways } = claimed;
    return this.pursuit.pursue(verification, ways, 'resend');
  }

  /** The ways in which a verification that was started goes on. */
  waysOn({
    projectId,
    method,
    chosenMethod,
    chosenAccount,
    language,
  }: Verification): Promise<readonly Way[] | Problem> {
    const wanted = { projectId, method: chosenMethod, accountId: chosenAccount, language };
    return this.ways.of(wanted).then((ways) => (isProblem(ways) ? ways : from(ways, method)));
  }

  private async claimResend(
    projectId: string,
    id: string | null,
  ): Promise<{ readonly verification: Verification; readonly ways: readonly Way[] } | Problem> {
    const found = id === null ? null : await this.store.find(projectId, id);
    if (!found?.told) return NO_VERIFICATION;
    const ways = await this.waysOn(found);
    return this.database.transaction(async (sql) => {
      const row = await this.store.take(sql, projectId, found.id);
      if (!row) return NO_VERIFICATION;
      const now = this.clock.now();
      if (row.status !== 'PENDING' || row.expiresAt <= now) return tooLate(row, now);
      const free = later(row.sentAt, COOL_DOWN_MS);
      if (free > now) return tooSoon(free);
      if (row.sends >= MOST_SENDS) return SENT_ENOUGH;
      const blocked = await this.limits.blocked(sql, row, now);
      if (blocked) return blocked;
      if (isProblem(ways)) return ways;
      Object.assign(row, { sends: row.sends + 1, sentAt: now });
      await this.store.save(sql, row);
      return { verification: row, ways };
    });
  }

  /** A verification once its first answer is there; null when it was refused. */
  private async whenTold(projectId: string, id: string): Promise<Verification | Problem | null> {
    const row = await readUntil(
      { signals: this.signals, clock: this.clock, topic: 'verifications', id },
      () => this.store.find(projectId, id),
      (found) => !found || found.told,
      WAIT_MS,
    );
    return row && !row.told ? stillUnderWay(later(row.createdAt, START_LEASE_MS)) : row;
  }
}

/** Those of a method and of what comes after it. */
function from(ways: readonly Way[], method: VerificationMethod): readonly Way[] | Problem {
  const first = METHODS_IN_ORDER.indexOf(method);
  const left = ways.filter((way) => METHODS_IN_ORDER.indexOf(way.method) >= first);
  return left.length > 0 ? left : NO_WAY_LEFT;
}

const NO_WAY_LEFT = problem(
  'NO_ROUTE',
  'The account or template by which it was begun is gone: start a new verification.',
  'id',
);
const stillUnderWay = (retryAt: Date): Problem =>
  problem(
    'TOO_MANY_REQUESTS',
    'The first call with this key is still under way; call again at retryAt.',
    'idempotencyKey',
    { retryAt },
  );
const SENT_ENOUGH = problem('TOO_MANY_REQUESTS', `It was sent ${MOST_SENDS} times: start a new verification.`, 'id');
const tooSoon = (retryAt: Date): Problem =>
  problem('TOO_MANY_REQUESTS', `It may be sent again ${COOL_DOWN_MS / SECOND} s after the last time.`, 'id', {
    retryAt,
  });
