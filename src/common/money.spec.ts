import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalsOf, isCurrency, MOST_MINOR_UNITS, writeMoney } from './money.js';

describe('money as people write it', () => {
  it.each([
    [10_000n, 'IDR', 'Rp10.000'],
    [3_000_000_000n, 'IDR', 'Rp3.000.000.000'],
    [0n, 'IDR', 'Rp0'],
    [1_234n, 'INR', '₹12.34'],
    [5n, 'INR', '₹0.05'],
    [0n, 'INR', '₹0.00'],
    [10_000_000n, 'INR', '₹1,00,000.00'],
    [MOST_MINOR_UNITS, 'INR', '₹9,00,71,99,25,47,409.91'],
    [MOST_MINOR_UNITS, 'IDR', 'Rp9.007.199.254.740.991'],
    [1_234n, 'KWD', 'KWD1.234'],
  ])('%s of %s is %s', (value, currency, written) => {
    expect(writeMoney(value, currency)).toBe(written);
    expect(writeMoney(String(value), currency)).toBe(written);
  });

  it('has every digit, also where a float would lose some', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.constantFrom('IDR', 'INR'), (value, currency) => {
        expect(BigInt(writeMoney(value, currency).replace(/\D/g, ''))).toBe(value);
      }),
    );
  });
});

it.each([
  ['INR', 2],
  ['IDR', 0],
  ['USD', 2],
  ['JPY', 0],
  ['KWD', 3],
  ['rupiah', 2],
  ['', 2],
])('of %j the digits after the point are %i', (currency, decimals) => {
  expect(decimalsOf(currency)).toBe(decimals);
});

it('a currency is known by its three capitals', () => {
  expect(['IDR', 'INR', 'XTS'].every(isCurrency)).toBe(true);
  for (const other of ['', 'idr', 'Rp', 'IDRX', 'ID', 'IDR\n', 'ÎDR', '360']) expect(isCurrency(other)).toBe(false);
});
