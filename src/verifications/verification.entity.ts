import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Problem } from '../common/problem.js';
import { type VerificationLanguage } from '../providers/ports/verification.js';
import { type VerificationMethod, type VerificationStatus } from './verification.status.js';

/**
 * A number to be proved. It is also what the limits on abuse are counted by: by its phone, prefix, key and project, newest
 * first (abuse-limits.ts). `timerAt` is when its time is over, a call is tried again, or
 * its codes are to be forgotten.
 */
@Entity('verifications')
@Index('verifications_timer', ['timerAt'], { where: 'timer_at is not null' })
@Index('verifications_phone', ['projectId', 'phone', 'createdAt'])
@Index('verifications_prefix', ['projectId', 'prefix', 'createdAt'])
@Index('verifications_key', ['projectId', 'apiKeyId', 'createdAt'])
@Index('verifications_address', ['projectId', 'endUserAddress', 'createdAt'], { where: 'end_user_address is not null' })
@Index('verifications_created', ['projectId', 'createdAt'])
@Index('verifications_reference', ['projectId', 'reference', 'id'], { where: 'reference is not null' })
export class VerificationEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'verifications_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'verifications_pk' })
  id!: string;

  /** E.164; null once erased. */
  @Column('text', { nullable: true })
  phone!: string | null;

  /** The country's code and four digits: `+628123`. */
  @Column('text')
  prefix!: string;

  /** Of the latest step. */
  @Column('text')
  method!: VerificationMethod;

  @Column('text')
  status!: VerificationStatus;

  /**
   * False while the first answer of a provider is waited for: then nobody has been told of it, and a refusal takes it away
   * again.
   */
  @Column('boolean')
  told!: boolean;

  @Column('text')
  language!: VerificationLanguage;

  @Column('text', { name: 'app_url', nullable: true })
  appUrl!: string | null;

  @Column('text', { nullable: true })
  reference!: string | null;

  /** The method and the account that the caller named; null where the choice is ours. */
  @Column('text', { name: 'chosen_method', nullable: true })
  chosenMethod!: VerificationMethod | null;

  @Column('uuid', { name: 'chosen_account', nullable: true })
  chosenAccount!: string | null;

  @Column('uuid', { name: 'api_key_id' })
  apiKeyId!: string;

  /** The person's own address as limits count it: of IPv6 its first 64 bits. */
  @Column('text', { name: 'end_user_address', nullable: true })
  endUserAddress!: string | null;

  /** Steps so far. */
  @Column('smallint')
  steps!: number;

  /** Wrong codes that are still taken. */
  @Column('smallint', { name: 'checks_left' })
  checksLeft!: number;

  /** How often a person was sent something, or given a link, because somebody asked for it. */
  @Column('smallint')
  sends!: number;

  /** When that was the last time. */
  @Column('timestamptz', { name: 'sent_at' })
  sentAt!: Date;

  /** How often what the person sent was not it; only the first few are answered. */
  @Column('smallint')
  refusals!: number;

  @Column('json', { nullable: true })
  problem!: Problem | null;

  @Column('timestamptz', { name: 'timer_at', nullable: true })
  timerAt!: Date | null;

  /** Events so far. */
  @Column('integer')
  sequence!: number;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  /** By the clock of whoever saw the proof. */
  @Column('timestamptz', { name: 'verified_at', nullable: true })
  verifiedAt!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
