import { hash } from 'node:crypto';
import { type SimulatedKind, type WappinStatus } from './behaviour.js';
import { Ring } from './ring.js';
import { SlidingWindow } from './sliding-window.js';

const MINUTE_MS = 60_000;
/** Refusals, tokens and inquiries are of interest only for a while; messages are kept much longer. */
const KEPT_CALLS = 20_000;

/** A message that went out. */
export interface LedgerMessage {
  readonly kind: SimulatedKind;
  readonly clientId: string;
  /** Digits, country code first. */
  readonly recipient: string;
  readonly template: string;
  readonly params: readonly string[];
  /** DOKU's Request-Id; Wappin has none. */
  readonly requestId: string | null;
  readonly at: Date;
  readonly messageId: string;
  /** Requests under the same Request-Id after the first: the provider takes them as the same message. */
  repeats: number;
  /** What has happened to it since, oldest first. */
  readonly events: { readonly status: WappinStatus; readonly at: Date }[];
}

/** One request of a client, whatever came of it. */
export interface LedgerCall {
  readonly at: Date;
  readonly kind: SimulatedKind;
  /** Null: nobody the provider knows. */
  readonly clientId: string | null;
  readonly path: string;
  /**
   * `accepted`: a message went out. `repeated`: one that had been decided before. `dropped`: the line ended and nothing was
   * sent. `answered`: a call that sends nothing, such as for a token. Everything else is the provider's code of refusal.
   */
  readonly outcome: string;
  readonly httpStatus: number;
  readonly requestId?: string;
  /** DOKU's Request-Timestamp as it was written. */
  readonly timestamp?: string;
  readonly recipient?: string;
  readonly messageId?: string;
}

export interface LedgerCounts {
  readonly requests: number;
  readonly accepted: number;
  readonly repeated: number;
  readonly dropped: number;
  readonly answered: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Messages that went out although one to the same recipient with the same template and values had gone out before. */
  readonly doubles: number;
  /** The most requests that any 60 s held; of one client where several are counted together. */
  readonly maxPerMinute: number;
}

export interface LedgerFilter {
  readonly kind?: SimulatedKind;
  readonly clientId?: string;
  readonly recipient?: string;
  readonly requestId?: string;
  readonly messageId?: string;
}

interface Tally {
  readonly kind: SimulatedKind;
  readonly clientId: string | null;
  requests: number;
  accepted: number;
  repeated: number;
  dropped: number;
  answered: number;
  doubles: number;
  readonly refused: Map<string, number>;
  readonly window: SlidingWindow;
}

interface Kept {
  readonly message: LedgerMessage;
  readonly key: string;
}

/** What the providers were sent: the judge of "never lost" and "never sent twice". In memory, the newest `capacity` messages. */
export class Ledger {
  private readonly tallies = new Map<string, Tally>();
  private readonly messagesById = new Map<string, LedgerMessage>();
  private readonly timesSent = new Map<string, number>();
  private readonly kept: Ring<Kept>;
  private readonly recent = new Ring<LedgerCall>(KEPT_CALLS);

  constructor(capacity: number) {
    this.kept = new Ring(capacity);
  }

  /** Names a message by what the recipient sees. */
  static keyOf(recipient: string, template: string, params: readonly string[]): string {
    return hash('sha1', JSON.stringify([recipient, template, params]), 'base64');
  }

  record(call: LedgerCall): void {
    const tally = this.tallyOf(call.kind, call.clientId);
    tally.requests++;
    tally.window.add(call.at.getTime());
    switch (call.outcome) {
      case 'accepted':
      case 'repeated':
      case 'dropped':
      case 'answered':
        tally[call.outcome]++;
        break;
      default:
        tally.refused.set(call.outcome, (tally.refused.get(call.outcome) ?? 0) + 1);
    }
    this.recent.push(call);
  }

  /** Writes down a message that goes out; `key` is its `keyOf`. */
  accept(message: LedgerMessage, key: string): void {
    const scoped = `${message.kind}\n${message.clientId}\n${key}`;
    const before = this.timesSent.get(scoped) ?? 0;
    this.timesSent.set(scoped, before + 1);
    if (before > 0) this.tallyOf(message.kind, message.clientId).doubles++;
    this.messagesById.set(message.messageId, message);
    const gone = this.kept.push({ message, key: scoped });
    if (gone !== undefined) this.forget(gone);
  }

  message(messageId: string): LedgerMessage | undefined {
    return this.messagesById.get(messageId);
  }

  /** The messages that fit, newest first. */
  messages(filter: LedgerFilter = {}, limit = Infinity): LedgerMessage[] {
    return this.kept.newest(limit, ({ message }) => fits(message, filter)).map(({ message }) => message);
  }

  /** The calls that fit, newest first; the last 20,000 are kept. */
  calls(filter: LedgerFilter = {}, limit = Infinity): LedgerCall[] {
    return this.recent.newest(limit, (call) => fits(call, filter));
  }

  counts({ kind, clientId }: Pick<LedgerFilter, 'kind' | 'clientId'> = {}): LedgerCounts {
    const counts = { requests: 0, accepted: 0, repeated: 0, dropped: 0, answered: 0, doubles: 0, maxPerMinute: 0 };
    const refused: Record<string, number> = {};
    for (const tally of this.tallies.values()) {
      if (!fits(tally, { kind, clientId })) continue;
      counts.requests += tally.requests;
      counts.accepted += tally.accepted;
      counts.repeated += tally.repeated;
      counts.dropped += tally.dropped;
      counts.answered += tally.answered;
      counts.doubles += tally.doubles;
      counts.maxPerMinute = Math.max(counts.maxPerMinute, tally.window.max);
      for (const [code, times] of tally.refused) refused[code] = (refused[code] ?? 0) + times;
    }
    return { ...counts, refused };
  }

  reset(): void {
    this.tallies.clear();
    this.messagesById.clear();
    this.timesSent.clear();
    this.kept.clear();
    this.recent.clear();
  }

  private forget({ message, key }: Kept): void {
    this.messagesById.delete(message.messageId);
    const times = this.timesSent.get(key) ?? 0;
    if (times <= 1) this.timesSent.delete(key);
    else this.timesSent.set(key, times - 1);
  }

  private tallyOf(kind: SimulatedKind, clientId: string | null): Tally {
    const key = `${kind}\n${clientId ?? ''}`;
    let tally = this.tallies.get(key);
    if (tally === undefined) {
      const zero = { requests: 0, accepted: 0, repeated: 0, dropped: 0, answered: 0, doubles: 0 };
      tally = { kind, clientId, ...zero, refused: new Map(), window: new SlidingWindow(MINUTE_MS) };
      this.tallies.set(key, tally);
    }
    return tally;
  }
}

function fits(item: Partial<Record<keyof LedgerFilter, string | null>>, filter: LedgerFilter): boolean {
  return (
    (filter.kind === undefined || item.kind === filter.kind) &&
    (filter.clientId === undefined || item.clientId === filter.clientId) &&
    (filter.recipient === undefined || item.recipient === filter.recipient) &&
    (filter.requestId === undefined || item.requestId === filter.requestId) &&
    (filter.messageId === undefined || item.messageId === filter.messageId)
  );
}
