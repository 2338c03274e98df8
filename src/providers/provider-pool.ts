import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { type ProviderKind } from '../common/problem.js';
import { Vault } from '../common/vault.js';
import { CONFIG, type Config } from '../config/config.js';
import { HTTP, type Http } from '../http/http.js';

import { type Capability, capabilitiesOf } from './capability.js';
import { type Messaging } from './ports/messaging.js';
import {
  type Credentials,
  type Account,
  type Provider,
  PROVIDER_CATALOGUE,
  type ProviderDefinition,
} from './ports/provider.js';
import { type ProviderAccountEntity } from './provider-account.entity.js';

interface Live {
  readonly version: number;
  readonly provider: Provider;
}

/** The live providers of this process, one for each account: made anew when the account's settings change. */
@Injectable()
export class ProviderPool {
  private readonly live = new Map<string, Live>();
  private readonly definitions: ReadonlyMap<ProviderKind, ProviderDefinition>;
  /** A provider of each kind without an account: its ports tell what any account of the kind can do. */
  private readonly blank: ReadonlyMap<ProviderKind, Provider>;
  private readonly capable: ReadonlyMap<ProviderKind, ReadonlySet<Capability>>;

  constructor(
    @Inject(PROVIDER_CATALOGUE) catalogue: readonly ProviderDefinition[],
    private readonly vault: Vault,
    @Inject(HTTP) private readonly http: Http,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
  ) {
    this.definitions = new Map(catalogue.map((definition) => [definition.kind, definition]));
    this.blank = new Map(
      catalogue.map(({ kind, baseUrls }) => [
        kind,
        this.connect({
          ...{ id: '', kind, environment: 'SANDBOX', baseUrl: baseUrls.SANDBOX },
          ...{ credentials: {}, sender: null, callbackBase: '' },
        }),
      ]),
    );
    this.capable = new Map([...this.blank].map(([kind, provider]) => [kind, new Set(capabilitiesOf(provider))]));
  }

  definition(kind: ProviderKind): ProviderDefinition {
    const found = this.definitions.get(kind);
    if (!found) throw new Error(`No provider of kind ${kind} is in the catalogue.`);
    return found;
  }

  kinds(): ProviderDefinition[] {
    return [...this.definitions.values()];
  }

  /** The provider of an account that exists; its secrets are opened here and nowhere else. */
  of(account: ProviderAccountEntity): Provider {
    const known = this.live.get(account.id);
    if (known?.version === account.version) return known.provider;
    const credentials = this.vault.open<Credentials>(account.id, {
      bytes: account.credentials,
      keyId: account.credentialsKey,
    });
    const provider = this.connect({ ...this.address(account), credentials });
    this.live.set(account.id, { version: account.version, provider });
    return provider;
  }

  /** What an account carries. Where its secrets cannot be opened, what any account of its kind does. */
  messagingOf(account: ProviderAccountEntity): Messaging | undefined {
    try {
      return this.of(account).messaging;
    } catch {
      return this.messagingOfKind(account.kind);
    }
  }

  /** What any account of a kind carries. */
  messagingOfKind(kind: ProviderKind): Messaging | undefined {
    return this.blank.get(kind)?.messaging;
  }

  /** The topics on which a kind calls back. */
  topics(kind: ProviderKind): readonly string[] {
    return this.blank.get(kind)?.callbacks?.topics ?? [];
  }

  /** What any account of a kind can do. */
  capabilities(kind: ProviderKind): ReadonlySet<Capability> {
    return this.capable.get(kind) ?? new Set();
  }

  baseUrl(account: Pick<ProviderAccountEntity, 'kind' | 'environment' | 'baseUrl'>): string {
    return account.baseUrl ?? this.definition(account.kind).baseUrls[account.environment];
  }

  /** The address of an account's callbacks, up to the topic. */
  callbackBase(account: Pick<ProviderAccountEntity, 'callbackKey'>): string {
    return `${this.config.publicUrl}/callbacks/${account.callbackKey}`;
  }

  forget(accountId: string): void {
    this.live.delete(accountId);
  }

  private address(account: ProviderAccountEntity): Omit<Account, 'credentials'> {
    const { id, kind, environment, sender } = account;
    return { id, kind, environment, sender, baseUrl: this.baseUrl(account), callbackBase: this.callbackBase(account) };
  }

  private connect(account: Account): Provider {
    return this.definition(account.kind).connect(account, { http: this.http, now: () => this.clock.now() });
  }
}
