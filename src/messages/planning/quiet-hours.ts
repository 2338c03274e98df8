import { Temporal } from 'temporal-polyfill';
import { MINUTE } from '../../common/clock.js';
import { zoneOf } from '../../common/zones.js';
import { type QuietHours } from '../../projects/quiet-hours.js';

/** A campaign asks for thousands of persons in a few zones and in the same minute. */
const ANSWERS_KEPT = 2_000;
const answers = new Map<string, Date | null>();

/**
 * null when a MARKETING message may leave for `person` at the time `at`, always where a project has no `hours`; else the
 * first moment after it at which it may. `person` is E.164 or the provider's own id.
 *
 * The clock on the person's wall decides alone: hours whose beginning is skipped in spring begin with the next moment that
 * there is, hours that are skipped as a whole are not had that day, and a repeated hour in autumn is judged twice.
 */
export function mayLeaveAt(person: string, hours: QuietHours | null, at: Date): Date | null {
  if (!hours) return null;
  const zone = zoneOf(person);
  // Clocks everywhere change, and differ from UTC, by whole minutes: within one minute the answer is the same.
  const minute = Math.floor(at.getTime() / MINUTE) * MINUTE;
  const key = `${zone} ${hours.from} ${hours.to} ${minute}`;
  let answer = answers.get(key);
  if (answer === undefined) {
    if (answers.size >= ANSWERS_KEPT) answers.clear();
    answers.set(key, (answer = firstMoment(zone, hours, minute)));
  }
  return answer;
}

function firstMoment(zone: string, hours: QuietHours, minute: number): Date | null {
  const now = Temporal.Instant.fromEpochMilliseconds(minute).toZonedDateTimeISO(zone);
  if (isWithin(hours, now)) return null;
  const moments = beginnings(hours.from, now).filter(
    (moment) => moment.epochMilliseconds > minute && isWithin(hours, moment),
  );
  return new Date(Math.min(...moments.map(({ epochMilliseconds }) => epochMilliseconds)));
}

/** When hours can begin: the clock shows `from`, today or on a day after, or it is put forward or back into the hours. */
function beginnings(from: string, now: Temporal.ZonedDateTime): Temporal.ZonedDateTime[] {
  const change = now.getTimeZoneTransition('next');
  const days = [0, 1, 2, 3].map((days) => now.toPlainDate().add({ days }).toPlainDateTime(from));
  return [
    // Where the clock shows it twice, both are one; where it is skipped, neither shows `from` and the change is the beginning.
    ...days.map((day) => day.toZonedDateTime(now.timeZoneId, { disambiguation: 'earlier' })),
    ...days.map((day) => day.toZonedDateTime(now.timeZoneId, { disambiguation: 'later' })),
    ...(change ? [change] : []),
  ];
}

function isWithin({ from, to }: QuietHours, moment: Temporal.ZonedDateTime): boolean {
  const clock = moment.toPlainTime().toString().slice(0, 5);
  return from < to ? from <= clock && clock < to : clock >= from || clock < to;
}
