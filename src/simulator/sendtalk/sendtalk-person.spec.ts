import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CallbackReceiver,
  callSendTalk,
  type PersonSent,
  personSends,
  postSendTalkWebhook,
  receiveCallbacks,
  sendTalkVerifications,
} from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';
import { type SimulatedSendTalkAccount } from './sendtalk-account.js';
import { type PersonSends, type WebhookByHand } from './sendtalk-control.js';

const BUDI = '6281234567890';
const SOMEBODY_ELSE = '6289600010002';
const API_KEY = 'sendtalk-api-key-01';
const SECRET = 'sendtalk-webhook-secret-01';
const NOW = 1_692_847_205_385;

describe('a person who writes to SendTalk', () => {
  let simulator: Simulator;
  let receiver: CallbackReceiver;
  let timers: ManualTimers;

  beforeEach(async () => {
    timers = new ManualTimers();
    receiver = await receiveCallbacks();
    simulator = await startSimulator({ port: 0, now: () => new Date(NOW + timers.now), timers });
    simulator.configure({ callbacks: [{ kind: 'SENDTALK', account: API_KEY, url: receiver.url }] });
  });
  afterEach(async () => {
    await simulator.stop();
    await receiver.stop();
  });

  /** A verification of ten minutes, and its id. */
  const created = async (userPhone = BUDI): Promise<string> => {
    const input = { userPhone, languageCode: 'id', expiryMinutes: 10 };
    const { body } = await callSendTalk(simulator.url, 'create_whatsapp_verification', input);
    return (body as { data: { verification: { id: string } } }).data.verification.id;
  };
  const sends = (sent: PersonSends): Promise<PersonSent> => personSends(simulator.url, sent);
  const textOf = async (id: string): Promise<string> =>
    (await sendTalkVerifications(simulator.url, { id }))[0]?.waMessage ?? '';
  const verifiedAt = async (id: string): Promise<string | null | undefined> =>
    (await sendTalkVerifications(simulator.url, { id }))[0]?.verifiedAt;
  const byHand = (webhook: WebhookByHand): ReturnType<typeof postSendTalkWebhook> =>
    postSendTalkWebhook(simulator.url, webhook);
  const account = (change: Partial<SimulatedSendTalkAccount>): void =>
    simulator.configure({ accounts: [{ kind: 'SENDTALK', apiKey: API_KEY, webhookSecret: SECRET, ...change }] });
  const bodies = (): unknown[] => receiver.received.map(({ body }) => body as unknown);
  const verified = (id: string, change: object = {}): object => ({
    ...{ id, userPhone: BUDI, status: 'verified', verifiedTime: NOW },
    ...change,
  });

  it('verifies the number with the text as it was given, and the webhook tells', async () => {
    const id = await created();
    const sent = await sends({ from: '+62 812-3456-7890', text: await textOf(id) });
    expect(sent).toMatchObject({
      outcome: 'verified',
      id,
      webhook: [{ messageId: id, recipient: BUDI, status: 'verified', httpStatus: 200, taken: true }],
    });
    expect(receiver.received).toMatchObject([
      { headers: { 'content-type': 'application/json', 'secret-key': SECRET } },
    ]);
    expect(bodies()).toEqual([verified(id)]);
    expect(await verifiedAt(id)).toBe(new Date(NOW).toISOString());
  });

  it('may write more around the code', async () => {
    const id = await created();
    const code = /Kode Verifikasi: (\S+)/.exec(await textOf(id))?.[1];
    expect(await sends({ from: BUDI, text: `Halo, ini kodenya ${code}` })).toMatchObject({ outcome: 'verified', id });
  });

  it('verifies one of two numbers that are waiting', async () => {
    const [budi, putri] = [await created(), await created(SOMEBODY_ELSE)];
    expect(await sends({ id: putri })).toMatchObject({ outcome: 'verified', id: putri });
    expect([await verifiedAt(budi), bodies()]).toEqual([null, [verified(putri, { userPhone: SOMEBODY_ELSE })]]);
  });

  it.each([
    ['another number', { from: SOMEBODY_ELSE }, 'another_number'],
    ['a changed code', { changed: true }, 'unknown_code'],
    ['a text that comes late', { late: true }, 'expired'],
  ] as const)('verifies nothing with %s, and SendTalk is silent', async (_what, change, outcome) => {
    const id = await created();
    expect(await sends({ id, ...change })).toMatchObject({ outcome, webhook: [] });
    expect([receiver.received, await verifiedAt(id)]).toEqual([[], null]);
    expect(await sends({ id })).toMatchObject({ outcome: 'verified' });
  });

  it.each([
    ['Halo', 'Halo'],
    [
      'a code of nobody’s',
      Buffer.from(Buffer.from(`${crypto.randomUUID()}:abcdefghijklmnop`).toString('base64')).toString('base64'),
    ],
  ])('verifies nothing with %s', async (_what, text) => {
    await created();
    expect(await sends({ from: BUDI, text })).toEqual({ outcome: 'unknown_code', id: null, webhook: [] });
  });

  it('is in time until the moment of the expiry, as it was sent', async () => {
    const id = await created();
    const expiry = NOW + 600_000;
    expect(await sends({ id, at: new Date(expiry + 1).toISOString() })).toMatchObject({ outcome: 'expired' });
    expect(await sends({ id, at: new Date(expiry).toISOString() })).toMatchObject({ outcome: 'verified' });
    expect(bodies()).toEqual([verified(id, { verifiedTime: expiry })]);
  });

  it('cannot have sent the code before it was made', async () => {
    const id = await created();
    const before = { id, at: new Date(NOW - 1).toISOString() };
    expect(await sends(before)).toEqual({ outcome: 'unknown_code', id: null, webhook: [] });
    expect(await verifiedAt(id)).toBeNull();
    expect(await sends({ id, at: new Date(NOW).toISOString() })).toMatchObject({ outcome: 'verified' });
  });

  it('verifies a number once', async () => {
    const id = await created();
    const outcomes = [await sends({ id }), await sends({ id })].map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['verified', 'used']);
    expect(receiver.received).toHaveLength(1);
  });

  it('verifies the number though no webhook can be posted', async () => {
    simulator.configure({ callbacks: [{ kind: 'SENDTALK', account: API_KEY, url: null }] });
    expect(await sends({ id: await created() })).toMatchObject({ outcome: 'verified', webhook: [] });
  });

  describe('has a webhook', () => {
    it('that is posted once, whatever is answered', async () => {
      receiver.answerWith(500, '{}');
      const id = await created();
      expect(await sends({ id })).toMatchObject({ webhook: [{ httpStatus: 500, taken: false }] });
      expect([timers.pending, simulator.callbacks.counts]).toMatchObject([0, { posted: 1, taken: 0, retried: 0 }]);
      expect(simulator.callbacks.posted({ messageId: id })).toMatchObject([{ kind: 'SENDTALK', status: 'verified' }]);
    });

    it('that comes more than once, where one wants that', async () => {
      const id = await created();
      expect((await sends({ id, times: 3 })).webhook).toHaveLength(3);
      expect(bodies()).toEqual([verified(id), verified(id), verified(id)]);
    });

    it('that comes later, with the time of the message', async () => {
      const id = await created();
      expect(await sends({ id, afterMs: 900_000 })).toMatchObject({ outcome: 'verified', webhook: [] });
      expect(await timers.next()).toBe(900_000);
      await receiver.until(1);
      expect(bodies()).toEqual([verified(id)]);
    });

    it('that has the secret in a header of another name', async () => {
      account({ webhookSecretHeader: 'X-SendTalk-Secret' });
      await sends({ id: await created() });
      expect(receiver.received[0]?.headers).toMatchObject({ 'x-sendtalk-secret': SECRET });
      expect(receiver.received[0]?.headers).not.toHaveProperty('secret-key');
    });

    it('that is signed with the secret', async () => {
      account({ webhookSecretMode: 'hmac-sha256-hex' });
      await sends({ id: await created() });
      const [{ text, headers } = { text: '', headers: {} }] = receiver.received;
      expect(headers).toMatchObject({ 'secret-key': createHmac('sha256', SECRET).update(text).digest('hex') });
    });

    it('without a secret where the account has none', async () => {
      account({ webhookSecret: undefined });
      await sends({ id: await created() });
      expect(receiver.received[0]?.headers).not.toHaveProperty('secret-key');
    });

    it.each([
      ['never', '6281200000812', 0],
      ['three times', '6281200000804', 3],
    ])('that comes %s to the magic number %s', async (_when, userPhone, times) => {
      expect((await sends({ id: await created(userPhone) })).webhook).toHaveLength(times);
    });

    it('that is forged for the magic number 811', async () => {
      await sends({ id: await created('6281200000811') });
      expect(receiver.received[0]?.headers['secret-key']).toBe('not-the-secret');
    });
  });

  describe('has a webhook made by hand', () => {
    it.each([
      ['another number', { userPhone: SOMEBODY_ELSE }],
      ['another time', { verifiedTime: 1 }],
      ['another status', { status: 'expired' }],
    ])('with %s', async (_what, change) => {
      const id = await created();
      expect(await byHand({ id, ...change })).toMatchObject([{ messageId: id, httpStatus: 200 }]);
      expect(bodies()).toEqual([verified(id, change)]);
      expect(receiver.received[0]?.headers['secret-key']).toBe(SECRET);
      expect(await verifiedAt(id)).toBeNull();
    });

    it('of an id that nobody knows', async () => {
      await byHand({ account: API_KEY, id: 'nobody', userPhone: BUDI, times: 2 });
      expect(bodies()).toEqual([verified('nobody'), verified('nobody')]);
    });

    it('of any body', async () => {
      await byHand({ account: API_KEY, body: { id: 7 } });
      await byHand({ account: API_KEY, body: '[]' });
      expect(bodies()).toEqual([{ id: 7 }, []]);
    });

    it.each(['plain', 'hmac-sha256-hex'] as const)('with a secret that is not ours (%s), or none', async (mode) => {
      account({ webhookSecretMode: mode });
      const id = await created();
      for (const how of [{}, { forged: true }, { unsigned: true }]) await byHand({ id, ...how });
      const [right, forged, none] = receiver.received.map(({ headers }) => headers['secret-key']);
      expect(right).not.toBe(forged);
      expect([typeof right, typeof forged, typeof none]).toEqual(['string', 'string', 'undefined']);
    });

    it('and posted elsewhere', async () => {
      const elsewhere = await receiveCallbacks();
      const id = await created();
      await byHand({ id, url: elsewhere.url });
      expect([receiver.received.length, elsewhere.received.length]).toEqual([0, 1]);
      await elsewhere.stop();
    });
  });

  describe('is not understood', () => {
    it.each([
      ['without an id and a text', {}, 'either an id or a text'],
      ['with an id of nothing', { id: 'x' }, 'no verification'],
      ['with a text of nobody', { text: 'Halo' }, 'from'],
      ['with a text that is late', { text: 'Halo', from: BUDI, late: true }, 'need the id'],
      ['with a field that there is not', { txt: 'Halo' }, 'txt'],
    ])('%s', async (_what, sent, words) => {
      await expect(sends(sent as PersonSends)).rejects.toThrow(words);
    });

    it.each([
      ['of no account', {}, 'account'],
      ['with a status that is no word', { account: API_KEY, status: 1 as unknown as string }, 'status'],
    ])('in a webhook %s', async (_what, webhook, words) => {
      await expect(byHand(webhook)).rejects.toThrow(words);
    });
  });

  it('is found among the verifications by number, newest first', async () => {
    const [first, other, second] = [await created(), await created(SOMEBODY_ELSE), await created()];
    const ids = async (filter: object): Promise<string[]> =>
      (await sendTalkVerifications(simulator.url, filter)).map(({ id }) => id);
    expect(await ids({})).toEqual([second, other, first]);
    expect(await ids({ userPhone: `+${BUDI}` })).toEqual([second, first]);
    expect(await ids({ account: API_KEY, limit: '1' })).toEqual([second]);
    expect(await ids({ account: 'other' })).toEqual([]);
  });
});
