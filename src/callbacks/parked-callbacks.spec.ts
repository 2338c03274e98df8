import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ANI } from '../../test/support/surroundings.js';
import { until } from '../../test/support/until.js';
import { VerificationRoom } from '../../test/support/verification-room.js';
import { DAY, later } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { type MediaService } from '../media/media.service.js';
import { type LearntReference } from '../messages/message-progress.js';
import { MessageReports } from '../messages/message-reports.js';
import { type Caller } from '../projects/caller.js';
import { AccountStore } from '../providers/account-store.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { CallbackFamilies } from '../providers/callback-families.js';
import { type Callbacks, type VerificationReport } from '../providers/ports/callbacks.js';
import { type ProviderPool } from '../providers/provider-pool.js';
import { type TemplateReports } from '../templates/template-reports.js';
import { type PursueVerification } from '../verifications/pursue-verification.js';
import { Observations } from './observations.service.js';
import { ParkedCallbacks } from './parked-callbacks.js';
import { type PaymentReports } from '../payments/payment-reports.js';
import { ReadCallbacks } from './read-callbacks.js';

/** Whose callbacks are what they report, in JSON. */
const CALLBACKS: Partial<Callbacks> = {
  ...{ family: null, mailbox: null, echoes: false },
  read({ body }) {
    const report = JSON.parse(body.toString()) as VerificationReport;
    return [{ ...report, occurredAt: report.occurredAt && new Date(report.occurredAt) }];
  },
};
const POOL = {
  of: () => ({ callbacks: CALLBACKS }),
  definition: () => ({ limits: { maxBatchSize: 1 } }),
} as unknown as ProviderPool;

let room: VerificationRoom;
let reader: ReadCallbacks;
/** The answers to calls brought ids. */
let learn: (references: readonly LearntReference[]) => void;
beforeAll(async () => {
  room = await VerificationRoom.open();
  const { database, progress, inbound, signals, log, clock } = room.messages;
  const starts = { onLearnt: (hear: typeof learn) => (learn = hear) } as unknown as PursueVerification;
  const { proofs, reports } = room;
  const payments = {
    apply: async () => ({ unknown: [], events: [], announce: () => undefined }),
  } as unknown as PaymentReports;
  const observations = new Observations(
    ...([new MessageReports(progress), inbound, {} as TemplateReports, proofs, reports] as const),
    ...([payments, {} as MediaService, signals] as const),
  );
  const parked = new ParkedCallbacks(database, signals, clock, progress, starts);
  const families = new CallbackFamilies(new AccountStore(database), POOL);
  reader = new ReadCallbacks(database, POOL, families, observations, parked, log, clock);
});
afterAll(() => room.close());

let caller: Caller;
let account: ProviderAccount;
let reference: string;
beforeEach(async () => {
  ({ caller, account } = await room.messages.project({ kind: 'SENDTALK' }));
  reference = newId();
});

/** The callback comes, and is read. */
async function comes(over: Partial<VerificationReport> = {}): Promise<string> {
  const id = newId();
  const report = { kind: 'verification', mailbox: null, reference, phone: ANI, occurredAt: room.now, ...over };
  await room.messages.database.rows(
    `insert into callbacks (project_id, id, account_id, topic, method, headers, body, received_at, due_at, misses, unmatched)
     values ($1, $2, $3, 'verification', 'POST', '{}', $4, $5, $5, 0, false)`,
    [caller.projectId, id, account.id, Buffer.from(JSON.stringify(report)), room.now],
  );
  await reader.claim(account.id);
  return id;
}

async function standing(id: string): Promise<{ due: Date | null; misses: number; unmatched: boolean }> {
  const [row] = await room.messages.database.rows<{ due: Date | null; misses: number; unmatched: boolean }>(
    'select due_at as due, misses, unmatched from callbacks where id = $1',
    [id],
  );
  return row!;
}

describe('a callback of a verification that nobody knows yet', () => {
  it('waits, and is read as soon as the answer to the call names it', async () => {
    const callback = await comes();
    expect(await standing(callback)).toEqual({ due: later(room.now, 100), misses: 1, unmatched: false });
    const verification = await room.startThere(account, reference);
    learn([{ projectId: caller.projectId, accountId: account.id, reference }]);
    await until(async () => (await standing(callback)).due?.getTime() === room.now.getTime(), 'it is due');
    await reader.claim(account.id);
    expect(await room.find(caller, verification)).toMatchObject({ status: 'VERIFIED' });
    expect(await standing(callback)).toMatchObject({ due: null, unmatched: false });
    expect(
      await room.messages.database.rows('select 1 from parked_callbacks where account_id = $1', [account.id]),
    ).toEqual([]);
  });

  it('is read together with one that comes after the answer, before it', async () => {
    await comes({ phone: '+6281234567890' });
    const verification = await room.startThere(account, reference);
    await comes();
    expect(await room.find(caller, verification)).toMatchObject({ status: 'VERIFIED' });
    expect(await room.news(caller)).toEqual(['REFUSED ANOTHER_NUMBER', 'VERIFIED']);
  });

  it('waits on while the answers to calls name others', async () => {
    const callback = await comes();
    const before = await standing(callback);
    learn([{ projectId: caller.projectId, accountId: account.id, reference: newId() }]);
    const other = await room.startThere(account, newId());
    await reader.claim(account.id);
    expect(await standing(callback)).toEqual(before);
    expect(await room.find(caller, other)).toMatchObject({ status: 'PENDING', refusals: 0 });
  });

  it('that is made up is unmatched after a day, and has moved nothing', async () => {
    const callback = await comes();
    const verification = await room.startThere(account, newId());
    room.messages.clock.advance(DAY);
    await reader.claim(account.id);
    expect(await standing(callback)).toMatchObject({ due: null, unmatched: true });
    expect(await room.news(caller)).toEqual([]);
    expect(await room.find(caller, verification)).toMatchObject({ status: 'PENDING', refusals: 0 });
  });
});
