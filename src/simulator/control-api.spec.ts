import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPhone } from '../common/phone.js';
import { type SimulatedWappinAccount, WAPPIN_ACCOUNTS } from './wappin/wappin-account.js';
import { isShort, magicNumbers } from './magic-recipients.js';
import {
  type CallbackReceiver,
  postAsDokuClient,
  receiveCallbacks,
  wappinClient,
  type WappinClient,
} from '../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from './simulator.js';
import { ManualTimers } from './timers.js';

const ACCOUNT = WAPPIN_ACCOUNTS.accounts[0] as SimulatedWappinAccount;
const ORDINARY = '6289600010002';

describe('the control endpoints', () => {
  let simulator: Simulator;
  let timers: ManualTimers;
  let client: WappinClient;

  beforeEach(async () => {
    timers = new ManualTimers();
    simulator = await startSimulator({ port: 0, now: () => new Date(1_557_915_512_000), timers });
    client = await wappinClient(simulator.url, ACCOUNT.clientId, ACCOUNT.secretKey);
  });
  afterEach(() => simulator.stop());

  const control = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${simulator.url}/_simulator${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };

  it('name every magic recipient, each a number that people can be sent to', async () => {
    const { body } = await control('GET', '');
    expect(body).toEqual({ magicRecipients: magicNumbers() });
    for (const row of magicNumbers()) {
      const digits = row.number.slice('+628120'.length);
      const firstTryOnly = isShort(row) ? `0001${digits.slice(4)}` : `1${digits.slice(1)}`;
      for (const last of [digits, firstTryOnly]) {
        expect(readPhone(`+628120${last}`, 'ID')).toBe(`+628120${last}`);
        expect(readPhone(`+91812${last}`, 'IN')).toBe(`+91812${last}`);
      }
    }
  });

  it('name the same magic recipients as the document', async () => {
    const document = await readFile(new URL('../../docs/simulator.md', import.meta.url), 'utf8');
    const rows = [...document.matchAll(/^\| (\+62 812 0000 0\d{3}) +\| (.+?) +\|$/gm)];
    // Those that end with a provider's own code of more digits are a rule, and no row each.
    const short = magicNumbers().filter(isShort);
    expect(rows.map(([, number = '', what]) => ({ number: number.replaceAll(' ', ''), what }))).toEqual(short);
  });

  it('add an account and a template that is its own', async () => {
    const dokuBody = '{"templateId":"TMP-1","params":[],"destinationPhone":"6281234567890"}';
    const stranger = { body: dokuBody, requestId: 'r', clientId: 'C', secretKey: 'S' };
    expect((await postAsDokuClient(simulator.url, stranger)).status).toBe(401);
    expect(await control('POST', '/accounts', { kind: 'DOKU', clientId: 'C', secretKey: 'S' })).toMatchObject({
      status: 200,
    });
    await control('POST', '/templates', [{ kind: 'DOKU', name: 'TMP-1', params: 0, clientId: 'C' }]);
    expect((await postAsDokuClient(simulator.url, stranger)).status).toBe(200);
    expect((await postAsDokuClient(simulator.url, { body: dokuBody, requestId: 'r' })).status).toBe(404);
  });

  it.each([
    ['/accounts', { kind: 'DOKU', clientId: 'C' }, 'secretKey'],
    ['/accounts', { kind: 'WAPPIN', clientId: 9, projectId: '52', secretKey: 's' }, 'clientId'],
    ['/templates', { kind: 'DOKU', name: 'T' }, 'params'],
    ['/callbacks', { kind: 'WAPPIN', clientId: '0009', url: 'ftp://x' }, 'url'],
    ['/callbacks', { kind: 'WAPPIN', clientId: '0009', plan: { statuses: ['seen'] } }, 'statuses'],
    ['/faults', { kind: 'DOKU', as: '999' }, 'as'],
    ['/faults', { kind: 'WAPPIN', as: '510' }, 'as'],
    ['/faults', { kind: 'DOKU', behavior: {} }, 'behavior'],
    ['/faults', { kind: 'SENDTALK', as: '30018' }, 'as'],
    ['/accounts', { kind: 'EXOTEL', accountSid: 'x', apiKey: 'k' }, 'apiToken'],
    ['/accounts', { kind: 'NOBODY' }, 'kind'],
    ['/callbacks', { kind: 'EXOTEL', account: 'kurir1', plan: { statuses: ['30018'] } }, undefined],
    ['/faults', [], undefined],
  ])('%s says what is wrong with %j', async (path, input, field) => {
    const { status, body } = await control('POST', path, input);
    expect(status).toBe(field === undefined ? 200 : 400);
    if (field !== undefined) expect((body as { message: string }).message).toContain(field);
  });

  it('strike the next so many calls', async () => {
    await control('POST', '/faults', { kind: 'WAPPIN', next: 2, as: '700' });
    const codes: unknown[] = [];
    for (let n = 0; n < 3; n++) codes.push(((await client.send(ORDINARY)).body as { status: string }).status);
    expect(codes).toEqual(['700', '700', '200']);
  });

  it('strike a share of the calls', async () => {
    await control('POST', '/faults', {
      kind: 'WAPPIN',
      rate: 0.3,
      behaviour: { refuse: { http: 503, code: null, message: '' } },
    });
    for (let n = 0; n < 200; n++) await client.send(ORDINARY);
    const { accepted, refused } = simulator.ledger.counts();
    expect(accepted + (refused['http_503'] ?? 0)).toBe(200);
    expect(refused['http_503']).toBeGreaterThan(40);
    expect(refused['http_503']).toBeLessThan(80);
  });

  it('strike tokens and inquiries too, until the faults are cleared', async () => {
    await control('POST', '/faults', { kind: 'WAPPIN', on: 'inquiry', as: '700' });
    expect((await client.call('/v1/message/inquiry', { message_id: 'x' })).body).toMatchObject({ status: '700' });
    expect((await client.send(ORDINARY)).body).toMatchObject({ status: '200' });
    await control('DELETE', '/faults');
    expect((await control('GET', '/faults')).body).toEqual({ faults: [] });
    expect((await client.call('/v1/message/inquiry', { message_id: 'x' })).body).toMatchObject({ status: '404' });
  });

  it('hold every answer back while a fault says so', async () => {
    await control('POST', '/faults', { kind: 'WAPPIN', behaviour: { delayMs: 40 } });
    const answer = client.send(ORDINARY);
    expect(await timers.next()).toBe(40);
    expect((await answer).body).toMatchObject({ status: '200' });
  });

  it('show the ledger by recipient, and forget it', async () => {
    await client.send(ORDINARY);
    await client.send('089600010003');
    const { body } = await control('GET', '/ledger?recipient=089600010003');
    expect(body).toMatchObject({
      counts: { accepted: 2, doubles: 0 },
      messages: [{ recipient: '6289600010003', template: 'templ_uat_2', repeats: 0 }],
      calls: [{ outcome: 'accepted', path: '/v1/message/do-send-hsm' }],
    });
    await control('DELETE', '/ledger');
    expect((await control('GET', '/ledger')).body).toMatchObject({ counts: { requests: 0 }, messages: [], calls: [] });
  });

  it('kill every token', async () => {
    expect((await control('DELETE', '/tokens')).body).toEqual({ killed: 1 });
    expect((await client.send(ORDINARY)).body).toMatchObject({ status: '401' });
  });

  it('answer 404 for what is none of them', async () => {
    expect((await control('GET', '/nothing')).status).toBe(404);
    expect((await control('PUT', '/ledger')).status).toBe(404);
  });

  describe('post a callback at once', () => {
    let receiver: CallbackReceiver;
    beforeEach(async () => {
      receiver = await receiveCallbacks();
      await control('POST', '/callbacks', { kind: 'WAPPIN', clientId: '0009', url: receiver.url, token: 't' });
    });
    afterEach(() => receiver.stop());

    it('for a message that was taken', async () => {
      const messageId = ((await client.send(ORDINARY)).body as { message_id: string }).message_id;
      const { body } = await control('POST', '/callbacks/now', {
        kind: 'WAPPIN',
        messageId,
        status: 'failed',
        at: '2024-01-01T00:00:00Z',
      });
      expect(body).toMatchObject({ posted: [{ httpStatus: 200, taken: true }] });
      expect(receiver.received[0]?.body).toMatchObject({
        message_id: messageId,
        sender_number: ORDINARY,
        status_messages: 'failed',
        timestamp: '1704067200',
      });
    });

    it('for an id that nobody knows, more than once', async () => {
      await control('POST', '/callbacks/now', {
        kind: 'WAPPIN',
        clientId: '0009',
        messageId: 'unknown',
        recipient: '+6289600010002',
        status: 'read',
        times: 2,
      });
      expect(receiver.received.map(({ body }) => body['message_id'])).toEqual(['unknown', 'unknown']);
    });

    it('for an inbound text', async () => {
      await control('POST', '/callbacks/now', { kind: 'WAPPIN', clientId: '0009', recipient: ORDINARY, text: 'STOP' });
      expect(receiver.received[0]?.body).toMatchObject({
        callback_type: 'message',
        message_content: 'STOP',
        status_messages: '-',
        sender_number: ORDINARY,
      });
    });

    it('for what a person writes, as the provider tells it', async () => {
      const inbound = { kind: 'WAPPIN', account: '0009', from: `+${ORDINARY}`, button: { id: 'yes', title: 'Yes' } };
      expect(await control('POST', '/inbound', inbound)).toMatchObject({
        status: 200,
        body: { posted: [{ kind: 'WAPPIN', account: '0009', recipient: ORDINARY, taken: true }] },
      });
      expect(receiver.received[0]?.body).toMatchObject({ callback_type: 'message', message_content: 'Yes' });
    });

    it.each([
      ['a field that there is not', { txt: 'Halo' }, 'txt'],
      ['a button without its title', { button: { id: 'yes' } }, 'title'],
      ['no content', {}, 'exactly one'],
      ['a kind that tells of nothing', { kind: 'DOKU', text: 'Halo' }, 'DOKU'],
    ])('not for %s', async (_what, change, named) => {
      const input = { kind: 'WAPPIN', account: '0009', from: ORDINARY, ...change };
      const { status, body } = await control('POST', '/inbound', input);
      expect(status).toBe(400);
      expect((body as { message: string }).message).toContain(named);
    });

    it('not without knowing to whom', async () => {
      const nobody = await control('POST', '/callbacks/now', { kind: 'WAPPIN', messageId: 'unknown', status: 'read' });
      expect(nobody.status).toBe(400);
    });
  });
});
