import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Problem } from '../common/problem.js';
import { type VerificationMethod } from './verification.status.js';

/**
 * One way in which a verification was tried. What proves it stays: a code or a link of an earlier step is as good as that of
 * the latest.
 */
@Entity('verification_steps')
@Index('verification_steps_provider', ['accountId', 'providerReference'], { where: 'provider_reference is not null' })
@Index('verification_steps_selector', ['projectId', 'selector'], { where: 'selector is not null' })
export class VerificationStepEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'verification_steps_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { name: 'verification_id', primaryKeyConstraintName: 'verification_steps_pk' })
  verificationId!: string;

  /** 1 for the first. */
  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'verification_steps_pk' })
  number!: number;

  @Column('text')
  method!: VerificationMethod;

  @Column('uuid', { name: 'account_id', nullable: true })
  accountId!: string | null;

  /** CODE: the message that carries the code. */
  @Column('uuid', { name: 'message_id', nullable: true })
  messageId!: string | null;

  /** SENDTALK: the provider's id of it; null until it answered. */
  @Column('text', { name: 'provider_reference', nullable: true })
  providerReference!: string | null;

  /** INBOUND: the part of the code by which it is found; the other part is known by its hash alone. */
  @Column('text', { nullable: true })
  selector!: string | null;

  /** INBOUND, CODE: the keyed hash of what proves it. */
  @Column('bytea', { name: 'secret_hash', nullable: true })
  secretHash!: Buffer | null;

  @Column('text', { name: 'wa_link', nullable: true })
  waLink!: string | null;

  @Column('text', { name: 'wa_message', nullable: true })
  waMessage!: string | null;

  /** As the provider gave it, where that is of use: a data: URL. Else it is drawn from the link when it is asked for. */
  @Column('text', { name: 'qr_code', nullable: true })
  qrCode!: string | null;

  /** Calls to the provider that brought no answer. */
  @Column('smallint')
  tries!: number;

  @Column('json', { nullable: true })
  problem!: Problem | null;

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;
}
