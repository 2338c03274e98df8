import { type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../../test/support/fake-server.js';
import { EXE, jpeg, MP4, OGG, PDF, PNG } from '../../test/support/files.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { later, MINUTE } from '../common/clock.js';
import { WHATSAPP_MEDIA } from '../common/whatsapp-media.js';
import { UndiciHttp } from '../http/undici-http.js';
import { type MediaType } from '../providers/ports/messaging.js';
import { MerchantLinks } from './merchant-links.js';

const MIB = 1024 * 1024;
const http = new UndiciHttp({ allowPrivate: true });
let shop: FakeServer;
let answer: (path: string, response: ServerResponse) => void;
let clock: ManualClock;
let links: MerchantLinks;

beforeAll(async () => {
  shop = await startFakeServer((path, response) => answer(path, response));
});
beforeEach(() => {
  clock = new ManualClock();
  links = new MerchantLinks(http, clock, { allowPrivateUrls: true });
});
afterAll(async () => {
  await shop.close();
  await http.close();
});

const says =
  (status: number, body: Buffer | string = '', headers: Record<string, string> = {}) =>
  (_path: string, response: ServerResponse): void => {
    response.writeHead(status, { location: '/elsewhere', ...headers }).end(body);
  };

describe('a file that is fetched from its link', () => {
  const signal = (): AbortSignal => AbortSignal.timeout(10_000);
  const fetched = (type: MediaType = 'IMAGE', path = '/a.jpg'): Promise<unknown> =>
    links.fetch(shop.url + path, type, signal());
  const rejected = { outcome: 'failed', retryable: false, failure: { code: 'MEDIA_REJECTED' } };

  it('is told by its bytes', async () => {
    answer = says(200, PDF, { 'content-type': 'text/html' });
    expect(await fetched('DOCUMENT', '/invoice')).toEqual({
      ...{ outcome: 'answered', bytes: PDF, mimeType: 'application/pdf' },
    });
  });

  it('is none where the link answers with something else, or redirects', async () => {
    for (const [status, body] of [
      [404, 'no'],
      [302, ''],
      [200, EXE],
      [200, '<html></html>'],
    ] as const) {
      answer = says(status, body);
      expect(await fetched()).toMatchObject(rejected);
    }
    expect(shop.paths).not.toContain('/elsewhere');
  });

  it('has no more than its type may have, and the rest of it is not waited for', async () => {
    answer = says(200, jpeg(6 * MIB));
    expect(await fetched()).toMatchObject(rejected);
    // Announced and never sent.
    answer = (_path, response) => response.writeHead(200, { 'content-length': String(5 * MIB + 1) }).flushHeaders();
    expect(await fetched()).toMatchObject(rejected);
    answer = says(200, Buffer.concat([PDF, Buffer.alloc(6 * MIB)]));
    expect(await fetched('DOCUMENT')).toMatchObject({ outcome: 'answered' });
  });

  it('may come another time where the server is in trouble or away', async () => {
    const passing = { outcome: 'failed', retryable: true, failure: { code: 'PROVIDER_UNAVAILABLE' } };
    for (const status of [429, 500, 503]) {
      answer = says(status);
      expect(await fetched()).toMatchObject(passing);
    }
    answer = (_path, response) => response.destroy();
    expect(await fetched()).toMatchObject(passing);
    expect(await links.fetch('http://127.0.0.1:1/a.jpg', 'IMAGE', signal())).toMatchObject(passing);
  });

  it('is not fetched from a private address', async () => {
    const careful = new MerchantLinks(http, clock, { allowPrivateUrls: false });
    const before = shop.paths.length;
    expect(await careful.fetch(`${shop.url}/a.jpg`, 'IMAGE', signal())).toMatchObject({
      ...{ outcome: 'failed', retryable: false, failure: { code: 'UNSAFE_URL' } },
    });
    expect(shop.paths).toHaveLength(before);
  });
});

describe('a link that its provider fetches', () => {
  const refusal = (type: MediaType = 'IMAGE', path = '/a'): ReturnType<MerchantLinks['refusal']> =>
    links.refusal(shop.url + path, type, WHATSAPP_MEDIA[type]);
  const zip = Buffer.from('PK\x03\x04\x14\0\0\0', 'latin1');

  it.each([
    ['a program as IMAGE', 'IMAGE', EXE],
    ['a PDF as IMAGE', 'IMAGE', PDF],
    ['a PNG as DOCUMENT', 'DOCUMENT', PNG],
    ['a GIF as IMAGE', 'IMAGE', Buffer.from('GIF89a\x01\0\x01\0')],
    ['an MP4 as IMAGE', 'IMAGE', MP4],
    ['an archive as VIDEO', 'VIDEO', zip],
    ['a PDF as AUDIO', 'AUDIO', PDF],
  ] as const)('is refused where it surely leads to %s, whatever its server calls it', async (_what, type, bytes) => {
    answer = says(200, bytes, { 'content-type': WHATSAPP_MEDIA[type].mimeTypes[0] });
    expect(await refusal(type)).toMatchObject({ code: 'MEDIA_REJECTED', providerCode: null, providerMessage: null });
  });

  it.each([
    ['what it says it is', 'IMAGE', PNG],
    ['a document', 'DOCUMENT', PDF],
    ['a voice note', 'AUDIO', OGG],
    ['what may be an Office file', 'DOCUMENT', zip],
    ['what may only sound', 'AUDIO', MP4],
    ['a text', 'IMAGE', '<html>'],
    ['bytes that nobody knows', 'IMAGE', Buffer.from('00ff00ff', 'hex')],
    ['nothing', 'IMAGE', ''],
  ] as const)('is handed on where it leads to %s', async (_what, type, bytes) => {
    answer = says(200, bytes);
    expect(await refusal(type)).toBeNull();
  });

  it('is refused for its size by what is announced, and no more than its head is read', async () => {
    const closed = Promise.withResolvers<void>();
    answer = (_path, response) => {
      response.once('close', () => closed.resolve());
      response.writeHead(200, { 'content-length': String(5 * MIB + 1) }).write(jpeg(80 * 1024));
    };
    expect(await refusal()).toMatchObject({ code: 'MEDIA_REJECTED', message: expect.stringContaining('5242880') });
    await closed.promise;
    answer = says(200, jpeg(4 * MIB));
    expect(await refusal('IMAGE', '/b')).toBeNull();
  });

  it('is handed on where nobody can tell: another status, a redirect, packed, broken or not there', async () => {
    const answers: readonly (typeof answer)[] = [
      ...[206, 301, 302, 403, 404, 500].map((status) => says(status, EXE)),
      says(200, EXE, { 'content-encoding': 'gzip' }),
      (_path, response) => response.destroy(),
      (_path, response) => response.writeHead(200, { 'content-length': '100' }).write(EXE, () => response.destroy()),
    ];
    for (const [index, each] of answers.entries()) {
      answer = each;
      expect(await refusal('IMAGE', `/${index}`)).toBeNull();
    }
    expect(await links.refusal('http://127.0.0.1:1/a.jpg', 'IMAGE', WHATSAPP_MEDIA.IMAGE)).toBeNull();
    expect(shop.paths).not.toContain('/elsewhere');
  });

  it('is UNSAFE_URL where it has come to lead to a private address', async () => {
    const careful = new MerchantLinks(http, clock, { allowPrivateUrls: false });
    const before = shop.paths.length;
    expect(await careful.refusal(`${shop.url}/a`, 'IMAGE', WHATSAPP_MEDIA.IMAGE)).toMatchObject({ code: 'UNSAFE_URL' });
    expect(shop.paths).toHaveLength(before);
  });

  it('is looked at once for all that send it within ten minutes, also at the same time and as another type', async () => {
    answer = says(200, PDF);
    const before = shop.paths.length;
    const all = await Promise.all([refusal(), refusal('DOCUMENT'), refusal()]);
    expect(all.map((each) => each?.code)).toEqual(['MEDIA_REJECTED', undefined, 'MEDIA_REJECTED']);
    answer = says(200, PNG);
    clock.set(later(clock.now(), 10 * MINUTE - 1));
    expect(await refusal()).not.toBeNull();
    expect(shop.paths).toHaveLength(before + 1);
    clock.set(later(clock.now(), 1));
    expect(await refusal()).toBeNull();
    expect(shop.paths).toHaveLength(before + 2);
  });

  it('is forgotten when a thousand others came after it', async () => {
    answer = says(200, PNG);
    const before = shop.paths.length;
    await refusal('IMAGE', '/first');
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => refusal('IMAGE', `/${index}`)));
    await refusal('IMAGE', '/999');
    expect(shop.paths).toHaveLength(before + 1_001);
    await refusal('IMAGE', '/first');
    expect(shop.paths).toHaveLength(before + 1_002);
  });
});
