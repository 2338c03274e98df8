import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryRoom, meeting } from '../../test/support/delivery-room.js';
import { until } from '../../test/support/until.js';
import { later, MINUTE } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { isProblem } from '../common/problem.js';
import { type Database } from '../database/database.js';
import { type Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type NewEvent } from '../events/event-types.js';
import { type Caller } from '../projects/caller.js';
import { type CallResult } from './call-result.js';
import { EndpointStore } from './endpoint-store.js';
import { type ClaimedDelivery, RecordCalls } from './record-calls.js';
import { type ReplayInput, Replays } from './replays.service.js';
import { type WebhookReplayEntity } from './webhook-replay.entity.js';

const SIGNALS = { tell: () => undefined } as unknown as Signals;
const PAGE = 500;

let room: DeliveryRoom;
let store: EndpointStore;
let records: RecordCalls;
let from: Date;
let endpointId: string;

beforeAll(async () => {
  room = await DeliveryRoom.open();
  store = new EndpointStore(room.database, room.log);
  records = new RecordCalls(room.database, store, room.log, room.clock);
});
afterAll(() => room.close());
beforeEach(async () => {
  // Each test has an hour of the log, and an endpoint, of its own.
  room.clock.advance(60 * MINUTE);
  from = room.clock.now();
  endpointId = await room.create();
});
afterEach(() => spread(replaysOn()));

function replaysOn(database: Database = room.database): Replays {
  const log = new EventLog(database, SIGNALS);
  return new Replays(database, new EndpointStore(database, log), log, SIGNALS, room.clock);
}

function tell(replays: Replays, over: Partial<ReplayInput> = {}, caller = room.caller, id = endpointId) {
  return replays.begin(caller, id, { from, failedOnly: false, ...over });
}

async function begun(replays: Replays, over: Partial<ReplayInput> = {}): Promise<WebhookReplayEntity> {
  const replay = await tell(replays, over);
  if (isProblem(replay)) throw new Error(replay.message);
  return replay;
}

/** So many events, each of a thing of its own; their ids. */
const happen = (count: number, over: Partial<NewEvent> = {}): Promise<string[]> =>
  room.write(Array.from({ length: count }, () => ({ recordedAt: room.clock.now(), ...over })));

async function spread(...replays: readonly Replays[]): Promise<void> {
  while ((await Promise.all(replays.map((one) => one.step()))).some(({ more }) => more));
}

const now = async ({ id }: WebhookReplayEntity): Promise<Pick<WebhookReplayEntity, 'count' | 'done' | 'finishedAt'>> =>
  (
    await room.database.rows<WebhookReplayEntity>(
      'select count, done, finished_at as "finishedAt" from webhook_replays where id = $1',
      [id],
    )
  )[0]!;

/** The events that a replay has a delivery of. */
async function madeOf({ id }: WebhookReplayEntity): Promise<string[]> {
  const rows = await room.database.rows<{ eventId: string }>(
    'select event_id as "eventId" from webhook_deliveries where replay_id = $1 order by event_id',
    [id],
  );
  return rows.map(({ eventId }) => eventId);
}

/** Has up to so many calls of replays delivered; answers how many were. */
async function call(atMost = Infinity): Promise<number> {
  const worker = room.worker();
  for (let ended = 0; ;) {
    const claimed = (await worker.claim(endpointId, 'replay')).slice(0, atMost - ended);
    await Promise.all(claimed.map((delivery) => endWith('delivered', delivery)));
    ended += claimed.length;
    if (claimed.length === 0 || ended === atMost) return ended;
  }
}

async function endWith(outcome: CallResult['outcome'], delivery: ClaimedDelivery): Promise<void> {
  const endpoint = (await store.calling(endpointId))!;
  const [startedAt, endedAt] = [room.clock.now(), room.clock.now()];
  const none = { slowDown: false, retryAfterMs: 0, responseStatus: null, responseBody: null, error: null };
  await records.add({ endpoint, delivery, startedAt, endedAt, result: { outcome, ...none } });
}

