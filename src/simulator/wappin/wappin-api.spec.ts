import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SimulatedWappinAccount, WAPPIN_ACCOUNTS } from './wappin-account.js';
import { type HttpAnswer, post, wappinClient, type WappinClient } from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';

const ACCOUNT = WAPPIN_ACCOUNTS.accounts[0] as SimulatedWappinAccount;
const ORDINARY = '6289600010002';
const HOUR_MS = 3_600_000;

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const refusal = (status: string, message: string) => ({ status: 200, body: { status, message, data: null } });

describe('Wappin', () => {
  let simulator: Simulator;
  let timers: ManualTimers;
  let client: WappinClient;
  let at: number;

  beforeEach(async () => {
    at = Date.parse('2019-07-19T09:21:51Z');
    timers = new ManualTimers();
    simulator = await startSimulator({ port: 0, now: () => new Date(at), timers });
    client = await wappinClient(simulator.url, ACCOUNT.clientId, ACCOUNT.secretKey);
  });
  afterEach(() => simulator.stop());

  const token = (headers: Record<string, string>): Promise<HttpAnswer> =>
    post(`${simulator.url}/v1/token/get/`, headers, '');
  const rightToken = (): Promise<HttpAnswer> => token({ Authorization: basic(ACCOUNT.clientId, ACCOUNT.secretKey) });

  describe('its token', () => {
    it('lasts 24 hours, written in the time of Jakarta, and is the same until then', async () => {
      expect((await rightToken()).body).toEqual({
        status: '200',
        message: 'Token not expired',
        data: { access_token: client.token, expired_datetime: '2019-07-20 16:21:51', token_type: 'access_token' },
      });
      expect(client.token).toMatch(/^[0-9a-f]{64}$/);
      at += 24 * HOUR_MS;
      const next = (await rightToken()).body as { message: string; data: { access_token: string } };
      expect(next.message).toBe('Success');
      expect(next.data.access_token).not.toBe(client.token);
    });

    it('may come without data when it is asked for again', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, tokenAnswerWithoutData: true }] });
      expect((await rightToken()).body).toEqual({ status: '200', message: 'Token not expired' });
    });

    it.each([
      ['no Authorization', {}, '406', 'Auth not recognize'],
      ['another scheme', { Authorization: 'Bearer x' }, '406', 'Auth not recognize'],
      ['no colon', { Authorization: `Basic ${Buffer.from('0009').toString('base64')}` }, '406', 'Auth not recognize'],
      ['a wrong key', { Authorization: basic('0009', 'wrong') }, '401', 'Invalid credential'],
      ['an id without its zeros', { Authorization: basic('9', ACCOUNT.secretKey) }, '401', 'Invalid credential'],
    ])('is refused with %s, in an HTTP 200', async (_what, headers, code, message) => {
      expect(await token(headers as Record<string, string>)).toMatchObject(refusal(code, message));
    });

    it('ends with its time, and when somebody presses Generate', async () => {
      at += 24 * HOUR_MS;
      expect(await client.send(ORDINARY)).toMatchObject(refusal('401', 'Invalid credential'));
      client = await wappinClient(simulator.url, ACCOUNT.clientId, ACCOUNT.secretKey);
      expect(await client.send(ORDINARY)).toMatchObject({ body: { status: '200' } });
      expect(simulator.killTokens()).toBe(1);
      expect(await client.send(ORDINARY)).toMatchObject(refusal('401', 'Invalid credential'));
    });
  });

  describe('do-send-hsm', () => {
    it('answers an id like PHP’s uniqid, each another one', async () => {
      const ids = new Set<string>();
      for (let n = 0; n < 3; n++) {
        const { status, body } = await client.send(ORDINARY);
        expect(status).toBe(200);
        expect(body).toEqual({
          message_id: expect.stringMatching(/^5d[0-9a-f]{11}$/) as string,
          status: '200',
          message: 'Success',
        });
        ids.add((body as { message_id: string }).message_id);
      }
      expect(ids.size).toBe(3);
      expect(simulator.ledger.counts({ kind: 'WAPPIN' })).toMatchObject({ accepted: 3, doubles: 2 });
    });

    it('takes the local form, a slash at the end and a language_code, as other clients send them', async () => {
      const answer = await client.call('/v1/message/do-send-hsm/', {
        client_id: '0009',
        project_id: '52',
        type: 'bni_ecol_open_payment_create',
        recipient_number: '089600010002',
        language_code: 'id',
        params: { '1': 'a', '2': 'b', '3': 'c', '4': 'd', '5': 'e', '6': 'f', '7': 'g' },
      });
      expect(answer).toMatchObject({ body: { status: '200' } });
      expect(simulator.ledger.messages()).toMatchObject([
        { recipient: ORDINARY, params: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] },
      ]);
    });

    it.each([
      ['a client_id without its zeros', { client_id: '9' }, '400', 'Project ID or Client ID cannot be process.'],
      ['a client_id that is a number', { client_id: 9 }, '400', 'Project ID or Client ID cannot be process.'],
      ['another project', { project_id: '53' }, '400', 'Project ID or Client ID cannot be process.'],
      ['no recipient', { recipient_number: undefined }, '400', 'Error no input received'],
      ['a recipient that is no number', { recipient_number: '+62896' }, '601', 'Contact invalid'],
      ['an unknown template', { type: 'nobody' }, '404', 'API Notification Template not found or inactive'],
      ['one value too few', { params: { '1': 'a' } }, '400', 'Message param count do not match'],
      ['a gap in the values', { params: { '1': 'a', '3': 'b' } }, '400', 'Message param count do not match'],
      ['values in an array', { params: ['a', 'b'] }, '400', 'Message param count do not match'],
      ['values in a string', { params: '{"1":"a","2":"b"}' }, '400', 'Message param count do not match'],
      ['a value that is a number', { params: { '1': 'a', '2': 2 } }, '400', 'Message param count do not match'],
      ['an SMS without its text', { channel: 'sms' }, '404', 'Content Template SMS not found'],
      [
        'an SMS with too few values',
        { channel: 'sms', content: 'sms_open_payment_create', params_sms: { '1': 'a' } },
        '400',
        'params sms count do not match',
      ],
    ])('refuses %s, in an HTTP 200', async (_what, change, code, message) => {
      expect(await client.send(ORDINARY, change)).toMatchObject(refusal(code, message));
      expect(simulator.ledger.counts()).toMatchObject({ accepted: 0, refused: { [code]: 1 } });
    });

    it('takes the SMS variant', async () => {
      const sms = { channel: 'sms', content: 'sms_open_payment_create', params_sms: { '1': 'a', '2': 'b' } };
      expect(await client.send(ORDINARY, sms)).toMatchObject({ body: { status: '200' } });
    });

    it.each([
      ['no Authorization', { Authorization: undefined }, '{}', '406', 'Auth not recognize'],
      ['Basic in place of Bearer', { Authorization: basic('0009', 'x') }, '{}', '406', 'Auth not recognize'],
      ['a token that is none', { Authorization: 'Bearer x' }, '{}', '401', 'Invalid credential'],
      ['no JSON', {}, '{', '400', 'Error no input received'],
      ['an empty object', {}, '{}', '400', 'Error no input received'],
      ['another Content-Type', { 'Content-Type': 'text/plain' }, '{"a":1}', '400', 'Error no input received'],
    ])('refuses %s', async (_what, headers, body, code, message) => {
      expect(await client.call('/v1/message/do-send-hsm', body, headers)).toMatchObject(refusal(code, message));
    });

    it('refuses an address that is not on the list', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, allowedIps: ['10.0.0.1'] }] });
      expect(await client.send(ORDINARY)).toMatchObject(refusal('407', 'IP Address not allowed'));
    });

    it('takes only the two test templates for a UAT project', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, environment: 'UAT' }] });
      expect(await client.send(ORDINARY)).toMatchObject({ body: { status: '200' } });
      const other = await client.send(ORDINARY, { type: 'bni_ecol_open_payment_create' });
      expect(other).toMatchObject({ body: { status: '404' } });
    });

    it('mirrors its code in the HTTP status where the account says so', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, mirrorStatus: true }] });
      expect((await client.send(ORDINARY, { type: 'nobody' })).status).toBe(404);
      expect((await client.send('6281200000406')).status).toBe(406);
      expect(await client.send('6281200000601')).toMatchObject({ status: 400, body: { status: '601' } });
    });
  });

  describe('to a magic recipient', () => {
    it.each([
      ['400', '400', 'Error no input received'],
      ['401', '401', 'Invalid credential'],
      ['404', '404', 'API Notification Template not found or inactive'],
      ['405', '404', 'Content Template SMS not found'],
      ['406', '406', 'Auth not recognize'],
      ['407', '407', 'IP Address not allowed'],
      ['410', '400', 'Project ID or Client ID cannot be process.'],
      ['412', '400', 'params sms count do not match'],
      ['422', '400', 'Message param count do not match'],
      ['601', '601', 'Contact invalid'],
      ['605', '605', 'Upload Media Failed'],
      ['700', '700', 'Error from vendor'],
    ])('…%s answers %s %s', async (digits, code, message) => {
      expect(await client.send(`6281200000${digits}`)).toMatchObject(refusal(code, message));
      expect(simulator.ledger.counts().accepted).toBe(0);
    });

    it('…419 carries an id although nothing is sent', async () => {
      const { body } = await client.send('6281200000419');
      expect(body).toMatchObject({ status: '419', message_id: expect.any(String) as string });
      expect(simulator.ledger.counts().accepted).toBe(0);
    });

    it.each([
      ['429', 429, 0],
      ['500', 500, 0],
      ['502', 502, 0],
      ['503', 503, 0],
      ['504', 504, 0],
      ['514', 504, 1],
      ['520', 500, 1],
      ['905', 200, 1],
    ])('…%s answers HTTP %i without JSON and sends %i', async (digits, status, accepted) => {
      const answer = await client.send(`6281200000${digits}`);
      expect(answer.status).toBe(status);
      expect(answer.body).toContain('<html>');
      expect(simulator.ledger.counts().accepted).toBe(accepted);
    });

    it.each([
      ['902', 1],
      ['903', 0],
      ['904', 1],
    ])('…%s loses the answer and sends %i', async (digits, accepted) => {
      await expect(client.send(`6281200000${digits}`)).rejects.toThrow();
      expect(simulator.ledger.counts().accepted).toBe(accepted);
    });

    it('…906 answers a success without an id', async () => {
      expect((await client.send('6281200000906')).body).toEqual({ status: '200', message: 'Success' });
    });

    it('…1700 fails the first try of a message alone', async () => {
      expect(await client.send('6281200001700')).toMatchObject({ body: { status: '700' } });
      expect(await client.send('6281200001700')).toMatchObject({ body: { status: '200' } });
    });
  });

  describe('inquiry', () => {
    it('tells what has happened so far, oldest first', async () => {
      const { body } = await client.send(ORDINARY);
      const { message_id } = body as { message_id: string };
      await timers.next();
      at += 5_000;
      await timers.next();
      expect((await client.call('/v1/message/inquiry', { message_id })).body).toEqual({
        status: '200',
        message: 'Success',
        data: [
          { message_id, status: 'sent', timestamp: '1563528111' },
          { message_id, status: 'delivered', timestamp: '1563528116' },
        ],
      });
    });

    it('knows no message of another client’s', async () => {
      const { body } = await client.send(ORDINARY);
      const { message_id } = body as { message_id: string };
      simulator.configure({ accounts: [{ ...ACCOUNT, clientId: '0015' }] });
      const other = await wappinClient(simulator.url, '0015', ACCOUNT.secretKey);
      const answer = await other.call('/v1/message/inquiry', { message_id });
      expect(answer).toMatchObject(refusal('404', 'Data not Found'));
    });
  });

  describe('the number checker', () => {
    const check = (phone_number: unknown): Promise<HttpAnswer> =>
      client.call('/v1/phone/number-checker', { client_id: '0009', project_id: '52', phone_number });

    it('finds an ordinary number valid, and …601 not', async () => {
      expect(await check(ORDINARY)).toMatchObject({ body: { status: '200', message: 'Phone Number Valid' } });
      expect(await check('6281200000601')).toMatchObject(refusal('601', 'Phone Number Invalid'));
      expect(await check('12')).toMatchObject(refusal('601', 'Phone Number Invalid'));
    });

    it('sends nothing', async () => {
      await check(ORDINARY);
      expect(simulator.ledger.counts()).toMatchObject({ accepted: 0, answered: 2 });
    });
  });
});
