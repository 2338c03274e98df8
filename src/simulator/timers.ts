/** Everything that happens later goes through this, so that tests need not wait for it. */
export interface Timers {
  /** Runs once, `ms` milliseconds from now, unless everything was stopped before. */
  after(ms: number, run: () => void): void;
  /** Forgets whatever has not run yet, and takes nothing more. */
  stop(): void;
}

/** The event loop's own. */
export function realTimers(): Timers {
  const waiting = new Set<NodeJS.Timeout>();
  let stopped = false;
  return {
    after(ms, run) {
      // A callback whose connection is closed by the stop would otherwise come back for its retry.
      if (stopped) return;
      const timer = setTimeout(() => {
        waiting.delete(timer);
        run();
      }, ms);
      waiting.add(timer);
    },
    stop() {
      stopped = true;
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
}

/** Timers that a test moves on by hand; they run in order of their due time. */
export class ManualTimers implements Timers {
  private waiting: { readonly due: number; readonly run: () => void }[] = [];
  private wake: (() => void) | undefined;
  private elapsed = 0;

  /** Milliseconds that have passed for these timers. */
  get now(): number {
    return this.elapsed;
  }

  after(ms: number, run: () => void): void {
    this.waiting.push({ due: this.elapsed + ms, run });
    this.waiting.sort((a, b) => a.due - b.due);
    this.wake?.();
    this.wake = undefined;
  }

  stop(): void {
    this.waiting = [];
  }

  /** How many have not run yet. */
  get pending(): number {
    return this.waiting.length;
  }

  /** Moves time on; runs what falls due on the way. */
  advance(ms: number): void {
    const end = this.elapsed + ms;
    for (let first = this.waiting[0]; first !== undefined && first.due <= end; first = this.waiting[0]) {
      this.waiting.shift();
      this.elapsed = Math.max(this.elapsed, first.due);
      first.run();
    }
    this.elapsed = end;
  }

  /** Waits until something is scheduled (an answer may have to arrive first), then moves on to it. Answers the milliseconds that took. */
  async next(): Promise<number> {
    while (this.waiting.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    const wait = Math.max(0, (this.waiting[0]?.due ?? this.elapsed) - this.elapsed);
    this.advance(wait);
    return wait;
  }
}
