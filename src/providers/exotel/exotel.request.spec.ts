import { describe, expect, it } from 'vitest';
import { type OutboundContent, type OutboundFile, type OutboundTemplate } from '../ports/messaging.js';
import { exotelMessage, lint } from './exotel.request.js';

const ATTEMPT = '0190b5a0-0000-7000-8000-000000000101';
const link = 'https://files.example/a';
const file = (type: OutboundFile['type'], filename: string | null = null): OutboundFile => ({
  type,
  key: null,
  link,
  filename,
  bytes: async () => {
    throw new Error('Exotel is given links');
  },
});
const media = (given: OutboundFile, caption: string | null): OutboundContent => ({
  kind: 'media',
  file: given,
  caption,
});
const template = (parts: Partial<OutboundTemplate>): OutboundContent => ({
  kind: 'template',
  externalId: 'order_update',
  language: 'en_US',
  category: 'UTILITY',
  params: [],
  paramNames: [],
  header: null,
  buttons: [],
  sms: null,
  ...parts,
});
const templated = (...components: unknown[]): unknown => ({
  type: 'template',
  template: { name: 'order_update', language: { policy: 'deterministic', code: 'en_US' }, components },
});
const list = (title: string, description: string | null): OutboundContent => ({
  kind: 'interactive',
  text: 'Choose',
  buttons: [],
  list: { button: 'Menu', sections: [{ title, rows: [{ id: 'r1', title: 'One', description }] }] },
});
const button = (type: OutboundTemplate['buttons'][number]['type'], value: string): OutboundContent =>
  template({ buttons: [{ index: 1, type, value }] });

