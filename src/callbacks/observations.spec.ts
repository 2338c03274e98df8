import { describe, expect, it } from 'vitest';
import { account } from '../../test/support/surroundings.js';
import { type Sql } from '../database/database.js';
import { type Signals } from '../database/signals.js';
import { type NewEvent } from '../events/event-types.js';
import { type MediaService } from '../media/media.service.js';
import { type Heard, type HearFirst, type InboundMessages } from '../messages/inbound/inbound-messages.js';
import { type MessageReports } from '../messages/message-reports.js';
import { registry } from '../metrics/metrics.js';
import { Family } from '../providers/callback-families.js';
import {
  type InboundMessage,
  type Observation,
  type PaymentReport,
  type StatusReport,
  type TemplateReport,
  type VerificationReport,
} from '../providers/ports/callbacks.js';
import { type TemplateReports } from '../templates/template-reports.js';
import { type InboundProofs } from '../verifications/inbound-proofs.js';
import { type PaymentReports } from '../payments/payment-reports.js';
import { type VerificationReports } from '../verifications/verification-reports.js';
import { type Applied, Observations, referenceIn } from './observations.service.js';

const receiver = account(11, { kind: 'META' });
const sister = account(12, { kind: 'META' });
const FAMILY = new Family(
  receiver,
  [
    { account: receiver, mailbox: '1', owner: 'w1' },
    { account: sister, mailbox: '2', owner: 'w1' },
  ],
  { sendsBatches: false, echoes: false },
);

const status = (reference: string): StatusReport => ({
  ...{ kind: 'status', mailbox: null, reference, attemptId: null, status: 'SENT', occurredAt: null, recipient: null },
  ...{ recipientId: null, failure: null },
});
const inbound = (reference: string): InboundMessage => ({
  ...{ kind: 'inbound', mailbox: null, reference, occurredAt: null, from: '+6287823678023', recipientId: null },
  ...{ fromName: null, inReplyTo: null, content: { kind: 'text', text: 'Halo' } },
});
const template = (owner: string): TemplateReport => ({
  ...{ kind: 'template', owner, externalId: 't', language: 'id', status: 'APPROVED', category: null },
  ...{ rejectionReason: null, occurredAt: null },
});
const verification = (reference: string): VerificationReport => ({
  ...{ kind: 'verification', mailbox: null, reference, phone: '+6287823678023', occurredAt: null },
});
const payment = (reference: string): PaymentReport => ({
  ...{ kind: 'payment', mailbox: null, of: 'message', reference, orderReference: null, status: 'PAID' },
  ...{ amount: 'unsaid', transactionId: null, transactionUnnamed: false, paidWith: null, occurredAt: null },
  ...{ failure: null, proven: null },
});
const UNREAD: Observation = { kind: 'unread' };
const event = (subjectId: string): NewEvent => ({ subjectId }) as NewEvent;

/** The rooms that hear of it, and what they hear. */
class Rooms {
  readonly heard: string[] = [];
  readonly told: string[] = [];
  unknownStatuses: number[] = [];
  unknownProofs: number[] = [];
  unknownPayments: number[] = [];
  asksFirst = false;
  said: Partial<Heard> = {};

  apply(...observations: Observation[]): Promise<Applied> {
    const observer = new Observations(
      {
        apply: async (_sql: Sql, _family: Family, reports: readonly StatusReport[]) => {
          this.heard.push(...reports.map(({ reference }) => `status ${reference}`));
          return { unknown: this.unknownStatuses, events: reports.map(({ reference }) => event(reference)) };
        },
      } as unknown as MessageReports,
      {
        apply: async (sql: Sql, _family: Family, written: readonly InboundMessage[], hearFirst: HearFirst) => {
          this.heard.push(...written.map(({ reference }) => `inbound ${reference}`));
          if (this.asksFirst) await hearFirst(sql, 'project', []);
          const events = written.map(({ reference }) => event(reference));
          return { unknown: [], events, withFiles: [], withReplies: [], ...this.said };
        },
      } as unknown as InboundMessages,
      {
        apply: async (_sql: Sql, _project: string, accounts: readonly string[], reports: readonly TemplateReport[]) => {
          this.heard.push(...reports.map(({ owner }) => `template ${owner} at ${accounts.length}`));
          return reports.map(({ owner }) => event(owner));
        },
      } as unknown as TemplateReports,
      {
        hear: async (_sql: Sql, project: string) => void this.heard.push(`proofs of ${project}`),
      } as unknown as InboundProofs,
      {
        apply: async (_sql: Sql, _family: Family, reports: readonly VerificationReport[]) => {
          this.heard.push(...reports.map(({ reference }) => `verification ${reference}`));
          return { unknown: this.unknownProofs, events: reports.map(({ reference }) => event(reference)) };
        },
      } as unknown as VerificationReports,
      {
        apply: async (_sql: Sql, _family: Family, reports: readonly PaymentReport[]) => {
          this.heard.push(...reports.map(({ reference }) => `payment ${reference}`));
          const events = reports.map(({ reference }) => event(reference));
          const announce = (): void => void (reports.length > 0 && this.told.push('receipts'));
          return { unknown: this.unknownPayments, events, announce };
        },
      } as unknown as PaymentReports,
      { announce: (ids: readonly string[]) => this.told.push(`media ${ids.join()}`) } as unknown as MediaService,
      {
        tell: (topic: string, ids: readonly string[]) => this.told.push(`${topic} ${ids.join()}`),
      } as unknown as Signals,
    );
    return observer.apply({} as Sql, FAMILY, observations);
  }
}

