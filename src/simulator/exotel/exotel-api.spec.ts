import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exotelClient, type ExotelClient, type HttpAnswer } from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';
import { EXOTEL_ACCOUNTS, type SimulatedExotelAccount } from './exotel-account.js';

const ACCOUNT = EXOTEL_ACCOUNTS.accounts[0] as SimulatedExotelAccount;
const ORDINARY = '+919812345678';

const template = (change: Record<string, unknown> = {}) => ({
  recipient_type: 'individual',
  type: 'template',
  template: {
    name: 'order_update',
    language: { policy: 'deterministic', code: 'id' },
    components: [
      {
        type: 'body',
        parameters: [
          { type: 'text', text: 'Budi' },
          { type: 'text', text: 'A-17' },
        ],
      },
    ],
    ...change,
  },
});
const invoice = (components: unknown[]) =>
  template({ name: 'invoice_ready', language: { policy: 'deterministic', code: 'en' }, components });
const INVOICE = [
  {
    type: 'header',
    parameters: [{ type: 'document', document: { link: 'https://shop.example/1.pdf', filename: '1.pdf' } }],
  },
  { type: 'body', parameters: [{ type: 'text', text: 'INV-1' }] },
  { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: 'inv-1' }] },
];
const interactive = (value: Record<string, unknown>) => ({ type: 'interactive', interactive: value });
const reply = (id: string, title = id) => ({ type: 'reply', reply: { id, title } });
const buttons = (...all: unknown[]) =>
  interactive({ type: 'button', body: { text: 'Yes?' }, action: { buttons: all } });
const list = (...sections: unknown[]) =>
  interactive({ type: 'list', body: { text: 'Which?' }, action: { button: 'Choose', sections } });
const rows = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => ({ id: `r${from + n}`, title: 'Row' }));

