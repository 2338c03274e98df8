import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metaClient, PERSON } from '../../../test/support/meta-peers.js';
import {
  ACCOUNT,
  type MetaStage,
  START,
  startMetaStage,
  templateMessage as template,
} from '../../../test/support/meta-stage.js';

const ORDER = template('order_ready', ['Budi', 'INV-1']);

describe('the webhooks of the simulated Meta', () => {
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
  const control = async (path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(`${simulator.url}/_simulator/meta/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  describe('report', () => {
    it('sent, delivered and read, signed, with what the caller wants to be told again', async () => {
      const { body } = await client.send({ ...ORDER, biz_opaque_callback_data: 'attempt-1' });
      await happen(3);
      const [{ id }] = body['messages'] as [{ id: string }];
      expect(statuses().map(({ status }) => status)).toEqual(['sent', 'delivered', 'read']);
      expect(statuses()[0]).toEqual({
        id,
        status: 'sent',
        timestamp: String(Math.floor((START + 50) / 1000)),
        recipient_id: PERSON,
        biz_opaque_callback_data: 'attempt-1',
        conversation: {
          id: expect.any(String) as string,
          expiration_timestamp: String(Math.floor((START + 50) / 1000) + 86_400),
          origin: { type: 'utility' },
        },
        pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' },
      });
      expect(statuses()[1]).not.toHaveProperty('conversation.expiration_timestamp');
      expect(statuses()[2]).not.toHaveProperty('pricing');
      for (const { headers, raw } of receiver.received) {
        const hmac = createHmac('sha256', ACCOUNT.appSecret).update(raw).digest('hex');
        expect(headers['x-hub-signature-256']).toBe(`sha256=${hmac}`);
      }
    });

    it('no conversation from version 24 on', async () => {
      configure({ webhookVersion: 24 });
      await client.send(ORDER);
      await happen(1);
      expect(statuses()[0]).toHaveProperty('pricing');
      expect(statuses()[0]).not.toHaveProperty('conversation');
    });

    it('everybody’s user id where it is asked to', async () => {
      configure({ userIds: true });
      await client.send(ORDER);
      await happen(1);
      expect(receiver.received[0]?.value['contacts']).toEqual([
        { wa_id: PERSON, user_id: expect.stringMatching(/^ID\.\d+$/) as string },
      ]);
    });

    it('again until somebody answers 200', async () => {
      receiver.answerWith(503);
      simulator.configure({ callbacks: [{ kind: 'META', account, url: receiver.url, plan: { statuses: ['sent'] } }] });
      await client.send(ORDER);
      await happen(1);
      receiver.answerWith(200);
      await happen(1);
      expect(receiver.received[1]?.raw).toBe(receiver.received[0]?.raw);
      expect(timers.pending).toBe(0);
    });

    it('to the address of the app where a number has none of its own', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, phoneNumberId: '777', displayPhoneNumber: '6281110008888' }] });
      await metaClient(simulator.url, '777', ACCOUNT.accessToken).send(ORDER);
      await happen(1);
      expect(receiver.received[0]?.value['metadata']).toEqual({
        display_phone_number: '6281110008888',
        phone_number_id: '777',
      });
    });

    it.each([
      ['6281200131026', 131026],
      ['6281200100190', 190],
      ['6281200080007', 80007],
      ['6281200000429', 130429],
    ])('at once what the number %s asks for', async (to, code) => {
      expect((await client.send({ ...ORDER, to })).body).toMatchObject({ error: { code } });
    });

    it('later what a number with a 2 in it asks for', async () => {
      expect((await client.send({ ...ORDER, to: '6281200231050' })).status).toBe(200);
      await happen(1);
      expect(statuses()).toMatchObject([{ status: 'failed', errors: [{ code: 131050 }] }]);
      expect(statuses()[0]).not.toHaveProperty('pricing');
    });
  });

  describe('pass on what a person writes', () => {
    it.each<[Record<string, unknown>, object]>([
      [{ text: 'Halo café' }, { type: 'text', text: { body: 'Halo café' } }],
      [
        { button: { id: 'yes', title: 'Ya' } },
        { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'yes', title: 'Ya' } } },
      ],
      [
        { list: { id: 'r1', title: 'Satu', description: 'Yang pertama' } },
        {
          type: 'interactive',
          interactive: { type: 'list_reply', list_reply: { id: 'r1', description: 'Yang pertama' } },
        },
      ],
      [{ quickReply: { text: 'Ya', payload: 'P' } }, { type: 'button', button: { text: 'Ya', payload: 'P' } }],
      [{ raw: { type: 'unsupported', errors: [{ code: 131051 }] } }, { type: 'unsupported' }],
      [{ text: 'Ya', replyTo: 'wamid.A' }, { context: { from: '6281110009999', id: 'wamid.A' } }],
      [{ media: { type: 'image', caption: 'Bukti' } }, { type: 'image', image: { caption: 'Bukti' } }],
    ])('%j', async (change, expected) => {
      await write({ name: 'Budi Café', ...change });
      expect(receiver.received[0]?.value).toMatchObject({
        contacts: [{ profile: { name: 'Budi Café' }, wa_id: PERSON }],
        messages: [{ from: PERSON, ...expected }],
      });
      expect(receiver.received[0]?.raw).toMatch(/Caf\\u00e9/);
    });

    it('by their user id where they keep their number back', async () => {
      await write({ from: undefined, recipientId: 'ID.123', text: 'Halo' });
      const { contacts, messages } = receiver.received[0]?.value ?? {};
      expect(contacts).toEqual([{ profile: { name: 'Budi' }, user_id: 'ID.123' }]);
      expect(messages).toMatchObject([{ from_user_id: 'ID.123' }]);
      expect((messages as object[])[0]).not.toHaveProperty('from');
    });
  });

  describe('go to an address', () => {
    it('that answers the challenge', async () => {
      simulator.configure({ callbacks: [{ kind: 'META', account, url: null }] });
      expect(await control('subscribe', { account, url: `${receiver.url}?a=1` })).toMatchObject({
        body: { verified: true, httpStatus: 200 },
      });
      expect(receiver.queries.map((query) => Object.fromEntries(query))).toEqual([
        {
          a: '1',
          'hub.mode': 'subscribe',
          'hub.challenge': expect.stringMatching(/^\d+$/) as string,
          'hub.verify_token': ACCOUNT.verifyToken,
        },
      ]);
      await client.send(ORDER);
      await happen(1);
    });

    it('and not to one that answers it wrongly', async () => {
      receiver.failChallenges();
      simulator.configure({ callbacks: [{ kind: 'META', account, url: null }] });
      expect((await control('subscribe', { account, url: receiver.url })).body).toMatchObject({ verified: false });
      expect(simulator.callbacks.target('META', account)?.url).toBeNull();
    });
  });

  it('have any body that they are given, signed, or signed wrongly', async () => {
    const body = { object: 'whatsapp_business_account', entry: [] };
    await control('webhook', { account, body });
    await control('webhook', { account, body, forged: true });
    const [right, forged] = receiver.received;
    expect(right?.headers['x-hub-signature-256']).toBe(
      'sha256=c7a578fff5f7b6c77110971399717698ee300e868dc95d9f288b7d56c627ee24',
    );
    expect(forged?.raw).toBe(right?.raw);
    expect(forged?.headers['x-hub-signature-256']).not.toBe(right?.headers['x-hub-signature-256']);
  });
});
