import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageRoom } from '../../test/support/message-room.js';
import { later, MINUTE, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { isProblem } from '../common/problem.js';
import { type Caller } from '../projects/caller.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { Family } from '../providers/callback-families.js';
import { type StatusReport } from '../providers/ports/callbacks.js';
import { type Message } from './message-row.js';
import { MessageReports } from './message-reports.js';

const ANI = '+6287823678023';
const BUDI = '+6281200000000';

let room: MessageRoom;
let reports: MessageReports;
beforeAll(async () => {
  room = await MessageRoom.open();
  reports = new MessageReports(room.progress);
});
afterAll(() => room.close());

interface Called {
  readonly message: Message;
  readonly attemptId: string;
}

interface CallOptions {
  /** How many milliseconds ago. */
  readonly ago?: number;
  /** The answer never came; else it is still awaited. */
  readonly unconfirmed?: boolean;
}

/** A message whose call has begun. */
async function called(
  caller: Caller,
  account: ProviderAccount,
  to: string,
  options: CallOptions = {},
): Promise<Called> {
  const input = { to, content: { text: { text: 'Halo' } }, accountId: `acc_${account.id.replaceAll('-', '')}` };
  const message = await room.accept.send(caller, { ...input, resendUnconfirmed: false });
  if (isProblem(message)) throw new Error(message.code);
  const attemptId = newId();
  const { unconfirmed = false, ago = MINUTE } = options;
  await room.database.rows(
    `insert into message_attempts (project_id, id, message_id, number, account_id, person, priority, request_key,
       started_at, outcome)
     values ($1, $2, $3, 1, $4, $5, 1, $3, $6, $7)`,
    [
      ...[caller.projectId, attemptId, message.id, account.id, to, later(room.clock.now(), -ago)],
      unconfirmed ? 'UNCERTAIN' : null,
    ],
  );
  await room.database.rows(
    'update messages set attempts = 1, open_attempt = $2, status = $3, due_at = null where id = $1',
    [message.id, unconfirmed ? null : attemptId, unconfirmed ? 'UNCONFIRMED' : 'QUEUED'],
  );
  return { message, attemptId };
}

const report = (over: Partial<StatusReport> = {}): StatusReport => ({
  kind: 'status',
  mailbox: null,
  reference: newId(),
  attemptId: null,
  status: 'SENT',
  occurredAt: later(room.clock.now(), -MINUTE + SECOND),
  recipient: ANI,
  recipientId: null,
  failure: null,
  ...over,
});

const alone = (account: ProviderAccount, sendsBatches = false, echoes = true): Family =>
  new Family(account, [{ account, mailbox: null, owner: null }], { sendsBatches, echoes });
/** Of a provider that names no attempt in any report. */
const silent = (account: ProviderAccount): Family => alone(account, false, false);

/** The places of those that found nothing. */
async function apply(family: Family, ...told: StatusReport[]): Promise<number[]> {
  return room.database.transaction(async (sql) => {
    const { unknown, events } = await reports.apply(sql, family, told);
    await room.log.append(sql, events);
    return unknown;
  });
}

async function statusOf({ message }: Called): Promise<string | undefined> {
  const [row] = await room.database.rows<{ status: string }>('select status from messages where id = $1', [message.id]);
  return row?.status;
}

const filed = (reference: string): Promise<{ accountId: string; messageId: string }[]> =>
  room.database.rows(
    'select account_id as "accountId", message_id as "messageId" from provider_references where reference = $1',
    [reference],
  );

describe('a report that echoes the attempt', () => {
  it('moves its message before the answer has come, and makes the provider’s id known', async () => {
    const { caller, account } = await room.project();
    const one = await called(caller, account, ANI);
    const sent = report({ attemptId: one.attemptId });
    expect(await apply(alone(account), sent)).toEqual([]);
    expect(await statusOf(one)).toBe('SENT');
    expect(await filed(sent.reference)).toEqual([{ accountId: account.id, messageId: one.message.id }]);
    expect(await apply(alone(account), { ...sent, attemptId: null, status: 'READ' })).toEqual([]);
    expect(await statusOf(one)).toBe('READ');
  });

  it('settles an UNCONFIRMED message, whatever number and time it names', async () => {
    const { caller, account } = await room.project();
    const one = await called(caller, account, ANI, { unconfirmed: true, ago: 60 * MINUTE });
    await apply(alone(account), report({ attemptId: one.attemptId, recipient: BUDI, occurredAt: null }));
    expect(await statusOf(one)).toBe('SENT');
  });

  it('is not matched by number and time: an echo that names nothing is unknown', async () => {
    const { caller, account } = await room.project();
    const one = await called(caller, account, ANI, { unconfirmed: true });
    expect(await apply(alone(account), report({ attemptId: newId() }))).toEqual([0]);
    expect(await statusOf(one)).toBe('UNCONFIRMED');
  });

  it('of another account’s attempt is not believed', async () => {
    const { caller, account } = await room.project();
    const other = await room.connect(caller);
    const one = await called(caller, account, ANI);
    expect(await apply(alone(other), report({ attemptId: one.attemptId }))).toEqual([0]);
    expect(await statusOf(one)).toBe('QUEUED');
  });

  it('of another project’s attempt is not believed', async () => {
    const { caller, account } = await room.project();
    const stranger = await room.project();
    const one = await called(caller, account, ANI);
    expect(await apply(alone(stranger.account), report({ attemptId: one.attemptId }))).toEqual([0]);
    expect(await statusOf(one)).toBe('QUEUED');
  });
});

describe('a report that echoes the first attempt of a batch', () => {
  it('is of the message to its number that left together with it', async () => {
    const { caller, account } = await room.project();
    const first = await called(caller, account, ANI);
    const second = await called(caller, account, BUDI);
    const ofSecond = report({ attemptId: first.attemptId, recipient: BUDI });
    expect(await apply(alone(account, true), ofSecond)).toEqual([]);
    expect([await statusOf(first), await statusOf(second)]).toEqual(['QUEUED', 'SENT']);
    expect(await filed(ofSecond.reference)).toMatchObject([{ messageId: second.message.id }]);
  });

  it('is of the first one where its number is the first one’s, or none is said', async () => {
    const { caller, account } = await room.project();
    const first = await called(caller, account, ANI);
    const second = await called(caller, account, BUDI);
    await apply(alone(account, true), report({ attemptId: first.attemptId }));
    await apply(alone(account, true), report({ attemptId: first.attemptId, recipient: null, status: 'DELIVERED' }));
    expect([await statusOf(first), await statusOf(second)]).toEqual(['DELIVERED', 'QUEUED']);
  });

  it('is of none that left at another time', async () => {
    const { caller, account } = await room.project();
    const first = await called(caller, account, ANI);
    const later = await called(caller, account, BUDI, { ago: 30 * SECOND });
    expect(await apply(alone(account, true), report({ attemptId: first.attemptId, recipient: BUDI }))).toEqual([0]);
    expect([await statusOf(first), await statusOf(later)]).toEqual(['QUEUED', 'QUEUED']);
  });

  it('is of the echoed one at a provider that sends no batches, whatever number it knows the person by', async () => {
    const { caller, account } = await room.project();
    const first = await called(caller, account, ANI);
    const second = await called(caller, account, BUDI);
    await apply(alone(account), report({ attemptId: first.attemptId, recipient: BUDI }));
    expect([await statusOf(first), await statusOf(second)]).toEqual(['SENT', 'QUEUED']);
  });
});

describe('a report at the address of another account of the family', () => {
  async function sisters(): Promise<{ caller: Caller; accounts: ProviderAccount[]; family: Family }> {
    const { caller, account } = await room.project();
    const accounts = [account, await room.connect(caller)];
    const members = accounts.map((one, index) => ({ account: one, mailbox: `m${index}`, owner: null }));
    return { caller, accounts, family: new Family(account, members, { sendsBatches: false, echoes: false }) };
  }

  it('is of the account that it names', async () => {
    const { caller, accounts, family } = await sisters();
    const one = await called(caller, accounts[1]!, ANI);
    const sent = report({ mailbox: 'm1', attemptId: one.attemptId });
    expect(await apply(family, sent)).toEqual([]);
    expect(await statusOf(one)).toBe('SENT');
    expect(await filed(sent.reference)).toMatchObject([{ accountId: accounts[1]!.id }]);
    expect(await apply(family, { ...sent, attemptId: null, status: 'READ' })).toEqual([]);
    expect(await statusOf(one)).toBe('READ');
  });

  it('is of no other account than the one that it names', async () => {
    const { caller, accounts, family } = await sisters();
    const one = await called(caller, accounts[0]!, ANI);
    const sent = report({ mailbox: 'm0', attemptId: one.attemptId });
    expect(await apply(family, { ...sent, mailbox: 'm1' })).toEqual([0]);
    await apply(family, sent);
    expect(await apply(family, { ...sent, mailbox: 'm1', attemptId: null, status: 'READ' })).toEqual([0]);
    expect(await apply(family, { ...sent, mailbox: 'm9', attemptId: null, status: 'READ' })).toEqual([0]);
    expect(await statusOf(one)).toBe('SENT');
  });

  it('may be of any of them where it names none', async () => {
    const { caller, accounts, family } = await sisters();
    const one = await called(caller, accounts[1]!, ANI);
    expect(await apply(family, report({ attemptId: one.attemptId }))).toEqual([]);
    expect(await statusOf(one)).toBe('SENT');
  });

  it('settles by number and time what the account that it names has sent, and nobody else', async () => {
    const { caller, accounts, family } = await sisters();
    const one = await called(caller, accounts[1]!, ANI, { unconfirmed: true });
    expect(await apply(family, report({ mailbox: 'm0' }))).toEqual([0]);
    expect(await apply(family, report({ mailbox: 'm1' }))).toEqual([]);
    expect(await statusOf(one)).toBe('SENT');
  });
});

describe('a report that echoes nothing', () => {
  it('is of somebody else’s message where the provider always echoes ours', async () => {
    const { caller, account } = await room.project();
    const one = await called(caller, account, ANI, { unconfirmed: true });
    expect(await apply(alone(account), report())).toEqual([0]);
    expect(await statusOf(one)).toBe('UNCONFIRMED');
  });

  it('settles the one UNCONFIRMED message that its number and time fit', async () => {
    const { caller, account } = await room.project();
    const one = await called(caller, account, ANI, { unconfirmed: true });
    const other = await called(caller, account, BUDI, { unconfirmed: true });
    expect(await apply(silent(account), report())).toEqual([]);
    expect([await statusOf(one), await statusOf(other)]).toEqual(['SENT', 'UNCONFIRMED']);
  });

  it('settles nothing while a call to that number is under way', async () => {
    const { caller, account } = await room.project();
    const one = await called(caller, account, ANI, { unconfirmed: true });
    await called(caller, account, ANI);
    expect(await apply(silent(account), report())).toEqual([0]);
    expect(await statusOf(one)).toBe('UNCONFIRMED');
  });
});
