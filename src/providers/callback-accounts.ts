import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, SECOND } from '../common/clock.js';
import { Signals } from '../database/signals.js';
import { AccountStore } from './account-store.js';
import { type ProviderAccountEntity } from './provider-account.entity.js';

/** How long a change in another process may stay unseen when its signal is lost. */
const KEPT_MS = 5 * SECOND;

/** Accounts by the key in their callback addresses, kept for moments: several callbacks come for each message. */
@Injectable()
export class CallbackAccounts {
  private readonly known = new Map<string, { readonly account: ProviderAccountEntity; readonly until: number }>();

  constructor(
    private readonly store: AccountStore,
    signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    signals.on('accounts', () => this.known.clear());
  }

  async find(callbackKey: string): Promise<ProviderAccountEntity | null> {
    const now = this.clock.now().getTime();
    const kept = this.known.get(callbackKey);
    if (kept && kept.until > now) return kept.account;
    this.known.delete(callbackKey);
    const account = await this.store.byCallbackKey(callbackKey);
    if (account) this.known.set(callbackKey, { account, until: now + KEPT_MS });
    return account;
  }
}
