import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Templates that are read from a provider, edited there, and retired: the name of a retired one may be used again. */
export class TemplatesWhole1763800000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table templates
        add column param_names text[] not null default '{}',
        add column raw json,
        add column deleted_at timestamptz;
      alter table templates alter column param_names drop default;
      drop index templates_name;
      create unique index templates_name on templates (project_id, name, language, channel) where deleted_at is null;
      alter table template_registrations add column provider_id text;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table template_registrations drop column provider_id;
      delete from templates where deleted_at is not null;
      drop index templates_name;
      create unique index templates_name on templates (project_id, name, language, channel);
      alter table templates drop column param_names, drop column raw, drop column deleted_at;
    `);
  }
}
