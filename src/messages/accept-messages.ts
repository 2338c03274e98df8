import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { CONFIG, type Config } from '../config/config.js';
import { Database, leftNothing, refusesValues, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { type Caller } from '../projects/caller.js';
import { bindKeys } from '../projects/idempotency-keys.js';
import { Collector } from '../queue/collector.js';
import { MESSAGE_COLUMNS, type Message } from './message-row.js';
import { type Accepted, insertion, INSERT_MESSAGES, insertRows, newMessages } from './new-message.js';
import { readSend, type Send, type SendInput, timesProblem, unsafeAddress } from './planning/send-input.js';
import { SendSurroundings } from './planning/send-surroundings.js';
import { type Plan, planSend, type Surroundings } from './planning/send-planner.js';

/** What one send makes: its message first, then what is sent beside it. */
type AcceptedSend = readonly [Accepted, ...Accepted[]];

/** What was accepted inside a caller's transaction, and why the rest was not. */
interface AcceptedWithin {
  readonly messages: Message[];
  readonly events: NewEvent[];
  readonly problems: Problem[];
}

const OPERATION = 'sendMessage';

/** Accepts messages, durably: what is answered is stored. */
@Injectable()
export class AcceptMessages {
  private readonly logger = new Logger(AcceptMessages.name);
  private readonly collector: Collector<Send, Message | Problem>;

  constructor(
    private readonly database: Database,
    private readonly surroundings: SendSurroundings,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'allowPrivateUrls'>,
  ) {
    this.collector = new Collector((sends) => this.accept(sends), leftNothing);
  }

  /** Answers after the commit; sends that arrive together share one. */
  async send(caller: Caller, input: SendInput): Promise<Message | Problem> {
    const send = readSend(input, caller);
    if (isProblem(send)) return send;
    const unsafe = await unsafeAddress(send, this.config.allowPrivateUrls);
    return unsafe ?? this.collector.add(send);
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

  /**
   * What accepting a send would decide now, freshly read: how it would leave, or why it cannot. Nothing is stored, and the
   * message gets another id when it is accepted. For a room that calls a provider before it sends: what would be refused here
   * is known before that call. Asks DNS where the send holds an address.
   */
  async plan(send: Send): Promise<Plan | Problem> {
    const wrong = timesProblem(send, this.clock.now()) ?? (await unsafeAddress(send, this.config.allowPrivateUrls));
    if (wrong) return wrong;
    return planSend(send, await this.surroundings.ofProject(send.projectId, [send], true));
  }

  /** Callers wait to be told that their messages are stored. */
  get accepting(): boolean {
    return this.collector.busy;
  }

  async idle(): Promise<void> {
    await this.collector.idle();
  }

  /**
   * Accepts sends of one project inside the caller's transaction; whose plan fails is left out. The events are answered,
   * not appended, for the log's lock is the transaction's last statement; the caller wakes the accounts after it.
   */
  async acceptWithin(sql: Sql, projectId: string, sends: readonly Send[]): Promise<AcceptedWithin> {
    if (sends.length === 0) return { messages: [], events: [], problems: [] };
    const around = await this.surroundings.ofProject(projectId, sends, false, sql);
    return this.storeWithin(
      sql,
      sends.map((send) => [send]),
      new Map([[projectId, around]]),
    );
  }

  /** As acceptWithin, of each line the first send that can be planned: the fallbacks of a message whose rules hold, the ways of a receipt. */
  async acceptFirst(sql: Sql, lines: readonly (readonly Send[])[]): Promise<AcceptedWithin> {
    return this.storeWithin(sql, lines, await this.surroundings.of(lines.flat(), true, sql));
  }

  private async storeWithin(
    sql: Sql,
    lines: readonly (readonly Send[])[],
    around: ReadonlyMap<string, Surroundings>,
  ): Promise<AcceptedWithin> {
    const now = this.clock.now();
    const problems: Problem[] = [];
    const accepted = lines.flatMap((sends) => {
      for (const send of sends) {
        const plan = planSend(send, around.get(send.projectId) as Surroundings);
        if (!isProblem(plan)) return newMessages(send, plan, now);
        problems.push(plan);
      }
      return [];
    });
    await insertRows(sql, accepted);
    return {
      messages: accepted.map(({ message }) => message),
      events: accepted.flatMap(({ events }) => events),
      problems,
    };
  }

  private async accept(sends: readonly Send[]): Promise<(Message | Problem)[]> {
    const now = this.clock.now();
    const answers: (Message | Problem | undefined)[] = await this.answeredBefore(this.database, sends, now);
    const open = sends.flatMap((send, index) => (answers[index] ? [] : [{ send, index }]));
    const plans = await this.planAll(
      open.map(({ send }) => send),
      now,
    );
    /** By the place of its input: the message, and what is sent beside it. */
    const accepted = new Map<number, AcceptedSend>();
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
        accepted.set(index, newMessages(send, plan, now));
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
  private async planAll(sends: readonly Send[], now: Date): Promise<(Plan | Problem)[]> {
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
    accepted: ReadonlyMap<number, AcceptedSend>,
    answers: (Message | Problem | undefined)[],
    now: Date,
  ): Promise<void> {
    const keyed = [...accepted.values()].map(([first]) => first).filter(({ send }) => send.idempotency);
    const kept =
      keyed.length > 0
        ? await this.storeKeyed(sends, accepted, keyed, answers, now)
        : await this.storeAll([...accepted]);
    for (const [index, [{ message }]] of kept) answers[index] = message;
    this.log.announce();
    this.signals.tell('messages', accountsOf(kept.flatMap(([, all]) => all)));
  }

  /** Without a key to bind, rows and events are one statement, which is its own transaction: one round trip in all. */
  private async storeAll(accepted: readonly [number, AcceptedSend][]): Promise<readonly [number, AcceptedSend][]> {
    await this.database.commit(INSERT_MESSAGES, insertion(accepted.flatMap(([, all]) => all)));
    return accepted;
  }

  private async storeKeyed(
    sends: readonly Send[],
    accepted: ReadonlyMap<number, AcceptedSend>,
    keyed: readonly Accepted[],
    answers: (Message | Problem | undefined)[],
    now: Date,
  ): Promise<readonly [number, AcceptedSend][]> {
    return this.database.transaction(async (sql) => {
      const keys = keyed.map(({ send, message }) => ({ ...send, id: message.id }));
      const bound = await bindKeys(sql, OPERATION, keys, now);
      const winners = [...accepted].filter(([, [{ send, message }]]) => !send.idempotency || bound.has(message.id));
      if (winners.length < accepted.size) {
        const before = await this.answeredBefore(sql, sends, now);
        for (const [index, [{ send, message }]] of accepted) {
          if (send.idempotency && !bound.has(message.id)) answers[index] = before[index] ?? CONFLICT;
        }
      }
      await sql.rows(INSERT_MESSAGES, insertion(winners.flatMap(([, all]) => all)));
      return winners;
    });
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

/** The accounts whose queues grew. */
const accountsOf = (accepted: readonly Accepted[]): string[] => [
  ...new Set(accepted.map(({ message }) => message.accountId)),
];

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
