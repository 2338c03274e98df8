import { describe, expect, it } from 'vitest';
import {
  headerValueProblem,
  keptBody,
  keptHeaders,
  keptResponse,
  referenceOf,
  retryAfterMs,
  storable,
  unanswered,
} from './http-text.js';

describe('a kept body', () => {
  it('is cut at 4 KiB between two characters', () => {
    const kept = keptBody(Buffer.from(`a${'é'.repeat(4_000)}`));
    expect(Buffer.byteLength(kept)).toBe(4095);
    expect(kept).not.toContain('\uFFFD');
  });

  it.each([
    ['cut here', 4_000],
    ['of which no more than 4 KiB were read', 4_096],
  ])('has none of a character that the cut went through: one that was %s', (_which, read) => {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const whole = Buffer.from(before + '😀'.repeat(read));
      const kept = keptBody(read === 4_096 ? whole.subarray(0, read) : whole);
      expect(kept).toBe(before + '😀'.repeat(Math.floor((4_096 - before.length) / 4)));
    }
  });

  it('has its secrets masked, one across the cut too', () => {
    const secret = 's3cret-of-the-account';
    expect(keptBody(Buffer.from(`{"key":"${secret}"}`), [secret])).toBe('{"key":"***"}');
    expect(keptBody(Buffer.from('x'.repeat(4_090) + secret + 'x'.repeat(100)), [secret])).not.toContain('s3c');
  });

  it('has a secret masked that a JSON writer escaped', () => {
    expect(keptBody(Buffer.from(String.raw`{"key":"ab\/cd"}`), ['ab/cd'])).toBe('{"key":"***"}');
  });

  it('has no NUL', () => {
    expect(keptBody(Buffer.from('a\0b'))).toBe('a\uFFFDb');
  });
});

describe('kept headers', () => {
  it('have no cookie and no secret', () => {
    const kept = keptHeaders({ 'set-cookie': 'session=1', echo: 'Bearer abc', date: 'today' }, ['abc']);
    expect(kept).toEqual({ 'set-cookie': '***', echo: 'Bearer ***', date: 'today' });
  });
});

describe('a kept response', () => {
  it('has its status, and no secret in its headers or its body', () => {
    const headers = { echo: 'Bearer abc' };
    expect(keptResponse({ kind: 'answer', status: 401, headers, body: Buffer.from('no abc') }, ['abc'])).toEqual({
      status: 401,
      headers: { echo: 'Bearer ***' },
      body: 'no ***',
    });
  });

  it('is none where there was no answer', () => {
    expect(keptResponse({ kind: 'broken', reason: 'time ran out' }, [])).toBeNull();
  });
});

describe('a call without an answer', () => {
  it.each([
    ['unreachable', 'deferred', 'Kabar could not be reached: x'],
    ['broken', 'uncertain', 'The call to Kabar broke off, it may have been taken: x'],
  ] as const)('that was %s is %s', (kind, outcome, message) => {
    expect(unanswered('Kabar', { kind, reason: 'x' })).toMatchObject({
      outcome,
      failure: { code: 'PROVIDER_UNAVAILABLE', message },
    });
  });
});

describe('words of a provider', () => {
  it('are made storable: no NUL, no half of a character, not endless', () => {
    expect(storable('a\0b\uD800')).toBe('a\uFFFDb\uFFFD');
    expect(storable('x'.repeat(5_000))).toHaveLength(1024);
    expect(storable(null)).toBeNull();
  });

  it.each(['a\0b', 'a\nb', '\uD800', 'x'.repeat(256)])(
    'are no reference when they could not be found again: %j',
    (text) => {
      expect(referenceOf(text)).toBeNull();
    },
  );
});

describe('Retry-After', () => {
  const now = new Date('2024-05-31T16:08:37Z');
  it.each([
    ['0', 0],
    ['12', 12_000],
    ['999999999', 86_400_000],
    ['Fri, 31 May 2024 16:08:47 GMT', 10_000],
    ['Fri, 31 May 2024 16:00:00 GMT', 0],
    ['1.5', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])('%j is a wait of %j ms', (value, expected) => {
    expect(retryAfterMs(value, now)).toBe(expected);
  });
});

describe('a header value', () => {
  it.each(['', 'a b', 'a\r\nX: y', 'é', 'x'.repeat(513)])('%j is refused', (value) => {
    expect(headerValueProblem(value)).toBeTypeOf('string');
  });

  it('of visible ASCII is fine', () => {
    expect(headerValueProblem('SK-Paychat/Test+Secret01=')).toBeUndefined();
  });
});
