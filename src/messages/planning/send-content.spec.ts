import { describe, expect, it } from 'vitest';
import { orderMessage, picture } from '../../../test/support/orders.js';
import { isProblem, type Problem } from '../../common/problem.js';
import { type ContentInput, type FileInput, readContent, type SendContent, unsafeUrl } from './send-content.js';

const MEDIA_ID = 'med_0190a0a0000070008000000000000007';
const MEDIA_UUID = '0190a0a0-0000-7000-8000-000000000007';
const LINK = 'https://shop.example/a.jpg';

type Interactive = NonNullable<ContentInput['interactive']>;
type List = NonNullable<Interactive['list']>;

function read(input: ContentInput): SendContent {
  const content = readContent(input, 'content');
  if (isProblem(content)) throw new Error(`${content.code} at ${content.field}`);
  return content;
}

function refusedAt(input: ContentInput): string | null | undefined {
  const content = readContent(input, 'content');
  if (!isProblem(content)) throw new Error('It was taken.');
  expect(content.code).toBe('INVALID_INPUT');
  return content.field;
}

const media = (over: Partial<FileInput> = {}): ContentInput => ({ media: { type: 'IMAGE', url: LINK, ...over } });
const asking = (over: Partial<Interactive>): ContentInput => ({ interactive: { text: 'Mana?', ...over } });
const buttons = (...given: NonNullable<Interactive['buttons']>): ContentInput => asking({ buttons: given });
const row = (id: string, over: object = {}): List['sections'][number]['rows'][number] => ({ id, title: id, ...over });
const rows = (count: number, from = 0): List['sections'][number]['rows'] =>
  Array.from({ length: count }, (_, index) => row(`r${from + index}`));
const list = (...sections: List['sections'][number][]): ContentInput => asking({ list: { button: 'Pilih', sections } });

describe('what is to be said', () => {
  it('is one of what there is to say', () => {
    expect(refusedAt({})).toBe('content');
    expect(refusedAt({ template: null, text: null, media: null, interactive: null })).toBe('content');
  });

  it('of a template is written in one way, whatever was left out', () => {
    const content = read({ template: { name: 'order_paid', channel: 'WHATSAPP', params: ['Budi'] } });
    const nulls = { language: null, headerParams: null, headerMedia: null, buttonParams: null };
    expect(read({ template: { name: 'order_paid', channel: 'WHATSAPP', params: ['Budi'], ...nulls } })).toEqual(
      content,
    );
    expect(content).toEqual({
      ...{ kind: 'template', name: 'order_paid', language: null, channel: 'WHATSAPP', params: ['Budi'] },
      ...{ headerParams: [], headerMedia: null, buttonParams: [] },
    });
  });

  it('of a template’s header is a file like any other', () => {
    const template = { name: 'order_paid', channel: 'WHATSAPP', params: [] } as const;
    expect(read({ template: { ...template, headerMedia: { type: 'IMAGE', mediaId: MEDIA_ID } } })).toMatchObject({
      headerMedia: { type: 'IMAGE', url: null, mediaId: MEDIA_UUID, filename: null },
    });
    const both = { type: 'IMAGE', mediaId: MEDIA_ID, url: LINK } as const;
    expect(refusedAt({ template: { ...template, headerMedia: both } })).toBe('content.template.headerMedia');
  });
});

describe('a text', () => {
  it('has 1 to 4096 characters, and is sent as it was written', () => {
    expect(read({ text: { text: ' Halo\n' } })).toEqual({ kind: 'text', text: ' Halo\n' });
    expect(read({ text: { text: 'x'.repeat(4096) } })).toBeDefined();
  });

  it.each(['', ' \n\t', 'x'.repeat(4097)])('is refused at its field when it is none or too long', (text) => {
    expect(refusedAt({ text: { text } })).toBe('content.text.text');
  });
});

