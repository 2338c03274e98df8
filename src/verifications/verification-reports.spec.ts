import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANI } from '../../test/support/surroundings.js';
import { VerificationRoom } from '../../test/support/verification-room.js';
import { HOUR, later, MINUTE, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { type Caller } from '../projects/caller.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type VerificationReport } from '../providers/ports/callbacks.js';
import { type Verification } from './verification-row.js';

const BUDI = '+6281234567890';

let room: VerificationRoom;
beforeAll(async () => void (room = await VerificationRoom.open()));
afterAll(() => room.close());

/** That ANI has proved it, a second ago. */
const proved = (reference: string, over: Partial<VerificationReport> = {}): VerificationReport => ({
  ...{ kind: 'verification', mailbox: null, reference, phone: ANI, occurredAt: later(room.now, -SECOND), ...over },
});

interface Story {
  readonly caller: Caller;
  readonly account: ProviderAccount;
  readonly id: string;
  readonly reference: string;
  /** A report of it. */
  readonly says: (over?: Partial<VerificationReport>) => VerificationReport;
}

async function started(over: Partial<Verification> = {}): Promise<Story> {
  const { caller, account } = await room.messages.project({ kind: 'SENDTALK' });
  const reference = newId();
  const id = await room.startThere(account, reference, over);
  return { caller, account, id, reference, says: (more) => proved(reference, more) };
}

describe('a report that a number was proved', () => {
  it('verifies it, at the provider’s time', async () => {
    const { caller, account, id, says } = await started();
    expect(await room.report(account, says())).toMatchObject({ unknown: [], events: [{ subjectId: id }] });
    const at = later(room.now, -SECOND);
    expect(await room.find(caller, id)).toMatchObject({ status: 'VERIFIED', verifiedAt: at });
    expect(await room.messages.events(caller)).toMatchObject([{ type: 'VERIFICATION_VERIFIED', occurredAt: at }]);
  });

  it('without a time is of now', async () => {
    const { caller, account, id, says } = await started();
    await room.report(account, says({ occurredAt: null }));
    expect((await room.find(caller, id)).verifiedAt).toEqual(room.now);
  });

  it('dated before there was anything to prove is taken to be of now', async () => {
    const { caller, account, id, says } = await started({ createdAt: room.now });
    await room.report(account, says({ occurredAt: later(room.now, -HOUR) }));
    expect(await room.find(caller, id)).toMatchObject({ status: 'VERIFIED', verifiedAt: room.now });
  });

  it('counts for the step that it names, also when another way was begun since', async () => {
    const { caller, account, id, says } = await started({ method: 'INBOUND' });
    await room.report(account, says());
    expect(await room.find(caller, id)).toMatchObject({ status: 'VERIFIED' });
  });

  it('that comes late is believed when the proof was in time', async () => {
    const { caller, account, id, says } = await started({
      ...{ status: 'EXPIRED', expiresAt: later(room.now, -MINUTE), createdAt: later(room.now, -HOUR) },
    });
    await room.report(account, says({ occurredAt: later(room.now, -MINUTE + 5 * SECOND) }));
    expect(await room.find(caller, id)).toMatchObject({ status: 'VERIFIED' });
  });

  it('again changes nothing and is told to nobody, in another batch or in the same', async () => {
    const { caller, account, id, says } = await started();
    await room.report(account, says(), says());
    const after = await room.find(caller, id);
    expect(await room.report(account, says())).toEqual({ unknown: [], events: [] });
    expect(await room.find(caller, id)).toEqual(after);
    expect(await room.news(caller)).toEqual(['VERIFIED']);
  });

  it('twice at once verifies it once', async () => {
    const { caller, account, says } = await started();
    await Promise.all([1, 2, 3].map(() => room.report(account, says())));
    expect(await room.news(caller)).toEqual(['VERIFIED']);
  });
});

describe('a report that proves nothing', () => {
  it.each<[string, string, Partial<Verification>, Partial<VerificationReport>]>([
    ['ANOTHER_NUMBER', 'of another number', {}, { phone: BUDI }],
    ['ANOTHER_NUMBER', 'of a number that cannot be read', {}, { phone: null }],
    ['ANOTHER_NUMBER', 'of another number, for one that is verified', { status: 'VERIFIED' }, { phone: BUDI }],
    ['EXPIRED', 'of after its expiry', { expiresAt: new Date(0) }, {}],
    ['CLOSED', 'of one that was canceled', { status: 'CANCELED' }, {}],
  ])('is refused as %s when it is %s', async (reason, _what, over, more) => {
    const { caller, account, id, says } = await started(over);
    const before = await room.find(caller, id);
    expect(await room.report(account, says(more))).toMatchObject({ unknown: [] });
    expect(await room.find(caller, id)).toEqual({ ...before, refusals: 1, sequence: before.sequence + 1 });
    expect(await room.news(caller)).toEqual([`REFUSED ${reason}`]);
  });

  it('is told twenty times at most, for a provider may repeat it without end', async () => {
    const { caller, account, says } = await started();
    const another = Array.from({ length: 7 }, () => says({ phone: BUDI }));
    for (let time = 0; time < 3; time++) await room.report(account, ...another);
    expect(await room.news(caller)).toHaveLength(20);
    await room.report(account, says());
    expect((await room.news(caller)).at(-1)).toBe('VERIFIED');
  });
});

describe('a report of something else', () => {
  it('is unknown: of an id that nobody knows, at whatever place it stands', async () => {
    const { caller, account, id, says } = await started();
    expect(await room.report(account, proved(newId()), says(), proved('forged'))).toMatchObject({ unknown: [0, 2] });
    expect(await room.find(caller, id)).toMatchObject({ status: 'VERIFIED' });
  });

  it('is unknown: of an account that did not begin it, in the project or in another', async () => {
    const { caller, id, says } = await started();
    const sister = await room.messages.connect(caller, { kind: 'SENDTALK' });
    const { account: stranger } = await room.messages.project({ kind: 'SENDTALK' });
    for (const other of [sister, stranger]) {
      expect(await room.report(other, says())).toEqual({ unknown: [0], events: [] });
      expect(await room.find(caller, id)).toMatchObject({ status: 'PENDING', refusals: 0 });
    }
  });

  it('is unknown while nobody was told of it', async () => {
    const { account, says } = await started({ told: false });
    expect(await room.report(account, says())).toEqual({ unknown: [0], events: [] });
  });
});
