import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OGG, PDF, PNG, upload } from '../support/files.js';
import { makeProject } from '../support/keys.js';
import { person, startWorld, viaWappin, type World } from '../support/world.js';

const TABLES = ['messages', 'events', 'message_attempts', 'idempotency_keys'] as const;
const LINK = 'https://shop.example/photo.png';

type Content = Record<string, unknown>;
const text = (words: string): Content => ({ text: { text: words } });
const media = (over: Content = {}): Content => ({ media: { type: 'IMAGE', url: LINK, ...over } });
const buttons = (titles: readonly string[], over: Content = {}): Content => ({
  interactive: { text: 'Jadi?', buttons: titles.map((title) => ({ title })), ...over },
});
const row = (id: string, over: Content = {}): Content => ({ id, title: `Pilihan ${id}`, ...over });
const list = (sections: readonly Content[], over: Content = {}): Content => ({
  interactive: { text: 'Pilih', list: { button: 'Lihat', sections, ...over } },
});
const only = (...rows: Content[]): Content => list([{ title: 'Semua', rows }]);

/** Well formed content that is not: what is wrong with it, and where that is within `content`. */
const WRONG: [string, Content, string][] = [
  ['a text of 4097 characters', text('x'.repeat(4097)), 'text.text'],
  ['an empty text', text(''), 'text.text'],
  ['a text of blanks', text(' \n\t '), 'text.text'],
  ['a text with a NUL', text('a\0b'), 'text.text'],
  ['a text with half a character', text('a\ud83d'), 'text.text'],

  ['both url and mediaId', media({ mediaId: `med_${'0'.repeat(32)}` }), 'media'],
  ['neither url nor mediaId', media({ url: null }), 'media'],
  ['a caption of 1025 characters', media({ caption: 'x'.repeat(1025) }), 'media.caption'],
  ['a caption beside audio', media({ type: 'AUDIO', caption: 'x' }), 'media.caption'],
  ['a file name of 241 characters', media({ filename: 'x'.repeat(241) }), 'media.filename'],
  ['a file name with a slash', media({ filename: '../../etc/passwd' }), 'media.filename'],
  ['a file name with a line break', media({ filename: 'a\r\nX-Header: 1' }), 'media.filename'],
  ['an empty address', media({ url: '' }), 'media.url'],
  ['an address without a host', media({ url: 'photo.png' }), 'media.url'],
  ['an address that holds the file', media({ url: 'data:image/png;base64,AAAA' }), 'media.url'],
  ['an address of 2049 characters', media({ url: `${LINK}?${'x'.repeat(2049 - LINK.length - 1)}` }), 'media.url'],

  ['four buttons', buttons(['1', '2', '3', '4']), 'interactive.buttons'],
  ['no buttons', buttons([]), 'interactive.buttons'],
  ['neither buttons nor a list', { interactive: { text: 'Jadi?' } }, 'interactive.buttons'],
  [
    'buttons and a list',
    { interactive: { text: 'x', buttons: [{ title: 'Ya' }], list: { button: 'Lihat', sections: [] } } },
    'interactive',
  ],
  ['a question of 1025 characters with buttons', buttons(['Ya'], { text: 'x'.repeat(1025) }), 'interactive.text'],
  ['a button of 21 characters', buttons(['Ya', 'x'.repeat(21)]), 'interactive.buttons.1.title'],
  ['a button without a title', buttons(['Ya', ' ']), 'interactive.buttons.1.title'],
  [
    'an id of 257 characters',
    { interactive: { text: 'x', buttons: [{ id: 'x'.repeat(257), title: 'Ya' }] } },
    'interactive.buttons.0.id',
  ],
  [
    'one id for two buttons',
    {
      interactive: {
        text: 'x',
        buttons: [
          { id: 'a', title: 'Ya' },
          { id: 'a', title: 'Tidak' },
        ],
      },
    },
    'interactive.buttons.1.id',
  ],

  ['a list without sections', list([]), 'interactive.list.sections'],
  ['a section without rows', list([{ title: 'Semua', rows: [] }]), 'interactive.list.sections.0.rows'],
  [
    'an empty section among others',
    list([
      { title: 'A', rows: [row('1')] },
      { title: 'B', rows: [] },
    ]),
    'interactive.list.sections.1.rows',
  ],
  [
    'a section without a title among others',
    list([
      { title: 'A', rows: [row('1')] },
      { title: '', rows: [row('2')] },
    ]),
    'interactive.list.sections.1.title',
  ],
  [
    'eleven rows in all',
    list([
      { title: 'A', rows: [1, 2, 3, 4, 5, 6].map((n) => row(`${n}`)) },
      { title: 'B', rows: [7, 8, 9, 10, 11].map((n) => row(`${n}`)) },
    ]),
    'interactive.list.sections',
  ],
  [
    'eleven sections',
    list(Array.from({ length: 11 }, (_, n) => ({ title: `${n}`, rows: [row(`${n}`)] }))),
    'interactive.list.sections',
  ],
  ['a row of 25 characters', only(row('1', { title: 'x'.repeat(25) })), 'interactive.list.sections.0.rows.0.title'],
  [
    'a description of 73 characters',
    only(row('1'), row('2', { description: 'x'.repeat(73) })),
    'interactive.list.sections.0.rows.1.description',
  ],
  ['a row without an id', only(row('', { title: 'x' })), 'interactive.list.sections.0.rows.0.id'],
  ['one id for two rows', only(row('1'), row('1')), 'interactive.list.sections.0.rows.1.id'],
  [
    'a button of 21 characters before a list',
    list([{ title: 'A', rows: [row('1')] }], { button: 'x'.repeat(21) }),
    'interactive.list.button',
  ],
  [
    'a question of 4097 characters with a list',
    {
      interactive: { text: 'x'.repeat(4097), list: { button: 'Lihat', sections: [{ title: 'A', rows: [row('1')] }] } },
    },
    'interactive.text',
  ],
];

