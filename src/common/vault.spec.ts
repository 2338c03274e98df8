import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Vault } from './vault.js';

const KEY = Buffer.alloc(32, 7);
const ACCOUNT = '0190a0a0-0000-7000-8000-000000000001';
const ANOTHER = '0190a0a0-0000-7000-8000-000000000002';
const SECRET = { clientId: 'BRN-1', secretKey: 'SK-very-secret' };

it('opens what it sealed, any text in it', () => {
  const vault = new Vault(KEY);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), (credentials) => {
      const plain = { ...credentials };
      expect(new Vault(KEY).open(ACCOUNT, vault.seal(ACCOUNT, plain))).toEqual(plain);
    }),
  );
});

it('seals the same twice to different bytes, which show nothing of it', () => {
  const vault = new Vault(KEY);
  const [once, twice] = [vault.seal(ACCOUNT, SECRET), vault.seal(ACCOUNT, SECRET)];
  expect(once.bytes.equals(twice.bytes)).toBe(false);
  expect(once.bytes.includes('secret')).toBe(false);
});

it('does not open what was copied into another account’s row', () => {
  const vault = new Vault(KEY);
  expect(() => vault.open(ANOTHER, vault.seal(ACCOUNT, SECRET))).toThrow();
});

it('does not open what another key sealed, and says which one without telling it', () => {
  const other = new Vault(randomBytes(32));
  const sealed = other.seal(ACCOUNT, SECRET);
  expect(() => new Vault(KEY).open(ACCOUNT, sealed)).toThrow(other.keyId);
  expect(() => new Vault(KEY).open(ACCOUNT, { ...sealed, keyId: new Vault(KEY).keyId })).toThrow();
});

it('does not open what was changed in any bit', () => {
  const vault = new Vault(KEY);
  const { bytes, keyId } = vault.seal(ACCOUNT, SECRET);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => vault.open(ACCOUNT, { bytes: changed, keyId })).toThrow();
  }
});

it('does not open what was cut, be it to a proof so short that it can be guessed', () => {
  const vault = new Vault(KEY);
  const { bytes, keyId } = vault.seal(ACCOUNT, SECRET);
  for (let length = 0; length < bytes.length; length++) {
    expect(() => vault.open(ACCOUNT, { bytes: bytes.subarray(0, length), keyId })).toThrow();
  }
});

it('names a key by what tells keys apart and not by any of it', () => {
  const vault = new Vault(KEY);
  expect(vault.keyId).toMatch(/^[0-9a-f]{8}$/);
  expect(KEY.toString('hex')).not.toContain(vault.keyId);
  expect(new Vault(Buffer.alloc(32, 8)).keyId).not.toBe(vault.keyId);
});
