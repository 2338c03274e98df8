import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type EventType } from '../events/event-types.js';

/** A span of the log that one endpoint is told again. */
@Entity('webhook_replays')
@Index('webhook_replays_to_spread', ['id'], { where: 'not spread' })
export class WebhookReplayEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'webhook_replays_pk' })
  projectId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_replays_pk' })
  id!: string;

  @Column('uuid', { name: 'endpoint_id' })
  endpointId!: string;

  /** Null is all. */
  @Column('text', { array: true, nullable: true })
  types!: EventType[] | null;

  /** Of those that failed alone. */
  @Column('boolean', { name: 'failed_only' })
  failedOnly!: boolean;

  @Column('timestamptz', { name: 'from_time' })
  fromTime!: Date;

  @Column('timestamptz', { name: 'to_time' })
  toTime!: Date;

  /** Of the events up to this one its deliveries are there. */
  @Column('bigint')
  position!: string;

  @Column('bigint', { name: 'last_event' })
  lastEvent!: string;

  /** All its deliveries are there. */
  @Column('boolean')
  spread!: boolean;

  /** How many of its deliveries are there. */
  @Column('integer')
  made!: number;

  /** How many there are to be. */
  @Column('integer')
  count!: number;

  /** How many of its deliveries are settled. */
  @Column('integer')
  done!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
