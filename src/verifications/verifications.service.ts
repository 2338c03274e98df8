import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { type Problem, problem } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';
import { Database, type Sql } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type Caller } from '../projects/caller.js';
import { decide, type VerificationChange, NO_VERIFICATION } from './verification.decide.js';
import { countVerification } from './verification-metrics.js';
import { timerAfterEnd, type Verification, verificationEvent } from './verification-row.js';
import { VerificationSecrets } from './verification-secrets.js';
import { VerificationStore } from './verification-store.js';

/** Does what a caller wants of a verification that was started. */
@Injectable()
export class VerificationsService {
  private readonly logger = new Logger(VerificationsService.name);

  constructor(
    private readonly database: Database,
    private readonly store: VerificationStore,
    private readonly secrets: VerificationSecrets,
    private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Checks a code against all that were sent for it. Five wrong ones fail it; the right one again answers the same. */
  async check(caller: Caller, id: string | null, code: string): Promise<Verification | Problem> {
    if (unstorableAt(code) !== null)
      return problem('INVALID_INPUT', 'It holds a NUL byte or half a character; take it out.', 'code');
    return this.change(caller.projectId, id, async (sql, row) => {
      const steps = await this.store.stepsOf(sql, row.projectId, row.id);
      const codes = steps.filter(({ method }) => method === 'CODE');
      if (codes.length === 0) return NO_CODE_SENT;
      const digits = code.replace(/[\s-]/g, '');
      // All of them, whichever is right, so that the time tells nothing.
      const right = codes.map(({ secretHash }) => this.secrets.isRight(row.id, digits, secretHash)).includes(true);
      return { kind: 'check', right };
    });
  }

  async cancel(caller: Caller, id: string | null): Promise<Verification | Problem> {
    return this.change(caller.projectId, id, async () => ({ kind: 'cancel' }));
  }

  private async change(
    projectId: string,
    id: string | null,
    wish: (sql: Sql, row: Verification) => Promise<VerificationChange | Problem>,
  ): Promise<Verification | Problem> {
    if (id === null) return NO_VERIFICATION;
    const answer = await this.database.transaction(async (sql) => {
      const row = await this.store.take(sql, projectId, id);
      if (!row?.told) return NO_VERIFICATION;
      const change = await wish(sql, row);
      if (!('kind' in change)) return change;
      const now = this.clock.now();
      const decision = decide(row, change, now);
      if (decision.status === null && decision.checksLeft === row.checksLeft) return decision.problem ?? row;
      row.checksLeft = decision.checksLeft;
      if (decision.status === null) {
        await this.store.save(sql, row);
        return decision.problem ?? row;
      }
      const { status } = decision;
      this.logger.debug({ verificationId: row.id, status }, 'A verification was settled.');
      Object.assign(row, { status, timerAt: timerAfterEnd(row, now) });
      if (status === 'VERIFIED') row.verifiedAt = now;
      if (status === 'FAILED') row.problem = decision.problem;
      const event = verificationEvent(row, `VERIFICATION_${status}`, status === 'EXPIRED' ? row.expiresAt : now, now);
      await this.store.save(sql, row);
      await this.log.append(sql, [event]);
      if (status !== 'CANCELED') countVerification(COUNTED[status], row.method);
      return decision.problem ?? row;
    });
    this.log.announce();
    return answer;
  }
}

const COUNTED = { VERIFIED: 'verified', EXPIRED: 'expired', FAILED: 'failed' } as const;

const NO_CODE_SENT = problem(
  'INVALID_TRANSITION',
  'No code was sent for it: the person proves the number by sending a message, which needs no check.',
  'id',
);
