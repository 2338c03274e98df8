import { type Clock } from '../../src/common/clock.js';

interface Alarm {
  readonly time: number;
  readonly wake: () => void;
  timer?: NodeJS.Timeout;
}

/** setTimeout takes at most 2^31-1 ms; what lies farther is armed again at the next leap. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock, which can leap forward: for stories that run in real time and whose pauses of hours must pass. */
export class LeapingClock implements Clock {
  private readonly alarms = new Set<Alarm>();
  private offsetMs = 0;

  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }

  wakeAt(time: Date, wake: () => void): () => void {
    const alarm: Alarm = { time: time.getTime(), wake };
    this.alarms.add(alarm);
    this.arm(alarm);
    return () => {
      clearTimeout(alarm.timer);
      this.alarms.delete(alarm);
    };
  }

  /** Leaps to a time that is to come; who waited for one on the way is woken now. */
  leapTo(time: Date): void {
    this.offsetMs += Math.max(0, time.getTime() - this.now().getTime());
    for (const alarm of this.alarms) this.arm(alarm);
  }

  private arm(alarm: Alarm): void {
    clearTimeout(alarm.timer);
    const wait = alarm.time - this.now().getTime();
    if (wait > LONGEST_TIMER_MS) return;
    alarm.timer = setTimeout(
      () => {
        this.alarms.delete(alarm);
        alarm.wake();
      },
      Math.max(0, wait),
    );
    alarm.timer.unref();
  }
}
