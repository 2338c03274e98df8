import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import { type TemplateEntity } from './template.entity.js';
import { type TemplateRegistrationEntity } from './template-registration.entity.js';

const TEMPLATE = `t.project_id as "projectId", t.id, t.name, t.language, t.channel, t.category, t.body, t.header, t.footer,
  t.buttons, t.samples, t.param_names as "paramNames", t.raw, t.sequence, t.created_at as "createdAt",
  t.updated_at as "updatedAt", t.deleted_at as "deletedAt"`;
const REGISTRATION = `r.project_id as "projectId", r.template_id as "templateId", r.account_id as "accountId",
  r.external_id as "externalId", r.provider_id as "providerId", r.status, r.category,
  r.rejection_reason as "rejectionReason", r.updated_at as "updatedAt"`;

/** A template with what its accounts call it. */
export interface KnownTemplate {
  readonly template: TemplateEntity;
  readonly registrations: readonly TemplateRegistrationEntity[];
}

/**
 * The rows of templates and their registrations. A registration is changed under the lock of its template, in whose row
 * its events are counted.
 */
@Injectable()
export class TemplateStore {
  constructor(private readonly database: Database) {}

  /** Those of these names that are not retired, in every language and channel, with their registrations. */
  async named(projectId: string, names: readonly string[], sql: Sql = this.database): Promise<KnownTemplate[]> {
    return this.withRegistrations(
      sql,
      `(t.project_id, t.name) in (select * from unnest($1::uuid[], $2::text[])) and t.deleted_at is null`,
      [names.map(() => projectId), names],
    );
  }

  /** Those that carry codes on WhatsApp and are not retired, newest first, with their registrations. */
  async forCodes(projectId: string): Promise<KnownTemplate[]> {
    const found = await this.withRegistrations(
      this.database,
      `t.project_id = $1 and t.category = 'AUTHENTICATION' and t.channel = 'WHATSAPP' and t.deleted_at is null`,
      [projectId],
    );
    return found.sort((a, b) => (a.template.id < b.template.id ? 1 : -1));
  }

  /** One that is not retired, with its registrations. */
  async one(projectId: string, id: string): Promise<KnownTemplate | null> {
    const [found] = await this.withRegistrations(
      this.database,
      't.project_id = $1 and t.id = $2 and t.deleted_at is null',
      [projectId, id],
    );
    return found ?? null;
  }

  async registrationsOf(
    projectId: string,
    templateIds: readonly string[],
    sql: Sql = this.database,
  ): Promise<TemplateRegistrationEntity[]> {
    return sql.rows<TemplateRegistrationEntity>(
      `select ${REGISTRATION} from template_registrations r
        where (r.project_id, r.template_id) in (select * from unnest($1::uuid[], $2::uuid[])) order by r.account_id`,
      [templateIds.map(() => projectId), templateIds],
    );
  }

  /** Which templates an account knows by these names in these languages. */
  async knownAs(
    sql: Sql,
    projectId: string,
    accountIds: readonly string[],
    names: readonly { readonly externalId: string; readonly language: string }[],
  ): Promise<{ templateId: string; externalId: string; language: string }[]> {
    return sql.rows(
      `select distinct r.template_id as "templateId", r.external_id as "externalId", t.language
         from template_registrations r join templates t on t.project_id = r.project_id and t.id = r.template_id
        where (r.project_id, r.account_id) in (select * from unnest($1::uuid[], $2::uuid[]))
          and (r.external_id, t.language) in (select * from unnest($3::text[], $4::text[])) and t.deleted_at is null`,
      [
        ...[accountIds.map(() => projectId), accountIds],
        ...[names.map(({ externalId }) => externalId), names.map(({ language }) => language)],
      ],
    );
  }

  /** All that an account is said to know, of templates that are not retired. */
  async registeredAt(
    projectId: string,
    accountId: string,
  ): Promise<(TemplateRegistrationEntity & { readonly language: string })[]> {
    return this.database.rows(
      `select ${REGISTRATION}, t.language
         from template_registrations r join templates t on t.project_id = r.project_id and t.id = r.template_id
        where r.project_id = $1 and r.account_id = $2 and t.deleted_at is null order by r.template_id`,
      [projectId, accountId],
    );
  }

  /** Those WhatsApp templates of these names and languages that are not retired. */
  async idsOf(
    sql: Sql,
    projectId: string,
    names: readonly { readonly name: string; readonly language: string }[],
  ): Promise<{ id: string; name: string; language: string }[]> {
    return sql.rows(
      `select id, name, language from templates
        where (project_id, name, language) in (select * from unnest($1::uuid[], $2::text[], $3::text[]))
          and channel = 'WHATSAPP' and deleted_at is null`,
      [names.map(() => projectId), names.map(({ name }) => name), names.map(({ language }) => language)],
    );
  }

