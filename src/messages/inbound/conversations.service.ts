import { Injectable } from '@nestjs/common';
import { DAY, later } from '../../common/clock.js';
import { Database, type Sql } from '../../database/database.js';

export interface Conversation {
  readonly accountId: string;
  /** E.164, else the provider's own id of the person. */
  readonly person: string;
  readonly recipientId: string | null;
  /** When the person last wrote, by the provider's clock. */
  readonly heardAt: Date;
}

/** After a person's own message free text may be sent for so long (Meta, customer service window). */
const OPEN_MS = DAY;

export const closesAt = (heardAt: Date): Date => later(heardAt, OPEN_MS);

/** The 24-hour windows of some persons, as one reading. Pure. */
export class Windows {
  /** @param lastHeard when an account last heard from anybody */
  constructor(
    private readonly conversations: readonly Conversation[],
    private readonly lastHeard: ReadonlyMap<string, Date>,
  ) {}

  /** The conversation of a person at an account, by number or by the provider's own id: the latest, where both were used. */
  find(accountId: string, to: string): Conversation | undefined {
    return this.conversations
      .filter((one) => one.accountId === accountId && (one.person === to || one.recipientId === to))
      .sort(
        (a, b) => b.heardAt.getTime() - a.heardAt.getTime() || Number(b.person === to) - Number(a.person === to),
      )[0];
  }

  /** Every number and id by which the persons are known. */
  get names(): string[] {
    return this.conversations.flatMap(({ person, recipientId }) => (recipientId ? [person, recipientId] : [person]));
  }

  /**
   * Since when free text cannot be sent any more; null where it can, or where nobody knows. A person who was never heard
   * is known to be silent only where the account hears others, and has done so for longer than a window lasts.
   */
  closed(
    account: { readonly id: string; readonly createdAt: Date },
    to: string,
    now: Date,
  ): { since: Date | null } | null {
    const known = this.find(account.id, to);
    if (known) return closesAt(known.heardAt) < now ? { since: closesAt(known.heardAt) } : null;
    const others = this.lastHeard.get(account.id);
    const hears = others !== undefined && closesAt(others) >= now && later(account.createdAt, OPEN_MS) < now;
    return hears ? { since: null } : null;
  }
}

/** Which persons wrote to which accounts, and when last. */
@Injectable()
export class ConversationsService {
  constructor(private readonly database: Database) {}

  /** The windows of these persons at every account of the project. */
  async windows(projectId: string, persons: readonly string[], sql: Sql = this.database): Promise<Windows> {
    const [rows, heard] = await Promise.all([
      this.of(projectId, persons, sql),
      sql.rows<{ accountId: string; heardAt: Date }>(
        `select a.id as "accountId", last.heard_at as "heardAt"
           from provider_accounts a cross join lateral (
             select heard_at from conversations c where c.project_id = a.project_id and c.account_id = a.id
              order by heard_at desc limit 1) last
          where a.project_id = $1 and a.deleted_at is null`,
        [projectId],
      ),
    ]);
    return new Windows(rows, new Map(heard.map(({ accountId, heardAt }) => [accountId, heardAt])));
  }

  /** The conversations of these persons, by number or by the provider's own id. */
  async of(projectId: string, persons: readonly string[], sql: Sql = this.database): Promise<Conversation[]> {
    const keys = [persons.map(() => projectId), persons];
    return sql.rows<Conversation>(
      `select account_id as "accountId", person, recipient_id as "recipientId", heard_at as "heardAt" from conversations
        where (project_id, person) in (select * from unnest($1::uuid[], $2::text[]))
       union
       select account_id, person, recipient_id, heard_at from conversations
        where recipient_id is not null and (project_id, recipient_id) in (select * from unnest($1::uuid[], $2::text[]))`,
      keys,
    );
  }

  /** The numbers of persons who keep them back and told them before, by the provider's own ids. */
  async numbersOf(projectId: string, recipientIds: readonly string[], sql: Sql): Promise<Map<string, string>> {
    if (recipientIds.length === 0) return new Map();
    const conversations = await this.of(projectId, recipientIds, sql);
    return new Map(
      conversations.flatMap(({ person, recipientId }) =>
        recipientId !== null && person.startsWith('+') ? [[recipientId, person]] : [],
      ),
    );
  }

  /** Persons wrote. What came later stays, whatever order it is told in. */
  async heard(sql: Sql, projectId: string, conversations: readonly Conversation[]): Promise<void> {
    const latest = new Map<string, Conversation>();
    for (const one of conversations) {
      const key = `${one.accountId} ${one.person}`;
      const known = latest.get(key);
      if (!known || known.heardAt < one.heardAt) latest.set(key, one);
    }
    await sql.rows(
      `insert into conversations as c (project_id, account_id, person, recipient_id, heard_at)
       select $1, account_id, person, recipient_id, heard_at
         from json_to_recordset($2) as n (account_id uuid, person text, recipient_id text, heard_at timestamptz)
        order by account_id, person
       on conflict (project_id, account_id, person) do update
          set heard_at = greatest(c.heard_at, excluded.heard_at), recipient_id = coalesce(excluded.recipient_id, c.recipient_id)`,
      [
        projectId,
        JSON.stringify(
          [...latest.values()].map(({ accountId, person, recipientId, heardAt }) => ({
            account_id: accountId,
            person,
            recipient_id: recipientId,
            heard_at: heardAt,
          })),
        ),
      ],
    );
  }
}
