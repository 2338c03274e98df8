import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { Database, leftNothing, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { AccountStore } from '../providers/account-store.js';
import { Collector } from '../queue/collector.js';
import { AcceptMessages } from './accept-messages.js';
import { fallbackSend } from './planning/fallback-plan.js';
import { type Change, type Decision } from './state/message.change.js';
import { decide } from './state/message.decide.js';
import { goingOn, isWanted } from './state/message.fallbacks.js';
import { NOBODY, type Standings } from './state/message.route.js';
import { OptOutsService, type Word } from './opt-outs.service.js';
import { type Message, messageEvent, type MessageState } from './message-row.js';
import {
  type FiledAttempt,
  type FiledReference,
  type LockedMessage,
  arrivedFirsts,
  lockFamilies,
  lockMessages,
  nameAttempts,
  writeMessages,
} from './message-writes.js';

export interface MessageChange {
  readonly projectId: string;
  readonly messageId: string;
  readonly change: Change;
}

/** What became of a change; `message` is null when there is no such message. */
export interface Progress {
  readonly message: MessageState | null;
  readonly decision: Decision;
}

/** A provider's id that was just learnt: callbacks may wait for it. */
export interface LearntReference {
  readonly projectId: string;
  readonly accountId: string;
  readonly reference: string;
}

/** The only writer of a message's status. Locks the rows, decides, writes them with their attempts and events, at once. */
@Injectable()
export class MessageProgress {
  private readonly logger = new Logger(MessageProgress.name);
  private readonly collector: Collector<MessageChange, Progress>;
  private readonly learners: ((references: readonly LearntReference[]) => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly optOuts: OptOutsService,
    private readonly accept: AcceptMessages,
    private readonly accounts: AccountStore,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.collector = new Collector((changes) => this.commit(changes), leftNothing);
  }

  /** Resolves after the commit; changes that arrive together share one. */
  add(change: MessageChange): Promise<Progress> {
    return this.collector.add(change);
  }

  addAll(changes: readonly MessageChange[]): Promise<Progress[]> {
    return this.collector.addAll(changes);
  }

  /** Calls `hear`, after the commit, with the provider's ids that sends were answered with. */
  onLearnt(hear: (references: readonly LearntReference[]) => void): void {
    this.learners.push(hear);
  }

  idle(): Promise<void> {
    return this.collector.idle();
  }

  /**
   * Applies changes inside the caller's transaction, in their order. The events are answered, not appended: the log's
   * lock is the last statement of a transaction, and the caller may have more to write.
   */
  async apply(sql: Sql, changes: readonly MessageChange[]): Promise<{ results: Progress[]; events: NewEvent[] }> {
    const now = this.clock.now();
    const locked = await lockMessages(sql, changes);
    const standings = await this.standings(sql, changes, locked);
    const families = await familiesOf(sql, changes, locked);
    const events: NewEvent[] = [];
    const attempts: FiledAttempt[] = [];
    const references: FiledReference[] = [];
    const touched = new Set<LockedMessage>();
    const results = changes.map(({ projectId, messageId, change }): Progress => {
      const message = locked.get(messageId);
      if (!message || message.projectId !== projectId) return { message: null, decision: {} };
      const decision = decide(message, message.kind, change, { now, random: Math.random(), standings });
      if (!decision.problem) touched.add(message);
      if (decision.event)
        events.push(messageEvent(message, message, decision.event.occurredAt, now, decision.event.type));
      if (decision.event && sparesOthers(message))
        for (const other of families.get(message.fallbackOf ?? message.id) ?? []) {
          if (other === message) continue;
          const spared = decide(other, other.kind, { kind: 'spared', arrived: message }, { now, random: 0 });
          touched.add(other);
          if (spared.event) events.push(messageEvent(other, other, now, now));
        }
      if (decision.attempt) attempts.push({ ...decision.attempt, projectId });
      if (decision.reference) references.push({ projectId, messageId, ...decision.reference });
      return { message, decision };
    });
    if (touched.size > 0) await writeMessages(sql, [...touched], attempts, references);
    const answered = new Set(attempts.map(({ id }) => id));
    const told = references.filter(({ attemptId }) => !answered.has(attemptId));
    if (told.length > 0) await nameAttempts(sql, told);
    const stopped = results.flatMap(({ message, decision }) => (message && decision.optedOut ? [message] : []));
    // Meta's 131050: the person stopped marketing messages in WhatsApp itself.
    const words = stopped.map(({ projectId, person, problem }): Word => {
      const reason = `${problem?.provider?.provider ?? 'The provider'} ${problem?.provider?.code ?? ''}`.trim();
      return { projectId, person, scope: 'MARKETING', reason };
    });
    events.push(...(await this.optOuts.heed(sql, words)));
    return { results, events };
  }

  private async commit(changes: readonly MessageChange[]): Promise<readonly Progress[]> {
    const { results, events, standIns } = await this.database.transaction(async (sql) => {
      const applied = await this.apply(sql, changes);
      const fallen = await this.standIn(sql, applied.results);
      const all = [...applied.events, ...fallen.events];
      await this.log.append(sql, all);
      return { results: applied.results, events: all, standIns: fallen.messages };
    });
    if (events.length > 0) this.log.announce();
    const now = this.clock.now();
    // Whatever put them into a queue, whose account it is looks at once.
    const due = [...standIns, ...results.flatMap(({ message }) => message ?? [])].filter(
      ({ dueAt, openAttempt }) => dueAt !== null && dueAt <= now && openAttempt === null,
    );
    if (due.length > 0) this.signals.tell('messages', [...new Set(due.map(({ accountId }) => accountId))]);
    const learnt = results.flatMap(({ message, decision }) =>
      message && decision.attempt && decision.reference
        ? [{ ...decision.reference, projectId: message.projectId }]
        : [],
    );
    if (learnt.length > 0) for (const hear of this.learners) hear(learnt);
    return results;
  }

  /** Of each message whose fallbacks hold, the first one that can be sent. */
  private async standIn(
    sql: Sql,
    results: readonly Progress[],
  ): Promise<{ messages: readonly Message[]; events: readonly NewEvent[] }> {
    const firing = results.flatMap(({ message, decision: { standIns } }) =>
      message && standIns ? [{ message, standIns }] : [],
    );
    if (firing.length === 0) return { messages: [], events: [] };
    const arrived = await arrivedFirsts(
      sql,
      firing.map(({ message }) => message),
    );
    const lines = firing.map(({ message, standIns }) =>
      standIns
        .filter(({ fallback }) => isWanted(fallback, arrived.get(message.fallbackOf ?? '')))
        .map(({ fallback, rest }) =>
          fallbackSend(
            message,
            fallback,
            rest.map((one) => goingOn(one, message)),
          ),
        ),
    );
    const { problems, ...accepted } = await this.accept.acceptFirst(sql, lines);
    for (const { code, field } of problems) this.logger.warn(`A fallback was not sent: ${code} at ${field ?? '-'}.`);
    return accepted;
  }

  /** How the accounts on the routes of those stand that their own account did not take. */
  private async standings(
    sql: Sql,
    changes: readonly MessageChange[],
    locked: ReadonlyMap<string, LockedMessage>,
  ): Promise<Standings> {
    const routes = changes.flatMap(({ messageId, change }) =>
      change.kind === 'outcome' && (change.outcome.outcome === 'refused' || change.outcome.outcome === 'deferred')
        ? (locked.get(messageId)?.route ?? [])
        : [],
    );
    return routes.length > 0 ? this.accounts.standings([...new Set(routes)], sql) : NOBODY;
  }
}

/**
 * What else is sent in place of a message, by the first of each family, for those that are now reported to have arrived
 * or are canceled. Only a message that has, or had, fallbacks or is one belongs to a family.
 */
async function familiesOf(
  sql: Sql,
  changes: readonly MessageChange[],
  locked: ReadonlyMap<string, LockedMessage>,
): Promise<Map<string | null, LockedMessage[]>> {
  const firsts = changes.flatMap(({ messageId, change }) => {
    const message = locked.get(messageId);
    const arrives = change.kind === 'observed' && (change.status === 'DELIVERED' || change.status === 'READ');
    if (
      (!arrives && change.kind !== 'cancel') ||
      !message ||
      (message.fallbacks === null && message.fallbackOf === null)
    )
      return [];
    return [{ projectId: message.projectId, messageId: message.fallbackOf ?? message.id }];
  });
  if (firsts.length === 0) return new Map();
  const members = await lockFamilies(sql, firsts);
  // One that changes itself in this batch is the same one.
  return Map.groupBy(
    members.map((member) => locked.get(member.id) ?? member),
    ({ fallbackOf }) => fallbackOf,
  );
}

/** What is sent in place of it, or beside it, is not needed any more. */
const sparesOthers = ({ status }: MessageState): boolean =>
  status === 'DELIVERED' || status === 'READ' || status === 'CANCELED';
