import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTestDatabase } from '../../test/support/database.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { later, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { type Database } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { type TemplateReport } from '../providers/ports/callbacks.js';
import { TABLES } from '../tables.js';
import { TemplateReports } from './template-reports.js';
import { TemplateStore } from './template-store.js';
import { TemplateWriter } from './template-writer.js';
import { type Registration } from './templates.service.js';

const PROJECT = newId();
const ACCOUNT = newId();
const SISTER = newId();
const NOW = new Date('2026-03-01T09:30:10.400Z');

let connected: { database: Database; close(): Promise<void> };
let store: TemplateStore;
let reports: TemplateReports;
const clock = new ManualClock(NOW);
beforeAll(async () => {
  connected = await connectTestDatabase(TABLES);
  const { database } = connected;
  const signals = new Signals(database);
  store = new TemplateStore(database);
  reports = new TemplateReports(
    store,
    new TemplateWriter(database, store, new EventLog(database, signals), signals, clock),
    clock,
  );
});
afterAll(() => connected.close());

/** A template that stands PENDING, or otherwise, at the accounts. */
async function template(more: Partial<Registration> = {}, accounts = [ACCOUNT], language = 'id'): Promise<string> {
  const id = newId();
  const { database } = connected;
  await store.insert(database, [
    {
      ...{ projectId: PROJECT, id, name: `t${id}`, language, channel: 'WHATSAPP', category: 'UTILITY', body: 'x' },
      ...{ header: null, footer: null, buttons: [], samples: [], paramNames: [], raw: null },
      ...{ sequence: 0, createdAt: NOW, updatedAt: NOW, deletedAt: null },
    },
  ]);
  await store.register(
    database,
    accounts.map((accountId) => ({
      ...{ projectId: PROJECT, templateId: id, accountId, externalId: `t${id}`, providerId: '1', status: 'PENDING' },
      ...{ category: 'UTILITY', rejectionReason: null, updatedAt: NOW, ...more },
    })),
  );
  return id;
}

const report = (id: string, more: Partial<TemplateReport>): TemplateReport => ({
  ...{ kind: 'template', owner: 'waba', externalId: `t${id}`, language: 'id' },
  ...{ status: null, category: null, rejectionReason: null, occurredAt: null, ...more },
});
const apply = (...told: TemplateReport[]): Promise<NewEvent[]> =>
  connected.database.transaction((sql) => reports.apply(sql, PROJECT, [ACCOUNT, SISTER], told));
const statuses = async (id: string): Promise<string[]> =>
  (await store.registrationsOf(PROJECT, [id])).map(({ status }) => status);

describe('what a provider reports of a template', () => {
  it('moves its registrations at all accounts that share it, and at no other', async () => {
    const stranger = newId();
    const id = await template({}, [ACCOUNT, SISTER, stranger]);
    const events = await apply(report(id, { status: 'REJECTED', rejectionReason: 'PROMOTIONAL' }));
    expect(events.map(({ subjectId, sequence, data }) => ({ subjectId, sequence, data }))).toEqual(
      [ACCOUNT, SISTER].sort().map((accountId, index) => ({
        subjectId: id,
        sequence: index + 1,
        data: {
          template: {
            ...{ id: `tpl_${id.replaceAll('-', '')}`, name: `t${id}`, language: 'id' },
            accountId: `acc_${accountId.replaceAll('-', '')}`,
            ...{ status: 'REJECTED', category: 'UTILITY', rejectionReason: 'PROMOTIONAL' },
          },
        },
      })),
    );
    const standing = await store.registrationsOf(PROJECT, [id]);
    expect(new Map(standing.map(({ accountId, status }) => [accountId, status]))).toEqual(
      new Map([
        [ACCOUNT, 'REJECTED'],
        [SISTER, 'REJECTED'],
        [stranger, 'PENDING'],
      ]),
    );
  });

  it('of the category alone moves nothing else', async () => {
    const id = await template({ status: 'REJECTED', rejectionReason: 'SCAM' });
    expect(await apply(report(id, { category: 'MARKETING' }))).toHaveLength(1);
    expect(await store.registrationsOf(PROJECT, [id])).toMatchObject([
      { status: 'REJECTED', category: 'MARKETING', rejectionReason: 'SCAM' },
    ]);
    expect(await store.one(PROJECT, id)).toMatchObject({ template: { category: 'UTILITY' } });
  });

  it('is told by the provider’s clock, and once', async () => {
    const id = await template();
    const at = later(NOW, -SECOND / 5);
    const [event] = await apply(report(id, { status: 'APPROVED', occurredAt: at }));
    expect(event).toMatchObject({ occurredAt: at, recordedAt: NOW });
    expect(await apply(report(id, { status: 'APPROVED', occurredAt: at }))).toEqual([]);
  });

  it.each<[string, number, string]>([
    ['a minute before what is known is too old', -60_000, 'PENDING'],
    ['in the second before is too old', -401, 'PENDING'],
    ['in the same second, which is all that it tells, is news', -400, 'APPROVED'],
    ['after it is news', 0, 'APPROVED'],
  ])('%s', async (_what, ms, status) => {
    const id = await template();
    await apply(report(id, { status: 'APPROVED', occurredAt: later(NOW, ms) }));
    expect(await statuses(id)).toEqual([status]);
  });

  it('comes in any order in one batch, and the newest counts', async () => {
    const id = await template({ updatedAt: later(NOW, -60_000) });
    const told = (status: TemplateReport['status'], ms: number): TemplateReport =>
      report(id, { status, occurredAt: later(NOW, ms) });
    const events = await apply(told('PAUSED', -1_000), told('APPROVED', -9_000), told('REJECTED', -5_000));
    expect(events.map(({ data }) => (data['template'] as { status: string }).status)).toEqual([
      ...['APPROVED', 'REJECTED', 'PAUSED'],
    ]);
    expect(await statuses(id)).toEqual(['PAUSED']);
  });

  it('by a clock that runs ahead does not shut out what follows', async () => {
    const id = await template();
    await apply(report(id, { status: 'APPROVED', occurredAt: later(NOW, 3_600_000) }));
    await apply(report(id, { status: 'PAUSED' }));
    expect(await statuses(id)).toEqual(['PAUSED']);
  });

  it('is about one language', async () => {
    const id = await template({}, [ACCOUNT], 'en');
    expect(await apply(report(id, { status: 'APPROVED' }))).toEqual([]);
    expect(await apply(report(id, { status: 'APPROVED', language: 'en' }))).toHaveLength(1);
  });

  it('of a template that is not known here, or for no account, is nothing', async () => {
    expect(await apply(report(newId(), { status: 'APPROVED' }))).toEqual([]);
    expect(await apply()).toEqual([]);
    const id = await template();
    const told = [report(id, { status: 'APPROVED' })];
    expect(await connected.database.transaction((sql) => reports.apply(sql, PROJECT, [], told))).toEqual([]);
  });
});
