import { type ProviderKind } from '../common/problem.js';
import { type Sql } from '../database/database.js';
import { type Exchange, type Outcome } from '../providers/ports/outcome.js';
import { type MessageState, STATE_COLUMNS } from './message-row.js';
import { type AttemptNews, type LearntId } from './state/message.change.js';

/** A message's row with its lock held, and of its account what events tell. */
export type LockedMessage = MessageState & { readonly kind: ProviderKind; readonly sender: string | null };

export type FiledAttempt = AttemptNews & { readonly projectId: string };

export interface FiledReference extends LearntId {
  readonly projectId: string;
  readonly messageId: string;
}

interface Key {
  readonly projectId: string;
  readonly messageId: string;
}

/** Locks messages in the order of their keys, so that two batches never wait for each other. */
export async function lockMessages(sql: Sql, keys: readonly Key[]): Promise<Map<string, LockedMessage>> {
  const byId = new Map(keys.map(({ projectId, messageId }) => [messageId, projectId]));
  const rows = await sql.rows<LockedMessage>(LOCK, [[...byId.values()], [...byId.keys()]]);
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Locks what is sent in place of these messages, which are locked: a statement of its own, for only one that begins then
 * sees what became of them until then.
 */
export async function lockFamilies(sql: Sql, firsts: readonly Key[]): Promise<LockedMessage[]> {
  return sql.rows<LockedMessage>(LOCK_FAMILIES, [
    firsts.map(({ projectId }) => projectId),
    firsts.map(({ messageId }) => messageId),
  ]);
}

/**
 * Of the first messages of these, which are sent in the place of others, those that have arrived. They are locked against
 * that changing: a report that comes now finds what is sent meanwhile.
 */
export async function arrivedFirsts(
  sql: Sql,
  messages: readonly MessageState[],
): Promise<Map<string, 'DELIVERED' | 'READ'>> {
  const ofOthers = messages.filter(({ fallbackOf }) => fallbackOf !== null);
  if (ofOthers.length === 0) return new Map();
  const rows = await sql.rows<{ id: string; status: string }>(
    `select m.id, m.status from unnest($1::uuid[], $2::uuid[]) n (project_id, id)
       join messages m on m.project_id = n.project_id and m.id = n.id
      order by m.project_id, m.id for share of m`,
    [ofOthers.map(({ projectId }) => projectId), ofOthers.map(({ fallbackOf }) => fallbackOf)],
  );
  return new Map(
    rows.flatMap(({ id, status }) => (status === 'DELIVERED' || status === 'READ' ? [[id, status] as const] : [])),
  );
}

/** Writes what became of a batch: messages, attempts and references are three tables, and one round trip. */
export async function writeMessages(
  sql: Sql,
  messages: readonly MessageState[],
  attempts: readonly FiledAttempt[],
  references: readonly FiledReference[],
): Promise<void> {
  await sql.rows(WRITE, [
    JSON.stringify(messages.map(messageColumns)),
    JSON.stringify(attempts.map(attemptColumns)),
    JSON.stringify(references.map(referenceColumns)),
  ]);
}

const lockOf = (keys: string): string => `
  select locked.*, a.kind, a.sender from (
    select ${STATE_COLUMNS} from (${keys}) n (project_id, id)
      join messages m on m.project_id = n.project_id and m.id = n.id
     order by m.project_id, m.id for update of m) locked
    join provider_accounts a on a.id = locked."accountId"`;

const LOCK = lockOf('select * from unnest($1::uuid[], $2::uuid[])');
const LOCK_FAMILIES = lockOf(`
  select m.project_id, m.id from unnest($1::uuid[], $2::uuid[]) first (project_id, id)
    join messages m on m.project_id = first.project_id and m.fallback_of = first.id`);

/** Names attempts whose id was learnt by a report before, or instead of, the answer to the call. */
export async function nameAttempts(sql: Sql, told: readonly FiledReference[]): Promise<void> {
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

function attemptColumns(news: FiledAttempt): object {
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
