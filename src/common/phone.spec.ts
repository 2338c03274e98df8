import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { e164FromDigits, isCountry, maskPhone, mobilePhone, readPhone } from './phone.js';

describe('a number as people write it in Indonesia', () => {
  it.each([
    '0878-2367-8023',
    '087823678023',
    '(0878) 2367 8023',
    '0878.2367.8023',
    '0878–2367–8023',
    '  0878-2367-8023  ',
    '87823678023',
    '+62 878 2367 8023',
    '  +62 878 2367 8023',
    '\u202a+62\u200e878 2367 8023\u202c',
    '+62-878-2367-8023',
    '+62 (0)878 2367 8023',
    '+62‑878‑2367‑8023',
    '62\u00a0878\u00a02367\u00a08023',
    '6287823678023',
    '62 878-2367-8023',
    '＋６２８７８２３６７８０２３',
  ])('%j is read', (text) => {
    expect(readPhone(text, 'ID')).toBe('+6287823678023');
  });

  it('is read with its area code too, for firms have WhatsApp on such lines', () => {
    expect(readPhone('021-5550123', 'ID')).toBe('+62215550123');
  });
});

describe('a number as people write it in India', () => {
  it.each([
    '98765 43210',
    '098765 43210',
    '98765-43210',
    '919876543210',
    '91 98765 43210',
    '+91 98765 43210',
    '+91-98765-43210',
    '00 91 98765 43210',
  ])('%j is read', (text) => {
    expect(readPhone(text, 'IN')).toBe('+919876543210');
  });

  it('is read from Indonesia when it has its country code', () => {
    expect(readPhone('+91 98765 43210', 'ID')).toBe('+919876543210');
    expect(readPhone('919876543210', 'ID')).toBe('+919876543210');
    expect(readPhone('098765 43210', 'ID')).toBeNull();
  });
});

describe('what is no number', () => {
  it.each([
    ['nothing', ''],
    ['a plus', '+'],
    ['a country code alone', '62'],
    ['an emergency number', '110'],
    ['letters', 'call me'],
    ['a number in letters', '0800FLOWERS'],
    ['a number within a sentence', 'my number is 0878-2367-8023'],
    ['two numbers', '0878-2367-8023, 0878-2367-8024'],
    ['one digit too few of a mobile', '+62 878 23'],
    ['digits too many', '+62878236780230000'],
    ['the prefix of another country for abroad', '0062 878 2367 8023'],
    ['an extension', '+62 878 2367 8023 ext. 5'],
    ['an extension, short', '+6287823678023x5'],
    ['an extension of a local number', '0878 2367 8023 #5'],
    ['a link', 'tel:+6287823678023'],
    ['a plus in the middle', '62+87823678023'],
    ['another line below', '0878-2367-8023\n0878-2367-8024'],
    ['more than a number can be', '0'.repeat(65)],
  ])('%s is refused', (_what, text) => {
    expect(readPhone(text, 'ID')).toBeNull();
  });
});

it('reads what it answered as itself, whatever it was given', () => {
  const piece = fc.constantFrom(
    '0',
    '1',
    '2',
    '5',
    '6',
    '7',
    '8',
    '9',
    '+',
    ' ',
    '-',
    '(',
    ')',
    '.',
    'x',
    '٣',
    '\u202a',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
      fc.constantFrom('ID', 'IN', 'US'),
      (text, country) => {
        const read = readPhone(text, country);
        if (read === null) return;
        expect(read).toMatch(/^\+[1-9]\d{6,14}$/);
        expect(readPhone(read, 'ID')).toBe(read);
        expect(e164FromDigits(read)).toBe(read);
      },
    ),
    { numRuns: 2_000 },
  );
});

it('reads a mobile of its own country without the plus as that mobile, short old ones too', () => {
  expect(readPhone('62811209478', 'ID')).toBe('+62811209478');
  const digits = (min: number, max: number): fc.Arbitrary<string> =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((list) => list.join(''));
  const mobile = fc.oneof(
    digits(7, 10).map((rest) => ['ID', `+628${rest}`] as const),
    digits(9, 9).map((rest) => ['IN', `+919${rest}`] as const),
  );
  fc.assert(
    fc.property(mobile, ([country, e164]) => {
      fc.pre(readPhone(e164, country) === e164);
      expect(readPhone(e164.slice(1), country)).toBe(e164);
    }),
    { numRuns: 1_000 },
  );
});

it('takes a long senseless text without thinking about it for long', () => {
  expect(readPhone('+'.repeat(4_000_000), 'ID')).toBeNull();
});

describe('a number that a person carries', () => {
  it.each([
    ['a mobile of Indonesia', '0878-2367-8023', 'ID', '+6287823678023', '62'],
    ['a short old one', '62811209478', 'ID', '+62811209478', '62'],
    ['a mobile of India', '98765 43210', 'IN', '+919876543210', '91'],
    ['a mobile of another country', '+65 8123 4567', 'ID', '+6581234567', '65'],
    ['of a country whose numbers do not say what they are', '+1 212 555 0123', 'ID', '+12125550123', '1'],
  ])('is %s', (_what, text, country, phone, countryCode) => {
    expect(mobilePhone(text, country)).toEqual({ phone, countryCode });
  });

  it.each([
    ['a landline', '021-5550123', 'ID'],
    ['a landline of India', '011 2345 6789', 'IN'],
    ['a landline of another country', '+44 20 7946 0958', 'ID'],
    ['a premium rate', '0809 1 234567', 'ID'],
    ['a premium rate of all countries', '+979 123 456 789', 'ID'],
    ['free to call', '0800 1 234567', 'ID'],
    ['free to call from all countries', '+800 1234 5678', 'ID'],
    ['of a shared cost', '0804 1 234567', 'ID'],
    ['a hotline', '+62 1500 123', 'ID'],
    ['a pager', '+44 7640 123456', 'ID'],
  ])('is none that is %s, which is a number all the same', (_what, text, country) => {
    expect(mobilePhone(text, country)).toBe('no mobile');
    expect(readPhone(text, country)).not.toBeNull();
  });

  it.each(['', 'call me', '62', '+62 878 23', '098765 43210', '+6287823678023x5', '0'.repeat(65)])(
    'is not %j, which is no number',
    (text) => {
      expect(mobilePhone(text, 'ID')).toBe('no number');
    },
  );
});

describe('digits from a provider', () => {
  it.each([
    ['6287823678023', '+6287823678023'],
    ['+6287823678023', '+6287823678023'],
    ['087823678023', null],
    ['62', null],
    ['1'.repeat(16), null],
    ['ID.13491208655302741918', null],
    ['', null],
  ])('%j are %j', (text, expected) => {
    expect(e164FromDigits(text)).toBe(expected);
  });
});

it('masks all of a number but what tells it from another one that one knows', () => {
  expect(maskPhone('+6287823678023')).toBe('+62…23');
});

it('knows countries by their ISO code in capitals', () => {
  expect([isCountry('ID'), isCountry('IN'), isCountry('id'), isCountry('XX'), isCountry('')]).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
