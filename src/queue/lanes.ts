import { type Clock, later, SECOND } from '../common/clock.js';

export interface Claim {
  /** Does the claimed work; null when there was nothing to claim. Must not throw. May say of each piece when it has ended. */
  readonly work: ((pieceEnded?: () => void) => Promise<void>) | null;
  /** How many pieces the work is of: calls that are under way at the same time. 1 where it is not said. */
  readonly pieces?: number;
  /** More may be claimable at once. */
  readonly more?: boolean;
  /** When it is worth looking again, where that is known: the budget's next turn. */
  readonly again?: Date | null;
}

export interface LaneOptions {
  readonly clock: Clock;
  /** The keys that have something due now: the safety net under lost wake-ups, asked every POLL_MS. */
  due(): Promise<readonly string[]>;
  /**
   * Takes a batch for one key, durably. Called for one key once at a time in this process. `urgentOnly`: the key's hands
   * have been full for long, and there is one more for what must not wait.
   */
  claim(key: string, urgentOnly: boolean): Promise<Claim>;
  /** Pieces of work of one key that may be under way at the same time. */
  readonly concurrency: number;
  /** The most pieces that one claim takes: it is not asked while there is no room for so many. 1 where it is not said. */
  readonly piecesAtMost?: number;
  onError(error: unknown): void;
}

const POLL_MS = SECOND;
/** Hands that are full for longer are held by slow work, not by much of it. */
const FULL_FOR_LONG_MS = SECOND / 2;

interface Lane {
  claiming: boolean;
  wanted: boolean;
  /** Pieces under way. */
  working: number;
  /** Since when as much is in work as may be; null while there is room. */
  fullSince: Date | null;
  cancelTimer: (() => void) | null;
  /** Of the wake that comes when it has been full for long. */
  cancelFullTimer: (() => void) | null;
}

const freshLane = (): Lane => ({
  ...{ claiming: false, wanted: false, working: 0 },
  ...{ fullSince: null, cancelTimer: null, cancelFullTimer: null },
});

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
    const lane = this.lanes.get(key) ?? freshLane();
    this.lanes.set(key, lane);
    lane.wanted = true;
    if (lane.claiming) return;
    if (this.room(lane) !== 'none') this.track(this.claim(key, lane));
    else if (lane.fullSince)
      // What woke it may be urgent.
      lane.cancelFullTimer ??= this.options.clock.wakeAt(later(lane.fullSince, FULL_FOR_LONG_MS), () => this.wake(key));
  }

  /** Takes no more and resolves when what is in hand is finished. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.cancelPoll?.();
    for (const lane of this.lanes.values()) {
      lane.cancelTimer?.();
      lane.cancelFullTimer?.();
    }
    while (this.atWork.size > 0) await Promise.all(this.atWork);
  }

  private async claim(key: string, lane: Lane): Promise<void> {
    lane.claiming = true;
    lane.cancelTimer?.();
    lane.cancelTimer = null;
    try {
      for (let room = this.room(lane); lane.wanted && !this.stopping && room !== 'none'; room = this.room(lane)) {
        lane.wanted = false;
        const { work, more, again, pieces = 1 } = await this.options.claim(key, room === 'urgent');
        if (more) lane.wanted = true;
        if (again && !this.stopping) lane.cancelTimer = this.options.clock.wakeAt(again, () => this.wake(key));
        if (work) this.track(this.carryOut(key, lane, work, pieces));
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

  private async carryOut(key: string, lane: Lane, work: NonNullable<Claim['work']>, pieces: number): Promise<void> {
    let open = pieces;
    const end = (ended: number): void => {
      open -= ended;
      this.carry(lane, -ended);
      // What the work held back (the next message to the same person) may be claimable now.
      this.wake(key);
    };
    this.carry(lane, pieces);
    await work(() => end(1)).finally(() => end(open));
  }

  /** Counts pieces that come under way, or that are done. */
  private carry(lane: Lane, pieces: number): void {
    const { concurrency, piecesAtMost = 1, clock } = this.options;
    lane.working += pieces;
    if (lane.working + piecesAtMost > concurrency) {
      lane.fullSince ??= clock.now();
      return;
    }
    lane.fullSince = null;
    lane.cancelFullTimer?.();
    lane.cancelFullTimer = null;
  }

  /** Whether more may be claimed now: anything, or what is urgent by one hand more. */
  private room({ working, fullSince }: Lane): 'any' | 'urgent' | 'none' {
    const { concurrency, clock } = this.options;
    if (fullSince === null) return 'any';
    const long = later(fullSince, FULL_FOR_LONG_MS) <= clock.now();
    return working <= concurrency && long ? 'urgent' : 'none';
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
