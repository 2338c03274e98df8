import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, SECOND } from '../common/clock.js';
import { Signals } from '../database/signals.js';
import { AccountStore } from './account-store.js';
import { type ProviderAccountEntity } from './provider-account.entity.js';

/** What a key is made of; anything else is nobody's, and some of it no text that the database would take. */
const KEY = /^[\w-]+$/;

/** How long a change in another process may stay unseen when its signal is lost. */
const KEPT_MS = 5 * SECOND;

interface Kept {
  readonly account: Promise<ProviderAccountEntity | null>;
  readonly until: number;
}

/** Accounts by the key in their callback addresses, kept for moments: several callbacks come for each message. */
@Injectable()
export class CallbackAccounts {
  private readonly known = new Map<string, Kept>();

  constructor(
    private readonly store: AccountStore,
    signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    signals.on('accounts', () => this.known.clear());
  }

  async find(callbackKey: string): Promise<ProviderAccountEntity | null> {
    if (!KEY.test(callbackKey)) return null;
    const now = this.clock.now().getTime();
    const kept = this.known.get(callbackKey);
    if (kept && kept.until > now) return kept.account;
    this.known.delete(callbackKey);
    // The promise is kept, so that those who ask meanwhile share one query; an unknown key and a failure are not.
    const account = this.store.byCallbackKey(callbackKey);
    const asked: Kept = { account, until: now + KEPT_MS };
    this.known.set(callbackKey, asked);
    const forget = (): void => {
      if (this.known.get(callbackKey) === asked) this.known.delete(callbackKey);
    };
    account.then((found) => (found ? undefined : forget()), forget);
    return account;
  }
}
