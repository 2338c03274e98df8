import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { canonicalJson, unstorableAt } from '../common/text.js';
import { type Sql } from '../database/database.js';
import { type Caller } from '../projects/caller.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type ListedTemplate, type TemplateStanding } from '../providers/ports/templates.js';
import { RoutingService } from '../providers/routing.service.js';
import { saysOther, type TemplateText, textOf } from './template-input.js';
import { TemplateRegistries } from './template-registries.js';
import { TemplateStore, type KnownTemplate } from './template-store.js';
import { standsAnew, type TemplateChanges, TemplateWriter } from './template-writer.js';
import { type TemplateEntity } from './template.entity.js';

/** Past any list that a provider lets grow. */
const MOST_PAGES = 200;
/** Templates that one transaction takes. */
const BATCH = 500;

export interface TemplateSync {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly syncedAt: Date;
}

interface TemplatePage {
  readonly templates: readonly ListedTemplate[];
  readonly next: string | null;
}

interface Listing {
  readonly account: ProviderAccount;
  /** When it was begun: what is known of later is newer than it. */
  readonly asked: Date;
  /** By what they are called there. */
  readonly templates: ReadonlyMap<string, ListedTemplate>;
  /** False where the pages did not end: what is missing may stand on a later one. */
  readonly whole: boolean;
}

type Outcome = 'created' | 'updated' | 'unchanged';

/** Reads what an account's provider lists, and makes it so here. */
@Injectable()
export class TemplateSyncs {
  constructor(
    private readonly store: TemplateStore,
    private readonly writer: TemplateWriter,
    private readonly registries: TemplateRegistries,
    private readonly routing: RoutingService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async sync(caller: Caller, accountId: string | null): Promise<TemplateSync | Problem> {
    const { projectId } = caller;
    const { accounts } = await this.routing.table(projectId);
    const account = accounts.find(({ id }) => id === accountId);
    if (!account) return problem('NOT_FOUND', 'No provider account of that id exists in this project.', 'accountId');
    if (!this.registries.has(account)) {
      return problem(
        'UNSUPPORTED_BY_PROVIDER',
        `The account ${account.name} lists no templates by API: say with registerTemplate what they are called there.`,
        'accountId',
      );
    }
    const listing = await this.read(account);
    if (isProblem(listing)) return listing;
    const owner = this.registries.ownerOf(account);
    const sharing = new Set(accounts.filter((one) => this.registries.ownerOf(one) === owner).map(({ id }) => id));
    const counts = { created: 0, updated: 0, unchanged: 0 };
    for (const batch of inBatches([...listing.templates.values()])) {
      for (const outcome of await this.take(listing, batch, sharing)) counts[outcome]++;
    }
    if (listing.whole) counts.updated += await this.missed(listing);
    return { ...counts, syncedAt: this.clock.now() };
  }

  /** All pages before anything is written: a list that breaks off changes nothing. */
  private async read(account: ProviderAccount): Promise<Listing | Problem> {
    const asked = this.clock.now();
    const templates = new Map<string, ListedTemplate>();
    const cursors = new Set<string>();
    let after: string | null = null;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const page: TemplatePage | Problem = await this.page(account, after);
      if (isProblem(page)) return page;
      // One that moved to a later page while we read is listed twice; the last word counts.
      for (const one of page.templates) templates.set(keyOf(one), one);
      // Only here has the list ended: an empty page may have a next one.
      if (page.next === null) return { account, asked, templates, whole: true };
      if (cursors.has(page.next)) return inCircles(account);
      cursors.add((after = page.next));
    }
    return { account, asked, templates, whole: false };
  }

  private page(account: ProviderAccount, after: string | null): Promise<TemplatePage | Problem> {
    return this.registries.ask(account, (registry, signal) => registry.page(after, signal), 'accountId');
  }

  private async take(
    { account, asked, templates }: Listing,
    batch: readonly ListedTemplate[],
    sharing: ReadonlySet<string>,
  ): Promise<readonly Outcome[]> {
    // One that the database cannot hold must not keep out the others.
    const listed = batch.filter((one) => unstorableAt(one) === null);
    let made: ReadonlySet<string> = new Set();
    let idsOf: ReadonlyMap<string, readonly string[]> = new Map();
    const find = async (sql: Sql): Promise<readonly string[]> => {
      ({ made, idsOf } = await this.match(sql, account, listed));
      return [...idsOf.values()].flat();
    };
    return this.writer.change(account.projectId, find, (found, changes) => {
      const byId = new Map(found.map((one) => [one.template.id, one]));
      return listed.flatMap((one) =>
        (idsOf.get(keyOf(one)) ?? []).flatMap((id): Outcome[] => {
          const known = byId.get(id);
          const before = known?.registrations.find(({ accountId }) => accountId === account.id);
          // The account knows it by another name, which is listed too.
          const calledThere = keyOf({ language: one.language, externalId: before?.externalId ?? one.externalId });
          if (!known || (calledThere !== keyOf(one) && templates.has(calledThere))) return [];
          const changed = bringUpToDate(known, one, { account, asked, sharing }, changes);
          return [made.has(id) ? 'created' : changed ? 'updated' : 'unchanged'];
        }),
      );
    });
  }

