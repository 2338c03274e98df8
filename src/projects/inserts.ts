import { type Sql } from '../database/database.js';
import { type ApiKeyEntity } from './api-key.entity.js';
import { type ProjectEntity } from './project.entity.js';

export async function insertApiKey(sql: Sql, key: ApiKeyEntity): Promise<void> {
  await sql.rows(
    `insert into api_keys (project_id, id, name, prefix, hash, scopes, allowed_ips, expires_at, last_used_at, revoked_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      ...[key.projectId, key.id, key.name, key.prefix, key.hash, key.scopes, key.allowedIps],
      ...[key.expiresAt, key.lastUsedAt, key.revokedAt, key.createdAt],
    ],
  );
}

export async function insertProject(sql: Sql, project: ProjectEntity): Promise<void> {
  await sql.rows('insert into projects (id, name, default_country, created_at) values ($1, $2, $3, $4)', [
    ...[project.id, project.name, project.defaultCountry, project.createdAt],
  ]);
}
