import { Injectable } from '@nestjs/common';
import { readPhone } from '../common/phone.js';
import { unstorableAt } from '../common/text.js';
import { Database } from '../database/database.js';
import { badUserInput } from '../graphql/errors.js';
import { type Caller } from '../projects/caller.js';
import { type Page, ProjectRows, type Where } from '../projects/project-rows.js';
import { type BlockedPrefixEntity } from './blocked-prefix.entity.js';
import { VerificationEntity } from './verification.entity.js';
import { type VerificationFilter } from './verification.input.js';
import { STEP_COLUMNS, type Verification, type VerificationStep } from './verification-row.js';

const TOLD: Where<VerificationEntity> = (query) => query.andWhere('row.told');

/** The verifications of a project. One that nobody was told of yet does not exist. */
@Injectable()
export class VerificationsReader {
  private readonly rows: ProjectRows<VerificationEntity>;

  constructor(private readonly database: Database) {
    this.rows = new ProjectRows(database, VerificationEntity);
  }

  async find(projectId: string, id: string): Promise<Verification | null> {
    return (await this.findMany(projectId, [id])).get(id) ?? null;
  }

  async findMany(projectId: string, ids: readonly string[]): Promise<Map<string, Verification>> {
    const found = await this.rows.among(projectId, 'id', ids, TOLD);
    return new Map(found.map((row) => [row.id, row]));
  }

  page(
    projectId: string,
    first: number,
    after: string | null,
    where: Where<VerificationEntity>,
  ): Promise<Page<Verification>> {
    return this.rows.page(projectId, { first, after, where: toldAnd(where) });
  }

  count(projectId: string, where: Where<VerificationEntity>, max: number): Promise<number> {
    return this.rows.count(projectId, toldAnd(where), max);
  }

  /** The steps of several, first to last, by the verification. */
  async stepsOf(projectId: string, ids: readonly string[]): Promise<Map<string, VerificationStep[]>> {
    const steps = await this.database.rows<VerificationStep>(
      `select ${STEP_COLUMNS} from verification_steps s
        where (project_id, verification_id) in (select * from unnest($1::uuid[], $2::uuid[])) order by number`,
      [ids.map(() => projectId), ids],
    );
    return Map.groupBy(steps, ({ verificationId }) => verificationId);
  }

  /** The prefixes of several projects that are blocked at a time, by the project, what was blocked last first. */
  async blockedPrefixes(projectIds: readonly string[], now: Date): Promise<Map<string, BlockedPrefixEntity[]>> {
    const blocked = await this.database.rows<BlockedPrefixEntity>(
      `select project_id as "projectId", prefix, started, verified, blocked_at as "blockedAt", until
         from blocked_prefixes where project_id = any($1) and until > $2 order by blocked_at desc, prefix`,
      [projectIds, now],
    );
    return Map.groupBy(blocked, ({ projectId }) => projectId);
  }
}

const toldAnd =
  (where: Where<VerificationEntity>): Where<VerificationEntity> =>
  (query) => {
    TOLD(query);
    where(query);
  };

/** A filter as conditions on the row. Throws BAD_USER_INPUT for text that no row can hold. */
export function whereOf(
  filter: VerificationFilter | null | undefined,
  caller: Pick<Caller, 'country'>,
): Where<VerificationEntity> {
  if (!filter) return () => undefined;
  const unstorable = unstorableAt(filter);
  if (unstorable !== null)
    throw badUserInput('A filter holds no NUL byte or half a character.', `filter.${unstorable}`);
  return (query) => {
    // A number that is none is the number of no verification.
    if (filter.phone != null) query.andWhere('row.phone = :phone', { phone: readPhone(filter.phone, caller.country) });
    if (filter.reference != null) query.andWhere('row.reference = :reference', { reference: filter.reference });
    if (filter.statuses) query.andWhere('row.status = any(:statuses)', { statuses: filter.statuses });
  };
}