describe('a file', () => {
  it('comes from a link or from an upload', () => {
    expect(read(media({ caption: 'Bukti', filename: 'bukti.jpg' }))).toEqual({
      kind: 'media',
      file: { type: 'IMAGE', url: LINK, mediaId: null, filename: 'bukti.jpg' },
      caption: 'Bukti',
    });
    expect(read(media({ url: null, mediaId: MEDIA_ID }))).toMatchObject({ file: { url: null, mediaId: MEDIA_UUID } });
  });

  it('that both name, or neither, is refused', () => {
    expect(refusedAt(media({ mediaId: MEDIA_ID }))).toBe('content.media');
    expect(refusedAt(media({ url: null }))).toBe('content.media');
  });

  it.each(['nonsense', 'acc_0190a0a0000070008000000000000007', MEDIA_UUID, ''])(
    'of an id that cannot be an upload’s, like %j, is an upload that does not exist',
    (mediaId) => {
      expect(read(media({ url: null, mediaId }))).toMatchObject({ file: { mediaId: '' } });
    },
  );

  it.each([
    [LINK, LINK],
    ['http://shop.example', 'http://shop.example/'],
    ['HTTPS://SHOP.EXAMPLE/a?b=c#d', 'https://shop.example/a?b=c#d'],
    [`https://a.example/${'x'.repeat(2030)}`, `https://a.example/${'x'.repeat(2030)}`],
  ])('at %s is sent as the address that was checked', (written, url) => {
    expect(read(media({ url: written }))).toMatchObject({ file: { url } });
  });

  it.each(['https://a.example\\@b.example/', 'https://a.example/a b', 'https://a.example/a\nb', ' https://a.example/'])(
    'is not at %j, which two programs may read as two addresses',
    (url) => {
      expect(refusedAt(media({ url }))).toBe('content.media.url');
    },
  );

  it.each([
    ...['', 'shop.example/a.jpg', '//shop.example/a.jpg', 'https:shop.example/a.jpg'],
    ...['data:image/png;base64,AAAA', 'javascript:alert(1)', 'https://', 'https://shop example/a.jpg', ' https://a.b'],
    `https://a.example/${'x'.repeat(2048)}`,
  ])('cannot be at %s', (url) => {
    expect(refusedAt(media({ url }))).toBe('content.media.url');
  });

  it('has a caption of at most 1024 characters, and an empty one is none', () => {
    expect(read(media({ caption: 'x'.repeat(1024) }))).toBeDefined();
    expect(refusedAt(media({ caption: 'x'.repeat(1025) }))).toBe('content.media.caption');
    expect(read(media({ caption: '' }))).toMatchObject({ caption: null });
  });

  it('of audio has no caption', () => {
    expect(refusedAt(media({ type: 'AUDIO', caption: 'Dengar' }))).toBe('content.media.caption');
    expect(read(media({ type: 'AUDIO' }))).toMatchObject({ file: { type: 'AUDIO' } });
    for (const type of ['IMAGE', 'VIDEO', 'DOCUMENT'] as const)
      expect(read(media({ type, caption: 'Lihat' }))).toMatchObject({ caption: 'Lihat' });
  });

  it.each(['', ' ', 'a/b.pdf', '..\\b.pdf', 'a\nb.pdf', 'x'.repeat(241)])('cannot be called %j', (filename) => {
    expect(refusedAt(media({ filename }))).toBe('content.media.filename');
  });

  it('may be called anything else of up to 240 characters', () => {
    const filename = `${'é'.repeat(236)}.pdf`;
    expect(read(media({ type: 'DOCUMENT', filename }))).toMatchObject({ file: { filename } });
  });
});

