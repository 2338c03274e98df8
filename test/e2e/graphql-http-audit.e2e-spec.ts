import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const audits = serverAudits({
  url: () => `${gateway.url}/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${gateway.adminKey}`);
    return fetch(url, { ...init, headers });
  },
});

describe('GraphQL over HTTP', () => {
  // Every MUST, SHOULD and MAY of it: none is left out.
  it.each(audits.map(({ id, name, fn }) => [id, name, fn] as const))('%s: %s', async (_id, _name, audit) => {
    const result = await audit();
    expect({ status: result.status, reason: 'reason' in result ? result.reason : null }).toEqual({
      status: 'ok',
      reason: null,
    });
  });
});
