import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type TableClass } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database of the server, the migrated one that others are cloned from, and how the names of those begin. */
    postgres: { readonly url: string; readonly template: string; readonly prefix: string };
  }
}

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A migrated database of one's own; a few milliseconds. Drop it in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, template, prefix } = inject('postgres');
  const name = `${prefix}${randomBytes(6).toString('hex')}`;
  await onServer(url, `create database ${name} template ${template}`);
  return {
    url: withDatabase(url, name),
    drop: () => dropDatabase(url, name),
  };
}

/** The same with a connection: `close` drops the database as well. */
export async function connectTestDatabase(
  tables: readonly TableClass[],
): Promise<{ database: Database; url: string; close(): Promise<void> }> {
  const created = await createTestDatabase();
  const database = await Database.connect(created.url, tables);
  return {
    database,
    url: created.url,
    close: async () => {
      await database.close();
      await created.drop();
    },
  };
}

const DROP_TRIES = 5;
const DROP_AGAIN_MS = 200;

/** Tries again where the server's own autovacuum, which may not be ended by us, is at work in it. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await onServer(url, `drop database if exists ${name} with (force)`);
      return;
    } catch (error) {
      if (attempt === DROP_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, DROP_AGAIN_MS));
    }
  }
}

export function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

/** Runs one statement that cannot run in a transaction. */
export async function onServer(url: string, statement: string): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(statement)).rows;
  } finally {
    await client.end();
  }
}
