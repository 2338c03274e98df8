import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../common/clock.js';
import { type QuietHours } from '../../projects/quiet-hours.js';
import { mayLeaveAt } from './quiet-hours.js';

const JAKARTA = '+6287823678023'; // UTC+7, all year
const BERLIN = '+4915112345678'; // 29 March 2026 01:00 UTC to summer time, 25 October 2026 01:00 UTC back
const APIA = '+6857212345'; // had no 30 December 2011
const BY_DAY = { from: '08:00', to: '21:00' };
const BY_NIGHT = { from: '20:00', to: '02:00' };

describe('when MARKETING may leave', () => {
  it.each([
    ['at any time where a project has no hours', JAKARTA, null, '2026-11-21T20:00:00Z', null],
    ['within the hours', JAKARTA, BY_DAY, '2026-11-21T05:00:00Z', null],
    ['from the first second of the hours', JAKARTA, BY_DAY, '2026-11-21T01:00:00Z', null],
    ['to the last second of the hours', JAKARTA, BY_DAY, '2026-11-21T13:59:59.999Z', null],
    ['not in the second after it', JAKARTA, BY_DAY, '2026-11-21T14:00:00Z', '2026-11-22T01:00:00Z'],
    ['in the early morning later on the same day', JAKARTA, BY_DAY, '2026-11-21T00:59:59.999Z', '2026-11-21T01:00:00Z'],
    ['by the clock of the person, not of the server', BERLIN, BY_DAY, '2026-11-21T05:00:00Z', '2026-11-21T07:00:00Z'],
    ['within hours that cross midnight, before it', JAKARTA, BY_NIGHT, '2026-11-21T14:00:00Z', null],
    ['within hours that cross midnight, after it', JAKARTA, BY_NIGHT, '2026-11-21T18:59:59Z', null],
    ['not outside of them', JAKARTA, BY_NIGHT, '2026-11-21T19:00:00Z', '2026-11-22T13:00:00Z'],
    ['an hour earlier by UTC in summer', BERLIN, BY_DAY, '2026-03-28T22:00:00Z', '2026-03-29T06:00:00Z'],
    ['an hour later by UTC in winter', BERLIN, BY_DAY, '2026-10-24T22:00:00Z', '2026-10-25T07:00:00Z'],
  ])('%s', (_what, person, hours, at, first) => {
    expect(mayLeaveAt(person, hours, new Date(at))).toEqual(first && new Date(first));
  });

  it('is from the next moment that there is, where the clock skips the beginning', () => {
    const hours = { from: '02:30', to: '21:00' };
    expect(mayLeaveAt(BERLIN, hours, new Date('2026-03-29T00:00:00Z'))).toEqual(new Date('2026-03-29T01:00:00Z'));
  });

  it('is the next day, where the clock skips the hours as a whole', () => {
    const hours = { from: '02:10', to: '02:50' };
    expect(mayLeaveAt(BERLIN, hours, new Date('2026-03-29T00:30:00Z'))).toEqual(new Date('2026-03-30T00:10:00Z'));
  });

  it('is in the first of two hours that the clock shows alike, and in the second as well', () => {
    const hours = { from: '02:30', to: '02:45' };
    expect(mayLeaveAt(BERLIN, hours, new Date('2026-10-25T00:00:00Z'))).toEqual(new Date('2026-10-25T00:30:00Z'));
    expect(mayLeaveAt(BERLIN, hours, new Date('2026-10-25T00:50:00Z'))).toEqual(new Date('2026-10-25T01:30:00Z'));
  });

  it('leaves out a day that the calendar skipped', () => {
    expect(mayLeaveAt(APIA, BY_DAY, new Date('2011-12-30T08:00:00Z'))).toEqual(new Date('2011-12-30T18:00:00Z'));
  });

  it('is the first minute at which the clock on the wall is within the hours, whenever and wherever one asks', () => {
    const clock = fc.integer({ min: 0, max: 24 * 60 - 1 }).map((minutes) => {
      const [hour, minute] = [Math.floor(minutes / 60), minutes % 60];
      return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
    });
    const zones: Readonly<Record<string, string>> = {
      [BERLIN]: 'Europe/Berlin',
      [JAKARTA]: 'Asia/Jakarta',
      '+12125550123': 'America/New_York',
      '+61291234567': 'Australia/Sydney',
      '+919876543210': 'Asia/Kolkata',
      '+212612345678': 'Africa/Casablanca',
      '+9779812345678': 'Asia/Kathmandu',
    };
    // Half of the times lie around a change of the clocks in Berlin, New York, Sydney or Casablanca.
    const changes = [
      '2026-03-29T01:00Z',
      '2026-11-01T06:00Z',
      '2026-04-04T16:00Z',
      '2026-10-03T16:00Z',
      '2026-02-15T02:00Z',
    ];
    const near = fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -1_500, max: 1_500 }))
      .map(([change, minutes]) => new Date(Date.parse(change) + minutes * MINUTE));
    const any = fc.date({ min: new Date('2024-01-01Z'), max: new Date('2027-12-31Z'), noInvalidDate: true });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(zones)), clock, clock, fc.oneof(near, any), (person, from, to, at) => {
        fc.pre(from !== to);
        const found = mayLeaveAt(person, { from, to }, at);
        expect(found).toEqual(byTrying(zones[person] ?? '', { from, to }, at));
      }),
      { numRuns: 300 },
    );
  });
});

/** Looks at the clock minute by minute. */
function byTrying(zone: string, { from, to }: QuietHours, at: Date): Date | null {
  const wall = new Intl.DateTimeFormat('en', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const within = (time: number): boolean => {
    const clock = wall.format(time);
    return from < to ? clock >= from && clock < to : clock >= from || clock < to;
  };
  if (within(at.getTime())) return null;
  let time = Math.floor(at.getTime() / MINUTE) * MINUTE + MINUTE;
  while (!within(time) && time < at.getTime() + 3 * DAY) time += MINUTE;
  return new Date(time);
}
