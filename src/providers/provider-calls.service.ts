import { Injectable } from '@nestjs/common';
import { type Problem, problem } from '../common/problem.js';
import { AccountsService, CALL_TIMEOUT_MS, problemOf, type ProviderAccount } from './accounts.service.js';
import { type Answer } from './ports/outcome.js';
import { type Provider } from './ports/provider.js';
import { ProviderPool } from './provider-pool.js';

export type Answered<Told extends object> = Extract<Answer<Told>, { outcome: 'answered' }>;

/** Asks providers what sends no message, within the account's budget and time. */
@Injectable()
export class ProviderCalls {
  constructor(
    private readonly accounts: AccountsService,
    private readonly pool: ProviderPool,
  ) {}

  /**
   * The provider's answer, or why there is none. TOO_MANY_REQUESTS with retryAt where the account's budget is spent.
   * Refused credentials stop nothing here: a token may lack the right to a template and still send every message.
   * @param field where in the caller's input the account was chosen
   */
  async ask<Told extends object>(
    account: ProviderAccount,
    question: (provider: Provider, signal: AbortSignal) => Promise<Answer<Told>>,
    field: string | null = null,
    timeoutMs = CALL_TIMEOUT_MS,
  ): Promise<Answered<Told> | Problem> {
    const free = await this.accounts.takeBudget(account.id);
    if (free !== null) {
      return problem(
        'TOO_MANY_REQUESTS',
        `The account ${account.name} may make no more requests this minute; try again at retryAt.`,
        field,
        { retryAt: free },
      );
    }
    return this.askApart(account, question, field, timeoutMs);
  }

  /** The same outside the account's budget: of another API of the provider's than that of messages, whose limit it is. */
  async askApart<Told extends object>(
    account: ProviderAccount,
    question: (provider: Provider, signal: AbortSignal) => Promise<Answer<Told>>,
    field: string | null = null,
    timeoutMs = CALL_TIMEOUT_MS,
  ): Promise<Answered<Told> | Problem> {
    const answer = await question(this.pool.of(account), AbortSignal.timeout(timeoutMs));
    if (answer.outcome === 'answered') {
      if (account.health === 'UNKNOWN') await this.accounts.works(account);
      return answer;
    }
    return problemOf(account, answer.failure, { retryable: answer.retryable, field });
  }
}
