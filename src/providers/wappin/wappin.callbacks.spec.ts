import { describe, expect, it } from 'vitest';
import { type Callbacks, type RawRequest } from '../ports/callbacks.js';
import { wappinCallbacks } from './wappin.callbacks.js';
import { wappin } from './wappin.provider.js';
import { readCallback } from './wappin.observations.js';

describe('a callback', () => {
  it.each([
    ['with neither token nor body of its own', undefined, undefined, '{}', 'keep', 200],
    ['that is no JSON object', undefined, undefined, '[1]', 'refuse', 400],
    ['that is no JSON', undefined, undefined, 'status=sent', 'refuse', 400],
    ['with a token that nobody asks for', undefined, 'Bearer abc', '{}', 'keep', 200],
    ['with the right token', 'abc', 'Bearer abc', '{}', 'keep', 200],
    ['with the scheme in small letters', 'abc', 'bearer abc', '{}', 'keep', 200],
    ['with the right token and a body that cannot be read', 'abc', 'Bearer abc', '{"mess', 'keep', 200],
    ['with a wrong token', 'abc', 'Bearer abd', '{}', 'refuse', 401],
    ['with a longer token', 'abc', 'Bearer abcd', '{}', 'refuse', 401],
    ['with the bare token', 'abc', 'abc', '{}', 'refuse', 401],
    ['without the token', 'abc', undefined, '{}', 'refuse', 401],
  ])('%s is judged', (_, callbackToken, authorization, body, verdict, status) => {
    const admission = callbacks(callbackToken).admit(posted(body, { authorization }));
    expect(admission).toMatchObject({ verdict, reply: { status } });
    if (verdict === 'keep') {
      expect(admission.reply).toEqual({ status: 200, contentType: 'application/json', body: '{"status":"000"}' });
    }
  });

  it('is a POST', () => {
    const request = { ...posted('{}'), method: 'GET' };
    expect(callbacks().admit(request)).toMatchObject({ verdict: 'refuse', reply: { status: 405 } });
  });

  const base = { message_id: '5cdbe7774a059', sender_number: '628989229471', timestamp: '1557915512' };
  const seen = {
    kind: 'status',
    mailbox: null,
    attemptId: null,
    recipientId: null,
    reference: '5cdbe7774a059',
    occurredAt: new Date('2019-05-15T10:18:32Z'),
    recipient: '+628989229471',
    failure: null,
  };
  const read = (value: unknown) => readCallback(Buffer.from(JSON.stringify(value)));

  it.each([
    ['as in the samples', { ...base, status_messages: 'delivered', environment: 'PRODUCTION' }],
    ['as in the table', { ...base, status_message: 'delivered', environtment: 'PRODUCTION' }],
    ['in capitals', { ...base, status_messages: 'Delivered' }],
    ['with "-" in the other spelling', { ...base, status_messages: '-', status_message: 'delivered' }],
    [
      'with a blank in the name of the id',
      { ...base, message_id: undefined, 'message id': '5cdbe7774a059', status_messages: 'delivered' },
    ],
    ['with the time as a number', { ...base, timestamp: 1557915512, status_messages: 'delivered' }],
    ['with the local form of the number', { ...base, sender_number: '08989229471', status_messages: 'delivered' }],
  ])('of a status is read %s', (_, value) => {
    expect(read({ ...value, callback_type: 'status' })).toEqual([{ ...seen, status: 'DELIVERED' }]);
  });

  it.each([
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['read', 'READ'],
  ])('%s is read as %s', (status_messages, status) => {
    expect(read({ ...base, status_messages })).toMatchObject([{ status, failure: null }]);
  });

  it('failed is read with the reason that it has: none', () => {
    expect(read({ ...base, status_messages: 'failed' })).toMatchObject([
      { status: 'FAILED', failure: { code: 'PROVIDER_REJECTED', providerCode: null } },
    ]);
  });

  it('says nothing of the time and the number where they are missing or none', () => {
    const bare = { message_id: '5cdbe7774a059', status_messages: 'sent' };
    const unknown = { occurredAt: null, recipient: null };
    expect(read(bare)).toMatchObject([unknown]);
    expect(read({ ...bare, timestamp: '-', sender_number: '-' })).toMatchObject([unknown]);
    expect(read({ ...bare, timestamp: '99999999999999999', sender_number: 'x' })).toMatchObject([unknown]);
  });

  it.each([
    ['a status word', { ...base, status_messages: 'queued' }],
    ['a status word that every object has', { ...base, status_messages: 'constructor' }],
    ['a type', { ...base, status_messages: 'sent', callback_type: 'billing' }],
    ['a status without a word', { ...base, status_messages: '-', callback_type: 'status' }],
    ['a message of nobody', { message_id: '5cdbe77d09ee7', message_content: 'tesss', callback_type: 'message' }],
  ])('with %s that nobody knows is kept as unread', (_, value) => {
    expect(read(value)).toEqual([{ kind: 'unread' }]);
  });

  it.each([
    { ...base, message_id: '-', status_messages: 'sent' },
    { ...base, message_id: 'a\0b', status_messages: 'sent' },
    { ...base, message_id: 'x'.repeat(5_000), status_messages: 'sent' },
    [{ ...base, status_messages: 'sent' }],
    'sent',
    null,
  ])('without an id that could be found again is read as nothing', (value) => {
    expect(read(value)).toEqual([]);
  });

  const written = {
    ...base,
    message_id: '5cdbe77d09ee7',
    status_messages: '-',
    message_content: 'tesss',
    timestamp: '1557915516',
    callback_type: 'message',
  };
  const heard = {
    kind: 'inbound',
    mailbox: null,
    reference: '5cdbe77d09ee7',
    occurredAt: new Date('2019-05-15T10:18:36Z'),
    from: '+628989229471',
    recipientId: null,
    fromName: null,
    inReplyTo: null,
    content: { kind: 'text', text: 'tesss' },
  };

  it.each([
    ['as in the sample', written],
    ['with its type in capitals', { ...written, callback_type: 'MESSAGE' }],
    ['without its type', { ...written, callback_type: undefined }],
    ['with the other spelling of the status', { ...written, status_messages: undefined, status_message: '-' }],
    ['with the local form of the number', { ...written, sender_number: '08989229471' }],
  ])('of a message is read %s', (_, value) => {
    expect(read(value)).toEqual([heard]);
  });

  it('of a message keeps its blanks and lines, and no NUL', () => {
    expect(read({ ...written, message_content: ' ya,\n\0 BERHENTI ' })).toMatchObject([
      { content: { kind: 'text', text: ' ya,\n\uFFFD BERHENTI ' } },
    ]);
  });

  it.each([
    ['no text', { ...written, message_content: undefined, media: { url: 'https://x.example/a.jpg' } }],
    ['the dash for none', { ...written, message_content: '-' }],
    ['an object for its text', { ...written, message_content: { type: 'image' } }],
  ])('of a message with %s is kept as it came', (_, value) => {
    expect(read(value)).toEqual([{ ...heard, content: { kind: 'unknown', raw: JSON.parse(JSON.stringify(value)) } }]);
  });

  const nested = (levels: number): unknown => (levels === 0 ? 'x' : [nested(levels - 1)]);
  it.each([
    ['larger than 8 KiB', 'x'.repeat(8_192)],
    ['deeper than 20 levels', nested(20)],
    ['not to be stored', 'a\0b'],
  ])('of a message that is %s is kept without what it says', (_, media) => {
    expect(read({ ...written, message_content: '-', media })).toEqual([
      { ...heard, content: { kind: 'unknown', raw: {} } },
    ]);
  });
});

function posted(body: string, headers: RawRequest['headers'] = {}): RawRequest {
  return { topic: 'callback', method: 'POST', path: '/callbacks/k/callback', headers, body: Buffer.from(body) };
}

function callbacks(callbackToken?: string): Callbacks {
  return wappinCallbacks({
    id: '0190b5a0-0000-7000-8000-000000000003',
    kind: 'WAPPIN',
    environment: 'SANDBOX',
    baseUrl: wappin.baseUrls.SANDBOX,
    credentials: { clientId: '0009', projectId: '014', secretKey: 'the-secret', callbackToken },
    sender: null,
    callbackBase: 'https://kurir.example/callbacks/key',
  });
}
