import { Injectable } from '@nestjs/common';
import { type Problem } from '../common/problem.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type Answer } from '../providers/ports/outcome.js';
import { type TemplateDraft, type TemplateRegistry } from '../providers/ports/templates.js';
import { type Answered, ProviderCalls } from '../providers/provider-calls.service.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { type TemplateEntity } from './template.entity.js';

/** The registries of templates that accounts have at their providers. */
@Injectable()
export class TemplateRegistries {
  constructor(
    private readonly calls: ProviderCalls,
    private readonly pool: ProviderPool,
  ) {}

  /** Whether approval goes through the provider's API. */
  has(account: ProviderAccount): boolean {
    return this.pool.capabilities(account.kind).has('TEMPLATE_REGISTRATION');
  }

  /** Accounts of the same one share their templates; null where that cannot be told. */
  ownerOf(account: ProviderAccount): string | null {
    try {
      const owner = this.pool.of(account).templates?.owner;
      return owner === undefined ? null : `${account.kind} ${this.pool.baseUrl(account)} ${owner}`;
    } catch {
      // Its credentials were sealed with a key that is lost.
      return null;
    }
  }

  /** Asks the registry of an account that has one. */
  async ask<Told extends object>(
    account: ProviderAccount,
    question: (registry: TemplateRegistry, signal: AbortSignal) => Promise<Answer<Told>>,
    field: string | null = null,
  ): Promise<Answered<Told> | Problem> {
    return this.calls.ask(
      account,
      (provider, signal) => {
        if (!provider.templates) throw new Error(`${account.kind} says that it takes templates, and takes none.`);
        return question(provider.templates, signal);
      },
      field,
    );
  }
}

/** A template as it is sent for approval. */
export function draftOf(template: TemplateEntity): TemplateDraft {
  const { name, language, category, body, paramNames, header, footer, buttons, samples } = template;
  return { name, language, category, body, paramNames, header, footer, buttons, samples };
}
