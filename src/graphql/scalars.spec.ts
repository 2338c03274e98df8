import { describe, expect, it } from 'vitest';
import { DateTimeScalar, JsonObjectScalar, UrlScalar } from './scalars.js';

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