  /**
   * The templates that are meant by what is listed: those that the account is said to know by that name, else the one of
   * that name; where there is none it is made. `made` holds the ids of those.
   */
  private async match(
    sql: Sql,
    { projectId, id }: ProviderAccount,
    listed: readonly ListedTemplate[],
  ): Promise<{ made: ReadonlySet<string>; idsOf: ReadonlyMap<string, readonly string[]> }> {
    const registered = Map.groupBy(await this.store.knownAs(sql, projectId, [id], listed), keyOf);
    const strange = listed.filter((one) => !registered.has(keyOf(one)));
    const wanted = strange.filter(({ status }) => status !== 'DELETED');
    const rows = wanted.map((one) => templateOf(projectId, one, this.clock.now()));
    const made = rows.length > 0 ? await this.store.insert(sql, rows) : new Set<string>();
    // Those that were there, and those that somebody made a moment ago.
    const named = new Map(
      (await this.store.idsOf(sql, projectId, wanted)).map((one) => [`${one.name}\n${one.language}`, one.id]),
    );
    const idsOf = new Map<string, readonly string[]>();
    for (const one of listed) {
      const known = registered.get(keyOf(one))?.map(({ templateId }) => templateId);
      const id = named.get(`${one.name}\n${one.language}`);
      idsOf.set(keyOf(one), known ?? (id === undefined ? [] : [id]));
    }
    return { made, idsOf };
  }

  /** What the provider lists no more is gone there. Answers how many. */
  private async missed({ account, asked, templates }: Listing): Promise<number> {
    const isGone = (language: string, one: KnownTemplate['registrations'][number]): boolean =>
      !templates.has(keyOf({ externalId: one.externalId, language })) &&
      one.updatedAt <= asked &&
      one.status !== 'DELETED' &&
      // It was never there.
      !(one.status === 'DRAFT' && one.providerId === null);
    const gone = (await this.store.registeredAt(account.projectId, account.id)).filter((one) =>
      isGone(one.language, one),
    );
    let missed = 0;
    for (const batch of inBatches(gone)) {
      const ids = batch.map(({ templateId }) => templateId);
      missed += await this.writer.change(account.projectId, ids, (found, changes) => {
        let changed = 0;
        for (const { template, registrations } of found) {
          const before = registrations.find(({ accountId }) => accountId === account.id);
          if (!before || !isGone(template.language, before)) continue;
          const standing = { ...before, status: 'DELETED', rejectionReason: null } as const;
          changes.stand(template, account.id, before, standing, asked);
          changed++;
        }
        return changed;
      });
    }
    return missed;
  }
}

const inCircles = ({ kind, name }: ProviderAccount): Problem =>
  problem(
    'PROVIDER_UNAVAILABLE',
    `The list of templates at ${name} leads in a circle, so nothing was taken from it; try again later.`,
    'accountId',
    { provider: { provider: kind, code: null, message: null, retryable: true } },
  );

/** Takes over where a template stands, and what it says there; true where either is news. */
function bringUpToDate(
  { template, registrations }: KnownTemplate,
  said: ListedTemplate,
  { account, asked, sharing }: { account: ProviderAccount; asked: Date; sharing: ReadonlySet<string> },
  changes: TemplateChanges,
): boolean {
  const before = registrations.find(({ accountId }) => accountId === account.id);
  const listed = { ...said, rejectionReason: fullerReason(before, said) };
  // Said while we read: newer than the list.
  if (before && before.updatedAt > asked) return false;
  const isOther = saysOther(template, listed);
  if (before?.status === 'DRAFT' && isOther) {
    // Ours was changed and has yet to be submitted: the list has the text from before.
    const standing = { ...before, providerId: listed.providerId };
    if (standsAnew(before, standing)) changes.stand(template, account.id, before, standing, before.updatedAt);
    return standsAnew(before, standing);
  }
  const stands = standsAnew(before, listed);
  if (stands) changes.stand(template, account.id, before, listed, asked);
  const elsewhere = registrations.some(
    ({ accountId, status }) => !sharing.has(accountId) && status !== 'DRAFT' && status !== 'DELETED',
  );
  // What another provider has approved is not reworded by this one.
  if (listed.status === 'DELETED' || (elsewhere && isOther)) return stands;
  const words = isOther ? { ...textOf(listed), category: template.category } : withSamples(template, listed);
  const text = { ...words, paramNames: listed.paramNames };
  const news = canonicalJson(text) !== canonicalJson({ ...textOf(template), paramNames: template.paramNames });
  // The provider's own form holds addresses that are new in each list: kept, and no news.
  if (news || canonicalJson(listed.raw) !== canonicalJson(template.raw)) changes.templates.add(template);
  Object.assign(template, text, { raw: listed.raw }, news && { updatedAt: changes.now });
  return stands || news;
}

/** A callback tells more of a rejection than the list, which has its code alone. */
function fullerReason(
  before: TemplateStanding | undefined,
  { status, rejectionReason }: ListedTemplate,
): string | null {
  const isSame = before?.status === status && before.rejectionReason?.startsWith(rejectionReason ?? '');
  return isSame ? before.rejectionReason : rejectionReason;
}

/** Our text, with the provider's samples where we have none. */
function withSamples(template: TemplateEntity, { header, samples }: ListedTemplate): TemplateText {
  return {
    ...textOf(template),
    header: template.header && { ...template.header, sample: template.header.sample ?? header?.sample ?? null },
    samples: template.samples.length > 0 ? template.samples : samples,
  };
}

function templateOf(projectId: string, listed: ListedTemplate, now: Date): TemplateEntity {
  return {
    ...{ projectId, id: newId(), name: listed.name, language: listed.language, channel: 'WHATSAPP' },
    ...textOf(listed),
    ...{ paramNames: listed.paramNames, raw: listed.raw },
    ...{ sequence: 0, createdAt: now, updatedAt: now, deletedAt: null },
  };
}

/** What an account calls a template, in one language. */
const keyOf = ({ externalId, language }: { readonly externalId: string; readonly language: string }): string =>
  `${externalId}\n${language}`;

function* inBatches<One>(all: readonly One[]): Generator<readonly One[]> {
  for (let start = 0; start < all.length; start += BATCH) yield all.slice(start, start + BATCH);
}
