import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { type Gateway } from '../support/gateway.js';
import { ManualClock } from '../support/manual-clock.js';
import { openRawSocket } from '../support/raw-socket.js';
import { until } from '../support/until.js';
import { handsOf, person, startWorld, viaDoku, viaWappin, type World } from '../support/world.js';

/** What one process calls one provider with at a time: three batches of 16. */
const OF_ONE = 48;

let world: World;
afterEach(() => world.close());

const statuses = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await world.rows('select status, count(*)::int from messages group by status')).map(({ status, count }) => [
      ...[status as string, count as number],
    ]),
  );

describe('two gateways on one database', () => {
  it('share the work, send nothing twice, and the one that is closed finishes what it has in hand', async () => {
    const timers = new ManualTimers();
    world = await startWorld({ doku: false, timers, callbackPlan: { statuses: [] } });
    world.simulator.configure({ faults: [{ kind: 'WAPPIN', behaviour: { delayMs: 10 } }] });
    const beside = await world.gateway.beside();
    const [here, there] = [handsOf(world.call), handsOf(beside.call)];
    const total = 4 * OF_ONE;
    const sends = Array.from({ length: total }, (_, number) => viaWappin(person(number)));
    await Promise.all([here.sendAll(sends.slice(0, total / 2)), there.sendAll(sends.slice(total / 2))]);

    const accepted = (): number => world.simulator.ledger.counts().accepted;
    await until(() => accepted() === 2 * OF_ONE, 'both have their hands full');
    const closed = beside.app.close();
    await until(
      async () =>
        !(await fetch(`${beside.url}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        )),
      'one is closing',
    );
    // No answer has come: it waits for those that it has in hand.
    expect(await Promise.race([closed.then(() => 'closed'), here.ask('{ __typename }').then(() => 'waiting')])).toBe(
      'waiting',
    );
    timers.advance(10);
    await closed;
    const [{ open }] = await world.rows('select count(*)::int as open from message_attempts where outcome is null');
    expect(open).toBeLessThanOrEqual(OF_ONE);
    await until(async () => {
      timers.advance(10);
      return (await statuses())['SUBMITTED'] === total;
    }, 'the other one does the rest');
    expect(world.simulator.ledger.counts()).toMatchObject({ accepted: total, doubles: 0 });
    expect(await world.rows(`select from message_attempts where outcome is distinct from 'ACCEPTED'`)).toEqual([]);
    expect(await world.counts('message_attempts')).toEqual({ message_attempts: total });
  });

  it('read the callbacks of all messages together, each once', async () => {
    world = await startWorld({ doku: false });
    const beside = await world.gateway.beside();
    const hands = [handsOf(world.call), handsOf(beside.call)];
    const total = 160;
    await Promise.all(
      Array.from({ length: total / 10 }, (_, batch) =>
        hands[batch % 2]!.sendAll(Array.from({ length: 10 }, (_unused, n) => viaWappin(person(batch * 10 + n)))),
      ),
    );
    await until(async () => (await statuses())['READ'] === total, 'all are read', 20_000);
    expect(world.simulator.ledger.counts()).toMatchObject({ accepted: total, doubles: 0 });
    const twice = await world.rows('select from events group by subject_id, type having count(*) > 1');
    expect(twice).toEqual([]);
  });

  it('keep one budget: together no more than 95 calls in any minute', async () => {
    const clock = new ManualClock();
    world = await startWorld({ clock, wappin: false });
    const beside = await world.gateway.beside();
    const sends = Array.from({ length: 200 }, (_, number) => viaDoku(person(number)));
    await Promise.all([
      handsOf(world.call).sendAll(sends.slice(0, 100)),
      handsOf(beside.call).sendAll(sends.slice(100)),
    ]);
    await world.pass(2.5 * MINUTE, 500);
    const counts = world.simulator.ledger.counts();
    expect(counts).toMatchObject({ accepted: 200, doubles: 0, refused: {} });
    expect(counts.maxPerMinute).toBeLessThanOrEqual(95);
    expect(counts.maxPerMinute).toBeGreaterThan(80);
  }, 60_000);

  it('answer one message to equal keys that come to both at once', async () => {
    world = await startWorld({ doku: false });
    const beside = await world.gateway.beside();
    const hands = [handsOf(world.call), handsOf(beside.call)];
    const input = viaWappin(person(1), { idempotencyKey: 'the-same' });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, number) => hands[number % 2]!.send(input)));
    expect(new Set(answers.map(({ id }) => id as string)).size).toBe(1);
    await world.messageIn(answers[0].id, 'READ');
    expect(world.simulator.ledger.counts()).toMatchObject({ accepted: 1 });
    expect(await world.counts('messages')).toEqual({ messages: 1 });
  });
});

describe('a process that is the api and one that is the worker', () => {
  it('work together: the one accepts and takes callbacks, the other sends and reads them, each woken by the other', async () => {
    const clock = new ManualClock();
    const timers = new ManualTimers();
    world = await startWorld({ doku: false, clock, timers, env: { ROLE: 'api' } });
    const follower = await openRawSocket(world.gateway.url, world.gateway.adminKey);
    follower.subscribe('subscription { events(types: [MESSAGE_SUBMITTED, MESSAGE_READ]) { type message { id } } }');
    await follower.read();
    const { id: first } = await world.send(viaWappin(person(1)));
    await world.pass(10 * SECOND);
    expect(await world.message(first)).toMatchObject({ status: 'QUEUED', attempts: [] });

    const worker = await world.gateway.beside({ env: { ROLE: 'worker' } });
    expect(await served(worker)).toEqual({ healthz: 200, readyz: 200, graphql: 404, callbacks: 404 });
    await played(first);
    // From here on the clock stands: nothing but a word from the other process tells one of its work.
    const { id: second } = await world.send(viaWappin(person(2)));
    await played(second);
    await until(() => follower.received.length >= 4, 'the api tells of what the worker did');
    expect(follower.received.map(({ events }) => [events.type, events.message.id])).toEqual([
      ...[
        ['MESSAGE_SUBMITTED', first],
        ['MESSAGE_READ', first],
        ['MESSAGE_SUBMITTED', second],
        ['MESSAGE_READ', second],
      ],
    ]);
    follower.cut();

    async function played(id: string): Promise<void> {
      for (const status of ['SUBMITTED', 'SENT', 'DELIVERED']) {
        await world.messageIn(id, status);
        await timers.next();
      }
      await world.messageIn(id, 'READ');
    }
  });
});

async function served({ url, adminKey }: Gateway): Promise<Record<string, number>> {
  const status = async (path: string, init?: RequestInit): Promise<number> => (await fetch(url + path, init)).status;
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  return {
    healthz: await status('/healthz'),
    readyz: await status('/readyz'),
    graphql: await status('/graphql', { method: 'POST', headers, body: '{"query":"{ __typename }"}' }),
    callbacks: await status('/callbacks/key/callback', { method: 'POST', headers, body: '{}' }),
  };
}
