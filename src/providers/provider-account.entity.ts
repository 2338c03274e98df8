import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type ProviderKind } from '../common/problem.js';
import { type Environment } from './ports/provider.js';

export type AccountHealth = 'UNKNOWN' | 'HEALTHY' | 'DEGRADED' | 'FAILING';

/** One account at one provider. Deleted ones stay, without their secrets, for what refers to them. */
@Entity('provider_accounts')
@Index('provider_accounts_callback_key', ['callbackKey'], { unique: true })
@Index('provider_accounts_id', ['id'], { unique: true })
export class ProviderAccountEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'provider_accounts_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'provider_accounts_pk' })
  id!: string;

  @Column('text')
  kind!: ProviderKind;

  @Column('text')
  name!: string;

  @Column('text')
  environment!: Environment;

  @Column('text', { nullable: true })
  sender!: string | null;

  /** E.164: the WhatsApp number that the provider said it stands for, when the account was tested. */
  @Column('text', { name: 'own_number', nullable: true })
  ownNumber!: string | null;

  /** What replaces the provider's own scheme, host and port; null is the provider's own. */
  @Column('text', { name: 'base_url', nullable: true })
  baseUrl!: string | null;

  /** Sealed JSON; empty once the account is deleted. */
  @Column('bytea')
  credentials!: Buffer;

  /** Which encryption key sealed them. */
  @Column('text', { name: 'credentials_key' })
  credentialsKey!: string;

  @Column('integer', { name: 'requests_per_minute', nullable: true })
  requestsPerMinute!: number | null;

  @Column('boolean')
  enabled!: boolean;

  @Column('text')
  health!: AccountHealth;

  /** Set when the provider refused the credentials: nothing leaves until they are mended. */
  @Column('timestamptz', { name: 'stopped_at', nullable: true })
  stoppedAt!: Date | null;

  @Column('text', { name: 'callback_key' })
  callbackKey!: string;

  /** Counts the changes of what a live provider is made from. */
  @Column('integer')
  version!: number;

  /** Events so far. */
  @Column('integer')
  sequence!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
