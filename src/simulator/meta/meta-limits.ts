/** So many at once, then one in each interval; the same as a bucket that leaks. */
export class Pace {
  /** When each key has paid for what it took. */
  private readonly paidAt = new Map<string, number>();

  /** Takes one; false when the key has to wait. `at` in milliseconds. */
  take(key: string, burst: number, everyMs: number, at: number): boolean {
    const paid = Math.max(at, this.paidAt.get(key) ?? 0);
    if (paid - at > (burst - 1) * everyMs) return false;
    if (this.paidAt.size >= MOST_KEYS) this.forget(at);
    this.paidAt.set(key, paid + everyMs);
    return true;
  }

  private forget(at: number): void {
    for (const [key, paid] of this.paidAt) if (paid <= at) this.paidAt.delete(key);
  }
}

const MOST_KEYS = 200_000;
/** Meta's page on throughput: 80 messages a second for a number, until it is upgraded. */
export const MESSAGES_PER_SECOND = 80;
/** Its page on pair rates: one message in 6 s to the same person, with bursts of up to 45. */
export const PAIR_RATE = { burst: 45, everyMs: 6_000 } as const;
