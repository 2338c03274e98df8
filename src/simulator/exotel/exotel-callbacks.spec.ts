import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderMessage, orderWith } from '../../../test/support/chat-orders.js';
import {
  type CallbackReceiver,
  exotelClient,
  type ExotelClient,
  type ExotelMessageInput,
  receiveCallbacks,
} from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';
import { EXOTEL_ACCOUNTS, type SimulatedExotelAccount } from './exotel-account.js';
import { EXO_CODES } from './exotel-codes.js';

const ACCOUNT = EXOTEL_ACCOUNTS.accounts[0] as SimulatedExotelAccount;
const PERSON = '+919812345678';

describe('the callbacks of Exotel', () => {
  let simulator: Simulator;
  let timers: ManualTimers;
  let client: ExotelClient;
  let ours: CallbackReceiver;
  let named: CallbackReceiver;

  beforeEach(async () => {
    timers = new ManualTimers();
    [ours, named] = await Promise.all([receiveCallbacks(), receiveCallbacks()]);
    simulator = await startSimulator({
      port: 0,
      now: () => new Date(Date.parse('2024-05-21T07:18:26Z') + timers.now),
      timers,
      callbacks: [{ kind: 'EXOTEL', account: 'kurir1', url: ours.url }],
    });
    client = exotelClient(simulator.url);
  });
  afterEach(async () => {
    await Promise.all([simulator.stop(), ours.stop(), named.stop()]);
  });

  const send = async (message: ExotelMessageInput = {}, request: Record<string, unknown> = {}): Promise<string> => {
    const { body } = await client.send([message], request);
    return (body as any).response.whatsapp.messages[0].data.sid;
  };
  /** What came to a receiver once `count` things that were due have happened. */
  const came = async (receiver: CallbackReceiver, count: number): Promise<any[]> => {
    for (let n = 0; n < count; n++) await timers.next();
    await receiver.until(count);
    return receiver.received.map(({ body }) => (body.params ?? body).whatsapp.messages[0]);
  };

  it('report sent, delivered and seen, with the offset of India', async () => {
    const sid = await send({}, { custom_data: 'ORD-1' });
    const [first, second, third] = await came(ours, 3);
    expect(first).toEqual({
      callback_type: 'dlr',
      sid,
      to: PERSON,
      exo_status_code: 30001,
      exo_detailed_status: 'EX_MESSAGE_SENT',
      description: 'Message Sent',
      timestamp: '2024-05-21T12:48:26+05:30',
      custom_data: 'ORD-1',
      conversation_id: expect.any(String),
    });
    expect([second.exo_detailed_status, third.exo_detailed_status]).toEqual([
      'EX_MESSAGE_DELIVERED',
      'EX_MESSAGE_SEEN',
    ]);
    expect(ours.received[0]?.headers['x-exotel-signature']).toBeUndefined();
  });

  it('go to the URL of the request, and then not to the account’s', async () => {
    await send({}, { status_callback: named.url });
    await came(named, 3);
    expect(ours.received).toHaveLength(0);
  });

  it('go nowhere where neither is set', async () => {
    simulator.configure({ callbacks: [{ kind: 'EXOTEL', account: 'kurir1', url: null }] });
    const sid = await send();
    for (let n = 0; n < 3; n++) await timers.next();
    expect(simulator.ledger.message(sid)?.events).toHaveLength(3);
    expect(simulator.callbacks.counts.posted).toBe(0);
  });

  it('echo the custom_data of the message, or, where the account says so, of the request alone', async () => {
    const both = { custom_data: 'of the request' };
    await send({ custom_data: 'of the message' }, both);
    expect((await came(ours, 1))[0]).toMatchObject({ custom_data: 'of the message' });
    timers.stop();
    simulator.configure({ accounts: [{ ...ACCOUNT, customDataOfRequestOnly: true }] });
    await send({ custom_data: 'of the message' }, both);
    await timers.next();
    await ours.until(2);
    expect(ours.received[1]?.body.whatsapp.messages[0]).toMatchObject({ custom_data: 'of the request' });
  });

  it.each([
    ['as the account says', '+919812345678', { wrapper: 'params' as const }],
    ['to …807', '+6281200000807', {}],
  ])('are wrapped in params %s', async (_what, to, change) => {
    simulator.configure({ accounts: [{ ...ACCOUNT, ...change }] });
    await send({ to });
    await came(ours, 1);
    expect(Object.keys(ours.received[0]?.body)).toEqual(['params']);
  });

  it('are signed where the account has a secret, and wrongly to …811', async () => {
    simulator.configure({ accounts: [{ ...ACCOUNT, signingSecret: 'exotel-secret' }] });
    const genuine = (index: number): boolean => {
      const { headers, text } = ours.received[index]!;
      const expected = createHmac('sha256', 'exotel-secret').update(text).digest('hex');
      return headers['x-exotel-signature'] === `sha256=${expected}`;
    };
    await send();
    await came(ours, 1);
    timers.stop();
    await send({ to: '+6281200000811' });
    await timers.next();
    await ours.until(2);
    expect([genuine(0), genuine(1)]).toEqual([true, false]);
  });

  it.each(EXO_CODES)('tell %s to the number that ends with it', async (code) => {
    await send({ to: `+62812000${code}` });
    expect((await came(ours, 1)).map(({ exo_status_code }) => String(exo_status_code))).toEqual([code]);
    expect(timers.pending).toBe(0);
  });

  it('tell the first try of a number with a 1 in front of its code, and no other', async () => {
    for (const expected of [30018, 30001]) {
      await send({ to: '+6281201030018' });
      const { length } = ours.received;
      await timers.next();
      await ours.until(length + 1);
      expect(ours.received[length]?.body.whatsapp.messages[0].exo_status_code).toBe(expected);
      timers.stop();
    }
  });

  it('tell of a payment with its references and without a conversation', async () => {
    const sid = await send({ content: orderMessage(orderWith({ reference_id: 'INV77' })) });
    await fetch(`${simulator.url}/_simulator/callbacks/now`, {
      method: 'POST',
      body: JSON.stringify({ kind: 'EXOTEL', messageId: sid, status: '30050' }),
    });
    expect(ours.received[0]?.body.whatsapp.messages[0]).toEqual({
      ...{ callback_type: 'dlr', sid, to: PERSON, exo_status_code: 30050, exo_detailed_status: 'EX_PAYMENT_SUCCESS' },
      ...{ description: 'Payment Succeeded', timestamp: '2024-05-21T12:48:26+05:30' },
      ...{ payment_reference_id: 'INV77', payment_transaction_id: expect.any(String) },
    });
  });

  it('that are not answered with HTTP 200 are tried four times more', async () => {
    ours.answerWith(204, '');
    simulator.configure({
      callbacks: [{ kind: 'EXOTEL', account: 'kurir1', url: ours.url, plan: { statuses: ['sent'] } }],
    });
    await send();
    const waits: number[] = [];
    for (let tries = 1; tries <= 5; tries++) {
      waits.push(await timers.next());
      await ours.until(tries);
    }
    expect(waits).toEqual([50, 30_000, 120_000, 600_000, 3_600_000]);
    await expect.poll(() => simulator.callbacks.counts.givenUp).toBe(1);
  });

  it('report templates that do not fit where the account does so later', async () => {
    simulator.configure({ accounts: [{ ...ACCOUNT, templateErrorsLater: true }] });
    const name = { name: 'nobody', language: { policy: 'deterministic', code: 'id' }, components: [] };
    await send({ content: { type: 'template', template: name } });
    expect(await came(ours, 1)).toMatchObject([{ exo_status_code: 30024 }]);
  });

  it('report a text outside of the session window where the account has one', async () => {
    simulator.configure({ accounts: [{ ...ACCOUNT, sessionWindow: true }] });
    await send();
    expect(await came(ours, 1)).toMatchObject([{ exo_status_code: 30018 }]);
    await simulator.receive({ kind: 'EXOTEL', account: 'kurir1', from: PERSON, text: 'Halo' });
    await send();
    await timers.next();
    await ours.until(3);
    expect(ours.received[2]?.body.whatsapp.messages[0].exo_status_code).toBe(30001);
  });

  describe('of what a person writes', () => {
    const receive = (input: Record<string, unknown>) =>
      simulator.receive({ kind: 'EXOTEL', account: 'kurir1', from: PERSON, ...input });
    const content = (): any => ours.received.at(-1)?.body.whatsapp.messages[0].content;

    it('come to the account’s URL', async () => {
      await receive({ text: 'Halo', name: 'Budi', messageId: 'in-1' });
      expect(ours.received[0]?.body).toEqual({
        whatsapp: {
          messages: [
            {
              ...{ callback_type: 'incoming_message', sid: 'in-1', from: PERSON, to: '+918047104710' },
              ...{ profile_name: 'Budi', timestamp: '2024-05-21T12:48:26+05:30' },
              content: { type: 'text', text: { body: 'Halo' } },
            },
          ],
        },
      });
    });

    it('come to the URL of the message that is answered, from the number it was sent from', async () => {
      const replyTo = await send({ from: '+918047104799' }, { status_callback: named.url });
      await receive({ text: 'Ya', replyTo });
      expect(ours.received).toHaveLength(0);
      expect(named.received[0]?.body.whatsapp.messages[0]).toMatchObject({ to: '+918047104799' });
    });

    it('are called icm where the account says so', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, incomingType: 'icm' }] });
      await receive({ text: 'Halo' });
      expect(ours.received[0]?.body.whatsapp.messages[0].callback_type).toBe('icm');
    });

    it('have the forms of a button, a row and a quick reply', async () => {
      await receive({ button: { id: 'yes', title: 'Yes' } });
      expect(content()).toEqual({
        type: 'interactive',
        interactive: { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes' } },
      });
      await receive({ list: { id: 'r1', title: 'Row', description: 'First' } });
      expect(content()).toEqual({
        type: 'interactive',
        interactive: { type: 'list_reply', list_reply: { id: 'r1', title: 'Row', description: 'First' } },
      });
      await receive({ quickReply: { text: 'Yes', payload: 'YES' } });
      expect(content()).toEqual({ type: 'button', button: { text: 'Yes', payload: 'YES' } });
    });

    it('have a download where there is a file', async () => {
      await receive({ media: { type: 'image', caption: 'A', mimeType: 'image/jpeg', base64: '/9j/4A==' } });
      expect(content()).toMatchObject({ type: 'image', image: { caption: 'A' } });
      const file = await fetch(content().image.url);
      expect([file.headers.get('content-type'), Buffer.from(await file.arrayBuffer()).toString('base64')]).toEqual([
        'image/jpeg',
        '/9j/4A==',
      ]);
    });

    it('have whatever is given raw', async () => {
      await receive({ raw: { type: 'order', order: { catalog_id: '1' } } });
      expect(content()).toEqual({ type: 'order', order: { catalog_id: '1' } });
    });

    it('need exactly one content, a person and an account', async () => {
      expect(await receive({})).toContain('exactly one');
      expect(await receive({ text: 'a', raw: {} })).toContain('exactly one');
      expect(await receive({ text: 'a', from: undefined })).toContain('from');
      expect(await receive({ text: 'a', account: 'nobody' })).toContain('account');
    });
  });
});
