import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database } from '../../src/database/database.js';
import { TABLES } from '../../src/tables.js';
import { connectTestDatabase } from '../support/database.js';

const SOURCES = join(import.meta.dirname, '../../src');

/** Path from src, and text without comments. */
async function sources(): Promise<[string, string][]> {
  const files = await readdir(SOURCES, { recursive: true });
  return Promise.all(
    files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .map(async (file) => {
        const text = await readFile(join(SOURCES, file), 'utf8');
        return [file, text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')] as [string, string];
      }),
  );
}

/** The projects themselves, and the place up to which the log is fanned out: a log each has its own (docs/decisions/0009). */
const NOT_OF_A_PROJECT = ['projects', 'webhook_fan_out'];

const TIME =
  /\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|\b(current_timestamp|current_date|current_time|localtimestamp|localtime)\b/i;

/** The SQL in a source: its literals that read like it, without what is put into them. */
function statements(text: string): string[] {
  const literals = text.match(/`(?:[^`\\]|\\.)*`|'(?:[^'\\\n]|\\.)*'/g) ?? [];
  return literals
    .map((literal) => literal.replace(/\$\{[^}]*\}/g, ''))
    .filter((literal) => /\b(select|insert into|update|delete from|create|alter|with)\b/i.test(literal));
}

describe('the migrations', () => {
  let connected: { database: Database; close(): Promise<void> };
  beforeAll(async () => {
    connected = await connectTestDatabase(TABLES);
  });
  afterAll(() => connected.close());

  it('make exactly the tables that the entities describe', async () => {
    expect(await connected.database.drift()).toEqual([]);
  });

  it('make every table lead its key with the project, so that tables can be distributed by it', async () => {
    const keys = await connected.database.rows<{ table: string; first: string }>(
      `select i.indrelid::regclass::text as table, a.attname as first
         from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
         join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
        where i.indisprimary and n.nspname = 'public' and c.relname <> 'migrations'
          and c.relname <> all ($1)`,
      [NOT_OF_A_PROJECT],
    );
    expect(keys.length).toBe(TABLES.length - NOT_OF_A_PROJECT.length);
    expect(keys.filter(({ first }) => first !== 'project_id')).toEqual([]);
  });
});

describe('time', () => {
  it('is asked of the clock: no SQL asks the database for it, but the one place that sets the clock', async () => {
    const asking = (await sources()).filter(([, text]) => statements(text).some((sql) => TIME.test(sql)));
    expect(asking.map(([file]) => file)).toEqual(['database/database.ts']);
  });
});

describe('what is read of a project', () => {
  it('is read through ProjectRows or SQL that names the project: no other file takes a repository', async () => {
    const taking = (await sources()).filter(([, text]) => /\.(repository|getRepository)(<[^>]*>)?\(/.test(text));
    expect(taking.map(([file]) => file).sort()).toEqual(['database/database.ts', 'projects/project-rows.ts']);
  });
});
