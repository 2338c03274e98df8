import { mkdtemp, rm } from 'node:fs/promises';
import { type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/common/clock.js';
import { newId, publicId, uuidOf } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { type ExpectedFile, MediaService } from '../../src/media/media.service.js';
import { type Activity, watchActivity } from '../support/activity.js';
import { type FakeServer, startFakeServer } from '../support/fake-server.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';

const JPEG = Buffer.concat([Buffer.from('ffd8ffe000104a464946', 'hex'), Buffer.alloc(200_000, 7)]);

const clock = new ManualClock();
let folder: string;
let gateway: Gateway;
let media: MediaService;
let projectId: string;
/** Stands in for Meta: the question for the file's address, and the file. */
let provider: FakeServer;
let activity: Activity;
let answer: (path: string, response: ServerResponse) => void;

const fileIsThere = (path: string, response: ServerResponse): void => {
  if (path === '/file') response.end(JPEG);
  else response.end(JSON.stringify({ url: `${provider.url}/file`, mime_type: 'image/webp', file_size: JPEG.length }));
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kurir-inbound-'));
  activity = watchActivity();
  provider = await startFakeServer((path, response) => answer(path, response));
  gateway = await startGateway({ clock, env: { DATA_DIR: folder } });
  media = gateway.app.nest.get(MediaService);
  const { data } = await gateway.call('{ viewer { project { id } } }');
  projectId = uuidOf('prj', data.viewer.project.id) as string;
});
beforeEach(() => {
  answer = fileIsThere;
});
afterAll(async () => {
  activity.stop();
  await gateway.close();
  await provider.close();
  await rm(folder, { recursive: true, force: true });
});

async function connectMeta(): Promise<string> {
  const credentials = {
    ...{ accessToken: 'EAAtoken', phoneNumberId: '106540352242922', businessAccountId: '102290129340398' },
    ...{ appSecret: 'app-secret', verifyToken: 'verify-token' },
  };
  const { data } = await gateway.call(
    `mutation ($input: ProviderAccountInput!) {
      connectProvider(input: $input) { ... on ProviderAccount { id } ... on Problem { code message field } }
    }`,
    { input: { kind: 'META', name: 'Meta', baseUrl: provider.url, credentials } },
  );
  return uuidOf('acc', data.connectProvider.id) as string;
}

/** A person sends a file through the account. Answers its public id. */
async function sent(accountId: string, more: Partial<ExpectedFile> = {}): Promise<string> {
  const file = {
    ...{ projectId, id: newId(), accountId, reference: '3938429384', type: 'IMAGE' as const },
    ...{ mimeType: 'image/jpeg', filename: null },
    ...more,
  };
  await gateway.app.nest.get(Database).transaction((sql) => media.expect(sql, [file]));
  media.announce([accountId]);
  return publicId('med', file.id);
}

interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** With its whole body: a call whose answer nobody reads is never over. */
async function get(id: string, url = gateway.url): Promise<Got> {
  const found = await fetch(`${url}/media/${id}`, { headers: { authorization: `Bearer ${gateway.adminKey}` } });
  return { status: found.status, headers: found.headers, body: Buffer.from(await found.arrayBuffer()) };
}

const told = ({ body }: Got): unknown => JSON.parse(body.toString());

/** Lets time pass, its last second apart: whoever looks every second looks at the end too. */
async function pass(ms: number): Promise<void> {
  for (const step of [ms - SECOND, SECOND]) {
    await activity.quiet();
    clock.advance(step);
    await activity.quiet();
  }
}

const retryAfter = async (id: string): Promise<string | null> => (await get(id)).headers.get('retry-after');

const ready = (id: string): Promise<Got> =>
  until(async () => {
    const found = await get(id);
    return found.status === 200 && found;
  }, 'the file is there');

describe('what a person sent', () => {
  it('is fetched at once, and until then 404 with a Retry-After', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    answer = (_path, response) => asked.resolve(response);
    const id = await sent(await connectMeta(), { filename: '../foto "1".jpg' });
    const held = await asked.promise;
    const early = await get(id);
    expect(early.status).toBe(404);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(told(early)).toEqual({ code: 'NOT_FOUND', message: expect.stringContaining('still being fetched') });
    answer = fileIsThere;
    fileIsThere('/question', held);
    const found = await ready(id);
    expect(found.body.equals(JPEG)).toBe(true);
    expect(found.headers.get('content-type')).toBe('image/jpeg');
    expect(found.headers.get('content-disposition')).toContain('filename="foto _1_.jpg"');
    const uuid = uuidOf('med', id) as string;
    expect((await media.find(projectId, [uuid])).get(uuid)).toEqual({
      ...{ id: uuid, type: 'IMAGE', mimeType: 'image/jpeg', size: JPEG.length, filename: 'foto "1".jpg', ready: true },
    });
    expect((await media.bytes(projectId, uuid))?.equals(JPEG)).toBe(true);
  });

  it('is kept though WhatsApp carries no such upload, with a type that harms nobody', async () => {
    answer = (path, response) => (path === '/file' ? response.end('<script>') : fileIsThere(path, response));
    const found = await ready(await sent(await connectMeta(), { type: 'DOCUMENT', filename: 'a.html' }));
    expect(found.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(found.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is asked for again after 5 s, 30 s, 2 min, 10 min and 1 h, until it comes', async () => {
    answer = (_path, response) => response.writeHead(503).end('{}');
    const id = await sent(await connectMeta());
    await activity.quiet();
    for (const pause of [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, HOUR]) {
      expect(await retryAfter(id)).toBe(String(pause / SECOND));
      const before = provider.paths.length;
      await pass(pause - SECOND);
      expect(provider.paths).toHaveLength(before);
      await pass(SECOND);
      expect(provider.paths).toHaveLength(before + 1);
    }
    answer = fileIsThere;
    await pass(HOUR);
    await ready(id);
  });

  it('is given up after a day, and says why', async () => {
    answer = (_path, response) => response.writeHead(503).end('{}');
    const id = await sent(await connectMeta());
    await pass(DAY);
    const found = await get(id);
    expect([found.status, found.headers.get('retry-after')]).toEqual([404, null]);
    expect(told(found)).toEqual({ code: 'NOT_FOUND', message: expect.stringContaining('could not be fetched') });
  });

  it('is given up at once where asking again is of no use', async () => {
    answer = (_path, response) => {
      response.writeHead(400).end(JSON.stringify({ error: { code: 100, message: 'Unsupported get request.' } }));
    };
    const id = await sent(await connectMeta());
    await activity.quiet();
    expect(await retryAfter(id)).toBeNull();
  });

  it('is not asked for any more when the account is gone', async () => {
    answer = (_path, response) => response.writeHead(503).end('{}');
    const accountId = await connectMeta();
    const id = await sent(accountId);
    await activity.quiet();
    await gateway.call('mutation ($id: ID!) { deleteProviderAccount(id: $id) { __typename } }', {
      id: publicId('acc', accountId),
    });
    const before = provider.paths.length;
    await pass(MINUTE);
    expect(provider.paths).toHaveLength(before);
    expect(await retryAfter(id)).toBeNull();
  });

  it('is fetched by another process, where this one serves the API alone', async () => {
    const api = await gateway.beside({ env: { ROLE: 'api' } });
    const id = await sent(await connectMeta());
    await ready(id);
    expect((await get(id, api.url)).body.equals(JPEG)).toBe(true);
  });
});
