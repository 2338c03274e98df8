import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type DeliveryStatus } from './delivery.status.js';

/** One event on its way to one endpoint: once by itself, and once in each replay that it is part of. */
@Entity('webhook_deliveries')
@Index('webhook_deliveries_event', ['endpointId', 'eventId'], { unique: true, where: 'replay_id is null' })
@Index('webhook_deliveries_replayed', ['endpointId', 'eventId', 'replayId'], {
  unique: true,
  where: 'replay_id is not null',
})
@Index('webhook_deliveries_failed', ['endpointId', 'eventId', 'replayId'], {
  where: "status <> 'DELIVERED' and attempts > 0",
})
@Index('webhook_deliveries_due', ['endpointId', 'nextAttemptAt', 'eventId'], {
  where: 'next_attempt_at is not null and replay_id is null',
})
@Index('webhook_deliveries_replay_due', ['endpointId', 'nextAttemptAt', 'eventId'], {
  where: 'next_attempt_at is not null and replay_id is not null',
})
@Index('webhook_deliveries_subject', ['endpointId', 'subjectId', 'eventId'], { where: "next_attempt_at > '-infinity'" })
@Index('webhook_deliveries_listed', ['projectId', 'endpointId', 'id'])
@Index('webhook_deliveries_unsettled', ['projectId', 'status', 'id'], { where: "status <> 'DELIVERED'" })
export class WebhookDeliveryEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'webhook_deliveries_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_deliveries_pk' })
  id!: string;

  @Column('uuid', { name: 'endpoint_id' })
  endpointId!: string;

  @Column('bigint', { name: 'event_id' })
  eventId!: string;

  /** What the event is about: events of one thing go in order. */
  @Column('uuid', { name: 'subject_id' })
  subjectId!: string;

  @Column('uuid', { name: 'replay_id', nullable: true })
  replayId!: string | null;

  @Column('text')
  status!: DeliveryStatus;

  /** How many of the schedule's tries were made. */
  @Column('smallint')
  tries!: number;

  /** How many were made in all: more where a person had it tried again. */
  @Column('smallint')
  attempts!: number;

  /** Null once it is settled. */
  @Column('timestamptz', { name: 'next_attempt_at', nullable: true })
  nextAttemptAt!: Date | null;

  /** Until when the process that calls with it has it for itself. */
  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