let world: World;
beforeAll(async () => {
  world = await startWorld({ exotel: {}, sendtalk: {}, meta: {}, callbackPlan: { statuses: [] } });
});
afterAll(() => world.close());

const requests = (): number => world.simulator.ledger.counts().requests;
/** The Problem; makes sure that nothing is stored and nobody is called. */
async function refused(input: Record<string, unknown>): Promise<any> {
  const before = [await world.counts(...TABLES), requests()];
  const answer = await world.send({ to: person(1), idempotencyKey: 'the same each time', ...input });
  expect(answer.__typename).toBe('Problem');
  expect(answer.message).toMatch(/^[A-Z].*\.$/s);
  expect([await world.counts(...TABLES), requests()]).toEqual(before);
  return answer;
}

describe('what is not well formed', () => {
  it.each(WRONG)('is INVALID_INPUT where it is wrong, whichever account is meant: %s', async (_name, content, at) => {
    const expected = { code: 'INVALID_INPUT', field: `content.${at}` };
    expect(await refused({ content })).toMatchObject(expected);
    expect(await refused({ content, accountId: world.meta.id })).toMatchObject(expected);
  });

  it('is a GraphQL error where the schema knows better: two contents, or none', async () => {
    for (const content of [{ ...text('x'), ...media() }, {}]) {
      const { errors } = await world.call(
        'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename } }',
        { input: { to: person(1), content } },
      );
      expect(errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    }
  });

  it('is so in a fallback too, and there are five of them at most', async () => {
    const fallback = (content: Content, over: Content = {}): Content => ({ rule: 'FAILED', content, ...over });
    const main = { content: text('Halo') };
    expect(await refused({ ...main, fallbacks: Array.from({ length: 6 }, () => fallback(text('x'))) })).toMatchObject({
      ...{ code: 'INVALID_INPUT', field: 'fallbacks' },
    });
    const bad = [fallback(text('x')), fallback(buttons(['1', '2', '3', '4']))];
    expect(await refused({ ...main, fallbacks: bad })).toMatchObject({
      ...{ code: 'INVALID_INPUT', field: 'fallbacks.1.content.interactive.buttons' },
    });
    for (const afterMinutes of [0, -1, 10_081])
      expect(await refused({ ...main, fallbacks: [fallback(text('x'), { afterMinutes })] })).toMatchObject({
        ...{ code: 'INVALID_INPUT', field: 'fallbacks.0.afterMinutes' },
      });
  });

  it('is a fallback that its account cannot send, behind a message through each of them', async () => {
    const fallbacks = [{ rule: 'FAILED', content: text('Halo'), accountId: world.doku.id }];
    const unsupported = { code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.0.accountId' };
    for (const { id } of [world.wappin, world.exotel, world.sendtalk, world.meta])
      expect(await refused({ content: text('x'), accountId: id, fallbacks })).toMatchObject(unsupported);
    expect(await refused({ ...viaWappin(person(1)), fallbacks })).toMatchObject(unsupported);
  });
});

describe('an upload', () => {
  const uploaded = async (bytes: Buffer, name: string): Promise<string> =>
    (await upload(world.gateway, bytes, name)).body.id;

  it('that is not there, is another project’s, or is no id at all, is NOT_FOUND', async () => {
    const { key } = await makeProject(world.call, ['SEND']);
    const foreign = (await upload(world.gateway, PNG, 'tas.png', key.secret)).body.id;
    expect(foreign).toMatch(/^med_/);
    const own = await uploaded(PNG, 'tas.png');
    for (const mediaId of [
      foreign,
      `med_${'0'.repeat(32)}`,
      'med_1',
      '',
      '../x',
      own.replace('med', 'msg'),
      own.slice(4),
    ])
      expect(await refused({ content: media({ url: null, mediaId }) })).toMatchObject({
        ...{ code: 'NOT_FOUND', field: 'content.media.mediaId' },
      });
  });

  it('of another type is MEDIA_REJECTED, and what it is is said', async () => {
    const pdf = await uploaded(PDF, 'faktur.pdf');
    for (const type of ['IMAGE', 'AUDIO', 'VIDEO']) {
      const problem = await refused({ content: media({ url: null, mediaId: pdf, type }), accountId: world.meta.id });
      expect(problem).toMatchObject({ code: 'MEDIA_REJECTED', field: 'content.media.type' });
      expect(problem.message).toMatch(/DOCUMENT.*application\/pdf/);
    }
  });

  it('of a type that an account carries, in a form that it does not, is MEDIA_REJECTED', async () => {
    const mediaId = await uploaded(OGG, 'suara.ogg');
    const note = await uploaded(Buffer.from('Harga: 10.000'), 'harga.txt');
    const content = media({ url: null, mediaId: note, type: 'DOCUMENT' });
    expect(await refused({ content, accountId: world.wappin.id })).toMatchObject({
      ...{ code: 'MEDIA_REJECTED', field: 'content.media.mediaId' },
    });
    const sound = { content: media({ url: null, mediaId, type: 'AUDIO' }), accountId: world.sendtalk.id };
    expect(await refused(sound)).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.media.type' });
  });
});

describe('a batch of 50', () => {
  it('refuses each wrong one by itself and sends its neighbours', async () => {
    const mediaId = `med_${'0'.repeat(32)}`;
    const bad: [Content, string, string][] = [
      ...WRONG.slice(0, 20).map(([, content, at]): [Content, string, string] => [
        ...([content, 'INVALID_INPUT', `content.${at}`] as const),
      ]),
      [media({ url: null, mediaId }), 'NOT_FOUND', 'content.media.mediaId'],
      [{ template: { name: 'nothing' } }, 'TEMPLATE_NOT_FOUND', 'content.template.name'],
      [media({ url: 'https://user:pass@shop.example/a.png' }), 'UNSAFE_URL', 'content.media.url'],
      [media({ url: 'file:///etc/passwd' }), 'UNSAFE_URL', 'content.media.url'],
      [only(row('1'), row('1')), 'INVALID_INPUT', 'content.interactive.list.sections.0.rows.1.id'],
    ];
    const good = [text('Halo'), media({ url: LINK }), buttons(['Ya']), only(row('1')), text('x'.repeat(4096))];
    const inputs = bad.flatMap(([content], n) => [
      { to: person(100 + n), content },
      { to: person(200 + n), content: good[n % good.length], accountId: world.exotel.id },
    ]);
    expect(inputs).toHaveLength(50);
    const before = await world.counts('messages');
    const answers = await world.sendAll(inputs);
    expect(answers.filter((_, n) => n % 2 === 0)).toMatchObject(
      bad.map(([, code, field]) => ({ __typename: 'Problem', code, field })),
    );
    const sent = answers.filter((_, n) => n % 2 === 1);
    for (const [n, { id }] of sent.entries())
      expect(await world.messageIn(id, 'SUBMITTED')).toMatchObject({ to: person(200 + n), problem: null });
    expect(await world.counts('messages')).toEqual({ messages: before['messages']! + 25 });
  });
});
