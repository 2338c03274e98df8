import { type Clock, later } from '../common/clock.js';

/** Does something again and again, a pause after each time, until it is stopped. What fails is told and tried again. */
export class Rounds {
  private cancel: (() => void) | null = null;
  private running: Promise<void> | null = null;
  private stopping = false;

  constructor(
    private readonly clock: Clock,
    private readonly pauseMs: number,
    private readonly round: () => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  start(): void {
    this.running = this.round()
      .catch((error: unknown) => this.onError(error))
      .finally(() => {
        if (!this.stopping) this.cancel = this.clock.wakeAt(later(this.clock.now(), this.pauseMs), () => this.start());
      });
  }

  /** Whether a round that has much to do should end. */
  get isStopping(): boolean {
    return this.stopping;
  }

  /** Begins no other round, and waits for the one that is under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.cancel?.();
    await this.running;
  }
}
