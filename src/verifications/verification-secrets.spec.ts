import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '../common/ids.js';
import { INBOUND_CODE_LENGTH, splitInboundCode, VerificationSecrets } from './verification-secrets.js';

const encryptionKey = Buffer.alloc(32, 7);
const secrets = new VerificationSecrets({ encryptionKey });
const VERIFICATION = '0190a0a0-0000-7000-8000-000000000001';
const ANOTHER = '0190a0a0-0000-7000-8000-000000000002';
const several = <Made>(count: number, make: () => Made): Made[] => Array.from({ length: count }, make);

describe('a code that is sent to a person', () => {
  const codes = several(20_000, () => secrets.newCode());

  it('is six digits, the ones with zeros in front too', () => {
    for (const code of codes) expect(code).toMatch(/^\d{6}$/);
    expect(codes.some((code) => code.startsWith('0'))).toBe(true);
  });

  it('has every digit at every place about as often', () => {
    // 2,000 of each are expected, give or take 42: nobody will ever see ten times that.
    for (let place = 0; place < 6; place++) {
      const counts = Map.groupBy(codes, (code) => code[place]);
      for (const digit of '0123456789') expect(Math.abs((counts.get(digit)?.length ?? 0) - 2_000)).toBeLessThan(430);
    }
  });

  it('hardly ever comes again', () => {
    // Of 20,000 out of a million about 198 are there before.
    expect(codes.length - new Set(codes).size).toBeLessThan(400);
  });
});

describe('a code that a person sends us', () => {
  const codes = several(5_000, () => secrets.newInboundCode());

  it('is eight letters and digits to find it by and 22 that prove it, none of which a messenger takes for formatting', () => {
    for (const { selector, secret } of codes) {
      expect(selector).toMatch(/^[A-Za-z0-9]{8}$/);
      expect(secret).toMatch(/^[A-Za-z0-9]{22}$/);
    }
    expect(INBOUND_CODE_LENGTH).toBe(30);
  });

  it('draws from all letters and digits about as often, and never twice the same', () => {
    const letters = codes.flatMap(({ selector, secret }) => [...selector, ...secret]);
    const counts = Map.groupBy(letters, (letter) => letter);
    expect(counts.size).toBe(62);
    // 2,419 of each are expected, give or take 49.
    for (const [, { length }] of counts) expect(Math.abs(length - 2_419)).toBeLessThan(500);
    expect(new Set(codes.map(({ secret }) => secret)).size).toBe(codes.length);
    expect(new Set(codes.map(({ selector }) => selector)).size).toBe(codes.length);
  });

  it('is taken apart as it was made', () => {
    for (const code of codes.slice(0, 100)) expect(splitInboundCode(code.selector + code.secret)).toEqual(code);
  });
});

describe('what is kept of a code', () => {
  it('is known again by the same verification, by any process with the same key', () => {
    const beside = new VerificationSecrets({ encryptionKey });
    for (const code of ['000000', '493817', secrets.newInboundCode().secret])
      expect(beside.isRight(VERIFICATION, code, secrets.hash(VERIFICATION, code))).toBe(true);
  });

  it('is right for no other code, whatever it is', () => {
    const kept = secrets.hash(VERIFICATION, '493817');
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^\d{0,7}$/)), (code) => {
        fc.pre(code !== '493817');
        expect(secrets.isRight(VERIFICATION, code, kept)).toBe(false);
      }),
    );
  });

  it('differs by the verification, so that one code is not seen to be another’s', () => {
    expect(secrets.hash(VERIFICATION, '493817')).not.toEqual(secrets.hash(ANOTHER, '493817'));
    expect(secrets.isRight(ANOTHER, '493817', secrets.hash(VERIFICATION, '493817'))).toBe(false);
  });

  it('differs by the key: who has the table alone cannot try all codes', () => {
    const other = new VerificationSecrets({ encryptionKey: randomBytes(32) });
    expect(other.hash(VERIFICATION, '493817')).not.toEqual(secrets.hash(VERIFICATION, '493817'));
    expect(other.isRight(VERIFICATION, '493817', secrets.hash(VERIFICATION, '493817'))).toBe(false);
  });

  it('is 32 bytes in which the code is not', () => {
    const kept = secrets.hash(newId(), '493817');
    expect(kept).toHaveLength(32);
    expect(kept.includes('493817')).toBe(false);
  });

  it('is right for nothing where no code was sent', () => {
    for (const code of ['', '000000', 'null']) expect(secrets.isRight(VERIFICATION, code, null)).toBe(false);
  });
});

it('says at the start that it has no key', () => {
  expect(() => new VerificationSecrets({ encryptionKey: null })).toThrow('no encryption key');
});
