import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The first schema. Every table of a tenant leads its key with project_id, so that the same tables can be distributed by
 * it; what grows without end (messages, message_attempts, events, callbacks) has a key ordered by time and no other
 * unique index, so that it can be partitioned by time. What must be unique across time stands in tables of its own.
 */
export class Spine1763700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(PROJECTS);
    await runner.query(EVENTS);
    await runner.query(PROVIDERS);
    await runner.query(TEMPLATES);
    await runner.query(MESSAGES);
    await runner.query(CALLBACKS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table parked_callbacks, callbacks, opt_outs, idempotency_keys, provider_references, message_attempts, messages,
                 template_registrations, templates, routes, account_budgets, provider_accounts, events, api_keys, projects;
      drop function append_events(json);
      drop sequence event_ids;
    `);
  }
}

const PROJECTS = `
  create table projects (
    id uuid not null constraint projects_pk primary key,
    name text not null,
    default_country text not null,
    created_at timestamptz not null
  );
  create table api_keys (
    project_id uuid not null,
    id uuid not null,
    name text not null,
    prefix text not null,
    hash bytea not null,
    scopes text[] not null,
    allowed_ips text[] not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null,
    constraint api_keys_pk primary key (project_id, id)
  );
  create unique index api_keys_hash on api_keys (hash);
`;

/**
 * Ids are drawn inside one advisory lock that is held until the commit: who has seen id N never finds a lower one later.
 * A sequence alone is drawn before the commit, and a follower of "id > N" would skip a slow transaction. One call locks
 * and inserts, so that only the commit's round trip lies within the lock.
 */
const EVENTS = `
  create table events (
    project_id uuid not null,
    id bigint not null,
    type text not null,
    subject_kind text not null,
    subject_id uuid not null,
    sequence integer not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    data json not null,
    constraint events_pk primary key (project_id, id)
  );
  create unique index events_id on events (id);
  create index events_subject on events (project_id, subject_id, sequence);
  create sequence event_ids;

  create function append_events(batch json) returns void language plpgsql as $$
  begin
    perform pg_advisory_xact_lock(1802858089);
    insert into events (project_id, id, type, subject_kind, subject_id, sequence, occurred_at, recorded_at, data)
    select project_id, nextval('event_ids'), type, subject_kind, subject_id, sequence, occurred_at, recorded_at, data
      from json_to_recordset(batch) as event (
        project_id uuid, type text, subject_kind text, subject_id uuid, sequence integer,
        occurred_at timestamptz, recorded_at timestamptz, data json);
  end $$;
`;

const PROVIDERS = `
  create table provider_accounts (
    project_id uuid not null,
    id uuid not null,
    kind text not null,
    name text not null,
    environment text not null,
    sender text,
    base_url text,
    credentials bytea not null,
    credentials_key text not null,
    requests_per_minute integer,
    enabled boolean not null,
    health text not null,
    stopped_at timestamptz,
    callback_key text not null,
    version integer not null,
    sequence integer not null,
    created_at timestamptz not null,
    deleted_at timestamptz,
    constraint provider_accounts_pk primary key (project_id, id)
  );
  create unique index provider_accounts_id on provider_accounts (id);
  create unique index provider_accounts_callback_key on provider_accounts (callback_key);
  create table account_budgets (
    project_id uuid not null,
    account_id uuid not null,
    full_at timestamptz not null,
    constraint account_budgets_pk primary key (project_id, account_id)
  ) with (fillfactor = 10); -- rewritten with each claim: room for its versions on one page
  create table routes (
    project_id uuid not null,
    capability text not null,
    account_ids uuid[] not null,
    constraint routes_pk primary key (project_id, capability)
  );
`;

const TEMPLATES = `
  create table templates (
    project_id uuid not null,
    id uuid not null,
    name text not null,
    language text not null,
    channel text not null,
    category text not null,
    body text not null,
    header json,
    footer text,
    buttons json not null,
    samples text[] not null,
    sequence integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint templates_pk primary key (project_id, id)
  );
  create unique index templates_name on templates (project_id, name, language, channel);
  create table template_registrations (
    project_id uuid not null,
    template_id uuid not null,
    account_id uuid not null,
    external_id text not null,
    status text not null,
    category text not null,
    rejection_reason text,
    updated_at timestamptz not null,
    constraint template_registrations_pk primary key (project_id, template_id, account_id)
  );
  create index template_registrations_account on template_registrations (project_id, account_id);
`;

const MESSAGES = `
  create table messages (
    project_id uuid not null,
    id uuid not null,
    direction text not null,
    status text not null,
    channel text not null,
    priority smallint not null,
    to_phone text not null,
    content json not null,
    account_id uuid not null,
    account_fixed boolean not null,
    provider_message_id text,
    reference text,
    metadata json,
    problem json,
    resend_unconfirmed boolean not null,
    request_key uuid not null,
    attempts integer not null,
    open_attempt uuid,
    deferrals integer not null,
    deferred_since timestamptz,
    repeats integer not null,
    unconfirmed_since timestamptz,
    due_at timestamptz,
    timer_at timestamptz,
    sequence integer not null,
    scheduled_at timestamptz,
    expires_at timestamptz,
    created_at timestamptz not null,
    submitted_at timestamptz,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    failed_at timestamptz,
    constraint messages_pk primary key (project_id, id)
  ) with (fillfactor = 70); -- a message is rewritten about five times: room for that on its page
  create index messages_queue on messages (account_id, priority, due_at, id) where due_at is not null;
  create index messages_timer on messages (timer_at) where timer_at is not null;
  create index messages_person on messages (project_id, to_phone, id);
  create index messages_reference on messages (project_id, reference, id) where reference is not null;

  create table message_attempts (
    project_id uuid not null,
    id uuid not null,
    message_id uuid not null,
    number integer not null,
    account_id uuid not null,
    to_phone text not null,
    priority smallint not null,
    request_key uuid not null,
    provider_message_id text,
    outcome text,
    started_at timestamptz not null,
    duration_ms integer,
    http_status integer,
    failure json,
    request json,
    response json,
    constraint message_attempts_pk primary key (project_id, id)
  );
  create index message_attempts_message on message_attempts (project_id, message_id, number);
  create index message_attempts_unknown on message_attempts (account_id, started_at)
    where outcome is null or outcome = 'UNCERTAIN';

  create table provider_references (
    project_id uuid not null,
    account_id uuid not null,
    reference text not null,
    message_id uuid not null,
    attempt_id uuid not null,
    attempt_number integer not null,
    constraint provider_references_pk primary key (project_id, account_id, reference)
  );
  create table idempotency_keys (
    project_id uuid not null,
    operation text not null,
    key text not null,
    input_hash bytea not null,
    result_id uuid not null,
    expires_at timestamptz not null,
    constraint idempotency_keys_pk primary key (project_id, operation, key)
  );
  create index idempotency_keys_expiry on idempotency_keys (expires_at);
  create table opt_outs (
    project_id uuid not null,
    id uuid not null,
    phone text not null,
    scope text,
    reason text,
    changed_at timestamptz not null,
    sequence integer not null,
    constraint opt_outs_pk primary key (project_id, id)
  );
  create unique index opt_outs_phone on opt_outs (project_id, phone);
`;

const CALLBACKS = `
  create table callbacks (
    project_id uuid not null,
    id uuid not null,
    account_id uuid not null,
    topic text not null,
    method text not null,
    headers json not null,
    body bytea not null,
    received_at timestamptz not null,
    due_at timestamptz,
    misses integer not null,
    unmatched boolean not null,
    constraint callbacks_pk primary key (project_id, id)
  );
  create index callbacks_queue on callbacks (account_id, due_at, id) where due_at is not null;
  create table parked_callbacks (
    project_id uuid not null,
    account_id uuid not null,
    reference text not null,
    callback_id uuid not null,
    parked_at timestamptz not null,
    constraint parked_callbacks_pk primary key (project_id, account_id, reference, callback_id)
  );
`;
