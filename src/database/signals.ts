import pg from 'pg';
import { newId } from '../common/ids.js';
import { type Database } from './database.js';

/** What processes tell each other. Ids only, never data: who hears it reads the table. */
export type Topic =
  | 'events'
  | 'messages'
  | 'callbacks'
  | 'media'
  | 'verifications'
  | 'payments'
  | 'accounts'
  | 'templates'
  | 'keys'
  | 'endpoints'
  | 'deliveries'
  | 'replays';

const CHANNEL = 'kurir';
/** A NOTIFY holds under 8000 bytes; 36-byte ids and their quotes. */
const IDS_IN_ONE = 150;
const RECONNECT_MS = 1_000;
const GATHER_MS = 10;

interface Spoken {
  readonly from: string;
  readonly topic: Topic;
  readonly ids: readonly string[];
}

/**
 * LISTEN and NOTIFY between the processes on one database. Handlers of this process hear at once; the others in batches
 * after the commit, one statement at a time. A lost signal costs time and never correctness: every listener also polls.
 */
export class Signals {
  private readonly self = newId();
  private readonly handlers = new Map<Topic, Set<(ids: readonly string[]) => void>>();
  private readonly waiting = new Map<Topic, Set<string>>();
  private sending: Promise<void> | null = null;
  private client: pg.Client | null = null;
  private closed = false;

  constructor(private readonly database: Database) {}

  on(topic: Topic, handler: (ids: readonly string[]) => void): () => void {
    const set = this.handlers.get(topic) ?? new Set();
    this.handlers.set(topic, set.add(handler));
    return () => set.delete(handler);
  }

  /** Call it after the commit: inside the transaction a NOTIFY would serialise all of them. */
  tell(topic: Topic, ids: readonly string[] = []): void {
    this.hear(topic, ids);
    const waiting = this.waiting.get(topic) ?? new Set();
    for (const id of ids) waiting.add(id);
    this.waiting.set(topic, waiting);
    this.sending ??= this.send();
  }

  async listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.database.url,
      application_name: 'kurir listener',
      keepAlive: true,
    });
    client.on('error', () => undefined);
    client.on('end', () => this.reconnect());
    client.on('notification', ({ payload }) => {
      const spoken = JSON.parse(payload ?? '{}') as Spoken;
      if (spoken.from !== this.self) this.hear(spoken.topic, spoken.ids);
    });
    this.client = client;
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.sending;
    await this.client?.end().catch(() => undefined);
  }

  private reconnect(): void {
    if (this.closed) return;
    const timer = setTimeout(() => {
      this.listen().then(
        // What was said meanwhile is lost: everybody looks for himself.
        () => this.handlers.forEach((_handlers, topic) => this.hear(topic, [])),
        () => undefined, // its 'end' event tries again
      );
    }, RECONNECT_MS);
    timer.unref();
  }

  private hear(topic: Topic, ids: readonly string[]): void {
    for (const handler of this.handlers.get(topic) ?? []) handler(ids);
  }

  private async send(): Promise<void> {
    // Lets all that is told in this turn of the event loop ride in one statement.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.size > 0) {
      const payloads: string[] = [];
      for (const [topic, ids] of this.waiting) {
        const all = [...ids];
        do payloads.push(JSON.stringify({ from: this.self, topic, ids: all.splice(0, IDS_IN_ONE) } satisfies Spoken));
        while (all.length > 0);
      }
      this.waiting.clear();
      await this.database
        .rows(`select pg_notify('${CHANNEL}', payload) from unnest($1::text[]) payload`, [payloads])
        .catch(() => undefined);
      // Each NOTIFY is a transaction of its own: what is told in the next moments rides in one.
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    }
    this.sending = null;
  }
}
