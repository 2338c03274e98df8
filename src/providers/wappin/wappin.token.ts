/**
 * Wappin's token: asked for by Basic, good for 24 hours unless somebody presses *Generate* in the dashboard. Kept for
 * one account, renewed once at a time however many sends wait for it, at half of what it has left to live.
 */
import { type Outcome } from '../ports/outcome.js';
import { type WappinToken } from './wappin.wire.js';

/** Why there is no token; the message behind it has surely not left. */
export type NoToken = Extract<Outcome, { outcome: 'refused' | 'deferred' }>;

export type Asked =
  | { readonly kind: 'token'; readonly token: WappinToken }
  /** "Token not expired", and no data: the one that we have goes on. */
  | { readonly kind: 'same' }
  | { readonly kind: 'none'; readonly outcome: NoToken };

export type Held =
  { readonly kind: 'token'; readonly value: string } | { readonly kind: 'none'; readonly outcome: NoToken };

const LIFETIME_MS = 24 * 60 * 60 * 1000;
/** Not asked again sooner, whatever the answer's date says: its zone is a guess and clocks differ. */
const SHORTEST_MS = 60_000;
/** The renewal is nobody's own call, so it has a time of its own: that of any provider call. */
const RENEWAL_MS = 15_000;

interface Kept {
  readonly value: string;
  expiresAt: number;
  /** From here on it is renewed beside the sends, which go on with it. */
  renewAt: number;
}

export class TokenKeeper {
  private kept: Kept | null = null;
  private underWay: Promise<Held> | null = null;

  constructor(
    private readonly ask: (signal: AbortSignal) => Promise<Asked>,
    private readonly now: () => Date,
  ) {}

  /** A token to send with. Waits for a new one only when there is none that is good. */
  async get(signal: AbortSignal): Promise<Held> {
    const at = this.now().getTime();
    if (this.kept === null || at >= this.kept.expiresAt) return unlessAborted(this.renew(), signal);
    if (at >= this.kept.renewAt) void this.renew();
    return { kind: 'token', value: this.kept.value };
  }

  /** Another token than the one that was refused; at once, when a neighbour has fetched it already. */
  async after(refused: string, signal: AbortSignal): Promise<Held> {
    if (this.kept !== null && this.kept.value !== refused) return { kind: 'token', value: this.kept.value };
    return unlessAborted(this.renew(), signal);
  }

  /** Asks for a token now, or joins who is asking. Never rejects. */
  renew(): Promise<Held> {
    this.underWay ??= this.fetch().finally(() => {
      this.underWay = null;
    });
    return this.underWay;
  }

  /** Takes a token that was just given. */
  keep(token: WappinToken): void {
    const at = this.now().getTime();
    const said = token.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
    const expiresAt = Math.max(Math.min(at + LIFETIME_MS, said), at + SHORTEST_MS);
    this.kept = { value: token.value, expiresAt, renewAt: halfway(at, expiresAt) };
  }

  private async fetch(): Promise<Held> {
    const asked = await this.ask(AbortSignal.timeout(RENEWAL_MS));
    if (asked.kind === 'token') {
      this.keep(asked.token);
      return { kind: 'token', value: asked.token.value };
    }
    const at = this.now().getTime();
    if (this.kept !== null) {
      if (asked.kind === 'same') this.kept.expiresAt = Math.max(this.kept.expiresAt, at + SHORTEST_MS);
      this.kept.renewAt = halfway(at, this.kept.expiresAt);
    }
    if (asked.kind === 'none') return asked;
    return this.kept === null ? WITHHELD : { kind: 'token', value: this.kept.value };
  }
}

function halfway(at: number, expiresAt: number): number {
  return at + Math.max((expiresAt - at) / 2, SHORTEST_MS);
}

const WITHHELD: Held = {
  kind: 'none',
  outcome: {
    outcome: 'deferred',
    failure: {
      code: 'PROVIDER_UNAVAILABLE',
      message: 'Wappin says that its token has not expired, but does not give it; it is asked again.',
      providerCode: '200',
      providerMessage: null,
    },
  },
};

const TIME_WAS_UP: Held = {
  kind: 'none',
  outcome: {
    outcome: 'deferred',
    failure: {
      code: 'PROVIDER_UNAVAILABLE',
      message: 'Wappin gave no token in time, so nothing was asked of it; it is tried again.',
      providerCode: null,
      providerMessage: null,
    },
  },
};

/** What came, or that time was up for this one caller: the others go on waiting. */
function unlessAborted(renewal: Promise<Held>, signal: AbortSignal): Promise<Held> {
  if (signal.aborted) return Promise.resolve(TIME_WAS_UP);
  return new Promise((resolve) => {
    const onAbort = (): void => resolve(TIME_WAS_UP);
    signal.addEventListener('abort', onAbort, { once: true });
    void renewal.then((held) => {
      signal.removeEventListener('abort', onAbort);
      resolve(held);
    });
  });
}
