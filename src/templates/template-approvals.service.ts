import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { canonicalJson } from '../common/text.js';
import { type Caller } from '../projects/caller.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type TemplateCategory, type TemplateStanding, type TemplateStatus } from '../providers/ports/templates.js';
import { RoutingService } from '../providers/routing.service.js';
import { submissionProblem } from './submission.rules.js';
import { checkPatch, saysOther, type TemplatePatch, type TemplateText, textOf } from './template-input.js';
import { draftOf, TemplateRegistries } from './template-registries.js';
import { type TemplateRegistrationEntity } from './template-registration.entity.js';
import { TemplateStore } from './template-store.js';
import { TemplateWriter } from './template-writer.js';
import { type TemplateEntity } from './template.entity.js';
import { countPlaceholders } from './template.rules.js';

/** Where there is nothing to ask for again. */
const DECIDED: ReadonlySet<TemplateStatus> = new Set(['PENDING', 'APPROVED', 'IN_APPEAL', 'DISABLED']);

const NO_TEMPLATE = (): Problem => problem('NOT_FOUND', 'No template of that id exists in this project.', 'id');
const NO_ACCOUNT = (): Problem =>
  problem('NOT_FOUND', 'No provider account of that id exists in this project.', 'accountId');

/** One template of a provider's, with the accounts that share it there. */
interface There {
  readonly account: ProviderAccount;
  readonly accountIds: readonly string[];
  readonly externalId: string;
  readonly providerId: string;
  readonly category: TemplateCategory;
}

/**
 * What goes to providers before it is so here: a template is submitted, edited and deleted there first, outside of any
 * transaction, and then written as the provider says that it stands.
 */
