import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subscribe } from '../support/client.js';
import { type Gateway, startGateway } from '../support/gateway.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

describe('GraphQL over WebSocket', () => {
  it('answers queries and mutations too', async () => {
    const asked = subscribe(gateway.url, gateway.adminKey, '{ viewer { project { name } } }');
    expect(await asked.next()).toEqual({ viewer: { project: { name: 'Default' } } });
    await asked.stop();
  });

  it.each([
    ['what is not GraphQL', '{ viewer {', 'GRAPHQL_PARSE_FAILED'],
    ['what is not of the schema', '{ nothing }', 'BAD_USER_INPUT'],
    ['a query of too many aliases', `{ ${'a: __typename '.repeat(31)} }`, 'BAD_USER_INPUT'],
    ['a wrong variable', 'query ($id: ID!) { node(id: $id) { id } }', 'BAD_USER_INPUT'],
  ])('refuses %s as over HTTP, and the connection lives on', async (_name, query, code) => {
    const asked = subscribe(gateway.url, gateway.adminKey, query);
    const refused = (await asked.next().catch((error: unknown) => error)) as readonly { extensions: object }[] & {
      errors?: readonly { extensions: object }[];
    };
    expect((refused.errors ?? refused)[0]!.extensions).toMatchObject({ code });
    await asked.stop();
  });

  it('is on the path of GraphQL alone', async () => {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws');
    const status = await new Promise((resolve) =>
      socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode)),
    );
    expect(status).toBe(404);
  });
});

describe('ids', () => {
  it.each([
    '',
    'nonsense',
    'msg_1',
    'key_0000',
    'xyz_00000000000000000000000000000000',
    'prj_00000000000000000000000000000000',
  ])('that are malformed or of nothing, like %j, are null', async (id) => {
    expect(await gateway.call('query ($id: ID!) { node(id: $id) { id } }', { id })).toMatchObject({
      data: { node: null },
      errors: undefined,
    });
  });

  it('find the thing that they are of', async () => {
    const { data } = await gateway.call('{ viewer { project { id } apiKey { id } } }');
    const found = await gateway.call(
      'query ($a: ID!, $b: ID!) { a: node(id: $a) { __typename id } b: node(id: $b) { __typename id } }',
      { a: data.viewer.project.id, b: data.viewer.apiKey.id },
    );
    expect(found.data).toEqual({
      a: { __typename: 'Project', id: data.viewer.project.id },
      b: { __typename: 'ApiKey', id: data.viewer.apiKey.id },
    });
  });
});

describe('the addresses beside GraphQL', () => {
  it('say that the gateway lives, is ready, and what it counts, without a key', async () => {
    const get = async (path: string): Promise<[number, string]> => {
      const answer = await fetch(`${gateway.url}${path}`);
      return [answer.status, await answer.text()];
    };
    expect(await get('/healthz')).toEqual([200, '{"status":"ok"}']);
    expect(await get('/readyz')).toEqual([200, '{"status":"ready"}']);
    const [status, metrics] = await get('/metrics');
    expect(status).toBe(200);
    expect(metrics).toContain('process_cpu_seconds_total');
  });

  it('are all that a worker serves', async () => {
    const worker = await gateway.beside({ env: { ROLE: 'worker' } });
    expect((await fetch(`${worker.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${worker.url}/metrics`)).status).toBe(200);
    expect((await fetch(`${worker.url}/graphql`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${worker.url}/callbacks/x/y`, { method: 'POST' })).status).toBe(404);
  });
});