const unreadOfMeta = async (): Promise<number> =>
  Number(/kurir_callback_words_unread_total\{provider="META"\} (\d+)/.exec(await registry.metrics())?.[1] ?? 0);

describe('what a provider told us', () => {
  it('goes to the rooms that it concerns, each hearing its own in order, and the events of all are answered', async () => {
    const rooms = new Rooms();
    const { events } = await rooms.apply(
      inbound('i1'),
      status('s1'),
      template('w1'),
      UNREAD,
      verification('v1'),
      payment('p1'),
      status('s2'),
      inbound('i2'),
    );
    expect(rooms.heard).toEqual([
      ...['status s1', 'status s2', 'inbound i1', 'inbound i2', 'verification v1', 'payment p1'],
      'template w1 at 2',
    ]);
    expect(events.map(({ subjectId }) => subjectId)).toEqual(['s1', 's2', 'i1', 'i2', 'v1', 'p1', 'w1']);
  });

  it('is searched for proofs of a number where persons wrote it', async () => {
    const rooms = new Rooms();
    rooms.asksFirst = true;
    await rooms.apply(inbound('i1'));
    expect(rooms.heard).toEqual(['inbound i1', 'proofs of project']);
  });

  it('is unknown where its room did not find what it names, whatever stood between', async () => {
    const rooms = new Rooms();
    rooms.unknownStatuses = [1];
    rooms.said = { unknown: [0] };
    rooms.unknownProofs = [0];
    rooms.unknownPayments = [1];
    const told = [inbound('i1'), status('s1'), UNREAD, status('s2'), verification('v1'), payment('p1'), payment('p2')];
    const { unknown } = await rooms.apply(...told);
    expect([...unknown]).toEqual([told[3], told[0], told[4], told[6]]);
  });

  it('of a template of nobody in the family is passed over', async () => {
    const rooms = new Rooms();
    expect((await rooms.apply(template('w9'))).events).toEqual([]);
    expect(rooms.heard).toEqual([]);
  });

  it('is announced when it is committed and not before: files, replies, receipts, templates', async () => {
    const rooms = new Rooms();
    rooms.said = { withFiles: ['a'], withReplies: ['b'] };
    const { announce } = await rooms.apply(inbound('i1'), template('w1'), payment('p1'));
    expect(rooms.told).toEqual([]);
    announce();
    expect(rooms.told).toEqual(['media a', 'messages b', 'receipts', 'templates w1']);
  });

  it('announces nothing where nothing came of it', async () => {
    const rooms = new Rooms();
    (await rooms.apply(inbound('i1'), status('s1'))).announce();
    expect(rooms.told).toEqual([]);
  });

  it('counts the words that nobody knows, once they are kept', async () => {
    const before = await unreadOfMeta();
    const { announce } = await new Rooms().apply(UNREAD, status('s1'), UNREAD);
    expect(await unreadOfMeta()).toBe(before);
    announce();
    expect(await unreadOfMeta()).toBe(before + 2);
  });
});

it('a callback is found again by what its messages, verifications and payments are called, and by nothing else', () => {
  const named = [status('s1'), inbound('i1'), verification('v1'), payment('p1'), template('w1'), UNREAD].map(
    referenceIn,
  );
  expect(named).toEqual(['s1', 'i1', 'v1', 'p1', null, null]);
});
