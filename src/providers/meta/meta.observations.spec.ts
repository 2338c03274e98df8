import { describe, expect, it } from 'vitest';
import { ATTEMPT } from '../../../test/contract/meta.support.js';
import { META_PHONE, META_WABA } from '../../../test/contract/meta.tapes.js';
import { type Observation } from '../ports/callbacks.js';
import { readWebhook } from './meta.observations.js';

const read = (body: unknown): readonly Observation[] => readWebhook(Buffer.from(JSON.stringify(body)));
const change = (field: string, value: object): object => ({
  object: 'whatsapp_business_account',
  entry: [{ id: META_WABA, time: 1_780_300_000, changes: [{ field, value }] }],
});
const metadata = { display_phone_number: '16315555555', phone_number_id: META_PHONE };
const messages = (value: object): object => change('messages', { messaging_product: 'whatsapp', metadata, ...value });

const status = { id: 'wamid.1', status: 'delivered', timestamp: '1750857384', recipient_id: '6281234567890' };
const report = {
  kind: 'status',
  mailbox: META_PHONE,
  reference: 'wamid.1',
  attemptId: null,
  status: 'DELIVERED',
  occurredAt: new Date('2025-06-25T13:16:24Z'),
  recipient: '+6281234567890',
  recipientId: '6281234567890',
  failure: null,
};

describe('a status', () => {
  it('is read whole', () => {
    const whole = {
      ...status,
      biz_opaque_callback_data: ATTEMPT,
      conversation: { id: 'c', expiration_timestamp: '1750943820', origin: { type: 'utility' } },
      pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' },
    };
    expect(read(messages({ statuses: [whole] }))).toEqual([{ ...report, attemptId: ATTEMPT }]);
  });

  it.each([
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['read', 'READ'],
    ['played', 'READ'],
  ])('%s is read as %s', (word, expected) => {
    expect(read(messages({ statuses: [{ ...status, status: word }] }))).toEqual([{ ...report, status: expected }]);
  });

  it('failed has the problem of its first error', () => {
    const errors = [
      {
        code: 131047,
        title: 'Re-engagement message',
        message: 'Re-engagement message',
        error_data: { details: 'More than 24 hours have passed.' },
        href: 'https://developers.facebook.com/docs/',
      },
    ];
    expect(read(messages({ statuses: [{ ...status, status: 'failed', errors }] }))).toMatchObject([
      {
        status: 'FAILED',
        failure: {
          code: 'SESSION_WINDOW_CLOSED',
          providerCode: '131047',
          providerMessage: 'Re-engagement message: More than 24 hours have passed.',
        },
      },
    ]);
  });

  it('failed without an error has no reason', () => {
    expect(read(messages({ statuses: [{ ...status, status: 'failed' }] }))).toMatchObject([
      { status: 'FAILED', failure: { code: 'PROVIDER_REJECTED', providerCode: null } },
    ]);
  });

  it('that nobody knows was not read', () => {
    expect(read(messages({ statuses: [{ ...status, status: 'constructor' }] }))).toEqual([{ kind: 'unread' }]);
  });

  it.each([
    ['recipient_user_id beside the number', { recipient_user_id: 'US.1349' }, report.recipient, 'US.1349'],
    ['recipient_user_id alone', { recipient_id: undefined, recipient_user_id: 'US.1349' }, null, 'US.1349'],
    ['the id of the parent', { recipient_id: undefined, recipient_parent_user_id: 'US.ENT.1' }, null, 'US.ENT.1'],
    ['the id in the place of the number', { recipient_id: 'BR.1502576394655' }, null, 'BR.1502576394655'],
    ['nobody', { recipient_id: undefined }, null, null],
  ])('names its person by %s', (_, more, recipient, recipientId) => {
    expect(read(messages({ statuses: [{ ...status, ...more }] }))).toEqual([{ ...report, recipient, recipientId }]);
  });

  it('has no attempt where what it echoes is no id of ours', () => {
    const foreign = { ...status, biz_opaque_callback_data: 'order-7' };
    expect(read(messages({ statuses: [foreign] }))).toEqual([report]);
  });

  it.each([{ id: undefined }, { id: 'a\0b' }, { id: 'x'.repeat(300) }, { status: undefined }])(
    'without what it is about, %o, is nothing',
    (more) => {
      expect(read(messages({ statuses: [{ ...status, ...more }] }))).toEqual([]);
    },
  );

  it.each(['', 'soon', '0', '99999999999999999'])('of the time %j has none', (timestamp) => {
    expect(read(messages({ statuses: [{ ...status, timestamp }] }))).toMatchObject([{ occurredAt: null }]);
  });
});

