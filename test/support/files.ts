import { startFakeServer, type FakeServer } from './fake-server.js';
import { type Gateway } from './gateway.js';

/** The least of each type that is told by its bytes. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
export const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n');
export const OGG = Buffer.from(`OggS\0\x02${'\0'.repeat(20)}\x13OpusHead\x01`, 'latin1');
export const MP4 = Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1');
export const EXE = Buffer.from('4d5a90000300000004000000ffff0000', 'hex');
export const jpeg = (bytes: number): Buffer =>
  Buffer.concat([Buffer.from('ffd8ffe000104a464946', 'hex'), Buffer.alloc(bytes)]);

export interface Uploaded {
  readonly status: number;
  readonly body: { readonly id: string; readonly code: string; readonly message: string };
}

/** `POST /media`, as whoever holds the key. */
export async function upload(
  gateway: Pick<Gateway, 'url' | 'adminKey'>,
  bytes: Buffer,
  name: string,
  key: string = gateway.adminKey,
): Promise<Uploaded> {
  const form = new FormData();
  form.append('file', new Blob([Uint8Array.from(bytes)], { type: 'application/octet-stream' }), name);
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${gateway.url}/media`, { method: 'POST', headers, body: form });
  return { status: answer.status, body: (await answer.json()) as Uploaded['body'] };
}

/** A merchant's web server with these files, by their paths. */
export const startShop = (files: Readonly<Record<string, Buffer>>): Promise<FakeServer> =>
  startFakeServer((path, response) => {
    const bytes = files[path];
    if (!bytes) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length }).end(bytes);
  });
