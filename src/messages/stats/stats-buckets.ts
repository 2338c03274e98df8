import { Temporal } from 'temporal-polyfill';
import { DAY, HOUR, MINUTE } from '../../common/clock.js';

export type StatsInterval = 'MINUTE' | 'HOUR' | 'DAY';

const LENGTH_MS: Readonly<Record<StatsInterval, number>> = { MINUTE, HOUR, DAY };

/** The Contract's limit of one answer. */
export const MOST_BUCKETS = 1_500;

export interface Span {
  readonly from: Date;
  /** Not in it any more. */
  readonly to: Date;
}

/** How many buckets a span has, give or take those that a change of the clocks makes: known before they are made. */
export const roughlyBuckets = ({ from, to }: Span, interval: StatsInterval): number =>
  Math.ceil((to.getTime() - from.getTime()) / LENGTH_MS[interval]);

/**
 * The beginnings of the buckets by the clock of a time zone, the first of them at or before `from`, the others before `to`.
 * A day has 23 or 25 hours where its clock is changed, and begins with its first moment where it has no midnight; an hour
 * that the clock shows twice is two buckets. Make them for no more than a few times MOST_BUCKETS.
 */
export function bucketsOf(span: Span, interval: StatsInterval, zone: string): Date[] {
  const starts = interval === 'DAY' ? days(span, zone) : evenly(span, LENGTH_MS[interval], zone);
  return starts.map((time) => new Date(time));
}

const inZone = (time: number | Date, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(Number(time)).toZonedDateTimeISO(zone);

function days({ from, to }: Span, zone: string): number[] {
  const first = inZone(from, zone).startOfDay();
  const starts = [first.epochMilliseconds];
  for (let day = first.toPlainDate().add({ days: 1 }); ; day = day.add({ days: 1 })) {
    const start = day.toZonedDateTime(zone).epochMilliseconds;
    if (start >= to.getTime()) return starts;
    // A day that the calendar skipped begins with the one after it.
    if (start > (starts.at(-1) ?? 0)) starts.push(start);
  }
}

/** Minutes or hours: between two changes of the clock they are all alike, and a change begins a new one. */
function evenly({ from, to }: Span, length: number, zone: string): number[] {
  const starts: number[] = [];
  for (let time = from.getTime(); time < to.getTime();) {
    const here = inZone(time, zone);
    const offset = here.offsetNanoseconds / 1e6;
    const changed = inZone(time + 1, zone).getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity;
    const changes = here.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity;
    const end = Math.min(changes, to.getTime());
    // Where the change itself is later than the beginning by the clock, the bucket begins with it.
    starts.push(Math.max(Math.floor((time + offset) / length) * length - offset, changed));
    let next = (Math.floor((time + offset) / length) + 1) * length - offset;
    for (; next < end; next += length) starts.push(next);
    time = end;
  }
  return starts;
}
