import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { Signals } from '../database/signals.js';
import { EventLog } from './event-log.js';
import { type EventType, type LoggedEvent } from './event-types.js';

const PAGE = 500;
/** A subscriber further behind than this goes back to reading the table: nothing is buffered without bound. */
const MAILBOX = 2_000;
const POLL_MS = SECOND;

/** What a subscriber wants; both null is everything of the project. */
export interface Wanted {
  readonly projectId: string;
  readonly types: readonly EventType[] | null;
  readonly subjectId: string | null;
}

/** Events that were read together; what is loaded for one of them may be loaded for all. */
export type EventPage = readonly LoggedEvent[];

class Mailbox {
  pages: EventPage[] = [];
  count = 0;
  overflowed = false;
  private ring: (() => void) | null = null;

  constructor(readonly wanted: Wanted) {}

  put(page: EventPage): void {
    if (this.overflowed) return;
    this.count += page.length;
    if (this.count > MAILBOX) {
      this.overflowed = true;
      this.pages = [];
    } else this.pages.push(page);
    this.ring?.();
  }

  wake(): void {
    this.ring?.();
  }

  /** Resolves when there is something in it, or `aborted`. */
  async filled(signal: AbortSignal): Promise<void> {
    if (this.pages.length > 0 || this.overflowed || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.ring = null;
        resolve();
      };
      this.ring = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

/**
 * The one follower of a process: woken by NOTIFY, with a slow poll as its safety net, it reads what is new in the log
 * once and hands it to the subscribers of this process.
 */
@Injectable()
export class EventFollower {
  /** All up to here has been handed out. */
  private position = '0';
  private readonly mailboxes = new Set<Mailbox>();
  private reading: Promise<void> | null = null;
  private again = false;
  private stopping = false;
  private cancelPoll: (() => void) | null = null;
  private stopListening: (() => void) | null = null;
  private readonly logger = new Logger(EventFollower.name);

  constructor(
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async start(): Promise<void> {
    this.position = await this.log.end();
    this.stopListening = this.signals.on('events', () => this.wake());
    this.poll();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.cancelPoll?.();
    this.stopListening?.();
    await this.reading;
  }

  /**
   * The project's events after `after`, page by page and live from then on, with no gap and no repeat. Without `after`
   * live from the moment of this call (the position is taken before anything is awaited).
   */
  follow(wanted: Wanted, after: string | null, signal: AbortSignal): AsyncGenerator<EventPage> {
    const mailbox = new Mailbox(wanted);
    this.mailboxes.add(mailbox);
    // A generator that is ended before its first page never gets to its `finally`.
    signal.addEventListener('abort', () => this.mailboxes.delete(mailbox), { once: true });
    const live = this.position;
    return this.pages(mailbox, after ?? live, live, signal);
  }

  private async *pages(mailbox: Mailbox, after: string, live: string, signal: AbortSignal): AsyncGenerator<EventPage> {
    let cursor = BigInt(after);
    // The mailbox holds all after `live`; what lies before is read from the table.
    let readUntil = BigInt(live);
    try {
      while (!signal.aborted) {
        while (cursor < readUntil && !signal.aborted) {
          const page = await this.log.after(mailbox.wanted.projectId, String(cursor), mailbox.wanted.types, PAGE);
          const mine = page.filter((event) => suits(mailbox.wanted, event));
          const last = page.at(-1);
          cursor = last && page.length === PAGE ? BigInt(last.id) : max(readUntil, last ? BigInt(last.id) : 0n);
          if (mine.length > 0) yield mine;
        }
        await mailbox.filled(signal);
        if (mailbox.overflowed) {
          // Too slow for its mailbox: back to the table, up to where the follower is by now.
          readUntil = BigInt(this.position);
          mailbox.overflowed = false;
          mailbox.pages = [];
          mailbox.count = 0;
          continue;
        }
        for (let page = mailbox.pages.shift(); page && !signal.aborted; page = mailbox.pages.shift()) {
          mailbox.count -= page.length;
          const fresh = page.filter((event) => BigInt(event.id) > cursor);
          const last = fresh.at(-1);
          if (last) {
            cursor = BigInt(last.id);
            yield fresh;
          }
        }
      }
    } finally {
      this.mailboxes.delete(mailbox);
    }
  }

  private wake(): void {
    this.again = true;
    this.reading ??= this.read();
  }

  private async read(): Promise<void> {
    // What several commits of one turn announce is read once.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.again && !this.stopping) {
        this.again = false;
        if (this.mailboxes.size === 0) await this.skipToEnd();
        else await this.readPages();
      }
    } catch (error) {
      this.logger.error(fault(error)); // the poll tries again
    }
    // At once, and not when the promise is settled: a wake in between would be lost.
    this.reading = null;
  }

  /** Nobody listens: the position must still follow, but nothing needs reading. */
  private async skipToEnd(): Promise<void> {
    const end = await this.log.end();
    // Somebody subscribed while the end was asked for: he counts on all after the position that he found.
    if (this.mailboxes.size === 0) this.position = end;
    else this.again = true;
  }

  private async readPages(): Promise<void> {
    for (;;) {
      const page = await this.log.afterInAll(this.position, PAGE);
      const last = page.at(-1);
      if (!last) return;
      this.position = last.id;
      for (const mailbox of this.mailboxes) {
        const mine = page.filter((event) => suits(mailbox.wanted, event));
        if (mine.length > 0) mailbox.put(mine);
      }
      if (page.length < PAGE) return;
    }
  }

  private poll(): void {
    this.wake();
    if (!this.stopping) this.cancelPoll = this.clock.wakeAt(later(this.clock.now(), POLL_MS), () => this.poll());
  }
}

function suits(wanted: Wanted, event: LoggedEvent): boolean {
  return (
    event.projectId === wanted.projectId &&
    (wanted.subjectId === null || event.subjectId === wanted.subjectId) &&
    (wanted.types === null || wanted.types.includes(event.type))
  );
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
