import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { type TestProject } from 'vitest/node';
import { Database } from '../../src/database/database.js';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { dropDatabase, onServer, withDatabase } from './database.js';

/**
 * One PostgreSQL for the run, that of TEST_DATABASE_URL or else an embedded one, with one migrated database that every
 * spec file clones.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = process.env['TEST_DATABASE_URL'] ? given(process.env['TEST_DATABASE_URL']) : await embedded();
  const run = randomBytes(6).toString('hex');
  const template = `kurir_template_${run}`;
  const prefix = `kurir_test_${run}_`;
  await onServer(server.url, `create database ${template}`);
  // The entities are not asked: the migrations are the only schema.
  await (await Database.connect(withDatabase(server.url, template), [])).close();
  project.provide('postgres', { url: server.url, template, prefix });
  return async () => {
    // What a spec left behind when it failed.
    const left = await onServer(server.url, `select datname as name from pg_database where datname like '${prefix}%'`);
    for (const { name } of [...left, { name: template }]) await dropDatabase(server.url, name!);
    await server.stop();
  };
}

const given = (url: string): { url: string; stop(): Promise<void> } => ({ url, stop: async () => undefined });

async function embedded(): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kurir-tests-'));
  // Where the tests are root, PostgreSQL runs as another user: who could not enter it would be given a place elsewhere.
  await chmod(dataDir, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  return {
    url: postgres.url,
    stop: async () => {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
