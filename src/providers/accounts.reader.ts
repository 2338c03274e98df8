import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { type CallerContext } from '../projects/caller.js';
import { ProjectRows, type Where } from '../projects/project-rows.js';
import { ProviderAccountEntity } from './provider-account.entity.js';
import { type ProviderAccountModel, toAccountModel } from './provider.model.js';
import { ProviderPool } from './provider-pool.js';

/** The accounts of the caller's project, as the API shows them. */
@Injectable()
export class AccountsReader {
  private readonly rows: ProjectRows<ProviderAccountEntity>;

  constructor(
    database: Database,
    private readonly pool: ProviderPool,
  ) {
    this.rows = new ProjectRows(database, ProviderAccountEntity);
  }

  async list(projectId: string, where?: Where<ProviderAccountEntity>): Promise<ProviderAccountModel[]> {
    const rows = await this.rows.all(projectId, (query) => {
      query.andWhere('row.deletedAt is null');
      where?.(query);
    });
    return rows.map((row) => toAccountModel(row, this.pool));
  }

  /** Deleted ones too: what refers to an account still shows it. */
  async find(projectId: string, id: string): Promise<ProviderAccountModel | null> {
    const row = await this.rows.find(projectId, id);
    return row && toAccountModel(row, this.pool);
  }

  async findMany(projectId: string, ids: readonly string[]): Promise<Map<string, ProviderAccountModel>> {
    const rows = await this.rows.findMany(projectId, ids);
    return new Map([...rows].map(([id, row]) => [id, toAccountModel(row, this.pool)]));
  }

  /** For field resolvers: one query for all that ask in one turn. */
  load(context: CallerContext, id: string): Promise<ProviderAccountModel | null> {
    return context.loader('account', (ids: readonly string[]) => this.findMany(context.caller.projectId, ids)).load(id);
  }
}
