import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE } from '../../common/clock.js';
import { Database } from '../../database/database.js';
import { AccountCalls } from '../../providers/account-calls.service.js';
import { type AccountInHand } from '../../providers/account-store.js';
import { passage } from '../../providers/breaker.js';
import { type Claim } from '../../queue/lanes.js';

/** A message that leaves sooner probes better than a question: the longest pause between its tries. */
const SOON_MS = 5 * MINUTE;

/**
 * Probes accounts whose breaker is to be tried and for which no message waits: sends are routed around them, so without
 * this they would never be found to work again.
 */
@Injectable()
export class IdleProbes {
  constructor(
    private readonly database: Database,
    private readonly calls: AccountCalls,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The probe of an account for which nothing was claimed; null where there is nothing to probe. */
  async claim(account: AccountInHand): Promise<Claim | null> {
    const now = this.clock.now();
    if (!account.enabled || account.stoppedAt || passage(account, now).kind !== 'probe') return null;
    const waiting = await this.database.rows(
      'select 1 from messages m where m.account_id = $1 and m.due_at is not null and m.due_at <= $2 limit 1',
      [account.id, later(now, SOON_MS)],
    );
    if (waiting.length > 0 || !(await this.calls.takeProbe(account.id))) return null;
    return { work: () => this.calls.probeByTest(account) };
  }
}
