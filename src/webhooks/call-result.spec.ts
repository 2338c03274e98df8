import { describe, expect, it } from 'vitest';
import { DAY, later, MINUTE, SECOND } from '../common/clock.js';
import { readResult } from './call-result.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const answer = (status: number, retryAfter?: string, body: Buffer | string = ''): ReturnType<typeof readResult> => {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return readResult({ kind: 'answer', status, headers, body: Buffer.from(body) }, NOW);
};

describe('an answer', () => {
  it.each([200, 201, 202, 204, 226, 299])('of %i confirms, and says nothing more', (status) => {
    expect(answer(status, '60', 'thanks')).toEqual({
      ...{ outcome: 'delivered', slowDown: false, retryAfterMs: 0 },
      ...{ responseStatus: status, responseBody: 'thanks', error: null },
    });
  });

  it.each([400, 401, 403, 404, 409, 413, 418, 500, 501, 505, 599])(
    'of %i does not, and its status says why',
    (status) => {
      expect(answer(status, undefined, 'no')).toEqual({
        ...{ outcome: 'failed', slowDown: false, retryAfterMs: 0 },
        ...{ responseStatus: status, responseBody: 'no', error: null },
      });
    },
  );

  it.each([300, 301, 302, 303, 307, 308, 399])('of %i does not, and a sentence says how to mend it', (status) => {
    expect(answer(status)).toMatchObject({
      ...{ outcome: 'failed', slowDown: false, responseStatus: status },
      error: 'A redirect is not followed: give the address that it leads to.',
    });
  });

  it('of 410 says that it is gone', () => {
    expect(answer(410, undefined, 'bye')).toMatchObject({ outcome: 'gone', responseStatus: 410, responseBody: 'bye' });
  });

  it.each([429, 502, 504])('of %i asks for less', (status) => {
    expect(answer(status)).toMatchObject({
      outcome: 'failed',
      slowDown: true,
      retryAfterMs: 0,
      responseStatus: status,
    });
  });

  it('of 503 asks for less where it says for how long', () => {
    expect(answer(503, '7')).toMatchObject({ outcome: 'failed', slowDown: true, retryAfterMs: 7 * SECOND });
    expect(answer(503, '0')).toMatchObject({ outcome: 'failed', slowDown: true, retryAfterMs: 0 });
    expect(answer(503)).toMatchObject({ outcome: 'failed', slowDown: false, retryAfterMs: 0 });
    expect(answer(503, 'soon')).toMatchObject({ outcome: 'failed', slowDown: false, retryAfterMs: 0 });
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120 * SECOND],
    [later(NOW, 5 * MINUTE).toUTCString(), 5 * MINUTE],
    ['999999999', DAY],
    [later(NOW, 400 * DAY).toUTCString(), DAY],
    [later(NOW, -MINUTE).toUTCString(), 0],
    ['-5', 0],
    ['1.5', 0],
    ['soon', 0],
    ['', 0],
    ['2026-03-01T12:05:00Z', 0],
    ['9'.repeat(400), 0],
  ])('of %j is %i ms', (written, ms) => {
    expect(answer(429, written).retryAfterMs).toBe(ms);
  });

  it.each([400, 404, 410, 302, 500])('is heard with a failure of any kind: %i', (status) => {
    expect(answer(status, '30')).toMatchObject({ retryAfterMs: 30 * SECOND, slowDown: false });
  });
});

describe('a call without an answer', () => {
  it.each([
    ['unreachable', 'the connection was refused', 'The connection was refused.'],
    ['broken', 'the answer did not end in time', 'The answer did not end in time.'],
    ['broken', 'étrange', 'Étrange.'],
  ] as const)('that was %s failed, with a sentence: %s', (kind, reason, error) => {
    expect(readResult({ kind, reason }, NOW)).toEqual({
      ...{ outcome: 'failed', slowDown: false, retryAfterMs: 0, responseStatus: null, responseBody: null },
      error,
    });
  });
});

describe('the body that is kept', () => {
  it.each([200, 500])('of a %i is its first 4 KiB', (status) => {
    expect(answer(status, undefined, 'x'.repeat(5_000)).responseBody).toBe('x'.repeat(4_096));
  });

  it.each(['é', '試', '😀'])('ends with a whole character, wherever the reading of it stopped: %s', (character) => {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const read = Buffer.from(before + character.repeat(4_096)).subarray(0, 4_096);
      const fit = Math.floor((4_096 - before.length) / Buffer.byteLength(character));
      expect(answer(200, undefined, read).responseBody).toBe(before + character.repeat(fit));
    }
  });

  it('is none of what a database cannot hold', () => {
    expect(answer(200, undefined, Buffer.from([0x61, 0, 0xff, 0x62])).responseBody).toBe('a\ufffd\ufffdb');
  });

  it('is an empty one where the answer is', () => {
    expect(answer(204).responseBody).toBe('');
  });
});
