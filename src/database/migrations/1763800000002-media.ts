import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Files that merchants upload and persons send. */
export class Media1763800000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table media (
        project_id uuid not null,
        id uuid not null,
        type text not null,
        mime_type text,
        size integer,
        sha256 text,
        filename text,
        account_id uuid,
        reference text,
        due_at timestamptz,
        tries integer not null,
        problem json,
        fetched_at timestamptz,
        created_at timestamptz not null,
        constraint media_pk primary key (project_id, id)
      );
      create index media_queue on media (account_id, due_at, id) where due_at is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table media');
  }
}
