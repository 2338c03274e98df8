import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../src/common/clock.js';
import { type Connection, connect, graphql } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { CREATE_KEY, makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';

const VIEWER = '{ viewer { project { id name } apiKey { id scopes lastUsedAt } } }';
const REVOKE = `mutation ($id: ID!) {
  revokeApiKey(id: $id) { ... on Deleted { id } ... on Problem { code field } }
}`;

let gateway: Gateway;
let clock: ManualClock;
const connections: Connection[] = [];
const open = (...args: Parameters<typeof connect>): Connection => {
  const connection = connect(...args);
  connections.push(connection);
  return connection;
};

beforeAll(async () => {
  clock = new ManualClock();
  gateway = await startGateway({ clock, env: { TRUSTED_PROXIES: '127.0.0.0/8' } });
});
afterAll(() => gateway.close());
afterEach(() => connections.splice(0).forEach((connection) => connection.stop()));

describe('the first start', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('makes one project and one key with every scope, even when several processes start at once, and no other start does', async () => {
    const options = { databaseUrl: database.url, env: { ADMIN_API_KEY: '' } };
    const together = await Promise.all([startGateway(options), startGateway(options), startGateway(options)]);
    const made = together.map(({ app }) => app.adminKey).filter((key) => key !== null);
    expect(made).toHaveLength(1);
    const { data } = await graphql(
      together[2].url,
      made[0]!,
    )('{ viewer { apiKey { scopes } } projects { name } apiKeys { name } }');
    expect(data).toEqual({
      viewer: { apiKey: { scopes: ['READ', 'SEND', 'MANAGE', 'ADMIN', 'OPERATOR'] } },
      projects: [{ name: 'Default' }],
      apiKeys: [{ name: 'Admin' }],
    });
    await Promise.all(together.map((one) => one.close()));
  });

  it('takes ADMIN_API_KEY, and a later start with a new one lets it in too', async () => {
    const env = { ADMIN_API_KEY: 'a-new-admin-key-of-thirty-two-characters' };
    const later = await startGateway({ databaseUrl: database.url, env });
    expect(later.app.adminKey).toBeNull();
    expect((await later.call('{ apiKeys { name } }')).data.apiKeys).toHaveLength(2);
    await later.close();
  });
});

describe('a key', () => {
  it.each([
    ['none', undefined],
    ['an unknown one', 'Bearer kurir_0000000000000000000000000000000000000000000'],
    ['another scheme', 'Basic a2V5OmtleQ=='],
    ['a scheme without a key', 'Bearer '],
  ])('lets nobody in with %s: HTTP 401 with UNAUTHENTICATED, WebSocket 4403', async (_name, authorization) => {
    const answer = await graphql(gateway.url, null)(VIEWER, {}, { ...(authorization && { authorization }) });
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(answer.data).toBeUndefined();
    expect(await open(gateway.url, { authorization }).closed).toBe(4403);
  });

  it('is taken by WebSocket in connectionParams and in the header of the upgrade', async () => {
    await open(gateway.url, { authorization: `Bearer ${gateway.adminKey}` }).acknowledged;
    await open(gateway.url, {}, { authorization: `Bearer ${gateway.adminKey}` }).acknowledged;
  });

  it('is answered once and kept as its SHA-256', async () => {
    const { id, secret } = await makeKey(gateway.call, ['READ']);
    const { data } = await gateway.call('query ($id: ID!) { node(id: $id) { ... on ApiKey { name prefix scopes } } }', {
      id,
    });
    expect(data.node).toEqual({ name: 'Test', prefix: secret.slice(0, 10), scopes: ['READ'] });
    const { default: pg } = await import('pg');
    const client = new pg.Client(gateway.databaseUrl);
    await client.connect();
    const { rows } = await client.query<{ hash: Buffer; row: string }>(
      'select hash, k::text as row from api_keys k where prefix = $1',
      [secret.slice(0, 10)],
    );
    await client.end();
    expect(rows[0]!.hash).toEqual(createHash('sha256').update(secret).digest());
    expect(rows[0]!.row).not.toContain(secret);
  });

  it('stops to work when it expires, its open connections too', async () => {
    const expiresAt = new Date(clock.now().getTime() + DAY).toISOString();
    const { secret } = await makeKey(gateway.call, ['READ'], { expiresAt });
    const call = graphql(gateway.url, secret);
    const connection = open(gateway.url, { authorization: `Bearer ${secret}` });
    await connection.acknowledged;
    expect((await call(VIEWER)).status).toBe(200);
    clock.advance(DAY);
    expect((await call(VIEWER)).status).toBe(401);
    expect(await connection.closed).toBe(4403);
  });

  it('works from its networks only, as the trusted proxy saw the client', async () => {
    const { secret } = await makeKey(gateway.call, ['READ'], { allowedIps: ['203.0.113.0/24', '2001:db8::/32'] });
    const from = async (forwarded: string): Promise<number> =>
      (await graphql(gateway.url, secret)(VIEWER, {}, { 'x-forwarded-for': forwarded })).status;
    expect(await from('203.0.113.9')).toBe(200);
    expect(await from('2001:db8::1')).toBe(200);
    expect(await from('198.51.100.1')).toBe(401);
    // What the client itself claimed stands before what the proxy saw.
    expect(await from('203.0.113.9, 198.51.100.1')).toBe(401);
    expect((await graphql(gateway.url, secret)(VIEWER)).status).toBe(401);
    const authorization = `Bearer ${secret}`;
    await open(gateway.url, { authorization }, { 'x-forwarded-for': '203.0.113.9' }).acknowledged;
    expect(await open(gateway.url, { authorization }, { 'x-forwarded-for': '198.51.100.1' }).closed).toBe(4403);
  });

  it('has its use noted, at most once a minute', async () => {
    const { id, secret } = await makeKey(gateway.call, ['READ', 'ADMIN']);
    const lastUsedAt = async (): Promise<string | null> => {
      const { data } = await gateway.call('query ($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt } } }', {
        id,
      });
      return data.node.lastUsedAt;
    };
    expect(await lastUsedAt()).toBeNull();
    const first = clock.now().toISOString();
    await graphql(gateway.url, secret)(VIEWER);
    expect(await until(lastUsedAt)).toBe(first);
    clock.advance(59 * SECOND);
    await graphql(gateway.url, secret)(VIEWER);
    clock.advance(SECOND);
    const minuteLater = clock.now().toISOString();
    await graphql(gateway.url, secret)(VIEWER);
    await until(async () => (await lastUsedAt()) !== first, 'another use noted');
    expect(await lastUsedAt()).toBe(minuteLater);
  });
});

