import { DAY, HOUR, later, MINUTE, SECOND } from '../common/clock.js';

/** The pause before each try (interface.md, Webhook bodies): the first at once, the tenth after 75 h 35 m and 5 s in all. */
const PAUSES_MS = [
  ...[0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR],
  ...[5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, DAY],
];
/** A pause is longer by up to this part of it, so that what failed together does not come back together. */
const JITTER = 0.1;

/**
 * When a delivery is tried again after so many failed tries (1 or more); null when that was the last. Never before the
 * endpoint asked for (`retryAfterMs`). `random` is from 0 to 1.
 */
export function nextTry(tries: number, now: Date, retryAfterMs: number, random: number): Date | null {
  const pause = PAUSES_MS[tries];
  if (pause === undefined) return null;
  return later(now, Math.round(Math.max(pause, retryAfterMs) + pause * JITTER * random));
}