describe('a question with buttons', () => {
  it('has 1 to 3, and an id is made up where none is given', () => {
    expect(read(buttons({ title: 'Ya' }, { id: 'no', title: 'Tidak' }, { id: null, title: 'Nanti' }))).toEqual({
      kind: 'interactive',
      text: 'Mana?',
      buttons: [
        { id: 'button-1', title: 'Ya' },
        { id: 'no', title: 'Tidak' },
        { id: 'button-3', title: 'Nanti' },
      ],
      list: null,
    });
  });

  it('of none or of four is refused', () => {
    const four = ['a', 'b', 'c', 'd'].map((title) => ({ title }));
    expect(refusedAt(buttons(...four))).toBe('content.interactive.buttons');
    expect(refusedAt(buttons())).toBe('content.interactive.buttons');
    expect(refusedAt(asking({}))).toBe('content.interactive.buttons');
  });

  it('has a text of at most 1024 characters', () => {
    const one = [{ title: 'Ya' }];
    expect(read(asking({ text: 'x'.repeat(1024), buttons: one }))).toBeDefined();
    expect(refusedAt(asking({ text: 'x'.repeat(1025), buttons: one }))).toBe('content.interactive.text');
    expect(refusedAt(asking({ text: ' ', buttons: one }))).toBe('content.interactive.text');
  });

  it.each([
    ['an empty title', { title: ' ' }, '1.title'],
    ['a title of 21 characters', { title: 'x'.repeat(21) }, '1.title'],
    ['an empty id', { id: '', title: 'Ya' }, '1.id'],
    ['an id of 257 characters', { id: 'x'.repeat(257), title: 'Ya' }, '1.id'],
    ['an id that another one has', { id: 'a', title: 'Ya' }, '1.id'],
    ['the id that was made up for another one', { id: 'button-3', title: 'Ya' }, '2.id'],
  ])('with %s is refused at that button', (_what, second, at) => {
    const input = buttons({ id: 'a', title: 'x'.repeat(20) }, second, { title: 'Nanti' });
    expect(refusedAt(input)).toBe(`content.interactive.buttons.${at}`);
  });

  it('and a list is refused: it has one of the two', () => {
    const both = asking({
      buttons: [{ title: 'Ya' }],
      list: { button: 'Pilih', sections: [{ title: '', rows: rows(1) }] },
    });
    expect(refusedAt(both)).toBe('content.interactive');
  });
});

describe('a question with a list', () => {
  const at = (path: string): string => `content.interactive.list.${path}`;

  it('has up to ten rows in up to ten sections', () => {
    expect(read(list({ title: '', rows: rows(10) }))).toMatchObject({ buttons: [], list: { button: 'Pilih' } });
    const ten = Array.from({ length: 10 }, (_, index) => ({ title: `s${index}`, rows: rows(1, index) }));
    expect(read(list(...ten))).toMatchObject({ list: { sections: ten.map(({ title }) => ({ title })) } });
    expect(read(list({ title: '', rows: [row('a')] }))).toMatchObject({
      list: { sections: [{ rows: [{ id: 'a', title: 'a', description: null }] }] },
    });
  });

  it('may have a text of 4096 characters', () => {
    const { list: given } = (list({ title: '', rows: rows(1) }).interactive ?? {}) as Interactive;
    expect(read(asking({ text: 'x'.repeat(4096), list: given! }))).toBeDefined();
    expect(refusedAt(asking({ text: 'x'.repeat(4097), list: given! }))).toBe('content.interactive.text');
  });

  it('that is empty, or has an empty section, is refused', () => {
    expect(refusedAt(list())).toBe(at('sections'));
    expect(refusedAt(list({ title: '', rows: [] }))).toBe(at('sections.0.rows'));
    expect(refusedAt(list({ title: 'a', rows: rows(1) }, { title: 'b', rows: [] }))).toBe(at('sections.1.rows'));
  });

  it('of eleven rows is refused, in one section or in two', () => {
    expect(refusedAt(list({ title: '', rows: rows(11) }))).toBe(at('sections'));
    expect(refusedAt(list({ title: 'a', rows: rows(5) }, { title: 'b', rows: rows(6, 5) }))).toBe(at('sections'));
  });

  it('of eleven sections is refused', () => {
    const eleven = Array.from({ length: 11 }, (_, index) => ({ title: `s${index}`, rows: rows(1, index) }));
    expect(refusedAt(list(...eleven))).toBe(at('sections'));
  });

  it('names its sections where there are several', () => {
    expect(refusedAt(list({ title: 'a', rows: rows(1) }, { title: '', rows: rows(1, 1) }))).toBe(
      at('sections.1.title'),
    );
    expect(refusedAt(list({ title: 'x'.repeat(25), rows: rows(1) }))).toBe(at('sections.0.title'));
  });

  it.each([
    ['an id that a row of another section has', row('r0'), 'id'],
    ['an empty id', row('', { title: 'a' }), 'id'],
    ['an id of 201 characters', row('x'.repeat(201), { title: 'a' }), 'id'],
    ['an empty title', row('a', { title: '' }), 'title'],
    ['a title of 25 characters', row('a', { title: 'x'.repeat(25) }), 'title'],
    ['a description of 73 characters', row('a', { description: 'x'.repeat(73) }), 'description'],
  ])('with %s is refused at that row', (_what, bad, field) => {
    const fits = row('x'.repeat(200), { title: 'x'.repeat(24), description: 'x'.repeat(72) });
    const input = list({ title: 'a', rows: rows(1) }, { title: 'b', rows: [fits, bad] });
    expect(refusedAt(input)).toBe(at(`sections.1.rows.1.${field}`));
  });

  it.each(['', 'x'.repeat(21)])('is opened by a button of 1 to 20 characters, not by %j', (button) => {
    const sections = [{ title: '', rows: rows(1) }];
    expect(refusedAt(asking({ list: { button, sections } }))).toBe(at('button'));
  });
});

