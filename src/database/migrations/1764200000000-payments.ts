import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Payments with their messages, their references at the rails and what the rails say; and how a callback was found genuine. */
export class Payments1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table callbacks add column proven text;

      create table payments (
        project_id uuid not null,
        id uuid not null,
        reference_id text not null,
        account_id uuid not null,
        person text,
        customer_name text,
        currency text not null,
        total bigint not null,
        ordered json not null,
        terms json not null,
        receipt json,
        receipt_done boolean not null,
        status text not null,
        order_status text not null,
        told boolean not null,
        request_id uuid not null,
        checkout_url text,
        card_reference text not null,
        transaction_id text,
        transaction_unnamed boolean not null,
        paid_with text,
        paid_at timestamptz,
        problem json,
        tries smallint not null,
        asks smallint not null,
        timer_at timestamptz,
        sequence integer not null,
        expires_at timestamptz not null,
        created_at timestamptz not null,
        constraint payments_pk primary key (project_id, id)
      );
      create unique index payments_reference on payments (project_id, reference_id);
      create index payments_timer on payments (timer_at) where timer_at is not null;
      create index payments_person on payments (project_id, person, id);
      create index payments_created on payments (project_id, created_at);

      create table payment_references (
        project_id uuid not null,
        reference text not null,
        payment_id uuid not null,
        constraint payment_references_pk primary key (project_id, reference)
      );
      create index payment_references_payment on payment_references (project_id, payment_id);

      create table payment_messages (
        project_id uuid not null,
        message_id uuid not null,
        payment_id uuid not null,
        reference text,
        constraint payment_messages_pk primary key (project_id, message_id)
      );
      create index payment_messages_payment on payment_messages (project_id, payment_id);

      create table payment_notices (
        project_id uuid not null,
        id uuid not null,
        payment_id uuid not null,
        fingerprint bytea not null,
        source text not null,
        status text not null,
        amount bigint,
        currency text,
        transaction_id text,
        paid_with text,
        proven text,
        problem json,
        reason text,
        accepted_at timestamptz,
        occurred_at timestamptz not null,
        received_at timestamptz not null,
        constraint payment_notices_pk primary key (project_id, id)
      );
      create unique index payment_notices_payment on payment_notices (project_id, payment_id, fingerprint);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table payment_notices, payment_messages, payment_references, payments;
      alter table callbacks drop column proven;
    `);
  }
}
