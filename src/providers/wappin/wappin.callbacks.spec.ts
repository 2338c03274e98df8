import { describe, expect, it } from 'vitest';
import { type Callbacks, type RawRequest } from '../ports.js';
import { wappinCallbacks } from './wappin.callbacks.js';
import { wappin } from './wappin.provider.js';
import { readCallback } from './wappin.wire.js';

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
    { ...base, status_messages: '-', message_content: 'tesss', callback_type: 'message' },
    { ...base, status_messages: 'queued' },
    { ...base, status_messages: 'constructor' },
    { ...base, message_id: '-', status_messages: 'sent' },
    { ...base, message_id: 'a\0b', status_messages: 'sent' },
    { ...base, message_id: 'x'.repeat(5_000), status_messages: 'sent' },
    [{ ...base, status_messages: 'sent' }],
    'sent',
    null,
  ])('of another kind is read as nothing', (value) => {
    expect(read(value)).toEqual([]);
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
  });
}
