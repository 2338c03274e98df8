import { type Signals } from '../../src/database/signals.js';
import { type EventFollower, type EventPage, type Wanted } from '../../src/events/event-follower.js';
import { type EventLog } from '../../src/events/event-log.js';
import { type EventType, type LoggedEvent } from '../../src/events/event-types.js';

/** All of the project that a log in memory writes to. */
export const ALL: Wanted = { projectId: 'shop', types: null, subjectId: null };

/** Lets everything go on that waits for nothing. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A log in memory, and the signal of who writes to it. Its answers can be held back. */
export class MemoryLog {
  readonly events: LoggedEvent[] = [];
  /** Reads of one subscriber's own, from the table. */
  tableReads = 0;
  followerReads = 0;
  failing: Error | null = null;
  private announced: () => void = () => undefined;
  private held: (() => void)[] | null = null;

  write(event: { projectId?: string; type?: EventType; subjectId?: string } = {}): string {
    const id = String(this.events.length + 1);
    this.events.push({
      id,
      projectId: event.projectId ?? 'shop',
      type: event.type ?? 'MESSAGE_QUEUED',
      subjectKind: 'message',
      subjectId: event.subjectId ?? 'm1',
      sequence: 1,
      occurredAt: new Date(0),
      recordedAt: new Date(0),
      data: {},
    });
    return id;
  }

  announce(): void {
    this.announced();
  }

  /** Holds back every answer from now on, until the function that this answers is called. */
  hold(): () => void {
    this.held = [];
    return () => {
      const waiting = this.held ?? [];
      this.held = null;
      for (const go of waiting) go();
    };
  }

  readonly log = {
    end: async () => this.answer(this.events.at(-1)?.id ?? '0'),
    after: async (projectId: string, id: string, types: readonly EventType[] | null, limit: number) => {
      this.tableReads++;
      return this.answer(
        this.events
          .filter((event) => event.projectId === projectId && BigInt(event.id) > BigInt(id))
          .filter((event) => types === null || types.includes(event.type))
          .slice(0, limit),
      );
    },
    afterInAll: async (id: string, limit: number) => {
      this.followerReads++;
      return this.answer(this.events.slice(Number(id), Number(id) + limit));
    },
  } as unknown as EventLog;

  readonly signals = {
    on: (_topic: string, handler: () => void) => {
      this.announced = handler;
      return () => (this.announced = () => undefined);
    },
  } as unknown as Signals;

  private async answer<Value>(value: Value): Promise<Value> {
    const { held } = this;
    if (held) await new Promise<void>((resolve) => held.push(resolve));
    if (this.failing) throw this.failing;
    return value;
  }
}

/** Somebody who reads on as fast as he is given. */
export class Reader {
  readonly ids: string[] = [];
  ended = false;
  private readonly abort = new AbortController();
  private readonly pages: AsyncGenerator<EventPage>;

  constructor(follower: EventFollower, wanted: Wanted = ALL, after: string | null = null) {
    this.pages = follower.follow(wanted, after, this.abort.signal);
  }

  /** Reads all there will ever be. */
  all(): this {
    void (async () => {
      for await (const page of this.pages) this.ids.push(...page.map(({ id }) => id));
      this.ended = true;
    })();
    return this;
  }

  async one(): Promise<void> {
    const { value, done } = await this.pages.next();
    if (!done) this.ids.push(...value.map(({ id }) => id));
  }

  leave(): void {
    this.abort.abort();
  }
}
