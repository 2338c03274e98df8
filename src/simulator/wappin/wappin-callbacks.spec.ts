import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SimulatedWappinAccount, WAPPIN_ACCOUNTS } from './wappin-account.js';
import {
  type CallbackReceiver,
  receiveCallbacks,
  wappinClient,
  type WappinClient,
} from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';

const ACCOUNT = WAPPIN_ACCOUNTS.accounts[0] as SimulatedWappinAccount;
const ORDINARY = '6289600010002';

describe('the callbacks of Wappin', () => {
  let simulator: Simulator;
  let receiver: CallbackReceiver;
  let timers: ManualTimers;
  let client: WappinClient;

  beforeEach(async () => {
    timers = new ManualTimers();
    receiver = await receiveCallbacks();
    simulator = await startSimulator({
      port: 0,
      now: () => new Date(1_557_915_512_000 + timers.now),
      timers,
      callbackRetryAfterMs: [1_000, 5_000, 30_000],
    });
    simulator.configure({
      callbacks: [{ kind: 'WAPPIN', clientId: '0009', url: receiver.url, token: 'callback-token' }],
    });
    client = await wappinClient(simulator.url, ACCOUNT.clientId, ACCOUNT.secretKey);
  });
  afterEach(async () => {
    await simulator.stop();
    await receiver.stop();
  });

  const send = async (recipient: string): Promise<string> =>
    ((await client.send(recipient)).body as { message_id: string }).message_id;
  /** Lets the next `count` things that are due happen, and what they post arrive. */
  const statuses = async (count: number): Promise<(string | undefined)[]> => {
    for (let n = 0; n < count; n++) await timers.next();
    await receiver.until(count);
    return receiver.received.map(({ body }) => body['status_messages']);
  };

  it('report sent, delivered and read, one after the other, in the words of the samples', async () => {
    const messageId = await send(ORDINARY);
    expect(await statuses(3)).toEqual(['sent', 'delivered', 'read']);
    const [first] = receiver.received;
    expect(first?.headers).toMatchObject({
      authorization: 'Bearer callback-token',
      'content-type': 'application/json',
    });
    expect(first?.body).toEqual({
      message_id: messageId,
      client_id: '0009',
      client_name: 'wappin-info',
      project_id: '52',
      project_name: 'WAPPIN-INFO',
      sender_number: ORDINARY,
      status_messages: 'sent',
      message_content: '-',
      environment: 'PRODUCTION',
      timestamp: '1557915512',
      callback_type: 'status',
    });
  });

  it('carry no Authorization where none is set', async () => {
    simulator.configure({ callbacks: [{ kind: 'WAPPIN', clientId: '0009', url: receiver.url }] });
    await send(ORDINARY);
    await statuses(1);
    expect(receiver.received[0]?.headers.authorization).toBeUndefined();
  });

  it('go nowhere where no URL is set, and happen all the same', async () => {
    simulator.configure({ callbacks: [{ kind: 'WAPPIN', clientId: '0009', url: null }] });
    const messageId = await send(ORDINARY);
    for (let n = 0; n < 3; n++) await timers.next();
    expect(simulator.ledger.message(messageId)?.events.map(({ status }) => status)).toEqual([
      'sent',
      'delivered',
      'read',
    ]);
    expect(simulator.callbacks.counts.posted).toBe(0);
  });

  it.each([
    ['an error', 500, '{"status":"000"}'],
    ['another status', 200, '{"status":"200"}'],
    ['another field beside', 200, '{"status":"000","message":"ok"}'],
    ['a number', 200, '{"status":0}'],
    ['nothing', 200, ''],
  ])('are tried three times more when the answer is %s, and then given up', async (_what, status, body) => {
    receiver.answerWith(status, body);
    simulator.configure({
      callbacks: [{ kind: 'WAPPIN', clientId: '0009', url: receiver.url, plan: { statuses: ['sent'] } }],
    });
    await send(ORDINARY);
    const waits: number[] = [];
    for (let tries = 1; tries <= 4; tries++) {
      waits.push(await timers.next());
      await receiver.until(tries);
    }
    expect(waits).toEqual([50, 1_000, 5_000, 30_000]);
    await expect
      .poll(() => simulator.callbacks.counts)
      .toEqual({ posted: 4, taken: 0, retried: 3, givenUp: 1, open: 0 });
    expect(timers.pending).toBe(0);
    expect(simulator.callbacks.posted().map(({ attempt }) => attempt)).toEqual([4, 3, 2, 1]);
  });

  it('stop being tried once they are taken', async () => {
    receiver.answerWith(503, '');
    simulator.configure({
      callbacks: [{ kind: 'WAPPIN', clientId: '0009', url: receiver.url, plan: { statuses: ['sent'] } }],
    });
    await send(ORDINARY);
    await statuses(1);
    receiver.answerWith(200, ' { "status" : "000" } ');
    await timers.next();
    await receiver.until(2);
    await expect.poll(() => simulator.callbacks.counts).toMatchObject({ posted: 2, taken: 1, open: 0 });
    expect(timers.pending).toBe(0);
  });

  it('are tried again when nobody is there to take them', async () => {
    await receiver.stop();
    await send(ORDINARY);
    await timers.next();
    await expect.poll(() => simulator.callbacks.posted()).toMatchObject([{ httpStatus: null, taken: false }]);
  });

  it('come a while after the answer, also when that is slow', async () => {
    const answer = send('6281200000900');
    expect(await timers.next()).toBe(3_000);
    await answer;
    expect(await timers.next()).toBe(50);
  });

  describe('for a magic recipient', () => {
    it.each([
      ['801', ['sent', 'failed']],
      ['802', ['failed']],
      ['805', ['read', 'delivered', 'sent']],
      ['808', ['sent', 'delivered']],
      ['809', ['sent']],
      ['810', ['sent', 'delivered', 'failed']],
      ['813', ['read']],
      ['902', ['sent', 'delivered', 'read']],
    ])('…%s are %j', async (digits, expected) => {
      await send(`6281200000${digits}`).catch(() => undefined);
      expect(await statuses(expected.length)).toEqual(expected);
      expect(timers.pending).toBe(0);
    });

    it('…800 are not posted, and an inquiry tells', async () => {
      const message_id = await send('6281200000800');
      for (let n = 0; n < 3; n++) await timers.next();
      const { body } = await client.call('/v1/message/inquiry', { message_id });
      expect((body as { data: unknown[] }).data).toHaveLength(3);
      expect(simulator.callbacks.counts.posted).toBe(0);
    });

    it('…812 never come', async () => {
      await send('6281200000812');
      expect(timers.pending).toBe(0);
    });

    it('…803 are late', async () => {
      await send('6281200000803');
      expect(await timers.next()).toBe(10_000);
    });

    it('…804 come three times each', async () => {
      await send('6281200000804');
      await timers.next();
      await receiver.until(3);
      await timers.next();
      await receiver.until(6);
      const seen = receiver.received.map(({ body }) => body['status_messages']);
      expect(seen).toEqual(['sent', 'sent', 'sent', 'delivered', 'delivered', 'delivered']);
    });

    it('…806 come before the answer', async () => {
      const messageId = await send('6281200000806');
      expect(receiver.received.map(({ body }) => [body['message_id'], body['status_messages']])).toEqual([
        [messageId, 'sent'],
        [messageId, 'delivered'],
        [messageId, 'read'],
      ]);
    });

    it('…807 have the spelling of the field table', async () => {
      await send('6281200000807');
      await timers.next();
      await receiver.until(1);
      const body = receiver.received[0]?.body;
      expect(body).toMatchObject({ status_message: 'sent', environtment: 'PRODUCTION' });
      expect(body).not.toHaveProperty('status_messages');
      expect(body).not.toHaveProperty('environment');
    });

    it('…811 carry a token that is not ours', async () => {
      await send('6281200000811');
      await statuses(1);
      expect(receiver.received[0]?.headers.authorization).not.toBe('Bearer callback-token');
    });
  });
});
