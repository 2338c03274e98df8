import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type EventType } from '../events/event-types.js';

/** Where a merchant's own system hears of events. */
@Entity('webhook_endpoints')
@Index('webhook_endpoints_id', ['id'], { unique: true })
export class WebhookEndpointEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'webhook_endpoints_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_endpoints_pk' })
  id!: string;

  @Column('text')
  url!: string;

  /** Empty is all. */
  @Column('text', { name: 'event_types', array: true })
  eventTypes!: EventType[];

  @Column('boolean')
  enabled!: boolean;

  /** Why we switched it off; null when we did not. */
  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason!: string | null;

  /** `EndpointSecrets`, sealed; empty once it is deleted. */
  @Column('bytea')
  secrets!: Buffer;

  /** Which key sealed them. */
  @Column('text', { name: 'secrets_key' })
  secretsKey!: string;

  /** Until when the secret before the last rotation signs too. */
  @Column('timestamptz', { name: 'previous_until', nullable: true })
  previousUntil!: Date | null;

  /** It hears of events after this one: what was before it was made, or switched on, is not told. */
  @Column('bigint', { name: 'hears_after' })
  hearsAfter!: string;

  /** The log's end when it was switched off: what was until then is still due to it. Null while it is on. */
  @Column('bigint', { name: 'hears_until', nullable: true })
  hearsUntil!: string | null;

  /** Since when nothing has succeeded; null after a success. */
  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince!: Date | null;

  /** How often in a row it has asked for less. */
  @Column('smallint', { name: 'slow_steps' })
  slowSteps!: number;

  /** Until when it is left alone. */
  @Column('timestamptz', { name: 'slow_until', nullable: true })
  slowUntil!: Date | null;

  /** Counts its changes by persons: what came of calls to the endpoint as it was before does not count against it. */
  @Column('integer')
  version!: number;

  /** Of its last event. */
  @Column('integer')
  sequence!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
