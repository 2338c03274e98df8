import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTestDatabase } from '../../test/support/database.js';
import { newId } from '../common/ids.js';
import { type Database } from '../database/database.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { insertApiKey } from './inserts.js';
import { ProjectRows } from './project-rows.js';
import { hashOf } from './secret.js';

let connected: { database: Database; close(): Promise<void> };
let rows: ProjectRows<ApiKeyEntity>;
const [mine, foreign] = [newId(), newId()];
let ids: string[];
let foreignId: string;

beforeAll(async () => {
  connected = await connectTestDatabase([ApiKeyEntity]);
  rows = new ProjectRows(connected.database, ApiKeyEntity);
  const insert = async (projectId: string, name: string): Promise<string> => {
    const id = newId();
    await insertApiKey(connected.database, {
      ...{ projectId, id, name, prefix: 'x', hash: hashOf(id), scopes: ['READ'], allowedIps: [] },
      ...{ expiresAt: null, lastUsedAt: null, revokedAt: null, createdAt: new Date('2026-03-01T09:00:00Z') },
    });
    return id;
  };
  ids = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) ids.unshift(await insert(mine, name));
  foreignId = await insert(foreign, 'a');
});
afterAll(() => connected.close());

describe('rows of a project', () => {
  it('are found by id, and those of another project are not', async () => {
    expect(await rows.find(mine, ids[0]!)).toMatchObject({ projectId: mine, name: 'e', scopes: ['READ'] });
    expect(await rows.find(mine, foreignId)).toBeNull();
    expect([...(await rows.findMany(mine, [ids[1]!, foreignId, ids[1]!])).keys()]).toEqual([ids[1]]);
    expect((await rows.findMany(mine, [])).size).toBe(0);
  });

  it('come newest first, page by page, each once', async () => {
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page = await rows.page(mine, { first: 2, after });
      seen.push(...page.rows.map(({ id }) => id));
      after = seen.at(-1)!;
      more = page.hasNextPage;
    }
    expect(seen).toEqual(ids);
    expect(await rows.page(mine, { first: 5, after: null })).toMatchObject({ hasNextPage: false });
  });

  it('are narrowed without leaving the project', async () => {
    const named = (name: string) => (query: { andWhere(text: string, values: object): unknown }) =>
      void query.andWhere('row.name = :name or true', { name });
    expect((await rows.page(mine, { first: 200, after: null, where: named('a') })).rows).toHaveLength(5);
    expect(
      (await rows.all(foreign, (query) => query.andWhere('row.name = :name', { name: 'a' }))).map(({ id }) => id),
    ).toEqual([foreignId]);
  });

  it('are counted to a limit', async () => {
    expect([await rows.count(mine, undefined, 10), await rows.count(mine, undefined, 3)]).toEqual([5, 3]);
    expect(await rows.count(mine, (query) => query.andWhere('row.name > :name', { name: 'c' }), 10)).toBe(2);
  });
});