describe('Exotel', () => {
  let simulator: Simulator;
  let client: ExotelClient;

  beforeEach(async () => {
    simulator = await startSimulator({ port: 0, timers: new ManualTimers() });
    client = exotelClient(simulator.url);
  });
  afterEach(() => simulator.stop());

  const sid = /^[0-9a-f]{32}$/;
  const elements = ({ body }: HttpAnswer): any[] => (body as any).response.whatsapp.messages;

  describe('answers', () => {
    it('a message with HTTP 202 and its sid', async () => {
      expect(await client.send([{}])).toMatchObject({
        status: 202,
        body: {
          request_id: expect.any(String),
          method: 'POST',
          http_code: 202,
          metadata: { failed: 0, total: 1, success: 1 },
          response: {
            whatsapp: {
              messages: [{ code: 202, error_data: null, status: 'success', data: { sid: expect.stringMatching(sid) } }],
            },
          },
        },
      });
    });

    it('each message in the order of the request, and refuses some of them under a 202', async () => {
      const answer = await client.send([{}, { to: 'nobody' }, { to: '+6281200000430' }, { to: '+6281234567890' }]);
      expect(answer).toMatchObject({ status: 202, body: { metadata: { failed: 2, total: 4, success: 2 } } });
      expect(elements(answer).map(({ code }) => code)).toEqual([202, 400, 429, 202]);
      expect(elements(answer)[1]).toMatchObject({
        status: 'failed',
        data: null,
        error_data: { code: 400, message: expect.any(String), description: expect.stringContaining('to ') },
      });
      expect(simulator.ledger.counts({ kind: 'EXOTEL' })).toMatchObject({
        ...{ requests: 1, accepted: 2, refused: { '400': 1, '429': 1 } },
      });
    });

    it('a hundred messages, and 400 to one more', async () => {
      const many = (count: number) => Array.from({ length: count }, (_, n) => ({ to: `+9198123${45_000 + n}` }));
      expect((await client.send(many(100))).status).toBe(202);
      expect((await client.send(many(101))).status).toBe(400);
      expect((await client.send([])).status).toBe(400);
      expect(simulator.ledger.counts()).toMatchObject({ accepted: 100, doubles: 0 });
    });
  });

  describe('refuses the request', () => {
    it.each([
      ['without Authorization', { Authorization: undefined }, 401],
      ['with a Bearer', { Authorization: 'Bearer x' }, 401],
      ['with another token', { Authorization: `Basic ${Buffer.from('key123:x').toString('base64')}` }, 401],
      ['with another Content-Type', { 'Content-Type': 'text/plain' }, 400],
    ])('%s', async (_what, headers, status) => {
      const answer = await client.call({ whatsapp: { messages: [] } }, headers);
      expect(answer).toMatchObject({
        status,
        body: { http_code: status, response: { code: status, error_data: { code: status } } },
      });
      expect(simulator.ledger.counts().refused).toEqual({ [status]: 1 });
    });

    it('for a sid that nobody has with 404, for another account’s with 403', async () => {
      const other: SimulatedExotelAccount = { kind: 'EXOTEL', accountSid: 'other', apiKey: 'k', apiToken: 't' };
      simulator.configure({ accounts: [other] });
      expect((await exotelClient(simulator.url, 'nobody').send([{}])).status).toBe(404);
      expect((await exotelClient(simulator.url, 'other').send([{}])).status).toBe(403);
    });

    it('of an account over its limit with 402', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, overLimit: true }] });
      expect((await client.send([{}])).status).toBe(402);
    });

    const message = { from: '+918047104710', to: ORDINARY, content: { type: 'text', text: { body: 'hi' } } };
    it.each([
      ['flat with content', message],
      ['flat with messages', { messages: [message] }],
    ])('in the newer site’s form, %s, unless the account is lenient', async (_what, body) => {
      expect((await client.call(body)).status).toBe(400);
      simulator.configure({ accounts: [{ ...ACCOUNT, lenient: true }] });
      expect((await client.call(body)).status).toBe(202);
    });

    it.each([
      ['is no JSON', '{'],
      ['names no URL for callbacks', { status_callback: 'here', whatsapp: { messages: [message] } }],
      ['has custom_data that is no string', { custom_data: 7, whatsapp: { messages: [message] } }],
    ])('that %s', async (_what, body) => {
      expect((await client.call(body)).status).toBe(400);
    });

    it.each([
      ['401', 401],
      ['402', 402],
      ['403', 403],
      ['408', 400],
      ['429', 429],
      ['500', 500],
      ['503', 503],
    ])('whole for the sake of the magic recipient …%s, with %i', async (digits, status) => {
      expect((await client.send([{}, { to: `+6281200000${digits}` }])).status).toBe(status);
      expect(simulator.ledger.counts().accepted).toBe(0);
    });
  });

  describe('takes', () => {
    it.each([
      ['a text', { type: 'text', text: { body: 'hi', preview_url: true } }],
      ['an image', { type: 'image', image: { link: 'https://shop.example/a.jpg', caption: 'A' } }],
      ['a video', { type: 'video', video: { link: 'https://shop.example/a.mp4' } }],
      ['audio', { type: 'audio', audio: { link: 'https://shop.example/a.mp3' } }],
      ['a document', { type: 'document', document: { link: 'https://shop.example/a.pdf', filename: 'a.pdf' } }],
      ['a location', { type: 'location', location: { latitude: -6.2, longitude: 106.8, name: 'Monas' } }],
      ['contacts', { type: 'contacts', contacts: [{ name: { formatted_name: 'Budi' } }] }],
      ['three buttons', buttons(reply('a'), reply('b'), reply('c'))],
      ['a list of ten rows', list({ title: 'A', rows: rows(5) }, { title: 'B', rows: rows(5, 5) })],
      ['a template', template()],
      ['a template with header and button', invoice(INVOICE)],
    ])('%s', async (_what, content) => {
      expect(elements(await client.send([{ content }]))).toMatchObject([{ code: 202 }]);
      expect(simulator.ledger.messages()).toMatchObject([{ type: content.type, content, recipient: '919812345678' }]);
    });

    it('the values of a template into the ledger', async () => {
      await client.send([{ content: template() }]);
      expect(simulator.ledger.messages()).toMatchObject([{ template: 'order_update', params: ['Budi', 'A-17'] }]);
    });
  });

  describe('refuses a message', () => {
    it.each([
      ['of a type that there is not', { type: 'contact', contact: [] }],
      ['without the object of its type', { type: 'text', image: { link: 'https://a.example' } }],
      ['with an empty text', { type: 'text', text: { body: '' } }],
      ['of 4097 characters', { type: 'text', text: { body: 'a'.repeat(4097) } }],
      ['with a media id of Meta’s', { type: 'image', image: { id: '1' } }],
      ['with a caption on audio', { type: 'audio', audio: { link: 'https://a.example/a.mp3', caption: 'A' } }],
      ['with a caption of 1025', { type: 'image', image: { link: 'https://a.example', caption: 'a'.repeat(1025) } }],
      ['with four buttons', buttons(reply('a'), reply('b'), reply('c'), reply('d'))],
      ['without buttons', buttons()],
      ['with a title of 21', buttons(reply('a', 'a'.repeat(21)))],
      ['with one button id twice', buttons(reply('a'), reply('a', 'b'))],
      ['with an empty list', list()],
      ['with eleven rows', list({ title: 'A', rows: rows(6) }, { title: 'B', rows: rows(5, 6) })],
      ['with sections without titles', list({ rows: rows(1) }, { rows: rows(1, 1) })],
      ['with a template that there is not', template({ name: 'nobody' })],
      ['with a template in another language', template({ language: { policy: 'deterministic', code: 'hi' } })],
      [
        'with one value too few',
        template({ components: [{ type: 'body', parameters: [{ type: 'text', text: 'a' }] }] }),
      ],
      ['with a line break in a value', invoice([{ type: 'body', parameters: [{ type: 'text', text: 'a\nb' }] }])],
      ['without the values', template({ components: [] })],
      ['without the header’s file', invoice(INVOICE.slice(1))],
      ['without the button’s value', invoice(INVOICE.slice(0, 2))],
      ['to another group', { recipient_type: 'group', type: 'text', text: { body: 'hi' } }],
    ])('%s, under a 202', async (_what, content) => {
      const answer = await client.send([{ content }]);
      expect(answer.status).toBe(202);
      expect(elements(answer)).toMatchObject([{ code: 400, status: 'failed', data: null }]);
      expect(simulator.ledger.counts().accepted).toBe(0);
    });

    it('from a number that is not the account’s', async () => {
      simulator.configure({ accounts: [{ ...ACCOUNT, senders: ['+918047104711'] }] });
      expect(elements(await client.send([{}, { from: '918047104711' }])).map(({ code }) => code)).toEqual([403, 202]);
    });
  });

  describe('to a magic recipient', () => {
    it.each([
      ['902', 1],
      ['903', 0],
      ['904', 1],
    ])('…%s loses the answer and sends %i', async (digits, accepted) => {
      await expect(client.send([{ to: `+6281200000${digits}` }])).rejects.toThrow();
      expect(simulator.ledger.counts().accepted).toBe(accepted);
    });

    it('…906 answers a success without a sid', async () => {
      expect(elements(await client.send([{ to: '+6281200000906' }]))).toMatchObject([{ code: 202, data: null }]);
    });

    it('…1430 refuses the first try of a message alone, also with an Indian number', async () => {
      for (const to of ['+6281200001430', '+918120001430']) {
        expect(elements(await client.send([{ to }]))).toMatchObject([{ code: 429 }]);
        expect(elements(await client.send([{ to }]))).toMatchObject([{ code: 202 }]);
      }
    });
  });
});
