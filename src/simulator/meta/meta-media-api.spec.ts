import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MetaClient, metaClient, receiveWebhooks } from '../../../test/support/meta-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';
import { META_ACCOUNTS, type SimulatedMetaAccount } from './meta-account.js';

const ACCOUNT = META_ACCOUNTS.accounts[0] as SimulatedMetaAccount;
const MIB = 1024 * 1024;
const BYTES = Buffer.from('the bytes of a picture\r\n--with a line\0');

describe('the files of the simulated Meta', () => {
  let simulator: Simulator;
  let timers: ManualTimers;
  let client: MetaClient;

  beforeEach(async () => {
    timers = new ManualTimers();
    simulator = await startSimulator({ port: 0, now: () => new Date(timers.now), timers });
    client = metaClient(simulator.url, ACCOUNT.phoneNumberId, ACCOUNT.accessToken);
  });
  afterEach(() => simulator.stop());

  const uploaded = async (type = 'image/png'): Promise<string> => {
    const { body } = await client.upload(BYTES, type);
    return String(body['id']);
  };
  const addressOf = async (id: string): Promise<string> => String((await client.call('GET', id)).body['url']);
  const fetched = (url: string, token = ACCOUNT.accessToken): Promise<Response> =>
    fetch(url, { headers: { authorization: `Bearer ${token}` } });

  it('are described by their id, with an address that asks for the token', async () => {
    const id = await uploaded();
    expect((await client.call('GET', id)).body).toMatchObject({
      messaging_product: 'whatsapp',
      mime_type: 'image/png',
      sha256: createHash('sha256').update(BYTES).digest('hex'),
      file_size: BYTES.length,
      id,
    });
    const url = await addressOf(id);
    const response = await fetched(url);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(BYTES);
    expect((await fetched(url, 'wrong')).status).toBe(401);
    expect((await fetch(url)).status).toBe(401);
    expect((await fetched(`${url}x`)).status).toBe(404);
  });

  it('are there too when a person sent them', async () => {
    const receiver = await receiveWebhooks();
    await simulator.receive({
      kind: 'META',
      account: ACCOUNT.phoneNumberId,
      from: '+6289600010002',
      media: { type: 'document', filename: 'a.pdf', mimeType: 'application/pdf', base64: BYTES.toString('base64') },
      url: receiver.url,
    });
    const [message] = receiver.received[0]?.value['messages'] as [{ document: { id: string; mime_type: string } }];
    expect(message.document).toMatchObject({ mime_type: 'application/pdf', filename: 'a.pdf' });
    const response = await fetched(await addressOf(message.document.id));
    expect(Buffer.from(await response.arrayBuffer())).toEqual(BYTES);
    await receiver.stop();
  });

  it('have addresses that end after five minutes', async () => {
    const id = await uploaded();
    const url = await addressOf(id);
    timers.advance(5 * 60_000);
    expect((await fetched(url)).status).toBe(404);
    expect((await fetched(await addressOf(id))).status).toBe(200);
  });

  it('are gone when they are deleted, and after 30 days', async () => {
    const [first, second] = [await uploaded(), await uploaded()];
    expect(await client.call('DELETE', first)).toEqual({ status: 200, body: { success: true } });
    timers.advance(30 * 24 * 60 * 60_000);
    for (const id of [first, second]) {
      expect((await client.call('GET', id)).body).toMatchObject({ error: { code: 100, error_subcode: 33 } });
    }
  });

  it.each<[string, number, Buffer, string, Record<string, string>]>([
    ['of a type that Meta does not take', 131053, BYTES, 'application/x-msdownload', {}],
    ['of a picture of more than 5 MiB', 131053, Buffer.alloc(5 * MIB + 1), 'image/jpeg', {}],
    ['of a sticker of more than 500 KiB', 131053, Buffer.alloc(500 * 1024 + 1), 'image/webp', {}],
    ['without messaging_product', 100, BYTES, 'image/png', { messaging_product: '' }],
  ])('are refused: one %s', async (_, code, bytes, type, fields) => {
    expect((await client.upload(bytes, type, fields)).body).toMatchObject({ error: { code } });
  });

  it('may be larger than a message', async () => {
    expect((await client.upload(Buffer.alloc(20 * MIB), 'application/pdf')).status).toBe(200);
  });

  it('can be sent, and an id that is not there cannot', async () => {
    const id = await uploaded();
    expect((await client.send({ type: 'image', image: { id } })).status).toBe(200);
    expect((await client.send({ type: 'image', image: { id: '1' } })).body).toMatchObject({ error: { code: 131009 } });
  });

  it('fail after the answer where they are of another type than the message', async () => {
    simulator.configure({ accounts: [{ ...ACCOUNT, outsideWindow: 'goes out' }] });
    const id = await uploaded('application/pdf');
    const { body } = await client.send({ type: 'image', image: { id } });
    const [{ id: messageId }] = body['messages'] as [{ id: string }];
    timers.advance(50);
    expect(simulator.ledger.message(messageId)?.events).toMatchObject([{ status: '131053' }]);
  });

  describe('that are samples', () => {
    const begin = (query: string): ReturnType<MetaClient['call']> =>
      client.call('POST', `${ACCOUNT.appId}/uploads?${query}`);
    const put = (id: string, body: Buffer): ReturnType<MetaClient['call']> =>
      client.call('POST', id, body, { authorization: `OAuth ${ACCOUNT.accessToken}`, file_offset: '0' });

    it('are uploaded in two steps and get a handle', async () => {
      const { body } = await begin(`file_length=${BYTES.length}&file_type=application/pdf&file_name=a.pdf`);
      expect(body['id']).toMatch(/^upload:/);
      const { body: stored } = await put(String(body['id']), BYTES);
      expect(stored['h']).toMatch(/^4::/);
      const create = await client.call('POST', `${ACCOUNT.businessAccountId}/message_templates`, {
        name: 'invoice',
        language: 'id',
        category: 'UTILITY',
        components: [
          { type: 'HEADER', format: 'DOCUMENT', example: { header_handle: [stored['h']] } },
          { type: 'BODY', text: 'Berikut faktur Anda.' },
        ],
      });
      expect(create.body).toMatchObject({ status: 'PENDING', category: 'UTILITY' });
    });

    it('are refused when fewer bytes come than were announced, or of another type', async () => {
      const { body } = await begin('file_length=9999&file_type=image/png');
      expect((await put(String(body['id']), BYTES)).body).toMatchObject({ error: { code: 100 } });
      expect((await begin('file_length=1&file_type=text/html')).body).toMatchObject({ error: { code: 100 } });
    });
  });
});
