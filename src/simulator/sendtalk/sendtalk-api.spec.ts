import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callSendTalk, type HttpAnswer } from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';

const ORDINARY = '6281234567890';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NO_ERROR = { code: '', message: '', field: '' };

describe('SendTalk', () => {
  let simulator: Simulator;
  let timers: ManualTimers;
  let at: number;

  beforeEach(async () => {
    at = 1_653_924_407_993;
    timers = new ManualTimers();
    simulator = await startSimulator({ port: 0, now: () => new Date(at), timers });
  });
  afterEach(() => simulator.stop());

  const send = (change: Record<string, unknown> = {}, headers = {}): Promise<HttpAnswer> =>
    callSendTalk(
      simulator.url,
      'send_whatsapp',
      { phone: ORDINARY, messageType: 'text', body: 'Halo', ...change },
      headers,
    );
  const status = (body: unknown): Promise<HttpAnswer> => callSendTalk(simulator.url, 'get_status', body);
  const idOf = ({ body }: HttpAnswer): string => (body as { data: { id: string } }).data.id;
  const image = { messageType: 'image', body: 'https://shop.example/a.jpg' };

  describe('send_whatsapp', () => {
    it('puts a text into the queue', async () => {
      expect(await send()).toMatchObject({
        status: 200,
        body: {
          status: 200,
          error: NO_ERROR,
          data: {
            success: true,
            message: 'The message has been added to queue',
            reason: '',
            id: expect.stringMatching(UUID) as string,
          },
        },
      });
      expect(simulator.ledger.messages()).toMatchObject([
        { kind: 'SENDTALK', recipient: ORDINARY, type: 'text', content: { body: 'Halo' } },
      ]);
    });

    it('takes an otp, and an image with its name in either spelling', async () => {
      await send({ messageType: 'otp', body: '123456' });
      await send({ ...image, filename: 'a.jpg', caption: 'A' });
      await send({ ...image, fileName: 'b.jpg' });
      expect(simulator.ledger.messages()).toMatchObject([
        { type: 'image', content: { filename: 'b.jpg' } },
        { type: 'image', content: { body: image.body, filename: 'a.jpg', caption: 'A' } },
        { type: 'otp', content: { body: '123456' } },
      ]);
    });

    it('counts the same text to the same person as a double, and another text not', async () => {
      for (const body of ['a', 'a', 'b']) await send({ body });
      expect(simulator.ledger.counts({ kind: 'SENDTALK' })).toMatchObject({ accepted: 3, doubles: 1 });
    });

    it.each([
      ['no API-Key', {}, { 'API-Key': undefined }, '40001', ''],
      ['no JSON', {}, { 'Content-Type': 'text/plain' }, '40001', ''],
      ['another API-Key', {}, { 'API-Key': 'x' }, '49103', ''],
      ['no phone', { phone: undefined }, {}, '40002', 'phone'],
      ['userPhone in place of phone', { phone: undefined, userPhone: ORDINARY }, {}, '40002', 'phone'],
      ['another type', { messageType: 'video' }, {}, '40002', 'messageType'],
      ['no text', { body: '' }, {}, '40002', 'body'],
      ['an image that is no URL', { ...image, body: 'a.jpg', filename: 'a.jpg' }, {}, '40002', 'body'],
      ['an image without a name', image, {}, '40002', 'filename'],
    ])('refuses %s, in an HTTP 200', async (_what, change, headers, code, field) => {
      const answer = await send(change, headers);
      expect(answer).toMatchObject({ status: 200, body: { status: 400, error: { code, field }, data: {} } });
      expect(simulator.ledger.counts()).toMatchObject({ accepted: 0, refused: { [code]: 1 } });
    });

    it.each([
      ['a plus', `+${ORDINARY}`],
      ['the local form', '081234567890'],
      ['a magic number', '6281200000601'],
    ])('finds a recipient with %s invalid, which is no error', async (_what, phone) => {
      expect(await send({ phone })).toMatchObject({
        status: 200,
        body: { status: 200, error: NO_ERROR, data: { success: false, reason: 'invalid_recipient' } },
      });
    });

    it.each(['insufficient_balance', 'config_disabled'] as const)(
      'is refused with %s as the account says',
      async (refuses) => {
        simulator.configure({ accounts: [{ kind: 'SENDTALK', apiKey: 'sendtalk-api-key-01', refuses }] });
        expect(await send()).toMatchObject({ body: { status: 200, data: { success: false, reason: refuses } } });
      },
    );

    it.each([
      ['6281200000402', 200, 'insufficient_balance'],
      ['6281200000403', 200, 'config_disabled'],
    ])('to %s is refused with HTTP %i and the reason %s', async (phone, http, reason) => {
      expect(await send({ phone })).toMatchObject({ status: http, body: { data: { success: false, reason } } });
    });

    it.each([
      ['6281200040001', 400, '40001', ''],
      ['6281200040002', 400, '40002', 'phone'],
      ['6281200049103', 400, '49103', ''],
      ['6281200000422', 400, '40002', 'body'],
      ['6281200000500', 500, '50000', ''],
    ])('to %s has the status %i and the code %s in an HTTP 200', async (phone, bodyStatus, code, field) => {
      const answer = await send({ phone });
      expect(answer).toMatchObject({ status: 200, body: { status: bodyStatus, error: { code, field } } });
    });
  });

  describe('get_status', () => {
    it('says pending at first, then how far the message is', async () => {
      const id = idOf(await send());
      expect((await status({ id })).body).toEqual({
        status: 200,
        error: NO_ERROR,
        data: {
          ...{ status: 'pending', isPending: true, isSent: false, sentTime: 0 },
          ...{ currency: 'IDR', price: 75, createdTime: 1_653_924_407_993 },
        },
      });
      at += 495;
      const words: unknown[] = [];
      for (let n = 0; n < 3; n++) {
        await timers.next();
        words.push(((await status({ id })).body as { data: { status: string } }).data.status);
        at += 1_000;
      }
      expect(words).toEqual(['sent', 'delivered', 'read']);
      expect(await status({ id })).toMatchObject({
        body: { data: { isPending: false, isSent: true, sentTime: 1_653_924_408_488 } },
      });
    });

    it('says failed where the message did', async () => {
      const id = idOf(await send({ phone: '6281200000802' }));
      await timers.next();
      expect(await status({ id })).toMatchObject({ body: { data: { status: 'failed', isSent: false } } });
    });

    it('knows neither a message that is none nor one of another account', async () => {
      const unknown = { body: { status: 400, error: { code: '40401' } } };
      expect(await status({ id: '00000000-0000-0000-0000-000000000000' })).toMatchObject(unknown);
      const id = idOf(await send());
      simulator.configure({ accounts: [{ kind: 'SENDTALK', apiKey: 'other' }] });
      expect(await callSendTalk(simulator.url, 'get_status', { id }, { 'API-Key': 'other' })).toMatchObject(unknown);
    });

    it('needs the id', async () => {
      expect(await status({})).toMatchObject({ body: { status: 400, error: { code: '40002', field: 'id' } } });
    });
  });
});
