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

/** What providers report of messages after their answer: finds the message of each report and moves it. */
@Injectable()
export class MessageReports {
  constructor(private readonly progress: MessageProgress) {}

  /** Applies what fits, inside the caller's transaction; `unknown` are the places of reports that name nothing we know yet. */
  async apply(
    sql: Sql,
    account: { readonly projectId: string; readonly id: string },
    observations: readonly Observation[],
  ): Promise<{ unknown: number[]; events: NewEvent[] }> {
    const known = await this.byReference(sql, account, observations);
    const changes: MessageChange[] = [];
    const unknown: number[] = [];
    for (const [index, observation] of observations.entries()) {
      const attempt = known.get(observation.reference) ?? (await this.unconfirmed(sql, account, observation));
      if (!attempt) {
        unknown.push(index);
        continue;
      }
      known.set(observation.reference, attempt);
      const { status, occurredAt, failure, reference } = observation;
      changes.push({
        projectId: account.projectId,
        messageId: attempt.messageId,
        change: { kind: 'observed', ...attempt, reference, status, occurredAt, failure },
      });
    }
    const { events } = await this.progress.apply(sql, changes);
    return { unknown, events };
  }

  private async byReference(
    sql: Sql,
    account: { readonly projectId: string; readonly id: string },
    observations: readonly Observation[],
  ): Promise<Map<string, Attempt>> {
    const rows = await sql.rows<Attempt & { reference: string }>(
      `select reference, message_id as "messageId", attempt_id as "attemptId", attempt_number as "attemptNumber"
         from provider_references where project_id = $1 and account_id = $2 and reference = any($3)`,
      [account.projectId, account.id, [...new Set(observations.map(({ reference }) => reference))]],
    );
    return new Map(rows.map(({ reference, ...attempt }) => [reference, attempt]));
  }

  /**
   * The one UNCONFIRMED message that a report can be of, by number and time. A call under way to the same number may be
   * what the report is of, so then nothing is settled.
   */
  private async unconfirmed(
    sql: Sql,
    account: { readonly projectId: string; readonly id: string },
    { recipient, occurredAt }: Observation,
  ): Promise<Attempt | undefined> {
    if (recipient === null || occurredAt === null) return undefined;
    const candidates = await sql.rows<Attempt & { underWay: boolean; unconfirmed: boolean }>(
      `select a.message_id as "messageId", a.id as "attemptId", a.number as "attemptNumber", a.outcome is null as "underWay",
              m.status = 'UNCONFIRMED' as unconfirmed
         from message_attempts a join messages m on m.project_id = a.project_id and m.id = a.message_id
        where a.project_id = $1 and a.account_id = $2 and (a.outcome is null or a.outcome = 'UNCERTAIN')
          and a.started_at between $3 and $4 and m.to_phone = $5`,
      [
        account.projectId,
        account.id,
        later(occurredAt, -SETTLED_WITHIN_MS),
        later(occurredAt, CLOCK_GRAIN_MS),
        recipient,
      ],
    );
    const fitting = candidates.filter(({ underWay, unconfirmed }) => underWay || unconfirmed);
    const [only] = fitting;
    return fitting.length === 1 && only?.unconfirmed && !only.underWay
      ? { messageId: only.messageId, attemptId: only.attemptId, attemptNumber: only.attemptNumber }
      : undefined;
  }
}
