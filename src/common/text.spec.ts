import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginningOf, canonicalJson, isDeeperThan, unstorableAt } from './text.js';

describe('a string that cannot be stored', () => {
  it.each(['a\0b', '\ud83d', '\ude00', 'x\ud83dx'])('%j is found at its path', (bad) => {
    expect(unstorableAt({ content: { template: { params: ['fine', bad] } } })).toBe('content.template.params.1');
  });

  it.each(['a\0b', '\ud83d'])('%j is found as a key', (bad) => {
    expect(unstorableAt({ metadata: { [bad]: 1 } })).toBe(`metadata.${bad}`);
  });

  it('is found wherever it stands in any value, and nothing else is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const bad = Object.values({ value }).some((one) => /\\u0000|\\ud[89a-f]/.test(JSON.stringify(one)));
        // A backslash that was written as such is not an escape.
        fc.pre(!JSON.stringify(value).includes('\\\\'));
        expect(unstorableAt({ value }) !== null).toBe(bad);
      }),
    );
  });

  it.each(['', 'é', '👩‍👩‍👧', '\t\n', '\ufffd', '\ud83d\ude00'])('%j is none', (text) => {
    expect(unstorableAt({ text, list: [text, 1, true, null], at: new Date(0) })).toBeNull();
  });
});

describe('a value nested deeper than any stack', () => {
  const nested = (levels: number): unknown => {
    let value: unknown = 'core';
    for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value };
    return value;
  };

  it('is refused as one that cannot be stored', () => {
    expect(unstorableAt(nested(100_000))).not.toBeNull();
    expect(unstorableAt(nested(1_000))).toBeNull();
  });

  it('is told from one that is not', () => {
    expect(isDeeperThan(1_000, nested(100_000))).toBe(true);
    expect([isDeeperThan(10, nested(10)), isDeeperThan(10, nested(11)), isDeeperThan(0, 'core')]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('canonical JSON', () => {
  it('is the same however the keys of its objects are ordered', () => {
    const reordered = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reordered)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, inner]) => [key, reordered(inner)]),
            )
          : value;
    fc.assert(fc.property(fc.jsonValue(), (value) => canonicalJson(value) === canonicalJson(reordered(value))));
  });

  it('reads back as what it was made of', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('keeps the order of lists and writes dates as times', () => {
    expect(canonicalJson({ b: [2, 1], a: new Date(0) })).toBe('{"a":"1970-01-01T00:00:00.000Z","b":[2,1]}');
  });
});

describe('the beginning of a text', () => {
  it('is the whole of one that takes so many bytes as JSON', () => {
    expect(beginningOf('é"', 6)).toBe('é"');
    expect(beginningOf('', 2)).toBe('');
  });

  it('takes no more bytes, and is none but its beginning', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 2, max: 300 }), (text, bytes) => {
        const kept = beginningOf(text, bytes);
        expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThanOrEqual(bytes);
        expect(kept.isWellFormed()).toBe(true);
        // A character that the cut went through is shown as one that is not there.
        expect(text.startsWith(kept.replace(/\ufffd$/, ''))).toBe(true);
      }),
    );
  });
});
