import { type Clock, later } from '../../src/common/clock.js';
import { type Timers } from '../../src/simulator/timers.js';
import { type ManualClock } from '../support/manual-clock.js';

/** The simulator's timers on the gateway's clock: there is one time for both. */
export class ClockTimers implements Timers {
  private readonly waiting = new Set<() => void>();
  private stopped = false;

  constructor(private readonly clock: ManualClock) {}

  after(ms: number, run: () => void): void {
    if (this.stopped) return;
    const cancel = this.clock.wakeAt(later(this.clock.now(), ms), () => {
      this.waiting.delete(cancel);
      run();
    });
    this.waiting.add(cancel);
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of this.waiting) cancel();
    this.waiting.clear();
  }
}

/** The end of a call's 15 s comes by the clock too, and not by the machine's. Answers what undoes that. */
export function timeoutsBy(clock: ManualClock): () => void {
  const own = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    clock.wakeAt(later(clock.now(), ms), () => controller.abort(new DOMException('Time was up.', 'TimeoutError')));
    return controller.signal;
  };
  return () => {
    AbortSignal.timeout = own;
  };
}

/** The clock of a process that may die: then it wakes nobody any more. */
export class MortalClock implements Clock {
  private alive = true;

  constructor(private readonly clock: Clock) {}

  now(): Date {
    return this.clock.now();
  }

  wakeAt(time: Date, wake: () => void): () => void {
    return this.alive ? this.clock.wakeAt(time, () => this.alive && wake()) : () => undefined;
  }

  kill(): void {
    this.alive = false;
  }
}