describe('a webhook', () => {
  it('may hold several of everything, and each is read', () => {
    const value = { messaging_product: 'whatsapp', metadata };
    const entry = (ids: string[], phone: string): object => ({
      id: META_WABA,
      changes: ids.map((id) => ({
        field: 'messages',
        value: {
          ...value,
          metadata: { ...metadata, phone_number_id: phone },
          statuses: [
            { ...status, id },
            { ...status, id: `${id}b`, status: 'read' },
          ],
        },
      })),
    });
    const all = read({ object: 'whatsapp_business_account', entry: [entry(['1', '2'], '77'), entry(['3'], '88')] });
    expect(all.map((each) => each.kind === 'status' && `${each.mailbox} ${each.reference} ${each.status}`)).toEqual([
      '77 1 DELIVERED',
      '77 1b READ',
      '77 2 DELIVERED',
      '77 2b READ',
      '88 3 DELIVERED',
      '88 3b READ',
    ]);
  });

  it.each(['account_update', 'phone_number_quality_update', 'message_template_quality_update', 'flows'])(
    'of the field %s is nothing to us',
    (field) => {
      expect(read(change(field, { event: 'THROUGHPUT_UPGRADE' }))).toEqual([]);
    },
  );

  it('with errors of the account alone is nothing', () => {
    expect(read(messages({ errors: [{ code: 130429, title: 'Rate limit hit' }] }))).toEqual([]);
  });
});

const message = {
  from: '6281234567890',
  id: 'wamid.in',
  timestamp: '1750857384',
  type: 'text',
  text: { body: 'Halo' },
};
const contacts = [{ profile: { name: 'Bu Sri' }, wa_id: '6281234567890' }];
const inbound = {
  kind: 'inbound',
  mailbox: META_PHONE,
  reference: 'wamid.in',
  occurredAt: new Date('2025-06-25T13:16:24Z'),
  from: '+6281234567890',
  recipientId: '6281234567890',
  fromName: 'Bu Sri',
  inReplyTo: null,
  content: { kind: 'text', text: 'Halo' },
};

