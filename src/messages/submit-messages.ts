import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { histogram } from '../metrics/metrics.js';
import { AccountCalls, type EndedCall } from '../providers/account-calls.service.js';
import { type AccountInHand } from '../providers/account-store.js';
import { AccountsService, CALL_TIMEOUT_MS } from '../providers/accounts.service.js';
import { verdictOf } from '../providers/call-verdict.js';
import { type Outcome } from '../providers/ports/outcome.js';
import { type Provider } from '../providers/ports/provider.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { type Claim } from '../queue/lanes.js';
import { CALLS_AT_ONCE, ClaimMessages } from './claiming/claim-messages.js';
import { IdleProbes } from './claiming/idle-probes.js';
import { MessageProgress } from './message-progress.js';
import { type Claimed, OutboundMessages } from './outbound-messages.js';
import { secretsOf, withoutSecrets } from './secret-values.js';
import { StrandedMessages } from './claiming/stranded-messages.js';

const RECORD_AGAIN_MS = SECOND;
const RECORD_TRIES = 300;

const durations = histogram(
  'kurir_provider_call_seconds',
  'Calls that carried messages to a provider, by what came of each.',
  ['provider', 'outcome'],
);

/** Hands claimed messages to their providers: calls with no transaction open, and records what came of it. */
@Injectable()
export class SubmitMessages {
  private readonly logger = new Logger(SubmitMessages.name);
  private readonly working = new Set<string>();

  constructor(
    private readonly claims: ClaimMessages,
    private readonly accounts: AccountsService,
    private readonly calls: AccountCalls,
    private readonly pool: ProviderPool,
    private readonly outbound: OutboundMessages,
    private readonly progress: MessageProgress,
    private readonly stranded: StrandedMessages,
    private readonly idleProbes: IdleProbes,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  dueAccounts(): Promise<string[]> {
    return this.claims.dueAccounts();
  }

  /** Claims a batch of one account; its work is the calls. */
  async claim(accountId: string, urgentOnly = false): Promise<Claim> {
    const { account, claimed, more, again, probe } = await this.claims.claim(accountId, urgentOnly);
    if (account?.deletedAt) {
      // Only while there are some: after each piece of work its lane asks for more.
      return { work: (await this.stranded.areLeft(account)) ? () => this.stranded.leave(account) : null };
    }
    if (!account || claimed.length === 0) {
      return (account && (await this.idleProbes.claim(account))) ?? { work: null, more, again };
    }
    // A whole batch in one request counts as much as sixteen calls: it is what a crash leaves UNCONFIRMED that is limited.
    const inBatches = this.pool.definition(account.kind).limits.maxBatchSize > 1;
    const pieces = inBatches ? CALLS_AT_ONCE : claimed.length;
    return { work: () => this.callAll(account, claimed, probe), pieces, more, again };
  }

  private async callAll(account: AccountInHand, claimed: readonly Claimed[], probe: boolean): Promise<void> {
    const provider = this.pool.of(account);
    const size = this.pool.definition(account.kind).limits.maxBatchSize;
    const batches: Claimed[][] = [];
    for (let from = 0; from < claimed.length; from += size) batches.push(claimed.slice(from, from + size));
    await Promise.all(batches.map((batch) => this.call(account, provider, batch, probe)));
  }

  private async call(
    account: AccountInHand,
    { messaging, inquiry }: Provider,
    batch: readonly Claimed[],
    probe: boolean,
  ): Promise<void> {
    const began = this.clock.now();
    const said = await this.outbound.send(messaging, batch, AbortSignal.timeout(CALL_TIMEOUT_MS));
    // Of the whole batch: what came of one may repeat the values of another.
    const secrets = batch.flatMap(({ content }) => secretsOf(content));
    const outcomes = said.map((outcome) => withoutSecrets(outcome, secrets));
    const durationMs = this.clock.now().getTime() - began.getTime();
    const call = { began, verdict: verdictOf(outcomes) };
    for (const [index, outcome] of outcomes.entries()) {
      durations.observe({ provider: account.kind, outcome: outcome.outcome }, durationMs / SECOND);
      if (outcome.outcome !== 'refused') continue;
      const { code, providerCode } = outcome.failure;
      const about = { messageId: batch[index]?.id, accountId: account.id, kind: account.kind, code, providerCode };
      this.logger.debug(about, 'A message was refused.');
    }
    // The health first, so that nothing more leaves through an account that was refused. Where that fails because the
    // database is away, the outcomes do not wait for it.
    const tell = (): Promise<void> => this.tellHealth(account, outcomes, call, probe);
    const told = await tell().then(
      () => true,
      () => false,
    );
    const records = batch.map((message, index) =>
      this.record(message, {
        kind: 'outcome',
        accountId: account.id,
        attemptId: message.attemptId,
        attemptNumber: message.attempts,
        outcome: outcomes[index] as Outcome,
        durationMs,
        repeatSafe: messaging?.repeatSafe ?? false,
        inquires: inquiry !== undefined,
      }),
    );
    await Promise.all(told ? records : [...records, this.again(tell)]);
  }

  private async tellHealth(
    account: AccountInHand,
    outcomes: readonly Outcome[],
    call: EndedCall,
    probe: boolean,
  ): Promise<void> {
    if (outcomes.some((outcome) => outcome.outcome === 'refused' && outcome.failure.code === 'PROVIDER_AUTH_FAILED')) {
      await this.accounts.stop(account);
    } else if (account.health === 'UNKNOWN' && call.verdict !== 'never left') {
      // It was called, and that its calls fail is for the breaker to say.
      await this.works(account);
    }
    await (probe ? this.calls.probed(account, call) : this.calls.ended(account, call));
  }

  /** Says once, and not with each of the first answers, that the account works. */
  private async works(account: AccountInHand): Promise<void> {
    if (this.working.has(account.id)) return;
    this.working.add(account.id);
    await this.accounts.works(account).finally(() => this.working.delete(account.id));
  }

  private record(message: Claimed, change: Parameters<MessageProgress['add']>[0]['change']): Promise<void> {
    return this.again(() => this.progress.add({ projectId: message.projectId, messageId: message.id, change }));
  }

  /** What the provider said is known here alone: it is recorded again and again while the database is away. */
  private async again(record: () => Promise<unknown>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await record();
        return;
      } catch (error) {
        if (attempt >= RECORD_TRIES) throw error;
        await new Promise<void>((resolve) => this.clock.wakeAt(later(this.clock.now(), RECORD_AGAIN_MS), resolve));
      }
    }
  }
}
