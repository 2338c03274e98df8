import { describe, expect, it } from 'vitest';
import { ACCESS_TOKEN, GRAPH, json, played, within } from '../../../test/contract/meta.support.js';
import { META_PHONE } from '../../../test/contract/meta.tapes.js';
import { type HttpResult } from '../../http/http.js';
import { meta } from './meta.provider.js';

describe('an account', () => {
  it.each([
    ['accessToken', 'EAAJ', true],
    ['accessToken', 'EAAJ\r\nX: y', false],
    ['phoneNumberId', '106540352242922', true],
    ['phoneNumberId', '../me', false],
    ['businessAccountId', '102290129340398', true],
    ['businessAccountId', '1?fields=x', false],
    ['appId', '42', true],
    ['appId', 'a/b', false],
    ['apiVersion', 'v23.0', true],
    ['apiVersion', '23.0', false],
    ['apiVersion', 'v23', false],
    ['apiVersion', 'v23.0/me', false],
  ])('takes for %s the value %j: %s', (name, value, good) => {
    const field = meta.credentials.find((each) => each.name === name);
    expect(field?.check?.(value) === undefined).toBe(good);
  });

  it('shows none of its secrets again', () => {
    const secret = meta.credentials.filter((each) => each.secret).map((each) => each.name);
    expect(secret).toEqual(['accessToken', 'appSecret', 'verifyToken']);
  });

  it('is tested by reading its number', async () => {
    const line = played([json({ id: META_PHONE, display_phone_number: '+1 631-555-5555' })]);
    expect(await line.provider.test(within())).toMatchObject({
      outcome: 'accepted',
      reference: null,
      ownNumber: '+16315555555',
    });
    expect(line.asked).toMatchObject([{ method: 'GET', url: `${GRAPH}/v23.0/${META_PHONE}` }]);
  });

  it.each([
    ['+62 812-3456-7890', '+6281234567890'],
    ['+1 (555) 078\u20113881', '+15550783881'],
    ['\u202a+62 812\u00a03456\u00a07890\u202c', '+6281234567890'],
    ['15550783881', '+15550783881'],
  ])('reads its number as Meta shows it, %j', async (shown, ownNumber) => {
    const outcome = await played([json({ display_phone_number: shown })]).provider.test(within());
    expect(outcome).toMatchObject({ outcome: 'accepted', ownNumber });
  });

  it.each([undefined, null, '', 'NOT_VERIFIED', '0812-3456-7890', '+62', '+62 812 x 7890', {}])(
    'is tested well without a number that can be read: %j',
    async (shown) => {
      const outcome = await played([json({ display_phone_number: shown })]).provider.test(within());
      expect(outcome.outcome).toBe('accepted');
      expect(outcome).not.toHaveProperty('ownNumber');
    },
  );

  it.each([
    [json({ error: { code: 190, message: 'Expired' } }, 401), 'refused', 'PROVIDER_AUTH_FAILED'],
    [json({ error: { code: 100, message: 'Unsupported get request' } }, 400), 'refused', 'PROVIDER_REJECTED'],
    [json({ error: { code: 4, message: 'Application request limit' } }, 403), 'deferred', 'PROVIDER_UNAVAILABLE'],
  ])('is tested, and answered %o: %s', async (answer, outcome, code) => {
    expect(await played([answer]).provider.test(within())).toMatchObject({ outcome, failure: { code } });
  });
});

