import { Injectable, Logger } from '@nestjs/common';
import { DAY, HOUR, later, MINUTE } from '../common/clock.js';
import { type Problem, problem } from '../common/problem.js';
import { type Sql } from '../database/database.js';
import { counter } from '../metrics/metrics.js';
import { type Start } from './start-input.js';

/** So many verifications may be started within a time; who they are counted for is the column. */
interface Limit {
  readonly what: string;
  readonly column: 'phone' | 'prefix' | 'api_key_id' | 'end_user_address' | null;
  readonly starts: number;
  readonly withinMs: number;
}

/**
 * Against those who have codes sent to numbers that earn by them, who guess, and who want others to be annoyed. A project's
 * own limit comes last: what one phone does must not be told as everybody's.
 */
export const LIMITS: readonly Limit[] = [
  { what: 'this number', column: 'phone', starts: 5, withinMs: HOUR },
  { what: 'this number', column: 'phone', starts: 10, withinMs: DAY },
  { what: 'numbers that begin like this one', column: 'prefix', starts: 100, withinMs: HOUR },
  // A carrier has many persons behind one address; the contract names no figure.
  { what: 'this endUserIp', column: 'end_user_address', starts: 200, withinMs: HOUR },
  { what: 'this API key', column: 'api_key_id', starts: 600, withinMs: HOUR },
  { what: 'this project', column: null, starts: 3_000, withinMs: HOUR },
];

/** Numbers that begin alike, of which so few of so many are proved, belong to somebody who earns by being sent messages. */
export const COLLAPSE = { starts: 30, withinMs: 30 * MINUTE, verifiedShare: 0.1, blockedForMs: HOUR };

const refused = counter(
  'kurir_verifications_limited_total',
  'Verifications that were not started because of a limit on abuse, by what the limit counts.',
  ['limit'],
);

/** Whom a start is counted for. */
export type Starter = Pick<Start, 'phone' | 'prefix' | 'endUserAddress'> & {
  readonly projectId: string;
  readonly apiKeyId: string;
};

/**
 * Holds starts against the limits. They are counted in the verifications themselves, so that all processes count the same,
 * and to the row: a start that was refused leaves none behind.
 */
@Injectable()
export class AbuseLimits {
  private readonly logger = new Logger(AbuseLimits.name);

  /** Lets starts of one project go one by one, over all processes, until the transaction ends. */
  async oneByOne(sql: Sql, projectId: string): Promise<void> {
    await sql.rows(`select pg_advisory_xact_lock(hashtextextended('verifications ' || $1, 0))`, [projectId]);
  }

  /** Why no verification may be started now; null where one may. To be asked one by one. */
  async problem(sql: Sql, starter: Starter, now: Date): Promise<Problem | null> {
    return (
      (await this.blocked(sql, starter, now)) ??
      (await this.collapsed(sql, starter, now)) ??
      (await this.limited(sql, starter, now))
    );
  }

  private async limited(sql: Sql, starter: Starter, now: Date): Promise<Problem | null> {
    const places = await this.fullSince(sql, starter);
    const met = LIMITS.flatMap((limit, index) => {
      const oldest = places[index];
      // The limit is met where the start that many places before this one is still within its time.
      const free = oldest ? later(oldest, limit.withinMs) : null;
      return free && free > now ? [{ limit, free }] : [];
    });
    const [first, ...others] = met;
    if (!first) return null;
    // Whoever comes back at retryAt is to find no other one met.
    const { limit, free } = others.reduce((longest, other) => (other.free > longest.free ? other : longest), first);
    refused.inc({ limit: limit.column ?? 'project' });
    return tooMany(
      `${limit.starts} verifications ${within(limit.withinMs)} are the most for ${limit.what}`,
      limit,
      free,
    );
  }

  /** For each limit when the start was that, counted backwards from now, would be its last; null where there is none. */
  private async fullSince(sql: Sql, starter: Starter): Promise<readonly (Date | null)[]> {
    const values: Record<NonNullable<Limit['column']>, string | null> = {
      phone: starter.phone,
      prefix: starter.prefix,
      api_key_id: starter.apiKeyId,
      end_user_address: starter.endUserAddress,
    };
    const parameters: (string | null)[] = [starter.projectId];
    const columns = LIMITS.map(({ column, starts }, index) => {
      const same = column === null ? '' : `and ${column} = $${parameters.push(values[column])}`;
      return `(select created_at from verifications where project_id = $1 ${same}
                order by created_at desc offset ${starts - 1} limit 1) as "${index}"`;
    });
    const [row] = await sql.rows<Record<string, Date | null>>(`select ${columns.join(', ')}`, parameters);
    return LIMITS.map((_limit, index) => row?.[index] ?? null);
  }

  /** Why nothing is sent to numbers that begin so; null where it is. */
  async blocked(
    sql: Sql,
    { projectId, prefix }: Pick<Starter, 'projectId' | 'prefix'>,
    now: Date,
  ): Promise<Problem | null> {
    const [block] = await sql.rows<{ until: Date }>(
      'select until from blocked_prefixes where project_id = $1 and prefix = $2 and until > $3',
      [projectId, prefix, now],
    );
    return block ? prefixBlocked(block.until) : null;
  }

  private async collapsed(sql: Sql, { projectId, prefix }: Starter, now: Date): Promise<Problem | null> {
    const [counted] = await sql.rows<{ started: number; verified: number }>(
      `select count(*)::int as started, (count(*) filter (where status = 'VERIFIED'))::int as verified
         from verifications where project_id = $1 and prefix = $2 and created_at > $3`,
      [projectId, prefix, later(now, -COLLAPSE.withinMs)],
    );
    const { started = 0, verified = 0 } = counted ?? {};
    if (started < COLLAPSE.starts || verified >= started * COLLAPSE.verifiedShare) return null;
    const until = later(now, COLLAPSE.blockedForMs);
    await sql.rows(
      `insert into blocked_prefixes (project_id, prefix, started, verified, blocked_at, until)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (project_id, prefix) do update set started = excluded.started, verified = excluded.verified,
          blocked_at = excluded.blocked_at, until = excluded.until`,
      [projectId, prefix, started, verified, now, until],
    );
    this.logger.warn(
      { projectId, prefix, started, verified },
      'A prefix is blocked: hardly any of its numbers is proved.',
    );
    return prefixBlocked(until);
  }
}

function prefixBlocked(until: Date): Problem {
  refused.inc({ limit: 'collapse' });
  const what =
    'Hardly any verification of numbers that begin like this one was finished, so for now no more are started';
  return tooMany(what, { column: 'prefix' }, until);
}

const tooMany = (what: string, { column }: Pick<Limit, 'column'>, retryAt: Date): Problem =>
  problem('TOO_MANY_REQUESTS', `${what}; try again at retryAt.`, FIELDS[column ?? 'project'] ?? null, { retryAt });

const FIELDS: Readonly<Record<string, string>> = {
  phone: 'phone',
  prefix: 'phone',
  end_user_address: 'endUserIp',
};

const within = (ms: number): string => (ms === DAY ? 'a day' : 'an hour');
