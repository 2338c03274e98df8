import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { ACCEPTED, failure, REFUSED } from '../../test/support/messages.js';
import { later, SECOND } from '../common/clock.js';
import { type Database, type Sql } from '../database/database.js';
import { type MediaService } from '../media/media.service.js';
import { type MerchantLinks } from '../media/merchant-links.js';
import { type AccountCalls, type EndedCall } from '../providers/account-calls.service.js';
import { type AccountInHand, type AccountStore } from '../providers/account-store.js';
import { type AccountsService } from '../providers/accounts.service.js';
import { type Outcome } from '../providers/ports/outcome.js';
import { type ProviderPool } from '../providers/provider-pool.js';
import { ClaimMessages } from './claiming/claim-messages.js';
import { type DivertMessages } from './claiming/divert-messages.js';
import { type IdleProbes } from './claiming/idle-probes.js';
import { type MessageChange, type MessageProgress } from './message-progress.js';
import { type StrandedMessages } from './claiming/stranded-messages.js';
import { OutboundMessages } from './outbound-messages.js';
import { SubmitMessages } from './submit-messages.js';

// Refusals are told in the log.
beforeAll(() => Logger.overrideLogger(false));

/** A worker with one account, in whose queue stand messages to different people; the provider answers as it is told. */
class Desk {
  readonly clock = new ManualClock();
  readonly recorded: MessageChange[] = [];
  /** The statements that claimed something. */
  claims = 0;
  health: 'UNKNOWN' | 'HEALTHY' = 'HEALTHY';
  answers: (ids: readonly string[]) => readonly Outcome[] = (ids) => ids.map(() => ACCEPTED);
  record: () => Promise<void> = async () => undefined;
  accountsAnswer: () => Promise<void> = async () => undefined;
  open: () => void = () => undefined;
  readonly told: string[] = [];
  /** What was told of the calls themselves. */
  readonly ended: string[] = [];
  /** From when on one call probes; null: the breaker is closed. */
  openUntil: Date | null = null;
  externalId: string | null = 'TMP-1';
  content: object = { kind: 'template' };
  /** What the provider was handed. */
  readonly sent: object[] = [];
  private readonly waiting: { id: string; priority: number; person: string }[];

  constructor(messages: number) {
    this.waiting = Array.from({ length: messages }, (_, index) => ({
      id: `m${index}`,
      priority: 1,
      person: `+62${index}`,
    }));
  }

  get submit(): SubmitMessages {
    const account = {
      projectId: 'p',
      id: 'a',
      kind: 'DOKU',
      enabled: true,
      health: this.health,
      ...{ fullAt: this.clock.now(), recentCalls: [], passedOver: 0, openUntil: this.openUntil, probeUntil: null },
      ...{ quietFrom: null, quietTo: null },
    };
    const sql: Sql = {
      rows: async <Row>(text: string, values: readonly unknown[] = []) => {
        if (!text.includes('update messages')) return this.waiting.map((one) => one as Row);
        this.claims++;
        const taken = JSON.parse(values[0] as string) as { id: string; attempt_id: string }[];
        return taken.map(
          ({ id, attempt_id: attemptId }) =>
            ({
              projectId: 'p',
              id,
              attemptId,
              attempts: 1,
              externalId: this.externalId,
              registrationStatus: this.externalId === null ? null : 'APPROVED',
              heardAt: null,
              content: this.content,
            }) as Row,
        );
      },
    };
    const messaging = {
      repeatSafe: true,
      send: async (batch: readonly { content: object }[]) => {
        this.sent.push(...batch.map(({ content }) => content));
        return this.answers(batch.map(() => ''));
      },
    };
    const say = (what: string) => async (): Promise<void> => {
      await this.accountsAnswer();
      this.told.push(what);
    };
    const accounts = { limitOf: () => null, stop: say('stop'), works: say('works') } as unknown as AccountsService;
    const pool = {
      of: () => (this.open(), { messaging }),
      definition: () => ({ limits: { maxBatchSize: 1 } }),
    } as unknown as ProviderPool;
    const database = { transaction: (work: (sql: Sql) => unknown) => work(sql) } as unknown as Database;
    const store = {
      takeInHand: async () => account as unknown as AccountInHand,
      setBudget: async () => undefined,
    } as unknown as AccountStore;
    const calls = {
      ended: async (_: AccountInHand, { verdict }: EndedCall) => void this.ended.push(verdict),
      probed: async (_: AccountInHand, { verdict }: EndedCall) => void this.ended.push(`probe ${verdict}`),
    } as unknown as AccountCalls;
    return new SubmitMessages(
      new ClaimMessages(database, accounts, store, pool, {} as DivertMessages, this.clock),
      accounts,
      calls,
      pool,
      new OutboundMessages({} as MediaService, {} as MerchantLinks, this.clock),
      {
        add: async (change: MessageChange) => {
          await this.record();
          this.recorded.push(change);
        },
      } as unknown as MessageProgress,
      {} as StrandedMessages,
      { claim: async () => null } as unknown as IdleProbes,
      this.clock,
    );
  }