describe('revoking a key', () => {
  it('ends it at once in every process, with its open connections and no others', async () => {
    const other = await gateway.beside();
    const { id, secret } = await makeKey(gateway.call, ['READ']);
    const authorization = `Bearer ${secret}`;
    const here = open(gateway.url, { authorization });
    const there = open(other.url, { authorization });
    const admins = open(other.url, { authorization: `Bearer ${gateway.adminKey}` });
    await Promise.all([here.acknowledged, there.acknowledged, admins.acknowledged]);
    expect((await graphql(other.url, secret)(VIEWER)).status).toBe(200);

    expect((await gateway.call(REVOKE, { id })).data.revokeApiKey).toEqual({ id });
    expect((await graphql(gateway.url, secret)(VIEWER)).status).toBe(401);
    expect(await Promise.all([here.closed, there.closed])).toEqual([4403, 4403]);
    await until(async () => (await graphql(other.url, secret)(VIEWER)).status === 401, 'the other process heard of it');
    expect(await Promise.race([admins.closed, other.call(VIEWER).then(({ status }) => status)])).toBe(200);
    await other.close();
  });

  it('takes it from the list, keeps what it was, and may be repeated', async () => {
    const { id } = await makeKey(gateway.call, ['READ']);
    const now = clock.now().toISOString();
    await gateway.call(REVOKE, { id });
    clock.advance(MINUTE);
    expect((await gateway.call(REVOKE, { id })).data.revokeApiKey).toEqual({ id });
    const { data } = await gateway.call(
      'query ($id: ID!) { apiKeys { id } node(id: $id) { id ... on ApiKey { revokedAt } } }',
      { id },
    );
    expect(data.apiKeys).not.toContainEqual({ id });
    expect(data.node).toEqual({ id, revokedAt: now });
  });

  it.each(['key_00000000000000000000000000000000', 'prj_00000000000000000000000000000000', 'nonsense', ''])(
    'of the id %j is NOT_FOUND',
    async (id) => {
      expect((await gateway.call(REVOKE, { id })).data.revokeApiKey).toEqual({ code: 'NOT_FOUND', field: 'id' });
    },
  );
});

