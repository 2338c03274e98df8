/** How many events lie within the last `lengthMs`, and how many ever did at most. Times are milliseconds of one clock. */
export class SlidingWindow {
  private times: number[] = [];
  private head = 0;
  private highest = 0;

  constructor(private readonly lengthMs: number) {}

  /** The largest number of events that any window of this length has held. */
  get max(): number {
    return this.highest;
  }

  /** Events after `at - lengthMs`: one that is exactly that old is outside. */
  count(at: number): number {
    while (this.head < this.times.length && (this.times[this.head] as number) <= at - this.lengthMs) this.head++;
    // Half of the array is past: copying what is left now is cheap over the long run.
    if (this.head > 1024 && this.head * 2 > this.times.length) {
      this.times = this.times.slice(this.head);
      this.head = 0;
    }
    return this.times.length - this.head;
  }

  add(at: number): void {
    this.times.push(at);
    this.highest = Math.max(this.highest, this.count(at));
  }
}
