import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The one row of where the fan-out stands in the log. Who holds its lock is the process that fans out. */
@Entity('webhook_fan_out')
export class WebhookFanOutEntity {
  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'webhook_fan_out_pk' })
  id!: number;

  /** Of every event up to this one there is a delivery for each endpoint that hears of it. */
  @Column('bigint')
  position!: string;
}
