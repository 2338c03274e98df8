import { type Clock, later, SECOND } from '../common/clock.js';

export interface Claim {
  /** Does the claimed work; null when there was nothing to claim. Must not throw. */
  readonly work: (() => Promise<void>) | null;
  /** More may be claimable at once. */
  readonly more?: boolean;
  /** When it is worth looking again, where that is known: the budget's next turn. */
  readonly again?: Date | null;
}

export interface LaneOptions {
  readonly clock: Clock;
  /** The keys that have something due now: the safety net under lost wake-ups, asked every POLL_MS. */
  due(): Promise<readonly string[]>;
  /** Takes a batch for one key, durably. Called for one key once at a time in this process. */
  claim(key: string): Promise<Claim>;
  /** Claimed batches of one key that may be worked on at the same time. */
  readonly concurrency: number;
  onError(error: unknown): void;
}

const POLL_MS = SECOND;

interface Lane {
  claiming: boolean;
  wanted: boolean;
  working: number;
  cancelTimer: (() => void) | null;
}

/**
 * The claim loop over a state table: one lane for each key (an account), so that one that is slow or limited delays
 * nobody else. Knows no table: what is claimed and how it is worked on is handed in.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private readonly atWork = new Set<Promise<void>>();
  private stopping = false;
  private cancelPoll: (() => void) | null = null;

  constructor(private readonly options: LaneOptions) {}

  start(): void {
    this.track(this.poll());
  }

  wake(key: string): void {
    if (this.stopping) return;
    const lane = this.lanes.get(key) ?? { claiming: false, wanted: false, working: 0, cancelTimer: null };
    this.lanes.set(key, lane);
    lane.wanted = true;
    if (!lane.claiming && lane.working < this.options.concurrency) this.track(this.claim(key, lane));
  }

  /** Takes no more and resolves when what is in hand is finished. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.cancelPoll?.();
    for (const lane of this.lanes.values()) lane.cancelTimer?.();
    while (this.atWork.size > 0) await Promise.all(this.atWork);
  }

  private async claim(key: string, lane: Lane): Promise<void> {
    lane.claiming = true;
    lane.cancelTimer?.();
    lane.cancelTimer = null;
    try {
      while (lane.wanted && !this.stopping && lane.working < this.options.concurrency) {
        lane.wanted = false;
        const { work, more, again } = await this.options.claim(key);
        if (more) lane.wanted = true;
        if (again && !this.stopping) lane.cancelTimer = this.options.clock.wakeAt(again, () => this.wake(key));
        if (work) {
          lane.working++;
          this.track(
            work().finally(() => {
              lane.working--;
              // What the work held back (the next message to the same person) may be claimable now.
              this.wake(key);
            }),
          );
        }
      }
    } catch (error) {
      this.options.onError(error);
      if (!this.stopping)
        lane.cancelTimer = this.options.clock.wakeAt(later(this.options.clock.now(), SECOND), () => this.wake(key));
    } finally {
      lane.claiming = false;
      if (lane.working === 0 && !lane.wanted && !lane.cancelTimer) this.lanes.delete(key);
    }
  }

  private async poll(): Promise<void> {
    try {
      for (const key of await this.options.due()) this.wake(key);
    } catch (error) {
      this.options.onError(error);
    }
    if (this.stopping) return;
    this.cancelPoll = this.options.clock.wakeAt(later(this.options.clock.now(), POLL_MS), () =>
      this.track(this.poll()),
    );
  }

  private track(promise: Promise<void>): void {
    const tracked = promise
      .catch((error: unknown) => this.options.onError(error))
      .finally(() => this.atWork.delete(tracked));
    this.atWork.add(tracked);
  }
}
