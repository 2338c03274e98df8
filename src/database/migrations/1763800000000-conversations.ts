import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What persons write, and what a message of any kind needs: a person may be known by the provider's own id alone. */
export class Conversations1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table messages rename column to_phone to person;
      alter table messages add column recipient_id text, add column from_name text, add column in_reply_to uuid, add column doubts integer not null default 0;
      alter table messages alter column doubts drop default;
      alter table message_attempts rename column to_phone to person;
      alter table provider_references alter column attempt_id drop not null, alter column attempt_number drop not null;

      alter table opt_outs alter column phone drop not null, add column recipient_id text;
      create unique index opt_outs_recipient on opt_outs (project_id, recipient_id);

      create table conversations (
        project_id uuid not null,
        account_id uuid not null,
        person text not null,
        recipient_id text,
        heard_at timestamptz not null,
        constraint conversations_pk primary key (project_id, account_id, person)
      );
      create index conversations_heard on conversations (project_id, account_id, heard_at);
      create index conversations_person on conversations (project_id, person);
      create index conversations_recipient on conversations (project_id, recipient_id) where recipient_id is not null;

      create table auto_replies (
        project_id uuid not null,
        id uuid not null,
        account_id uuid not null,
        keyword text not null,
        written text,
        content json not null,
        enabled boolean not null,
        created_at timestamptz not null,
        deleted_at timestamptz,
        constraint auto_replies_pk primary key (project_id, id)
      );
      create unique index auto_replies_keyword on auto_replies (project_id, account_id, keyword) where deleted_at is null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table auto_replies, conversations;
      delete from opt_outs where phone is null;
      drop index opt_outs_recipient;
      alter table opt_outs drop column recipient_id, alter column phone set not null;
      delete from provider_references where attempt_id is null;
      alter table provider_references alter column attempt_id set not null, alter column attempt_number set not null;
      alter table message_attempts rename column person to to_phone;
      delete from messages where direction = 'INBOUND';
      alter table messages drop column recipient_id, drop column from_name, drop column in_reply_to, drop column doubts;
      alter table messages rename column person to to_phone;
    `);
  }
}
