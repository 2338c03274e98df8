import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { APP_SECRET, VERIFY_TOKEN, played } from '../../../test/contract/meta.support.js';
import { META_PHONE } from '../../../test/contract/meta.tapes.js';
import { type Callbacks, type RawRequest } from '../ports/callbacks.js';

const callbacks = (more: Record<string, string> = {}): Callbacks => played([], more).provider.callbacks!;

function get(query: string): RawRequest {
  return { topic: 'webhook', method: 'GET', path: `/callbacks/k/webhook${query}`, headers: {}, body: Buffer.alloc(0) };
}

function posted(body: string | Buffer, signature?: string): RawRequest {
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature };
  return { topic: 'webhook', method: 'POST', path: '/callbacks/k/webhook', headers, body: Buffer.from(body) };
}

const signed = (body: string): RawRequest =>
  posted(body, `sha256=${createHmac('sha256', APP_SECRET).update(body).digest('hex')}`);

describe('the challenge', () => {
  const good = `?hub.mode=subscribe&hub.verify_token=${VERIFY_TOKEN}&hub.challenge=1158201444`;

  it('is answered bare, as text', () => {
    expect(callbacks().admit(get(good))).toEqual({
      verdict: 'answer',
      reply: { status: 200, contentType: 'text/plain', body: '1158201444' },
    });
  });

  it('may come in any order, escaped, and with a token that needs it', () => {
    const query = '?hub.challenge=a%20b&hub.verify_token=a%2Bb%26c&hub.mode=subscribe';
    expect(callbacks({ verifyToken: 'a+b&c' }).admit(get(query))).toMatchObject({ reply: { body: 'a b' } });
  });

  it.each([
    ['a wrong token', good.replace(VERIFY_TOKEN, `${VERIFY_TOKEN}0`)],
    ['no token', good.replace('hub.verify_token', 'x')],
    ['an empty token', good.replace(VERIFY_TOKEN, '')],
    ['another mode', good.replace('subscribe', 'unsubscribe')],
    ['no mode', good.replace('hub.mode', 'mode')],
    ['no challenge', good.replace('hub.challenge', 'x')],
    ['no query', ''],
  ])('with %s is refused', (_, query) => {
    expect(callbacks().admit(get(query))).toMatchObject({ verdict: 'refuse', reply: { status: 403, body: '' } });
  });

  it('is refused by an account without a verify token', () => {
    expect(
      callbacks({ verifyToken: '' }).admit(get('?hub.mode=subscribe&hub.verify_token=&hub.challenge=1')),
    ).toMatchObject({
      verdict: 'refuse',
    });
  });
});

describe('a post', () => {
  const VECTOR = '{"object":"whatsapp_business_account","entry":[]}';
  const SIGNATURE = 'sha256=c7a578fff5f7b6c77110971399717698ee300e868dc95d9f288b7d56c627ee24';

  it('with the signature of the vector is kept', () => {
    expect(callbacks().admit(posted(VECTOR, SIGNATURE))).toMatchObject({ verdict: 'keep', reply: { status: 200 } });
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['that of SHA-1', SIGNATURE.replace('sha256', 'sha1')],
    ['the bare digits', SIGNATURE.slice(7)],
    ['one that is cut', SIGNATURE.slice(0, -2)],
    ['one that is longer', `${SIGNATURE}00`],
    ['one with another digit', SIGNATURE.replace('c7a5', 'c7a6')],
  ])('with another signature, %s, is refused', (_, signature) => {
    expect(callbacks().admit(posted(VECTOR, signature))).toMatchObject({ verdict: 'refuse', reply: { status: 401 } });
  });

  it('is refused where the secret is another', () => {
    const other = callbacks({ appSecret: 'meta_app_secret_02' });
    expect(other.admit(posted(VECTOR, SIGNATURE)).verdict).toBe('refuse');
    expect(callbacks({ appSecret: '' }).admit(posted(VECTOR, SIGNATURE)).verdict).toBe('refuse');
  });

  it('is judged by its bytes as they came: é written \\u00e9 is not é', () => {
    const escaped = String.raw`{"text":"caf\u00e9"}`;
    const request = signed(escaped);
    expect(callbacks().admit(request).verdict).toBe('keep');
    const again = Buffer.from(JSON.stringify(JSON.parse(escaped)));
    expect(callbacks().admit({ ...request, body: again }).verdict).toBe('refuse');
  });

  it('is kept when it is genuine, also where its body cannot be read', () => {
    const request = signed('{"entry":[');
    expect(callbacks().admit(request).verdict).toBe('keep');
    expect(callbacks().read(request)).toEqual([]);
  });

  it.each(['PUT', 'DELETE', 'HEAD'])('is no %s', (method) => {
    expect(callbacks().admit({ ...posted(VECTOR, SIGNATURE), method })).toMatchObject({
      verdict: 'refuse',
      reply: { status: 405 },
    });
  });
});

describe('the family of an account', () => {
  it('is that of its app, and its mailbox is its number', () => {
    const [one, other, stranger] = [
      callbacks(),
      callbacks({ phoneNumberId: '999' }),
      callbacks({ appSecret: 'meta_app_secret_02' }),
    ];
    expect(one.family).toMatch(/^[0-9a-f]{64}$/);
    expect(other.family).toBe(one.family);
    expect(stranger.family).not.toBe(one.family);
    expect([one.mailbox, other.mailbox]).toEqual([META_PHONE, '999']);
  });

  it('is none where there is no secret', () => {
    expect(callbacks({ appSecret: '' }).family).toBeNull();
  });
});
