import { parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { CurrencyScalar, DateTimeScalar, JsonObjectScalar, MinorUnitsScalar, UrlScalar } from './scalars.js';

describe('DateTime', () => {
  it.each([
    ['2026-03-01T09:30:00Z', '2026-03-01T09:30:00.000Z'],
    ['2026-03-01T16:30:00.5+07:00', '2026-03-01T09:30:00.500Z'],
    ['2028-02-29t00:00:00z', '2028-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000Z'],
  ])('reads %s as %s', (written, read) => {
    expect(DateTimeScalar.serialize(DateTimeScalar.parseValue(written))).toBe(read);
  });

  it.each([
    '2026-03-01',
    '2026-03-01T09:30:00',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-03-00T00:00:00Z',
    '2026-03-01T24:00:00Z',
    'tomorrow',
    '',
    1772357400000,
    null,
  ])('refuses %j', (written) => {
    expect(() => DateTimeScalar.parseValue(written)).toThrow('RFC 3339');
  });
});

describe('URL', () => {
  it('keeps what was written, letter by letter', () => {
    expect(UrlScalar.parseValue('https://Shop.example')).toBe('https://Shop.example');
  });

  it.each(['/path', 'shop.example', '', `https://shop.example/${'x'.repeat(2048)}`, 7])('refuses %j', (written) => {
    expect(() => UrlScalar.parseValue(written)).toThrow('absolute');
  });
});

describe('JSONObject', () => {
  it.each([[['a']], ['a'], [1], [true]])('refuses %j', (written) => {
    expect(() => JsonObjectScalar.parseValue(written)).toThrow('object');
  });
});

describe('MinorUnits', () => {
  it.each([
    [0, 0n],
    [3_000_000_000, 3_000_000_000n],
    [9007199254740991, 9007199254740991n],
    ['0', 0n],
    ['1234', 1234n],
    ['9007199254740991', 9007199254740991n],
    ['0012', 12n],
  ])('are read from %j', (written, units) => {
    expect(MinorUnitsScalar.parseValue(written)).toBe(units);
  });

  it.each([
    ...[-1, 0.5, 9007199254740992, 1e300, Number.NaN, Number.POSITIVE_INFINITY],
    ...[
      '',
      ' 1',
      '1 ',
      '+1',
      '-1',
      '1.0',
      '1e3',
      '0x10',
      '1_000',
      '1,000',
      '１２',
      '9007199254740992',
      '9'.repeat(5_000),
    ],
    ...[null, true, [], [1], {}],
  ])('refuse %j', (written) => {
    expect(() => MinorUnitsScalar.parseValue(written)).toThrow('whole number');
  });

  it.each([
    ['1234', 1234n],
    ['"1234"', 1234n],
    ['9007199254740991', 9007199254740991n],
  ])('are read from the literal %s', (written, units) => {
    expect(MinorUnitsScalar.parseLiteral(parseValue(written))).toBe(units);
  });

  it.each(['1.0', '1e3', '-1', '9007199254740992', 'ONE', 'true', '[1]', '{a: 1}'])(
    'refuse the literal %s',
    (written) => {
      expect(() => MinorUnitsScalar.parseLiteral(parseValue(written))).toThrow('whole number');
    },
  );

  it('are answered as a JSON number', () => {
    expect(JSON.stringify(['0', '9007199254740991', 12n].map((units) => MinorUnitsScalar.serialize(units)))).toBe(
      '[0,9007199254740991,12]',
    );
  });
});

describe('Currency', () => {
  it('is a code in three capitals', () => {
    expect(CurrencyScalar.parseValue('IDR')).toBe('IDR');
    expect(CurrencyScalar.parseLiteral(parseValue('"INR"'))).toBe('INR');
  });

  it.each(['idr', 'Rp', 'RUPIAH', '', ' IDR', 360, null])('refuses %j', (written) => {
    expect(() => CurrencyScalar.parseValue(written)).toThrow('ISO 4217');
  });

  it('refuses a literal that is no string', () => {
    expect(() => CurrencyScalar.parseLiteral(parseValue('IDR'))).toThrow('ISO 4217');
  });
});
