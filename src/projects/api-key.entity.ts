import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Scope } from './scopes.js';

/** A key to the API. The key itself is nowhere, only its SHA-256. Revoked ones stay, for what refers to them. */
@Entity('api_keys')
@Index('api_keys_hash', ['hash'], { unique: true })
export class ApiKeyEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'api_keys_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_keys_pk' })
  id!: string;

  @Column('text')
  name!: string;

  /** Its first characters, to tell keys apart by. */
  @Column('text')
  prefix!: string;

  @Column('bytea')
  hash!: Buffer;

  /** As they were given: what they include is worked out when the key is used. */
  @Column('text', { array: true })
  scopes!: Scope[];

  /** CIDR blocks; empty is anywhere. */
  @Column('text', { name: 'allowed_ips', array: true })
  allowedIps!: string[];

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** To the minute: written at most that often. */
  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
