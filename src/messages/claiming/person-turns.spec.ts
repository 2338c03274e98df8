import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueueRoom } from '../../../test/support/queue-room.js';
import { later, SECOND } from '../../common/clock.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { forgetTurns } from './person-turns.js';

const [HIGH, NORMAL, LOW] = [0, 1, 2];
/** Of Meta, as test/support/queue-room.ts has it. */
const EVERY_MS = 6 * SECOND;

let room: QueueRoom;
let account: ProviderAccount;
beforeAll(async () => {
  room = await QueueRoom.open();
});
afterAll(() => room.close());

const start = async (): Promise<void> => {
  account = await room.account({ kind: 'META' });
};
const turns = async (): Promise<number> =>
  (await room.database.rows<{ n: number }>('select count(*)::int as n from person_turns')).map(({ n }) => n)[0]!;

describe('through an account that may write to a person once in six seconds', () => {
  it('messages to one person leave six seconds apart, HIGH first, each priority in the order of its coming', async () => {
    await start();
    const [low, first, second, code] = await room.queue(account, [
      { person: 'A', priority: LOW },
      { person: 'A', priority: NORMAL },
      { person: 'A', priority: NORMAL },
      { person: 'A', priority: HIGH },
    ]);
    const left: { readonly id: string; readonly at: number }[] = [];
    const began = room.clock.now().getTime();
    for (let message = 0; message < 4; message++) {
      const batch = await room.claim(account);
      await room.answered(batch);
      expect(batch.claimed).toHaveLength(1);
      left.push({ id: batch.claimed[0]!.id, at: room.clock.now().getTime() - began });
      const { claimed, again } = await room.claim(account);
      expect(claimed).toEqual([]);
      if (again) room.clock.set(again);
    }
    expect(left).toEqual([code, first, second, low].map((id, place) => ({ id, at: place * EVERY_MS })));
  });

  it('a thousand messages to one person hide nobody', async () => {
    await start();
    await room.queue(account, [
      ...Array.from({ length: 1_000 }, () => ({ person: 'A', priority: HIGH })),
      { person: 'B', priority: HIGH },
      { person: 'C', priority: LOW },
    ]);
    expect(await room.send(account)).toEqual(['A', 'C']);
    expect(await room.send(account)).toEqual(['B']);
    expect(await room.claim(account)).toMatchObject({
      claimed: [],
      more: false,
      again: later(room.clock.now(), EVERY_MS),
    });
  });

  it('a person whose message is still under way has no turn either, however long ago it began', async () => {
    await start();
    await room.queue(account, [{ person: 'A' }, { person: 'A' }]);
    const slow = await room.claim(account);
    room.clock.advance(EVERY_MS);
    expect((await room.claim(account)).claimed).toEqual([]);
    await room.answered(slow);
    expect((await room.claim(account)).claimed).toHaveLength(1);
  });

  it('workers that claim at the same time give one turn', async () => {
    await start();
    await room.queue(
      account,
      Array.from({ length: 30 }, (_, n) => ({ person: `P${n % 3}`, priority: n % 2 })),
    );
    const workers = [room.claims, room.worker(room.clock), room.worker(room.clock)];
    const batches = await Promise.all(workers.map((worker) => worker.claim(account.id, false)));
    const persons = batches.flatMap(({ claimed }) => claimed.map(({ person }) => person));
    expect(persons.toSorted()).toEqual(['P0', 'P1', 'P2']);
  });

  it('through another account the person may be written to meanwhile', async () => {
    await start();
    const other = await room.account({ kind: 'META', projectId: account.projectId });
    await room.queue(account, [{ person: 'A' }]);
    await room.queue(other, [{ person: 'A' }]);
    expect([await room.send(account), await room.send(other)]).toEqual([['A'], ['A']]);
  });

  it('turns are forgotten once they are free, and not before', async () => {
    await start();
    room.clock.advance(EVERY_MS);
    await forgetTurns(room.database, room.clock.now());
    expect(await turns()).toBe(0);
    await room.queue(account, [{ person: 'A' }, { person: 'B' }, { person: 'A' }]);
    await room.send(account);
    room.clock.advance(EVERY_MS - 1);
    await forgetTurns(room.database, room.clock.now());
    expect(await turns()).toBe(2);
    expect(await room.send(account)).toEqual([]);
    room.clock.advance(1);
    await forgetTurns(room.database, room.clock.now());
    expect(await turns()).toBe(0);
    expect(await room.send(account)).toEqual(['A']);
  });
});

describe('through any other account', () => {
  it('no turns are kept', async () => {
    const doku = await room.account();
    await room.queue(doku, [{ person: 'X' }, { person: 'X' }]);
    const before = await turns();
    expect([await room.send(doku), await room.send(doku)]).toEqual([['X'], ['X']]);
    expect(await turns()).toBe(before);
  });
});
