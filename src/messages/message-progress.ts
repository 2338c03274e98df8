import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { type ProviderKind } from '../common/problem.js';
import { Database, leftNothing, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { AccountStore } from '../providers/account-store.js';
import { type Exchange, type Outcome } from '../providers/ports.js';
import { Collector } from '../queue/collector.js';
import { AcceptMessages } from './accept-messages.js';
import { fallbackSend } from './planning/fallback-plan.js';
import { type AttemptNews, type Change, type Decision } from './state/message.change.js';
import { decide } from './state/message.decide.js';
import { NOBODY, type Standings } from './state/message.route.js';
import { OptOutsService, type Word } from './opt-outs.service.js';
import { type Message, messageEvent, type MessageState, STATE_COLUMNS } from './message-row.js';

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

interface FiledReference extends LearntReference {
  readonly messageId: string;
  readonly attemptId: string;
  readonly attemptNumber: number;
}

type LockedMessage = MessageState & { readonly kind: ProviderKind; readonly sender: string | null };

/** The only writer of a message's status. Locks the rows, decides, writes them with their attempts and events, at once. */
@Injectable()
export class MessageProgress {
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
    const locked = await this.lock(sql, changes);
    const standings = await this.standings(sql, changes, locked);
    const events: NewEvent[] = [];
    const attempts: (AttemptNews & { projectId: string })[] = [];
    const references: FiledReference[] = [];
    const touched = new Set<LockedMessage>();
    const results = changes.map(({ projectId, messageId, change }): Progress => {
      const message = locked.get(messageId);
      if (!message || message.projectId !== projectId) return { message: null, decision: {} };
      const decision = decide(message, message.kind, change, { now, random: Math.random(), standings });
      if (!decision.problem) touched.add(message);
      if (decision.event)
        events.push(messageEvent(message, message, decision.event.occurredAt, now, decision.event.type));
      if (decision.event && hasArrived(message))
        for (const other of familyOf(message, locked)) {
          const spared = decide(other, other.kind, { kind: 'spared', arrived: message }, { now, random: 0 });
          touched.add(other);
          if (spared.event) events.push(messageEvent(other, other, now, now));
        }
      if (decision.attempt) attempts.push({ ...decision.attempt, projectId });
      if (decision.reference) references.push({ projectId, messageId, ...decision.reference });
      return { message, decision };
    });
    if (touched.size > 0) await this.write(sql, [...touched], attempts, references);
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
    const { results, events, queues } = await this.database.transaction(async (sql) => {
      const applied = await this.apply(sql, changes);
      const standIns = await this.standIn(sql, applied.results);
      const all = [...applied.events, ...standIns.events];
      await this.log.append(sql, all);
      return { results: applied.results, events: all, queues: standIns.messages };
    });
    if (events.length > 0) this.log.announce();
    const queued = [
      ...queues.map(({ accountId }) => accountId),
      ...results.flatMap(({ decision }) => decision.queuedAt ?? []),
    ];
    if (queued.length > 0) this.signals.tell('messages', [...new Set(queued)]);
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
    const lines = results.flatMap(({ message, decision: { standIns } }) =>
      message && standIns ? [standIns.map(({ fallback, rest }) => fallbackSend(message, fallback, rest))] : [],
    );
    return lines.length > 0 ? this.accept.acceptFirst(sql, lines) : { messages: [], events: [] };
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

  /**
   * Rows are locked in the order of their keys, so that two batches never wait for each other: those that change, and of
   * those that arrive the other messages of their family.
   */
  private async lock(sql: Sql, changes: readonly MessageChange[]): Promise<Map<string, LockedMessage>> {
    const keys = new Map(changes.map(({ projectId, messageId }) => [messageId, projectId]));
    const arriving = changes.filter(
      ({ change }) => change.kind === 'observed' && (change.status === 'DELIVERED' || change.status === 'READ'),
    );
    const rows = await sql.rows<LockedMessage>(arriving.length > 0 ? LOCK_WITH_FAMILIES : LOCK, [
      ...[[...keys.values()], [...keys.keys()]],
      ...(arriving.length > 0
        ? [arriving.map(({ projectId }) => projectId), arriving.map(({ messageId }) => messageId)]
        : []),
    ]);
    return new Map(rows.map((row) => [row.id, row]));
  }

  private async write(
    sql: Sql,
    messages: readonly LockedMessage[],
    attempts: readonly (AttemptNews & { projectId: string })[],
    references: readonly FiledReference[],
  ): Promise<void> {
    await sql.rows(WRITE, [
      JSON.stringify(messages.map(messageColumns)),
      JSON.stringify(attempts.map(attemptColumns)),
      JSON.stringify(references.map(referenceColumns)),
    ]);
  }
}

const lockOf = (keys: string): string => `
  select locked.*, a.kind, a.sender from (
    select ${STATE_COLUMNS} from (${keys}) n (project_id, id)
      join messages m on m.project_id = n.project_id and m.id = n.id
     order by m.project_id, m.id for update of m) locked
    join provider_accounts a on a.id = locked."accountId"`;

const LOCK = lockOf('select * from unnest($1::uuid[], $2::uuid[])');
const LOCK_WITH_FAMILIES = lockOf(`
  select * from unnest($1::uuid[], $2::uuid[])
  union
  select other.project_id, other.id from unnest($3::uuid[], $4::uuid[]) arriving (project_id, id)
    join messages one on one.project_id = arriving.project_id and one.id = arriving.id
    join messages other on other.project_id = one.project_id and other.fallback_of = coalesce(one.fallback_of, one.id)`);

const hasArrived = ({ status }: MessageState): boolean => status === 'DELIVERED' || status === 'READ';

/** Those that are sent in place of the same message, without itself. */
function familyOf(message: MessageState, locked: ReadonlyMap<string, LockedMessage>): LockedMessage[] {
  const first = message.fallbackOf ?? message.id;
  return [...locked.values()].filter((other) => other.fallbackOf === first && other !== message);
}

/** Names attempts whose id was learnt by a report before, or instead of, the answer to the call. */
async function nameAttempts(sql: Sql, told: readonly FiledReference[]): Promise<void> {
  await sql.rows(
    `update message_attempts a set provider_message_id = n.reference
       from unnest($1::uuid[], $2::uuid[], $3::text[]) n (project_id, id, reference)
      where a.project_id = n.project_id and a.id = n.id and a.provider_message_id is null`,
    [
      told.map(({ projectId }) => projectId),
      told.map(({ attemptId }) => attemptId),
      told.map(({ reference }) => reference),
    ],
  );
}

/** Messages, attempts and references of a batch: three tables, one round trip. */
const WRITE = `
  with written_attempts as (
    update message_attempts a set outcome = n.outcome, duration_ms = n.duration_ms, provider_message_id = n.provider_message_id,
        http_status = n.http_status, failure = n.failure, request = n.request, response = n.response
      from json_to_recordset($2) as n (project_id uuid, id uuid, outcome text, duration_ms integer, provider_message_id text,
        http_status integer, failure json, request json, response json)
     where a.project_id = n.project_id and a.id = n.id and coalesce(a.outcome, 'UNCERTAIN') = 'UNCERTAIN'),
  written_references as (
    insert into provider_references (project_id, account_id, reference, message_id, attempt_id, attempt_number)
    select project_id, account_id, reference, message_id, attempt_id, attempt_number
      from json_to_recordset($3) as n (project_id uuid, account_id uuid, reference text, message_id uuid, attempt_id uuid,
        attempt_number integer)
     order by project_id, account_id, reference
    on conflict do nothing)
  update messages m set status = n.status, account_id = n.account_id, route = n.route, fallbacks = n.fallbacks,
      provider_message_id = n.provider_message_id, problem = n.problem,
      request_key = n.request_key, open_attempt = n.open_attempt, failed_attempt = n.failed_attempt, deferrals = n.deferrals, doubts = n.doubts, deferred_since = n.deferred_since,
      repeats = n.repeats, unconfirmed_since = n.unconfirmed_since, due_at = n.due_at, timer_at = n.timer_at, sequence = n.sequence,
      submitted_at = n.submitted_at, sent_at = n.sent_at, recipient_id = n.recipient_id, delivered_at = n.delivered_at, read_at = n.read_at, failed_at = n.failed_at
    from json_to_recordset($1) as n (project_id uuid, id uuid, status text, account_id uuid, route uuid[], fallbacks json,
      provider_message_id text, problem json,
      request_key uuid, open_attempt uuid, failed_attempt integer, deferrals integer, doubts integer, deferred_since timestamptz, repeats integer,
      unconfirmed_since timestamptz, due_at timestamptz, timer_at timestamptz, sequence integer, submitted_at timestamptz,
      recipient_id text,
      sent_at timestamptz, delivered_at timestamptz, read_at timestamptz, failed_at timestamptz)
   where m.project_id = n.project_id and m.id = n.id`;

const messageColumns = (message: MessageState): object => ({
  project_id: message.projectId,
  id: message.id,
  status: message.status,
  account_id: message.accountId,
  route: message.route,
  fallbacks: message.fallbacks,
  provider_message_id: message.providerMessageId,
  problem: message.problem,
  request_key: message.requestKey,
  open_attempt: message.openAttempt,
  failed_attempt: message.failedAttempt,
  deferrals: message.deferrals,
  doubts: message.doubts,
  deferred_since: message.deferredSince,
  repeats: message.repeats,
  unconfirmed_since: message.unconfirmedSince,
  due_at: message.dueAt,
  timer_at: message.timerAt,
  recipient_id: message.recipientId,
  sequence: message.sequence,
  submitted_at: message.submittedAt,
  sent_at: message.sentAt,
  delivered_at: message.deliveredAt,
  read_at: message.readAt,
  failed_at: message.failedAt,
});

function attemptColumns(news: AttemptNews & { projectId: string }): object {
  const exchange: Exchange | undefined = (news.outcomeOf satisfies Outcome).exchange;
  return {
    project_id: news.projectId,
    id: news.id,
    outcome: news.outcome,
    duration_ms: news.durationMs,
    provider_message_id: news.providerMessageId,
    http_status: exchange?.response?.status ?? null,
    failure: news.failure,
    request: exchange?.request ?? null,
    response: exchange?.response ?? null,
  };
}

const referenceColumns = (one: FiledReference): object => ({
  project_id: one.projectId,
  account_id: one.accountId,
  reference: one.reference,
  message_id: one.messageId,
  attempt_id: one.attemptId,
  attempt_number: one.attemptNumber,
});
