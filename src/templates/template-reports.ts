import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, SECOND } from '../common/clock.js';
import { type Sql } from '../database/database.js';
import { type NewEvent } from '../events/event-types.js';
import { type TemplateReport } from '../providers/ports/callbacks.js';
import { TemplateStore } from './template-store.js';
import { TemplateWriter } from './template-writer.js';

/** What providers tell of templates by callback. */
@Injectable()
export class TemplateReports {
  constructor(
    private readonly store: TemplateStore,
    private readonly writer: TemplateWriter,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Takes reports in, for accounts that share the templates they are about, inside the caller's transaction: its last
   * statement appends the events that are answered, and after the commit it tells the signal `templates` their subjects.
   * A report is a fact and moves a registration from anywhere to anywhere, unless something newer is known.
   */
  async apply(
    sql: Sql,
    projectId: string,
    accountIds: readonly string[],
    reports: readonly TemplateReport[],
  ): Promise<NewEvent[]> {
    const known = await this.store.knownAs(sql, projectId, accountIds, reports);
    if (known.length === 0) return [];
    const now = this.clock.now();
    // A clock that runs ahead must not shut out what is reported after it.
    const when = ({ occurredAt }: TemplateReport): Date => (occurredAt && occurredAt < now ? occurredAt : now);
    const inOrder = reports.toSorted((a, b) => when(a).getTime() - when(b).getTime());
    const ids = [...new Set(known.map(({ templateId }) => templateId))];
    const { events } = await this.writer.changeWithin(sql, projectId, ids, (found, changes) => {
      const standing = found.flatMap(({ template, registrations }) =>
        registrations
          .filter(({ accountId }) => accountIds.includes(accountId))
          .map((registration) => ({ template, registration })),
      );
      for (const report of inOrder) {
        for (const one of standing) {
          const { template, registration } = one;
          if (registration.externalId !== report.externalId || template.language !== report.language) continue;
          if (when(report).getTime() < wholeSecond(registration.updatedAt)) continue;
          const { status, rejectionReason } = report.status === null ? registration : report;
          one.registration = changes.stand(
            template,
            registration.accountId,
            registration,
            {
              ...registration,
              status: status ?? registration.status,
              category: report.category ?? registration.category,
              rejectionReason,
            },
            when(report),
          );
        }
      }
    });
    return [...events];
  }
}

/** Providers tell whole seconds: what came of a call in the same second is not older than the call. */
const wholeSecond = (time: Date): number => Math.floor(time.getTime() / SECOND) * SECOND;
