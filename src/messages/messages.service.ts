import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, DAY, later, SECOND } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database, leftNothing, refusesValues, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { asRows, EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { type Caller } from '../projects/caller.js';
import { RoutingService } from '../providers/routing.service.js';
import { Collector } from '../queue/collector.js';
import { TemplatesService } from '../templates/templates.service.js';
import { MessageProgress } from './message-progress.js';
import { type Change } from './message.decide.js';
import { MESSAGE_COLUMNS, type Message, messageEvent } from './message-row.js';
import { readSend, type Send, type SendInput, timesProblem } from './send-input.js';
import { SendSurroundings } from './send-surroundings.js';
import { chooseAccount, type Plan, planSend, type Surroundings } from './send-planner.js';

const KEY_KEPT_MS = 7 * DAY;
const OPERATION = 'sendMessage';
const NO_MESSAGE = problem('NOT_FOUND', 'No message of that id exists in this project.', 'id');

interface Accepted {
  readonly send: Send;
  readonly plan: Plan;
  readonly message: Message;
  readonly events: NewEvent[];
}

/** Accepts messages durably, and does what a person wants of one. */
@Injectable()
export class MessagesService {
  private readonly logger = new Logger(MessagesService.name);
  private readonly collector: Collector<Send, Message | Problem>;

  constructor(
    private readonly database: Database,
    private readonly templates: TemplatesService,
    private readonly routing: RoutingService,
    private readonly surroundings: SendSurroundings,
    private readonly progress: MessageProgress,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.collector = new Collector((sends) => this.accept(sends), leftNothing);
  }

  /** Answers after the commit; sends that arrive together share one. */
  async send(caller: Caller, input: SendInput): Promise<Message | Problem> {
    const send = readSend(input, caller);
    return isProblem(send) ? send : this.collector.add(send);
  }

  /** Each is accepted or refused on its own; answers are in the order of the inputs. */
  async sendAll(caller: Caller, inputs: readonly SendInput[]): Promise<(Message | Problem)[]> {
    const answers = await Promise.allSettled(inputs.map((input) => this.send(caller, input)));
    const failures = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => reason as unknown);
    // One that the database refuses must not take away the answers of those that are stored. Where all failed, or nobody
    // knows what was stored, there is nothing else to answer.
    if (failures.length === inputs.length || !failures.every(leftNothing))
      for (const failure of failures) throw failure;
    for (const failure of failures) this.logger.error(fault(failure));
    const again = notNow(later(this.clock.now(), SECOND));
    return answers.map((answer) => {
      if (answer.status === 'fulfilled') return answer.value;
      return refusesValues(answer.reason) ? NOT_STORED : again;
    });
  }

  async cancel(caller: Caller, id: string | null): Promise<Message | Problem> {
    return this.wish(caller, id, { kind: 'cancel' });
  }

  async resolve(caller: Caller, id: string | null, sent: boolean): Promise<Message | Problem> {
    return this.wish(caller, id, { kind: 'resolve', sent });
  }

  /** Sends a FAILED or UNCONFIRMED message again, through its account or, where that is gone, another one that fits. */
  async retry(caller: Caller, id: string | null): Promise<Message | Problem> {
    const [message] = id ? await this.find(this.database, caller.projectId, [id]) : [];
    if (!message) return NO_MESSAGE;
    const [accountId = NO_ACCOUNT_LEFT] = await this.accountsFor([message]);
    if (isProblem(accountId)) return accountId;
    return this.wish(caller, id, { kind: 'retry', accountId });
  }

  /**
   * The accounts through which messages of one project that were accepted before may go now: their own while that lives.
   * One reading of the project for all of them.
   */
  async accountsFor(messages: readonly Message[]): Promise<(string | Problem)[]> {
    const [first] = messages;
    if (!first) return [];
    const names = new Set(messages.map(({ content }) => content.name));
    const [routing, templates] = await Promise.all([
      this.routing.table(first.projectId),
      this.templates.findForSending(first.projectId, [...names]),
    ]);
    return messages.map((message) => {
      if (routing.account(message.accountId)) return message.accountId;
      const template = templates.find((one) => one.template.id === message.content.templateId);
      if (!template || message.accountFixed) return NO_ACCOUNT_LEFT;
      const account = chooseAccount({ accountId: null }, template, routing);
      return isProblem(account) ? NO_ACCOUNT_LEFT : account.id;
    });
  }

  /** Callers wait to be told that their messages are stored. */
  get accepting(): boolean {
    return this.collector.busy;
  }

  async idle(): Promise<void> {
    await this.collector.idle();
  }

  private async wish(caller: Caller, id: string | null, change: Change): Promise<Message | Problem> {
    if (!id) return NO_MESSAGE;
    const { message, decision } = await this.progress.add({ projectId: caller.projectId, messageId: id, change });
    if (!message) return NO_MESSAGE;
    if (message.dueAt) this.signals.tell('messages', [message.accountId]);
    if (decision.problem) return decision.problem;
    const [whole] = await this.find(this.database, caller.projectId, [id]);
    return whole ?? NO_MESSAGE;
  }

  private async find(sql: Sql, projectId: string, ids: readonly string[]): Promise<Message[]> {
    return sql.rows<Message>(`select ${MESSAGE_COLUMNS} from messages m where project_id = $1 and id = any($2)`, [
      projectId,
      ids,
    ]);
  }

  private async accept(sends: readonly Send[]): Promise<(Message | Problem)[]> {
    const now = this.clock.now();
    const answers: (Message | Problem | undefined)[] = await this.answeredBefore(this.database, sends, now);
    const open = sends.flatMap((send, index) => (answers[index] ? [] : [{ send, index }]));
    const plans = await this.plan(
      open.map(({ send }) => send),
      now,
    );
    const accepted = new Map<number, Accepted>();
    /** Equal keys of one batch: the first that is accepted wins, the others hear its answer. */
    const winners = new Map<string, number>();
    const followers: { readonly index: number; readonly winner: number }[] = [];
    for (const [place, { send, index }] of open.entries()) {
      const key = send.idempotency && `${send.projectId} ${send.idempotency.key}`;
      const winner = key ? winners.get(key) : undefined;
      if (winner !== undefined) {
        followers.push({ index, winner });
        continue;
      }
      const plan = plans[place];
      if (!plan || isProblem(plan)) answers[index] = plan;
      else {
        accepted.set(index, newMessage(send, plan, now));
        if (key) winners.set(key, index);
      }
    }
    if (accepted.size > 0) await this.store(sends, accepted, answers, now);
    for (const { index, winner } of followers) {
      const same = sends[winner]?.idempotency?.hash.equals(sends[index]?.idempotency?.hash ?? Buffer.alloc(0));
      answers[index] = same ? answers[winner] : CONFLICT;
    }
    return answers as (Message | Problem)[];
  }

  /** Plans with what is kept in memory; what that refuses is planned again by a fresh reading before anybody is told. */
  private async plan(sends: readonly Send[], now: Date): Promise<(Plan | Problem)[]> {
    const by = (around: ReadonlyMap<string, Surroundings>) => (send: Send) =>
      timesProblem(send, now) ?? planSend(send, around.get(send.projectId) as Surroundings);
    const plans = sends.map(by(await this.surroundings.of(sends)));
    const refused = sends.filter((_send, index) => isProblem(plans[index]));
    if (refused.length === 0) return plans;
    const again = refused.map(by(await this.surroundings.of(refused, true)));
    return plans.map((plan) => (isProblem(plan) ? (again.shift() ?? plan) : plan));
  }

  /** Stores what was accepted, and fills in its answers. A key that another process bound meanwhile loses its message. */
  private async store(
    sends: readonly Send[],
    accepted: ReadonlyMap<number, Accepted>,
    answers: (Message | Problem | undefined)[],
    now: Date,
  ): Promise<void> {
    const keyed = [...accepted.values()].filter(({ send }) => send.idempotency);
    const kept =
      keyed.length > 0
        ? await this.storeKeyed(sends, accepted, keyed, answers, now)
        : await this.storeAll([...accepted]);
    for (const [index, { message }] of kept) answers[index] = message;
    this.log.announce();
    this.signals.tell('messages', [...new Set(kept.map(([, { message }]) => message.accountId))]);
  }

  /** Without a key to bind, rows and events are one statement, which is its own transaction: one round trip in all. */
  private async storeAll(accepted: readonly [number, Accepted][]): Promise<readonly [number, Accepted][]> {
    await this.database.commit(INSERT_MESSAGES, insertion(accepted));
    return accepted;
  }

  private async storeKeyed(
    sends: readonly Send[],
    accepted: ReadonlyMap<number, Accepted>,
    keyed: readonly Accepted[],
    answers: (Message | Problem | undefined)[],
    now: Date,
  ): Promise<readonly [number, Accepted][]> {
    return this.database.transaction(async (sql) => {
      const bound = await this.bindKeys(sql, keyed, now);
      const winners = [...accepted].filter(([, { send, message }]) => !send.idempotency || bound.has(message.id));
      if (winners.length < accepted.size) {
        const before = await this.answeredBefore(sql, sends, now);
        for (const [index, { send, message }] of accepted) {
          if (send.idempotency && !bound.has(message.id)) answers[index] = before[index] ?? CONFLICT;
        }
      }
      await sql.rows(INSERT_MESSAGES, insertion(winners));
      return winners;
    });
  }

  /** Binds the keys of new messages; answers the messages that got theirs. Waits where another process is binding one. */
  private async bindKeys(sql: Sql, keyed: readonly Accepted[], now: Date): Promise<Set<string>> {
    if (keyed.length === 0) return new Set();
    const rows = await sql.rows<{ id: string }>(
      `insert into idempotency_keys as k (project_id, operation, key, input_hash, result_id, expires_at)
       select project_id, $2, key, decode(hash, 'hex'), id, $4
         from json_to_recordset($1) as n (project_id uuid, key text, hash text, id uuid) order by project_id, key
       on conflict (project_id, operation, key) do update
          set input_hash = excluded.input_hash, result_id = excluded.result_id, expires_at = excluded.expires_at
        where k.expires_at <= $3
       returning result_id as id`,
      [
        JSON.stringify(
          keyed.map(({ send, message }) => ({
            project_id: send.projectId,
            key: send.idempotency?.key,
            hash: send.idempotency?.hash.toString('hex'),
            id: message.id,
          })),
        ),
        OPERATION,
        now,
        new Date(now.getTime() + KEY_KEPT_MS),
      ],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** What the keys of these sends were answered before, at the place of each. */
  private async answeredBefore(
    sql: Sql,
    sends: readonly Send[],
    now: Date,
  ): Promise<(Message | Problem | undefined)[]> {
    const keyed = sends.filter((send) => send.idempotency);
    if (keyed.length === 0) return sends.map(() => undefined);
    const rows = await sql.rows<Message & { key: string; inputHash: Buffer }>(
      `select k.key, k.input_hash as "inputHash", ${MESSAGE_COLUMNS}
         from idempotency_keys k join messages m on m.project_id = k.project_id and m.id = k.result_id
        where (k.project_id, k.key) in (select * from unnest($1::uuid[], $2::text[])) and k.operation = $3 and k.expires_at > $4`,
      [keyed.map(({ projectId }) => projectId), keyed.map(({ idempotency }) => idempotency?.key), OPERATION, now],
    );
    const known = new Map(rows.map((row) => [`${row.projectId} ${row.key}`, row]));
    return sends.map((send) => {
      const row = send.idempotency ? known.get(`${send.projectId} ${send.idempotency.key}`) : undefined;
      if (!row) return undefined;
      return send.idempotency?.hash.equals(row.inputHash) ? row : CONFLICT;
    });
  }
}

const CONFLICT = problem(
  'IDEMPOTENCY_CONFLICT',
  'The key was used within 7 days for another send: use a new key, or the same input.',
  'idempotencyKey',
);
const NOT_STORED = problem(
  'INVALID_INPUT',
  'This one could not be stored, and nothing of it was sent; why was logged on our side. The others of the batch are not touched.',
);
const notNow = (retryAt: Date): Problem =>
  problem(
    'TOO_MANY_REQUESTS',
    'This one could not be stored just now, and nothing of it was sent: send it again. The others of the batch are not touched.',
    null,
    { retryAt },
  );
const NO_ACCOUNT_LEFT = problem(
  'NO_ROUTE',
  'Its account was deleted and no other one of the project can send it.',
  'id',
);

function newMessage(send: Send, plan: Plan, now: Date): Accepted {
  const scheduled = send.scheduledAt !== null && send.scheduledAt > now;
  const message: Message = {
    projectId: send.projectId,
    id: plan.messageId,
    direction: 'OUTBOUND',
    status: scheduled ? 'SCHEDULED' : 'QUEUED',
    channel: 'WHATSAPP',
    priority: plan.priority,
    to: send.to,
    content: plan.content,
    accountId: plan.account.id,
    accountFixed: send.accountId !== null,
    providerMessageId: null,
    reference: send.reference,
    metadata: send.metadata,
    problem: null,
    resendUnconfirmed: send.resendUnconfirmed,
    requestKey: plan.messageId,
    attempts: 0,
    openAttempt: null,
    deferrals: 0,
    deferredSince: null,
    repeats: 0,
    unconfirmedSince: null,
    dueAt: scheduled ? null : now,
    timerAt: scheduled ? send.scheduledAt : send.expiresAt,
    sequence: 0,
    scheduledAt: send.scheduledAt,
    expiresAt: send.expiresAt,
    createdAt: now,
    submittedAt: null,
    sentAt: null,
    deliveredAt: null,
    readAt: null,
    failedAt: null,
  };
  return { send, plan, message, events: [messageEvent(message, plan.account, now, now)] };
}

/** The columns that a new message does not have yet are left to be null. */
const INSERT_MESSAGES = `
  with added as (
    insert into messages (project_id, id, direction, status, channel, priority, to_phone, content, account_id, account_fixed,
        reference, metadata, resend_unconfirmed, request_key, attempts, deferrals, repeats, due_at, timer_at, sequence,
        scheduled_at, expires_at, created_at)
    select project_id, id, 'OUTBOUND', status, channel, priority, to_phone, content, account_id, account_fixed, reference, metadata,
        resend_unconfirmed, request_key, 0, 0, 0, due_at, timer_at, sequence, scheduled_at, expires_at, created_at
      from json_to_recordset($1) as n (project_id uuid, id uuid, status text, channel text, priority smallint, to_phone text,
        content json, account_id uuid, account_fixed boolean, reference text, metadata json, resend_unconfirmed boolean,
        request_key uuid, due_at timestamptz, timer_at timestamptz, sequence integer, scheduled_at timestamptz,
        expires_at timestamptz, created_at timestamptz)
    returning 1)
  -- The count is read first: the log's lock comes last, when all rows are in.
  select append_events($2) from (select count(*) from added) all_added`;

const insertion = (accepted: readonly [number, Accepted][]): string[] => [
  JSON.stringify(accepted.map(([, { message }]) => messageRow(message))),
  asRows(accepted.flatMap(([, { events }]) => events)),
];

const messageRow = (message: Message): object => ({
  project_id: message.projectId,
  id: message.id,
  status: message.status,
  channel: message.channel,
  priority: message.priority,
  to_phone: message.to,
  content: message.content,
  account_id: message.accountId,
  account_fixed: message.accountFixed,
  reference: message.reference,
  metadata: message.metadata,
  resend_unconfirmed: message.resendUnconfirmed,
  request_key: message.requestKey,
  due_at: message.dueAt,
  timer_at: message.timerAt,
  sequence: message.sequence,
  scheduled_at: message.scheduledAt,
  expires_at: message.expiresAt,
  created_at: message.createdAt,
});
