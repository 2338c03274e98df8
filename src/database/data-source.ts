import { type DataSourceOptions } from 'typeorm';
import { Spine1763700000000 } from './migrations/1763700000000-spine.js';
import { Conversations1763800000000 } from './migrations/1763800000000-conversations.js';
import { TemplatesWhole1763800000001 } from './migrations/1763800000001-templates-whole.js';
import { Media1763800000002 } from './migrations/1763800000002-media.js';
import { NumberChecks1763800000003 } from './migrations/1763800000003-number-checks.js';
import { GettingThere1764000000000 } from './migrations/1764000000000-getting-there.js';
import { Verifications1764100000000 } from './migrations/1764100000000-verifications.js';
import { Payments1764200000000 } from './migrations/1764200000000-payments.js';
import { Webhooks1764300000000 } from './migrations/1764300000000-webhooks.js';

export type TableClass = new () => object;

/** A process that stops in the middle of a transaction must not hold the log's lock for long (architecture.md). */
const IDLE_IN_TRANSACTION_MS = 5_000;

/** How TypeORM reaches the database; also what the migration command line uses, through ormconfig.ts. */
export function dataSourceOptions(url: string, tables: readonly TableClass[], poolSize = 5): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities: [...tables],
    migrations: [
      Spine1763700000000,
      ...[Conversations1763800000000, TemplatesWhole1763800000001, Media1763800000002, NumberChecks1763800000003],
      ...[GettingThere1764000000000, Verifications1764100000000, Payments1764200000000, Webhooks1764300000000],
    ],
    migrationsTableName: 'migrations',
    installExtensions: false,
    poolSize,
    applicationName: 'kurir',
    extra: {
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      keepAlive: true,
      // Every statement finds its rows by key or in the order of an index (docs/decisions/0004). The server's default for
      // random pages is for discs that turn; a bitmap reads and sorts all that waits to find what is next; and what a look
      // for the first few of many might cost has it compiled for ten times as long as it takes.
      options: '-c random_page_cost=1.1 -c enable_bitmapscan=off -c jit=off',
    },
    logging: false,
  };
}
