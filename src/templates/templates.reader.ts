import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { type CallerContext } from '../projects/caller.js';
import { type Page, ProjectRows, type Where } from '../projects/project-rows.js';
import { TemplateEntity } from './template.entity.js';
import { type TemplateModel, toTemplateModel } from './template.model.js';

/** The templates of the caller's project. */
@Injectable()
export class TemplatesReader {
  private readonly rows: ProjectRows<TemplateEntity>;

  constructor(database: Database) {
    this.rows = new ProjectRows(database, TemplateEntity);
  }

  /** One that is not retired. */
  async find(projectId: string, id: string): Promise<TemplateModel | null> {
    const row = await this.rows.find(projectId, id);
    return row && !row.deletedAt ? toTemplateModel(row) : null;
  }

  /** Retired ones too: what refers to a template still shows it. */
  async findMany(projectId: string, ids: readonly string[]): Promise<Map<string, TemplateModel>> {
    return new Map([...(await this.rows.findMany(projectId, ids))].map(([id, row]) => [id, toTemplateModel(row)]));
  }

  page(
    projectId: string,
    first: number,
    after: string | null,
    where: Where<TemplateEntity>,
  ): Promise<Page<TemplateEntity>> {
    return this.rows.page(projectId, { first, after, where: live(where) });
  }

  count(projectId: string, where: Where<TemplateEntity>, max: number): Promise<number> {
    return this.rows.count(projectId, live(where), max);
  }

  /** For field resolvers: one query for all that ask in one turn. */
  load(context: CallerContext, id: string): Promise<TemplateModel | null> {
    return context
      .loader('template', (ids: readonly string[]) => this.findMany(context.caller.projectId, ids))
      .load(id);
  }
}

const live =
  (where: Where<TemplateEntity>): Where<TemplateEntity> =>
  (query) => {
    query.andWhere('row.deletedAt is null');
    where(query);
  };
