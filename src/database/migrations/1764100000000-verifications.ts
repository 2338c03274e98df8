import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Numbers to be proved with their steps, prefixes from which too few are proved, and the numbers that accounts stand for. */
export class Verifications1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table provider_accounts add column own_number text;

      create table verifications (
        project_id uuid not null,
        id uuid not null,
        phone text,
        prefix text not null,
        method text not null,
        status text not null,
        told boolean not null,
        language text not null,
        app_url text,
        reference text,
        chosen_method text,
        chosen_account uuid,
        api_key_id uuid not null,
        end_user_address text,
        steps smallint not null,
        checks_left smallint not null,
        sends smallint not null,
        sent_at timestamptz not null,
        refusals smallint not null,
        problem json,
        timer_at timestamptz,
        sequence integer not null,
        expires_at timestamptz not null,
        verified_at timestamptz,
        created_at timestamptz not null,
        constraint verifications_pk primary key (project_id, id)
      );
      create index verifications_timer on verifications (timer_at) where timer_at is not null;
      create index verifications_phone on verifications (project_id, phone, created_at);
      create index verifications_prefix on verifications (project_id, prefix, created_at);
      create index verifications_key on verifications (project_id, api_key_id, created_at);
      create index verifications_address on verifications (project_id, end_user_address, created_at)
        where end_user_address is not null;
      create index verifications_created on verifications (project_id, created_at);
      create index verifications_reference on verifications (project_id, reference, id) where reference is not null;

      create table verification_steps (
        project_id uuid not null,
        verification_id uuid not null,
        number smallint not null,
        method text not null,
        account_id uuid,
        message_id uuid,
        provider_reference text,
        selector text,
        secret_hash bytea,
        wa_link text,
        wa_message text,
        qr_code text,
        tries smallint not null,
        problem json,
        started_at timestamptz not null,
        constraint verification_steps_pk primary key (project_id, verification_id, number)
      );
      create table blocked_prefixes (
        project_id uuid not null,
        prefix text not null,
        started integer not null,
        verified integer not null,
        blocked_at timestamptz not null,
        until timestamptz not null,
        constraint blocked_prefixes_pk primary key (project_id, prefix)
      );

      create index verification_steps_provider on verification_steps (account_id, provider_reference)
        where provider_reference is not null;
      create index verification_steps_selector on verification_steps (project_id, selector) where selector is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table blocked_prefixes, verification_steps, verifications;
      alter table provider_accounts drop column own_number;
    `);
  }
}
