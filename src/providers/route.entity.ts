import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type Capability } from './capability.js';

/** Which accounts are tried for a capability, first to last; without a row all enabled ones, oldest first. */
@Entity('routes')
export class RouteEntity {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'routes_pk' })
  projectId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'routes_pk' })
  capability!: Capability;

  @Column('uuid', { name: 'account_ids', array: true })
  accountIds!: string[];
}