  get outcomes(): string[] {
    return this.recorded.map(({ change }) => (change.kind === 'outcome' ? change.outcome.outcome : change.kind));
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const AUTH: Outcome = { ...REFUSED, failure: failure('PROVIDER_AUTH_FAILED', '401') };
const away = async (): Promise<never> => {
  throw new Error('the database is away');
};

describe('a batch of messages', () => {
  it('begins no more than 16 calls together, and says that there is more', async () => {
    const desk = new Desk(40);
    const claim = await desk.submit.claim('a');
    await claim.work?.();
    expect([desk.recorded.length, claim.more]).toEqual([16, true]);
  });

  it('has each answer recorded for the attempt that was claimed for it', async () => {
    const desk = new Desk(3);
    await (await desk.submit.claim('a')).work?.();
    expect(desk.recorded.map(({ messageId }) => messageId)).toEqual(['m0', 'm1', 'm2']);
    expect(desk.recorded[0]?.change).toMatchObject({ kind: 'outcome', attemptNumber: 1, repeatSafe: true });
  });

  it('is not called but refused when the template is registered no more', async () => {
    const desk = new Desk(1);
    desk.externalId = null;
    desk.answers = () => {
      throw new Error('It was called.');
    };
    await (await desk.submit.claim('a')).work?.();
    expect(desk.recorded[0]?.change).toMatchObject({ outcome: { failure: { code: 'TEMPLATE_NOT_FOUND' } } });
  });

  it('is not claimed when the account’s secrets cannot be opened: its messages stay QUEUED', async () => {
    const desk = new Desk(3);
    desk.open = () => {
      throw new Error('sealed with another key');
    };
    await expect(desk.submit.claim('a')).rejects.toThrow();
    expect(desk.claims).toBe(0);
  });
});

describe('what the provider said', () => {
  it('is recorded again and again while the database is away', async () => {
    const desk = new Desk(1);
    const back = later(desk.clock.now(), 20 * SECOND);
    desk.record = async () => {
      if (desk.clock.now() < back) await away();
    };
    const done = (await desk.submit.claim('a')).work?.();
    for (let second = 0; second < 25; second++) {
      await turn();
      desk.clock.advance(SECOND);
    }
    await done;
    expect(desk.outcomes).toEqual(['accepted']);
  });

  it.each([
    ['that it works', ACCEPTED],
    ['that it has stopped', AUTH],
  ])('is recorded also when it could not be written of the account %s', async (_what, outcome) => {
    const desk = new Desk(2);
    desk.health = 'UNKNOWN';
    desk.answers = () => [outcome];
    desk.accountsAnswer = away;
    const work = (await desk.submit.claim('a')).work?.();
    await turn();
    expect(desk.outcomes).toEqual([outcome.outcome, outcome.outcome]);
    // What there is to say of the account is said when the database is back.
    desk.accountsAnswer = async () => undefined;
    desk.clock.advance(SECOND);
    await work;
  });

  it('stops the account when it refused the credentials, before its message is recorded', async () => {
    const desk = new Desk(1);
    desk.answers = () => [AUTH];
    desk.record = async () => void desk.told.push('recorded');
    await (await desk.submit.claim('a')).work?.();
    expect(desk.told).toEqual(['stop', 'recorded']);
  });

  it('stops no account when it refused a message', async () => {
    const desk = new Desk(1);
    desk.answers = () => [REFUSED];
    await (await desk.submit.claim('a')).work?.();
    expect(desk.told).toEqual([]);
  });
});

describe('the values of a secret template', () => {
  const ECHO: Outcome = {
    ...ACCEPTED,
    exchange: {
      request: { method: 'POST', url: 'https://p.example', headers: {}, body: '{"params":["493817"]}' },
      response: { status: 200, headers: {}, body: '{"took":"493817"}' },
    },
  };
  const template = { kind: 'template', language: 'id', params: ['493817'], text: 'Kode ***.' };

  it('go to the provider, and are in nothing that is recorded', async () => {
    const desk = new Desk(1);
    desk.content = { ...template, secret: true };
    desk.answers = () => [ECHO];
    await (await desk.submit.claim('a')).work?.();
    expect(desk.sent).toMatchObject([{ params: ['493817'] }]);
    expect(desk.recorded).toMatchObject([
      { change: { outcome: { exchange: { request: { body: '{"params":["***"]}' }, response: { status: 200 } } } } },
    ]);
    expect(JSON.stringify(desk.recorded)).not.toContain('493817');
  });

  it('are recorded of any other, for whoever looks into a send', async () => {
    const desk = new Desk(1);
    desk.content = template;
    desk.answers = () => [ECHO];
    await (await desk.submit.claim('a')).work?.();
    expect(desk.recorded).toMatchObject([{ change: { outcome: ECHO } }]);
  });
});

describe('what a call says of the provider’s health', () => {
  it('is told for each call, once it came back', async () => {
    const desk = new Desk(3);
    desk.answers = () => [{ outcome: 'uncertain', failure: failure('PROVIDER_UNAVAILABLE', '500') }];
    await (await desk.submit.claim('a')).work?.();
    expect(desk.ended).toEqual(['failed', 'failed', 'failed']);
  });

  it('decides about the breaker when the call was a probe, which is one alone', async () => {
    const desk = new Desk(3);
    desk.openUntil = desk.clock.now();
    await (await desk.submit.claim('a')).work?.();
    expect(desk.ended).toEqual(['probe answered']);
  });
});
