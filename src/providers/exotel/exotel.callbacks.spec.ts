import { describe, expect, it } from 'vitest';
import { type Callbacks, type Observation, type RawRequest } from '../ports/callbacks.js';
import { exotelCallbacks } from './exotel.callbacks.js';
import { readCallback } from './exotel.observations.js';

const ATTEMPT = '0190b5a0-0000-7000-8000-000000000101';

const delivered = {
  callback_type: 'dlr',
  sid: 'e96ec08a641612c8',
  to: '+918645550123',
  exo_status_code: 30002,
  exo_detailed_status: 'EX_MESSAGE_DELIVERED',
  description: 'Message Delivered',
  timestamp: '2024-05-21T12:48:26+05:30',
  custom_data: ATTEMPT,
  conversation_id: '675625c2',
};
const seen = {
  kind: 'status',
  mailbox: null,
  reference: 'e96ec08a641612c8',
  attemptId: ATTEMPT,
  status: 'DELIVERED',
  occurredAt: new Date('2024-05-21T07:18:26Z'),
  recipient: '+918645550123',
  recipientId: null,
  failure: null,
};

const readAll = (value: unknown): readonly Observation[] => readCallback(Buffer.from(JSON.stringify(value)));
const read = (element: unknown): readonly Observation[] => readAll({ whatsapp: { messages: [element] } });
const reported = (exo_status_code: unknown, exo_detailed_status: unknown): readonly Observation[] =>
  read({ ...delivered, exo_status_code, exo_detailed_status, description: 'its words' });

describe('a callback', () => {
  it.each([
    ['a JSON object', 'POST', '{}', 'keep', 200],
    ['another method', 'PUT', '{}', 'refuse', 405],
    ['a look at the address', 'GET', '', 'refuse', 405],
    ['no JSON', 'POST', 'sid=1', 'refuse', 400],
    ['no object', 'POST', '[1]', 'refuse', 400],
    ['nothing', 'POST', '', 'refuse', 400],
  ])('that is %s is judged', (_, method, body, verdict, status) => {
    expect(callbacks().admit(posted(method, body))).toMatchObject({ verdict, reply: { status } });
  });

  it('is answered with an empty object, whatever signature it has', () => {
    const request = { ...posted('POST', '{}'), headers: { 'x-exotel-signature': 'sha256=00' } };
    expect(callbacks().admit(request).reply).toEqual({ status: 200, contentType: 'application/json', body: '{}' });
  });

  it.each([
    ['bare, as in production', { whatsapp: { messages: [delivered] } }],
    ['within params, as on the payments page', { params: { whatsapp: { messages: [delivered] } } }],
  ])('is read %s', (_, value) => {
    expect(readAll(value)).toEqual([seen]);
  });

  it.each(['status', 'message'])('is read for what is in it, at the topic %s too', (topic) => {
    const incoming = {
      callback_type: 'icm',
      sid: 'c5d4',
      from: '+918645550123',
      to: '+918041234567',
      content: { type: 'text', text: { body: 'Hi' } },
    };
    const body = Buffer.from(JSON.stringify({ whatsapp: { messages: [delivered, incoming] } }));
    expect(callbacks().topics).toContain(topic);
    expect(callbacks().read({ ...posted('POST', ''), topic, body })).toMatchObject([
      { kind: 'status', reference: 'e96ec08a641612c8' },
      { kind: 'inbound', reference: 'c5d4' },
    ]);
  });

  it('is read element by element: one that cannot be read hides no other', () => {
    const elements = [delivered, null, 'dlr', { callback_type: 'dlr' }, { ...delivered, sid: 'second' }];
    expect(readAll({ whatsapp: { messages: elements } })).toMatchObject([
      { reference: 'e96ec08a641612c8' },
      { reference: 'second' },
    ]);
  });

  it.each([{}, { whatsapp: null }, { whatsapp: { messages: {} } }, { params: [] }, { messages: [delivered] }, [], 'x'])(
    'of another shape is read as nothing: %j',
    (value) => {
      expect(readAll(value)).toEqual([]);
    },
  );

  it('of a type that nobody knows is read by what is in it, and else counted', () => {
    expect(read({ ...delivered, callback_type: 'status' })).toEqual([seen]);
    expect(read({ ...delivered, callback_type: undefined })).toEqual([seen]);
    expect(read({ callback_type: 'weather', sid: 'a' })).toEqual([{ kind: 'unread' }]);
    expect(read({ callback_type: 'weather' })).toEqual([]);
  });
});

