import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type EventType, type SubjectKind } from './event-types.js';

/** The append-only log. Rows come in by the function append_events alone, which draws their ids inside the log's lock. */
@Entity('events')
@Index('events_id', ['id'], { unique: true })
@Index('events_subject', ['projectId', 'subjectId', 'sequence'])
export class EventEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'events_pk' })
  projectId!: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'events_pk' })
  id!: string;

  @Column('text')
  type!: EventType;

  @Column('text', { name: 'subject_kind' })
  subjectKind!: SubjectKind;

  @Column('uuid', { name: 'subject_id' })
  subjectId!: string;

  @Column('integer')
  sequence!: number;

  @Column('timestamptz', { name: 'occurred_at' })
  occurredAt!: Date;

  @Column('timestamptz', { name: 'recorded_at' })
  recordedAt!: Date;

  @Column('json')
  data!: Record<string, unknown>;
}
