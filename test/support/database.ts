import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type TableClass } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's database that others are made from, and the migrated one that they are made of. */
    postgres: { readonly url: string; readonly template: string };
  }
}

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A migrated database of one's own; a few milliseconds. Drop it in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, template } = inject('postgres');
  const name = `kurir_test_${randomBytes(8).toString('hex')}`;
  await onServer(url, `create database ${name} template ${template}`);
  return {
    url: withDatabase(url, name),
    drop: () => onServer(url, `drop database if exists ${name} with (force)`),
  };
}

/** The same with a connection: `close` drops the database as well. */
export async function connectTestDatabase(
  tables: readonly TableClass[],
): Promise<{ database: Database; url: string; close(): Promise<void> }> {
  const { url, drop } = await createTestDatabase();
  const database = await Database.connect(url, tables);
  return {
    database,
    url,
    close: async () => {
      await database.close();
      await drop();
    },
  };
}

export function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

/** Runs one statement that cannot run in a transaction. */
export async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
