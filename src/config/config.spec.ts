import { describe, expect, it } from 'vitest';
import { ConfigError, isCidr, readConfig } from './config.js';
import { SETTINGS } from './settings.js';

const KEY = Buffer.alloc(32, 7).toString('base64');

/** The problems of an environment, one line for each. */
function problems(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('that are all left out mean one process on this machine with a database of its own', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      databaseUrl: null,
      dataDir: '.kurir',
      role: 'all',
      publicUrl: 'http://localhost:3000',
      adminApiKey: null,
      encryptionKey: null,
      simulatorPort: null,
      corsOrigins: [],
      trustedProxies: [],
      allowPrivateUrls: false,
      logLevel: 'info',
    });
  });

  it('that are empty or blank are left out', () => {
    const empty = Object.fromEntries(SETTINGS.map(({ name }) => [name, '  ']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it('are read', () => {
    const config = readConfig({
      PORT: '8080',
      HOST: '0.0.0.0',
      DATABASE_URL: 'postgres://kurir@db:5432/kurir',
      DATA_DIR: '/var/lib/kurir',
      ROLE: 'worker',
      PUBLIC_URL: 'https://kurir.example/base//',
      ADMIN_API_KEY: 'k'.repeat(32),
      ENCRYPTION_KEY: KEY,
      SIMULATOR_PORT: '0',
      CORS_ORIGINS: 'https://shop.example, http://localhost:5173',
      TRUSTED_PROXIES: '10.0.0.0/8,::1',
      ALLOW_PRIVATE_URLS: 'true',
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      port: 8080,
      role: 'worker',
      publicUrl: 'https://kurir.example/base',
      simulatorPort: 0,
      corsOrigins: ['https://shop.example', 'http://localhost:5173'],
      trustedProxies: ['10.0.0.0/8', '::1'],
      allowPrivateUrls: true,
      logLevel: 'debug',
    });
    expect(config.encryptionKey).toEqual(Buffer.alloc(32, 7));
  });

  it('give the public URL the port that is listened on', () => {
    expect(readConfig({ PORT: '8080' }).publicUrl).toBe('http://localhost:8080');
  });
});

describe('a wrong setting', () => {
  it.each([
    ['PORT', '70000'],
    ['PORT', '-1'],
    ['PORT', '3000x'],
    ['SIMULATOR_PORT', 'yes'],
    ['DATABASE_URL', 'mysql://db/kurir'],
    ['DATABASE_URL', 'db:5432/kurir'],
    ['ROLE', 'ALL'],
    ['PUBLIC_URL', 'kurir.example'],
    ['PUBLIC_URL', 'ftp://kurir.example'],
    ['PUBLIC_URL', 'https://kurir.example/?a=1'],
    ['PUBLIC_URL', 'https://kurir.example/#a'],
    ['ADMIN_API_KEY', 'k'.repeat(31)],
    ['ADMIN_API_KEY', 'k'.repeat(256)],
    ['ADMIN_API_KEY', `with a space ${'k'.repeat(32)}`],
    ['ENCRYPTION_KEY', Buffer.alloc(31).toString('base64')],
    ['ENCRYPTION_KEY', Buffer.alloc(33).toString('base64')],
    ['ENCRYPTION_KEY', 'x'.repeat(44)],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://shop.example/'],
    ['CORS_ORIGINS', 'https://shop.example,null'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', 'proxy.example'],
    ['ALLOW_PRIVATE_URLS', 'yes'],
    ['LOG_LEVEL', 'verbose'],
  ])('%s=%s is the one problem', (name, value) => {
    const told = problems({ ENCRYPTION_KEY: KEY, [name]: value });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(new RegExp(`^${name} .+\\.$`));
  });

  it('is told together with all the others, each by its name and none by its value', () => {
    const bad = {
      PORT: 'hunter2',
      DATABASE_URL: 'mysql://hunter2@db',
      ROLE: 'hunter2',
      PUBLIC_URL: 'hunter2',
      ADMIN_API_KEY: 'hunter2',
      ENCRYPTION_KEY: 'hunter2',
      SIMULATOR_PORT: 'hunter2',
      CORS_ORIGINS: 'hunter2',
      TRUSTED_PROXIES: 'hunter2',
      ALLOW_PRIVATE_URLS: 'hunter2',
      LOG_LEVEL: 'hunter2',
    };
    expect(
      problems(bad)
        .map((line) => line.split(' ')[0])
        .sort(),
    ).toEqual(Object.keys(bad).sort());
    expect(() => readConfig(bad)).toThrow(/^The settings cannot be used:\n(  - .+\n?)+$/);
    expect(problems(bad).join()).not.toContain('hunter2');
  });

  it('is an encryption key that is missing where the database is one’s own', () => {
    const url = { DATABASE_URL: 'postgres://kurir@db/kurir' };
    expect(problems(url)).toEqual([expect.stringMatching(/^ENCRYPTION_KEY is required with DATABASE_URL/)]);
    expect(problems({ ...url, ENCRYPTION_KEY: KEY })).toEqual([]);
  });
});

it.each([
  ['10.0.0.0/8', true],
  ['10.1.2.3', true],
  ['2001:db8::/32', true],
  ['::1', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0/', false],
  ['/8', false],
  ['10.0.0', false],
  ['10', false],
  ['010.0.0.1', false],
  ['shop.example', false],
  ['', false],
])('%j as a network: %j', (block, expected) => {
  expect(isCidr(block)).toBe(expected);
});
