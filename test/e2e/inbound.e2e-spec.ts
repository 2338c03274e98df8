import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { hear, heard, listenersOf, logEnd, sentTo, told, write, type Written } from '../support/persons.js';
import { EXOTEL_SENDER, person, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
const NUMBER = '+6281110009999';
const NUMBERS = { WAPPIN: NUMBER, META: NUMBER, EXOTEL: EXOTEL_SENDER };
let world: World;
let listeners: ReturnType<typeof listenersOf>;
beforeAll(async () => {
  world = await startWorld({
    ...{ doku: false, clock, callbackPlan: { statuses: [] } },
    ...{ wappin: { sender: NUMBER }, exotel: {}, meta: { sender: NUMBER } },
  });
  listeners = listenersOf(world);
});
afterAll(() => world.close());

let people = 0;
const somebody = (): string => person(++people);

/** A minute ago, in whole seconds as providers write it. */
const lately = (): string => new Date(clock.now().getTime() - MINUTE).toISOString();

describe.each(['WAPPIN', 'EXOTEL', 'META'] as const)('a text that a person writes through %s', (kind) => {
  // Wappin tells no name, and only Meta has an id of the person besides the number.
  const fromName = kind === 'WAPPIN' ? null : 'Siti';
  const idOf = (from: string): string | null => (kind === 'META' ? from.replace('+', '') : null);

  it('is a message that was RECEIVED, with who wrote it and when', async () => {
    const from = somebody();
    const at = lately();
    const message = await hear(world, listeners[kind], { from, name: 'Siti', text: 'Kapan buka?', at });
    expect(message).toMatchObject({
      ...{ direction: 'INBOUND', status: 'RECEIVED', channel: 'WHATSAPP', priority: 'NORMAL' },
      ...{ from, to: NUMBERS[kind], recipientId: idOf(from), fromName, reference: null, problem: null },
      ...{ createdAt: clock.now().toISOString(), sentAt: at, readAt: null, inReplyTo: null, attempts: [] },
      account: { id: listeners[kind].id, kind },
      content: { __typename: 'TextContent', text: 'Kapan buka?' },
    });
    expect(message.id).toMatch(/^msg_/);
  });

  it('is told in the log as MESSAGE_RECEIVED, once, with what it says', async () => {
    const from = somebody();
    const at = lately();
    const message = await hear(world, listeners[kind], { from, text: 'Halo 👋', at });
    expect(message.events).toEqual([
      {
        ...{ type: 'MESSAGE_RECEIVED', sequence: 1, occurredAt: at },
        data: {
          sequence: 1,
          message: {
            ...{ id: message.id, direction: 'INBOUND', status: 'RECEIVED', channel: 'WHATSAPP' },
            ...{ to: NUMBERS[kind], from, recipientId: idOf(from), reference: null, metadata: null },
            ...{ accountId: listeners[kind].id, provider: kind, problem: null },
            providerMessageId: message.providerMessageId,
            content: { type: 'text', text: 'Halo 👋', replyId: null, mediaId: null },
          },
        },
      },
    ]);
  });

  it('that comes again, at once or the next day, changes nothing', async () => {
    const after = await logEnd(world);
    const written = { from: somebody(), text: 'sekali', at: lately(), messageId: `again-${kind}` };
    const first = await hear(world, listeners[kind], { ...written, times: 3 });
    await world.pass(24 * 60 * MINUTE, 60 * MINUTE);
    await write(world, listeners[kind], written);
    expect(await heard(world, written.messageId)).toEqual([first]);
    expect(await told(world, after, 'MESSAGE_RECEIVED')).toHaveLength(1);
  });

  it('that comes a hundred times at once is one message', async () => {
    const after = await logEnd(world);
    const message = await hear(world, listeners[kind], { from: somebody(), text: 'seratus', times: 100 });
    expect(message.content).toMatchObject({ text: 'seratus' });
    expect(await told(world, after, 'MESSAGE_RECEIVED')).toHaveLength(1);
    expect(await world.rows('select count(*)::int as open from callbacks where due_at is not null')).toEqual([
      { open: 0 },
    ]);
  });

  it('that comes again with other words is what it was', async () => {
    const written = { from: somebody(), messageId: `other-${kind}` };
    const first = await hear(world, listeners[kind], { ...written, text: 'satu' });
    await write(world, listeners[kind], { ...written, text: 'dua' });
    expect(await heard(world, written.messageId)).toEqual([first]);
  });

  it('with what no database can hold is kept without it', async () => {
    const message = await hear(world, listeners[kind], { from: somebody(), text: 'a\0b \ud83d c' });
    expect(message).toMatchObject({ status: 'RECEIVED', content: { text: expect.stringMatching(/^a.?b .? c$/u) } });
    expect(message.events[0].data.message.content.text).toBe(message.content.text);
  });

  it('is answered by nothing, where no auto reply is set', async () => {
    const from = somebody();
    await hear(world, listeners[kind], { from, text: 'Halo?' });
    expect(sentTo(world, listeners[kind], from)).toEqual([]);
  });
});

/** What is written, as a message's content and as the event's. */
const KINDS: readonly (readonly [string, Written, Record<string, unknown>, Record<string, unknown>])[] = [
  [
    'a picture with words',
    { media: { type: 'image', mimeType: 'image/jpeg', caption: 'rusak' } },
    // As it was told, or as it was read off the bytes where the job was faster than this question.
    {
      ...{ __typename: 'MediaContent', type: 'IMAGE', url: null, filename: null, caption: 'rusak' },
      mimeType: expect.stringMatching(/^image\/(jpeg|png)$/),
    },
    { type: 'media', text: 'rusak', replyId: null, mediaId: expect.stringMatching(/^med_/) },
  ],
  [
    'a document',
    { media: { type: 'document', mimeType: 'application/pdf', filename: 'ktp.pdf' } },
    { __typename: 'MediaContent', type: 'DOCUMENT', mimeType: 'application/pdf', filename: 'ktp.pdf', caption: null },
    { type: 'media', text: null, replyId: null, mediaId: expect.stringMatching(/^med_/) },
  ],
  [
    'a voice note',
    { media: { type: 'audio', mimeType: 'audio/ogg' } },
    { __typename: 'MediaContent', type: 'AUDIO', mimeType: 'audio/ogg', caption: null },
    { type: 'media', text: null, replyId: null, mediaId: expect.stringMatching(/^med_/) },
  ],
  [
    'a film',
    { media: { type: 'video' } },
    { __typename: 'MediaContent', type: 'VIDEO' },
    { type: 'media', text: null, replyId: null, mediaId: expect.stringMatching(/^med_/) },
  ],
  [
    'a button that is pressed',
    { button: { id: 'yes-1', title: 'Ya, setuju' } },
    { __typename: 'InteractiveContent', text: 'Ya, setuju', replyId: 'yes-1', buttons: [], list: null },
    { type: 'interactive', text: 'Ya, setuju', replyId: 'yes-1', mediaId: null },
  ],
  [
    'a choice of a list',
    { list: { id: 'row-3', title: 'Kirim besok', description: 'sebelum jam 12' } },
    { __typename: 'InteractiveContent', text: 'Kirim besok', replyId: 'row-3', buttons: [], list: null },
    { type: 'interactive', text: 'Kirim besok', replyId: 'row-3', mediaId: null },
  ],
  [
    'a quick reply of a template',
    { quickReply: { text: 'Ubah jadwal', payload: 'reschedule' } },
    { __typename: 'InteractiveContent', text: 'Ubah jadwal', replyId: 'reschedule' },
    { type: 'interactive', text: 'Ubah jadwal', replyId: 'reschedule', mediaId: null },
  ],
  [
    'something that nobody knows yet',
    { raw: { type: 'hologram', hologram: { depth: 3 } } },
    { __typename: 'UnknownContent', raw: expect.objectContaining({ type: 'hologram', hologram: { depth: 3 } }) },
    { type: 'unknown', text: null, replyId: null, mediaId: null },
  ],
];

describe.each(['EXOTEL', 'META'] as const)('what else a person sends through %s', (kind) => {
  it.each(KINDS)('%s', async (_what, written, content, data) => {
    const message = await hear(world, listeners[kind], { from: somebody(), ...written });
    expect(message).toMatchObject({ status: 'RECEIVED', content });
    expect(message.events.map((event: any) => event.data.message.content)).toEqual([data]);
    const [event] = message.events;
    expect(event.data.message.content.mediaId).toBe(message.content.mediaId ?? null);
  });
});

describe('what Wappin tells of', () => {
  it('a choice is the words that the person sees, like a keyword', async () => {
    const message = await hear(world, listeners.WAPPIN, {
      from: somebody(),
      button: { id: 'yes-1', title: 'Ya, setuju' },
    });
    expect(message.content).toEqual({ __typename: 'TextContent', text: 'Ya, setuju' });
  });

  it('a picture, of which its document says nothing, is kept as it came', async () => {
    const message = await hear(world, listeners.WAPPIN, {
      from: somebody(),
      raw: { message_content: '-', media_url: 'https://wappin.example/1.jpg' },
    });
    expect(message.content).toEqual({
      __typename: 'UnknownContent',
      raw: expect.objectContaining({ media_url: 'https://wappin.example/1.jpg', callback_type: 'message' }),
    });
    expect(message.events[0].data.message.content).toMatchObject({ type: 'unknown', text: null });
  });
});

it('an event of a very long text has its beginning, and stays under 16 KiB; the message has it whole', async () => {
  const whole = '😀'.repeat(30_000);
  const message = await hear(world, listeners.EXOTEL, { from: somebody(), text: whole });
  expect(message.content.text).toBe(whole);
  const { data } = message.events[0];
  expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThanOrEqual(16 * 1024);
  expect(data.message.content.text).toMatch(/^(😀){2000,}/u);
  // As many as WhatsApp lets anybody write.
  const longest = '試'.repeat(4_000);
  const other = await hear(world, listeners.EXOTEL, { from: somebody(), text: longest });
  expect(other.events[0].data.message.content.text).toBe(longest);
});

it('messages of persons are among the others: by direction, by number, by account', async () => {
  const from = somebody();
  const { id } = await hear(world, listeners.META, { from, text: 'cari saya' });
  const ids = async (filter: Record<string, unknown>): Promise<string[]> =>
    (
      await world.ask(
        'query ($filter: MessageFilter) { messages(first: 200, filter: $filter) { edges { node { id } } } }',
        { filter },
      )
    ).messages.edges.map(({ node }: any) => node.id);
  expect(await ids({ phone: from })).toEqual([id]);
  expect(await ids({ direction: 'INBOUND', statuses: ['RECEIVED'], accountId: listeners.META.id })).toContain(id);
  expect(await ids({ accountId: listeners.EXOTEL.id })).not.toContain(id);
  expect(await ids({ direction: 'OUTBOUND', phone: from })).toEqual([]);
});

it('what a person wrote cannot be canceled, sent again or resolved', async () => {
  const { id } = await hear(world, listeners.META, { from: somebody(), text: 'tetap' });
  for (const mutation of ['cancelMessage(id: $id)', 'retryMessage(id: $id)', 'resolveMessage(id: $id, sent: true)']) {
    const answer = await world.ask(
      `mutation ($id: ID!) { result: ${mutation} { __typename ... on Problem { code } } }`,
      { id },
    );
    expect(answer.result).toEqual({ __typename: 'Problem', code: 'INVALID_TRANSITION' });
  }
});
