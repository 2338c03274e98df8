/**
 * Money as the rails use it: a whole number of minor units and an ISO 4217 code. Sums are made with BigInt; rows, JSON and
 * what lies between rooms hold the number in digits, for no JSON keeps a BigInt and no float is ever one of ours.
 */

/** Whole minor units in digits: `1234` is INR 12.34, `10000` is Rp10.000. */
export type Digits = string;

/** The greatest that a JSON number holds exactly. */
export const MOST_MINOR_UNITS = BigInt(Number.MAX_SAFE_INTEGER);

/** Whether it is written like a code of ISO 4217. There is no list of them here, for the list changes. */
export const isCurrency = (code: string): boolean => /^[A-Z]{3}$/.test(code);

/** Digits after the point in people's writing. The rails use none for the rupiah, though ISO 4217 has two. */
const DECIMALS: ReadonlyMap<string, number> = new Map([
  ['INR', 2],
  ['IDR', 0],
]);
const USUAL_DECIMALS = 2;

/** How many digits stand after the point in people's writing; of what is no code, as many as with most. */
export function decimalsOf(currency: string): number {
  const known = DECIMALS.get(currency);
  if (known !== undefined) return known;
  // A rail may name anything, and Intl throws where that is no code.
  if (!isCurrency(currency)) return USUAL_DECIMALS;
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  return maximumFractionDigits ?? USUAL_DECIMALS;
}

/** Made once for each currency: making one takes longer than a hundred uses. */
const FORMATS = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string, decimals: number): Intl.NumberFormat {
  const made = FORMATS.get(currency);
  if (made) return made;
  const locale = currency === 'IDR' ? 'id-ID' : 'en-IN';
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: decimals });
  FORMATS.set(currency, format);
  return format;
}

/**
 * As people of the currency's country write it: `₹1,00,000.00`, `Rp3.000.000.000`. The amount is not negative; it may be
 * greater than a float holds. Throws a RangeError for a currency that is no code (isCurrency).
 */
export function writeMoney(value: bigint | Digits, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = String(value).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const number = decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
  const written = formatOf(currency, decimals).format(number as Intl.StringNumericLiteral);
  return written.replace(/\p{Zs}/gu, '');
}
