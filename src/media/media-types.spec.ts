import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mimeTypeOf, sniff } from './media-types.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const padded = (...parts: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat([
    ...parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
    Buffer.alloc(600),
  ]);
const mp4 = (brand: string): Buffer => padded(hex('00000018'), 'ftyp', brand);
const ogg = (codec: string): Buffer => padded('OggS', Buffer.alloc(24), codec);
const CFB = padded(hex('d0cf11e0a1b11ae1'));

/** A ZIP of one stored file, as far as anybody looks. */
function zip(name: string, content = ''): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt32LE(content.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name + content)]);
}

const OOXML = 'application/vnd.openxmlformats-officedocument';
const office = (format: string): Buffer =>
  zip('[Content_Types].xml', `<Types><Override ContentType="${OOXML}.${format}.main+xml"/></Types>`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kurir-types-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Sniffs the bytes, and the same as a file: both must say the same. */
async function both(bytes: Buffer, name: string | null = null): Promise<string | null> {
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  const [inMemory, onDisc] = await Promise.all([sniff(bytes, name), sniff(path, name)]);
  expect(onDisc).toEqual(inMemory);
  return inMemory && `${inMemory.type} ${inMemory.mimeType}`;
}

describe('what a file is', () => {
  const files: readonly (readonly [string, Buffer, string])[] = [
    ['a JPEG', padded(hex('ffd8ffe0 00104a464946')), 'IMAGE image/jpeg'],
    ['a PNG', padded(hex('89504e470d0a1a0a 0000000d 49484452')), 'IMAGE image/png'],
    ['a PNG that is cut short', hex('89504e470d0a1a0a'), 'IMAGE image/png'],
    ['an MP4', mp4('isom'), 'VIDEO video/mp4'],
    ['a 3GPP', mp4('3gp4'), 'VIDEO video/3gpp'],
    ['an M4A', mp4('M4A '), 'AUDIO audio/mp4'],
    ['an AAC', padded(hex('fff15080')), 'AUDIO audio/aac'],
    ['an AMR', padded('#!AMR\n'), 'AUDIO audio/amr'],
    ['an MP3', padded(hex('fffb9064')), 'AUDIO audio/mpeg'],
    ['an OGG with Opus, which is a voice note', ogg('OpusHead'), 'AUDIO audio/ogg'],
    ['an OGG with Vorbis', ogg('\x01vorbis'), 'AUDIO audio/ogg'],
    ['a PDF', padded('%PDF-1.7\n'), 'DOCUMENT application/pdf'],
    ['a DOCX', office('wordprocessingml.document'), `DOCUMENT ${OOXML}.wordprocessingml.document`],
    ['an XLSX', office('spreadsheetml.sheet'), `DOCUMENT ${OOXML}.spreadsheetml.sheet`],
    ['a PPTX', office('presentationml.presentation'), `DOCUMENT ${OOXML}.presentationml.presentation`],
  ];
  it.each(files)('%s, whatever it is called', async (_what, bytes, kind) => {
    expect(await both(bytes)).toBe(kind);
    expect(await both(bytes, 'virus.exe')).toBe(kind);
  });

  it('an Office file of before 2007 by its name, for the bytes do not tell', async () => {
    expect(await both(CFB, 'a.DOC')).toBe('DOCUMENT application/msword');
    expect(await both(CFB, 'a.xls')).toBe('DOCUMENT application/vnd.ms-excel');
    expect(await both(CFB, 'a.ppt')).toBe('DOCUMENT application/vnd.ms-powerpoint');
    for (const name of ['a.msi', 'a.jpg', null]) expect(await both(CFB, name)).toBeNull();
  });

  it('an MP4 without pictures by its name, for many have no brand of their own', async () => {
    expect(await both(mp4('isom'), 'voice.m4a')).toBe('AUDIO audio/mp4');
  });

  it('a text, where it is UTF-8 without NUL and its name claims nothing else', async () => {
    for (const name of ['a.txt', 'A.CSV', 'LICENSE', null]) {
      expect(await both(Buffer.from('harga: 1.000 €'), name)).toBe('DOCUMENT text/plain');
    }
    expect(await both(Buffer.from('BMI,weight\n22,70'), 'a.csv')).toBe('DOCUMENT text/plain');
    for (const name of ['photo.jpg', 'page.html', 'run.sh', 'setup.exe']) {
      expect(await both(Buffer.from('hello'), name)).toBeNull();
    }
    for (const bytes of [Buffer.alloc(0), hex('ff41'), hex('c3'), Buffer.from('a\0b')]) {
      expect(await both(bytes, 'a.txt')).toBeNull();
    }
    // Cut within a character between two chunks of the file.
    expect(await both(Buffer.from(`a${'€'.repeat(100_000)}`), 'a.txt')).toBe('DOCUMENT text/plain');
  });

  it('nothing that WhatsApp carries: programs, archives, other pictures', async () => {
    const others = [
      padded('MZ'),
      padded(hex('7f454c46')),
      zip('a.txt'),
      padded('GIF89a'),
      padded('RIFF\0\0\0\0WEBPVP8 '),
    ];
    for (const bytes of others) {
      for (const name of ['photo.jpg', 'a.pdf', 'a.txt']) expect(await both(bytes, name)).toBeNull();
    }
  });

  it('is found out of any bytes without falling over them', async () => {
    const heads = [...files.map(([, bytes]) => bytes.subarray(0, 40)), CFB.subarray(0, 8), Buffer.alloc(0)];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 200 }), async (head, tail) => {
        await sniff(Buffer.concat([head, tail]), 'a.txt');
      }),
      { numRuns: 300 },
    );
  });
});

it('what a person sent has a MIME type though WhatsApp carries no such upload', async () => {
  expect(await mimeTypeOf(padded('RIFF\0\0\0\0WEBPVP8 '), null)).toBe('image/webp');
  expect(await mimeTypeOf(zip('a.txt'), 'a.zip')).toBe('application/zip');
  expect(await mimeTypeOf(hex('ff00'), 'a.bin')).toBeNull();
});
