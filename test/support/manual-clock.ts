import { type Clock } from '../../src/common/clock.js';

interface Alarm {
  readonly time: number;
  readonly wake: () => void;
}

/** A clock that stands until it is moved, and then wakes who waited, in the order of their times. */
export class ManualClock implements Clock {
  private alarms: Alarm[] = [];
  private time: number;

  constructor(start: Date | string = '2026-03-01T09:00:00Z') {
    this.time = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.time);
  }

  wakeAt(time: Date, wake: () => void): () => void {
    const alarm: Alarm = { time: time.getTime(), wake };
    this.alarms.push(alarm);
    // Never within the call: a real clock wakes nobody before the function that asked has gone on.
    if (alarm.time <= this.time) queueMicrotask(() => this.ring(alarm));
    return () => {
      this.alarms = this.alarms.filter((other) => other !== alarm);
    };
  }

  /** Moves on by so many milliseconds; at each alarm on the way the clock stands at its time. */
  advance(ms: number): void {
    this.set(new Date(this.time + ms));
  }

  /** Moves to a time. Back is possible, and wakes nobody. */
  set(time: Date | string): void {
    const end = new Date(time).getTime();
    for (let next = this.next(end); next; next = this.next(end)) {
      this.time = Math.max(this.time, next.time);
      this.ring(next);
    }
    this.time = end;
  }

  private next(end: number): Alarm | undefined {
    return this.alarms.filter(({ time }) => time <= end).sort((a, b) => a.time - b.time)[0];
  }

  private ring(alarm: Alarm): void {
    if (!this.alarms.includes(alarm)) return;
    this.alarms = this.alarms.filter((other) => other !== alarm);
    alarm.wake();
  }
}
