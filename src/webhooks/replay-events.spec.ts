import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryRoom } from '../../test/support/delivery-room.js';
import { MINUTE } from '../common/clock.js';
import { isProblem } from '../common/problem.js';
import { type Database } from '../database/database.js';
import { type Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { EndpointStore } from './endpoint-store.js';
import { insertDeliveries } from './delivery-writes.js';
import { type DeliveryStatus } from './delivery.status.js';
import { type ReplayInput, Replays } from './replays.service.js';
import { type WebhookReplayEntity } from './webhook-replay.entity.js';

const SIGNALS = { tell: () => undefined } as unknown as Signals;

let room: DeliveryRoom;
let replays: Replays;
let from: Date;
let endpointId: string;

beforeAll(async () => {
  room = await DeliveryRoom.open();
  replays = replaysOn(room.database);
});
afterAll(() => room.close());
beforeEach(async () => {
  room.clock.advance(60 * MINUTE);
  from = room.clock.now();
  endpointId = await room.create();
});

function replaysOn(database: Database): Replays {
  const log = new EventLog(database, SIGNALS);
  return new Replays(database, new EndpointStore(database, log), log, SIGNALS, room.clock);
}

async function begun(over: Partial<ReplayInput> = {}, of = replays): Promise<WebhookReplayEntity> {
  const replay = await of.begin(room.caller, endpointId, { from, failedOnly: true, ...over });
  if (isProblem(replay)) throw new Error(replay.message);
  return replay;
}

/** Makes all that is to be made, and answers the events that this replay has deliveries of. */
async function spread({ id }: WebhookReplayEntity): Promise<string[]> {
  while ((await replays.step()).more);
  const rows = await room.database.rows<{ eventId: string }>(
    'select event_id as "eventId" from webhook_deliveries where replay_id = $1 order by event_id',
    [id],
  );
  return rows.map(({ eventId }) => eventId);
}

/** An event that has, by itself and in replays, deliveries that stand so; its id. */
async function told(own: DeliveryStatus | null, ...replayed: readonly DeliveryStatus[]): Promise<string> {
  const [eventId] = await room.write([{ recordedAt: room.clock.now() }]);
  const { projectId } = room.caller;
  const deliver = async (status: DeliveryStatus, replayId: string | null): Promise<void> => {
    const delivery = { projectId, endpointId, eventId: eventId!, subjectId: projectId, replayId };
    const [made] = await insertDeliveries(room.database, [delivery], from);
    await room.database.rows(
      `update webhook_deliveries set status = $2, attempts = case $2::text when 'PENDING' then 0 else 1 end,
              next_attempt_at = case $2::text when 'PENDING' then next_attempt_at end
        where id = $1`,
      [made!.id, status],
    );
  };
  if (own) await deliver(own, null);
  for (const status of replayed) await deliver(status, (await over()).id);
  return eventId!;
}

/** A replay of nothing. */
const over = (): Promise<WebhookReplayEntity> => begun({ types: ['PAYMENT_PAID'] });

describe('a replay of what failed tells an event', () => {
  it.each<[string, number, [DeliveryStatus | null, ...DeliveryStatus[]]]>([
    ['whose delivery failed', 1, ['FAILED']],
    ['once, whose delivery failed in replays too', 1, ['FAILED', 'FAILED', 'FAILED']],
    ['that was told by a replay alone, which failed', 1, [null, 'FAILED']],
    ['but not one that is delivered', 0, ['DELIVERED']],
    ['but not one that a replay delivered since', 0, ['FAILED', 'FAILED', 'DELIVERED']],
    ['but not one that was delivered before a replay failed', 0, ['DELIVERED', 'FAILED']],
    ['but not one that is being tried', 0, ['PENDING']],
    ['but not one that is being tried after a replay failed', 0, ['PENDING', 'FAILED']],
    ['but not one that a replay is trying', 0, ['FAILED', 'PENDING']],
    ['but not one that the endpoint was never to hear', 0, [null]],
  ])('%s', async (_name, count, [own, ...replayed]) => {
    const event = await told(own, ...replayed);
    const replay = await begun();
    expect(replay.count).toBe(count);
    expect(await spread(replay)).toEqual(count === 1 ? [event] : []);
  });

  it('of its time and its types alone', async () => {
    await told('FAILED');
    room.clock.advance(MINUTE);
    const event = await told('FAILED');
    expect(await spread(await begun({ from: room.clock.now() }))).toEqual([event]);
    expect(await begun({ from: room.clock.now(), types: ['MESSAGE_READ'] })).toMatchObject({ count: 0 });
  });

  it('once, where two processes begin one at the same time', async () => {
    const events = [await told('FAILED'), await told('FAILED')];
    const another = await room.connect();
    const two = await Promise.all([begun(), begun({}, replaysOn(another))]);
    expect(two.map(({ count }) => count).sort()).toEqual([0, 2]);
    const [empty, full] = two.sort((a, b) => a.count - b.count);
    expect(await spread(full)).toEqual(events);
    expect(await spread(empty)).toEqual([]);
  });

  it('that a replay of everything is about to tell not again', async () => {
    await told('FAILED');
    const all = await begun({ failedOnly: false });
    expect(await begun()).toMatchObject({ count: 0, finishedAt: room.clock.now() });
    expect(await spread(all)).toHaveLength(1);
  });

  it('that an earlier replay is about to tell only then, whichever has its turn first', async () => {
    const first = await told('FAILED');
    const one = await begun({ types: ['MESSAGE_DELIVERED'] });
    const second = await told('FAILED');
    const other = await begun();
    expect([one.count, other.count]).toEqual([1, 1]);
    // The second one has the first turn.
    Object.assign(replays, { lastTurn: one.id });
    expect(await spread(other)).toEqual([second]);
    expect(await spread(one)).toEqual([first]);
  });

  it('not that a person had tried again since it was counted', async () => {
    const [event] = [await told('FAILED'), await told('FAILED')];
    const replay = await begun();
    await room.database.rows(
      `update webhook_deliveries set status = 'PENDING', next_attempt_at = created_at where event_id = $1`,
      [event],
    );
    expect(await spread(replay)).toHaveLength(1);
    const [row] = await room.database.rows('select count from webhook_replays where id = $1', [replay.id]);
    expect([replay.count, row]).toEqual([2, { count: 1 }]);
  });
});

it('what the log does not keep any more is not told, and what lies behind it is, however much that was', async () => {
  const first = await told('FAILED');
  await room.database.rows(`select nextval('event_ids') from generate_series(1, 1000)`);
  const last = await told('FAILED');
  await room.database.rows(
    `insert into webhook_deliveries (project_id, id, endpoint_id, event_id, subject_id, status, tries, attempts, created_at)
     select project_id, gen_random_uuid(), endpoint_id, event_id + n, subject_id, status, tries, attempts, created_at
       from webhook_deliveries, generate_series(1, 1000) n where endpoint_id = $1 and event_id = $2`,
    [endpointId, first],
  );
  const replay = await begun();
  expect(replay.count).toBe(2);
  expect(await spread(replay)).toEqual([first, last]);
});
