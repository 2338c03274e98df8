import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database } from '../database/database.js';
import { type Caller } from '../projects/caller.js';
import { AccountStore } from '../providers/account-store.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { Family } from '../providers/callback-families.js';
import { type Provider } from '../providers/ports/provider.js';
import { ProviderCalls } from '../providers/provider-calls.service.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { EventLog } from '../events/event-log.js';
import { MessageReports } from './message-reports.js';
import { MESSAGE_COLUMNS, type Message } from './message-row.js';

/** So many questions of this process are under way at a time: a flood of them must not keep sends from their budget. */
const ASKED_AT_ONCE = 4;

const NO_MESSAGE = problem('NOT_FOUND', 'No message of that id exists in this project.', 'id');

type Asked = Pick<Message, 'projectId' | 'id'>;

/** Asks providers where messages stand, and shows persons that theirs were read. */
@Injectable()
export class MessageQuestions {
  private readonly logger = new Logger(MessageQuestions.name);
  private readonly waiting: Asked[] = [];
  /** By account, what waits until its budget allows a question again. */
  private readonly held = new Map<string, Asked[]>();
  private readonly asking = new Set<Promise<void>>();
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly accounts: AccountStore,
    private readonly calls: ProviderCalls,
    private readonly pool: ProviderPool,
    private readonly reports: MessageReports,
    private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Asks the provider where a message stands, and answers the message as it is then. */
  async refresh(caller: Caller, id: string | null): Promise<Message | Problem> {
    const found = await this.find(caller.projectId, id);
    if (!found) return NO_MESSAGE;
    const { message, account } = found;
    if (account.deletedAt || !this.pool.capabilities(account.kind).has('STATUS_INQUIRY')) {
      const reason = `The account ${account.name} cannot be asked where a message stands; it tells by callback, or not at all.`;
      return problem('UNSUPPORTED_BY_PROVIDER', reason, 'id');
    }
    if (message.direction === 'INBOUND' || message.providerMessageId === null) {
      const reason = `The message is ${message.status}: the provider has no id of it to be asked with.`;
      return problem('INVALID_TRANSITION', reason, 'id');
    }
    const trouble = await this.ask(message, account, message.providerMessageId);
    if (trouble) return trouble;
    return (await this.find(caller.projectId, id))?.message ?? NO_MESSAGE;
  }

  /** Shows the person that what they wrote was read; again changes nothing. */
  async markRead(caller: Caller, id: string | null): Promise<Message | Problem> {
    const found = await this.find(caller.projectId, id);
    if (!found) return NO_MESSAGE;
    const { message, account } = found;
    if (message.direction !== 'INBOUND' || message.providerMessageId === null)
      return problem('INVALID_TRANSITION', 'Only what a person wrote can be marked as read.', 'id');
    if (message.readAt !== null) return message;
    if (!this.providerOf(account)?.receipts) {
      const reason = `The account ${account.name} has no way to show that a message was read.`;
      return problem('UNSUPPORTED_BY_PROVIDER', reason, 'id');
    }
    const reference = message.providerMessageId;
    const answer = await this.calls.ask(
      account,
      async ({ receipts }, signal) => receipts?.markRead(reference, signal) ?? NOT_ABLE,
      'id',
    );
    if (isProblem(answer)) return answer;
    await this.database.rows('update messages set read_at = $3 where project_id = $1 and id = $2 and read_at is null', [
      message.projectId,
      message.id,
      this.clock.now(),
    ]);
    return (await this.find(caller.projectId, id))?.message ?? NO_MESSAGE;
  }

  /** Has a message asked after, by and by. What is lost with this process is asked again at its next time. */
  askLater(messages: readonly Asked[]): void {
    this.waiting.push(...messages);
    while (!this.stopping && this.asking.size < ASKED_AT_ONCE && this.waiting.length > 0) {
      const worker: Promise<void> = this.work().finally(() => this.asking.delete(worker));
      this.asking.add(worker);
    }
  }

  /** Asks nothing more and waits for what is under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.asking);
  }

  private async work(): Promise<void> {
    for (let next = this.waiting.shift(); next && !this.stopping; next = this.waiting.shift()) {
      try {
        await this.askOnce(next);
      } catch (error) {
        this.logger.error(fault(error));
      }
    }
  }

  private async askOnce(asked: Asked): Promise<void> {
    const found = await this.find(asked.projectId, asked.id);
    // News may have come while it waited for its turn.
    if (found?.message.status !== 'SUBMITTED' || found.message.providerMessageId === null) return;
    const { message, account } = found;
    if (account.deletedAt || !account.enabled || account.stoppedAt) return;
    if (!this.pool.capabilities(account.kind).has('STATUS_INQUIRY')) return;
    const held = this.held.get(account.id);
    if (held) {
      held.push(asked);
      return;
    }
    const trouble = await this.ask(message, account, found.message.providerMessageId);
    if (trouble?.code === 'TOO_MANY_REQUESTS' && trouble.retryAt) this.hold(asked, account.id, trouble.retryAt);
  }

  /** The budget was spent, so nobody was asked: this one, and what comes after it, waits until there is some again. */
  private hold(asked: Asked, accountId: string, until: Date): void {
    const held = this.held.get(accountId);
    if (held) {
      held.push(asked);
      return;
    }
    const line = [asked];
    this.held.set(accountId, line);
    this.clock.wakeAt(until, () => {
      this.held.delete(accountId);
      this.askLater(line);
    });
  }

  private async ask(message: Message, account: ProviderAccount, reference: string): Promise<Problem | null> {
    const answer = await this.calls.ask(
      account,
      async ({ inquiry }, signal) => inquiry?.status(reference, signal) ?? NOT_ABLE,
      'id',
    );
    if (isProblem(answer)) return answer;
    const reports = answer.reports.filter((report) => report.reference === reference);
    if (reports.length === 0) return null;
    const family = new Family(account, [{ account, mailbox: null, owner: null }], {
      sendsBatches: false,
      echoes: false,
    });
    await this.database.transaction(async (sql) => {
      const { events } = await this.reports.apply(sql, family, reports);
      await this.log.append(sql, events);
    });
    this.log.announce();
    return null;
  }

  private async find(
    projectId: string,
    id: string | null,
  ): Promise<{ message: Message; account: ProviderAccount } | null> {
    if (!id) return null;
    const [message] = await this.database.rows<Message>(
      `select ${MESSAGE_COLUMNS} from messages m where project_id = $1 and id = $2`,
      [projectId, id],
    );
    const account = message && (await this.accounts.byIds([message.accountId])).get(message.accountId);
    return message && account ? { message, account } : null;
  }

  private providerOf(account: ProviderAccount): Provider | null {
    return account.deletedAt ? null : this.pool.of(account);
  }
}

const NOT_ABLE = {
  outcome: 'failed',
  retryable: false,
  failure: {
    code: 'UNSUPPORTED_BY_PROVIDER',
    message: 'The account cannot do that.',
    providerCode: null,
    providerMessage: null,
  },
} as const;
