import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WATCH_TOKEN_PREFIX, type Watched, WatchTokens } from './watch-tokens.js';

const KEY = Buffer.alloc(32, 7);
const WATCHED: Watched = {
  projectId: '0190a0a0-0000-7000-8000-000000000001',
  id: '0190a0a0-0000-7000-8000-000000000002',
};
const ANOTHER = '0190a0a0-0000-7000-8000-000000000003';
const tokens = new WatchTokens({ encryptionKey: KEY });
const token = tokens.make(WATCHED);
const bytes = Buffer.from(token.slice(WATCH_TOKEN_PREFIX.length), 'base64url');
const written = (changed: Buffer): string => WATCH_TOKEN_PREFIX + changed.toString('base64url');

describe('a watch token', () => {
  it('says what may be seen, to every process with the same key', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (projectId, id) => {
        const made = tokens.make({ projectId, id });
        expect(made).toMatch(/^kurir_watch_[\w-]{86}$/);
        expect(new WatchTokens({ encryptionKey: KEY }).read(made)).toEqual({ projectId, id });
      }),
    );
  });

  it('is none with any bit of it changed', () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(tokens.read(written(changed))).toBeNull();
    }
  });

  it('is none with any character of it changed, the last one with its spare bits too', () => {
    for (let place = 0; place < token.length; place++) {
      for (const other of 'AZaz09-_+/= ') {
        if (token[place] === other) continue;
        expect(tokens.read(token.slice(0, place) + other + token.slice(place + 1))).toBeNull();
      }
    }
  });

  it('is none with the project or the verification of another one put into it', () => {
    const others = [
      { ...WATCHED, projectId: ANOTHER },
      { ...WATCHED, id: ANOTHER },
    ].map((other) => Buffer.from(tokens.make(other).slice(WATCH_TOKEN_PREFIX.length), 'base64url'));
    for (const other of others) {
      expect(tokens.read(written(Buffer.concat([other.subarray(0, 32), bytes.subarray(32)])))).toBeNull();
    }
  });

  it('is none that was cut or has something behind it', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(tokens.read(written(bytes.subarray(0, length)))).toBeNull();
    for (let length = 0; length < token.length; length++) expect(tokens.read(token.slice(0, length))).toBeNull();
    for (const more of ['A', 'AA', 'AAAA', '=', ' ', '\n']) expect(tokens.read(token + more)).toBeNull();
  });

  it('is none that another key signed', () => {
    expect(new WatchTokens({ encryptionKey: randomBytes(32) }).read(token)).toBeNull();
  });

  it('is no text that somebody made up', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokens.read(text)).toBeNull();
        expect(tokens.read(WATCH_TOKEN_PREFIX + text)).toBeNull();
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (made) => {
        expect(tokens.read(written(Buffer.from(made)))).toBeNull();
      }),
    );
  });
});