  /** The rows of those that are not retired, locked for a change in the order of their ids. */
  async forChange(sql: Sql, projectId: string, ids: readonly string[]): Promise<TemplateEntity[]> {
    return sql.rows<TemplateEntity>(
      `select ${TEMPLATE} from templates t
        where (t.project_id, t.id) in (select * from unnest($1::uuid[], $2::uuid[])) and t.deleted_at is null
        order by t.id for update`,
      [ids.map(() => projectId), ids],
    );
  }

  /** Inserts those whose name, language and channel are free; answers the ids of them. */
  async insert(sql: Sql, templates: readonly TemplateEntity[]): Promise<ReadonlySet<string>> {
    const rows = await sql.rows<{ id: string }>(
      `insert into templates (project_id, id, name, language, channel, category, body, header, footer, buttons, samples,
         param_names, raw, sequence, created_at, updated_at, deleted_at)
       select "projectId", id, name, language, channel, category, body, header, footer, buttons, samples,
         "paramNames", raw, sequence, "createdAt", "updatedAt", "deletedAt"
         from json_to_recordset($1) as one ("projectId" uuid, id uuid, name text, language text, channel text,
           category text, body text, header json, footer text, buttons json, samples text[], "paramNames" text[],
           raw json, sequence integer, "createdAt" timestamptz, "updatedAt" timestamptz, "deletedAt" timestamptz)
        order by name, language
       on conflict (project_id, name, language, channel) where deleted_at is null do nothing returning id`,
      [JSON.stringify(templates)],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Writes what can change of locked templates. */
  async save(sql: Sql, templates: readonly TemplateEntity[]): Promise<void> {
    if (templates.length === 0) return;
    await sql.rows(
      `update templates t set category = one.category, body = one.body, header = one.header, footer = one.footer,
         buttons = one.buttons, samples = one.samples, param_names = one."paramNames", raw = one.raw,
         sequence = one.sequence, updated_at = one."updatedAt", deleted_at = one."deletedAt"
         from json_to_recordset($1) as one ("projectId" uuid, id uuid, category text, body text, header json, footer text,
           buttons json, samples text[], "paramNames" text[], raw json, sequence integer, "updatedAt" timestamptz,
           "deletedAt" timestamptz)
        where t.project_id = one."projectId" and t.id = one.id`,
      [JSON.stringify(templates)],
    );
  }

  /** Writes registrations of locked templates. */
  async register(sql: Sql, registrations: readonly TemplateRegistrationEntity[]): Promise<void> {
    if (registrations.length === 0) return;
    await sql.rows(
      `insert into template_registrations (project_id, template_id, account_id, external_id, provider_id, status, category,
         rejection_reason, updated_at)
       select "projectId", "templateId", "accountId", "externalId", "providerId", status, category, "rejectionReason",
         "updatedAt"
         from json_to_recordset($1) as one ("projectId" uuid, "templateId" uuid, "accountId" uuid, "externalId" text,
           "providerId" text, status text, category text, "rejectionReason" text, "updatedAt" timestamptz)
       on conflict (project_id, template_id, account_id) do update set external_id = excluded.external_id,
         provider_id = excluded.provider_id, status = excluded.status, category = excluded.category,
         rejection_reason = excluded.rejection_reason, updated_at = excluded.updated_at`,
      [JSON.stringify(registrations)],
    );
  }

  /** Writes a registration before its provider is asked, where there is none. */
  async intend({ updatedAt, ...one }: TemplateRegistrationEntity): Promise<void> {
    await this.database.rows(
      `insert into template_registrations (project_id, template_id, account_id, external_id, provider_id, status, category,
         rejection_reason, updated_at) values ($1, $2, $3, $4, null, 'DRAFT', $5, null, $6) on conflict do nothing`,
      [one.projectId, one.templateId, one.accountId, one.externalId, one.category, updatedAt],
    );
  }

  /** Takes back what was written before a provider was asked, if it is still as it was. */
  async forget({ projectId, templateId, accountId, updatedAt }: TemplateRegistrationEntity): Promise<void> {
    await this.database.rows(
      `delete from template_registrations
        where project_id = $1 and template_id = $2 and account_id = $3 and status = 'DRAFT' and provider_id is null
          and updated_at = $4`,
      [projectId, templateId, accountId, updatedAt],
    );
  }

  private async withRegistrations(sql: Sql, where: string, values: readonly unknown[]): Promise<KnownTemplate[]> {
    const rows = await sql.rows<TemplateEntity & { registrations: TemplateRegistrationEntity[] | null }>(
      `select ${TEMPLATE}, (
          select json_agg(r) from (
            select ${REGISTRATION} from template_registrations r where r.project_id = t.project_id and r.template_id = t.id
          ) r) as registrations
         from templates t where ${where}`,
      values,
    );
    return rows.map(({ registrations, ...template }) => ({
      template,
      // JSON has no dates.
      registrations: (registrations ?? []).map((one) => ({ ...one, updatedAt: new Date(one.updatedAt) })),
    }));
  }
}
