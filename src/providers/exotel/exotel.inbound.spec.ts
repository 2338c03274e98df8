import { describe, expect, it } from 'vitest';
import { type Observation } from '../ports/callbacks.js';
import { readCallback } from './exotel.observations.js';

const incoming = {
  callback_type: 'incoming_message',
  sid: 'c5d40b17527aaf93b5ba0905287b1a24',
  from: '+918645550123',
  to: '+918041234567',
  profile_name: 'Asha',
  timestamp: '2024-05-21T12:50:02+05:30',
  content: { type: 'text', text: { body: 'Hi' } as unknown },
};

const read = (element: unknown): readonly Observation[] =>
  readCallback(Buffer.from(JSON.stringify({ whatsapp: { messages: [element] } })));
const contentOf = (content: unknown): unknown => {
  const [observation] = read({ ...incoming, content });
  return observation?.kind === 'inbound' ? observation.content : observation;
};

describe('a message of a customer', () => {
  it.each(['icm', 'incoming_message', 'INCOMING_MESSAGE', undefined])('of the callback_type %s is read', (type) => {
    expect(read({ ...incoming, callback_type: type })).toEqual([
      {
        kind: 'inbound',
        mailbox: '+918041234567',
        reference: 'c5d40b17527aaf93b5ba0905287b1a24',
        occurredAt: new Date('2024-05-21T07:20:02Z'),
        from: '+918645550123',
        recipientId: null,
        fromName: 'Asha',
        inReplyTo: null,
        content: { kind: 'text', text: 'Hi' },
      },
    ]);
  });

  it('has numbers with and without the plus', () => {
    expect(read({ ...incoming, from: '918645550123', to: '918041234567' })).toMatchObject([
      { from: '+918645550123', mailbox: '+918041234567' },
    ]);
  });

  it.each([
    ['beside the content', { context: { id: 'wamid.1' } }],
    ['within the content', { content: { ...incoming.content, context: { id: 'wamid.1' } } }],
    ['by its sid', { context: { sid: 'wamid.1' } }],
  ])('says what it answers, %s', (_, more) => {
    expect(read({ ...incoming, ...more })).toMatchObject([{ inReplyTo: 'wamid.1' }]);
  });

  it('need not say its time, its name and to whom it is', () => {
    const { sid, from, content } = incoming;
    expect(read({ callback_type: 'icm', sid, from, content })).toMatchObject([
      { occurredAt: null, fromName: null, mailbox: null },
    ]);
  });

  it.each([
    ['nobody', { from: undefined }],
    ['somebody without a number', { from: 'somebody' }],
    ['somebody, without a sid', { sid: '' }],
  ])('of %s is read as nothing', (_, more) => {
    expect(read({ ...incoming, ...more })).toEqual([]);
  });
});

const url = 'https://files.exotel.example/f/1?sig=a%20b';
const media = (type: string, more: object = {}) => ({
  kind: 'media',
  type,
  reference: url,
  mimeType: null,
  filename: null,
  caption: null,
  ...more,
});

describe('its content', () => {
  it.each([
    ['a text', { type: 'text', text: { body: 'Halo – é' } }, { kind: 'text', text: 'Halo – é' }],
    ['an image', { type: 'image', image: { url, caption: 'c' } }, media('IMAGE', { caption: 'c' })],
    ['an image by its link', { type: 'image', image: { link: url } }, media('IMAGE')],
    ['a video', { type: 'video', video: { url } }, media('VIDEO')],
    ['a sound', { type: 'audio', audio: { url, mime_type: 'audio/ogg' } }, media('AUDIO', { mimeType: 'audio/ogg' })],
    [
      'a document',
      { type: 'document', document: { url, caption: 'c', filename: 'a.pdf' } },
      media('DOCUMENT', { caption: 'c', filename: 'a.pdf' }),
    ],
    ['a sticker', { type: 'sticker', sticker: { url } }, media('IMAGE')],
    [
      'a quick reply of a template',
      { type: 'button', button: { text: 'Yes', payload: 'confirm-1' } },
      { kind: 'interactive', text: 'Yes', replyId: 'confirm-1' },
    ],
    [
      'a quick reply without a payload',
      { type: 'button', button: { text: 'Yes' } },
      { kind: 'interactive', text: 'Yes', replyId: null },
    ],
    [
      'a button',
      { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'y', title: 'Yes' } } },
      { kind: 'interactive', text: 'Yes', replyId: 'y' },
    ],
    [
      'a row of a list',
      { type: 'interactive', interactive: { list_reply: { id: 'r1', title: 'One', description: 'd' } } },
      { kind: 'interactive', text: 'One', replyId: 'r1' },
    ],
  ])('of %s is read', (_, content, expected) => {
    expect(contentOf(content)).toEqual(expected);
  });

  it.each<[string, { type: string; [part: string]: unknown }]>([
    ['the answer to a flow', { type: 'interactive', interactive: { nfm_reply: { response_json: '{}' } } }],
    ['a place', { type: 'location', location: { latitude: 12.97, longitude: 77.59 } }],
    ['contacts', { type: 'contacts', contacts: [{ name: { formatted_name: 'Budi' } }] }],
    ['an order', { type: 'order', order: { catalog_id: '1', product_items: [] } }],
    ['trouble', { type: 'unsupported', error: { code: 501 } }],
    ['a text that is none', { type: 'text', text: { body: 7 } }],
    ['a file without an address', { type: 'image', image: { id: '123' } }],
    ['a file at an address that is none of the web', { type: 'image', image: { url: 'file:///etc/passwd' } }],
    ['a file at an endless address', { type: 'image', image: { url: `https://x/${'y'.repeat(5_000)}` } }],
    ['another kind', { type: 'constructor' }],
  ])('of %s is kept as it came', (_, content) => {
    expect(contentOf(content)).toEqual({ kind: 'unknown', raw: content });
  });

  const nested = (levels: number): unknown => (levels === 0 ? 'x' : { in: nested(levels - 1) });

  it.each([
    ['is none', undefined],
    ['is a text', 'Hi'],
    ['is longer than 8 KiB', { type: 'contacts', contacts: ['x'.repeat(8 * 1024)] }],
    ['is deeper than 20 levels', { type: 'order', order: nested(25) }],
    ['has what cannot be stored', { type: 'order', order: { text: 'a\0b' } }],
    ['has half a character in a name', { type: 'order', order: { '\ud800': 1 } }],
  ])('that %s is not kept, and the message is', (_, content) => {
    expect(contentOf(content)).toEqual({ kind: 'unknown', raw: {} });
  });

  it('of a text that cannot be stored is mended, and of an endless one cut', () => {
    expect(contentOf({ type: 'text', text: { body: 'a\0b\ud800' } })).toEqual({ kind: 'text', text: 'a\ufffdb\ufffd' });
    expect(contentOf({ type: 'text', text: { body: 'x'.repeat(100_000) } })).toEqual({
      kind: 'text',
      text: 'x'.repeat(65_536),
    });
  });
});
