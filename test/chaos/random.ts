import { createHash } from 'node:crypto';

/** Choices that their seed repeats (mulberry32, as the simulator's own). */
export class Random {
  private state: number;

  constructor(private readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** Choices of their own for one subject: more of one kind does not change those of another. */
  branch(subject: string): Random {
    return new Random(createHash('sha1').update(`${this.seed} ${subject}`).digest().readUInt32BE());
  }

  /** From 0 to below 1. */
  share(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends possible. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.share() * (to - from + 1));
  }

  chance(share: number): boolean {
    return this.share() < share;
  }

  pick<One>(of: readonly One[]): One {
    return of[this.whole(0, of.length - 1)] as One;
  }

  /** One of the names, as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let left = this.share() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    return (entries.find(([, weight]) => (left -= weight) < 0) ?? entries[0]!)[0];
  }
}
