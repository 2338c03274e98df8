import { Brackets, type EntityTarget, type ObjectLiteral, type Repository, type SelectQueryBuilder } from 'typeorm';
import { type Database } from '../database/database.js';

export interface RowOfProject extends ObjectLiteral {
  readonly projectId: string;
  readonly id: string;
}

/** Narrows a query. Columns are written `row.name`; name parameters apart from `projectId`, `projects`, `values`, `id` and `after`. */
export type Where<Row extends RowOfProject> = (query: Pick<SelectQueryBuilder<Row>, 'andWhere'>) => void;

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
}

/**
 * The one place that binds what is read to a project: every query of it starts with the caller's project, and an id of
 * another one finds nothing. A room makes one for each of its tables: `new ProjectRows(database, TemplateEntity)`.
 */
export class ProjectRows<Row extends RowOfProject> {
  private readonly repository: Repository<Row>;

  constructor(database: Database, table: EntityTarget<Row>) {
    this.repository = database.repository(table);
  }

  async find(projectId: string, id: string): Promise<Row | null> {
    return this.of(projectId).andWhere('row.id = :id', { id }).getOne();
  }

  /** Those that exist, by id. */
  async findMany(projectId: string, ids: readonly string[]): Promise<Map<string, Row>> {
    const rows = await this.among(projectId, 'id', ids);
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Those whose `column` holds one of `values`, oldest first. */
  async among(
    projectId: string,
    column: string & keyof Row,
    values: readonly string[],
    where?: Where<Row>,
  ): Promise<Row[]> {
    if (values.length === 0) return [];
    // By pairs, as every batch is found (docs/decisions/0004).
    return this.narrowed(
      this.repository
        .createQueryBuilder('row')
        .where(`(row.projectId, row.${column}) in (select * from unnest(:projects::uuid[], :values::uuid[]))`, {
          projects: values.map(() => projectId),
          values,
        }),
      where,
    )
      .orderBy('row.id', 'ASC')
      .getMany();
  }

  /** All of them, oldest first: for lists that stay short. */
  async all(projectId: string, where?: Where<Row>): Promise<Row[]> {
    return this.of(projectId, where).orderBy('row.id', 'ASC').getMany();
  }

  /** Newest first, from just after the row `after` (its UUID; null for the newest). */
  async page(
    projectId: string,
    { first, after, where }: { first: number; after: string | null; where?: Where<Row> },
  ): Promise<Page<Row>> {
    const query = this.of(projectId, where)
      .orderBy('row.id', 'DESC')
      .limit(first + 1);
    if (after !== null) query.andWhere('row.id < :after', { after });
    const rows = await query.getMany();
    return { rows: rows.slice(0, first), hasNextPage: rows.length > first };
  }

  /** Counts to `max` and no further. */
  async count(projectId: string, where: Where<Row> | undefined, max: number): Promise<number> {
    const query = this.of(projectId, where).select('1').limit(max);
    const [text, values] = query.getQueryAndParameters();
    const [counted] = await this.repository.query<{ count: number }[]>(
      `select count(*)::int as count from (${text}) counted`,
      values,
    );
    return counted?.count ?? 0;
  }

  private of(projectId: string, where?: Where<Row>): SelectQueryBuilder<Row> {
    return this.narrowed(
      this.repository.createQueryBuilder('row').where('row.projectId = :projectId', { projectId }),
      where,
    );
  }

  private narrowed(query: SelectQueryBuilder<Row>, where?: Where<Row>): SelectQueryBuilder<Row> {
    // In brackets of its own, so that no OR in it leads out of the project.
    return where
      ? query.andWhere(new Brackets((inside) => where(inside.where('true') as SelectQueryBuilder<Row>)))
      : query;
  }
}