describe('an address in what is sent', () => {
  const unsafe = (input: ContentInput, allowPrivate = false): Promise<Problem | null> =>
    unsafeUrl(read(input), 'content', allowPrivate);
  const header = (url: string): ContentInput => ({
    template: { name: 'a', channel: 'WHATSAPP', params: [], headerMedia: { type: 'IMAGE', url } },
  });

  it.each([
    'http://127.0.0.1/a.jpg',
    'http://10.0.0.1/a.jpg',
    'http://169.254.169.254/',
    'http://[::1]/',
    'http://localhost/',
  ])('that leads to ourselves or our neighbours is unsafe: %s', async (url) => {
    expect(await unsafe(media({ url }))).toMatchObject({ code: 'UNSAFE_URL', field: 'content.media.url' });
    expect(await unsafe(header(url))).toMatchObject({
      code: 'UNSAFE_URL',
      field: 'content.template.headerMedia.url',
    });
  });

  it('that leads to ourselves is unsafe above an order too', async () => {
    const above = (url: string): SendContent => orderMessage({ headerImage: picture({ url }) });
    expect(await unsafeUrl(above('http://127.0.0.1/a.jpg'), 'content', false)).toMatchObject({
      code: 'UNSAFE_URL',
      field: 'content.order.headerImage',
    });
    expect(await unsafeUrl(above('http://127.0.0.1/a.jpg'), 'content', true)).toBeNull();
    expect(await unsafeUrl(orderMessage(), 'content', false)).toBeNull();
  });

  it.each(['ftp://shop.example/a.jpg', 'file:///etc/passwd', 'ws://shop.example/'])(
    'that is neither http nor https is unsafe, also where private ones are allowed: %s',
    async (url) => {
      expect(await unsafe(media({ url }), true)).toMatchObject({ code: 'UNSAFE_URL', field: 'content.media.url' });
    },
  );

  it('is not looked at where private ones are allowed', async () => {
    expect(await unsafe(media({ url: 'http://127.0.0.1/a.jpg' }), true)).toBeNull();
  });

  it('is missing in a text, a question and an upload: there is nothing to look at', async () => {
    const contents = [
      { text: { text: 'http://127.0.0.1/' } },
      buttons({ title: 'Ya' }),
      media({ url: null, mediaId: MEDIA_ID }),
    ];
    for (const content of contents) expect(await unsafe(content)).toBeNull();
  });
});
