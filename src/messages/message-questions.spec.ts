import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { queuedMessage } from '../../test/support/messages.js';
import { account, PROJECT, uuid } from '../../test/support/surroundings.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { type Database } from '../database/database.js';
import { type EventLog } from '../events/event-log.js';
import { type Caller } from '../projects/caller.js';
import { type AccountStore } from '../providers/account-store.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type StatusReport } from '../providers/ports/callbacks.js';
import { type Answer } from '../providers/ports/outcome.js';
import { type Provider } from '../providers/ports/provider.js';
import { type ProviderCalls } from '../providers/provider-calls.service.js';
import { type ProviderPool } from '../providers/provider-pool.js';
import { MessageQuestions } from './message-questions.js';
import { type MessageReports } from './message-reports.js';
import { type Message } from './message-row.js';

beforeAll(() => Logger.overrideLogger(false));

const CALLER = { projectId: PROJECT } as Caller;

const read = (reference: string): StatusReport => ({
  ...{ kind: 'status', mailbox: null, reference, attemptId: null, status: 'READ', occurredAt: null, recipient: null },
  ...{ recipientId: null, failure: null },
});

/** Messages of one account whose provider is asked; it answers as it is told, or once it is let. */
class Desk {
  readonly clock = new ManualClock();
  readonly account: ProviderAccount;
  readonly messages = new Map<string, Message>();
  /** The provider's ids that were asked about, in order, and those whose answers are still awaited. */
  readonly asked: string[] = [];
  open = 0;
  mostOpen = 0;
  hold: Promise<void> = Promise.resolve();
  answer: (reference: string) => Answer<{ readonly reports: readonly StatusReport[] }> = (reference) => ({
    outcome: 'answered',
    reports: [read(reference)],
  });
  trouble: Problem | null = null;
  canAsk = true;
  receipts: Provider['receipts'];
  readonly applied: StatusReport[] = [];
  announced = 0;
  readonly questions: MessageQuestions;

  constructor(over: Partial<ProviderAccount> = {}) {
    this.account = account(11, { kind: 'WAPPIN', name: 'Wappin', ...over });
    const provider = (): Provider =>
      ({
        inquiry: { status: async (reference: string) => this.answer(reference) },
        ...(this.receipts && { receipts: this.receipts }),
      }) as unknown as Provider;
    this.questions = new MessageQuestions(
      {
        rows: async (text: string, [, id, readAt]: [string, string, Date]) => {
          const message = this.messages.get(id);
          if (!text.startsWith('update')) return message ? [message] : [];
          if (message) message.readAt ??= readAt;
          return [];
        },
        transaction: (work: (sql: unknown) => unknown) => work({}),
      } as unknown as Database,
      { byIds: async () => new Map([[this.account.id, this.account]]) } as unknown as AccountStore,
      {
        ask: async (
          _account: unknown,
          question: (provider: Provider, signal: AbortSignal) => Promise<Answer<object>>,
        ) => {
          this.mostOpen = Math.max(this.mostOpen, ++this.open);
          await this.hold;
          const answer = await question(provider(), new AbortController().signal);
          this.open--;
          return this.trouble ?? (answer.outcome === 'answered' ? answer : problem(answer.failure.code, 'no'));
        },
      } as unknown as ProviderCalls,
      {
        capabilities: () => new Set(this.canAsk ? ['STATUS_INQUIRY'] : []),
        of: provider,
      } as unknown as ProviderPool,
      {
        apply: async (_sql: unknown, _family: unknown, reports: readonly StatusReport[]) => {
          this.applied.push(...reports);
          return { unknown: [], events: [] };
        },
      } as unknown as MessageReports,
      { append: async () => undefined, announce: () => void this.announced++ } as unknown as EventLog,
      this.clock,
    );
    const answer = this.answer;
    this.answer = (reference) => {
      this.asked.push(reference);
      return answer(reference);
    };
  }

