import pg from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral, type Repository } from 'typeorm';
import { type SystemClock } from '../common/clock.js';
import { isProblem, type Problem } from '../common/problem.js';
import { dataSourceOptions, type TableClass } from './data-source.js';

/** Runs statements: on any connection of the pool, or inside one transaction. */
export interface Sql {
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** PostgreSQL's word for a transaction that lost against another one and may simply be tried again. */
const LOST_AGAINST_ANOTHER = new Set(['40001', '40P01']);
const TRIES = 5;
/** For each process. Batches, not connections, carry the load; a PostgreSQL as it is delivered takes 100 in all. */
const CONNECTIONS = 12;
/** Held while migrations run, so that processes which start together do not run them twice. */
const MIGRATION_LOCK = 0x6b75_726d;
const OLDEST_SERVER = 15_00_00;

/**
 * The one way to PostgreSQL. TypeORM keeps the schema (entities, migrations) and reads single rows; statements over
 * batches are SQL on the same pool.
 */
export class Database implements Sql {
  private constructor(
    private readonly source: DataSource,
    private readonly pool: pg.Pool,
    readonly url: string,
  ) {}

  /** Connects, refuses a server that would lose what it confirmed, and brings the schema up to date. */
  static async connect(url: string, tables: readonly TableClass[], poolSize = CONNECTIONS): Promise<Database> {
    const source = await new DataSource(dataSourceOptions(url, tables, poolSize)).initialize();
    const database = new Database(source, (source.driver as unknown as { master: pg.Pool }).master, url);
    // A connection that the server ends must not end the process: one that is idle, for which the pool speaks, nor one in
    // somebody's hands, whose next statement throws. It may die before those hands could have begun to listen.
    database.pool.on('error', () => undefined);
    database.pool.on('acquire', (client) => {
      if (!client.listeners('error').includes(nextStatementThrows)) client.on('error', nextStatementThrows);
    });
    try {
      await database.refuseForgetfulServer();
      await database.migrate();
    } catch (error) {
      await source.destroy();
      throw error;
    }
    return database;
  }

  async rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values as unknown[])).rows;
  }

  /** Runs one statement that is a transaction of its own. Throws UnknownCommit where the line broke. */
  async commit(text: string, values: readonly unknown[]): Promise<void> {
    try {
      await this.pool.query(text, values as unknown[]);
    } catch (error) {
      throw isRefusedByServer(error) ? error : new UnknownCommit(error);
    }
  }

  /**
   * Runs `work` in one transaction, again from the start when it lost against another one. No call to a provider may be
   * made inside: what the provider did could not be rolled back.
   */
  async transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const result = await work(oneByOne(client));
        await client.query('commit').catch((error: unknown) => {
          throw isRefusedByServer(error) ? error : new UnknownCommit(error);
        });
        return result;
      } catch (error) {
        await client.query('rollback').catch((lost: Error) => (broken = lost));
        if (attempt >= TRIES || !isLostAgainstAnother(error)) throw error;
      } finally {
        client.release(broken);
      }
    }
  }

  /** As `transaction`, but of a Problem that comes of it nothing stays behind. */
  async attempt<Result>(work: (sql: Sql) => Promise<Result | Problem>): Promise<Result | Problem> {
    try {
      return await this.transaction(async (sql) => {
        const result = await work(sql);
        if (isProblem(result)) throw new Refused(result);
        return result;
      });
    } catch (error) {
      if (error instanceof Refused) return error.problem;
      throw error;
    }
  }

  repository<Row extends ObjectLiteral>(table: EntityTarget<Row>): Repository<Row> {
    return this.source.getRepository(table);
  }

  /** What TypeORM would change to bring the schema to the entities; empty when migrations and entities agree. */
  async drift(): Promise<string[]> {
    const { upQueries } = await this.source.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  }

  /** Sets the clock by the database's, so that all processes on it agree on the time. */
  async setClock(clock: SystemClock): Promise<void> {
    const before = Date.now();
    const [row] = await this.rows<{ time: Date }>('select clock_timestamp() as time');
    if (row) clock.agreeWith(row.time, before, Date.now());
  }

  async close(): Promise<void> {
    await this.source.destroy();
  }

  private async refuseForgetfulServer(): Promise<void> {
    const [server] = await this.rows<{ version: string; fsync: string; commit: string }>(
      `select current_setting('server_version_num') as version, current_setting('fsync') as fsync,
              current_setting('synchronous_commit') as commit`,
    );
    if (!server) return;
    if (Number(server.version) < OLDEST_SERVER)
      throw new Error('PostgreSQL 15 or later is needed; DATABASE_URL leads to an older one.');
    if (server.fsync === 'off' || server.commit === 'off') {
      throw new Error(
        'This PostgreSQL has fsync or synchronous_commit switched off: it would forget messages that were confirmed. Switch both on.',
      );
    }
  }

  private async migrate(): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
      await this.source.runMigrations({ transaction: 'each' });
    } finally {
      await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
      client.release();
    }
  }
}

/** Carries a Problem out of its transaction, past the commit. */
class Refused extends Error {
  constructor(readonly problem: Problem) {
    super('The transaction came to a Problem.');
  }
}

const nextStatementThrows = (): void => undefined;

export function isLostAgainstAnother(error: unknown): boolean {
  return error instanceof pg.DatabaseError && LOST_AGAINST_ANOTHER.has(error.code ?? '');
}

/** The line broke during a commit: nobody knows whether it came through. */
export class UnknownCommit extends Error {
  constructor(cause: unknown) {
    super('The line broke during a commit.', { cause });
  }
}

/** A transaction that threw this has left nothing behind, and may be run again. */
export const leftNothing = (error: unknown): boolean => !(error instanceof UnknownCommit);

/** The server itself said no to a statement: the transaction is rolled back and has left nothing behind. */
export function isRefusedByServer(error: unknown): boolean {
  // Class 57: the server is going down; whether a commit came through is not known then.
  return error instanceof pg.DatabaseError && !error.code?.startsWith('57');
}

/** Values that the server will never take (data, integrity, program limits): anything else may succeed later. */
export function refusesValues(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(22|23|54)/.test(error.code ?? '');
}

export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === constraint;
}

/** Statements of one transaction go one after the other, also where they are asked for together: it has one connection. */
function oneByOne(client: pg.PoolClient): Sql {
  let last: Promise<unknown> = Promise.resolve();
  return {
    rows: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const next = last.then(() => client.query<Row>(text, values as unknown[]));
      last = next.catch(() => undefined);
      return (await next).rows;
    },
  };
}
