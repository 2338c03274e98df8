import { type TemplateStatus } from '../providers/ports/templates.js';
import { Inject, Injectable } from '@nestjs/common';
import { newId } from '../common/ids.js';
import { CLOCK, type Clock } from '../common/clock.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type Caller } from '../projects/caller.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { RoutingService, type RoutingTable } from '../providers/routing.service.js';
import { checkTemplate, type TemplateInput } from './template-input.js';
import { type TemplateEntity } from './template.entity.js';
import { type Channel, countPlaceholders, paramsProblem, render, smsSegments } from './template.rules.js';
import { type TemplateRegistrationEntity } from './template-registration.entity.js';
import { templatePartsOf } from './template-values.js';
import { type KnownTemplate, TemplateStore } from './template-store.js';
import { TemplateWriter } from './template-writer.js';

const LONGEST_EXTERNAL_ID = 512;

export type Registration = TemplateRegistrationEntity;
export type Template = TemplateEntity;

/** A template with what its accounts call it. */
export type TemplateToSend = KnownTemplate;

export interface Preview {
  readonly text: string;
  readonly header: string | null;
  readonly footer: string | null;
  readonly smsSegments: number;
}

/** Templates of a project and their registrations at accounts. */
@Injectable()
export class TemplatesService {
  constructor(
    private readonly database: Database,
    private readonly store: TemplateStore,
    private readonly writer: TemplateWriter,
    private readonly routing: RoutingService,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(caller: Caller, input: TemplateInput): Promise<TemplateEntity | Problem> {
    const checked = checkTemplate(input);
    if (isProblem(checked)) return checked;
    const now = this.clock.now();
    const template: TemplateEntity = {
      ...checked,
      ...{ projectId: caller.projectId, id: newId(), paramNames: [], raw: null },
      ...{ sequence: 0, createdAt: now, updatedAt: now, deletedAt: null },
    };
    const made = await this.store.insert(this.database, [template]);
    if (!made.has(template.id)) {
      return problem(
        'DUPLICATE_REFERENCE',
        'A template of that name, language and channel exists; choose another name.',
        'name',
      );
    }
    this.signals.tell('templates', [template.id]);
    return template;
  }

  /** Says what an account calls it; said again it replaces what was said before. */
  async register(
    caller: Caller,
    ids: { readonly template: string | null; readonly account: string | null },
    externalId: string,
    status: TemplateStatus,
  ): Promise<TemplateEntity | Problem> {
    const wanted = externalId.trim();
    if (!wanted || wanted.length > LONGEST_EXTERNAL_ID || !wanted.isWellFormed() || wanted.includes('\0')) {
      return problem(
        'INVALID_INPUT',
        `What the account calls it has 1 to ${LONGEST_EXTERNAL_ID} characters.`,
        'externalId',
      );
    }
    const routing = await this.routing.table(caller.projectId);
    const account = ids.account ? routing.account(ids.account) : undefined;
    if (!account) return problem('NOT_FOUND', 'No provider account of that id exists in this project.', 'accountId');
    return this.writer.change(caller.projectId, ids.template ? [ids.template] : [], ([found], changes) => {
      if (!found) return problem('NOT_FOUND', 'No template of that id exists in this project.', 'id');
      const { template, registrations } = found;
      const never = neverSent(template.channel, account, routing);
      if (never) return never;
      const before = registrations.find(({ accountId }) => accountId === account.id);
      // Said again it is told again, also where nothing is new.
      changes.stand(template, account.id, undefined, {
        externalId: wanted,
        providerId: before?.externalId === wanted ? before.providerId : null,
        status,
        category: template.category,
        rejectionReason: null,
      });
      return template;
    });
  }

  /** The text with its values, by the rules of a send and without one. */
  async preview(
    projectId: string,
    ask: {
      readonly name: string;
      readonly language: string | null;
      readonly channel: Channel;
      readonly params: readonly string[];
    },
  ): Promise<Preview | Problem> {
    const unstorable = unstorableAt(ask);
    if (unstorable !== null)
      return problem('INVALID_INPUT', 'It holds a NUL byte or half a character; take it out.', unstorable);
    const found = pickTemplate(await this.findForSending(projectId, [ask.name]), ask, '');
    if (isProblem(found)) return found;
    const { template } = found;
    const wrong = paramsProblem(template.body, ask.params, 'params');
    if (wrong) return wrong;
    const text = render(template.body, ask.params);
    return {
      text,
      header: headerAtItsSample(template),
      footer: template.footer,
      smsSegments: template.channel === 'SMS' ? smsSegments(text) : 0,
    };
  }

  /** All templates of these names, in every language and channel, with their registrations. */
  async findForSending(projectId: string, names: readonly string[], sql?: Sql): Promise<TemplateToSend[]> {
    return this.store.named(projectId, names, sql);
  }

  /** Those that can carry a code in a language, and nothing beside it, newest first: with one value and no header. */
  async forCodes(projectId: string, language: string): Promise<TemplateToSend[]> {
    const found = await this.store.forCodes(projectId);
    return found.filter(
      ({ template }) =>
        tagOf(template.language).split('_')[0] === language &&
        countPlaceholders(template.body) === 1 &&
        !templatePartsOf(template).has('header'),
    );
  }

  async registrationsOf(projectId: string, templateIds: readonly string[]): Promise<TemplateRegistrationEntity[]> {
    return this.store.registrationsOf(projectId, templateIds);
  }
}

/** Says that the account sends nothing of the channel, and which ones of the project do. */
function neverSent(channel: Channel, account: ProviderAccount, routing: RoutingTable): Problem | null {
  const [capability, what] =
    channel === 'SMS' ? (['SMS_FALLBACK', 'SMS'] as const) : (['TEMPLATE', 'templates'] as const);
  if (routing.can(account, capability)) return null;
  const able = routing.accounts.filter((one) => routing.can(one, capability)).map(({ name }) => name);
  const others = able.length > 0 ? able.join(', ') : 'no account of the project';
  return problem(
    'UNSUPPORTED_BY_PROVIDER',
    `The account ${account.name} can never send ${what}: ${others} can.`,
    'accountId',
  );
}

/** The one template that a name, a language where it is given, and a channel mean. `at` is the path of the three. */
export function pickTemplate(
  known: readonly TemplateToSend[],
  wanted: { readonly name: string; readonly language: string | null; readonly channel: Channel },
  at: string,
): TemplateToSend | Problem {
  const field = (name: string): string => (at ? `${at}.${name}` : name);
  const named = known.filter(({ template }) => template.name === wanted.name && template.channel === wanted.channel);
  const fitting = wanted.language === null ? named : inLanguage(named, wanted.language);
  if (fitting.length > 1) {
    const languages = fitting.map(({ template }) => template.language).join(', ');
    return problem('INVALID_INPUT', `The template exists in ${languages}: say which language.`, field('language'));
  }
  const [one] = fitting;
  if (one) return one;
  return named.length > 0
    ? problem(
        'TEMPLATE_NOT_FOUND',
        `The template exists, but not in the language ${wanted.language}.`,
        field('language'),
      )
    : problem(
        'TEMPLATE_NOT_FOUND',
        'No template of that name exists for this channel; make it with createTemplate.',
        field('name'),
      );
}

/** Languages that are read where a text in the asked one is missing. */
const READ_INSTEAD: Readonly<Record<string, string>> = { id: 'en', hi: 'en' };

const tagOf = (language: string): string => language.replaceAll('-', '_').toLowerCase();

/** Those in exactly that language; else in its base or a region of it, en for en_US and the other way round; else in what is read instead. */
function inLanguage(named: readonly TemplateToSend[], language: string): readonly TemplateToSend[] {
  const exactly = named.filter(({ template }) => template.language === language);
  if (exactly.length > 0) return exactly;
  const asked = tagOf(language);
  const base = asked.split('_')[0] ?? asked;
  const tagged = named.map((one) => ({ one, tag: tagOf(one.template.language) }));
  const instead = READ_INSTEAD[base];
  const steps: ((tag: string) => boolean)[] = [
    (tag) => tag === asked,
    (tag) => tag === base || (asked === base && tag.startsWith(`${base}_`)),
    (tag) => tag === instead,
    (tag) => instead !== undefined && tag.startsWith(`${instead}_`),
  ];
  for (const fits of steps) {
    const found = tagged.filter(({ tag }) => fits(tag)).map(({ one }) => one);
    if (found.length > 0) return found;
  }
  return [];
}

/** As far as it can be shown without a send's values. */
function headerAtItsSample({ header }: TemplateEntity): string | null {
  return header?.text && header.sample !== null ? render(header.text, [header.sample]) : (header?.text ?? null);
}
