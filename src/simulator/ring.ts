/** Keeps the newest `capacity` items. A Map in insertion order would do, but deleting its oldest entry slows down with every deletion. */
export class Ring<T> {
  private items: T[] = [];
  private next = 0;

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.items.length;
  }

  /** Adds an item and hands back the one that had to go. */
  push(item: T): T | undefined {
    if (this.items.length < this.capacity) {
      this.items.push(item);
      return undefined;
    }
    const gone = this.items[this.next];
    this.items[this.next] = item;
    this.next = (this.next + 1) % this.capacity;
    return gone;
  }

  /** Newest first; stops after `limit` that fit. */
  newest(limit: number, fits: (item: T) => boolean): T[] {
    const found: T[] = [];
    for (let back = 1; back <= this.items.length && found.length < limit; back++) {
      const item = this.items[(this.next - back + this.items.length * 2) % this.items.length] as T;
      if (fits(item)) found.push(item);
    }
    return found;
  }

  clear(): void {
    this.items = [];
    this.next = 0;
  }
}
