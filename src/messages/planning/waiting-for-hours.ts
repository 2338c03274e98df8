import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CLOCK, type Clock, earlier } from '../../common/clock.js';
import { Database } from '../../database/database.js';
import { Signals } from '../../database/signals.js';
import { ProjectsService } from '../../projects/projects.service.js';
import { type QuietHours } from '../../projects/quiet-hours.js';
import { mayLeaveAt } from './quiet-hours.js';

/** Those that wait for one moment are sorted for each page: few large ones. */
const PAGE = 50_000;
/** Rows that are written by one statement, and whose persons' zones are found without letting go of the process. */
const BATCH = 2_000;

interface Waiting {
  readonly id: string;
  readonly person: string;
  readonly scheduledAt: Date | null;
  readonly expiresAt: Date | null;
  readonly timerAt: Date;
}

/**
 * Lets the messages that wait for quiet hours follow new ones. A help and no guard: a message is judged again at its turn, so
 * one that is missed here leaves late at worst. What waits at the change of hours is counted in thousands, and a change is rare;
 * so it walks along the index of what time moves, of all projects, once.
 */
@Injectable()
export class WaitingForHours implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly projects: ProjectsService,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.projects.whenQuietHoursChange(async (projectId, hours) => {
      await this.moveScheduled(projectId, hours);
      await this.judgeQueued(projectId);
    });
  }

  /** Those that were accepted outside the hours: SCHEDULED, and not, or no longer, for a time that the caller named. */
  private async moveScheduled(projectId: string, hours: QuietHours | null): Promise<void> {
    const now = this.clock.now();
    for (let after: Waiting | undefined, more = true; more;) {
      const found: Waiting[] = await this.database.rows<Waiting>(
        `select id, person, scheduled_at as "scheduledAt", expires_at as "expiresAt", timer_at as "timerAt" from messages
          where timer_at is not null and timer_at >= $2 and (timer_at > $2 or id > $3) and project_id = $1
            and status = 'SCHEDULED' and (scheduled_at is null or scheduled_at < timer_at)
          order by timer_at, id limit ${PAGE}`,
        [projectId, after?.timerAt ?? now, after?.id ?? NO_ID],
      );
      for (let at = 0; at < found.length; at += BATCH) {
        await this.move(projectId, found.slice(at, at + BATCH), (message) => {
          const asked = message.scheduledAt && message.scheduledAt > now ? message.scheduledAt : now;
          return mayLeaveAt(message.person, hours, asked) ?? asked;
        });
      }
      after = found.at(-1);
      more = found.length === PAGE;
    }
  }

  private async move(projectId: string, found: readonly Waiting[], leaves: (message: Waiting) => Date): Promise<void> {
    const moved = found.flatMap((message) => {
      const timerAt = earlier(leaves(message), message.expiresAt);
      return timerAt?.getTime() === message.timerAt.getTime() ? [] : { ...message, projectId, to: timerAt };
    });
    if (moved.length === 0) return;
    await this.database.rows(
      // Who is at a message in this moment moves it on; waiting for him in another order than his would be a deadlock.
      `with free as (
         select m.project_id, m.id, n.timer_at from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) n (project_id, id, timer_at)
           join messages m on m.project_id = n.project_id and m.id = n.id
          where m.status = 'SCHEDULED' for update of m skip locked)
       update messages m set timer_at = free.timer_at from free where m.project_id = free.project_id and m.id = free.id`,
      [moved.map((one) => one.projectId), moved.map(({ id }) => id), moved.map(({ to }) => to)],
    );
  }

  /** Those that were put off at their turn: they get it again, and are put off again where the new hours say so too. */
  private async judgeQueued(projectId: string): Promise<void> {
    const now = this.clock.now();
    for (let more = true; more;) {
      const put = await this.database.rows<{ accountId: string }>(
        `with put_off as (
           select m.project_id, m.id from provider_accounts a cross join lateral (
             select project_id, id from messages
              where account_id = a.id and project_id = a.project_id and due_at is not null and due_at > $2 and open_attempt is null
                and deferrals = 0 and deferred_since is null and unconfirmed_since is null
              limit ${BATCH} for update skip locked) m
            where a.project_id = $1)
         update messages m set due_at = $2 from put_off where m.project_id = put_off.project_id and m.id = put_off.id
         returning m.account_id as "accountId"`,
        [projectId, now],
      );
      if (put.length > 0) this.signals.tell('messages', [...new Set(put.map(({ accountId }) => accountId))]);
      more = put.length >= BATCH;
    }
  }
}

const NO_ID = '00000000-0000-0000-0000-000000000000';
