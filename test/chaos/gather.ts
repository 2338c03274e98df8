import { publicId, uuidOf } from '../../src/common/ids.js';
import { type LedgerCall, type LedgerMessage } from '../../src/simulator/ledger.js';
import { CAST } from './cast.js';
import {
  type AttemptFact,
  type CallFact,
  type EventFact,
  type Facts,
  type MessageFact,
  type SentFact,
  type StopFact,
} from './facts.js';
import { type Played } from './hour.js';
import { type HourPlan, MARK } from './plan.js';
import { type Stage } from './stage.js';

interface MessageRow extends Omit<
  MessageFact,
  'id' | 'mark' | 'firstAccountId' | 'attempts' | 'events' | 'retries' | 'resolved'
> {
  readonly id: string;
  readonly content: string;
}

/** What the simulator keeps of calls and of callbacks. */
const KEPT = 20_000;

const MESSAGES = `
  select m.id, m.content::text as content, m.project_id as project, m.status, m.account_id as "accountId", m.priority, m.person,
         coalesce(t.category = 'MARKETING', false) as marketing, m.created_at as "createdAt",
         m.scheduled_at is not null or exists (select 1 from events e where e.project_id = m.project_id and e.subject_id = m.id
           and e.type = 'MESSAGE_SCHEDULED') as scheduled,
         m.resend_unconfirmed as "resendUnconfirmed", m.fallback_of as "fallbackOf", m.fallback_rule as "fallbackRule",
         m.due_at as "dueAt", m.timer_at as "timerAt"
    from messages m
    left join templates t on t.project_id = m.project_id and t.id = (m.content->>'templateId')::uuid
   where m.direction = 'OUTBOUND'`;

const ATTEMPTS = `
  select message_id as "messageId", id, number, account_id as "accountId", request_key as "requestKey", outcome,
         provider_message_id as "providerMessageId", started_at as "startedAt",
         duration_ms as "durationMs"
    from message_attempts order by message_id, number`;

const EVENTS = `
  select subject_id as "messageId", type, sequence, data->'message'->>'status' as status,
         data->'message'->>'accountId' as "accountId", recorded_at as "recordedAt"
    from events where subject_kind = 'message' order by subject_id, id`;

const HEALTH = `select data->'account'->>'health' as health from events where type = 'ACCOUNT_HEALTH_CHANGED' order by id`;

/** Reads the tables and the ledger. */
export async function gather(stage: Stage, plan: HourPlan, played: Played): Promise<Facts> {
  const attempts = await stage.rows<AttemptFact & { messageId: string }>(ATTEMPTS);
  const events = await stage.rows<EventFact & { messageId: string; accountId: string }>(EVENTS);
  const attemptsOf = Map.groupBy(attempts, ({ messageId }) => messageId);
  const eventsOf = Map.groupBy(events, ({ messageId }) => messageId);
  const messages = (await stage.rows<MessageRow>(MESSAGES)).map(({ content, ...row }): MessageFact => {
    const id = publicId('msg', row.id);
    const log = eventsOf.get(row.id) ?? [];
    return {
      ...row,
      ...{ id, mark: markIn(content), fallbackOf: row.fallbackOf && publicId('msg', row.fallbackOf) },
      ...{ attempts: attemptsOf.get(row.id) ?? [], events: log },
      firstAccountId: uuidOf('acc', log[0]?.accountId ?? '') ?? '',
      ...{ retries: played.retries.get(id) ?? 0, resolved: played.resolved.has(id) },
    };
  });
  const { ledger, callbacks } = stage.simulator;
  const posted = callbacks.posted().reverse();
  const calls = ledger.calls().reverse();
  if (Math.max(posted.length, calls.length) >= KEPT) throw new Error('The simulator has forgotten some of the hour.');
  const told = Map.groupBy(posted, ({ messageId }) => messageId);
  const accounts = await stage.rows<{ id: string; name: string; project: string }>(
    'select id, name, project_id as project from provider_accounts',
  );
  const rowOf = new Map(accounts.map((row) => [row.name, row]));
  const health = await stage.rows<{ health: string }>(HEALTH);
  return {
    accounts: CAST.map((account) => ({ ...account, id: rowOf.get(account.name)!.id })),
    messages,
    sent: ledger.messages().map((message) =>
      sentFact(
        message,
        (told.get(message.messageId) ?? []).filter(({ taken }) => taken).map(({ status }) => status),
      ),
    ),
    calls: calls.filter(counts).map(callFact),
    accepted: played.accepted,
    marketingHours: { ...plan.marketingHours, project: rowOf.get('doku')!.project },
    healthChanges: health.map((row) => row.health),
    stops: stopsIn(played, new Map(CAST.map(({ project, name }) => [project, rowOf.get(name)!.project]))),
  };
}

const markIn = (text: string): string => MARK.exec(text)?.[1] ?? 'no mark';

/** Tokens are asked for beside the budget. */
const counts = ({ path }: LedgerCall): boolean => !path.startsWith('/v1/token');

const callFact = ({ account, at, recipient }: LedgerCall): CallFact => ({
  ...{ account: account ?? '', at, recipient: recipient ?? null },
});

const sentFact = (message: LedgerMessage, told: readonly string[]): SentFact => ({
  mark: markIn(JSON.stringify([message.params, message.content])),
  ...{ account: message.account, messageId: message.messageId, requestId: message.requestId, at: message.at, told },
  happened: message.events.map(({ status }) => status),
});

const STOP = ['STOP', 'BERHENTI'];

function stopsIn({ words }: Played, projects: ReadonlyMap<string, string>): StopFact[] {
  return [...Map.groupBy(words, ({ project, person }) => `${project} ${person}`).values()].flatMap((line) =>
    line.flatMap(({ project, person, text, at }, index): StopFact[] => {
      if (!STOP.includes(text)) return [];
      const back = line.slice(index + 1).find((word) => word.text === 'START');
      return [{ project: projects.get(project)!, person, from: at, until: back?.at ?? null }];
    }),
  );
}
