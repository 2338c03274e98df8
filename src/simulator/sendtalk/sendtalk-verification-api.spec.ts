import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  callSendTalk,
  type HttpAnswer,
  type ListedVerification,
  post,
  sendTalkVerifications,
} from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';
import { type SimulatedSendTalkAccount } from './sendtalk-account.js';
import { codesIn, idIn, waLink } from './sendtalk-verification-text.js';

const BUDI = '6281234567890';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NO_ERROR = { code: '', message: '', field: '' };
const API_KEY = 'sendtalk-api-key-01';
const PNG = 'iVBORw0KGgo';

/** The answer's sample in TapTalk's "SendTalk API Documentation", "Whatsapp Verification". */
const SAMPLE = {
  id: '3f35ec07-77f1-4fa0-9416-8ef019e52189',
  code: 'TTJZek5XVmpNRGN0TnpkbU1TMDBabUV3TFRrME1UWXRPR1ZtTURFNVpUVXlNVGc1T25kS1RXSlhlWGhhY0hKS1IzVmFkbm89',
  waLink:
    'https://wa.me/6281212345678?text=Mohon+jangan+ubah+teks+verifikasi+ini.%0A%0AKode+Verifikasi%3A+TTJZek5XVmpNRGN0TnpkbU1TMDBabUV3TFRrME1UWXRPR1ZtTURFNVpUVXlNVGc1T25kS1RXSlhlWGhhY0hKS1IzVmFkbm89%0ABerlaku+sampai+dengan%3A+16%3A09%3A00+19-06-2023%0A%0A%2APastikan+nomor+WhatsApp+ini+sama+dengan+nomor+yang+Anda+gunakan.%2A%0A%0AKirim+teks+ini+tanpa+mengubah+isinya%2C+lalu+silakan+kembali+ke+aplikasi.',
  waMessage:
    'Mohon jangan ubah teks verifikasi ini.\n\nKode Verifikasi: TTJZek5XVmpNRGN0TnpkbU1TMDBabUV3TFRrME1UWXRPR1ZtTURFNVpUVXlNVGc1T25kS1RXSlhlWGhhY0hKS1IzVmFkbm89\nBerlaku sampai dengan: 16:09:00 19-06-2023\n\n*Pastikan nomor WhatsApp ini sama dengan nomor yang Anda gunakan.*\n\nKirim teks ini tanpa mengubah isinya, lalu silakan kembali ke aplikasi.',
};

interface Made {
  readonly id: string;
  readonly waLink: string;
  readonly waMessage: string;
  readonly qrCode: string;
}

