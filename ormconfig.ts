import { DataSource } from 'typeorm';
import type * as dataSource from './src/database/data-source.js';
import type * as tables from './src/tables.js';

/**
 * What the command line of TypeORM works on, from the built program, whose decorators plain Node can read:
 *
 *     npm run build && DATABASE_URL=… node node_modules/typeorm/cli.js migration:generate -d ormconfig.ts src/database/migrations/name
 */
const built = (path: string): string => new URL(`./dist/${path}`, import.meta.url).href;
const { dataSourceOptions } = (await import(built('database/data-source.js'))) as typeof dataSource;
const { TABLES } = (await import(built('tables.js'))) as typeof tables;

export default new DataSource(dataSourceOptions(process.env['DATABASE_URL'] ?? '', TABLES));
