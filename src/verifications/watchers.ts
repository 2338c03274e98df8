import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HOUR, later } from '../common/clock.js';
import { Database } from '../database/database.js';
import { type Caller } from '../projects/caller.js';
import { KeyRing } from '../projects/key-ring.js';
import { WATCH_TOKEN_PREFIX, WatchTokens } from './watch-tokens.js';

/** A person may look at the page for a while after all is over. */
const PAST_EXPIRY_MS = HOUR;

interface WatchedRow {
  readonly apiKeyId: string;
  readonly country: string;
  readonly expiresAt: Date;
  readonly keyExpiresAt: Date | null;
}

/** Lets in whoever shows a watch token. It ends with the key that started the verification. */
@Injectable()
export class Watchers implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly tokens: WatchTokens,
    private readonly keys: KeyRing,
  ) {}

  onModuleInit(): void {
    this.keys.alsoRead(WATCH_TOKEN_PREFIX, (token) => this.callerOf(token));
  }

  private async callerOf(token: string): Promise<Caller | null> {
    const watched = this.tokens.read(token);
    if (!watched) return null;
    const { projectId, id } = watched;
    const [row] = await this.database.rows<WatchedRow>(
      `select v.api_key_id as "apiKeyId", v.expires_at as "expiresAt", k.expires_at as "keyExpiresAt",
              p.default_country as country
         from verifications v
         join api_keys k on k.project_id = v.project_id and k.id = v.api_key_id
         join projects p on p.id = v.project_id
        where v.project_id = $1 and v.id = $2 and v.told and k.revoked_at is null`,
      [projectId, id],
    );
    if (!row) return null;
    const { apiKeyId, country, keyExpiresAt } = row;
    const ends = later(row.expiresAt, PAST_EXPIRY_MS);
    const expiresAt = keyExpiresAt && keyExpiresAt < ends ? keyExpiresAt : ends;
    return { projectId, apiKeyId, scopes: new Set(), country, expiresAt, watches: id };
  }
}
