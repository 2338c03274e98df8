import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { type Page, ProjectRows, type Where } from '../projects/project-rows.js';
import { OptOutEntity } from './opt-out.entity.js';

const OPTED_OUT: Where<OptOutEntity> = (query) => query.andWhere('row.scope is not null');

/** Who of the caller's project must not be written to. */
@Injectable()
export class OptOutsReader {
  private readonly rows: ProjectRows<OptOutEntity>;

  constructor(database: Database) {
    this.rows = new ProjectRows(database, OptOutEntity);
  }

  page(projectId: string, first: number, after: string | null): Promise<Page<OptOutEntity>> {
    return this.rows.page(projectId, { first, after, where: OPTED_OUT });
  }

  count(projectId: string, max: number): Promise<number> {
    return this.rows.count(projectId, OPTED_OUT, max);
  }

  findMany(projectId: string, ids: readonly string[]): Promise<Map<string, OptOutEntity>> {
    return this.rows.findMany(projectId, ids);
  }
}
