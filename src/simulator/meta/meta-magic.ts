import { type MagicRow, type MagicRows } from '../behaviour.js';
import { META_CODES, metaError } from './meta-errors.js';

/** The answer is the error. */
const refused = (code: number): MagicRow => {
  const { http, title } = metaError(code);
  return { what: `Meta ${code} ${title}`, behaviour: { refuse: { http, code: String(code), message: title } } };
};

/** The answer is a 200, and the error comes as a `failed` status. */
const failsLater = (code: number): MagicRow => ({
  what: `Meta 200, then failed with ${code}`,
  behaviour: { callbacks: { statuses: [`${code}`] } },
});

/** What the other providers say under these numbers too. */
const SHORT: Readonly<Record<string, number>> = {
  '400': 100,
  '401': 190,
  '403': 10,
  '404': 132001,
  '422': 132000,
  '429': 130429,
  '500': 131000,
};

/** The Graph API's own codes are small: 100,000 more than each, so that 190 is 100190. */
const nameOf = (code: number): string => String(code < 10_000 ? 100_000 + code : code);

/** Every code of Meta's table, answered at once; those of WhatsApp also later, with 2 in place of their first digit. */
export const META_MAGIC: MagicRows = Object.fromEntries([
  ...META_CODES.map((code) => [nameOf(code), refused(code)] as const),
  ...META_CODES.filter((code) => code > 130_000).map(
    (code) => [`2${String(code).slice(1)}`, failsLater(code)] as const,
  ),
  ...Object.entries(SHORT).map(([name, code]) => [name, refused(code)] as const),
]);
