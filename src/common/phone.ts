import { type CountryCode, getCountries, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/**
 * Reads a number as people write it (`0878-2367-8023`, `+62 878…`, `6287…`) into E.164, or null when it is none.
 * Local forms are read with `country` (ISO 3166). One with an extension is none: behind a switchboard nobody has WhatsApp.
 */
export function readPhone(written: string, country: string): string | null {
  if (written.length > 64) return null;
  // What is copied from a page or a contact brings marks of direction and blanks along.
  const text = written.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '').trim();
  // `6287…`: the country code without its plus, the form that providers and spreadsheets use.
  const bare = /^\s*([1-9][\d\s().-]{6,})$/.exec(text);
  const international = bare ? parsePhoneNumberFromString(`+${bare[1]}`, { extract: false }) : undefined;
  const withCode = international?.isValid() ? international : null;
  // Before the local reading: 62 811 209 478 is a mobile of Indonesia, and also a line of its area 628 without the 0,
  // which nobody leaves out.
  if (withCode?.country === country) return withCode.number;
  const asWritten = parsePhoneNumberFromString(text, { defaultCountry: country as CountryCode, extract: false });
  if (asWritten?.isValid()) return asWritten.ext ? null : asWritten.number;
  return withCode?.number ?? null;
}

/** What nobody reads a message on. */
const NO_MOBILE: ReadonlySet<string> = new Set([
  ...['FIXED_LINE', 'PREMIUM_RATE', 'TOLL_FREE', 'SHARED_COST', 'UAN', 'PAGER', 'VOICEMAIL'],
]);

/** Reads a number as readPhone does, and sees to it that a person may carry it with them. */
export function mobilePhone(
  text: string,
  country: string,
): { readonly phone: string; readonly countryCode: string } | 'no number' | 'no mobile' {
  const phone = readPhone(text, country);
  const number = phone === null ? undefined : parsePhoneNumberFromString(phone, { extract: false });
  if (phone === null || !number) return 'no number';
  const type = number.getType();
  if (type !== undefined && NO_MOBILE.has(type)) return 'no mobile';
  return { phone, countryCode: number.countryCallingCode };
}

/** Digits with the country code, as providers write a number, with a plus or without, as E.164; null when it is none. */
export function e164FromDigits(text: string): string | null {
  const digits = text.trim().replace(/^\+/, '');
  return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : null;
}

/** For logs: enough to recognise a number that one already knows, not enough to call it. */
export const maskPhone = (phone: string): string => `${phone.slice(0, 3)}…${phone.slice(-2)}`;

export const isCountry = (code: string): boolean => (getCountries() as string[]).includes(code);
