import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, later, SECOND } from '../../src/common/clock.js';
import { uuidOf } from '../../src/common/ids.js';
import { MediaService } from '../../src/media/media.service.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';

const MIB = 1024 * 1024;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const jpeg = (size: number): Buffer => Buffer.concat([Buffer.from('ffd8ffe000104a464946', 'hex'), Buffer.alloc(size)]);
const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n');
const EXE = Buffer.from('4d5a90000300000004000000ffff0000', 'hex');
const ORIGIN = 'https://shop.example';

const clock = new ManualClock();
let folder: string;
let gateway: Gateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kurir-media-'));
  gateway = await startGateway({ clock, env: { DATA_DIR: folder, CORS_ORIGINS: ORIGIN } });
});
afterAll(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

interface Uploaded {
  readonly status: number;
  readonly body: { readonly id: string; readonly code: string; readonly message: string };
}

interface UploadOptions {
  readonly name?: string;
  readonly type?: string;
  readonly field?: string;
  readonly key?: string | null;
}

async function upload(bytes: Buffer, options: UploadOptions = {}): Promise<Uploaded> {
  const { name = 'file', type = 'application/octet-stream', field = 'file', key = gateway.adminKey } = options;
  const form = new FormData();
  form.append('note', 'a field before the file');
  form.append(field, new Blob([Uint8Array.from(bytes)], { type }), name);
  return post(form, key);
}

async function post(body: FormData | string, key: string | null = gateway.adminKey): Promise<Uploaded> {
  const headers = key === null ? undefined : { authorization: `Bearer ${key}` };
  const answer = await fetch(`${gateway.url}/media`, { method: 'POST', headers, body });
  return { status: answer.status, body: (await answer.json()) as Uploaded['body'] };
}

const get = (
  id: string,
  key: string | null = gateway.adminKey,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${gateway.url}/media/${id}`, { headers: { ...(key && { authorization: `Bearer ${key}` }), ...headers } });

const codeOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { code: unknown }).code;

/** The project of the admin's key, and the service as the other rooms have it. */
async function inside(): Promise<{ media: MediaService; projectId: string }> {
  const { data } = await gateway.call('{ viewer { project { id } } }');
  return { media: gateway.app.nest.get(MediaService), projectId: uuidOf('prj', data.viewer.project.id) as string };
}

/** A link on this gateway: PUBLIC_URL names another port where none is set. */
const onGateway = (link: string): string => gateway.url + new URL(link).pathname + new URL(link).search;

describe('an upload', () => {
  it('is answered with an id, under which a key reads it back as it was', async () => {
    const { status, body } = await upload(PNG, { name: 'kartu toko é.png', type: 'text/html' });
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.stringMatching(/^med_[0-9a-f]{32}$/) });
    const answer = await get(body.id);
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(PNG);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.length),
      etag: `"${createHash('sha256').update(PNG).digest('hex')}"`,
      'content-disposition': `attachment; filename="kartu toko _.png"; filename*=UTF-8''kartu%20toko%20%C3%A9.png`,
      'x-content-type-options': 'nosniff',
    });
    expect((await get(body.id, gateway.adminKey, { 'if-none-match': answer.headers.get('etag') ?? '' })).status).toBe(
      304,
    );
  });

  it('is kept whole on disc, for its owner alone, and nothing else of it', async () => {
    const bytes = Buffer.concat([PDF, randomBytes(3 * MIB)]);
    const { body } = await upload(bytes, { name: 'invoice.pdf' });
    const { projectId } = await inside();
    const found = await stat(join(folder, 'media', projectId, uuidOf('med', body.id) as string));
    expect(found.size).toBe(bytes.length);
    expect(found.mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'media', 'drafts'))).toEqual([]);
    expect(Buffer.from(await (await get(body.id)).arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('is what its bytes are, not what its name or its sender says: an .exe called .jpg is 415', async () => {
    const { status, body } = await upload(EXE, { name: 'photo.jpg', type: 'image/jpeg' });
    expect(status).toBe(415);
    expect(body).toEqual({ code: 'MEDIA_REJECTED', message: expect.any(String) });
    expect((await upload(Buffer.from('hello'), { name: 'photo.jpg', type: 'image/jpeg' })).status).toBe(415);
    expect((await upload(Buffer.alloc(0), { name: 'empty.txt' })).status).toBe(415);
    expect(await readdir(join(folder, 'media', 'drafts'))).toEqual([]);
  });

  it('is 413 past what its type may have: a JPEG of 30 MB', async () => {
    const { status, body } = await upload(jpeg(30 * MIB), { name: 'photo.jpg', type: 'application/pdf' });
    expect(status).toBe(413);
    expect(body).toEqual({ code: 'MEDIA_REJECTED', message: expect.any(String) });
    expect((await upload(jpeg(4 * MIB))).status).toBe(201);
  });

  it('is 413 past 100 MiB, whether its length is announced or not', async () => {
    const huge = Buffer.concat([PDF, Buffer.alloc(100 * MIB)]);
    expect(await upload(huge)).toMatchObject({ status: 413, body: { code: 'MEDIA_REJECTED' } });
    const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n';
    const answer = await fetch(`${gateway.url}/media`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.adminKey}`, 'content-type': 'multipart/form-data; boundary=b' },
      body: ReadableStream.from([Buffer.from(head), huge, Buffer.from('\r\n--b--\r\n')]),
      duplex: 'half',
    });
    expect(answer.status).toBe(413);
    expect(await codeOf(answer)).toBe('MEDIA_REJECTED');
    expect(await readdir(join(folder, 'media', 'drafts'))).toEqual([]);
  });

  it('is 400 without a file, in another field, or as no multipart', async () => {
    const empty = new FormData();
    empty.append('file', 'a text');
    for (const refused of [await post(empty), await post('{"file": 1}'), await upload(PNG, { field: 'photo' })]) {
      expect(refused).toEqual({ status: 400, body: { code: 'INVALID_INPUT', message: expect.any(String) } });
    }
    for (const [type, body] of [
      ['multipart/form-data', 'x'],
      [
        'multipart/form-data; boundary=b',
        '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF',
      ],
    ] as const) {
      const answer = await fetch(`${gateway.url}/media`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.adminKey}`, 'content-type': type },
        body,
      });
      expect([answer.status, await codeOf(answer)]).toEqual([400, 'INVALID_INPUT']);
    }
    expect(await readdir(join(folder, 'media', 'drafts'))).toEqual([]);
  });
});

describe('a form with more than one file', () => {
  const two = (second: string): FormData => {
    const form = new FormData();
    form.append('file', new Blob([Uint8Array.from(PDF)]), 'a.pdf');
    form.append(second, new Blob([Uint8Array.from(PNG)]), 'b.png');
    return form;
  };

  it('is 400 and leaves none behind, for one id is answered', async () => {
    const { projectId } = await inside();
    const before = await readdir(join(folder, 'media', projectId)).catch(() => []);
    for (const form of [two('file'), two('thumbnail')]) {
      expect(await post(form)).toEqual({
        status: 400,
        body: { code: 'INVALID_INPUT', message: expect.stringContaining('one file') },
      });
    }
    expect(await readdir(join(folder, 'media', projectId)).catch(() => [])).toEqual(before);
    expect(await readdir(join(folder, 'media', 'drafts'))).toEqual([]);
  });

  it('is none where a text follows the file', async () => {
    const form = new FormData();
    form.append('file', new Blob([Uint8Array.from(PDF)]), 'a.pdf');
    form.append('note', 'for Budi');
    expect(await post(form)).toMatchObject({ status: 201 });
  });
});

describe('the door', () => {
  it('is closed without a key or with a bad one', async () => {
    const { body } = await upload(PNG);
    for (const key of [null, 'kurir_of_nobody']) {
      const refused = await upload(PNG, { key });
      expect(refused).toEqual({ status: 401, body: { code: 'UNAUTHENTICATED', message: expect.any(String) } });
      const answer = await get(body.id, key);
      expect([answer.status, await codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('asks for SEND to upload and for READ to read, and for the networks of a key', async () => {
    const { body } = await upload(PNG);
    const reader = await makeKey(gateway.call, ['READ']);
    const operator = await makeKey(gateway.call, ['OPERATOR']);
    const elsewhere = await makeKey(gateway.call, ['SEND'], { allowedIps: ['203.0.113.0/24'] });
    expect(await upload(PNG, { key: reader.secret })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await get(body.id, reader.secret)).status).toBe(200);
    const refused = await get(body.id, operator.secret);
    expect([refused.status, await codeOf(refused)]).toEqual([403, 'FORBIDDEN']);
    expect((await upload(PNG, { key: elsewhere.secret })).status).toBe(401);
  });

  it('shows nothing of another project, and nothing that is not there', async () => {
    const { body } = await upload(PNG);
    const { key } = await makeProject(gateway.call, ['SEND']);
    const unknown = `med_${'0'.repeat(32)}`;
    const others: [string, string][] = [
      [body.id, key.secret],
      [unknown, gateway.adminKey],
      ['med_1', gateway.adminKey],
      [body.id.replace('med', 'msg'), gateway.adminKey],
    ];
    for (const [id, secret] of others) {
      const answer = await get(id, secret);
      expect([answer.status, await codeOf(answer)]).toEqual([404, 'NOT_FOUND']);
    }
    const own = await upload(PDF, { key: key.secret });
    expect((await get(own.body.id, key.secret)).status).toBe(200);
    expect((await get(own.body.id)).status).toBe(404);
  });

  it('answers pages of the origins that /graphql answers', async () => {
    const asked = await fetch(`${gateway.url}/media`, {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
    });
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-headers': 'authorization, content-type',
      vary: 'origin',
    });
    const { body } = await upload(PNG);
    expect((await get(body.id, null, { origin: ORIGIN })).headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(
      (await get(body.id, null, { origin: 'https://evil.example' })).headers.get('access-control-allow-origin'),
    ).toBe(null);
  });
});

describe('a signed link', () => {
  it('opens its file without a key for 24 hours, and not a second longer', async () => {
    const { body } = await upload(PDF, { name: 'invoice.pdf' });
    const { media, projectId } = await inside();
    const link = onGateway(media.linkTo(projectId, uuidOf('med', body.id) as string));
    const answer = await fetch(link);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(PDF);
    const now = clock.now();
    clock.set(later(now, DAY - SECOND));
    expect((await fetch(link)).status).toBe(200);
    clock.set(later(now, DAY + SECOND));
    const late = await fetch(link);
    expect([late.status, await codeOf(late)]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('opens nothing with one character changed, for a longer time, or for another file', async () => {
    const [one, other] = [await upload(PDF), await upload(PNG)];
    const { media, projectId } = await inside();
    const link = new URL(onGateway(media.linkTo(projectId, uuidOf('med', one.body.id) as string)));
    const changed = (edit: (url: URL) => void): string => {
      const url = new URL(link);
      edit(url);
      return url.href;
    };
    const { searchParams } = link;
    const signature = searchParams.get('signature') ?? '';
    const forged = [
      ...[0, 25, 40].map((at) =>
        changed((url) =>
          url.searchParams.set(
            'signature',
            signature.slice(0, at) + (signature[at] === 'A' ? 'B' : 'A') + signature.slice(at + 1),
          ),
        ),
      ),
      changed((url) => url.searchParams.set('until', String(Number(searchParams.get('until')) + 1))),
      changed((url) => (url.pathname = `/media/${other.body.id}`)),
      changed((url) => url.searchParams.set('signature', signature.slice(0, -2))),
      changed((url) => url.searchParams.append('until', searchParams.get('until') as string)),
      changed((url) => url.searchParams.delete('until')),
    ];
    for (const url of forged) expect((await fetch(url)).status).toBe(401);
    expect((await fetch(link)).status).toBe(200);
  });
});
