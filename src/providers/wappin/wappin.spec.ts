import { describe, expect, it } from 'vitest';
import { type Outbound, type Outcome } from '../ports.js';
import { judge } from './wappin.outcome.js';
import { wappin } from './wappin.provider.js';
import { basicAuthorization, hsmBody, jakartaTime } from './wappin.wire.js';

const message: Outbound = {
  attemptId: '0190b5a0-0000-7000-8000-000000000001',
  requestKey: '5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c11',
  to: '+6289600010002',
  content: {
    kind: 'template',
    externalId: 'templ_uat_2',
    language: 'id',
    params: ['Anniv Grace', '2018-10-10 19:26:36'],
  },
};

describe('the request', () => {
  it('has the values as an object with the keys 1, 2, … and ids with their zeros', () => {
    expect(JSON.parse(hsmBody({ clientId: '0009', projectId: '014' }, message))).toEqual({
      client_id: '0009',
      project_id: '014',
      type: 'templ_uat_2',
      recipient_number: '6289600010002',
      params: { '1': 'Anniv Grace', '2': '2018-10-10 19:26:36' },
    });
  });

  it('has an empty object for a template without variables', () => {
    const bare = { ...message, content: { ...message.content, params: [] } };
    expect(hsmBody({ clientId: '9', projectId: '14' }, bare)).toContain('"params":{}');
  });

  it('asks for a token with the client id as it is, padded or not', () => {
    expect(basicAuthorization('0009', 'k')).toBe(`Basic ${Buffer.from('0009:k').toString('base64')}`);
  });

  it('reads the end of a token as Jakarta time', () => {
    expect(jakartaTime('2019-07-20 16:21:51')).toEqual(new Date('2019-07-20T09:21:51Z'));
    expect(jakartaTime('tomorrow')).toBeNull();
    expect(jakartaTime('2019-13-40 16:21:51')).toBeNull();
  });
});

const judged = (body: unknown, http = 200): Outcome =>
  judge(http, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

describe('an answer', () => {
  it.each([
    { message_id: '5bc83037c79f5', status: '200', message: 'Success' },
    { message_id: '5bc83037c79f5', status: '200', message: 'Success', data: null },
    { message_id: '5bc83037c79f5', status: 200, message: 'Success', data: [] },
  ])('%o is accepted', (body) => {
    expect(judged(body)).toEqual({ outcome: 'accepted', reference: '5bc83037c79f5' });
  });

  it('is judged by its body whatever the HTTP status', () => {
    expect(judged({ message_id: '5bc83037c79f5', status: '200', message: 'Success' }, 500)).toMatchObject({
      outcome: 'accepted',
    });
    expect(judged({ status: '601', message: 'Contact invalid' }, 503)).toMatchObject({ outcome: 'refused' });
  });

  it.each([
    ['400', 'Error no input received', 'PROVIDER_REJECTED'],
    ['400', 'Project ID or Client ID cannot be process.', 'PROVIDER_REJECTED'],
    ['400', 'Message param count do not match', 'TEMPLATE_PARAMS_MISMATCH'],
    ['400', 'message PARAM count do not match with the template', 'TEMPLATE_PARAMS_MISMATCH'],
    ['400', 'params sms count do not match', 'TEMPLATE_PARAMS_MISMATCH'],
    ['401', 'Invalid credential', 'PROVIDER_AUTH_FAILED'],
    ['404', 'API Notification Template not found or inactive', 'TEMPLATE_NOT_FOUND'],
    ['406', 'Auth not recognize', 'PROVIDER_AUTH_FAILED'],
    ['407', 'IP Address not allowed', 'PROVIDER_AUTH_FAILED'],
    ['419', 'Sorry, the API Send Message can only be used for projects with production status.', 'PROVIDER_REJECTED'],
    ['601', 'Contact invalid', 'NOT_ON_WHATSAPP'],
    ['605', 'Upload Media Failed', 'MEDIA_REJECTED'],
    ['999', 'Something new', 'PROVIDER_REJECTED'],
    ['constructor', 'Something odd', 'PROVIDER_REJECTED'],
  ])('%s "%s" is refused as %s, a message_id or not', (status, words, code) => {
    expect(judged({ message_id: '5d366a8d54dce', status, message: words, data: null })).toMatchObject({
      outcome: 'refused',
      failure: { code, providerCode: status, providerMessage: words },
    });
  });

  it.each(['700', '429', '503'])('%s is deferred', (status) => {
    expect(judged({ status, message: 'Error from vendor' })).toMatchObject({
      outcome: 'deferred',
      failure: { code: 'PROVIDER_UNAVAILABLE', providerCode: status },
    });
  });

  it.each([
    [{ status: '500', message: 'Oops' }, 200],
    ['', 200],
    ['<html>', 200],
    [{ message_id: '5d366a8d54dce' }, 200],
    ['', 500],
    ['', 502],
    ['', 504],
  ])('%o with HTTP %i is uncertain', (body, http) => {
    expect(judged(body, http)).toMatchObject({ outcome: 'uncertain' });
  });

  it.each([
    [401, 'refused', 'PROVIDER_AUTH_FAILED'],
    [407, 'refused', 'PROVIDER_AUTH_FAILED'],
    [404, 'refused', 'PROVIDER_REJECTED'],
    [429, 'deferred', 'PROVIDER_UNAVAILABLE'],
    [503, 'deferred', 'PROVIDER_UNAVAILABLE'],
  ])('that is no JSON goes by HTTP: %i is %s as %s', (http, outcome, code) => {
    expect(judged('<html>', http)).toMatchObject({ outcome, failure: { code } });
  });
});

describe('the account', () => {
  it.each([
    ['smsRule', 'NOT_ON_WHATSAPP', true],
    ['smsRule', 'ALWAYS', true],
    ['smsRule', 'WAITING', true],
    ['smsRule', 'always', false],
    ['clientId', '0009', true],
    ['clientId', '9:9', false],
    ['secretKey', 'a\nb', false],
  ])('takes for %s the value %j: %s', (name, value, good) => {
    const field = wappin.credentials.find((each) => each.name === name);
    expect(field?.check?.(value) === undefined).toBe(good);
  });
});
