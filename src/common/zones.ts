/// <reference lib="esnext.intl" />
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/**
 * Where a country has several zones the one in which most of its people live; neither a mobile number nor anything else that
 * we know of a person says more. Beside them countries that the machine's table leaves out, or knows by a name given up.
 */
const PRINCIPAL: Readonly<Record<string, string>> = {
  AC: 'Atlantic/St_Helena',
  AR: 'America/Argentina/Buenos_Aires',
  AU: 'Australia/Sydney',
  BR: 'America/Sao_Paulo',
  CA: 'America/Toronto',
  CD: 'Africa/Kinshasa',
  CL: 'America/Santiago',
  CN: 'Asia/Shanghai',
  CY: 'Asia/Nicosia',
  DE: 'Europe/Berlin',
  EC: 'America/Guayaquil',
  ER: 'Africa/Asmara',
  ES: 'Europe/Madrid',
  FM: 'Pacific/Chuuk',
  FO: 'Atlantic/Faroe',
  GL: 'America/Nuuk',
  ID: 'Asia/Jakarta',
  IN: 'Asia/Kolkata',
  KI: 'Pacific/Tarawa',
  KZ: 'Asia/Almaty',
  MH: 'Pacific/Majuro',
  MM: 'Asia/Yangon',
  MN: 'Asia/Ulaanbaatar',
  MX: 'America/Mexico_City',
  MY: 'Asia/Kuala_Lumpur',
  NP: 'Asia/Kathmandu',
  NZ: 'Pacific/Auckland',
  PF: 'Pacific/Tahiti',
  PG: 'Pacific/Port_Moresby',
  PS: 'Asia/Hebron',
  PT: 'Europe/Lisbon',
  RU: 'Europe/Moscow',
  TA: 'Atlantic/St_Helena',
  UA: 'Europe/Kyiv',
  US: 'America/New_York',
  UZ: 'Asia/Tashkent',
  VN: 'Asia/Ho_Chi_Minh',
  XK: 'Europe/Belgrade',
};

const zones = new Map<string, string>();

/**
 * The IANA time zone by which a person is taken to live: that of the number's country, and of its most populous part where
 * the country has several. A person without a number has the country that Meta puts before an id of its own ("ID.1349…").
 * UTC where neither says a country.
 */
export function zoneOf(person: string): string {
  const country = person.startsWith('+') ? countryOf(person) : /^([A-Z]{2})\./.exec(person)?.[1];
  if (!country) return 'UTC';
  let zone = zones.get(country);
  if (zone === undefined) zones.set(country, (zone = zoneOfCountry(country as CountryCode)));
  return zone;
}

/** The zone's name in its usual case, or null when the time zone database has none of that name. */
export function readZone(name: string): string | null {
  // An offset such as +07:00 is none: what it stands for is a name of the database too, Etc/GMT-7.
  if (!/^[a-z]/i.test(name)) return null;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch {
    return null;
  }
}

function countryOf(phone: string): string | undefined {
  const number = parsePhoneNumberFromString(phone, { extract: false });
  // A number that is not in use yet may be of any country with its code; the first is the one that the code is known for.
  return number?.country ?? number?.getPossibleCountries()[0];
}

/** ISO 3166, two letters, of which a provider may name one that the machine does not know. */
function zoneOfCountry(country: CountryCode): string {
  return PRINCIPAL[country] ?? new Intl.Locale(`und-${country}`).getTimeZones()?.[0] ?? 'UTC';
}
