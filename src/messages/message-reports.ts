import { Injectable } from '@nestjs/common';
import { later, MINUTE, SECOND } from '../common/clock.js';
import { type Sql } from '../database/database.js';
import { type NewEvent } from '../events/event-types.js';
import { type Family } from '../providers/callback-families.js';
import { type StatusReport } from '../providers/ports/callbacks.js';
import { type MessageChange, MessageProgress } from './message-progress.js';

/** A status report fits an UNCONFIRMED message from its attempt's start to ten minutes later (interface.md, Callbacks). */
const SETTLED_WITHIN_MS = 10 * MINUTE;
/** Providers write whole seconds: a report of the same second may seem to lie before the attempt. */
const CLOCK_GRAIN_MS = SECOND;

interface Attempt {
  readonly accountId: string;
  readonly messageId: string;
  readonly attemptId: string;
  readonly attemptNumber: number;
}

interface Candidate extends Attempt {
  readonly person: string;
  readonly startedAt: Date;
  /** Its call is under way, or its message was sent again since: a report may be of it, but does not settle it. */
  readonly underWay: boolean;
}

interface Echoed extends Attempt {
  /** The attempt's id that the report named. */
  readonly echoed: string;
  readonly person: string;
}

const COLUMNS = `a.account_id as "accountId", a.message_id as "messageId", a.id as "attemptId", a.number as "attemptNumber",
  a.person`;

/** What providers report of messages after their answer: finds the message of each report and moves it. */
@Injectable()
export class MessageReports {
  constructor(private readonly progress: MessageProgress) {}

  /** Applies what fits, inside the caller's transaction; `unknown` are the places of reports that name nothing we know yet. */
  async apply(
    sql: Sql,
    family: Family,
    reports: readonly StatusReport[],
  ): Promise<{ unknown: number[]; events: NewEvent[] }> {
    if (reports.length === 0) return { unknown: [], events: [] };
    const { projectId } = family.receiver;
    const known = await this.byReference(sql, family, reports);
    const ofKnown = (report: StatusReport): Attempt | undefined =>
      family.accountsFor(report.mailbox).flatMap(({ id }) => known.get(`${id} ${report.reference}`) ?? [])[0];
    const strange = reports.filter((report) => !ofKnown(report));
    const echoed = await this.byEcho(sql, family, strange);
    let candidates = await this.unsettled(sql, family, strange);
    const changes: MessageChange[] = [];
    const unknown: number[] = [];
    for (const [index, report] of reports.entries()) {
      const { status, occurredAt, failure, reference, recipientId } = report;
      const before = ofKnown(report);
      const settles = before ? undefined : (echoedBy(report, echoed, family) ?? onlyFit(candidates, report, family));
      const attempt = before ?? settles;
      if (!attempt) {
        unknown.push(index);
        continue;
      }
      known.set(`${attempt.accountId} ${reference}`, attempt);
      // What one report settled is settled for the next ones of the batch too.
      if (settles) candidates = candidates.filter(({ messageId }) => messageId !== settles.messageId);
      const learnt = settles !== undefined;
      const { accountId, messageId, attemptId, attemptNumber } = attempt;
      changes.push({
        projectId,
        messageId,
        change: {
          ...{ kind: 'observed', accountId, attemptId, attemptNumber, reference, learnt },
          ...{ status, occurredAt, failure, recipientId },
        },
      });
    }
    const { events } = await this.progress.apply(sql, changes);
    return { unknown, events };
  }

  private async byReference(sql: Sql, family: Family, reports: readonly StatusReport[]): Promise<Map<string, Attempt>> {
    const keys = new Map(
      reports.flatMap(({ mailbox, reference }) =>
        family.accountsFor(mailbox).map(({ id }) => [`${id} ${reference}`, { id, reference }] as const),
      ),
    );
    const pairs = [...keys.values()];
    const rows = await sql.rows<Attempt & { reference: string }>(
      `select account_id as "accountId", reference, message_id as "messageId", attempt_id as "attemptId",
              attempt_number as "attemptNumber"
         from provider_references
        where (project_id, account_id, reference) in (select * from unnest($1::uuid[], $2::uuid[], $3::text[]))
          and attempt_id is not null`,
      [pairs.map(() => family.receiver.projectId), pairs.map(({ id }) => id), pairs.map(({ reference }) => reference)],
    );
    return new Map(rows.map(({ reference, ...attempt }) => [`${attempt.accountId} ${reference}`, attempt]));
  }

