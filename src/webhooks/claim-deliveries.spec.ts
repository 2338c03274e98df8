import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryRoom, type Worker } from '../../test/support/delivery-room.js';
import { newId } from '../common/ids.js';
import { SECOND } from '../common/clock.js';
import { type ClaimedDelivery } from './record-calls.js';

let room: DeliveryRoom;
let one: Worker;
let other: Worker;
let endpoint: string;
beforeEach(async () => {
  room = await DeliveryRoom.open();
  one = room.worker();
  other = room.worker(await room.connect());
  endpoint = await room.create();
});
afterEach(() => room.close());

const [A, B] = [newId(), newId()];
/** Events of these things, with their deliveries. */
const happen = async (...subjectIds: string[]): Promise<string[]> => {
  const events = await room.happen(...subjectIds);
  await room.fanOut(one);
  return events;
};
const byId = (a: string, b: string): number => Number(a) - Number(b);
/** What was claimed last of each event. */
const held = new Map<string, ClaimedDelivery>();
/** The events of a claim. */
const taken = async (worker: Worker): Promise<string[]> => {
  const claimed = await worker.claim(endpoint);
  for (const one of claimed) held.set(one.eventId, one);
  return claimed.map(({ eventId }) => eventId).sort(byId);
};
const ended = (eventId: string | undefined, outcome?: 'failed'): Promise<void> =>
  one.ended(held.get(eventId!)!, outcome);
const set = (fields: string): Promise<unknown> =>
  room.database.rows(`update webhook_endpoints set ${fields} where id = $1`, [endpoint]);

describe('deliveries', () => {
  it('are each taken by one of many that claim at the same time', async () => {
    const events = await happen(...Array.from({ length: 500 }, () => newId()));
    const claims: string[] = [];
    const takeAll = async (worker: Worker): Promise<void> => {
      for (let more = await taken(worker); more.length > 0; more = await taken(worker)) claims.push(...more);
    };
    await Promise.all([one, other, room.worker(), room.worker(await room.connect())].map(takeAll));
    expect(new Set(claims).size).toBe(claims.length);
    expect(claims.toSorted(byId)).toEqual(events);
  });

  it('of one thing are taken one after the other, those of two side by side', async () => {
    const [a1, b1, a2] = await happen(A, B, A);
    expect(await taken(one)).toEqual([a1, b1]);
    expect(await taken(other)).toEqual([]);
    await ended(a1);
    expect(await taken(other)).toEqual([a2]);
  });

  it('wait for no earlier one that has to be tried again, but for that one’s call', async () => {
    const [a1, a2, a3] = await happen(A, A, A);
    expect(await taken(one)).toEqual([a1]);
    await ended(a1, 'failed');
    expect(await taken(other)).toEqual([a2]);
    room.clock.advance(6 * SECOND);
    // It is due again while the second is under way; the third waits for both.
    expect(await taken(one)).toEqual([a1]);
    await ended(a2);
    expect(await taken(other)).toEqual([]);
    await ended(a1, 'failed');
    expect(await taken(other)).toEqual([a3]);
  });

  it('in the hands of a process that died are another’s when the lease has ended, in their order', async () => {
    const [a1, a2] = await happen(A, A);
    await one.claim(endpoint);
    room.clock.advance(29 * SECOND);
    expect(await taken(other)).toEqual([]);
    room.clock.advance(SECOND);
    expect(await taken(other)).toEqual([a1]);
    await ended(a1);
    expect(await taken(other)).toEqual([a2]);
  });

  it('of a replay wait for nothing that is new, nor the other way round', async () => {
    const [a1, a2] = await happen(A, A);
    const replay = newId();
    await room.database.rows(
      `insert into webhook_deliveries select project_id, gen_random_uuid(), endpoint_id, event_id, subject_id, $1, status,
         tries, attempts, next_attempt_at, lease_until, created_at from webhook_deliveries`,
      [replay],
    );
    expect(await taken(one)).toEqual([a1]);
    const [replayed] = await other.claim(endpoint, 'replay');
    expect(replayed).toMatchObject({ eventId: a1, replayId: replay });
    await ended(a1);
    expect(await taken(one)).toEqual([a2]);
    expect(await other.claim(endpoint, 'replay')).toEqual([]);
  });
});

