import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CLOCK, type Clock, later, MINUTE, SECOND } from '../common/clock.js';
import { Networks } from '../common/networks.js';
import { Database } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type Doorman } from '../graphql/context.js';
import { type Caller } from './caller.js';
import { type Scope, withIncluded } from './scopes.js';
import { hashOf } from './secret.js';

/** So long a key is taken on trust; a revocation is heard at once, this is for the one that is not. */
const TRUSTED_MS = 5 * SECOND;
const MOST_REMEMBERED = 10_000;
const LONGEST_KEY = 255;

/** Who shows a key that is not in the table of keys; null where that key admits nobody. */
export type ReadKey = (key: string) => Promise<Caller | null>;

interface Known {
  readonly caller: Caller;
  /** null is anywhere. */
  readonly networks: Networks | null;
  readonly trustedUntil: number;
  /** When its use need be noted again, in milliseconds. */
  noteAt: number;
}

type Found = Omit<Known, 'trustedUntil'>;

interface KeyRow {
  readonly projectId: string;
  readonly id: string;
  readonly scopes: readonly Scope[];
  readonly allowedIps: readonly string[];
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly country: string;
}

/** Finds out who calls. Keys in use are remembered for seconds, so that most requests ask no database. */
@Injectable()
export class KeyRing implements Doorman, OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Keys');
  /** By the hash of the key. */
  private readonly known = new Map<string, Known>();
  private readonly asking = new Map<string, Promise<Known | null>>();
  /** By how they begin. */
  private readonly others = new Map<string, ReadKey>();
  private readonly noting = new Set<Promise<unknown>>();
  /** Counts what was heard: what was read before must not be remembered after. */
  private heard = 0;
  private stopListening: (() => void) | null = null;

  constructor(
    private readonly database: Database,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.signals.on('keys', (ids) => this.forget(ids));
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopListening?.();
    await Promise.all(this.noting);
  }

  /**
   * Also takes keys that begin so, as `read` says. Call it in `onModuleInit`. Such a key is remembered and forgotten with the
   * key that its caller names as `apiKeyId`, ends by its caller's `expiresAt`, works from anywhere, and its use is not noted.
   */
  alsoRead(prefix: string, read: ReadKey): void {
    this.others.set(prefix, read);
  }

  /**
   * Who shows `Bearer <key>` from the address `ip`; null without a key, and for one that is unknown, expired, revoked or
   * used from outside its networks.
   */
  async authenticate(authorization: string | undefined, ip: string): Promise<Caller | null> {
    return this.admit(authorization, ip);
  }

  /** `authenticate`, without a promise where the key is remembered. */
  admit(authorization: string | undefined, ip: string): Promise<Caller | null> | Caller | null {
    const key = keyIn(authorization);
    if (key === null) return null;
    const hash = hashOf(key);
    const name = hash.toString('base64');
    const known = this.known.get(name);
    if (known && known.trustedUntil > this.clock.now().getTime()) return this.check(known, ip);
    return this.ask(name, hash, key).then((found) => found && this.check(found, ip));
  }

  async ended(apiKeyIds: readonly string[]): Promise<ReadonlySet<string>> {
    const alive = await this.database.rows<{ id: string }>(
      `select id from api_keys
        where id = any($1) and revoked_at is null and (expires_at is null or expires_at > $2)`,
      [apiKeyIds, this.clock.now()],
    );
    const living = new Set(alive.map(({ id }) => id));
    return new Set(apiKeyIds.filter((id) => !living.has(id)));
  }

  private check(known: Known, ip: string): Caller | null {
    const { caller, networks } = known;
    const now = this.clock.now();
    if (caller.expiresAt && caller.expiresAt <= now) return null;
    if (networks && !networks.has(ip)) return null;
    if (known.noteAt <= now.getTime()) this.note(known, now);
    return caller;
  }

  /** One question for all that ask for the same key at the same time. */
  private ask(name: string, hash: Buffer, key: string): Promise<Known | null> {
    let asking = this.asking.get(name);
    if (!asking) {
      asking = this.read(name, hash, key).finally(() => this.asking.delete(name));
      this.asking.set(name, asking);
    }
    return asking;
  }

  private async read(name: string, hash: Buffer, key: string): Promise<Known | null> {
    const heard = this.heard;
    const found = (await this.findOther(key)) ?? (await this.find(hash));
    // What is not found is not remembered: whoever guesses would fill the memory.
    if (!found) {
      this.known.delete(name);
      return null;
    }
    const known = { ...found, trustedUntil: this.clock.now().getTime() + TRUSTED_MS };
    if (heard === this.heard) {
      if (this.known.size >= MOST_REMEMBERED) this.known.clear();
      this.known.set(name, known);
    }
    return known;
  }

  /** null also for a key of the table that happens to begin as another kind does: whoever sets ADMIN_API_KEY chooses it. */
  private async findOther(key: string): Promise<Found | null> {
    const [, read] = [...this.others].find(([prefix]) => key.startsWith(prefix)) ?? [];
    const caller = (await read?.(key)) ?? null;
    return caller && { caller, networks: null, noteAt: Infinity };
  }

  private async find(hash: Buffer): Promise<Found | null> {
    const [row] = await this.database.rows<KeyRow>(
      `select k.project_id as "projectId", k.id, k.scopes, k.allowed_ips as "allowedIps", k.expires_at as "expiresAt",
              k.last_used_at as "lastUsedAt", p.default_country as country
         from api_keys k join projects p on p.id = k.project_id
        where k.hash = $1 and k.revoked_at is null`,
      [hash],
    );
    if (!row) return null;
    return {
      caller: {
        projectId: row.projectId,
        apiKeyId: row.id,
        scopes: withIncluded(row.scopes),
        country: row.country,
        expiresAt: row.expiresAt,
      },
      networks: row.allowedIps.length > 0 ? new Networks(row.allowedIps) : null,
      noteAt: row.lastUsedAt ? row.lastUsedAt.getTime() + MINUTE : 0,
    };
  }

  private forget(ids: readonly string[]): void {
    this.heard += 1;
    this.asking.clear();
    if (ids.length === 0) return this.known.clear();
    for (const [name, { caller }] of this.known) if (ids.includes(caller.apiKeyId)) this.known.delete(name);
  }

  /** Nobody waits for it, and one that is lost is made up for by the next use. */
  private note(known: Known, now: Date): void {
    known.noteAt = later(now, MINUTE).getTime();
    const noting = this.database
      .rows(
        `update api_keys set last_used_at = $3
          where project_id = $1 and id = $2 and (last_used_at is null or last_used_at <= $4)`,
        [known.caller.projectId, known.caller.apiKeyId, now, later(now, -MINUTE)],
      )
      .catch((error: unknown) => this.log.warn({ err: error }, 'The use of a key could not be noted.'))
      .finally(() => this.noting.delete(noting));
    this.noting.add(noting);
  }
}

function keyIn(authorization: string | undefined): string | null {
  const key = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1];
  return key !== undefined && key.length <= LONGEST_KEY ? key : null;
}
