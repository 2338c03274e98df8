import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { readPhone } from '../common/phone.js';
import { type Problem, problem } from '../common/problem.js';
import { Database } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type Caller } from '../projects/caller.js';
import { type OptOutEntity } from './opt-out.entity.js';

export type OptOutScope = 'MARKETING' | 'ALL';
export type OptOut = OptOutEntity;

const LONGEST_REASON = 255;
const COLUMNS = `project_id as "projectId", id, phone, scope, reason, changed_at as "changedAt", sequence`;

/** Who must not be written to. The last word of a person counts. */
@Injectable()
export class OptOutsService {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async optOut(caller: Caller, phone: string, scope: OptOutScope, reason: string | null): Promise<OptOut | Problem> {
    if (reason !== null && (reason.length > LONGEST_REASON || !reason.isWellFormed() || reason.includes('\0'))) {
      return problem('INVALID_INPUT', `A reason has at most ${LONGEST_REASON} characters.`, 'reason');
    }
    return this.set(caller, phone, scope, reason);
  }

  async optIn(caller: Caller, phone: string): Promise<OptOut | Problem> {
    return this.set(caller, phone, null, null);
  }

  /** The scopes of those of `phones` who opted out. */
  async find(projectId: string, phones: readonly string[]): Promise<Map<string, OptOutScope>> {
    const rows = await this.database.rows<{ phone: string; scope: OptOutScope }>(
      'select phone, scope from opt_outs where project_id = $1 and phone = any($2) and scope is not null',
      [projectId, phones],
    );
    return new Map(rows.map((row) => [row.phone, row.scope]));
  }

  private async set(
    caller: Caller,
    written: string,
    scope: OptOutScope | null,
    reason: string | null,
  ): Promise<OptOut | Problem> {
    const phone = readPhone(written, caller.country);
    if (phone === null)
      return problem('INVALID_PHONE_NUMBER', 'It is no phone number; write it with its country code.', 'phone');
    const now = this.clock.now();
    const kept = await this.database.transaction(async (sql) => {
      // The empty update locks the row, so that two words at once are said one after the other.
      const [known] = await sql.rows<OptOut>(
        `insert into opt_outs (project_id, id, phone, scope, reason, changed_at, sequence) values ($1, $2, $3, null, null, $4, 0)
         on conflict (project_id, phone) do update set phone = excluded.phone returning ${COLUMNS}`,
        [caller.projectId, newId(), phone, now],
      );
      if (!known || (known.scope === scope && known.reason === reason)) return known;
      const row: OptOut = { ...known, scope, reason, changedAt: now, sequence: known.sequence + 1 };
      await sql.rows(
        'update opt_outs set scope = $3, reason = $4, changed_at = $5, sequence = $6 where project_id = $1 and id = $2',
        [row.projectId, row.id, row.scope, row.reason, row.changedAt, row.sequence],
      );
      await this.log.append(sql, [
        {
          projectId: row.projectId,
          type: scope === null ? 'OPT_OUT_REMOVED' : 'OPT_OUT_ADDED',
          subjectKind: 'optOut',
          subjectId: row.id,
          sequence: row.sequence,
          occurredAt: now,
          recordedAt: now,
          data: { optOut: { phone, recipientId: null, scope, reason } },
        },
      ]);
      return row;
    });
    this.log.announce();
    return kept as OptOut;
  }
}