describe('scopes', () => {
  const CREATE_PROJECT = 'mutation { createProject(name: "X") { ... on Project { id } } }';
  const code = async (scopes: string[], query: string, variables?: Record<string, unknown>): Promise<unknown> => {
    const { secret } = await makeKey(gateway.call, scopes);
    const { errors } = await graphql(gateway.url, secret)(query, variables);
    return errors?.[0]!.extensions['code'];
  };

  it('include each other as a set: SEND, MANAGE and ADMIN read, OPERATOR does not', async () => {
    for (const scope of ['READ', 'SEND', 'MANAGE', 'ADMIN']) expect(await code([scope], VIEWER)).toBeUndefined();
    expect(await code(['OPERATOR'], VIEWER)).toBe('FORBIDDEN');
    expect(await code(['OPERATOR'], '{ projects { id } }')).toBeUndefined();
  });

  it('are asked of each operation', async () => {
    for (const scope of ['READ', 'SEND', 'MANAGE']) {
      expect(await code([scope], '{ apiKeys { id } }')).toBe('FORBIDDEN');
      expect(await code([scope], CREATE_KEY, { name: 'X', scopes: ['READ'] })).toBe('FORBIDDEN');
      expect(await code([scope], REVOKE, { id: 'key_0' })).toBe('FORBIDDEN');
    }
    expect(await code(['ADMIN'], CREATE_PROJECT)).toBe('FORBIDDEN');
    expect(await code(['OPERATOR'], CREATE_PROJECT)).toBeUndefined();
    expect(await code(['OPERATOR'], '{ apiKeys { id } }')).toBe('FORBIDDEN');
  });

  it('are not given by a key that lacks them', async () => {
    const { secret } = await makeKey(gateway.call, ['ADMIN']);
    const call = graphql(gateway.url, secret);
    expect((await call(CREATE_KEY, { name: 'X', scopes: ['READ', 'OPERATOR'] })).data.createApiKey).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'scopes',
    });
    expect(await makeKey(call, ['SEND', 'ADMIN'])).toHaveProperty('secret');
  });
});

describe('another project', () => {
  it('has its keys from an OPERATOR, none of which can be OPERATOR', async () => {
    const { projectId } = await makeProject(gateway.call, ['ADMIN']);
    const { data } = await gateway.call(CREATE_KEY, { projectId, name: 'X', scopes: ['OPERATOR'] });
    expect(data.createApiKey).toMatchObject({ code: 'INVALID_INPUT', field: 'scopes' });
    expect(
      (await gateway.call('query ($id: ID!) { apiKeys(projectId: $id) { scopes } }', { id: projectId })).data.apiKeys,
    ).toEqual([{ scopes: ['ADMIN'] }]);
  });

  it('does not exist for the keys of this one', async () => {
    const { projectId, key } = await makeProject(gateway.call, ['ADMIN']);
    const { projectId: foreign, key: foreignKey } = await makeProject(gateway.call, ['ADMIN']);
    const call = graphql(gateway.url, key.secret);
    const { data } = await call(
      `query ($project: ID!, $key: ID!) {
         projects { id } apiKeys(projectId: $project) { id } project: node(id: $project) { id } key: node(id: $key) { id }
       }`,
      { project: foreign, key: foreignKey.id },
    );
    expect(data).toEqual({ projects: [{ id: projectId }], apiKeys: [], project: null, key: null });
    expect(
      (await call(CREATE_KEY, { projectId: foreign, name: 'X', scopes: ['READ'] })).data.createApiKey,
    ).toMatchObject({
      code: 'NOT_FOUND',
      field: 'projectId',
    });
    expect((await call(REVOKE, { id: foreignKey.id })).data.revokeApiKey).toEqual({ code: 'NOT_FOUND', field: 'id' });
    expect((await graphql(gateway.url, foreignKey.secret)(VIEWER)).status).toBe(200);
  });
});

describe('an input that breaks a rule', () => {
  it.each([
    ['name', { name: ' ' }],
    ['name', { name: 'x'.repeat(129) }],
    ['name', { name: 'a\0b' }],
    ['name', { name: 'half \ud83d' }],
    ['scopes', { scopes: [] }],
    ['allowedIps.1', { allowedIps: ['10.0.0.0/8', '10.0.0.0/33'] }],
    ['allowedIps.0', { allowedIps: ['10.0.0.0\0/8'] }],
    ['expiresAt', { expiresAt: '2026-01-01T00:00:00Z' }],
    ['projectId', { projectId: 'prj_0' }],
  ])('is a Problem that names %s', async (field, broken) => {
    const before = (await gateway.call('{ apiKeys { id } }')).data.apiKeys.length;
    const { data } = await gateway.call(CREATE_KEY, { name: 'X', scopes: ['READ'], ...broken });
    expect(data.createApiKey).toMatchObject({ field, message: expect.stringMatching(/\.$/) });
    expect((await gateway.call('{ apiKeys { id } }')).data.apiKeys).toHaveLength(before);
  });

  it.each([
    ['name', { name: '', defaultCountry: 'ID' }],
    ['defaultCountry', { name: 'X', defaultCountry: 'XX' }],
    ['defaultCountry', { name: 'X', defaultCountry: 'id' }],
  ])('of a project names %s', async (field, input) => {
    const { data } = await gateway.call(
      `mutation ($name: String!, $defaultCountry: String!) {
         createProject(name: $name, defaultCountry: $defaultCountry) { ... on Problem { code field } }
       }`,
      input,
    );
    expect(data.createProject).toEqual({ code: 'INVALID_INPUT', field });
  });
});