@Injectable()
export class TemplateApprovals {
  constructor(
    private readonly store: TemplateStore,
    private readonly writer: TemplateWriter,
    private readonly registries: TemplateRegistries,
    private readonly routing: RoutingService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Sends it for approval, or again with its text of now where it was refused or paused. */
  async submit(
    caller: Caller,
    ids: { readonly template: string | null; readonly account: string | null },
  ): Promise<TemplateEntity | Problem> {
    const found = ids.template && (await this.store.one(caller.projectId, ids.template));
    if (!found) return NO_TEMPLATE();
    const account = ids.account && (await this.routing.table(caller.projectId)).account(ids.account);
    if (!account) return NO_ACCOUNT();
    const { template } = found;
    const before = found.registrations.find(({ accountId }) => accountId === account.id);
    const wrong = this.notSubmitted(template, account, before);
    if (wrong) return wrong;
    const asked = this.clock.now();
    const draft = draftOf(template);
    const providerId = before?.status === 'DELETED' ? null : (before?.providerId ?? null);
    // Written before the call, so that a decision finds it that is told before the answer is recorded.
    const intended = before ?? (await this.intend(template, account, asked));
    const standing = await this.registries.ask(
      account,
      (registry, signal) =>
        providerId === null ? registry.submit(draft, signal) : registry.edit(providerId, draft, signal),
      'accountId',
    );
    if (isProblem(standing)) {
      if (!before) await this.store.forget(intended);
      return standing;
    }
    return this.writer.change(caller.projectId, [template.id], ([now], changes) => {
      if (!now) return NO_TEMPLATE();
      const known = now.registrations.find(({ accountId }) => accountId === account.id);
      changes.stand(now.template, account.id, known, asOfNow(standing, intended, known), newerOf(asked, known));
      return now.template;
    });
  }

  /**
   * Changes what it says. A changed text is edited where the provider can, and must be approved anew everywhere else.
   * A provider that refuses is answered, and nothing has changed; unless another one has taken it already: then the text
   * is the new one, and the registration that was refused is a DRAFT with the reason.
   */
  async update(caller: Caller, id: string | null, patch: TemplatePatch): Promise<TemplateEntity | Problem> {
    const found = id && (await this.store.one(caller.projectId, id));
    if (!found) return NO_TEMPLATE();
    const { template } = found;
    const text = checkPatch(template, patch);
    if (isProblem(text)) return text;
    if (canonicalJson(text) === canonicalJson(textOf(template))) return template;
    const reworded = saysOther(template, text);
    const changed = { ...template, ...text, ...(reworded && { paramNames: namesFor(template, text), raw: null }) };
    const places = reworded ? await this.placesOf(caller.projectId, found.registrations) : [];
    const wrong = places.length > 0 ? (wholeProblem(template) ?? submissionProblem(changed)) : null;
    if (wrong) return wrong;

    const asked = this.clock.now();
    const standings = new Map<string, TemplateStanding>();
    const refusals = new Map<string, Problem>();
    for (const { account, accountIds, providerId, category } of places) {
      // What the provider moved to another category stays there, unless that is what is to be changed.
      const draft = { ...draftOf(changed), ...(patch.category == null && { category }) };
      const standing = await this.registries.ask(account, (registry, signal) =>
        registry.edit(providerId, draft, signal),
      );
      if (isProblem(standing) && standings.size === 0) return standing;
      for (const accountId of accountIds) {
        if (isProblem(standing)) refusals.set(accountId, standing);
        else standings.set(accountId, standing);
      }
    }
    return this.writer.change(caller.projectId, [template.id], ([now], changes) => {
      if (!now) return NO_TEMPLATE();
      const { paramNames, raw } = changed;
      Object.assign(now.template, text, reworded && { paramNames, raw }, { updatedAt: changes.now });
      changes.templates.add(now.template);
      for (const registration of reworded ? now.registrations : []) {
        const { accountId, status } = registration;
        const standing = standings.get(accountId);
        const refusal = refusals.get(accountId);
        if (standing) {
          const before = found.registrations.find((one) => one.accountId === accountId);
          const stands = asOfNow(standing, before, registration);
          changes.stand(now.template, accountId, registration, stands, newerOf(asked, registration));
        } else if (status !== 'DELETED') {
          const rejectionReason = refusal ? (refusal.provider?.message ?? refusal.message) : null;
          changes.stand(now.template, accountId, registration, { ...registration, status: 'DRAFT', rejectionReason });
        }
      }
      return now.template;
    });
  }

  /** Retires it, once the providers that can have deleted it: gone from lists and use, still shown by what refers to it. */
  async remove(caller: Caller, id: string | null): Promise<{ id: string } | Problem> {
    const found = id && (await this.store.one(caller.projectId, id));
    if (!found) return NO_TEMPLATE();
    const gone: string[] = [];
    let failed: Problem | null = null;
    for (const { account, accountIds, externalId, providerId } of await this.placesOf(
      caller.projectId,
      found.registrations,
    )) {
      const removed = await this.registries.ask(account, (registry, signal) =>
        registry.remove({ externalId, providerId }, signal),
      );
      if (isProblem(removed)) failed ??= removed;
      else gone.push(...accountIds);
    }
    if (failed && gone.length === 0) return failed;
    return this.writer.change(caller.projectId, [found.template.id], ([now], changes) => {
      if (!now) return NO_TEMPLATE();
      for (const registration of now.registrations) {
        const { accountId } = registration;
        // What one provider has deleted is gone, though another could not be reached.
        if (failed && !gone.includes(accountId)) continue;
        const standing = { ...registration, status: 'DELETED', rejectionReason: null } as const;
        changes.stand(now.template, accountId, registration, standing);
      }
      if (failed) return failed;
      now.template.deletedAt = changes.now;
      changes.templates.add(now.template);
      return { id: now.template.id };
    });
  }

  /** A registration that says what is about to be asked. Nothing is told of it yet. */
  private async intend(
    template: TemplateEntity,
    account: ProviderAccount,
    updatedAt: Date,
  ): Promise<TemplateRegistrationEntity> {
    const intended: TemplateRegistrationEntity = {
      ...{ projectId: template.projectId, templateId: template.id, accountId: account.id },
      ...{ externalId: template.name, providerId: null, status: 'DRAFT', category: template.category },
      ...{ rejectionReason: null, updatedAt },
    };
    await this.store.intend(intended);
    return intended;
  }

  private notSubmitted(
    template: TemplateEntity,
    account: ProviderAccount,
    before: TemplateRegistrationEntity | undefined,
  ): Problem | null {
    if (!this.registries.has(account)) {
      return problem(
        'UNSUPPORTED_BY_PROVIDER',
        `The account ${account.name} takes no templates by API: have it approved in the provider’s own console, and say with registerTemplate what it is called there.`,
        'accountId',
      );
    }
    if (template.channel === 'SMS')
      return problem(
        'UNSUPPORTED_BY_PROVIDER',
        'WhatsApp approves no SMS: a template of that channel stays here.',
        'id',
      );
    if (before?.providerId && DECIDED.has(before.status)) {
      return problem(
        'INVALID_TRANSITION',
        `It is ${before.status} there with this text; change the text with updateTemplate, which sends it again.`,
        'accountId',
      );
    }
    if (template.header?.format === 'LOCATION') {
      return problem(
        'UNSUPPORTED_BY_PROVIDER',
        'A template whose header is a place cannot be sent, so it is not submitted: give it another header.',
        'id',
      );
    }
    return wholeProblem(template) ?? submissionProblem(template);
  }

  /** Where it is known by an id that it can be changed by, once for all accounts that share it. */
  private async placesOf(
    projectId: string,
    registrations: readonly TemplateRegistrationEntity[],
  ): Promise<readonly There[]> {
    const { accounts } = await this.routing.table(projectId);
    const places = registrations.flatMap(({ accountId, externalId, providerId, status, category }) => {
      const account = accounts.find((one) => one.id === accountId);
      return account && providerId !== null && status !== 'DELETED' && this.registries.has(account)
        ? [{ account, accountIds: [accountId], externalId, providerId, category }]
        : [];
    });
    const shared = Map.groupBy(
      places,
      ({ account, providerId }) => `${this.registries.ownerOf(account) ?? account.id} ${providerId}`,
    );
    return [...shared.values()].flatMap(([first, ...more]) =>
      first ? [{ ...first, accountIds: [...first.accountIds, ...more.flatMap(({ accountIds }) => accountIds)] }] : [],
    );
  }
}

/** What the provider answered, unless it told something newer while it was asked. */
function asOfNow(
  answered: TemplateStanding,
  before: TemplateRegistrationEntity | undefined,
  known: TemplateRegistrationEntity | undefined,
): TemplateStanding {
  const isNewer =
    before && known && (known.updatedAt.getTime() !== before.updatedAt.getTime() || known.status !== before.status);
  return isNewer ? { ...known, externalId: answered.externalId, providerId: answered.providerId } : answered;
}

const newerOf = (asked: Date, known: TemplateRegistrationEntity | undefined): Date =>
  known && known.updatedAt > asked ? known.updatedAt : asked;

/** A changed body keeps its names while there are as many placeholders. */
const namesFor = ({ paramNames }: TemplateEntity, { body }: TemplateText): readonly string[] =>
  countPlaceholders(body) === paramNames.length ? paramNames : [];

/** What came with more than a draft can say would lose that on its way back. */
function wholeProblem({ raw }: TemplateEntity): Problem | null {
  return raw === null
    ? null
    : problem(
        'UNSUPPORTED_BY_PROVIDER',
        'It has parts that can only be made in the provider’s own console: change it there, then use syncTemplates.',
        'id',
      );
}