describe('the deliveries of a replay', () => {
  it('are each event once, where two processes make them', async () => {
    const events = await happen(3 * PAGE - 100);
    const replay = await begun(replaysOn());
    await spread(replaysOn(), replaysOn(await room.connect()));
    expect(await madeOf(replay)).toEqual(events);
    expect(await now(replay)).toEqual({ count: events.length, done: 0, finishedAt: null });
  });

  it('are made by one process at a time, for which another one does not wait', async () => {
    await happen(3);
    await begun(replaysOn());
    const other = replaysOn(await room.connect());
    const answers: unknown[] = [];
    const held = meeting(room.database, async (text) => {
      if (text.startsWith('insert into webhook_deliveries')) answers.push(await other.step());
    });
    await replaysOn(held).step();
    expect(answers).toEqual([{ work: null, more: false }]);
  });

  it('are each event once, and counted right, whichever statement of a page fails', async () => {
    const events = await happen(PAGE + 100);
    const replay = await begun(replaysOn());
    for (let statement = 1, fails = true; fails; statement++) {
      let left = statement;
      const breaking = meeting(room.database, async () => {
        if (--left === 0) throw new Error('The process was killed.');
      });
      fails = await replaysOn(breaking)
        .step()
        .then(
          () => false,
          () => true,
        );
      expect(await madeOf(replay)).toHaveLength(fails ? 0 : PAGE);
    }
    await spread(replaysOn());
    expect(await madeOf(replay)).toEqual(events);
    expect(await now(replay)).toMatchObject({ count: events.length, finishedAt: null });
  });

  it('are made in turns, so that a long replay does not hold up a short one', async () => {
    await happen(3 * PAGE);
    const long = await begun(replaysOn());
    room.clock.advance(10 * MINUTE);
    await happen(3);
    const short = await begun(replaysOn(), { from: room.clock.now() });
    const replays = replaysOn();
    await replays.step();
    await replays.step();
    expect(await madeOf(short)).toHaveLength(3);
    expect(await madeOf(long)).toHaveLength(PAGE);
  });

  it('are made although those of another replay cannot be', async () => {
    await happen(3);
    const poor = await begun(replaysOn());
    const next = await begun(replaysOn());
    await room.database.rows(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`,
    );
    await room.database.rows(
      `create trigger refuse before insert on webhook_deliveries for each row
         when (new.replay_id = '${poor.id}') execute function refuse()`,
    );
    const replays = replaysOn();
    await expect(replays.step()).rejects.toThrow('no');
    await replays.step();
    expect(await madeOf(next)).toHaveLength(3);
    await room.database.rows('drop function refuse cascade');
    await spread(replays);
    expect(await madeOf(poor)).toHaveLength(3);
  });

  it('are none that waits when the endpoint is deleted as they are made', async () => {
    await happen(2 * PAGE);
    const replay = await begun(replaysOn());
    let removed: Promise<unknown> = Promise.resolve();
    const held = meeting(room.database, async (text) => {
      if (!text.startsWith('insert into webhook_deliveries')) return;
      removed = room.endpoints.remove(room.caller, endpointId);
      await until(() => room.isBlocked(), 'the deletion to wait');
    });
    await replaysOn(held).step();
    await removed;
    await spread(replaysOn());
    const statuses = (await room.deliveries(endpointId)).map(({ status }) => status);
    expect(statuses).toEqual(Array(PAGE).fill('FAILED'));
    expect((await now(replay)).finishedAt).not.toBeNull();
  });
});

describe('a replay', () => {
  it('is finished when the last of its deliveries is settled, and not before', async () => {
    await happen(PAGE + 40);
    const replay = await begun(replaysOn());
    const replays = replaysOn();
    await replays.step();
    expect(await call()).toBe(PAGE);
    expect(await now(replay)).toEqual({ count: PAGE + 40, done: PAGE, finishedAt: null });
    await spread(replays);
    await call(39);
    expect(await now(replay)).toEqual({ count: PAGE + 40, done: PAGE + 39, finishedAt: null });
    // Those that were claimed and not called.
    room.clock.advance(MINUTE);
    expect(await call()).toBe(1);
    expect(await now(replay)).toEqual({ count: PAGE + 40, done: PAGE + 40, finishedAt: room.clock.now() });
  });

  it('is finished too where all is settled before it has seen that no more come', async () => {
    await happen(PAGE);
    const replay = await begun(replaysOn());
    const replays = replaysOn();
    await replays.step();
    await call();
    expect(await now(replay)).toEqual({ count: PAGE, done: PAGE, finishedAt: null });
    await replays.step();
    expect((await now(replay)).finishedAt).toEqual(room.clock.now());
  });

  it('counts what it tells although the clock went back meanwhile', async () => {
    room.clock.advance(4 * MINUTE);
    const early = await happen(2);
    room.clock.set(later(from, MINUTE));
    const late = await happen(2);
    const to = later(from, 2 * MINUTE);
    const replay = await begun(replaysOn(), { from: later(from, MINUTE), to });
    await spread(replaysOn());
    expect(replay.count).toBe(2);
    expect(await madeOf(replay)).toEqual(late);
    const other = await begun(replaysOn(), { from: later(from, 3 * MINUTE), to: later(from, 5 * MINUTE) });
    await spread(replaysOn());
    expect(await madeOf(other)).toEqual(early);
  });
});

describe('while events are counted', () => {
  it('others that are to be counted wait without a connection', async () => {
    let connections = 0;
    let most = 0;
    const watched = meeting(room.database, async (text) => {
      if (text.includes('pg_advisory_xact_lock')) most = Math.max(most, ++connections);
      if (text.startsWith('insert into webhook_replays')) connections--;
    });
    const replays = replaysOn(watched);
    await Promise.all(Array.from({ length: 20 }, () => begun(replays)));
    expect({ connections, most }).toEqual({ connections: 0, most: 1 });
  });

  it('calls are written down, and the endpoint can be switched off: then nothing is begun', async () => {
    const [event] = await happen(1);
    await room.fanOut();
    const [delivery] = await room.worker().claim(endpointId);
    const held = meeting(room.database, async (text) => {
      if (text.includes('count(*)')) await endWith('gone', delivery!);
    });
    expect(await tell(replaysOn(held))).toMatchObject({ code: 'INVALID_TRANSITION', field: 'endpointId' });
    expect(await room.deliveries(endpointId)).toMatchObject([{ eventId: event, status: 'FAILED' }]);
    expect(await room.database.rows('select from webhook_replays where endpoint_id = $1', [endpointId])).toEqual([]);
  });
});

it('calls of a replay are written down while its next page is made', async () => {
  await happen(PAGE + 100);
  const replay = await begun(replaysOn());
  await replaysOn().step();
  const claimed = await room.worker().claim(endpointId, 'replay');
  const held = meeting(room.database, async (text) => {
    if (text.startsWith('insert into webhook_deliveries'))
      await Promise.all(claimed.map((delivery) => endWith('delivered', delivery)));
  });
  await replaysOn(held).step();
  expect(await now(replay)).toEqual({ count: PAGE + 100, done: claimed.length, finishedAt: null });
});

it('an event of another project is never told', async () => {
  const other = { projectId: newId() } as Caller;
  await happen(2, { projectId: other.projectId });
  const events = await happen(2);
  const replay = await begun(replaysOn());
  await spread(replaysOn());
  expect(await madeOf(replay)).toEqual(events);
  expect(await tell(replaysOn(), {}, other)).toMatchObject({ code: 'NOT_FOUND', field: 'endpointId' });
});