describe('an inbound message', () => {
  const of = (more: object): readonly Observation[] =>
    read(messages({ contacts, messages: [{ ...message, ...more }] }));

  it('of text is read whole', () => {
    expect(of({})).toEqual([inbound]);
  });

  it('that answers another names it', () => {
    expect(of({ context: { from: '16315555555', id: 'wamid.out' } })).toEqual([{ ...inbound, inReplyTo: 'wamid.out' }]);
    expect(of({ context: { forwarded: true } })).toEqual([inbound]);
  });

  it.each([
    ['image', 'IMAGE', { caption: 'Ini' }],
    ['video', 'VIDEO', { caption: 'Ini' }],
    ['audio', 'AUDIO', { voice: true }],
    ['document', 'DOCUMENT', { caption: 'Ini', filename: 'a.pdf' }],
    ['sticker', 'IMAGE', { animated: false }],
  ])('of the type %s is a file of %s', (type, media, more) => {
    const part = { id: '990', mime_type: 'some/type', sha256: 'b0a1', ...more };
    const { caption = null, filename = null } = more as { caption?: string; filename?: string };
    expect(of({ type, text: undefined, [type]: part })).toEqual([
      {
        ...inbound,
        content: { kind: 'media', type: media, reference: '990', mimeType: 'some/type', filename, caption },
      },
    ]);
  });

  it.each([
    [{ type: 'button', button: { payload: 'YES', text: 'Ya' } }, 'YES'],
    [{ type: 'button', button: { text: 'Ya' } }, null],
    [{ type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'yes', title: 'Ya' } } }, 'yes'],
    [
      {
        type: 'interactive',
        interactive: { type: 'list_reply', list_reply: { id: 'r1', title: 'Ya', description: '2 hari' } },
      },
      'r1',
    ],
  ])('that chooses, %o, says what and its id', (more, replyId) => {
    expect(of({ text: undefined, ...more })).toEqual([
      { ...inbound, content: { kind: 'interactive', text: 'Ya', replyId } },
    ]);
  });

  it.each([
    { type: 'reaction', reaction: { message_id: 'wamid.out', emoji: '👍' } },
    { type: 'location', location: { latitude: -6.2, longitude: 106.8, name: 'Monas' } },
    { type: 'contacts', contacts: [{ name: { formatted_name: 'Budi' } }] },
    { type: 'order', order: { catalog_id: '1', product_items: [] } },
    { type: 'system', system: { body: 'changed', type: 'user_changed_number' } },
    { type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply: { response_json: '{}' } } },
    { type: 'interactive', interactive: { type: 'payment', payment: { status: 'success' } } },
    { type: 'unsupported', errors: [{ code: 131051, title: 'Message type unknown' }] },
    { type: 'text', text: {} },
    { type: 'image', image: { mime_type: 'image/jpeg' } },
    { type: '__proto__' },
    { type: 'hologram' },
  ])('of another kind, %o, is kept as it came', (more) => {
    const raw = JSON.parse(JSON.stringify({ ...message, text: undefined, ...more })) as unknown;
    expect(of({ text: undefined, ...more })).toEqual([{ ...inbound, content: { kind: 'unknown', raw } }]);
  });

  it('of another kind is kept as nothing where it is too large or too deep to keep', () => {
    const nested = JSON.parse(`${'['.repeat(21)}${']'.repeat(21)}`) as unknown;
    for (const part of [{ a: 'x'.repeat(8_193) }, { a: nested }]) {
      expect(of({ type: 'hologram', hologram: part })).toEqual([{ ...inbound, content: { kind: 'unknown', raw: {} } }]);
    }
  });

  it('is read with what the database cannot hold taken out', () => {
    expect(of({ text: { body: 'a\0b\ud800' } })).toMatchObject([{ content: { text: 'a\uFFFDb\uFFFD' } }]);
    expect(of({ type: 'hologram', hologram: { a: '\0' } })).toMatchObject([
      { content: { raw: { hologram: { a: '\uFFFD' } } } },
    ]);
  });

  it.each([
    ['named in the message and the contact', { from_user_id: 'US.1349' }, { user_id: 'US.1349' }],
    ['named in the contact alone', {}, { user_id: 'US.1349' }],
    ['named in the message alone', { from_user_id: 'US.1349' }, {}],
    ['named in the place of the number', { from: 'US.1349' }, {}],
  ])('of a person without a number, %s, has their id', (_, named, known) => {
    const body = messages({
      contacts: [{ profile: { name: 'Bu Sri', username: 'busri' }, ...known }],
      messages: [{ ...message, from: undefined, ...named }],
    });
    expect(read(body)).toEqual([{ ...inbound, from: null, recipientId: 'US.1349' }]);
  });

  it('of a person with both has the number, and the id that stays when the number is kept back', () => {
    const both = messages({
      contacts: [{ ...contacts[0], user_id: 'US.1349' }],
      messages: [{ ...message, from_user_id: 'US.1349' }],
    });
    expect(read(both)).toEqual([{ ...inbound, recipientId: 'US.1349' }]);
  });

  it('has the name of its own contact, where there are several', () => {
    const several = [{ profile: { name: 'Pak Budi' }, wa_id: '628111' }, ...contacts];
    expect(read(messages({ contacts: several, messages: [message] }))).toEqual([inbound]);
    expect(read(messages({ contacts: [several[0], several[0]], messages: [message] }))).toEqual([
      { ...inbound, fromName: null },
    ]);
    expect(read(messages({ messages: [message] }))).toEqual([{ ...inbound, fromName: null }]);
  });

  it('of nobody is nothing', () => {
    expect(read(messages({ messages: [{ ...message, from: undefined }] }))).toEqual([]);
    expect(of({ id: undefined })).toEqual([]);
  });
});

