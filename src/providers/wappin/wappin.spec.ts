import { describe, expect, it } from 'vitest';
import { samples } from '../../../test/contract/samples.js';
import { WappinWorld, answer } from '../../../test/support/wappin-world.js';
import { basicAuthorization } from '../../common/http-text.js';
import { type OutboundContent } from '../ports/messaging.js';
import { type Outcome } from '../ports/outcome.js';
import { hear, judge } from './wappin.outcome.js';
import { wappin } from './wappin.provider.js';
import { jakartaTime } from './wappin.wire.js';

const uat = { ...samples.template, externalId: 'templ_uat_2', params: ['Anniv Grace', '2018-10-10 19:26:36'] };
const sms = { externalId: 'sms_ecol', params: ['Grace', '100000'] };

describe('the request', () => {
  const bodyOf = async (content: OutboundContent): Promise<[string, unknown]> => {
    const world = new WappinWorld();
    await world.send(content);
    const call = world.otherCalls()[0]!;
    expect(call).toMatchObject({ method: 'POST', headers: { 'Content-Type': 'application/json' } });
    return [call.url, JSON.parse(String(call.body))];
  };

  it('of a template has the values as an object with the keys 1, 2, … and ids with their zeros', async () => {
    expect(await bodyOf(uat)).toEqual([
      'https://api.wappin.id/v1/message/do-send-hsm',
      {
        client_id: '0009',
        project_id: '014',
        type: 'templ_uat_2',
        recipient_number: '6287823678003',
        params: { '1': 'Anniv Grace', '2': '2018-10-10 19:26:36' },
      },
    ]);
  });

  it('of a template without variables has an empty object', async () => {
    expect((await bodyOf({ ...uat, params: [] }))[1]).toMatchObject({ params: {} });
  });

  it('of a template with an SMS has its channel, its template and its values beside', async () => {
    expect(await bodyOf({ ...uat, sms })).toEqual([
      'https://api.wappin.id/v1/message/do-send-hsm',
      {
        client_id: '0009',
        project_id: '014',
        type: 'templ_uat_2',
        recipient_number: '6287823678003',
        params: { '1': 'Anniv Grace', '2': '2018-10-10 19:26:36' },
        channel: 'sms',
        content: 'sms_ecol',
        params_sms: { '1': 'Grace', '2': '100000' },
      },
    ]);
  });

  it('of a template with an SMS without variables has an empty object for it', async () => {
    expect((await bodyOf({ ...uat, sms: { ...sms, params: [] } }))[1]).toMatchObject({ params_sms: {} });
  });

  it('of a text has nothing but the text, line breaks and all', async () => {
    expect(await bodyOf({ kind: 'text', text: 'Selamat pagi,\nBu Sri 🙂' })).toEqual([
      'https://api.wappin.id/v1/message/do-send',
      {
        client_id: '0009',
        project_id: '014',
        message_content: 'Selamat pagi,\nBu Sri 🙂',
        recipient_number: '6287823678003',
      },
    ]);
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
  judge(hear(answer(http, typeof body === 'string' ? body : JSON.stringify(body)), new Date(0), []));

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
    ['404', 'Content Template SMS not found', 'TEMPLATE_NOT_FOUND'],
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

  it.each([
    ['404', 'API Notification Template not found or inactive', /the template, or it is inactive/],
    ['404', 'Content Template SMS not found', /the template of the SMS/],
    ['400', 'Message param count do not match', /of values is not that of the template/],
    ['400', 'params sms count do not match', /of values of the SMS/],
    ['419', 'Sorry, the API Send Message can only be used', /not in production yet.*put into production/],
  ])('%s "%s" says what to mend', (status, words, sentence) => {
    const outcome = judged({ status, message: words });
    expect(outcome).toMatchObject({ failure: { message: expect.stringMatching(sentence) } });
  });

  it('shows no secret that it echoes', () => {
    const echo = answer(200, JSON.stringify({ status: '400', message: 'bad token-1' }));
    expect(judge(hear(echo, new Date(0), ['token-1']))).toMatchObject({ failure: { providerMessage: 'bad ***' } });
  });

  it.each(['700', '429', '503'])('%s is deferred', (status) => {
    expect(judged({ status, message: 'Error from vendor' })).toMatchObject({
      outcome: 'deferred',
      failure: { code: 'PROVIDER_UNAVAILABLE', providerCode: status },
    });
  });

  it('429 says that it is too many, in the body or by HTTP alone; another time is no such thing', () => {
    expect(judged({ status: '429', message: 'Slow down' })).toMatchObject({ tooMany: true });
    expect(judged('<html>', 429)).toMatchObject({ tooMany: true });
    expect(judged({ status: '700', message: 'Error from vendor' }, 429)).not.toHaveProperty('tooMany');
    expect(judged('<html>', 503)).not.toHaveProperty('tooMany');
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
