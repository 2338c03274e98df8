import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { QueueRoom } from '../../../test/support/queue-room.js';
import { MINUTE, SECOND } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';

const [HIGH, LOW] = [0, 2];

describe('while the breaker of an account is open', () => {
  let room: QueueRoom;
  let broken: ProviderAccount;
  let other: ProviderAccount;
  let until: Date;
  let woken: string[];
  let deaf: () => void;
  beforeAll(async () => {
    room = await QueueRoom.open();
  });
  afterAll(() => room.close());
  beforeEach(async () => {
    broken = await room.account();
    other = await room.account({ projectId: broken.projectId });
    until = await room.breaks(broken, MINUTE);
    woken = [];
    deaf = room.signals.on('messages', (ids) => woken.push(...ids));
  });
  afterEach(() => deaf());

  const places = async (ids: readonly string[]): Promise<string[]> =>
    (await room.messages<{ at: string }>(ids, 'm.account_id as at')).map(({ at }) =>
      at === broken.id ? 'stays' : at === other.id ? 'other' : at,
    );

  it('nothing is claimed, and what waits for this account alone waits until it closes', async () => {
    const ids = await room.queue(broken, [{ person: 'A' }, { person: 'B', priority: HIGH }]);
    expect(await room.claim(broken)).toMatchObject({ claimed: [], probe: false, more: false, again: until });
    expect(await places(ids)).toEqual(['stays', 'stays']);
    expect(woken).toEqual([]);
  });

  it('what another account may take goes there at once, as a request of its own', async () => {
    const route = [broken, other];
    const ids = await room.queue(broken, [{ person: 'A', route }, { person: 'B' }, { person: 'C', route }]);
    expect(await room.claim(broken)).toMatchObject({ claimed: [], more: false, again: until });
    expect(await places(ids)).toEqual(['other', 'stays', 'other']);
    expect(woken).toEqual([other.id]);
    const keys = await room.messages<{ id: string; key: string }>(ids, 'm.id, m.request_key as key');
    expect(keys.map(({ id, key }) => id === key)).toEqual([false, true, false]);
    expect(await room.send(other)).toEqual(['A', 'C']);
  });

  it('what may have been sent, is under way or is not due yet stays', async () => {
    const route = [broken, other];
    const ids = await room.queue(broken, [
      { person: 'A', route, unconfirmedSince: room.clock.now() },
      { person: 'B', route, openAttempt: newId() },
      { person: 'C', route, dueAt: new Date(room.clock.now().getTime() + 1) },
    ]);
    await room.claim(broken);
    expect(await places(ids)).toEqual(['stays', 'stays', 'stays']);
  });

  it.each([
    ['is held', 'enabled = false'],
    ['has stopped', `health = 'FAILING', stopped_at = created_at`],
    ['is deleted', 'deleted_at = created_at'],
    ['has an open breaker too', `health = 'DEGRADED'`],
  ])('nothing goes to an account that %s', async (_how, what) => {
    const third = await room.account({ projectId: broken.projectId });
    await room.set(other.id, what);
    const ids = await room.queue(broken, [
      { person: 'A', route: [broken, other] },
      { person: 'B', route: [broken, other, third] },
    ]);
    await room.claim(broken);
    expect(await places(ids)).toEqual(['stays', third.id]);
  });

  it('nothing goes to another project, whatever the route says', async () => {
    const stranger = await room.account();
    const ids = await room.queue(broken, [{ person: 'A', route: [broken, stranger] }]);
    await room.claim(broken);
    expect(await places(ids)).toEqual(['stays']);
  });

  it('a long queue goes in batches, the urgent ones first, each message once', async () => {
    const route = [broken, other];
    const campaign = Array.from({ length: 900 }, (_, n) => ({ person: `L${n}`, priority: LOW, route }));
    const ids = await room.queue(broken, [...campaign, { person: 'H', priority: HIGH, route }]);
    expect(await room.claim(broken)).toMatchObject({ more: true });
    expect(await places(ids.slice(-1))).toEqual(['other']);
    await Promise.all([room.claim(broken), room.worker(room.clock).claim(broken.id, false)]);
    expect(new Set(await places(ids))).toEqual(new Set(['other']));
  });

  it('a queue in which nothing could be moved is read again after a second', async () => {
    const [stuck] = await room.queue(broken, [{ person: 'A' }]);
    await room.claim(broken);
    const [late] = await room.queue(broken, [{ person: 'B', route: [broken, other] }]);
    await room.claim(broken);
    expect(await places([stuck!, late!])).toEqual(['stays', 'stays']);
    room.clock.advance(SECOND);
    await room.claim(broken);
    expect(await places([stuck!, late!])).toEqual(['stays', 'other']);
  });

  it('one message probes when its time is over, a HIGH one where there is one, and the others wait for the answer', async () => {
    await room.queue(broken, [{ person: 'A', priority: LOW }, { person: 'B' }, { person: 'C', priority: HIGH }]);
    room.clock.set(until);
    const probe = await room.claim(broken);
    expect(probe).toMatchObject({ probe: true, claimed: [{ person: 'C' }] });
    const at = new Date(until.getTime() + 30 * SECOND);
    expect(await room.claim(broken)).toMatchObject({ claimed: [], probe: false, again: at });
    expect(await room.worker(room.clock).claim(broken.id, false)).toMatchObject({ claimed: [], probe: false });
    // The process of the probe died: another one probes.
    room.clock.set(at);
    expect(await room.claim(broken)).toMatchObject({ probe: true, claimed: [{ person: 'B' }] });
  });

  it('a probe waits for the budget as any call', async () => {
    await room.set(broken.id, 'requests_per_minute = 10');
    await room.database.rows('update account_budgets set full_at = $2 where account_id = $1', [
      broken.id,
      new Date(until.getTime() + SECOND),
    ]);
    await room.queue(broken, [{ person: 'A' }]);
    room.clock.set(until);
    const held = await room.claim(broken);
    expect(held).toMatchObject({ claimed: [], probe: false, more: false });
    room.clock.set(held.again!);
    expect(await room.claim(broken)).toMatchObject({ probe: true, claimed: [{ person: 'A' }] });
  });

  it('a probe is one message, also where a call carries a hundred', async () => {
    const exotel = await room.account({ kind: 'EXOTEL' });
    room.clock.set(await room.breaks(exotel, MINUTE));
    await room.queue(exotel, [{ person: 'A' }, { person: 'B' }]);
    expect((await room.claim(exotel)).claimed).toHaveLength(1);
  });
});