describe('the content', () => {
  it.each<[string, OutboundContent, unknown]>([
    ['a text', { kind: 'text', text: 'Halo – é' }, { type: 'text', text: { body: 'Halo – é' } }],
    ['an image', media(file('IMAGE'), null), { type: 'image', image: { link } }],
    ['an image with a caption', media(file('IMAGE'), 'c'), { type: 'image', image: { link, caption: 'c' } }],
    ['a video with a caption', media(file('VIDEO'), 'c'), { type: 'video', video: { link, caption: 'c' } }],
    ['a sound, which has no caption', media(file('AUDIO', 'a.mp3'), 'c'), { type: 'audio', audio: { link } }],
    ['a document', media(file('DOCUMENT'), null), { type: 'document', document: { link } }],
    [
      'a document with a caption and a name',
      media(file('DOCUMENT', 'INV-1.pdf'), 'c'),
      { type: 'document', document: { link, caption: 'c', filename: 'INV-1.pdf' } },
    ],
    [
      'buttons',
      { kind: 'interactive', text: 'Choose', buttons: [{ id: 'y', title: 'Yes' }], list: null },
      {
        type: 'interactive',
        interactive: {
          type: 'button',
          body: { text: 'Choose' },
          action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
        },
      },
    ],
    [
      'a list',
      list('Food', 'the first'),
      {
        type: 'interactive',
        interactive: {
          type: 'list',
          body: { text: 'Choose' },
          action: {
            button: 'Menu',
            sections: [{ title: 'Food', rows: [{ id: 'r1', title: 'One', description: 'the first' }] }],
          },
        },
      },
    ],
    [
      'a list of one section without a title, of rows without a description',
      list('', null),
      {
        type: 'interactive',
        interactive: {
          type: 'list',
          body: { text: 'Choose' },
          action: { button: 'Menu', sections: [{ rows: [{ id: 'r1', title: 'One' }] }] },
        },
      },
    ],
    ['a template without values', template({}), templated()],
    [
      'a template with values',
      template({ params: ['Budi', '2'] }),
      templated({
        type: 'body',
        parameters: [
          { type: 'text', text: 'Budi' },
          { type: 'text', text: '2' },
        ],
      }),
    ],
    [
      'a template with values that have names',
      template({ params: ['Budi'], paramNames: ['name'] }),
      templated({ type: 'body', parameters: [{ type: 'text', parameter_name: 'name', text: 'Budi' }] }),
    ],
    [
      'a template with a text in its header',
      template({ header: { text: 'INV-1' }, params: ['Budi'] }),
      templated(
        { type: 'header', parameters: [{ type: 'text', text: 'INV-1' }] },
        { type: 'body', parameters: [{ type: 'text', text: 'Budi' }] },
      ),
    ],
    [
      'a template with an image in its header',
      template({ header: { file: file('IMAGE', 'a.png') } }),
      templated({ type: 'header', parameters: [{ type: 'image', image: { link } }] }),
    ],
    [
      'a template with a video in its header',
      template({ header: { file: file('VIDEO') } }),
      templated({ type: 'header', parameters: [{ type: 'video', video: { link } }] }),
    ],
    [
      'a template with a document in its header',
      template({ header: { file: file('DOCUMENT', 'a.pdf') } }),
      templated({ type: 'header', parameters: [{ type: 'document', document: { link, filename: 'a.pdf' } }] }),
    ],
    [
      'a template with a quick reply',
      button('QUICK_REPLY', 'yes'),
      templated({
        type: 'button',
        sub_type: 'quick_reply',
        index: '1',
        parameters: [{ type: 'payload', payload: 'yes' }],
      }),
    ],
    [
      'a template with the end of an address',
      button('URL', 'INV-1'),
      templated({ type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'INV-1' }] }),
    ],
    [
      'a template with a code to copy',
      button('COPY_CODE', 'SAVE10'),
      templated({
        type: 'button',
        sub_type: 'copy_code',
        index: '1',
        parameters: [{ type: 'coupon_code', coupon_code: 'SAVE10' }],
      }),
    ],
    [
      'a template with a one-time code, which is in its address too',
      template({
        category: 'AUTHENTICATION',
        params: ['123456'],
        buttons: [{ index: 0, type: 'OTP', value: '123456' }],
      }),
      templated(
        { type: 'body', parameters: [{ type: 'text', text: '123456' }] },
        { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '123456' }] },
      ),
    ],
    [
      'a template with a one-time code and no button of its own',
      template({ category: 'AUTHENTICATION', params: ['123456'] }),
      templated(
        { type: 'body', parameters: [{ type: 'text', text: '123456' }] },
        { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '123456' }] },
      ),
    ],
    [
      'a template with a one-time code to copy',
      template({ category: 'AUTHENTICATION', buttons: [{ index: 0, type: 'COPY_CODE', value: '123456' }] }),
      templated({ type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '123456' }] }),
    ],
    ['a template with a button that takes no value', button('PHONE_NUMBER', '+918041234567'), templated()],
  ])('of %s is as documented', (_, content, expected) => {
    expect(written(content)).toEqual({ recipient_type: 'individual', ...(expected as object) });
  });

  it('quotes nothing, for no field is documented for it', () => {
    const content: OutboundContent = { kind: 'text', text: 'Halo' };
    expect(written(content, 'c5d40b17')).toEqual(written(content));
  });
});

describe('a value of a template', () => {
  it.each(['Budi', 'a    b', 'é', 'x'.repeat(1024)])('may be %j', (value) => {
    expect(lint(value)).toBeNull();
  });

  it.each(['', '  ', 'a\nb', 'a\r\nb', 'a\tb', 'a     b', 'x'.repeat(1025)])('may not be %j', (value) => {
    expect(lint(value)).toMatch(/^WhatsApp takes .+; .+\.$/);
  });
});

function written(content: OutboundContent, quotes: string | null = null): unknown {
  const message = { attemptId: ATTEMPT, requestKey: ATTEMPT, to: '+918645550123', urgent: false, quotes, content };
  return exotelMessage({ from: '+918041234567', statusCallback: 'https://kurir.example/s' }, message).content;
}
