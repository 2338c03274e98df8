import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newSecret, signedHeaders, type SignedContent } from './signature.js';

afterEach(() => vi.useRealTimers());

/** As the receiver has it, whose clock shows the time of the call; throws unless the standard's own library believes it. */
function verify(secret: string, body: Buffer | string, headers: Record<string, string>, at: Date): unknown {
  vi.useFakeTimers({ now: at, toFake: ['Date'] });
  return new Webhook(secret).verify(body, headers);
}

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const CONTENT: SignedContent = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: new Date(1614265330 * 1000),
  body: Buffer.from('{"test": 2432232314}'),
};

const anyTime = fc.date({ min: new Date(0), max: new Date('2286-11-20T17:46:39.999Z'), noInvalidDate: true });
const anyId = fc.string({ unit: 'binary-ascii' }).filter((id) => id !== '');
/** As JSON.stringify writes it, and with every character beyond ASCII escaped. */
const anyBody = fc
  .jsonValue({ noUnicodeString: false })
  .chain((value) => {
    const written = JSON.stringify(value);
    const escaped = written.replace(
      /[^\x20-\x7e]/g,
      (one) => String.raw`\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    return fc.constantFrom(written, escaped);
  })
  .map((text) => Buffer.from(text));

const anySecret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);

describe('a signed call', () => {
  it('has the signature that the standard’s own example has', () => {
    expect(signedHeaders(CONTENT, [SECRET])).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is believed by the standard’s own library, whatever it says and whenever', () => {
    fc.assert(
      fc.property(anySecret, anyId, anyTime, anyBody, (secret, id, timestamp, body) => {
        const headers = signedHeaders({ id, timestamp, body }, [secret]);
        expect(verify(secret, body, headers, timestamp)).toEqual(JSON.parse(body.toString()));
      }),
    );
  });

  it('names the second in which it is made', () => {
    const at = new Date('2026-03-01T12:00:00.999Z');
    expect(signedHeaders({ ...CONTENT, timestamp: at }, [SECRET])['webhook-timestamp']).toBe(
      String(Date.UTC(2026, 2, 1, 12) / 1000),
    );
  });

  it.each<[string, string, Partial<Record<'webhook-id' | 'webhook-timestamp', string>>, string]>([
    ['body', `${CONTENT.body.toString()} `, {}, SECRET],
    ['id', CONTENT.body.toString(), { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJel' }, SECRET],
    ['time', CONTENT.body.toString(), { 'webhook-timestamp': '1614265331' }, SECRET],
    ['secret', CONTENT.body.toString(), {}, newSecret()],
  ])('is not believed with another %s', (_what, body, changed, secret) => {
    const headers = { ...signedHeaders(CONTENT, [SECRET]), ...changed };
    expect(() => verify(secret, body, headers, CONTENT.timestamp)).toThrow('No matching signature found');
  });

  it('is not believed when any bit of its body was changed', () => {
    const headers = signedHeaders(CONTENT, [SECRET]);
    for (let bit = 0; bit < CONTENT.body.length * 8; bit++) {
      const body = Buffer.from(CONTENT.body);
      body[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => verify(SECRET, body, headers, CONTENT.timestamp)).toThrow('No matching signature found');
    }
  });

  it('has one signature for each secret, in their order, and each receiver believes it', () => {
    const secrets = [newSecret(), newSecret()] as const;
    const headers = signedHeaders(CONTENT, secrets);
    const alone = secrets.map((secret) => signedHeaders(CONTENT, [secret])['webhook-signature']);
    expect(headers['webhook-signature']).toBe(alone.join(' '));
    for (const secret of secrets)
      expect(verify(secret, CONTENT.body, headers, CONTENT.timestamp)).toEqual({ test: 2432232314 });
    expect(() => verify(newSecret(), CONTENT.body, headers, CONTENT.timestamp)).toThrow();
  });
});

describe('a new secret', () => {
  it('is 32 bytes in the form that the standard’s libraries take, and never the same', () => {
    const made = Array.from({ length: 500 }, newSecret);
    for (const secret of made) {
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
    }
    expect(new Set(made).size).toBe(made.length);
  });
});
