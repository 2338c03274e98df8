import { accountIn, type OfAccount } from './account-kind.js';
import { type Behaviour, type SimulatedKind } from './behaviour.js';
import { magicOf } from './magic-recipients.js';

/** What a call is for; `media`: an upload or a file that is fetched; `payment`: a page to pay on. */
export const OPERATIONS = [
  'send',
  'token',
  'inquiry',
  'number-checker',
  'media',
  'templates',
  'verification',
  'payment',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Something that goes wrong for whoever calls, until it is used up or taken away. */
export interface Fault extends OfAccount {
  readonly kind: SimulatedKind;
  /** `send` where absent. */
  readonly on?: Operation;
  /** Only the next so many calls; until it is cleared where absent. */
  readonly next?: number;
  /** Only this share of the calls, 0 to 1. */
  readonly rate?: number;
  readonly behaviour: Behaviour;
}

interface Standing {
  readonly fault: Fault;
  left: number;
}

/** Beyond this many remembered first tries the oldest half of a run is certainly over. */
const REMEMBERED_TRIES = 100_000;

/** Decides what befalls a call: a fault first, then a magic recipient, else nothing. */
export class Faults {
  private standing: Standing[] = [];
  private readonly tried = new Set<string>();
  private state: number;

  /** The same seed makes the same choices where a fault has a rate. */
  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  add(fault: Fault): void {
    this.standing.push({ fault, left: fault.next ?? Infinity });
  }

  list(): readonly (Fault & { readonly left: number | null })[] {
    return this.standing.map(({ fault, left }) => ({ ...fault, left: left === Infinity ? null : left }));
  }

  clear(): void {
    this.standing = [];
    this.tried.clear();
  }

  /** What befalls this call of no message. */
  ofCall(kind: SimulatedKind, account: string, on: Operation): Behaviour | undefined {
    if (this.standing.length === 0) return undefined;
    for (const one of this.standing) {
      const { fault } = one;
      if (fault.kind !== kind || (fault.on ?? 'send') !== on) continue;
      if ((accountIn(fault) ?? account) !== account) continue;
      if (fault.rate !== undefined && this.random() >= fault.rate) continue;
      one.left--;
      if (one.left <= 0) this.standing = this.standing.filter((other) => other !== one);
      return fault.behaviour;
    }
    return undefined;
  }

  /** What befalls this send; `messageKey` makes it out among the tries of others. */
  ofSend(kind: SimulatedKind, account: string, recipient: string, messageKey: string): Behaviour | undefined {
    return this.ofCall(kind, account, 'send') ?? this.ofRecipient(kind, account, recipient, messageKey);
  }

  /** What a magic number asks for. */
  ofRecipient(kind: SimulatedKind, account: string, recipient: string, messageKey: string): Behaviour | undefined {
    const magic = magicOf(kind, recipient);
    if (magic === undefined || !magic.firstTryOnly) return magic?.behaviour;
    const key = `${kind}\n${account}\n${messageKey}`;
    if (this.tried.has(key)) return undefined;
    if (this.tried.size >= REMEMBERED_TRIES) this.tried.clear();
    this.tried.add(key);
    return magic.behaviour;
  }

  /** mulberry32: small, and the same everywhere. */
  private random(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