describe('a template’s standing', () => {
  const value = {
    event: 'APPROVED',
    message_template_id: 1689556908129832,
    message_template_name: 'order_update',
    message_template_language: 'en_US',
    message_template_category: 'UTILITY',
    reason: 'NONE',
  };
  const told = {
    kind: 'template',
    owner: META_WABA,
    externalId: 'order_update',
    language: 'en_US',
    status: 'APPROVED',
    category: 'UTILITY',
    rejectionReason: null,
    occurredAt: new Date(1_780_300_000_000),
  };
  const of = (more: object): readonly Observation[] =>
    read(change('message_template_status_update', { ...value, ...more }));

  it.each([
    ['APPROVED', 'APPROVED'],
    ['REINSTATED', 'APPROVED'],
    ['REJECTED', 'REJECTED'],
    ['PAUSED', 'PAUSED'],
    ['FLAGGED', null],
    ['DISABLED', 'DISABLED'],
    ['LOCKED', 'DISABLED'],
    ['LIMIT_EXCEEDED', 'DISABLED'],
    ['IN_APPEAL', 'IN_APPEAL'],
    ['PENDING', 'PENDING'],
    ['DELETED', 'DELETED'],
    ['PENDING_DELETION', 'DELETED'],
    ['ARCHIVED', 'DELETED'],
  ])('after %s is %s', (event, expected) => {
    expect(of({ event })).toEqual([{ ...told, status: expected }]);
  });

  it('after a word that nobody knows was not read', () => {
    expect(of({ event: 'TELEPORTED' })).toEqual([{ kind: 'unread' }]);
  });

  it.each([
    [{ reason: 'INCORRECT_CATEGORY' }, 'INCORRECT_CATEGORY'],
    [
      { reason: 'INVALID_FORMAT', rejection_info: { reason: 'A variable at the end.', recommendation: 'Move it.' } },
      'INVALID_FORMAT: A variable at the end. Move it.',
    ],
    [{ reason: 'SCAM', rejection_info: { reason: null, recommendation: 'Stop' } }, 'SCAM: Stop'],
    [{ reason: null, rejection_info: { reason: 'A variable at the end' } }, 'A variable at the end'],
    [{ reason: 'SCAM', rejection_info: { reason: 'x'.repeat(2_000) } }, `SCAM: ${'x'.repeat(1_018)}`],
    [{ reason: null }, null],
  ])('has the reason of %o', (more, rejectionReason) => {
    expect(of({ event: 'REJECTED', ...more })).toEqual([{ ...told, status: 'REJECTED', rejectionReason }]);
  });

  it.each([{ message_template_name: undefined }, { message_template_language: undefined }, { event: undefined }])(
    'without what it is about, %o, is nothing',
    (more) => {
      expect(of(more)).toEqual([]);
    },
  );

  it.each([
    [{ previous_category: 'UTILITY', new_category: 'MARKETING' }, 'MARKETING'],
    // Announced only: the category is still the one in new_category.
    [{ new_category: 'UTILITY', correct_category: 'MARKETING', category_update_timestamp: 1746169200 }, 'UTILITY'],
  ])('has another category after %o', (more, category) => {
    const { event: _event, reason: _reason, message_template_category: _category, ...named } = value;
    expect(read(change('template_category_update', { ...named, ...more }))).toEqual([
      { ...told, status: null, category },
    ]);
  });

  it('of a category that nobody knows was not read', () => {
    const named = { message_template_name: 'a', message_template_language: 'id', new_category: 'GOSSIP' };
    expect(read(change('template_category_update', named))).toEqual([{ kind: 'unread' }]);
  });
});
