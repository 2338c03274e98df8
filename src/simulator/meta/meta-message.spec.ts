import { describe, expect, it } from 'vitest';
import { readMessage, unfold } from './meta-message.js';
import { type Fields } from './meta-rules.js';

const OWN_NUMBER = '6281110009999';
const envelope = { messaging_product: 'whatsapp', recipient_type: 'individual', to: '+6289600010002' };

/** The code of the refusal; null when the message is fine. */
function codeOf(change: Record<string, unknown>): number | null {
  const read = readMessage(unfold({ ...envelope, ...change }) as Fields, OWN_NUMBER);
  return 'code' in read ? read.code : null;
}

const button = (n: number, title = `Button ${n}`): object => ({ type: 'reply', reply: { id: `b${n}`, title } });
const row = (n: number): object => ({ id: `r${n}`, title: `Row ${n}` });
const rows = (from: number, count: number): object[] => Array.from({ length: count }, (_, n) => row(from + n));
const buttons = (...given: object[]): object => ({
  type: 'interactive',
  interactive: { type: 'button', body: { text: 'Choose' }, action: { buttons: given } },
});
const list = (sections: object[], label = 'Options'): object => ({
  type: 'interactive',
  interactive: { type: 'list', body: { text: 'Choose' }, action: { button: label, sections } },
});
const card = { name: { formatted_name: 'Budi' }, phones: [{ phone: '+628' }] };

describe('a message is taken', () => {
  it.each<[string, object]>([
    ['a text of 4096 characters', { type: 'text', text: { body: 'é'.repeat(4096), preview_url: false } }],
    ['a text without a type', { text: { body: 'Halo' } }],
    ['a picture by link with a caption', { type: 'image', image: { link: 'https://example.com/a.png', caption: 'A' } }],
    ['a document by id with its name', { type: 'document', document: { id: '1', filename: 'a.pdf' } }],
    ['a sound', { type: 'audio', audio: { id: '1' } }],
    ['a sticker', { type: 'sticker', sticker: { id: '1' } }],
    ['a place', { type: 'location', location: { latitude: -6.2, longitude: 106.8, name: 'Monas' } }],
    ['a card', { type: 'contacts', contacts: [card] }],
    ['a reaction', { type: 'reaction', reaction: { message_id: 'wamid.A', emoji: '👍' } }],
    ['a reaction taken back', { type: 'reaction', reaction: { message_id: 'wamid.A', emoji: '' } }],
    ['three buttons', buttons(button(1), button(2), button(3))],
    [
      'ten rows in two sections',
      list([
        { title: 'A', rows: rows(0, 5) },
        { title: 'B', rows: rows(5, 5) },
      ]),
    ],
    ['a list of one section without a title', list([{ rows: rows(0, 1) }])],
    [
      'a link to press',
      {
        type: 'interactive',
        interactive: {
          type: 'cta_url',
          body: { text: 'See' },
          action: { name: 'cta_url', parameters: { display_text: 'Open', url: 'https://example.com' } },
        },
      },
    ],
    ['an answer', { type: 'text', text: { body: 'Halo' }, context: { message_id: 'wamid.A' } }],
    ['data to echo', { type: 'text', text: { body: 'Halo' }, biz_opaque_callback_data: 'x'.repeat(512) }],
    ['a person without a number', { to: undefined, recipient: 'ID.13491208655302741918', text: { body: 'Halo' } }],
  ])('%s', (_, message) => expect(codeOf({ ...message })).toBeNull());

  it('with its nested objects as strings of JSON', () => {
    expect(codeOf({ type: 'text', text: '{"body":"Halo"}', context: '{"message_id":"wamid.A"}' })).toBeNull();
    const { interactive } = buttons(button(1)) as { interactive: object };
    expect(codeOf({ type: 'interactive', interactive: JSON.stringify(interactive) })).toBeNull();
  });

  it('with a text that only looks like JSON left as it is', () => {
    const read = readMessage(unfold({ ...envelope, text: { body: '{"a":1}' } }) as Fields, OWN_NUMBER);
    expect(read).toMatchObject({ content: { body: '{"a":1}' } });
  });

  it('to a number without what people write between its digits', () => {
    const read = readMessage({ ...envelope, to: '+62 896-0001-0002', text: { body: 'Halo' } }, OWN_NUMBER);
    expect(read).toMatchObject({ recipient: { input: '+62 896-0001-0002', waId: '6289600010002' } });
  });
});

