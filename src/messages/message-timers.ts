import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { Database } from '../database/database.js';
import { forgetOldKeys } from '../projects/idempotency-keys.js';
import { AccountStore } from '../providers/account-store.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type Outcome } from '../providers/ports/outcome.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { Rounds } from '../queue/rounds.js';
import { MessageQuestions } from './message-questions.js';
import { type MessageChange, MessageProgress } from './message-progress.js';
import { forgetTurns } from './claiming/person-turns.js';

const POLL_MS = SECOND;
const BATCH = 500;
/**
 * A call has 15 s and its record a moment: an attempt that is open longer lost its process. With the pause between two looks
 * another process has taken over within 30 s.
 */
export const LEASE_MS = 24 * SECOND;
/** Polls between two looks for lost calls. */
const LOST_EVERY = 2;
const KEYS_EVERY = 3_600;

interface LostCall {
  readonly projectId: string;
  readonly messageId: string;
  readonly accountId: string;
  readonly attemptId: string;
  readonly attemptNumber: number;
  readonly startedAt: Date;
}

const LOST: Outcome = {
  outcome: 'uncertain',
  failure: {
    code: 'PROVIDER_UNAVAILABLE',
    message:
      'The gateway stopped during the call: it may have been sent. A callback, resolveMessage or retryMessage settles it.',
    providerCode: null,
    providerMessage: null,
  },
};

/**
 * What happens to messages by time alone: scheduled ones are queued, late ones expire, unconfirmed ones are repeated, those
 * without news are asked after, and calls whose process died become UNCONFIRMED. Every worker looks; the row's lock lets one of them act.
 */
@Injectable()
export class MessageTimers {
  private readonly rounds: Rounds;
  private done = 0;
  private readonly logger = new Logger(MessageTimers.name);

  constructor(
    private readonly database: Database,
    private readonly progress: MessageProgress,
    private readonly store: AccountStore,
    private readonly pool: ProviderPool,
    private readonly questions: MessageQuestions,
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
    await this.questions.stop();
  }

  private async round(): Promise<void> {
    while (!this.rounds.isStopping && (await this.due()) === BATCH);
    if (this.done % LOST_EVERY === 0) await this.lostCalls();
    if (this.done % KEYS_EVERY === 0) {
      await forgetOldKeys(this.database, this.clock.now());
      await forgetTurns(this.database, this.clock.now());
    }
    this.done++;
  }

  private async due(): Promise<number> {
    const due = await this.database.rows<{ projectId: string; messageId: string }>(
      `select project_id as "projectId", id as "messageId" from messages where timer_at <= $1 order by timer_at limit ${BATCH}`,
      [this.clock.now()],
    );
    await this.apply(due.map((message) => ({ ...message, change: { kind: 'due' } })));
    return due.length;
  }

  private async lostCalls(): Promise<void> {
    const before = later(this.clock.now(), -LEASE_MS);
    const lost = await this.database.rows<LostCall>(
      `select a.project_id as "projectId", a.message_id as "messageId", a.account_id as "accountId", a.id as "attemptId",
              a.number as "attemptNumber", a.started_at as "startedAt"
         from message_attempts a join messages m on m.project_id = a.project_id and m.open_attempt = a.id and m.id = a.message_id
        where a.outcome is null and a.started_at < $1 limit ${BATCH}`,
      [before],
    );
    if (lost.length === 0) return;
    const accounts = await this.store.byIds([...new Set(lost.map(({ accountId }) => accountId))]);
    const now = this.clock.now().getTime();
    await this.apply(
      lost.map(({ projectId, messageId, accountId, attemptId, attemptNumber, startedAt }) => ({
        projectId,
        messageId,
        change: {
          kind: 'outcome',
          accountId,
          attemptId,
          attemptNumber,
          outcome: LOST,
          durationMs: now - startedAt.getTime(),
          repeatSafe: this.repeatSafe(accounts.get(accountId)),
          inquires: false,
        },
      })),
    );
  }

  private repeatSafe(account: ProviderAccount | undefined): boolean {
    if (!account || account.deletedAt) return false;
    try {
      return this.pool.of(account).messaging?.repeatSafe ?? false;
    } catch (error) {
      // One account whose secrets cannot be opened must not leave the lost calls of all others unsettled.
      this.logger.error(fault(error));
      return false;
    }
  }

  private async apply(changes: readonly MessageChange[]): Promise<void> {
    const results = await this.progress.addAll(changes);
    this.questions.askLater(results.flatMap(({ message, decision }) => (message && decision.inquire ? [message] : [])));
  }
}
