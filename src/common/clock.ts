/**
 * The one source of time. No SQL calls now() and no code asks the wall clock: tests and simulations hand in a clock of
 * their own and move it.
 */
export interface Clock {
  now(): Date;
  /** Calls `wake` once when that time has come, at once if it has passed. Answers a function that takes it back. */
  wakeAt(time: Date, wake: () => void): () => void;
}

export const CLOCK = Symbol('Clock');

/** setTimeout takes at most 2^31-1 ms; a later time is waited for in steps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock, moved by what the database's clock differs from it, so that all processes agree. */
export class SystemClock implements Clock {
  private offsetMs = 0;

  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }

  /** `theirs` was read from the database between the machine's times `before` and `after` (milliseconds). */
  agreeWith(theirs: Date, before: number, after: number): void {
    this.offsetMs = theirs.getTime() - (before + after) / 2;
  }

  wakeAt(time: Date, wake: () => void): () => void {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const wait = time.getTime() - this.now().getTime();
      timer = wait > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(wake, Math.max(0, wait));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  }
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The earlier of two times, of which either may not be there. */
export function earlier(a: Date, b: Date | null): Date;
export function earlier(a: Date | null, b: Date | null): Date | null;
export function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

export const later = (time: Date, ms: number): Date => new Date(time.getTime() + ms);
