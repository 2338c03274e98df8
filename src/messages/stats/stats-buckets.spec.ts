import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../common/clock.js';
import { bucketsOf, type StatsInterval } from './stats-buckets.js';

const starts = (from: string, to: string, interval: StatsInterval, zone: string): string[] =>
  bucketsOf({ from: new Date(from), to: new Date(to) }, interval, zone).map((time) =>
    time.toISOString().replace(':00.000Z', 'Z'),
  );
const lengths = (from: string, to: string, interval: StatsInterval, zone: string): number[] => {
  const all = bucketsOf({ from: new Date(from), to: new Date(to) }, interval, zone).map(Number);
  return all.slice(1).map((time, index) => (time - (all[index] ?? 0)) / HOUR);
};

describe('buckets of time', () => {
  it('begin at or before the span and end before its end', () => {
    expect(starts('2026-03-01T09:30:00Z', '2026-03-01T12:00:00Z', 'HOUR', 'UTC')).toEqual([
      '2026-03-01T09:00Z',
      '2026-03-01T10:00Z',
      '2026-03-01T11:00Z',
    ]);
    expect(starts('2026-03-01T09:30:00Z', '2026-03-01T09:30:00.001Z', 'MINUTE', 'UTC')).toEqual(['2026-03-01T09:30Z']);
    expect(starts('2026-03-01T09:30:00Z', '2026-03-02T17:00:01Z', 'DAY', 'Asia/Jakarta')).toEqual([
      '2026-02-28T17:00Z',
      '2026-03-01T17:00Z',
      '2026-03-02T17:00Z',
    ]);
  });

  it('are full hours of a zone that lies between those of others', () => {
    expect(starts('2026-03-01T09:00:00Z', '2026-03-01T10:30:00Z', 'HOUR', 'Asia/Kolkata')).toEqual([
      '2026-03-01T08:30Z',
      '2026-03-01T09:30Z',
    ]);
    expect(starts('2026-03-01T09:00:00Z', '2026-03-01T10:15:00Z', 'HOUR', 'Asia/Kathmandu')).toEqual([
      '2026-03-01T08:15Z',
      '2026-03-01T09:15Z',
    ]);
  });

  it('are days of 23 and of 25 hours where the clock is changed', () => {
    expect(lengths('2026-03-28T12:00:00Z', '2026-04-01T00:00:00Z', 'DAY', 'Europe/Berlin')).toEqual([24, 23, 24, 24]);
    expect(lengths('2026-10-24T12:00:00Z', '2026-10-27T12:00:00Z', 'DAY', 'Europe/Berlin')).toEqual([24, 25, 24]);
    expect(lengths('2026-04-04T00:00:00Z', '2026-04-07T00:00:00Z', 'DAY', 'Australia/Lord_Howe')).toEqual([
      24, 24.5, 24,
    ]);
  });

  it('are a day from its first moment where it has no midnight', () => {
    expect(starts('2018-11-03T12:00:00Z', '2018-11-05T12:00:00Z', 'DAY', 'America/Sao_Paulo')).toEqual([
      '2018-11-03T03:00Z',
      '2018-11-04T03:00Z', // 01:00, for 00:00 was skipped
      '2018-11-05T02:00Z',
    ]);
  });

  it('are no day that the calendar skipped', () => {
    expect(starts('2011-12-29T12:00:00Z', '2011-12-31T12:00:00Z', 'DAY', 'Pacific/Apia')).toEqual([
      '2011-12-29T10:00Z',
      '2011-12-30T10:00Z',
      '2011-12-31T10:00Z',
    ]);
  });

  it('are two for an hour that the clock shows twice, and none for one that it skips', () => {
    expect(starts('2026-10-25T00:00:00Z', '2026-10-25T03:00:00Z', 'HOUR', 'Europe/Berlin')).toEqual([
      '2026-10-25T00:00Z', // 02:00 in summer time
      '2026-10-25T01:00Z', // 02:00 in winter time
      '2026-10-25T02:00Z',
    ]);
    expect(lengths('2026-03-29T00:00:00Z', '2026-03-29T03:00:00Z', 'HOUR', 'Europe/Berlin')).toEqual([1, 1]);
  });

  it('begin anew with a change of the clock by half an hour', () => {
    // 02:00 became 01:30: 01:00, 01:30 again, 02:00.
    expect(starts('2026-04-04T14:20:00Z', '2026-04-04T16:00:00Z', 'HOUR', 'Australia/Lord_Howe')).toEqual([
      '2026-04-04T14:00Z',
      '2026-04-04T15:00Z',
      '2026-04-04T15:30Z',
    ]);
    // From within the half hour.
    expect(starts('2026-04-04T15:10:00Z', '2026-04-04T15:20:00Z', 'HOUR', 'Australia/Lord_Howe')).toEqual([
      '2026-04-04T15:00Z',
    ]);
  });

  it('are of one length and without a gap in UTC, whatever the span', () => {
    const time = fc.date({ min: new Date('2020-01-01Z'), max: new Date('2030-01-01Z'), noInvalidDate: true });
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 40 * DAY }), (from, length) => {
        const all = bucketsOf({ from, to: new Date(from.getTime() + length) }, 'DAY', 'UTC').map(Number);
        expect(all[0]).toBe(Math.floor(from.getTime() / DAY) * DAY);
        expect(all).toEqual(all.map((_time, index) => (all[0] ?? 0) + index * DAY));
        const end = (all.at(-1) ?? 0) + DAY;
        expect(end - DAY).toBeLessThan(from.getTime() + length);
        expect(end).toBeGreaterThanOrEqual(from.getTime() + length);
      }),
    );
  });
});
