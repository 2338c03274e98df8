import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, earlier, later, SECOND } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { isProblem } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { MessageProgress } from '../messages/message-progress.js';
import { type MessageKey, MessageSecrets } from '../messages/message-secrets.service.js';
import { Rounds } from '../queue/rounds.js';
import { PursueVerification } from './pursue-verification.js';
import { START_LEASE_MS } from './start-reservations.js';
import { StartVerifications } from './start-verifications.js';
import { countVerification } from './verification-metrics.js';
import { decide } from './verification.decide.js';
import { type Verification, VERIFICATION_COLUMNS, verificationEvent } from './verification-row.js';
import { VerificationStore } from './verification-store.js';

const POLL_MS = SECOND;
const BATCH = 100;

/**
 * What happens to verifications by time alone: they expire, codes that are of no use any more are forgotten, calls that brought no answer are
 * made again, and what a start left behind whose process died is taken away.
 * Every worker looks; the row's lock lets one of them act.
 */
@Injectable()
export class VerificationTimers {
  private readonly logger = new Logger(VerificationTimers.name);
  private readonly retrying = new Set<Promise<void>>();
  private readonly rounds: Rounds;

  constructor(
    private readonly database: Database,
    private readonly store: VerificationStore,
    private readonly starts: StartVerifications,
    private readonly pursuit: PursueVerification,
    private readonly secrets: MessageSecrets,
    private readonly messages: MessageProgress,
    private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.rounds = new Rounds(
      clock,
      POLL_MS,
      () => this.round(),
      (error) => this.logger.error(fault(error)),
    );
  }

  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
    await Promise.all(this.retrying);
  }

  private async round(): Promise<void> {
    while (!this.rounds.isStopping && (await this.due()) === BATCH);
  }

  private async due(): Promise<number> {
    const { taken, again, unsent } = await this.database.transaction(async (sql) => {
      const now = this.clock.now();
      const rows = await sql.rows<Verification>(
        `select ${VERIFICATION_COLUMNS} from verifications v
          where timer_at <= $1 order by timer_at limit ${BATCH} for update skip locked`,
        [now],
      );
      const lost = rows.filter(({ told }) => !told);
      const over = rows.filter(({ told, expiresAt }) => told && expiresAt <= now);
      const early = rows.filter(({ told, expiresAt }) => told && expiresAt > now);
      const settled = early.filter(({ status }) => status !== 'PENDING');
      const again = early.filter(({ status }) => status === 'PENDING');
      for (const row of lost) await this.store.remove(sql, row.projectId, row.id);
      await this.secrets.forgetAll(sql, await this.store.codeMessagesOf(sql, over));
      const unsent = await this.forgetSettled(sql, settled);
      // Where that call is not made, or its process dies, the expiry is on time all the same.
      for (const row of again) row.timerAt = earlier(later(now, START_LEASE_MS), row.expiresAt);
      const events = over.flatMap((row) => expire(row, now));
      await this.store.save(sql, ...over, ...early);
      await this.log.append(sql, events);
      return { taken: rows.length, again, unsent };
    });
    if (taken > 0) this.log.announce();
    for (const row of again) this.track(this.retry(row));
    // A code that opens nothing any more is not sent.
    await this.messages.addAll(
      unsent.map(({ projectId, id: messageId }) => ({ projectId, messageId, change: { kind: 'cancel' } })),
    );
    return taken;
  }

  /** Codes of what is settled are forgotten; one whose message may still leave, which is answered, waits for the expiry. */
  private async forgetSettled(sql: Sql, settled: readonly Verification[]): Promise<MessageKey[]> {
    const messages = await this.store.codeMessagesOf(sql, settled);
    const unsent = await this.secrets.forget(sql, messages);
    const open = new Set(unsent.map(({ id }) => id));
    const waiting = new Set(messages.filter(({ id }) => open.has(id)).map(({ verificationId }) => verificationId));
    for (const row of settled) row.timerAt = waiting.has(row.id) ? row.expiresAt : null;
    return unsent;
  }

  /** Makes the call again that brought no answer. */
  private async retry(row: Verification): Promise<void> {
    const ways = await this.starts.waysOn(row);
    const steps = await this.store.stepsOf(this.database, row.projectId, row.id);
    const open = steps.filter(({ method, providerReference }) => method === 'SENDTALK' && providerReference === null);
    // Where no way is left it has until its time is over for one to come back.
    if (!isProblem(ways)) await this.pursuit.pursue(row, ways, 'retry', open);
  }

  private track(retry: Promise<void>): void {
    const tracked = retry
      .catch((error: unknown) => this.logger.error(fault(error)))
      .finally(() => this.retrying.delete(tracked));
    this.retrying.add(tracked);
  }
}

/** Ends what is still waited for; whatever became of it, nothing is to be done with it by time any more. */
function expire(row: Verification, now: Date): NewEvent[] {
  row.timerAt = null;
  const { status } = decide(row, { kind: 'due' }, now);
  if (status === null) return [];
  row.status = status;
  countVerification('expired', row.method);
  return [verificationEvent(row, 'VERIFICATION_EXPIRED', row.expiresAt, now)];
}
