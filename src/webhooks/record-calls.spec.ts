import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryRoom, type DeliveryRow, type Worker } from '../../test/support/delivery-room.js';
import { SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { type ClaimedDelivery } from './record-calls.js';

const LEASE_MS = 30 * SECOND;

let room: DeliveryRoom;
let slow: Worker;
let next: Worker;
let endpoint: string;
let delivery: ClaimedDelivery;
beforeEach(async () => {
  room = await DeliveryRoom.open();
  [slow, next] = [room.worker(), room.worker(await room.connect())];
  endpoint = await room.create();
  await room.happen(newId());
  await room.fanOut();
  [delivery] = (await slow.claim(endpoint)) as [ClaimedDelivery];
});
afterEach(() => room.close());

const now = (): Promise<DeliveryRow> => room.delivery(delivery.id);
/** The lease of the slow one ends, and another process has the delivery. */
async function takeOver(): Promise<ClaimedDelivery> {
  room.clock.advance(LEASE_MS);
  const [taken] = await next.claim(endpoint);
  expect(taken).toMatchObject({ id: delivery.id });
  return taken!;
}

describe('what came of a call', () => {
  it('is kept as an attempt, with where the delivery stands after it', async () => {
    await slow.ended(delivery, 'failed');
    expect(await now()).toMatchObject({ status: 'PENDING', tries: 1, attempts: 1 });
    room.clock.advance(6 * SECOND);
    const [again] = await next.claim(endpoint);
    await next.ended(again!);
    expect(await now()).toMatchObject({ status: 'DELIVERED', tries: 2, attempts: 2, nextAttemptAt: null });
    expect(await room.attempts(delivery.id)).toEqual([
      [1, 500],
      [2, 200],
    ]);
  });

  it('counts where it comes late and nobody else has called', async () => {
    room.clock.advance(2 * LEASE_MS);
    await slow.ended(delivery, 'failed');
    expect(await now()).toMatchObject({ status: 'PENDING', tries: 1, attempts: 1 });
    const due = (await now()).nextAttemptAt!.getTime() - room.clock.now().getTime();
    expect(due).toBeGreaterThanOrEqual(5 * SECOND);
  });
});

describe('what comes late of a call, when another process has called as well,', () => {
  it('does not take back DELIVERED, and is kept as an attempt', async () => {
    await next.ended(await takeOver());
    await slow.ended(delivery, 'failed');
    expect(await now()).toMatchObject({ status: 'DELIVERED', attempts: 2, nextAttemptAt: null });
    expect(await room.attempts(delivery.id)).toEqual([
      [1, 200],
      [2, 500],
    ]);
  });

  it('does not take the delivery from whoever has it now, where it failed', async () => {
    const taken = await takeOver();
    await slow.ended(delivery, 'failed');
    room.clock.advance(10 * SECOND);
    expect(await room.worker().claim(endpoint)).toEqual([]);
    await next.ended(taken);
    expect(await now()).toMatchObject({ status: 'DELIVERED', tries: 1, attempts: 2 });
    expect(await room.attempts(delivery.id)).toEqual([
      [1, 500],
      [2, 200],
    ]);
  });

  it('settles it where it succeeded, and the other’s failure does not open it again', async () => {
    const taken = await takeOver();
    await slow.ended(delivery);
    expect(await now()).toMatchObject({ status: 'DELIVERED', nextAttemptAt: null });
    await next.ended(taken, 'failed');
    expect(await now()).toMatchObject({ status: 'DELIVERED', attempts: 2, nextAttemptAt: null });
  });

  it('does not set back the schedule that the other’s failures have moved on', async () => {
    await next.ended(await takeOver(), 'failed');
    room.clock.advance(6 * SECOND);
    const [second] = await next.claim(endpoint);
    await next.ended(second!, 'failed');
    const { nextAttemptAt } = await now();
    await slow.ended(delivery, 'failed');
    expect(await now()).toMatchObject({ status: 'PENDING', tries: 2, attempts: 3, nextAttemptAt });
  });

  it('is an attempt of its own also where both end at the same moment', async () => {
    const taken = await takeOver();
    await Promise.all([slow.ended(delivery, 'failed'), next.ended(taken)]);
    expect(await now()).toMatchObject({ status: 'DELIVERED', attempts: 2 });
    expect((await room.attempts(delivery.id)).map(([number]) => number)).toEqual([1, 2]);
  });
});

it('what was taken the moment before its endpoint was switched off is not called, and due when that is on again', async () => {
  await room.switch(endpoint, false);
  await slow.call(endpoint, [delivery]);
  expect(room.calls).toBe(0);
  await room.switch(endpoint, true);
  expect(await next.claim(endpoint)).toMatchObject([{ id: delivery.id }]);
});

it('a call that ends when its endpoint was deleted is kept, and the delivery stays FAILED', async () => {
  await room.endpoints.remove(room.caller, endpoint);
  await slow.ended(delivery);
  expect(await now()).toMatchObject({ status: 'FAILED', attempts: 1, nextAttemptAt: null });
  expect(await room.attempts(delivery.id)).toEqual([[1, 200]]);
});