describe("SendTalk's verifications", () => {
  let simulator: Simulator;
  let timers: ManualTimers;

  beforeEach(async () => {
    timers = new ManualTimers();
    simulator = await startSimulator({ port: 0, now: () => new Date('2023-06-19T08:59:00Z'), timers });
  });
  afterEach(() => simulator.stop());

  const create = (change: Record<string, unknown> = {}, headers = {}): Promise<HttpAnswer> => {
    const body = { userPhone: BUDI, languageCode: 'id', ...change };
    return callSendTalk(simulator.url, 'create_whatsapp_verification', body, headers);
  };
  const madeBy = ({ body }: HttpAnswer): Made => (body as { data: { verification: Made } }).data.verification;
  const account = (change: Partial<SimulatedSendTalkAccount>): void =>
    simulator.configure({ accounts: [{ kind: 'SENDTALK', apiKey: API_KEY, ...change }] });
  const listed = (): Promise<readonly ListedVerification[]> => sendTalkVerifications(simulator.url);

  describe('and the sample of the document', () => {
    it('have its link made of its text, byte for byte', () => {
      expect(waLink('6281212345678', SAMPLE.waMessage)).toBe(SAMPLE.waLink);
    });

    it('have its code found in its text, and its id in its code', () => {
      expect(codesIn(SAMPLE.waMessage)).toEqual([SAMPLE.code]);
      expect(idIn(SAMPLE.code)).toBe(SAMPLE.id);
    });
  });

  it('are made of a number and a language', async () => {
    const answer = await create();
    expect(answer).toMatchObject({
      status: 200,
      body: {
        status: 200,
        error: NO_ERROR,
        data: { success: true, message: 'WhatsApp verification created successfully', reason: '' },
      },
    });
    const made = madeBy(answer);
    expect(made.id).toMatch(UUID);
    expect(await listed()).toEqual([
      {
        ...{ id: made.id, account: API_KEY, userPhone: BUDI, waMessage: made.waMessage, waLink: made.waLink },
        ...{ createdAt: '2023-06-19T08:59:00.000Z', expiresAt: '2023-06-19T09:09:00.000Z', verifiedAt: null },
      },
    ]);
  });

  it.each([
    ['id', 'Kode Verifikasi', 'Berlaku sampai dengan'],
    ['en', 'Verification Code', 'Valid until'],
  ])('have a text in %s with its code, and its expiry by the clock of Jakarta', async (languageCode, code, until) => {
    const { id, waMessage } = madeBy(await create({ languageCode }));
    const [first, empty, codeLine = '', untilLine, ...rest] = waMessage.split('\n');
    expect([first, empty, untilLine]).toEqual([expect.stringMatching(/\.$/), '', `${until}: 16:09:00 19-06-2023`]);
    expect(rest).toEqual(['', expect.stringMatching(/^\*.+\*$/), '', expect.stringMatching(/\.$/)]);
    const [label, value = ''] = codeLine.split(': ');
    expect(label).toBe(code);
    const plain = Buffer.from(Buffer.from(value, 'base64').toString(), 'base64').toString();
    expect(plain).toMatch(new RegExp(`^${id}:[A-Za-z]{16}$`));
  });

  it('have the link of the app as the last line of the text', async () => {
    const { waMessage } = madeBy(await create({ appURL: 'toko://masuk?lanjut=1' }));
    expect(waMessage.split('\n').at(-1)).toBe('toko://masuk?lanjut=1');
  });

  it('expire after the minutes that were asked for', async () => {
    await create({ expiryMinutes: 1440 });
    expect(await listed()).toMatchObject([{ expiresAt: '2023-06-20T08:59:00.000Z' }]);
  });

  it("link to SendTalk's number, which an account may have of its own, with the text", async () => {
    account({ number: '622150001234' });
    const { waLink: link, waMessage } = madeBy(await create({ appURL: "https://toko.example/a?b=~c(d)'e!&f=*" }));
    const url = new URL(link);
    expect(url.origin + url.pathname).toBe('https://wa.me/622150001234');
    expect(url.searchParams.get('text')).toBe(waMessage);
    expect(url.search).toMatch(/^\?text=[\w.~+%-]+$/);
  });

  it.each([
    ['no API-Key', {}, { 'API-Key': undefined }, '40001', 'Request headers are required (API-Key)', ''],
    ['another API-Key', {}, { 'API-Key': 'x' }, '49103', 'API-Key is not found', ''],
    ['no number', { userPhone: undefined }, {}, '40002', 'User phone is required', 'userPhone'],
    ['phone for userPhone', { userPhone: undefined, phone: BUDI }, {}, '40002', 'User phone is required', 'userPhone'],
    ['no language', { languageCode: undefined }, {}, '40002', 'Language code is required', 'languageCode'],
    ['the language fr', { languageCode: 'fr' }, {}, '40002', 'Language code is invalid', 'languageCode'],
    ['no minute', { expiryMinutes: 0 }, {}, '40002', 'Expiry minutes is invalid', 'expiryMinutes'],
    ['half a minute', { expiryMinutes: 1.5 }, {}, '40002', 'Expiry minutes is invalid', 'expiryMinutes'],
    ['minutes in words', { expiryMinutes: '10' }, {}, '40002', 'Expiry minutes is invalid', 'expiryMinutes'],
    ['a link that is no string', { appURL: 1 }, {}, '40002', 'App URL is invalid', 'appURL'],
  ])('are refused with %s, in an HTTP 200', async (_what, change, headers, code, message, field) => {
    const answer = await create(change, headers);
    expect(answer).toMatchObject({ status: 200, body: { status: 400, error: { code, message, field }, data: {} } });
    expect(simulator.ledger.counts()).toMatchObject({ created: 0, refused: { [code]: 1 } });
  });

  it.each([
    ['a plus', '+6281234567890', 'invalid_recipient'],
    ['a magic number', '6281200000601', 'invalid_recipient'],
    ['a magic number', '6281200000402', 'insufficient_balance'],
    ['a magic number', '6281200000403', 'config_disabled'],
  ])('are not made for %s, %s, and the reason is %s', async (_what, userPhone, reason) => {
    const { status, body } = await create({ userPhone });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ status: 200, error: NO_ERROR },
      data: { success: false, message: expect.any(String) as string, reason },
    });
    expect(await listed()).toEqual([]);
  });

  it.each(['insufficient_balance', 'config_disabled'] as const)(
    'are refused with %s as the account says',
    async (refuses) => {
      account({ refuses });
      expect(await create()).toMatchObject({ body: { status: 200, data: { success: false, reason: refuses } } });
    },
  );

  it.each([
    ['6281200000500', 500, '50000', ''],
    ['6281200040001', 400, '40001', ''],
    ['6281200040002', 400, '40002', 'userPhone'],
    ['6281200000422', 400, '40002', 'languageCode'],
    ['6281200049103', 400, '49103', ''],
  ])('of %s have the status %i and the code %s in an HTTP 200', async (userPhone, bodyStatus, code, field) => {
    const answer = await create({ userPhone });
    expect(answer).toMatchObject({ status: 200, body: { status: bodyStatus, error: { code, field } } });
  });

  it('are made at the second try where a number has only the first hit', async () => {
    const userPhone = '6281200001402';
    expect(await create({ userPhone })).toMatchObject({ body: { data: { success: false } } });
    expect(await create({ userPhone })).toMatchObject({ body: { data: { success: true } } });
  });

  describe('under a fault', () => {
    const fault = (behaviour: object): void =>
      simulator.configure({ faults: [{ kind: 'SENDTALK', on: 'verification', behaviour }] });

    it('are refused, while messages go out', async () => {
      fault({ refuse: { http: 503, code: null, message: '' } });
      expect(await create()).toMatchObject({ status: 503, body: expect.stringContaining('<html>') as string });
      const message = { phone: BUDI, messageType: 'text', body: 'Halo' };
      expect(await callSendTalk(simulator.url, 'send_whatsapp', message)).toMatchObject({
        body: { data: { success: true } },
      });
    });

    it('are not hit by one of sends', async () => {
      simulator.configure({ faults: [{ kind: 'SENDTALK', behaviour: { line: 'dropped' } }] });
      expect((await create()).status).toBe(200);
    });

    it('come late', async () => {
      fault({ delayMs: 20_000 });
      const answer = create();
      expect(await timers.next()).toBe(20_000);
      expect(await answer).toMatchObject({ body: { data: { success: true } } });
    });

    it.each([
      ['are made and not told of', { line: 'dropped' }, 1],
      ['are neither made nor told of', { line: 'dropped', sent: false }, 0],
      ['are made and told of in half', { line: 'cut' }, 1],
    ] as const)('%s where the line ends', async (_what, behaviour, count) => {
      fault(behaviour);
      await expect(create()).rejects.toThrow();
      expect(await listed()).toHaveLength(count);
      expect(simulator.ledger.counts()).toMatchObject({ created: count, dropped: 1 - count });
    });

    it('are answered with a page, or with nothing of them', async () => {
      fault({ answer: 'html' });
      expect(await create()).toMatchObject({ status: 200, body: expect.stringContaining('<html>') as string });
      simulator.clearFaults();
      fault({ answer: 'empty' });
      const { body } = await create();
      expect((body as { data: object }).data).toEqual({
        ...{ success: true, message: 'WhatsApp verification created successfully', reason: '' },
      });
    });
  });

  it('have a QR code that is a picture', async () => {
    const { qrCode } = madeBy(await create());
    expect(qrCode).toMatch(new RegExp(`^data:image/png;base64,${PNG}`));
  });

  it('have a QR code in whatever form the account says', async () => {
    const forms: string[] = [];
    for (const qrCode of ['bare', 'elided', 'url'] as const) {
      account({ qrCode });
      forms.push(madeBy(await create()).qrCode);
    }
    const [bare, elided, url = ''] = forms;
    expect([bare?.slice(0, PNG.length), elided]).toEqual([PNG, '...']);
    const picture = await fetch(url);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(
      Buffer.from(await picture.arrayBuffer())
        .toString('base64')
        .slice(0, PNG.length),
    ).toBe(PNG);
  });

  it('are counted apart from messages, and known to no get_status', async () => {
    const { id } = madeBy(await create());
    expect(simulator.ledger.counts({ kind: 'SENDTALK' })).toMatchObject({ requests: 1, created: 1, accepted: 0 });
    expect(simulator.ledger.calls()).toMatchObject([{ outcome: 'created', messageId: id, recipient: BUDI }]);
    expect(await callSendTalk(simulator.url, 'get_status', { id })).toMatchObject({
      body: { error: { code: '40401' } },
    });
  });

  it.each([{ number: '0811' }, { webhookSecretHeader: 'Secret Key' }, { webhookSecretMode: 'md5' }, { qrCode: 'svg' }])(
    'want no account with %j',
    async (change) => {
      const input = JSON.stringify({ kind: 'SENDTALK', apiKey: 'other', ...change });
      const { status, body } = await post(`${simulator.url}/_simulator/accounts`, {}, input);
      expect(status).toBe(400);
      expect((body as { message: string }).message).toContain(Object.keys(change)[0]);
    },
  );
});
