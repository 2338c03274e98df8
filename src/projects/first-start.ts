import { newId } from '../common/ids.js';
import { type Database } from '../database/database.js';
import { insertApiKey, insertProject } from './inserts.js';
import { SCOPES, type Scope } from './scopes.js';
import { hashOf, newSecret, prefixOf } from './secret.js';

/** Held while the first project is made, so that of processes that start together one makes it. */
const FIRST_START_LOCK = 0x6b75_726a;
const FIRST_COUNTRY = 'ID';

/**
 * Makes the first project and its key with every scope, when there is none yet. Answers that key when it was made up
 * here: it is shown once. `adminKey` (ADMIN_API_KEY) is taken instead, and added to the first project when it is new to
 * it, so that whoever runs the gateway can always get in; one that was revoked stays revoked.
 */
export async function firstStart(database: Database, now: Date, adminKey: string | null): Promise<string | null> {
  return database.transaction(async (sql) => {
    await sql.rows('select pg_advisory_xact_lock($1)', [FIRST_START_LOCK]);
    const [first] = await sql.rows<{ id: string }>('select id from projects order by created_at, id limit 1');
    if (first && !adminKey) return null;
    const projectId = first?.id ?? newId();
    if (!first)
      await insertProject(sql, {
        ...{ id: projectId, name: 'Default', defaultCountry: FIRST_COUNTRY, createdAt: now },
        ...{ quietFrom: null, quietTo: null },
      });
    const secret = adminKey ?? newSecret();
    const hash = hashOf(secret);
    const [known] = await sql.rows('select id from api_keys where hash = $1', [hash]);
    if (known) return null;
    await insertApiKey(sql, {
      projectId,
      id: newId(),
      name: 'Admin',
      prefix: prefixOf(secret),
      hash,
      scopes: Object.keys(SCOPES) as Scope[],
      allowedIps: [],
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
      createdAt: now,
    });
    return adminKey ? null : secret;
  });
}
