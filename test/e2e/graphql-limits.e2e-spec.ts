import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { makeKey } from '../support/keys.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { CORS_ORIGINS: 'https://shop.example' } });
});
afterAll(() => gateway.close());

const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.adminKey}`, ...headers },
    body,
  });

describe('a request that is not of the schema', () => {
  it.each([
    ['an unknown field', '{ viewer { nothing } }', {}, ['viewer', 'nothing'], undefined],
    ['a literal of a wrong type', '{ keys: apiKeys(projectId: [{}]) { id } }', {}, ['keys'], undefined],
    [
      'a variable of a wrong type',
      'mutation ($scopes: [Scope!]!) { made: createApiKey(name: "X", scopes: $scopes) { __typename } }',
      { scopes: ['READ', 'EVERYTHING'] },
      ['made'],
      'scopes.1',
    ],
    ['a variable left out', 'query ($id: ID!) { node(id: $id) { id } }', {}, ['node'], 'id'],
    [
      'a date that does not exist',
      'mutation ($at: DateTime) { createApiKey(name: "X", scopes: [READ], expiresAt: $at) { __typename } }',
      { at: '2027-02-29T00:00:00Z' },
      ['createApiKey'],
      'at',
    ],
  ])('with %s is BAD_USER_INPUT with its path', async (_name, query, variables, path, field) => {
    const { data, errors } = await gateway.call(query, variables);
    expect(data).toBeUndefined();
    expect(errors![0]).toMatchObject({ path, extensions: { code: 'BAD_USER_INPUT' } });
    expect(errors![0]!.extensions['field']).toBe(field);
  });

  it('is told by the status to those who read it there', async () => {
    const accept = 'application/graphql-response+json';
    expect((await gateway.call('{ nothing }', {}, { accept })).status).toBe(400);
    expect((await gateway.call('{ nothing }')).status).toBe(200);
  });

  it('is told apart from one that is not GraphQL', async () => {
    const { errors } = await gateway.call('{ viewer {');
    expect(errors![0]!.extensions['code']).toBe('GRAPHQL_PARSE_FAILED');
  });
});

describe('a query', () => {
  const aliases = (count: number): string =>
    `{ ${Array.from({ length: count }, (_, n) => `a${n}: __typename`).join(' ')} }`;

  it('has at most 30 aliases', async () => {
    expect((await gateway.call(aliases(30))).errors).toBeUndefined();
    const { data, errors } = await gateway.call(aliases(31));
    expect(data).toBeUndefined();
    expect(errors![0]).toMatchObject({
      message: expect.stringContaining('31 aliases'),
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  it('is at most 12 fields deep, through fragments as well', async () => {
    const deep = `{ viewer { ...one } } fragment one on Viewer { a { b { c { d { e { f { ...two } } } } } } } fragment two on X { g { h { i { j { k { l } } } } } }`;
    const { errors } = await gateway.call(deep);
    expect(errors!.map(({ message }) => message)).toContainEqual(expect.stringContaining('13 fields deep'));
  });

  it('may ask the schema itself for as much as tools do', async () => {
    const ofType = (depth: number): string => (depth === 0 ? 'name' : `name ofType { ${ofType(depth - 1)} }`);
    expect((await gateway.call(`{ __schema { types { fields { type { ${ofType(9)} } } } } }`)).errors).toBeUndefined();
  });

  it('comes alone: a batch is refused', async () => {
    const answer = await post(JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]));
    expect(answer.status).toBe(400);
  });
});

describe('a body', () => {
  it('of more than 4 MiB is HTTP 413', async () => {
    const body = (bytes: number): string => {
      const rest = JSON.stringify({ query: '{ __typename }', variables: { pad: '' } });
      return JSON.stringify({ query: '{ __typename }', variables: { pad: 'x'.repeat(bytes - rest.length) } });
    };
    expect((await post(body(4 * 1024 * 1024))).status).toBe(200);
    expect((await post(body(4 * 1024 * 1024 + 1))).status).toBe(413);
  });

  it('that is not JSON is HTTP 400', async () => {
    expect((await post('{"query": ')).status).toBe(400);
  });
});

describe('a page in a browser', () => {
  it('is shown Apollo Sandbox without a key, and gets no data by asking as one', async () => {
    const headers = { accept: 'text/html,application/xhtml+xml' };
    const page = await fetch(`${gateway.url}/graphql`, { headers });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('sandbox');
    const asked = await fetch(`${gateway.url}/graphql?query={viewer{project{id}}}`, {
      headers: { accept: 'application/json, text/html;q=0.5' },
    });
    expect(asked.status).toBe(401);
  });

  it('of an allowed origin may call, of another may not', async () => {
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${gateway.url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      });
    const allowed = await preflight('https://shop.example');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
    expect((await preflight('https://other.example')).headers.get('access-control-allow-origin')).toBeNull();
    const answer = await post('{"query":"{__typename}"}', { origin: 'https://shop.example' });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://shop.example');
  });
});

describe('what goes wrong on our side', () => {
  it('is logged without what was handed in, and told without what happened', async () => {
    const { database, app } = await withBrokenTable();
    try {
      const secretName = 'Budi +62 878-2367-8023';
      const { status, data, errors } = await app.call(
        'mutation ($name: String!) { createProject(name: $name) { __typename } }',
        {
          name: secretName,
        },
      );
      expect({ status, data }).toEqual({ status: 200, data: null });
      expect(errors![0]!.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
      expect(JSON.stringify(errors)).not.toMatch(/projects|insert|constraint|nobody/);
      const logged = app.lines.filter((line) => line.includes('"level":50'));
      expect(logged).toHaveLength(1);
      expect(JSON.parse(logged[0]!)).toMatchObject({
        path: 'createProject',
        err: { code: '23514', constraint: 'nobody' },
      });
      expect(app.lines.join()).not.toContain('Budi');
      expect(app.lines.join()).not.toContain('2367');
      expect(app.lines.join()).not.toContain(app.adminKey);
    } finally {
      await database();
    }
  });

  async function withBrokenTable(): Promise<{ app: Gateway; database: () => Promise<void> }> {
    const app = await startGateway();
    const { default: pg } = await import('pg');
    const client = new pg.Client(app.databaseUrl);
    await client.connect();
    await client.query(`alter table projects add constraint nobody check (name not like 'Budi%')`);
    await client.end();
    return { app, database: () => app.close() };
  }
});

it('a missing scope is FORBIDDEN and logged as nothing', async () => {
  const { secret } = await makeKey(gateway.call, ['READ']);
  const { status, body } = await post(JSON.stringify({ query: '{ apiKeys { id } }' }), {
    authorization: `Bearer ${secret}`,
  }).then(async (answer) => ({ status: answer.status, body: await answer.json() }));
  expect(status).toBe(200);
  expect(body).toMatchObject({ data: null, errors: [{ path: ['apiKeys'], extensions: { code: 'FORBIDDEN' } }] });
  expect(gateway.lines.filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
});
