import { Injectable } from '@nestjs/common';
import { AccountStore } from './account-store.js';
import { type ProviderAccount } from './accounts.service.js';
import { ProviderPool } from './provider-pool.js';

interface Member {
  readonly account: ProviderAccount;
  readonly mailbox: string | null;
  /** Whose templates it uses (TemplateRegistry.owner). */
  readonly owner: string | null;
}

/**
 * The accounts for which the callbacks at one account's address may speak: a Meta app has one address for all its
 * numbers. They hold the same credentials, so that nobody speaks for an account whose secrets he does not have.
 */
export class Family {
  constructor(
    readonly receiver: ProviderAccount,
    private readonly members: readonly Member[],
    readonly ways: {
      /** One request of theirs may carry several messages. */
      readonly sendsBatches: boolean;
      /** Their reports name the attempt (Callbacks.echoes). */
      readonly echoes: boolean;
    },
  ) {}

  /** The accounts that a report may be of: the one whose mailbox it names, or all where it names none. */
  accountsFor(mailbox: string | null): ProviderAccount[] {
    if (mailbox === null) return this.members.map(({ account }) => account);
    const named = this.members.filter((member) => member.mailbox === mailbox);
    // An account that does not know its own mailbox takes what came to its address.
    const taken =
      named.length > 0 ? named : this.members.filter((member) => this.isReceiver(member) && !member.mailbox);
    return taken.map(({ account }) => account);
  }

  /** The account to which something was written. */
  accountFor(mailbox: string | null): ProviderAccount | null {
    return mailbox === null ? this.receiver : (this.accountsFor(mailbox)[0] ?? null);
  }

  /** The accounts that use the templates of one owner. */
  withTemplatesOf(owner: string): ProviderAccount[] {
    return this.members.filter((member) => member.owner === owner).map(({ account }) => account);
  }

  private isReceiver({ account }: Member): boolean {
    return account.id === this.receiver.id;
  }
}

@Injectable()
export class CallbackFamilies {
  constructor(
    private readonly store: AccountStore,
    private readonly pool: ProviderPool,
  ) {}

  /** The family of the account at whose address something came; null where there is no such account. */
  async of(accountId: string): Promise<Family | null> {
    const receiver = (await this.store.byIds([accountId])).get(accountId);
    if (!receiver) return null;
    const own = this.memberOf(receiver);
    const family = own.family;
    const ways = {
      sendsBatches: this.pool.definition(receiver.kind).limits.maxBatchSize > 1,
      echoes: own.echoes,
    };
    if (family === null) return new Family(receiver, [own], ways);
    const others = (await this.store.ofProject(receiver.projectId)).filter(
      ({ id, kind }) => id !== receiver.id && kind === receiver.kind,
    );
    const relatives = others.map((account) => this.memberOf(account)).filter((member) => member.family === family);
    return new Family(receiver, [own, ...relatives], ways);
  }

  private memberOf(account: ProviderAccount): Member & { readonly family: string | null; readonly echoes: boolean } {
    try {
      const { callbacks, templates } = this.pool.of(account);
      const { family = null, mailbox = null, echoes = false } = callbacks ?? {};
      return { account, family, mailbox, echoes, owner: templates?.owner ?? null };
    } catch {
      // Its secrets cannot be opened: it is nobody's relative.
      return { account, family: null, mailbox: null, echoes: false, owner: null };
    }
  }
}
