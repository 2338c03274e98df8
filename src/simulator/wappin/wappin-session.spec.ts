import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CallbackReceiver,
  type HttpAnswer,
  receiveCallbacks,
  wappinClient,
  type WappinClient,
} from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';
import { type SimulatedWappinAccount, WAPPIN_ACCOUNTS } from './wappin-account.js';

const ACCOUNT = WAPPIN_ACCOUNTS.accounts[0] as SimulatedWappinAccount;
const ORDINARY = '6289600010002';
const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
const MIB = 1024 * 1024;

describe('Wappin in a session', () => {
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

  const refusal = (status: string, message: string) => ({ status: 200, body: { status, message, data: null } });
  const ids = { client_id: '0009', project_id: '52' };

  describe('do-send', () => {
    const send = (change: Record<string, unknown> = {}): Promise<HttpAnswer> =>
      client.call('/v1/message/do-send', {
        ...ids,
        recipient_number: '089600010002',
        message_content: 'Halo',
        ...change,
      });

    it('takes a text', async () => {
      expect(await send()).toMatchObject({ status: 200, body: { status: '200', message: 'Success' } });
      expect(simulator.ledger.messages()).toMatchObject([
        { type: 'text', template: null, params: [], content: { body: 'Halo' }, recipient: ORDINARY },
      ]);
    });

    it('refuses projects in UAT with an id although nothing is sent', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, environment: 'UAT' }] });
      expect(await send()).toMatchObject({
        status: 200,
        body: { status: '419', data: null, message_id: expect.any(String), message: expect.stringMatching(/^Sorry, /) },
      });
      expect(simulator.ledger.counts().accepted).toBe(0);
    });

    it.each([
      ['no text', { message_content: undefined }, '400', 'Error no input received'],
      ['an empty text', { message_content: '' }, '400', 'Error no input received'],
      ['another project', { project_id: '53' }, '400', 'Project ID or Client ID cannot be process.'],
      ['a recipient that is no number', { recipient_number: '+62' }, '601', 'Contact invalid'],
      ['a magic recipient', { recipient_number: '6281200000700' }, '700', 'Error from vendor'],
    ])('refuses %s', async (_what, change, code, message) => {
      expect(await send(change)).toMatchObject(refusal(code, message));
    });

    it('takes a text outside of the window and reports it failed, where the account has one', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, sessionWindow: true }] });
      const statuses = async (): Promise<unknown[]> => {
        const { message_id } = (await send()).body as { message_id: string };
        await timers.next();
        timers.stop();
        const { body } = await client.call('/v1/message/inquiry', { message_id });
        return (body as { data: { status: string }[] }).data.map(({ status }) => status);
      };
      expect(await statuses()).toEqual(['failed']);
      await simulator.receive({
        kind: 'WAPPIN',
        account: '0009',
        from: ORDINARY,
        text: 'Halo',
        url: `${simulator.url}/`,
      });
      expect(await statuses()).toEqual(['sent']);
      at += 24 * 3_600_000;
      client = await wappinClient(simulator.url, ACCOUNT.clientId, ACCOUNT.secretKey);
      expect(await statuses()).toEqual(['failed']);
    });
  });

  describe('do-send-media', () => {
    const form = (
      bytes: Buffer,
      name: string,
      type: string,
      change: Record<string, string | undefined> = {},
    ): FormData => {
      const parts = new FormData();
      const fields = { ...ids, recipient_number: ORDINARY, media_type: 'image', ...change };
      for (const [field, value] of Object.entries(fields)) if (value !== undefined) parts.set(field, value);
      parts.set('media', new Blob([new Uint8Array(bytes)], { type }), name);
      return parts;
    };
    const upload = async (parts: FormData): Promise<HttpAnswer> => {
      const response = await fetch(`${simulator.url}/v1/message/do-send-media`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${client.token}` },
        body: parts,
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    };

    it('takes a file in a form, and keeps it', async () => {
      expect(await upload(form(JPEG, 'a.jpg', 'image/jpeg', { caption: 'A' }))).toMatchObject({
        status: 200,
        body: { status: '200', message: 'Success', message_id: expect.any(String) },
      });
      const [message] = simulator.ledger.messages();
      expect(message).toMatchObject({
        type: 'image',
        content: { filename: 'a.jpg', mimeType: 'image/jpeg', caption: 'A' },
      });
      const { fileId } = message?.content as { fileId: string };
      const file = await fetch(`${simulator.url}/_simulator/files/${fileId}`);
      expect(Buffer.from(await file.arrayBuffer())).toEqual(JPEG);
    });

    it('tells another file of the same name from a double', async () => {
      for (const bytes of [JPEG, Buffer.concat([JPEG, JPEG]), JPEG]) await upload(form(bytes, 'a.jpg', 'image/jpeg'));
      expect(simulator.ledger.counts()).toMatchObject({ accepted: 3, doubles: 1 });
    });

    it.each([
      ['a PDF', '255044462d312e34', 'a.pdf', 'application/pdf', 'document'],
      ['an old Word file', 'd0cf11e0a1b11ae1', 'a.doc', 'application/msword', 'document'],
      ['a file without a Content-Type of its own', 'ffd8ffe0', 'a.JPEG', 'application/octet-stream', 'image'],
      ['an MP3', '49443303', 'a.mp3', 'audio/mpeg', 'audio'],
      ['a voice note', '4f67675300', 'a.opus', 'audio/ogg', 'audio'],
    ])('takes %s', async (_what, hex, name, type, media_type) => {
      const answer = await upload(form(Buffer.from(hex, 'hex'), name, type, { media_type }));
      expect(answer).toMatchObject({ body: { status: '200' } });
    });

    it.each([
      ['a video', JPEG, 'a.mp4', 'video/mp4', { media_type: 'video' }],
      ['a word for a type', JPEG, 'a.jpg', 'image/jpeg', { media_type: 'toString' }],
      ['a GIF', Buffer.from('GIF89a'), 'a.gif', 'image/gif', {}],
      ['a PDF as an image', Buffer.from('%PDF-1.4'), 'a.pdf', 'application/pdf', {}],
      ['a program called .jpg', Buffer.from('4d5a9000', 'hex'), 'a.jpg', 'image/jpeg', {}],
      ['an image that says it is a PDF', JPEG, 'a.jpg', 'application/pdf', {}],
      ['an image of more than 5 MB', Buffer.concat([JPEG, Buffer.alloc(5 * MIB)]), 'a.jpg', 'image/jpeg', {}],
      ['an empty file', Buffer.alloc(0), 'a.jpg', 'image/jpeg', {}],
    ])('fails the upload of %s', async (_what, bytes, name, type, change) => {
      expect(await upload(form(bytes, name, type, change))).toMatchObject(refusal('605', 'Upload Media Failed'));
      expect(simulator.ledger.counts()).toMatchObject({ accepted: 0, refused: { '605': 1 } });
    });

    it('takes a document of many megabytes, and no body of that size elsewhere', async () => {
      const large = Buffer.concat([Buffer.from('%PDF-1.4'), Buffer.alloc(20 * MIB)]);
      const answer = await upload(form(large, 'a.pdf', 'application/pdf', { media_type: 'document' }));
      expect(answer).toMatchObject({ body: { status: '200' } });
      expect((await client.call('/v1/message/do-send', 'x'.repeat(2 * MIB))).status).toBe(413);
    });

    it('fails where the file is a text, or not there', async () => {
      const parts = form(JPEG, 'a.jpg', 'image/jpeg');
      parts.set('media', 'a.jpg');
      expect(await upload(parts)).toMatchObject(refusal('605', 'Upload Media Failed'));
      parts.delete('media');
      expect(await upload(parts)).toMatchObject(refusal('605', 'Upload Media Failed'));
    });

    it.each([
      ['the JSON of the document’s sample', { ...ids, recipient_number: ORDINARY, media: 'a.jpg' }, 'application/json'],
      ['a form that is none', 'x', 'multipart/form-data; boundary=b'],
      ['a form without a boundary', 'x', 'multipart/form-data'],
    ])('has no input in %s', async (_what, body, type) => {
      const answer = await client.call('/v1/message/do-send-media', body, { 'Content-Type': type });
      expect(answer).toMatchObject(refusal('400', 'Error no input received'));
    });

    it('takes no caption on audio, and no other project', async () => {
      const mp3 = (change: Record<string, string>): FormData =>
        form(Buffer.from('494433', 'hex'), 'a.mp3', 'audio/mpeg', { media_type: 'audio', ...change });
      expect(await upload(mp3({ caption: 'A' }))).toMatchObject(refusal('400', 'Error no input received'));
      expect(await upload(mp3({ project_id: '53' }))).toMatchObject({ body: { status: '400' } });
    });
  });

  it('takes a message with an SMS to a number without WhatsApp, where the dashboard has that rule', async () => {
    const sms = { channel: 'sms', content: 'sms_open_payment_create', params_sms: { '1': 'a', '2': 'b' } };
    expect(await client.send('6281200000601', sms)).toMatchObject({ body: { status: '601' } });
    simulator.configure({ accounts: [{ ...ACCOUNT, smsToInvalidNumbers: true }] });
    expect(await client.send('6281200000601', sms)).toMatchObject({ body: { status: '200' } });
    expect(await client.send('6281200000601')).toMatchObject({ body: { status: '601' } });
    expect(simulator.ledger.messages()).toMatchObject([
      { content: { sms: { name: 'sms_open_payment_create', params: ['a', 'b'] } } },
    ]);
    expect(timers.pending).toBe(0);
  });

  describe('tells of what a person writes', () => {
    let receiver: CallbackReceiver;
    beforeEach(async () => {
      receiver = await receiveCallbacks();
      simulator.configure({ callbacks: [{ kind: 'WAPPIN', clientId: '0009', url: receiver.url, token: 't' }] });
    });
    afterEach(() => receiver.stop());

    const receive = (input: Record<string, unknown>) =>
      simulator.receive({ kind: 'WAPPIN', clientId: '0009', from: '089600010002', ...input });

    it('in the words of the samples', async () => {
      expect(await receive({ text: 'tesss', messageId: '5cdbe77d09ee7' })).toMatchObject([
        { taken: true, status: '-' },
      ]);
      expect(receiver.received[0]).toMatchObject({
        headers: { authorization: 'Bearer t' },
        body: {
          ...{ message_id: '5cdbe77d09ee7', client_id: '0009', client_name: 'wappin-info', project_id: '52' },
          ...{ project_name: 'WAPPIN-INFO', sender_number: ORDINARY, status_messages: '-', message_content: 'tesss' },
          ...{ environment: 'PRODUCTION', timestamp: '1563528111', callback_type: 'message' },
        },
      });
    });

    it('again until it is taken', async () => {
      receiver.answerWith(500, '');
      await receive({ text: 'Halo' });
      expect(await timers.next()).toBe(1_000);
      await receiver.until(2);
    });

    it('with more, or something else, where that is given raw', async () => {
      await receive({ raw: { message_content: 'https://wappin.example/a.jpg', media_type: 'image' } });
      expect(receiver.received[0]?.body).toMatchObject({ media_type: 'image', callback_type: 'message' });
    });

    it('not where it is a file, of which the document says nothing', async () => {
      expect(await receive({ media: { type: 'image' } })).toContain('raw');
    });
  });
});
