/// <reference lib="esnext.intl" />
import { getCountries } from 'libphonenumber-js/max';
import { describe, expect, it } from 'vitest';
import { readZone, zoneOf } from './zones.js';

describe('the time zone of a person', () => {
  it.each([
    ['of the one zone that a country has', '+6591234567', 'Asia/Singapore'],
    ['of the most populous part of Indonesia', '+6287823678023', 'Asia/Jakarta'],
    ['of the most populous part of Brazil', '+5511961234567', 'America/Sao_Paulo'],
    ['by the name in use, where the machine knows an old one', '+919876543210', 'Asia/Kolkata'],
    ['of Canada, which has the code of the United States', '+16132345678', 'America/Toronto'],
    ['of Kazakhstan, which has the code of Russia', '+77010001234', 'Asia/Almaty'],
    ['of the country that a code is known for, where the number is in no use', '+15550001111', 'America/New_York'],
    ['of the country in the id of a person without a number', 'IN.13491208655302741918', 'Asia/Kolkata'],
    ['of no country: UTC', '+80012345678', 'UTC'],
    ['of an id without a country: UTC', '13491208655302741918', 'UTC'],
    ['of an id with letters that no country has: UTC', 'QQ.13491208655302741918', 'UTC'],
  ])('is that %s', (_what, person, zone) => {
    expect(zoneOf(person)).toBe(zone);
  });

  it('is known for every country that has numbers', () => {
    for (const country of getCountries()) {
      const zone = zoneOf(`${country}.13491208655302741918`);
      expect([country, readZone(zone)]).toEqual([country, zone]);
      expect([country, zone]).not.toEqual([country, 'UTC']);
    }
  });

  it('is chosen for each country that has several: one that comes to have them wants a line in the table', () => {
    const several = getCountries().filter((country) => zonesOf(country).length > 1);
    expect(several.join(' ')).toBe(
      'AR AU BR CA CD CL CN CY DE EC ES FM GL ID KI KZ MH MN MX MY NZ PF PG PS PT RU UA US UZ',
    );
  });
});

const zonesOf = (country: string): readonly string[] => new Intl.Locale(`und-${country}`).getTimeZones() ?? [];

describe('the name of a time zone', () => {
  it.each(['Asia/Jakarta', 'UTC', 'Etc/GMT-7', 'Asia/Calcutta', 'Asia/Kolkata'])('%s is one', (name) => {
    expect(readZone(name)).toBe(name);
  });

  it.each(['', 'Asia/Nowhere', '+07:00', 'WIB', 'Asia/Jakarta; drop table messages'])('%j is none', (name) => {
    expect(readZone(name)).toBeNull();
  });
});