describe('a receipt', () => {
  it('marks the message as read where messages are sent', async () => {
    const line = played([json({ success: true })]);
    expect(await line.provider.receipts!.markRead('wamid.in', within())).toEqual({ outcome: 'answered' });
    expect(line.asked).toMatchObject([{ method: 'POST', url: `${GRAPH}/v23.0/${META_PHONE}/messages` }]);
    expect(line.bodies()).toEqual([{ messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.in' }]);
  });

  it('for a message that Meta does not know fails for good', async () => {
    const line = played([json({ error: { code: 131009, message: 'Parameter value is not valid' } }, 400)]);
    expect(await line.provider.receipts!.markRead('wamid.in', within())).toMatchObject({
      outcome: 'failed',
      retryable: false,
      failure: { providerCode: '131009' },
    });
  });
});

describe('a file that a person sent', () => {
  const url = 'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=990&hash=x';
  const told = { url, mime_type: 'audio/ogg; codecs=opus', sha256: 'b0a1', file_size: 4, id: '990' };
  const bytes: HttpResult = {
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'audio/ogg' },
    body: Buffer.from('OggS'),
  };
  const fetch = (answers: readonly HttpResult[], baseUrl = GRAPH) => {
    const line = played(answers, {}, baseUrl);
    return { line, answer: line.provider.media!.fetch('990', 1_000, within()) };
  };

  it('is asked after by its id, and fetched from the address with the token', async () => {
    const { line, answer } = fetch([json(told), bytes]);
    expect(await answer).toEqual({
      outcome: 'answered',
      bytes: Buffer.from('OggS'),
      mimeType: 'audio/ogg; codecs=opus',
    });
    expect(line.asked).toMatchObject([
      { method: 'GET', url: `${GRAPH}/v23.0/990` },
      { method: 'GET', url, headers: { Authorization: `Bearer ${ACCESS_TOKEN}` }, maxBytes: 1_000 },
    ]);
  });

  it('has the type of its answer where Meta names none', async () => {
    const { answer } = fetch([json({ url }), bytes]);
    expect(await answer).toMatchObject({ mimeType: 'audio/ogg' });
  });

  it.each(['http://lookaside.fbsbx.com/x', 'ftp://lookaside.fbsbx.com/x', 'file:///etc/passwd', 'x', ''])(
    'is not fetched from %j, where the token would be seen',
    async (unsafe) => {
      const { line, answer } = fetch([json({ ...told, url: unsafe }), bytes]);
      expect(await answer).toMatchObject({ outcome: 'failed', retryable: false });
      expect(line.asked).toHaveLength(1);
    },
  );

  it('is fetched from the account’s own host, be it a simulator', async () => {
    const { answer } = fetch(
      [json({ ...told, url: 'http://127.0.0.1:4010/files/990' }), bytes],
      'http://127.0.0.1:4010',
    );
    expect(await answer).toMatchObject({ outcome: 'answered' });
  });

  it('is not fetched when it is too large', async () => {
    const { line, answer } = fetch([json({ ...told, file_size: 1_001 }), bytes]);
    expect(await answer).toMatchObject({ outcome: 'failed', retryable: false, failure: { code: 'MEDIA_REJECTED' } });
    expect(line.asked).toHaveLength(1);
  });

  it.each<[HttpResult, boolean, string]>([
    [json('', 404), true, 'PROVIDER_UNAVAILABLE'],
    [json('', 410), true, 'PROVIDER_UNAVAILABLE'],
    [json('', 500), true, 'PROVIDER_UNAVAILABLE'],
    [json({}, 206), true, 'PROVIDER_UNAVAILABLE'],
    [json('', 401), false, 'PROVIDER_AUTH_FAILED'],
    [{ kind: 'broken', reason: 'the answer is larger than 1000 bytes' }, true, 'PROVIDER_UNAVAILABLE'],
    [{ kind: 'unreachable', reason: 'x' }, true, 'PROVIDER_UNAVAILABLE'],
  ])('whose address is answered %o may be asked after again: %s', async (answer, retryable, code) => {
    expect(await fetch([json(told), answer]).answer).toMatchObject({
      outcome: 'failed',
      retryable,
      failure: { code },
    });
  });

  it('that Meta does not know any more is gone', async () => {
    const gone = json({ error: { code: 100, message: 'Object does not exist', error_subcode: 33 } }, 400);
    expect(await fetch([gone]).answer).toMatchObject({ outcome: 'failed', retryable: false });
  });
});
