import { describe, expect, it } from 'vitest';
import { account } from '../../test/support/surroundings.js';
import { later, MINUTE, SECOND } from '../common/clock.js';
import { type Sql } from '../database/database.js';
import { Family } from '../providers/callback-families.js';
import { type StatusReport } from '../providers/ports/callbacks.js';
import { type MessageChange, type MessageProgress } from './message-progress.js';
import { MessageReports } from './message-reports.js';

const START = new Date('2026-03-01T12:00:00Z');
const ANI = '+6287823678023';
const receiver = account(1);
const FAMILY = new Family(receiver, [{ account: receiver, mailbox: null, owner: null }], {
  sendsBatches: false,
  echoes: false,
});

interface Row {
  readonly accountId: string;
  readonly messageId: string;
  readonly attemptId: string;
  readonly attemptNumber: number;
}

interface Unsettled extends Row {
  readonly person: string;
  readonly startedAt: Date;
  readonly underWay: boolean;
}

const attempt = (messageId: string, attemptNumber = 1): Row => ({
  accountId: receiver.id,
  messageId,
  attemptId: `${messageId}/${attemptNumber}`,
  attemptNumber,
});

const unsettled = (messageId: string, over: Partial<Unsettled> = {}): Unsettled => ({
  ...attempt(messageId, over.attemptNumber),
  person: ANI,
  startedAt: START,
  underWay: false,
  ...over,
});

const observed = (reference: string, over: Partial<StatusReport> = {}): StatusReport => ({
  kind: 'status',
  mailbox: null,
  reference,
  attemptId: null,
  status: 'SENT',
  occurredAt: later(START, 2 * SECOND),
  recipient: ANI,
  recipientId: null,
  failure: null,
  ...over,
});

/** Reports to an account that knows these references and has these attempts without an answer. */
async function apply(
  observations: readonly StatusReport[],
  { known = {}, open = [] }: { known?: Record<string, Row>; open?: readonly Unsettled[] },
): Promise<{ unknown: number[]; moved: string[]; changes: readonly MessageChange[] }> {
  let changes: readonly MessageChange[] = [];
  const progress = {
    apply: async (_sql: Sql, made: readonly MessageChange[]) => {
      changes = made;
      return { results: [], events: [] };
    },
  } as unknown as MessageProgress;
  const sql = {
    rows: async (text: string) =>
      text.includes('from provider_references')
        ? Object.entries(known).map(([reference, row]) => ({ reference, ...row }))
        : [...open],
  } as unknown as Sql;
  const { unknown } = await new MessageReports(progress).apply(sql, FAMILY, observations);
  const moved = changes.map(
    ({ messageId, change }) => `${messageId} ${change.kind === 'observed' ? change.status : ''}`,
  );
  return { unknown, moved, changes };
}

describe('a report', () => {
  it('finds its message by the provider’s id', async () => {
    const { moved, unknown, changes } = await apply([observed('r1'), observed('r2')], {
      known: { r1: attempt('m1', 2) },
    });
    expect([moved, unknown]).toEqual([['m1 SENT'], [1]]);
    expect(changes[0]?.change).toMatchObject({ attemptId: 'm1/2', attemptNumber: 2, reference: 'r1', learnt: false });
  });

  it('of an id that is not known settles the one UNCONFIRMED message that its number and time fit', async () => {
    const { moved, changes } = await apply([observed('r1')], { open: [unsettled('m1')] });
    expect(moved).toEqual(['m1 SENT']);
    expect(changes[0]?.change).toMatchObject({ attemptId: 'm1/1', reference: 'r1', learnt: true });
  });

  it('that settled one makes its id known to those after it', async () => {
    const both = [observed('r1'), observed('r1', { status: 'DELIVERED' })];
    const { moved, changes } = await apply(both, { open: [unsettled('m1')] });
    expect(moved).toEqual(['m1 SENT', 'm1 DELIVERED']);
    expect(changes[1]?.change).toMatchObject({ learnt: false });
  });

  it('of another id does not settle the same message once more', async () => {
    const { moved, unknown } = await apply([observed('r1'), observed('r2', { status: 'FAILED' })], {
      open: [unsettled('m1')],
    });
    expect([moved, unknown]).toEqual([['m1 SENT'], [1]]);
  });

  it.each([
    ['its number is another one', { recipient: '+6281200000000' }],
    ['it names no number', { recipient: null }],
    ['it names no time', { occurredAt: null }],
    ['it is of before the call', { occurredAt: later(START, -SECOND - 1) }],
    ['it is of more than ten minutes later', { occurredAt: later(START, 10 * MINUTE + 1) }],
  ])('settles nothing when %s', async (_why, over) => {
    expect(await apply([observed('r1', over)], { open: [unsettled('m1')] })).toMatchObject({ unknown: [0], moved: [] });
  });

  it.each([
    ['the very second of the call, which providers write without its fraction', later(START, -SECOND)],
    ['ten minutes later', later(START, 10 * MINUTE)],
  ])('fits when it is of %s', async (_when, occurredAt) => {
    expect((await apply([observed('r1', { occurredAt })], { open: [unsettled('m1')] })).moved).toEqual(['m1 SENT']);
  });

  it('settles nothing when two messages fit', async () => {
    expect((await apply([observed('r1')], { open: [unsettled('m1'), unsettled('m2')] })).unknown).toEqual([0]);
  });

  it('settles nothing while a call to the same number is under way: it may be of that one', async () => {
    const open = [unsettled('m1'), unsettled('m2', { underWay: true })];
    expect((await apply([observed('r1')], { open })).unknown).toEqual([0]);
    expect((await apply([observed('r1')], { open: [unsettled('m1', { underWay: true })] })).unknown).toEqual([0]);
  });

  it('fits a message with several tries too, and is taken to be of the first', async () => {
    const open = [unsettled('m1', { attemptNumber: 2 }), unsettled('m1', { attemptNumber: 1 })];
    const { changes } = await apply([observed('r1')], { open });
    expect(changes[0]?.change).toMatchObject({ attemptId: 'm1/1', attemptNumber: 1 });
  });
});
