import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { Database, type Sql } from '../../database/database.js';
import { Signals } from '../../database/signals.js';
import { type AccountInHand, AccountStore } from '../../providers/account-store.js';
import { nextOnRoute } from '../state/message.route.js';
import { DUE } from './waiting-messages.js';

const BATCH = 500;
/** A queue in which nothing could be moved is read again after this: all of it is, and its account is woken for each send. */
const LOOK_AGAIN_MS = SECOND;

/** The messages of an account whose breaker is open: those that another account on their route may take go there at once. */
@Injectable()
export class DivertMessages {
  /** When nothing was found, by account. */
  private readonly lookedAt = new Map<string, Date>();

  constructor(
    private readonly database: Database,
    private readonly store: AccountStore,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Moves up to 500, the urgent ones first, and wakes their new accounts; says whether there may be more. */
  async divert(account: AccountInHand): Promise<boolean> {
    const now = this.clock.now();
    const looked = this.lookedAt.get(account.id);
    if (looked && now < later(looked, LOOK_AGAIN_MS)) return false;
    const targets = await this.database.transaction((sql) => this.move(sql, account, now));
    if (targets.length > 0) this.signals.tell('messages', [...new Set(targets)]);
    const more = targets.length === BATCH;
    if (more) this.lookedAt.delete(account.id);
    else this.lookedAt.set(account.id, now);
    return more;
  }

  /** The account of each that was moved. */
  private async move(sql: Sql, account: AccountInHand, now: Date): Promise<string[]> {
    const works = await this.working(sql, account);
    // An account that is the only one has a queue that need not be read.
    if (works.size === 0) return [];
    // Only what surely was not sent goes elsewhere, and never while a call is under way.
    const waiting = await sql.rows<{ projectId: string; id: string; route: string[] }>(
      `select m.project_id as "projectId", m.id, m.route from messages m
        where ${DUE} and m.unconfirmed_since is null and m.route && $3::uuid[]
        order by m.priority, m.due_at, m.id limit ${BATCH} for update of m skip locked`,
      [account.id, now, [...works]],
    );
    const moved = waiting.flatMap((message) => {
      const target = nextOnRoute({ ...message, accountId: account.id }, works);
      return target === undefined ? [] : [{ ...message, target }];
    });
    if (moved.length === 0) return [];
    // A new request key each: the account before may know the request by the old one.
    await sql.rows(
      `update messages m set account_id = n.account_id, request_key = n.request_key, doubts = 0
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) n (project_id, id, account_id, request_key)
        where m.project_id = n.project_id and m.id = n.id`,
      [
        moved.map(({ projectId }) => projectId),
        moved.map(({ id }) => id),
        moved.map(({ target }) => target),
        moved.map(() => newId()),
      ],
    );
    return moved.map(({ target }) => target);
  }

  /** The other accounts of the project through which messages leave now. */
  private async working(sql: Sql, { projectId, id }: AccountInHand): Promise<ReadonlySet<string>> {
    const live = await this.store.ofProject(projectId, sql);
    const working = live.filter((one) => one.id !== id && one.enabled && !one.stoppedAt && one.health !== 'DEGRADED');
    return new Set(working.map((one) => one.id));
  }
}
