import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The merchant's own endpoints, what they are told with every attempt, and what they are told again. */
export class Webhooks1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table webhook_endpoints (
        project_id uuid not null,
        id uuid not null,
        url text not null,
        event_types text[] not null,
        enabled boolean not null,
        disabled_reason text,
        secrets bytea not null,
        secrets_key text not null,
        previous_until timestamptz,
        hears_after bigint not null,
        hears_until bigint,
        failing_since timestamptz,
        slow_steps smallint not null,
        slow_until timestamptz,
        version integer not null,
        sequence integer not null,
        created_at timestamptz not null,
        deleted_at timestamptz,
        constraint webhook_endpoints_pk primary key (project_id, id)
      );
      create unique index webhook_endpoints_id on webhook_endpoints (id);

      create table webhook_fan_out (
        id smallint not null constraint webhook_fan_out_pk primary key,
        position bigint not null
      );
      insert into webhook_fan_out (id, position) values (1, 0);

      create table webhook_deliveries (
        project_id uuid not null,
        id uuid not null,
        endpoint_id uuid not null,
        event_id bigint not null,
        subject_id uuid not null,
        replay_id uuid,
        status text not null,
        tries smallint not null,
        attempts smallint not null,
        next_attempt_at timestamptz,
        lease_until timestamptz,
        created_at timestamptz not null,
        constraint webhook_deliveries_pk primary key (project_id, id)
      ) with (fillfactor = 60);
      create unique index webhook_deliveries_event on webhook_deliveries (endpoint_id, event_id)
        where replay_id is null;
      create unique index webhook_deliveries_replayed on webhook_deliveries (endpoint_id, event_id, replay_id)
        where replay_id is not null;
      create index webhook_deliveries_failed on webhook_deliveries (endpoint_id, event_id, replay_id)
        where status <> 'DELIVERED' and attempts > 0;
      create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_attempt_at, event_id)
        where next_attempt_at is not null and replay_id is null;
      create index webhook_deliveries_replay_due on webhook_deliveries (endpoint_id, next_attempt_at, event_id)
        where next_attempt_at is not null and replay_id is not null;
      create index webhook_deliveries_subject on webhook_deliveries (endpoint_id, subject_id, event_id)
        where next_attempt_at > '-infinity';
      create index webhook_deliveries_listed on webhook_deliveries (project_id, endpoint_id, id);
      create index webhook_deliveries_unsettled on webhook_deliveries (project_id, status, id)
        where status <> 'DELIVERED';

      create table webhook_attempts (
        project_id uuid not null,
        delivery_id uuid not null,
        number smallint not null,
        at timestamptz not null,
        duration_ms integer not null,
        response_status smallint,
        response_body text,
        error text,
        constraint webhook_attempts_pk primary key (project_id, delivery_id, number)
      );

      create table webhook_replays (
        project_id uuid not null,
        id uuid not null,
        endpoint_id uuid not null,
        types text[],
        failed_only boolean not null,
        from_time timestamptz not null,
        to_time timestamptz not null,
        position bigint not null,
        last_event bigint not null,
        spread boolean not null,
        made integer not null,
        count integer not null,
        done integer not null,
        created_at timestamptz not null,
        finished_at timestamptz,
        constraint webhook_replays_pk primary key (project_id, id)
      );
      create index webhook_replays_to_spread on webhook_replays (id) where not spread;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table webhook_replays, webhook_attempts, webhook_deliveries, webhook_fan_out, webhook_endpoints;
    `);
  }
}
