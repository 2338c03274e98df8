import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { type Sql } from '../database/database.js';
import { type NewEvent } from '../events/event-types.js';
import { type Family } from '../providers/callback-families.js';
import { type VerificationReport } from '../providers/ports/callbacks.js';
import { markRefused, markVerified, MOST_REFUSALS_ANSWERED } from './proof-marks.js';
import { decide, proofDate } from './verification.decide.js';
import { type Verification } from './verification-row.js';
import { VerificationStore } from './verification-store.js';

interface Named {
  readonly accountId: string;
  readonly verificationId: string;
}

/** What providers report of verifications that persons prove to them. */
@Injectable()
export class VerificationReports {
  private readonly logger = new Logger(VerificationReports.name);

  constructor(
    private readonly store: VerificationStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Applies what fits, inside the caller's transaction; `unknown` are the places of reports that name nothing we know yet. */
  async apply(
    sql: Sql,
    family: Family,
    reports: readonly VerificationReport[],
  ): Promise<{ unknown: number[]; events: NewEvent[] }> {
    if (reports.length === 0) return { unknown: [], events: [] };
    const named = await this.named(sql, family, reports);
    const ids = [...new Set(named.flatMap((one) => one?.verificationId ?? []))];
    const verifications = await this.store.takeMany(sql, family.receiver.projectId, ids);
    const unknown: number[] = [];
    const events: NewEvent[] = [];
    const touched = new Set<Verification>();
    for (const [place, report] of reports.entries()) {
      const of = named[place];
      const verification = of && verifications.get(of.verificationId);
      if (!verification) {
        unknown.push(place);
        continue;
      }
      const event = this.move(verification, of.accountId, report);
      if (event === null) continue;
      events.push(event);
      touched.add(verification);
    }
    await this.store.save(sql, ...touched);
    return { unknown, events };
  }

  private move(verification: Verification, accountId: string, report: VerificationReport): NewEvent | null {
    const now = this.clock.now();
    const at = proofDate(verification, report.occurredAt, now);
    const { reason } = decide(verification, { kind: 'proof', phone: report.phone, at }, now);
    if (reason === null) return markVerified(verification, at, now);
    // Who has it verified says so again when our answer was lost. What is refused it may repeat without end as well.
    if (reason === 'USED' || verification.refusals >= MOST_REFUSALS_ANSWERED) return null;
    this.logger.warn({ verificationId: verification.id, accountId, reason }, 'A report of a proof was refused.');
    return markRefused(verification, reason, at, now);
  }

  /** Of each report the account and the verification that it means. */
  private async named(
    sql: Sql,
    family: Family,
    reports: readonly VerificationReport[],
  ): Promise<(Named | undefined)[]> {
    const { projectId } = family.receiver;
    const keys = reports.flatMap(({ mailbox, reference }) =>
      family.accountsFor(mailbox).map(({ id }) => ({ accountId: id, reference })),
    );
    const rows = await sql.rows<Named & { reference: string }>(
      `select distinct s.account_id as "accountId", s.provider_reference as reference, s.verification_id as "verificationId"
         from unnest($1::uuid[], $2::uuid[], $3::text[]) n (project_id, account_id, reference)
         join verification_steps s on s.project_id = n.project_id and s.account_id = n.account_id
          and s.provider_reference = n.reference`,
      [keys.map(() => projectId), keys.map(({ accountId }) => accountId), keys.map(({ reference }) => reference)],
    );
    const known = new Map(rows.map((row) => [`${row.accountId} ${row.reference}`, row]));
    return reports.map(
      ({ mailbox, reference }) =>
        family.accountsFor(mailbox).flatMap(({ id }) => known.get(`${id} ${reference}`) ?? [])[0],
    );
  }
}