describe('a message is refused', () => {
  it.each<[string, number, object]>([
    ['without messaging_product', 100, { messaging_product: undefined, text: { body: 'Halo' } }],
    ['without anybody it is for', 100, { to: undefined, text: { body: 'Halo' } }],
    ['for a number that is none', 131009, { to: '08x', text: { body: 'Halo' } }],
    ['for its own sender', 131021, { to: OWN_NUMBER, text: { body: 'Halo' } }],
    ['for a user id that is none', 131009, { to: undefined, recipient: 'budi', text: { body: 'Halo' } }],
    ['of a type that nobody knows', 100, { type: 'hologram', hologram: {} }],
    ['with a field that nobody knows', 100, { type: 'text', text: { body: 'Halo' }, extra: 1 }],
    ['without its content', 131008, { type: 'text' }],
    ['as an empty text', 131009, { type: 'text', text: { body: '' } }],
    ['as a text of 4097 characters', 131009, { type: 'text', text: { body: 'x'.repeat(4097) } }],
    ['with a file neither by id nor by link', 131008, { type: 'image', image: { caption: 'A' } }],
    ['with a file by both', 131009, { type: 'image', image: { id: '1', link: 'https://example.com/a' } }],
    ['with a link that is none', 131009, { type: 'image', image: { link: 'a.png' } }],
    ['with a caption for a sound', 100, { type: 'audio', audio: { id: '1', caption: 'A' } }],
    ['with a caption that is too long', 131009, { type: 'image', image: { id: '1', caption: 'x'.repeat(1025) } }],
    ['with a place beyond the pole', 131009, { type: 'location', location: { latitude: 91, longitude: 0 } }],
    ['with a card without a name', 131008, { type: 'contacts', contacts: [{ phones: [] }] }],
    ['with a reaction to nothing', 131008, { type: 'reaction', reaction: { emoji: '👍' } }],
    ['without buttons', 131009, buttons()],
    ['with four buttons', 131009, buttons(button(1), button(2), button(3), button(4))],
    ['with a title of 21 characters', 131009, buttons(button(1, 'x'.repeat(21)))],
    ['with a title that is there twice', 131009, buttons(button(1, 'Yes'), button(2, 'Yes'))],
    ['with an empty list', 131009, list([])],
    [
      'with eleven rows over two sections',
      131009,
      list([
        { title: 'A', rows: rows(0, 6) },
        { title: 'B', rows: rows(6, 5) },
      ]),
    ],
    ['with two sections, one without a title', 131008, list([{ title: 'A', rows: rows(0, 1) }, { rows: rows(1, 1) }])],
    ['with a row id that is there twice', 131009, list([{ rows: [row(1), row(1)] }])],
    ['with a row id of 201 characters', 131009, list([{ rows: [{ id: 'x'.repeat(201), title: 'A' }] }])],
    ['with a description of 73 characters', 131009, list([{ rows: [{ ...row(1), description: 'x'.repeat(73) }] }])],
    ['with a long label', 131009, list([{ rows: [row(1)] }], 'x'.repeat(21))],
    ['as an answer to no message id', 131009, { text: { body: 'Halo' }, context: { message_id: '1' } }],
    ['with more data to echo than 512', 131009, { text: { body: 'Halo' }, biz_opaque_callback_data: 'x'.repeat(513) }],
  ])('%s', (_, code, message) => expect(codeOf({ ...message })).toBe(code));
});

describe('marking as read', () => {
  it('needs the id of a message', () => {
    expect(codeOf({ status: 'read', message_id: 'wamid.A' })).toBeNull();
    expect(codeOf({ status: 'read' })).toBe(131008);
    expect(codeOf({ status: 'seen', message_id: 'wamid.A' })).toBe(131009);
  });
});
