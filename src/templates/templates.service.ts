import { Inject, Injectable } from '@nestjs/common';
import { newId, publicId } from '../common/ids.js';
import { CLOCK, type Clock } from '../common/clock.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';
import { Database, isUniqueViolation, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type Caller } from '../projects/caller.js';
import { RoutingService } from '../providers/routing.service.js';
import { checkTemplate, type TemplateInput } from './template-input.js';
import { type TemplateEntity } from './template.entity.js';
import { type Channel, paramsProblem, render, smsSegments, type TemplateStatus } from './template.rules.js';
import { type TemplateRegistrationEntity } from './template-registration.entity.js';

const TEMPLATE = `project_id as "projectId", id, name, language, channel, category, body, header, footer, buttons, samples, sequence,
  created_at as "createdAt", updated_at as "updatedAt"`;
const REGISTRATION = `project_id as "projectId", template_id as "templateId", account_id as "accountId", external_id as "externalId",
  status, category, rejection_reason as "rejectionReason", updated_at as "updatedAt"`;

const LONGEST_EXTERNAL_ID = 512;

export type Registration = TemplateRegistrationEntity;
export type Template = TemplateEntity;

/** A template with what its accounts call it. */
export interface TemplateToSend {
  readonly template: TemplateEntity;
  readonly registrations: readonly TemplateRegistrationEntity[];
}

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
    private readonly routing: RoutingService,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(caller: Caller, input: TemplateInput): Promise<TemplateEntity | Problem> {
    const checked = checkTemplate(input);
    if (isProblem(checked)) return checked;
    const now = this.clock.now();
    const template: TemplateEntity = {
      ...checked,
      projectId: caller.projectId,
      id: newId(),
      sequence: 0,
      createdAt: now,
      updatedAt: now,
    };
    try {
      await this.database.rows(
        `insert into templates (project_id, id, name, language, channel, category, body, header, footer, buttons, samples,
           sequence, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
        [
          ...[template.projectId, template.id, template.name, template.language, template.channel, template.category],
          ...[template.body, template.header, template.footer, JSON.stringify(template.buttons), template.samples],
          ...[template.sequence, template.createdAt, template.updatedAt],
        ],
      );
    } catch (error) {
      if (!isUniqueViolation(error, 'templates_name')) throw error;
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
    const account = ids.account ? (await this.routing.table(caller.projectId)).account(ids.account) : undefined;
    if (!account) return problem('NOT_FOUND', 'No provider account of that id exists in this project.', 'accountId');
    const found = await this.database.transaction(async (sql) => {
      const [template] = await sql.rows<TemplateEntity>(
        `select ${TEMPLATE} from templates where project_id = $1 and id = $2 for update`,
        [caller.projectId, ids.template],
      );
      if (!template) return null;
      await this.setRegistration(sql, template, {
        projectId: caller.projectId,
        templateId: template.id,
        accountId: account.id,
        externalId: wanted,
        status,
        category: template.category,
        rejectionReason: null,
        updatedAt: this.clock.now(),
      });
      return template;
    });
    if (!found) return problem('NOT_FOUND', 'No template of that id exists in this project.', 'id');
    this.log.announce();
    this.signals.tell('templates', [found.id]);
    return found;
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
      header: template.header?.text ?? null,
      footer: template.footer,
      smsSegments: template.channel === 'SMS' ? smsSegments(text) : 0,
    };
  }

  /** All templates of these names, in every language and channel, with their registrations. */
  async findForSending(projectId: string, names: readonly string[]): Promise<TemplateToSend[]> {
    const rows = await this.database.rows<TemplateEntity & { registrations: TemplateRegistrationEntity[] | null }>(
      `select ${TEMPLATE}, (
          select json_agg(r) from (
            select ${REGISTRATION} from template_registrations r where r.project_id = t.project_id and r.template_id = t.id
          ) r) as registrations
         from templates t where project_id = $1 and name = any($2)`,
      [projectId, names],
    );
    return rows.map(({ registrations, ...template }) => ({ template, registrations: registrations ?? [] }));
  }

  async registrationsOf(projectId: string, templateIds: readonly string[]): Promise<TemplateRegistrationEntity[]> {
    return this.database.rows<TemplateRegistrationEntity>(
      `select ${REGISTRATION} from template_registrations where project_id = $1 and template_id = any($2) order by account_id`,
      [projectId, templateIds],
    );
  }

  private async setRegistration(sql: Sql, template: TemplateEntity, wanted: TemplateRegistrationEntity): Promise<void> {
    await sql.rows(
      `insert into template_registrations (project_id, template_id, account_id, external_id, status, category, rejection_reason, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (project_id, template_id, account_id) do update set external_id = excluded.external_id, status = excluded.status,
         category = excluded.category, rejection_reason = excluded.rejection_reason, updated_at = excluded.updated_at`,
      [
        ...[wanted.projectId, wanted.templateId, wanted.accountId, wanted.externalId, wanted.status, wanted.category],
        ...[wanted.rejectionReason, wanted.updatedAt],
      ],
    );
    template.sequence++;
    await sql.rows('update templates set sequence = $3 where project_id = $1 and id = $2', [
      template.projectId,
      template.id,
      template.sequence,
    ]);
    await this.log.append(sql, [
      {
        projectId: template.projectId,
        type: 'TEMPLATE_STATUS_CHANGED',
        subjectKind: 'template',
        subjectId: template.id,
        sequence: template.sequence,
        occurredAt: wanted.updatedAt,
        recordedAt: wanted.updatedAt,
        data: {
          template: {
            id: publicId('tpl', template.id),
            name: template.name,
            language: template.language,
            accountId: publicId('acc', wanted.accountId),
            status: wanted.status,
            category: wanted.category,
            rejectionReason: wanted.rejectionReason,
          },
        },
      },
    ]);
  }
}

/** The one template that a name, a language where it is given, and a channel mean. `at` is the path of the three. */
export function pickTemplate(
  known: readonly TemplateToSend[],
  wanted: { readonly name: string; readonly language: string | null; readonly channel: Channel },
  at: string,
): TemplateToSend | Problem {
  const field = (name: string): string => (at ? `${at}.${name}` : name);
  const named = known.filter(({ template }) => template.name === wanted.name && template.channel === wanted.channel);
  const fitting =
    wanted.language === null ? named : named.filter(({ template }) => template.language === wanted.language);
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
