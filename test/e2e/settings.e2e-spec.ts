import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.js';
import { graphql } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { removeBuilt, startProgram } from '../support/program.js';

const KEY = Buffer.alloc(32, 7).toString('base64');

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'kurir-settings-'));
  // As root the database runs as another user, and moves out of a folder that only root may enter.
  await chmod(folder, 0o755);
});
afterAll(async () => {
  await removeBuilt();
  await rm(folder, { recursive: true, force: true });
  await database.drop();
});

describe('wrong settings', () => {
  const wrong = {
    PORT: '70000',
    ROLE: 'boss-of-all',
    DATABASE_URL: 'mysql://hunter2@host/db',
    ADMIN_API_KEY: 'too-short-hunter2',
    ENCRYPTION_KEY: 'hunter2',
    TRUSTED_PROXIES: '10.0.0.0/8,hunter2',
    CORS_ORIGINS: 'https://shop.example/hunter2',
    LOG_LEVEL: 'hunter2',
    ALLOW_PRIVATE_URLS: 'perhaps',
    PUBLIC_URL: 'ftp://hunter2',
    SIMULATOR_PORT: 'hunter2',
  };

  it('stop the start with every problem at once, naming the settings and never their values', async () => {
    const { output, exit } = await startProgram(wrong);
    expect(await exit).toEqual({ code: 1, signal: null });
    for (const name of Object.keys(wrong)) expect(output.stderr).toMatch(new RegExp(`- ${name} must `));
    expect(output.stderr + output.stdout).not.toMatch(/hunter2|70000|boss/);
  });

  it('are also those that are missing: DATABASE_URL wants ENCRYPTION_KEY', () => {
    expect(() => readConfig({ DATABASE_URL: 'postgres://host/db' })).toThrow(ConfigError);
    expect(() => readConfig({ DATABASE_URL: 'postgres://host/db' })).toThrow(/ENCRYPTION_KEY is required/);
  });

  it('are none at all in an empty environment', () => {
    expect(readConfig({})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      role: 'all',
      publicUrl: 'http://localhost:3000',
    });
  });
});

describe('the program', () => {
  it('says in a sentence that it wants a newer Node, before anything that an older one could not read', async () => {
    const older = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.11.0'})`;
    const { output, exit } = await startProgram({}, { node: ['--import', older] });
    expect(await exit).toEqual({ code: 1, signal: null });
    expect(output.stderr).toMatch(/^Kurir needs Node 24 or later; this is 20\.11\.0\. .*\n$/);
  });

  it('says in a sentence that its port is taken', async () => {
    const settings = { DATABASE_URL: database.url, ENCRYPTION_KEY: KEY, LOG_LEVEL: 'silent', PORT: '0' };
    const first = await startProgram(settings);
    const { port } = new URL(await first.listening);
    const second = await startProgram({ ...settings, PORT: port });
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.output.stderr).toBe(
      `Another program listens on 127.0.0.1:${port}; set PORT to a port that is free.\n`,
    );
    first.child.kill('SIGTERM');
    expect(await first.exit).toEqual({ code: 0, signal: null });
  });

  it('needs no settings: it makes its database, its admin key, shown once, and its encryption key, for its owner alone', async () => {
    const settings = { DATA_DIR: join(folder, 'data'), PORT: '0', LOG_LEVEL: 'warn' };
    const first = await startProgram(settings);
    const url = await first.listening;
    const adminKey = /^ +(kurir_\S{43})$/m.exec(first.output.stdout)![1]!;
    expect((await graphql(url, adminKey)('{ viewer { apiKey { scopes } } }')).data.viewer.apiKey.scopes).toContain(
      'ADMIN',
    );
    const path = join(settings.DATA_DIR, 'encryption.key');
    const encryptionKey = await readFile(path, 'utf8');
    expect(Buffer.from(encryptionKey, 'base64')).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    first.child.kill('SIGTERM');
    expect(await first.exit).toEqual({ code: 0, signal: null });

    const second = await startProgram(settings);
    expect((await graphql(await second.listening, adminKey)('{ viewer { project { name } } }')).status).toBe(200);
    expect(second.output.stdout).not.toContain('kurir_');
    expect(await readFile(path, 'utf8')).toBe(encryptionKey);
    second.child.kill('SIGINT');
    expect(await second.exit).toEqual({ code: 0, signal: null });
  }, 60_000);
});
