import DataLoader from 'dataloader';
import { type FastifyRequest } from 'fastify';

/** Who calls, as far as the transport must know. projects/ makes it and knows the rest (projects/caller.ts). */
export interface Identity {
  readonly apiKeyId: string;
  readonly expiresAt: Date | null;
}

/** Who stands at the door of HTTP and WebSocket. */
export interface Doorman {
  /** null without a key, and for one that is unknown, expired, revoked or used from outside its networks. */
  admit(authorization: string | undefined, ip: string): Promise<Identity | null> | Identity | null;
  /** Which of these keys admit nobody any more. Asks the database. */
  ended(apiKeyIds: readonly string[]): Promise<ReadonlySet<string>>;
}

export const DOORMAN = Symbol('Doorman');

/** What resolvers share: of one request over HTTP, of one operation over WebSocket. */
export class GraphqlContext<Caller extends Identity = Identity> {
  private readonly loaders = new Map<string, DataLoader<never, unknown>>();

  constructor(
    readonly caller: Caller,
    /** The client's address, behind trusted proxies. */
    readonly ip: string,
    /** Over HTTP. With it in place Nest does not copy the context once more. */
    readonly req: FastifyRequest | null = null,
  ) {}

  /**
   * Gathers what resolvers ask for in one turn into one batch: the first `batch` given for a name is used. It gets each
   * key once; what it does not answer is null. Nothing is remembered: a subscription's context lives for days, and what
   * it loaded an hour ago is stale.
   */
  loader<Key, Value>(
    name: string,
    batch: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
  ): DataLoader<Key, Value | null> {
    let loader = this.loaders.get(name) as DataLoader<Key, Value | null> | undefined;
    if (!loader) {
      loader = new DataLoader<Key, Value | null>(
        async (keys) => {
          const found = await batch([...new Set(keys)]);
          return keys.map((key) => found.get(key) ?? null);
        },
        { cache: false },
      );
      this.loaders.set(name, loader);
    }
    return loader;
  }
}
