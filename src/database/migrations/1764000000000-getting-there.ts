import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * What getting a message there needs: the accounts it may go through and the other ways to reach the person, breakers and
 * learnt limits of accounts, persons' turns, quiet hours, and an index to count messages by.
 */
export class GettingThere1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table messages add column route uuid[], add column fallbacks json, add column fallback_of uuid, add column fallback_rule text,
        add column failed_attempt integer;
      create index messages_fallback on messages (project_id, fallback_of) where fallback_of is not null;
      create index messages_created on messages (project_id, created_at);

      -- Taken without an id of the provider's: a report that nobody knows may be theirs.
      drop index message_attempts_unknown;
      create index message_attempts_unknown on message_attempts (account_id, started_at)
        where outcome is null or outcome = 'UNCERTAIN' or (outcome = 'ACCEPTED' and provider_message_id is null);

      alter table account_budgets
        add column learnt_limit real, add column learnt_base real, add column learnt_at timestamptz,
        add column recent_calls json not null default '[]', add column opened integer not null default 0,
        add column open_until timestamptz, add column probe_until timestamptz, add column passed_over integer not null default 0;
      alter table account_budgets
        alter column recent_calls drop default, alter column opened drop default, alter column passed_over drop default;

      create table person_turns (
        project_id uuid not null,
        account_id uuid not null,
        person text not null,
        free_at timestamptz not null,
        constraint person_turns_pk primary key (project_id, account_id, person)
      );

      alter table projects add column quiet_from text, add column quiet_to text;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table projects drop column quiet_from, drop column quiet_to;
      drop table person_turns;
      alter table account_budgets
        drop column learnt_limit, drop column learnt_base, drop column learnt_at, drop column recent_calls, drop column opened,
        drop column open_until, drop column probe_until, drop column passed_over;
      drop index message_attempts_unknown;
      create index message_attempts_unknown on message_attempts (account_id, started_at)
        where outcome is null or outcome = 'UNCERTAIN';
      drop index messages_created, messages_fallback;
      alter table messages drop column route, drop column fallbacks, drop column fallback_of, drop column fallback_rule,
        drop column failed_attempt;
    `);
  }
}
