import { expect } from 'vitest';
import { type Call } from './client.js';

export const CREATE_KEY = `mutation ($projectId: ID, $name: String!, $scopes: [Scope!]!, $allowedIps: [String!], $expiresAt: DateTime) {
  createApiKey(projectId: $projectId, name: $name, scopes: $scopes, allowedIps: $allowedIps, expiresAt: $expiresAt) {
    ... on ApiKeyWithSecret { secret apiKey { id name prefix scopes allowedIps expiresAt revokedAt } }
    ... on Problem { code field message }
  }
}`;

export interface MadeKey {
  readonly id: string;
  readonly secret: string;
}

/** Makes a key, as whoever `call` calls. */
export async function makeKey(
  call: Call,
  scopes: readonly string[],
  more: Record<string, unknown> = {},
): Promise<MadeKey> {
  const { data, errors } = await call(CREATE_KEY, { name: 'Test', scopes, ...more });
  expect(errors).toBeUndefined();
  expect(data.createApiKey).toHaveProperty('secret');
  return { id: data.createApiKey.apiKey.id, secret: data.createApiKey.secret };
}

/** Makes another project and a key with the scopes; as the admin. */
export async function makeProject(call: Call, scopes: readonly string[]): Promise<{ projectId: string; key: MadeKey }> {
  const { data } = await call('mutation { createProject(name: "Another") { ... on Project { id } } }');
  const projectId: string = data.createProject.id;
  return { projectId, key: await makeKey(call, scopes, { projectId }) };
}
