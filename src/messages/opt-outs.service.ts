import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { readPhone } from '../common/phone.js';
import { type Problem, problem } from '../common/problem.js';
import { Database, type Sql } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { type Caller } from '../projects/caller.js';
import { type TemplateCategory } from '../providers/ports/templates.js';
import { type OptOutEntity } from './opt-out.entity.js';

export type OptOutScope = 'MARKETING' | 'ALL';
export type OptOut = OptOutEntity;

/** Somebody's word about being written to; scope null takes it back. */
export interface Word {
  readonly projectId: string;
  /** E.164, else the provider's own id of the person. */
  readonly person: string;
  /** That id beside the number. */
  readonly recipientId?: string;
  readonly scope: OptOutScope | null;
  readonly reason: string | null;
}

/** Whether a person's word forbids a message; `category` is null for what is no template. */
export const forbids = (scope: OptOutScope | null | undefined, category: TemplateCategory | null): boolean =>
  scope === 'ALL' || (scope === 'MARKETING' && category === 'MARKETING');

const LONGEST_REASON = 255;
const COLUMNS = `project_id as "projectId", id, phone, recipient_id as "recipientId", scope, reason,
  changed_at as "changedAt", sequence`;

/** A person known by the provider's own id alone has no plus in front. */
const phoneOf = (person: string): string | null => (person.startsWith('+') ? person : null);

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

  /** The scopes of those of `persons` who opted out. */
  async find(
    projectId: string,
    persons: readonly string[],
    sql: Sql = this.database,
  ): Promise<Map<string, OptOutScope>> {
    const found = new Map<string, OptOutScope>();
    for (const [column, names] of [
      ['phone', persons.filter((person) => phoneOf(person) !== null)],
      ['recipient_id', persons.filter((person) => phoneOf(person) === null)],
    ] as const) {
      if (names.length === 0) continue;
      const rows = await sql.rows<{ person: string; scope: OptOutScope }>(
        `select ${column} as person, scope from opt_outs
          where (project_id, ${column}) in (select * from unnest($1::uuid[], $2::text[])) and scope is not null`,
        [names.map(() => projectId), names],
      );
      for (const { person, scope } of rows) found.set(person, scope);
    }
    return found;
  }

  /** What is known of one person; null when they never said a word. */
  async of(projectId: string, person: string): Promise<OptOut | null> {
    const [row] = await this.database.rows<OptOut>(
      `select ${COLUMNS} from opt_outs where project_id = $1 and ${phoneOf(person) === null ? 'recipient_id' : 'phone'} = $2`,
      [projectId, person],
    );
    return row ?? null;
  }

  /**
   * Keeps a person's word inside the caller's transaction, and answers the event of it, none when it was so already.
   */
  async keep(sql: Sql, { projectId, person, scope, reason }: Word): Promise<{ row: OptOut; events: NewEvent[] }> {
    const now = this.clock.now();
    const phone = phoneOf(person);
    // The empty update locks the row, so that two words at once are said one after the other.
    const [known] = (await sql.rows<OptOut>(
      `insert into opt_outs (project_id, id, phone, recipient_id, scope, reason, changed_at, sequence)
       values ($1, $2, $3, $4, null, null, $5, 0)
       on conflict (project_id, ${phone === null ? 'recipient_id' : 'phone'}) do update set phone = opt_outs.phone
       returning ${COLUMNS}`,
      [projectId, newId(), phone, phone === null ? person : null, now],
    )) as [OptOut];
    if (known.scope === scope && known.reason === reason) return { row: known, events: [] };
    const row: OptOut = { ...known, scope, reason, changedAt: now, sequence: known.sequence + 1 };
    await write(sql, [row]);
    return { row, events: [eventOf(row)] };
  }

  /**
   * What persons say themselves, in its order, inside the caller's transaction: STOP records MARKETING and START takes that
   * back. An ALL was said to the merchant, and stands until the merchant takes it back. Rows are made and locked in one order, so that two batches never wait for each other.
   */
  async heed(sql: Sql, words: readonly Word[]): Promise<NewEvent[]> {
    if (words.length === 0) return [];
    const now = this.clock.now();
    const known = await this.lock(sql, words, now);
    const changed = new Set<OptOut>();
    const events: NewEvent[] = [];
    for (const { projectId, person, scope, reason } of words) {
      const row = known.get(`${projectId} ${person}`);
      if (!row || row.scope === 'ALL' || (row.scope === null) === (scope === null)) continue;
      Object.assign(row, { scope, reason, changedAt: now, sequence: row.sequence + 1 });
      changed.add(row);
      events.push(eventOf(row));
    }
    if (changed.size > 0) await write(sql, [...changed]);
    return events;
  }

  /** These persons have a number and an id: what they said under either they said under both. */
  async join(sql: Sql, projectId: string, idsByPhone: ReadonlyMap<string, string>): Promise<void> {
    await sql.rows(
      `with both_names as (select * from unnest($2::text[], $3::text[]) n (phone, recipient_id)),
       by_id as (
         update opt_outs o set phone = n.phone from both_names n
          where o.project_id = $1 and o.recipient_id = n.recipient_id and o.phone is null
            and not exists (select from opt_outs p where p.project_id = $1 and p.phone = n.phone))
       update opt_outs o set recipient_id = n.recipient_id from both_names n
        where o.project_id = $1 and o.phone = n.phone and o.recipient_id is null
          and not exists (select from opt_outs p where p.project_id = $1 and p.recipient_id = n.recipient_id)`,
      [projectId, [...idsByPhone.keys()], [...idsByPhone.values()]],
    );
  }

  /** The rows of those who speak, by project and each of their names; whoever opts out has one from now on. */
  private async lock(sql: Sql, words: readonly Word[], now: Date): Promise<Map<string, OptOut>> {
    const strict = words.filter(({ scope }) => scope !== null);
    await sql.rows(
      `insert into opt_outs (project_id, id, phone, recipient_id, scope, reason, changed_at, sequence)
       select distinct on (project_id, phone, recipient_id) project_id, id, phone, recipient_id, null, null, $2::timestamptz, 0
         from json_to_recordset($1) as n (project_id uuid, id uuid, phone text, recipient_id text)
        order by project_id, phone, recipient_id
       on conflict do nothing`,
      [
        JSON.stringify(
          strict.map(({ projectId, person, recipientId = null }) => ({
            project_id: projectId,
            id: newId(),
            phone: phoneOf(person),
            recipient_id: phoneOf(person) === null ? person : recipientId,
          })),
        ),
        now,
      ],
    );
    const rows = await sql.rows<OptOut>(
      `select ${COLUMNS} from opt_outs
        where (project_id, id) in (
          select project_id, id from opt_outs
           where (project_id, phone) in (select * from unnest($1::uuid[], $2::text[]))
          union
          select project_id, id from opt_outs
           where (project_id, recipient_id) in (select * from unnest($1::uuid[], $2::text[])))
        order by project_id, id for update`,
      [words.map(({ projectId }) => projectId), words.map(({ person }) => person)],
    );
    return new Map(
      rows.flatMap((row) =>
        [row.phone, row.recipientId].flatMap((name) =>
          name === null ? [] : [[`${row.projectId} ${name}`, row] as const],
        ),
      ),
    );
  }

  private async set(
    caller: Caller,
    written: string,
    scope: OptOutScope | null,
    reason: string | null,
  ): Promise<OptOut | Problem> {
    const person = readPhone(written, caller.country);
    if (person === null)
      return problem('INVALID_PHONE_NUMBER', 'It is no phone number; write it with its country code.', 'phone');
    const row = await this.database.transaction(async (sql) => {
      const kept = await this.keep(sql, { projectId: caller.projectId, person, scope, reason });
      await this.log.append(sql, kept.events);
      return kept.row;
    });
    this.log.announce();
    return row;
  }
}

async function write(sql: Sql, rows: readonly OptOut[]): Promise<void> {
  await sql.rows(
    `update opt_outs o set scope = n.scope, reason = n.reason, changed_at = n.changed_at, sequence = n.sequence
       from json_to_recordset($1) as n (project_id uuid, id uuid, scope text, reason text, changed_at timestamptz, sequence integer)
      where o.project_id = n.project_id and o.id = n.id`,
    [
      JSON.stringify(
        rows.map(({ projectId, id, scope, reason, changedAt, sequence }) => ({
          ...{ project_id: projectId, id, scope, reason, changed_at: changedAt, sequence },
        })),
      ),
    ],
  );
}

const eventOf = ({ projectId, id, phone, recipientId, scope, reason, changedAt, sequence }: OptOut): NewEvent => ({
  projectId,
  type: scope === null ? 'OPT_OUT_REMOVED' : 'OPT_OUT_ADDED',
  subjectKind: 'optOut',
  subjectId: id,
  sequence,
  occurredAt: changedAt,
  recordedAt: changedAt,
  data: { optOut: { phone, recipientId, scope, reason } },
});