  /**
   * The attempts whose ids the provider echoes, and those that left with them: of a batch it may echo the first one's
   * alone, and what the claim wrote together began together.
   */
  private async byEcho(sql: Sql, family: Family, strange: readonly StatusReport[]): Promise<Echoed[]> {
    const ids = [...new Set(strange.flatMap(({ attemptId }) => attemptId ?? []))];
    if (ids.length === 0) return [];
    return sql.rows<Echoed>(
      `with named as (
         select * from message_attempts where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[])))
       select id as echoed, ${COLUMNS} from named a
       union
       select named.id, ${COLUMNS}
         from named join message_attempts a on a.account_id = named.account_id and a.started_at = named.started_at
          and (a.outcome is null or a.outcome = 'UNCERTAIN')`,
      [ids.map(() => family.receiver.projectId), ids],
    );
  }

  /**
   * The attempts to these numbers whose answer never came, is still awaited or named no id, where the provider echoes
   * nothing. Those of a message that was sent again, or that a person resolved, are among them: an id that nobody knows
   * may be theirs.
   */
  private async unsettled(sql: Sql, family: Family, strange: readonly StatusReport[]): Promise<Candidate[]> {
    if (family.ways.echoes) return [];
    const silent = strange.filter(({ recipient, attemptId }) => recipient !== null && attemptId === null);
    const times = silent.flatMap(({ occurredAt }) => (occurredAt ? [occurredAt.getTime()] : []));
    if (times.length === 0) return [];
    return sql.rows<Candidate>(
      `select ${COLUMNS}, a.started_at as "startedAt",
              a.outcome is null or (a.outcome = 'UNCERTAIN' and m.status <> 'UNCONFIRMED') as "underWay"
         from message_attempts a join messages m on m.project_id = a.project_id and m.id = a.message_id
        where a.project_id = $1 and a.account_id = any($2) and a.started_at between $3 and $4 and a.person = any($5)
          and (a.outcome is null
               or (a.outcome = 'UNCERTAIN' and (m.status = 'UNCONFIRMED' or a.provider_message_id is null))
               or (a.outcome = 'ACCEPTED' and a.provider_message_id is null))`,
      [
        family.receiver.projectId,
        family.accountsFor(null).map(({ id }) => id),
        new Date(Math.min(...times) - SETTLED_WITHIN_MS),
        new Date(Math.max(...times) + CLOCK_GRAIN_MS),
        silent.map(({ recipient }) => recipient),
      ],
    );
  }
}

/** The attempt that an echo means: the one it names, or the one to the same number that left with it. */
function echoedBy(report: StatusReport, echoed: readonly Echoed[], family: Family): Attempt | undefined {
  if (report.attemptId === null) return undefined;
  const accounts = family.accountsFor(report.mailbox);
  const together = echoed.filter(
    (one) => one.echoed === report.attemptId && accounts.some(({ id }) => id === one.accountId),
  );
  const named = together.find(({ attemptId }) => attemptId === report.attemptId);
  // Meta may know the person by another number than the one that was written to.
  if (!family.ways.sendsBatches || report.recipient === null || named?.person === report.recipient) return named;
  return together.find(({ person }) => person === report.recipient);
}

/**
 * The one message that a report can be of, by number and time: UNCONFIRMED, or taken without an id. A call under way to the same number, or one in
 * doubt of a message that was sent again, may be what the report is of, so then nothing is settled. Of several tries of
 * that message it is taken to be of the first: a success counts of any, and a failure only where there was no other.
 */
function onlyFit(
  candidates: readonly Candidate[],
  { mailbox, recipient, occurredAt, attemptId }: StatusReport,
  family: Family,
): Attempt | undefined {
  if (recipient === null || occurredAt === null || attemptId !== null) return undefined;
  const accounts = new Set(family.accountsFor(mailbox).map(({ id }) => id));
  const fitting = candidates.filter(
    ({ accountId, person, startedAt }) =>
      accounts.has(accountId) &&
      person === recipient &&
      occurredAt >= later(startedAt, -CLOCK_GRAIN_MS) &&
      occurredAt <= later(startedAt, SETTLED_WITHIN_MS),
  );
  const [only] = fitting.sort((a, b) => a.attemptNumber - b.attemptNumber);
  if (!only || fitting.some(({ messageId, underWay }) => underWay || messageId !== only.messageId)) return undefined;
  return only;
}
