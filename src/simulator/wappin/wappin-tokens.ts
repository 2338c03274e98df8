import { hash, randomBytes } from 'node:crypto';
import { type SimulatedWappinAccount } from './wappin-account.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const JAKARTA_OFFSET_MS = 7 * 60 * 60 * 1000;

export interface IssuedToken {
  readonly value: string;
  readonly expiresAt: Date;
  /** False: it was asked for before, and is still good. */
  readonly fresh: boolean;
}

interface Held {
  readonly clientId: string;
  readonly value: string;
  readonly expiresAt: Date;
}

/** One living token for each client, found by its hash as a secret should be. */
export class WappinTokens {
  private readonly byClient = new Map<string, Held>();
  private readonly byHash = new Map<string, Held>();

  /** The client's token; the same one again until its end. */
  issue(account: SimulatedWappinAccount, at: Date): IssuedToken {
    const held = this.byClient.get(account.clientId);
    if (held !== undefined && held.expiresAt > at) return { ...held, fresh: false };
    this.kill(account.clientId);
    const made: Held = {
      clientId: account.clientId,
      value: randomBytes(32).toString('hex'),
      expiresAt: new Date(at.getTime() + (account.tokenLifeMs ?? DAY_MS)),
    };
    this.byClient.set(made.clientId, made);
    this.byHash.set(hash('sha256', made.value), made);
    return { ...made, fresh: true };
  }

  /** Whose token it is; undefined when it is nobody's, or past its time. */
  clientOf(token: string, at: Date): string | undefined {
    const held = this.byHash.get(hash('sha256', token));
    return held !== undefined && held.expiresAt > at ? held.clientId : undefined;
  }

  /** As when somebody presses Generate in the dashboard. All clients' where none is named; answers how many died. */
  kill(clientId?: string): number {
    const dying = [...this.byClient.values()].filter((held) => clientId === undefined || held.clientId === clientId);
    for (const held of dying) {
      this.byClient.delete(held.clientId);
      this.byHash.delete(hash('sha256', held.value));
    }
    return dying.length;
  }
}

/** `2019-07-20 16:21:51`: Wappin writes no zone; Asia/Jakarta is the reading of it. */
export function jakartaDateTime(at: Date): string {
  return new Date(at.getTime() + JAKARTA_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** `5d366a8d54dce`: seconds and microseconds in hex, as PHP's uniqid writes them. Never the same twice. */
export class UniqueIds {
  private last = 0;

  next(at: Date): string {
    this.last = Math.max(this.last + 1, at.getTime() * 1000);
    const seconds = Math.floor(this.last / 1_000_000);
    return seconds.toString(16) + (this.last % 1_000_000).toString(16).padStart(5, '0');
  }
}
