import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arrayOf,
  boundedCopy,
  integerOf,
  millisecondsOf,
  nameOf,
  objectOf,
  objectsOf,
  parseObject,
  secondsOf,
  textOf,
  wordsOf,
  type JsonObject,
} from './untrusted-json.js';
import { isDeeperThan, unstorableAt } from './text.js';

describe('a body', () => {
  it.each(['', 'null', '[]', '"{}"', '{"a":1', '<html>', '\u0000'])('of %j is no object', (body) => {
    expect(parseObject(Buffer.from(body))).toBeNull();
  });

  it('that is an object is read as it is', () => {
    expect(parseObject(Buffer.from(' {"a":[1,{"b":null}]}\n'))).toEqual({ a: [1, { b: null }] });
  });

  it('of any bytes and any depth is read without throwing', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseObject(Buffer.from(bytes))));
    expect(parseObject(Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`))).toBeNull();
  });
});

describe('a part', () => {
  it.each([null, undefined, 'a', 1, true, [], [{}]])('that is %j is no object', (value) => {
    expect(objectOf(value)).toBeNull();
  });

  it('that is no array has no elements', () => {
    expect([arrayOf(null), arrayOf({ 0: 'a' }), arrayOf('ab')]).toEqual([[], [], []]);
  });

  it('that is an array keeps its elements in their places, and of objects alone leaves the rest out', () => {
    const mixed = [null, { a: 1 }, 'b', [{}], { c: 2 }];
    expect(arrayOf(mixed)).toEqual(mixed);
    expect(objectsOf(mixed)).toEqual([{ a: 1 }, { c: 2 }]);
  });
});

describe('a text', () => {
  it.each([
    ['40001', '40001'],
    [40001, '40001'],
    [0, '0'],
    [' sent ', ' sent '],
    ['', null],
    [' \t', null],
    [null, null],
    [true, null],
    [['a'], null],
    [{}, null],
  ])('of %j is %j', (value, expected) => {
    expect(textOf(value)).toBe(expected);
  });
});

describe('words', () => {
  it('keep their blanks, and lose what the database cannot hold', () => {
    expect([wordsOf(' ya,\n\0 '), wordsOf(' '), wordsOf('a\ud800')]).toEqual([' ya,\n\uFFFD ', ' ', 'a\uFFFD']);
  });

  it.each(['', null, undefined, 7, true, {}, ['a']])('are none in %j', (value) => {
    expect(wordsOf(value)).toBeNull();
  });

  it('that have no end are cut, names of one line sooner', () => {
    expect(wordsOf('x'.repeat(100_000))).toHaveLength(65_536);
    expect(nameOf('x'.repeat(100_000))).toHaveLength(255);
  });
});

describe('a whole number', () => {
  it.each([
    [0, 0],
    [131047, 131047],
    ['131047', 131047],
    [' 200 ', 200],
    [-1, null],
    [1.5, null],
    ['1e3', null],
    [1_000_000_000, null],
    ['', null],
    [null, null],
    [[5], null],
  ])('of %j is %j', (value, expected) => {
    expect(integerOf(value)).toBe(expected);
  });
});

describe('a moment', () => {
  const at = new Date('2019-07-20T09:21:51Z');

  it.each([1563614511, '1563614511', ' 1563614511 ', '1563614511.0'])('is read of the seconds %j', (value) => {
    expect(secondsOf(value)).toEqual(at);
  });

  it('keeps the fraction of a second, to the millisecond', () => {
    expect(secondsOf('1563614511.0429')).toEqual(new Date(at.getTime() + 42));
  });

  it.each([1563614511000, '1563614511000'])('is read of the milliseconds %j', (value) => {
    expect(millisecondsOf(value)).toEqual(at);
  });

  it.each([0, '0', -5, 1e300, '9'.repeat(400), '', '2019-07-20', 'NaN', null, true, {}])('is none in %j', (value) => {
    expect([secondsOf(value), millisecondsOf(value)]).toEqual([null, null]);
  });

  it('is valid or none, whatever the number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.bigInt({ min: 0n }).map(String)), (value) => {
        for (const moment of [secondsOf(value), millisecondsOf(value)]) {
          if (moment !== null) expect(moment.toJSON()).toMatch(/^\d{4}-/);
        }
      }),
    );
  });

  it('is none past the year 9999, which the database would not read', () => {
    expect(millisecondsOf(253_402_300_799_999)?.toJSON()).toBe('9999-12-31T23:59:59.999Z');
    expect([millisecondsOf(253_402_300_800_000), secondsOf(1_692_847_205_385)]).toEqual([null, null]);
  });
});

describe('a bounded copy', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 'x' : [nested(levels - 1)]);

  it('is the same where the database can hold all of it', () => {
    const value = JSON.parse(
      '{"type":"order","items":[{"id":1,"on":true,"of":null}],"__proto__":{"a":"é"}}',
    ) as JsonObject;
    expect(JSON.stringify(boundedCopy(value))).toBe(JSON.stringify(value));
  });

  it('has its texts and its names mended', () => {
    expect(boundedCopy({ 'a\0': ['\ud800', { b: '\0' }] })).toEqual({ 'a\uFFFD': ['\uFFFD', { b: '\uFFFD' }] });
  });

  it('is none of what has more than 20 levels, the object itself the first', () => {
    expect(boundedCopy({ a: nested(19) })).not.toBeNull();
    expect(boundedCopy({ a: nested(20) })).toBeNull();
    const deep = JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`) as JsonObject;
    expect(boundedCopy(deep)).toBeNull();
  });

  it('is none of what has more bytes than are kept', () => {
    const around = Buffer.byteLength('{"a":""}');
    expect(boundedCopy({ a: 'é'.repeat((8 * 1024 - around) / 2) })).not.toBeNull();
    expect(boundedCopy({ a: 'é'.repeat((8 * 1024 - around) / 2) + 'x' })).toBeNull();
    expect(boundedCopy({ a: 'x'.repeat(8 * 1024) }, 64 * 1024)).not.toBeNull();
  });

  it('can be stored, whatever it is of', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ noUnicodeString: false, maxDepth: 2 }), {
          maxKeys: 3,
        }),
        (value) => {
          const copy = boundedCopy(value);
          expect(copy === null || (unstorableAt(copy) === null && !isDeeperThan(20, copy))).toBe(true);
        },
      ),
    );
  });
});
