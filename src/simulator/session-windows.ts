import { type SimulatedKind } from './behaviour.js';

const WINDOW_MS = 24 * 60 * 60 * 1000;

/** Until when a person may be written to freely: 24 hours from what they wrote last. */
export class SessionWindows {
  private readonly lastWritten = new Map<string, number>();

  /** The person, by digits or the provider's own id, wrote. */
  open(kind: SimulatedKind, account: string, person: string, at: Date): void {
    this.lastWritten.set(`${kind}\n${account}\n${person}`, at.getTime());
  }

  isOpen(kind: SimulatedKind, account: string, person: string, at: Date): boolean {
    const last = this.lastWritten.get(`${kind}\n${account}\n${person}`);
    return last !== undefined && at.getTime() - last < WINDOW_MS;
  }
}
