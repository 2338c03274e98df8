import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One call with a delivery, and what came of it. */
@Entity('webhook_attempts')
export class WebhookAttemptEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'webhook_attempts_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { name: 'delivery_id', primaryKeyConstraintName: 'webhook_attempts_pk' })
  deliveryId!: string;

  /** 1, 2, 3 … */
  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'webhook_attempts_pk' })
  number!: number;

  @Column('timestamptz')
  at!: Date;

  @Column('integer', { name: 'duration_ms' })
  durationMs!: number;

  @Column('smallint', { name: 'response_status', nullable: true })
  responseStatus!: number | null;

  /** Its first 4 KiB. */
  @Column('text', { name: 'response_body', nullable: true })
  responseBody!: string | null;

  @Column('text', { nullable: true })
  error!: string | null;
}
