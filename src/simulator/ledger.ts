import { hash } from 'node:crypto';
import { accountIn, type OfAccount } from './account-kind.js';
import { type SimulatedKind, type SimulatedStatus } from './behaviour.js';
import { Ring } from './ring.js';
import { SlidingWindow } from './sliding-window.js';

const MINUTE_MS = 60_000;
/** Refusals, tokens and inquiries are of interest only for a while; messages are kept much longer. */
const KEPT_CALLS = 20_000;

/** A message that went out. */
export interface LedgerMessage {
  readonly kind: SimulatedKind;
  readonly account: string;
  /** Digits, country code first; or the provider's own id of a person whose number it keeps back. */
  readonly recipient: string;
  /** The number that it was sent from, where the request names one. */
  readonly sender?: string;
  /** `template`, `text`, `image`, …, in the provider's own words. */
  readonly type: string;
  /** Null where it is none. */
  readonly template: string | null;
  /** The values of a template's body. */
  readonly params: readonly string[];
  /** What else there is to it, as the provider was sent it. */
  readonly content?: unknown;
  /** DOKU's Request-Id, Exotel's request_id; the others have none. */
  readonly requestId: string | null;
  /** What the caller wants to be told again with each callback. */
  readonly customData?: string;
  /** Where the caller wants the callbacks, in place of the account's own address. */
  readonly callbackUrl?: string;
  readonly at: Date;
  readonly messageId: string;
  /** Requests under the same Request-Id after the first: the provider takes them as the same message. */
  repeats: number;
  /** What has happened to it since, oldest first. */
  readonly events: { readonly status: SimulatedStatus; readonly at: Date }[];
}

/** One request of a client, whatever came of it. */
export interface LedgerCall {
  readonly at: Date;
  readonly kind: SimulatedKind;
  /** Null: nobody the provider knows. */
  readonly account: string | null;
  readonly path: string;
  /**
   * `accepted`: its messages went out, but those that were `refused`. `repeated`: one that had been decided before. `dropped`: the line ended and nothing was
   * sent. `answered`: a call that sends nothing, such as for a token. `created`: a verification was made. Everything else is the provider's code of refusal.
   */
  readonly outcome: string;
  /** Codes of the messages that were refused in a request that was taken. */
  readonly refused?: readonly string[];
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
  /** Verifications that were made: nothing goes out of them. */
  readonly created: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Messages that went out although one to the same recipient with the same content had gone out before. */
  readonly doubles: number;
  /** The most requests that any 60 s held; of one client where several are counted together. */
  readonly maxPerMinute: number;
  /** Messages that went out and ask for a payment in the chat. */
  readonly orders: number;
  /** Those that were refused because an earlier one had their reference. */
  readonly orderRepeats: number;
  /** Messages that went out and say where such an order stands. */
  readonly orderStatuses: number;
  /** Those of them that say what an earlier one said of the same order. */
  readonly orderStatusRepeats: number;
  /** What persons paid. */
  readonly payments: number;
  /** What they paid though it had been paid. */
  readonly paymentRepeats: number;
}

/** What is counted besides requests and messages. */
export type LedgerCount =
  'orders' | 'orderRepeats' | 'orderStatuses' | 'orderStatusRepeats' | 'payments' | 'paymentRepeats';

export interface LedgerFilter extends OfAccount {
  readonly kind?: SimulatedKind;
  readonly recipient?: string;
  readonly requestId?: string;
  readonly messageId?: string;
}

interface Tally {
  readonly kind: SimulatedKind;
  readonly account: string | null;
  requests: number;
  accepted: number;
  repeated: number;
  dropped: number;
  answered: number;
  created: number;
  doubles: number;
  readonly refused: Map<string, number>;
  readonly window: SlidingWindow;
  readonly counted: Record<LedgerCount, number>;
}

const NOTHING = { requests: 0, accepted: 0, repeated: 0, dropped: 0, answered: 0, created: 0, doubles: 0 };
const NOTHING_COUNTED: Readonly<Record<LedgerCount, number>> = {
  orders: 0,
  orderRepeats: 0,
  orderStatuses: 0,
  orderStatusRepeats: 0,
  payments: 0,
  paymentRepeats: 0,
};
const COUNTED = Object.keys(NOTHING_COUNTED) as readonly LedgerCount[];

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

  /** Names a message by what the recipient sees: a template and its values, or a type and its content. */
  static keyOf(recipient: string, template: string, params: readonly unknown[]): string {
    return hash('sha1', JSON.stringify([recipient, template, params]), 'base64');
  }

  record(call: LedgerCall): void {
    const tally = this.tallyOf(call.kind, call.account);
    tally.requests++;
    tally.window.add(call.at.getTime());
    switch (call.outcome) {
      case 'accepted':
        // Its messages are counted one by one: a request may have many.
        break;
      case 'repeated':
      case 'dropped':
      case 'answered':
      case 'created':
        tally[call.outcome]++;
        break;
      default:
        count(tally.refused, call.outcome);
    }
    for (const code of call.refused ?? []) count(tally.refused, code);
    this.recent.push(call);
  }

  /** One more of what has no entry of its own. */
  count(kind: SimulatedKind, account: string, what: LedgerCount): void {
    this.tallyOf(kind, account).counted[what]++;
  }

  /** Writes down a message that goes out; `key` is its `keyOf`. */
  accept(message: LedgerMessage, key: string): void {
    const scoped = `${message.kind}\n${message.account}\n${key}`;
    const before = this.timesSent.get(scoped) ?? 0;
    this.timesSent.set(scoped, before + 1);
    const tally = this.tallyOf(message.kind, message.account);
    tally.accepted++;
    if (before > 0) tally.doubles++;
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

  counts(filter: OfAccount & Pick<LedgerFilter, 'kind'> = {}): LedgerCounts {
    const { kind } = filter;
    const account = accountIn(filter);
    const counts = { ...NOTHING, maxPerMinute: 0, ...NOTHING_COUNTED };
    const refused: Record<string, number> = {};
    for (const tally of this.tallies.values()) {
      if (!fits(tally, { kind, account })) continue;
      counts.requests += tally.requests;
      counts.accepted += tally.accepted;
      counts.repeated += tally.repeated;
      counts.dropped += tally.dropped;
      counts.answered += tally.answered;
      counts.created += tally.created;
      counts.doubles += tally.doubles;
      counts.maxPerMinute = Math.max(counts.maxPerMinute, tally.window.max);
      for (const what of COUNTED) counts[what] += tally.counted[what];
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

  private tallyOf(kind: SimulatedKind, account: string | null): Tally {
    const key = `${kind}\n${account ?? ''}`;
    let tally = this.tallies.get(key);
    if (tally === undefined) {
      tally = {
        ...{ kind, account, ...NOTHING, refused: new Map(), window: new SlidingWindow(MINUTE_MS) },
        counted: { ...NOTHING_COUNTED },
      };
      this.tallies.set(key, tally);
    }
    return tally;
  }
}

function count(times: Map<string, number>, code: string): void {
  times.set(code, (times.get(code) ?? 0) + 1);
}

function fits(
  item: Partial<Record<Exclude<keyof LedgerFilter, 'clientId'>, string | null>>,
  filter: LedgerFilter,
): boolean {
  const account = accountIn(filter);
  return (
    (filter.kind === undefined || item.kind === filter.kind) &&
    (account === undefined || item.account === account) &&
    (filter.recipient === undefined || item.recipient === filter.recipient) &&
    (filter.requestId === undefined || item.requestId === filter.requestId) &&
    (filter.messageId === undefined || item.messageId === filter.messageId)
  );
}