describe('a report', () => {
  it.each([
    ['sent', 30001, 'EX_MESSAGE_SENT', 'SENT'],
    ['delivered', 30002, 'EX_MESSAGE_DELIVERED', 'DELIVERED'],
    ['seen', 30003, 'EX_MESSAGE_SEEN', 'READ'],
  ])('that it was %s is read by its word, by its code, and by both', (_, code, word, status) => {
    const known = { kind: 'status', status, failure: null };
    expect(reported(code, word)).toMatchObject([known]);
    expect(reported(String(code), word.toLowerCase())).toMatchObject([known]);
    expect(reported(code, undefined)).toMatchObject([known]);
    expect(reported(undefined, word)).toMatchObject([known]);
    expect(reported(39999, word)).toMatchObject([known]);
  });

  it('is read by its word where the code says something else', () => {
    expect(reported(30013, 'EX_MESSAGE_DELIVERED')).toMatchObject([{ status: 'DELIVERED', failure: null }]);
    expect(reported(30003, 'EX_REENGAGEMENT_ERROR')).toMatchObject([
      { status: 'FAILED', failure: { code: 'SESSION_WINDOW_CLOSED', providerCode: '30003' } },
    ]);
  });

  it.each([
    [30004, 'EX_SYSTEM_ERROR', 'PROVIDER_REJECTED'],
    [30005, 'EX_NUMBER_ERROR', 'INVALID_PHONE_NUMBER'],
    [30006, 'EX_SETUP_ERROR', 'PROVIDER_REJECTED'],
    [30007, 'EX_RATE_LIMIT_HIT', 'PROVIDER_REJECTED'],
    [30008, 'EX_SPAM_RATE_LIMIT_HIT', 'PROVIDER_REJECTED'],
    [30009, 'EX_TOO_MANY_REQUEST', 'PROVIDER_REJECTED'],
    [30010, 'EX_INVALID_REQUEST', 'PROVIDER_REJECTED'],
    [30011, 'EX_UNKNOWN_ERROR', 'PROVIDER_REJECTED'],
    [30012, 'EX_INVALID_RECIPIENT', 'NOT_ON_WHATSAPP'],
    [30013, 'EX_INCAPABLE_RECIPIENT', 'NOT_ON_WHATSAPP'],
    [30014, 'EX_RECIPIENT_BLOCKED', 'PROVIDER_REJECTED'],
    [30015, 'EX_UNSUPPORTED_MESSAGE', 'MEDIA_REJECTED'],
    [30016, 'EX_MEDIA_DOWNLOAD_ERROR', 'MEDIA_REJECTED'],
    [30017, 'EX_MEDIA_UPLOAD_ERROR', 'MEDIA_REJECTED'],
    [30018, 'EX_REENGAGEMENT_ERROR', 'SESSION_WINDOW_CLOSED'],
    [30019, 'EX_INVALID_PARAM', 'PROVIDER_REJECTED'],
    [30020, 'EX_MISSING_PARAM', 'PROVIDER_REJECTED'],
    [30021, 'EX_INVALID_PARAM_VALUE', 'PROVIDER_REJECTED'],
    [30022, 'EX_TEMPLATE_ERROR', 'TEMPLATE_NOT_FOUND'],
    [30023, 'EX_TEMPLATE_PARAM_ERROR', 'TEMPLATE_PARAMS_MISMATCH'],
    [30024, 'EX_TEMPLATE_NOT_FOUND', 'TEMPLATE_NOT_FOUND'],
    [30025, 'EX_TEMPLATE_TEXT_TOO_LONG', 'PROVIDER_REJECTED'],
    [30026, 'EX_INVALID_TEMPLATE_NAMESPACE', 'PROVIDER_REJECTED'],
    [30027, 'EX_MESSAGE_PENDING_TOO_LONG', 'EXPIRED'],
    [30028, 'EX_MESSAGE_EXPIRED', 'EXPIRED'],
    [30029, 'EX_MESSAGE_TOO_LONG', 'PROVIDER_REJECTED'],
    [30030, 'EX_WEBHOOK_ERROR', 'PROVIDER_REJECTED'],
    [30031, 'EX_SECTION_COUNT_ERROR', 'PROVIDER_REJECTED'],
    [30032, 'EX_ROWS_COUNT_ERROR', 'PROVIDER_REJECTED'],
    [30033, 'EX_PRODUCT_COUNT_ERROR', 'PROVIDER_REJECTED'],
    [30034, 'EX_CATALOGUE_NOT_FOUND', 'PROVIDER_REJECTED'],
    [30035, 'EX_CATALOGUE_NOT_LINKED', 'PROVIDER_REJECTED'],
    [30036, 'EX_MISSING_PRODUCT', 'PROVIDER_REJECTED'],
    [30037, 'EX_PRODUCT_NOT_FOUND', 'PROVIDER_REJECTED'],
    [30038, 'EX_PRODUCT_COMPLIANCE_ERROR', 'PROVIDER_REJECTED'],
    [30039, 'EX_INVALID_HEADER', 'PROVIDER_REJECTED'],
    [30040, 'EX_MISSING_COMPLIANCE', 'PROVIDER_REJECTED'],
    [30041, 'EX_CHAR_POLICY_VIOLATION', 'PROVIDER_REJECTED'],
  ])('of %i, %s, is a failure as %s, also by either of the two alone', (code, word, problem) => {
    const failed = (providerCode: string) => [
      { status: 'FAILED', failure: { code: problem, providerCode, providerMessage: 'its words' } },
    ];
    expect(reported(code, word)).toMatchObject(failed(String(code)));
    expect(reported(code, undefined)).toMatchObject(failed(String(code)));
    expect(reported(undefined, word)).toMatchObject(failed(word));
  });

  it.each([
    [undefined, 'EX_RESTRICTED_BY_META', 'EX_RESTRICTED_BY_META'],
    [30061, 'EX_RESTRICTED_BY_META', '30061'],
    [30061, 'EX_NOBODY_KNOWS', '30061'],
    [undefined, 'EX_NOBODY_KNOWS', 'EX_NOBODY_KNOWS'],
    [30061, 'EX_MESSAGE_NOT_DELIVERED', '30061'],
    [30061, 'EX_MESSAGE_UNDELIVERED', '30061'],
    [30061, 'EX_SENT_FAILED', '30061'],
  ])('of %s, %s, is a failure with the words kept', (code, word, providerCode) => {
    expect(reported(code, word)).toMatchObject([
      {
        status: 'FAILED',
        failure: { code: 'PROVIDER_REJECTED', providerCode, providerMessage: 'its words' },
      },
    ]);
  });

  it('of a failure without a description has its word', () => {
    const element = { ...delivered, exo_status_code: 30061, exo_detailed_status: 'EX_NEW', description: undefined };
    expect(read(element)).toMatchObject([{ failure: { providerMessage: 'EX_NEW' } }]);
  });

  it.each([
    [39999, 'TELEPORTED'],
    [30042, undefined],
    [undefined, undefined],
    ['constructor', '__proto__'],
    [null, ''],
  ])('of %s, %s, which nobody knows, is counted', (code, word) => {
    expect(reported(code, word)).toEqual([{ kind: 'unread' }]);
  });

  it.each([
    ['without a sid', { ...delivered, sid: undefined }],
    ['with a sid that cannot be stored', { ...delivered, sid: 'a\0b' }],
    ['with an endless sid', { ...delivered, sid: 'x'.repeat(5_000) }],
  ])('%s is read as nothing', (_, element) => {
    expect(read(element)).toEqual([]);
  });

  it.each([
    [ATTEMPT.toUpperCase(), ATTEMPT],
    ['ORD-1', null],
    [{ attempt: ATTEMPT }, null],
    [undefined, null],
  ])('with the custom_data %j is of the attempt %s', (custom_data, attemptId) => {
    expect(read({ ...delivered, custom_data })).toMatchObject([{ attemptId }]);
  });

  it.each([
    ['+918645550123', '+918645550123'],
    ['918645550123', '+918645550123'],
    [918645550123, '+918645550123'],
    ['somebody', null],
    [undefined, null],
  ])('to %j is to %s', (to, recipient) => {
    expect(read({ ...delivered, to })).toMatchObject([{ recipient }]);
  });

  it.each([
    ['2024-05-21T12:48:26+05:30', '2024-05-21T07:18:26.000Z'],
    ['2024-01-15T10:30:05.250+05:30', '2024-01-15T05:00:05.250Z'],
    ['2024-05-21 12:48:26+0530', '2024-05-21T07:18:26.000Z'],
    ['2024-05-21T15:18:26+08:00', '2024-05-21T07:18:26.000Z'],
    ['2024-05-21T07:18:26Z', '2024-05-21T07:18:26.000Z'],
    // Of which region it is, nobody says.
    ['2024-05-21T12:48:26', null],
    ['0000-01-01T00:00:00Z', null],
    ['2024-13-41T99:99:99Z', null],
    ['yesterday', null],
    [undefined, null],
  ])('at %s is at %s', (timestamp, moment) => {
    expect(read({ ...delivered, timestamp })).toMatchObject([
      { occurredAt: moment === null ? null : new Date(moment) },
    ]);
  });
});

function posted(method: string, body: string): RawRequest {
  return { topic: 'status', method, path: '/callbacks/k/status', headers: {}, body: Buffer.from(body) };
}

function callbacks(): Callbacks {
  return exotelCallbacks({
    id: '0190b5a0-0000-7000-8000-000000000003',
    kind: 'EXOTEL',
    environment: 'PRODUCTION',
    baseUrl: 'https://api.exotel.com',
    credentials: { accountSid: 'kurir1', apiKey: 'key123', apiToken: 'token456' },
    sender: '+918041234567',
    callbackBase: 'https://kurir.example/callbacks/k',
  });
}
