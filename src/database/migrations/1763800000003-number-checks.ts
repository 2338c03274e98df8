import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What providers said of numbers, so that they are not asked again for each message. */
export class NumberChecks1763800000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table number_checks (
        project_id uuid not null,
        phone text not null,
        account_id uuid not null,
        on_whatsapp boolean not null,
        checked_at timestamptz not null,
        constraint number_checks_pk primary key (project_id, phone, account_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table number_checks');
  }
}
