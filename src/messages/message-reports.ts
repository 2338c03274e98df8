import { Injectable } from '@nestjs/common';
import { later, MINUTE, SECOND } from '../common/clock.js';
import { type Sql } from '../database/database.js';
import { type NewEvent } from '../events/event-types.js';
import { type Observation } from '../providers/ports.js';
import { type MessageChange, MessageProgress } from './message-progress.js';

/** A status report fits an UNCONFIRMED message from its attempt's start to ten minutes later (interface.md, Callbacks). */
const SETTLED_WITHIN_MS = 10 * MINUTE;
/** Providers write whole seconds: a report of the same second may seem to lie before the attempt. */
const CLOCK_GRAIN_MS = SECOND;

interface Attempt {
  readonly messageId: string;
  readonly attemptId: string;
  readonly attemptNumber: number;
}

interface Candidate extends Attempt {
  readonly to: string;
  readonly startedAt: Date;
  readonly underWay: boolean;
}

interface AccountOf {
  readonly projectId: string;
  readonly id: string;
}

/** What providers report of messages after their answer: finds the message of each report and moves it. */
@Injectable()
export class MessageReports {
  constructor(private readonly progress: MessageProgress) {}

  /** Applies what fits, inside the caller's transaction; `unknown` are the places of reports that name nothing we know yet. */
  async apply(
    sql: Sql,
    account: AccountOf,
    observations: readonly Observation[],
  ): Promise<{ unknown: number[]; events: NewEvent[] }> {
    if (observations.length === 0) return { unknown: [], events: [] };
    const known = await this.byReference(sql, account, observations);
    const strange = observations.filter(({ reference, recipient }) => recipient !== null && !known.has(reference));
    let candidates = strange.length > 0 ? await this.unsettled(sql, account, strange) : [];
    const changes: MessageChange[] = [];
    const unknown: number[] = [];
    for (const [index, observation] of observations.entries()) {
      const { status, occurredAt, failure, reference } = observation;
      const settles = known.has(reference) ? undefined : onlyFit(candidates, observation);
      const attempt = known.get(reference) ?? settles;
      if (!attempt) {
        unknown.push(index);
        continue;
      }
      known.set(reference, attempt);
      // What one report settled is settled for the next ones of the batch too.
      if (settles) candidates = candidates.filter(({ messageId }) => messageId !== settles.messageId);
      changes.push({
        projectId: account.projectId,
        messageId: attempt.messageId,
        change: { kind: 'observed', ...attempt, reference, learnt: settles !== undefined, status, occurredAt, failure },
      });
    }
    const { events } = await this.progress.apply(sql, changes);
    return { unknown, events };
  }

  private async byReference(
    sql: Sql,
    account: AccountOf,
    observations: readonly Observation[],
  ): Promise<Map<string, Attempt>> {
    const references = [...new Set(observations.map(({ reference }) => reference))];
    const rows = await sql.rows<Attempt & { reference: string }>(
      `select reference, message_id as "messageId", attempt_id as "attemptId", attempt_number as "attemptNumber"
         from provider_references
        where (project_id, account_id, reference) in (select * from unnest($1::uuid[], $2::uuid[], $3::text[]))`,
      [references.map(() => account.projectId), references.map(() => account.id), references],
    );
    return new Map(rows.map(({ reference, ...attempt }) => [reference, attempt]));
  }

  /** The account's attempts to these numbers whose answer never came or is still awaited. */
  private async unsettled(sql: Sql, account: AccountOf, strange: readonly Observation[]): Promise<Candidate[]> {
    const times = strange.flatMap(({ occurredAt }) => (occurredAt ? [occurredAt.getTime()] : []));
    if (times.length === 0) return [];
    return sql.rows<Candidate>(
      `select a.message_id as "messageId", a.id as "attemptId", a.number as "attemptNumber", a.to_phone as "to",
              a.started_at as "startedAt", a.outcome is null as "underWay"
         from message_attempts a join messages m on m.project_id = a.project_id and m.id = a.message_id
        where a.project_id = $1 and a.account_id = $2 and a.started_at between $3 and $4 and a.to_phone = any($5)
          and (a.outcome is null or (a.outcome = 'UNCERTAIN' and m.status = 'UNCONFIRMED'))`,
      [
        account.projectId,
        account.id,
        new Date(Math.min(...times) - SETTLED_WITHIN_MS),
        new Date(Math.max(...times) + CLOCK_GRAIN_MS),
        strange.map(({ recipient }) => recipient),
      ],
    );
  }
}

/**
 * The one UNCONFIRMED message that a report can be of, by number and time. A call under way to the same number may be
 * what the report is of, so then nothing is settled. Of several tries of that message it is taken to be of the first: a
 * success counts of any, and a failure only where there was no other.
 */
function onlyFit(candidates: readonly Candidate[], { recipient, occurredAt }: Observation): Attempt | undefined {
  if (recipient === null || occurredAt === null) return undefined;
  const fitting = candidates.filter(
    ({ to, startedAt }) =>
      to === recipient &&
      occurredAt >= later(startedAt, -CLOCK_GRAIN_MS) &&
      occurredAt <= later(startedAt, SETTLED_WITHIN_MS),
  );
  const [only] = fitting.sort((a, b) => a.attemptNumber - b.attemptNumber);
  if (!only || fitting.some(({ messageId, underWay }) => underWay || messageId !== only.messageId)) return undefined;
  return { messageId: only.messageId, attemptId: only.attemptId, attemptNumber: only.attemptNumber };
}