  message(number: number, over: Partial<Message> = {}): Message {
    const state = queuedMessage({ projectId: PROJECT, id: uuid(number), accountId: this.account.id });
    const message: Message = {
      ...{ ...state, status: 'SUBMITTED', providerMessageId: `ref-${number}`, content: { kind: 'text', text: 'Halo' } },
      ...over,
    };
    this.messages.set(message.id, message);
    return message;
  }

  many(count: number): Message[] {
    return Array.from({ length: count }, (_, index) => this.message(100 + index));
  }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

function held(desk: Desk): () => void {
  let go!: () => void;
  desk.hold = new Promise((resolve) => (go = resolve));
  return go;
}

describe('messages that are asked after by time', () => {
  it('are asked after four at a time, and all of them in the end', async () => {
    const desk = new Desk();
    const go = held(desk);
    desk.questions.askLater(desk.many(6));
    desk.questions.askLater([desk.message(1)]);
    await turns();
    expect(desk.open).toBe(4);
    go();
    await turns();
    expect(desk.mostOpen).toBe(4);
    expect(desk.asked.sort()).toEqual(['ref-1', ...[0, 1, 2, 3, 4, 5].map((index) => `ref-${100 + index}`)]);
    expect(desk.applied).toHaveLength(7);
    expect(desk.announced).toBe(7);
  });

  it('are asked after again later when more are due', async () => {
    const desk = new Desk();
    desk.questions.askLater([desk.message(1)]);
    await turns();
    desk.questions.askLater([desk.message(2)]);
    await turns();
    expect(desk.asked).toEqual(['ref-1', 'ref-2']);
  });

  it('are left when the process ends, after those that are under way', async () => {
    const desk = new Desk();
    const go = held(desk);
    desk.questions.askLater(desk.many(6));
    await turns();
    let stopped = false;
    const stop = desk.questions.stop().then(() => (stopped = true));
    await turns();
    expect(stopped).toBe(false);
    go();
    await stop;
    expect(desk.applied).toHaveLength(4);
    desk.questions.askLater([desk.message(1)]);
    await turns();
    expect(desk.asked).not.toContain('ref-1');
  });

  it.each<[string, Partial<Message>]>([
    ['news came while they waited', { status: 'SENT' }],
    ['they are sent again', { status: 'QUEUED' }],
    ['the provider gave no id', { providerMessageId: null }],
  ])('are not asked after when %s', async (_why, over) => {
    const desk = new Desk();
    desk.questions.askLater([desk.message(1, over), { projectId: PROJECT, id: uuid(2) }]);
    await turns();
    expect(desk.asked).toEqual([]);
  });

  it.each<[string, Partial<ProviderAccount>]>([
    ['held', { enabled: false }],
    ['stopped', { stoppedAt: new Date(0) }],
    ['deleted', { deletedAt: new Date(0) }],
  ])('are not asked after through an account that is %s', async (_how, over) => {
    const desk = new Desk(over);
    desk.questions.askLater([desk.message(1)]);
    await turns();
    expect(desk.asked).toEqual([]);
  });

  it('are asked after though one of them threw', async () => {
    const desk = new Desk();
    const { answer } = desk;
    desk.answer = (reference) => {
      if (reference === 'ref-100') throw new Error('a bug');
      return answer(reference);
    };
    desk.questions.askLater(desk.many(6));
    await turns();
    expect(desk.applied).toHaveLength(5);
  });
});

describe('refresh', () => {
  const code = async (desk: Desk, message: Message): Promise<string> => {
    const answer = await desk.questions.refresh(CALLER, message.id);
    return isProblem(answer) ? `${answer.code} at ${answer.field}` : answer.status;
  };

  it('has what the provider says applied, and answers the message', async () => {
    const desk = new Desk();
    expect(await desk.questions.refresh(CALLER, desk.message(1).id)).toMatchObject({ id: uuid(1) });
    expect(desk.applied).toEqual([read('ref-1')]);
  });

  it('changes nothing when the provider knows nothing yet, or speaks of another message', async () => {
    const desk = new Desk();
    desk.answer = () => ({ outcome: 'answered', reports: [] });
    expect(await code(desk, desk.message(1))).toBe('SUBMITTED');
    desk.answer = () => ({ outcome: 'answered', reports: [read('ref-9')] });
    expect(await code(desk, desk.message(1))).toBe('SUBMITTED');
    expect([desk.applied, desk.announced]).toEqual([[], 0]);
  });

  it('asks again whatever state the message is in', async () => {
    const desk = new Desk();
    for (const status of ['SENT', 'DELIVERED', 'FAILED', 'UNCONFIRMED'] as const)
      await code(desk, desk.message(1, { status }));
    expect(desk.asked).toHaveLength(4);
  });

  it('tells why the provider did not answer', async () => {
    const desk = new Desk();
    desk.trouble = problem('TOO_MANY_REQUESTS', 'Not now.', 'id');
    expect(await code(desk, desk.message(1))).toBe('TOO_MANY_REQUESTS at id');
    expect(desk.applied).toEqual([]);
  });

  it('of a message that does not exist is NOT_FOUND', async () => {
    const desk = new Desk();
    for (const id of [uuid(9), null])
      expect(await desk.questions.refresh(CALLER, id)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });

  it.each<[string, Partial<Message>]>([
    ['has not left', { status: 'QUEUED', providerMessageId: null }],
    ['a person wrote', { direction: 'INBOUND', status: 'RECEIVED' }],
  ])('of a message that %s is INVALID_TRANSITION', async (_what, over) => {
    const desk = new Desk();
    expect(await code(desk, desk.message(1, over))).toBe('INVALID_TRANSITION at id');
  });

  it('is UNSUPPORTED_BY_PROVIDER where the provider cannot be asked, or the account is gone with its secrets', async () => {
    const silent = new Desk();
    silent.canAsk = false;
    expect(await code(silent, silent.message(1))).toBe('UNSUPPORTED_BY_PROVIDER at id');
    const gone = new Desk({ deletedAt: new Date(0) });
    expect(await code(gone, gone.message(1))).toBe('UNSUPPORTED_BY_PROVIDER at id');
    expect([silent.asked, gone.asked]).toEqual([[], []]);
  });
});

describe('marking as read', () => {
  const inbound = { direction: 'INBOUND', status: 'RECEIVED' } as const;
  function withReceipts(answer: Answer = { outcome: 'answered' }): { desk: Desk; marked: string[] } {
    const desk = new Desk();
    const marked: string[] = [];
    desk.receipts = {
      markRead: async (reference) => {
        marked.push(reference);
        return answer;
      },
    };
    return { desk, marked };
  }

  it('shows it to the person once, and keeps when', async () => {
    const { desk, marked } = withReceipts();
    const message = desk.message(1, inbound);
    const now = desk.clock.now();
    expect(await desk.questions.markRead(CALLER, message.id)).toMatchObject({ status: 'RECEIVED', readAt: now });
    desk.clock.advance(1_000);
    expect(await desk.questions.markRead(CALLER, message.id)).toMatchObject({ readAt: now });
    expect(marked).toEqual(['ref-1']);
  });

  it('keeps nothing when the provider did not take it', async () => {
    const failure = { code: 'PROVIDER_UNAVAILABLE', message: 'no', providerCode: null, providerMessage: null } as const;
    const { desk } = withReceipts({ outcome: 'failed', failure, retryable: true });
    const message = desk.message(1, inbound);
    expect(await desk.questions.markRead(CALLER, message.id)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(message.readAt).toBeNull();
  });

  it('is for what persons wrote, at accounts that can show it', async () => {
    const { desk, marked } = withReceipts();
    const answers = [desk.message(1).id, uuid(9), null].map((id) => desk.questions.markRead(CALLER, id));
    expect(await Promise.all(answers)).toMatchObject([
      { code: 'INVALID_TRANSITION', field: 'id' },
      { code: 'NOT_FOUND', field: 'id' },
      { code: 'NOT_FOUND', field: 'id' },
    ]);
    const silent = new Desk();
    expect(await silent.questions.markRead(CALLER, silent.message(1, inbound).id)).toMatchObject({
      code: 'UNSUPPORTED_BY_PROVIDER',
    });
    expect(marked).toEqual([]);
  });
});
