import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metaClient, PERSON } from '../../../test/support/meta-peers.js';
import {
  ACCOUNT,
  type MetaStage,
  startMetaStage,
  templateMessage as template,
} from '../../../test/support/meta-stage.js';

const text = { type: 'text', text: { body: 'Halo' } };
const ORDER = template('order_ready', ['Budi', 'INV-1']);
const MINUTE_MS = 60_000;

describe('the simulated Meta', () => {
  let stage: MetaStage;
  let simulator: MetaStage['simulator'];
  let receiver: MetaStage['receiver'];
  let timers: MetaStage['timers'];
  let client: MetaStage['client'];
  let configure: MetaStage['configure'];
  let write: MetaStage['write'];
  let happen: MetaStage['happen'];
  let statuses: MetaStage['statuses'];
  beforeEach(async () => {
    stage = await startMetaStage();
    ({ simulator, receiver, timers, client, configure, write, happen, statuses } = stage);
  });
  afterEach(() => stage.stop());

  const account = ACCOUNT.phoneNumberId;

  describe('lets in', () => {
    it('nobody without a token', async () => {
      const answer = await client.call('GET', account, undefined, { authorization: '' });
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 0, type: 'OAuthException' } } });
    });

    it('nobody with a token that is not right', async () => {
      const answer = await metaClient(simulator.url, account, 'wrong').send(ORDER);
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 190 } } });
    });

    it('nobody to a number that is another’s', async () => {
      const answer = await metaClient(simulator.url, '999', ACCOUNT.accessToken).send(ORDER);
      expect(answer).toMatchObject({
        status: 400,
        body: { error: { code: 100, error_subcode: 33, type: 'GraphMethodException' } },
      });
    });

    it('whoever asks for the number that is theirs', async () => {
      const { status, body } = await client.call('GET', account);
      expect(status).toBe(200);
      expect(body).toMatchObject({ id: account, display_phone_number: '+6281110009999', verified_name: 'Kurir Demo' });
    });
  });

  describe('takes a message', () => {
    it('and answers its id and the number as WhatsApp has it', async () => {
      const { status, body } = await client.send({ ...ORDER, to: `+${PERSON}` });
      expect(status).toBe(200);
      expect(body).toEqual({
        messaging_product: 'whatsapp',
        contacts: [{ input: `+${PERSON}`, wa_id: PERSON }],
        messages: [{ id: expect.stringMatching(/^wamid\./) as string, message_status: 'accepted' }],
      });
      expect(simulator.ledger.messages()).toMatchObject([{ template: 'order_ready', params: ['Budi', 'INV-1'] }]);
    });

    it('as a form whose nested objects are strings', async () => {
      const form = new URLSearchParams({
        messaging_product: 'whatsapp',
        to: PERSON,
        type: 'template',
        template: JSON.stringify(ORDER['template']),
      });
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      expect(await client.call('POST', `${account}/messages`, form.toString(), headers)).toMatchObject({ status: 200 });
    });

    it('for a person without a number, by their user id', async () => {
      const { body } = await client.send({ ...ORDER, to: undefined, recipient: 'ID.123' });
      expect(body['contacts']).toEqual([{ input: 'ID.123', user_id: 'ID.123' }]);
      await happen(1);
      expect(receiver.received[0]?.value).toMatchObject({
        contacts: [{ user_id: 'ID.123' }],
        statuses: [{ recipient_user_id: 'ID.123' }],
      });
      expect(statuses()[0]).not.toHaveProperty('recipient_id');
    });

    it('but no code for a person without a number', async () => {
      const code = template('login_code', ['123456']);
      const answer = await client.send({ ...code, to: undefined, recipient: 'ID.123' });
      expect(answer.body).toMatchObject({ error: { code: 131062 } });
    });

    it('and says what is wrong with one in error_data', async () => {
      const { status, body } = await client.send(template('order_ready', ['Budi']));
      expect(status).toBe(400);
      expect(body['error']).toMatchObject({
        message: '(#132000) Number of parameters does not match the expected number of params',
        type: 'OAuthException',
        code: 132000,
        error_data: {
          messaging_product: 'whatsapp',
          details: 'body: number of localizable_params (1) does not match the expected number of params (2)',
        },
        fbtrace_id: expect.stringMatching(/^A/) as string,
      });
    });

    it('with a template of that language alone', async () => {
      expect(await client.send(template('order_ready', ['B', 'I'], 'fr'))).toMatchObject({
        status: 404,
        body: { error: { code: 132001 } },
      });
    });

    it('and marks what a person wrote as read', async () => {
      const answer = await client.call('POST', `${account}/messages`, {
        messaging_product: 'whatsapp',
        status: 'read',
        message_id: 'wamid.A',
      });
      expect(answer).toEqual({ status: 200, body: { success: true } });
      expect(simulator.ledger.calls({ messageId: 'wamid.A' })).toHaveLength(1);
    });
  });

  describe('keeps the window of 24 hours', () => {
    it('and a text to somebody who never wrote fails after the answer', async () => {
      expect((await client.send(text)).status).toBe(200);
      await happen(1);
      expect(statuses()).toMatchObject([
        { status: 'failed', errors: [{ code: 131047, title: 'Re-engagement message', error_data: {} }] },
      ]);
    });

    it('or is refused, where the account says so', async () => {
      configure({ outsideWindow: 'refused' });
      expect((await client.send(text)).body).toMatchObject({ error: { code: 131047 } });
    });

    it('or goes out, where the account says so', async () => {
      configure({ outsideWindow: 'goes out' });
      await client.send(text);
      await happen(1);
      expect(statuses()).toMatchObject([{ status: 'sent', pricing: { billable: false, category: 'service' } }]);
    });

    it('open for a day from what a person wrote', async () => {
      await write();
      timers.advance(24 * 60 * MINUTE_MS - 1);
      await client.send(text);
      await happen(1);
      expect(statuses()).toMatchObject([{ status: 'sent' }]);
      timers.advance(MINUTE_MS);
      const seen = statuses().length;
      await client.send({ type: 'text', text: { body: 'Masih di sana?' } });
      await happen(1);
      expect(statuses().slice(seen)).toContainEqual(expect.objectContaining({ status: 'failed' }));
    });
  });

  describe('slows down', () => {
    it('whoever writes to one person too often', async () => {
      for (let n = 0; n < 45; n++) expect((await client.send(ORDER)).status).toBe(200);
      expect((await client.send(ORDER)).body).toMatchObject({ error: { code: 131056 } });
      expect((await client.send({ ...ORDER, to: '6289600010003' })).status).toBe(200);
    });

    it('whoever sends more in a second than the account may', async () => {
      configure({ messagesPerSecond: 2 });
      const send = (to: string): Promise<unknown> => client.send({ ...ORDER, to }).then(({ status }) => status);
      expect([await send('6289600010003'), await send('6289600010004')]).toEqual([200, 200]);
      expect((await client.send({ ...ORDER, to: '6289600010005' })).body).toMatchObject({ error: { code: 130429 } });
      timers.advance(500);
      expect(await send('6289600010005')).toBe(200);
    });
  });

  it('does what a fault says with uploads and with templates', async () => {
    const refuse = { http: 500, code: '131016', message: 'Service unavailable' };
    simulator.configure({
      faults: [
        { kind: 'META', on: 'media', next: 1, behaviour: { refuse } },
        { kind: 'META', on: 'templates', next: 1, behaviour: { refuse: { http: 503, code: null, message: '' } } },
      ],
    });
    expect(await client.upload(Buffer.from('x'), 'text/plain')).toMatchObject({ body: { error: { code: 131016 } } });
    expect(await client.upload(Buffer.from('x'), 'text/plain')).toMatchObject({ status: 200 });
    expect((await client.call('GET', `${ACCOUNT.businessAccountId}/message_templates`)).status).toBe(503);
  });
});