describe('an endpoint', () => {
  it.each([
    ['is off', 'enabled = false'],
    ['was deleted', 'deleted_at = now()'],
    ['is left alone', `slow_steps = 1, slow_until = '2099-01-01'`],
  ])('that %s is not due, and nothing of it is taken', async (_, fields) => {
    await happen(A);
    expect(await one.due()).toEqual([endpoint]);
    await set(fields);
    expect(await one.due()).toEqual([]);
    expect(await taken(one)).toEqual([]);
  });

  it('that asked for less is called once at a time, whoever looks and however much waits', async () => {
    const [a1, b1] = await happen(A, B, newId());
    await set('slow_steps = 3');
    expect(await taken(one)).toEqual([a1]);
    expect([await taken(one), await taken(other)]).toEqual([[], []]);
    expect(await other.claim(endpoint, 'replay')).toEqual([]);
    await ended(a1, 'failed');
    expect(await taken(other)).toEqual([b1]);
  });
});

describe('before a large backlog', () => {
  const INDEXES = new Set(['webhook_deliveries_due', 'webhook_deliveries_subject', 'webhook_deliveries_pk']);

  it('claims, and the look for what is due, find their rows by the index', async () => {
    const dead = await room.create();
    // Most of the table is settled, much of it waits for its next try, and of another endpoint all is due, five of each thing.
    await fill('settled', dead, 1, 30_000);
    await fill('dead', dead, 30_001, 40_000);
    await fill('due', endpoint, 1, 10_000);
    await room.database.rows('analyze webhook_deliveries');
    for (const id of [dead, endpoint]) {
      const scans = await room.scansOf((worker) => worker.claim(id));
      expect(new Set(scans.map(({ index }) => index))).toEqual(INDEXES);
      for (const { rows } of scans) expect(rows).toBeLessThan(500);
    }
    const looked = await room.scansOf((worker) => worker.due());
    expect(looked.map(({ index }) => index)).toEqual(['webhook_deliveries_due']);
    expect(looked[0]!.rows).toBeLessThan(10);
  });

  it('find them so too where the planner knows of a time only in which nothing waited', async () => {
    await fill('due', endpoint, 1, 1_000);
    await room.database.rows(`update webhook_deliveries set status = 'DELIVERED', next_attempt_at = null`);
    await room.database.rows('vacuum analyze webhook_deliveries');
    await fill('due', endpoint, 1_001, 3_000);
    const scans = await room.scansOf((worker) => worker.claim(endpoint));
    expect(new Set(scans.map(({ index }) => index))).toEqual(INDEXES);
    for (const { rows } of scans) expect(rows).toBeLessThan(500);
    const looked = await room.scansOf((worker) => worker.due());
    expect(looked.map(({ index }) => index)).toEqual(['webhook_deliveries_due']);
  });

  const fill = (kind: 'settled' | 'dead' | 'due', id: string, from: number, to: number): Promise<unknown> =>
    room.database.rows(
      `insert into webhook_deliveries (project_id, id, endpoint_id, event_id, subject_id, status, tries, attempts,
         next_attempt_at, created_at)
       select $1, gen_random_uuid(), $2, n, md5((n / 5)::text)::uuid,
              case $3 when 'settled' then 'DELIVERED' else 'PENDING' end, $4, $4,
              case $3 when 'dead' then $5::timestamptz + (n - 35000) * interval '1 second'
                      when 'due' then $5::timestamptz - n * interval '1 millisecond' end, $5
         from generate_series($6::int, $7::int) as n`,
      [room.caller.projectId, id, kind, { settled: 1, dead: 3, due: 0 }[kind], room.clock.now(), from, to],
    );
});
