import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryRoom, meeting } from '../../test/support/delivery-room.js';
import { until } from '../../test/support/until.js';
import { newId } from '../common/ids.js';
import { UnknownCommit } from '../database/database.js';

let room: DeliveryRoom;
beforeEach(async () => {
  room = await DeliveryRoom.open();
});
afterEach(() => room.close());

const things = (count: number): string[] => Array.from({ length: count }, () => newId());

describe('a fan-out that dies', () => {
  /** The statements of one pass and its commit, in their order. */
  const steps = async (): Promise<string[]> => {
    const seen: string[] = [];
    await room.happen(...things(3));
    await room.worker(meeting(room.database, async (text) => void seen.push(text))).fanOut.step();
    return seen;
  };

  it('before any of its statements, or its commit, leaves each event one delivery for each endpoint', async () => {
    const endpoints = [await room.create(), await room.create()];
    const count = (await steps()).length;
    expect(count).toBeGreaterThan(4);
    for (let point = 0; point < count; point++) {
      const before = await room.deliveries();
      const position = await room.position();
      await room.happen(...things(3));
      let met = 0;
      const dying = room.worker(
        meeting(room.database, async () => {
          if (met++ === point) throw new Error('killed');
        }),
      );
      await expect(dying.fanOut.step()).rejects.toThrow('killed');
      expect(await room.deliveries()).toEqual(before);
      expect(await room.position()).toBe(position);
      await room.fanOut();
    }
    const events = (await room.log.afterInAll('0', 1_000)).map(({ id }) => id);
    for (const endpoint of endpoints) expect(await room.told(endpoint)).toEqual(events);
    expect(await room.position()).toBe(events.at(-1));
  });

  it('and never hears whether its commit came through, makes none twice', async () => {
    const endpoint = await room.create();
    const events = await room.happen(...things(3));
    const deaf = Object.assign(Object.create(room.database) as typeof room.database, {
      transaction: async (work: never) => {
        await room.database.transaction(work);
        throw new UnknownCommit(new Error('cut'));
      },
    });
    const worker = room.worker(deaf);
    await expect(worker.fanOut.step()).rejects.toThrow(UnknownCommit);
    await room.fanOut();
    expect(await room.told(endpoint)).toEqual(events);
    expect(await room.position()).toBe(events.at(-1));
  });
});

describe('two fan-outs at once', () => {
  it('make each delivery once, while events are written by both', async () => {
    const endpoints = [await room.create(), await room.create()];
    const [one, other] = [room.worker(), room.worker(await room.connect())];
    const rounds = async (worker: typeof one): Promise<void> => {
      for (let round = 0; round < 40; round++) {
        await Promise.all([room.happen(...things(7)), room.fanOut(worker), room.happen(...things(5))]);
      }
    };
    await Promise.all([rounds(one), rounds(other)]);
    await room.fanOut();
    const events = (await room.log.afterInAll('0', 1_000)).map(({ id }) => id);
    expect(events).toHaveLength(960);
    for (const endpoint of endpoints) expect(await room.told(endpoint)).toEqual(events);
  });

  it('skip nothing of a transaction that began before another and ends after it', async () => {
    const endpoint = await room.create();
    const gate = Promise.withResolvers<void>();
    const appended = Promise.withResolvers<void>();
    const slow = room.database.transaction(async (sql) => {
      await room.write([{}], sql);
      appended.resolve();
      await gate.promise;
    });
    await appended.promise;
    let isDone = false;
    const quick = (await room.connect()).transaction((sql) => room.write([{}], sql)).then(() => (isDone = true));
    await until(async () => isDone || (await room.isBlocked()), 'the second waits, or has overtaken the first');
    await room.fanOut();
    gate.resolve();
    await Promise.all([slow, quick]);
    await room.fanOut();
    const events = (await room.log.afterInAll('0', 1_000)).map(({ id }) => id);
    expect(events).toHaveLength(2);
    expect(await room.told(endpoint)).toEqual(events);
  });
});

describe('an endpoint hears', () => {
  it('of what comes after it was made, and of its types alone', async () => {
    await room.write([{ type: 'MESSAGE_SENT' }]);
    const all = await room.create();
    const some = await room.create(['MESSAGE_SENT', 'PAYMENT_PAID']);
    const [sent, read] = await room.write([{ type: 'MESSAGE_SENT' }, { type: 'MESSAGE_READ' }]);
    await room.write([{ type: 'WEBHOOK_TEST', subjectKind: 'endpoint', subjectId: all }]);
    await room.write([{ projectId: newId() }]);
    await room.fanOut();
    expect(await room.told(all)).toEqual([sent, read]);
    expect(await room.told(some)).toEqual([sent]);
  });

  it('of all pages of a long log', async () => {
    const endpoint = await room.create();
    const events = await room.happen(...things(1_203));
    await room.fanOut();
    expect(await room.told(endpoint)).toEqual(events);
  });

  it('of what happened while it was on, also where nobody fanned out until it was off', async () => {
    const endpoint = await room.create();
    const on = await room.happen(...things(3));
    await room.switch(endpoint, false);
    await room.happen(...things(3));
    await room.fanOut();
    expect(await room.told(endpoint)).toEqual(on);
    await room.switch(endpoint, true);
    const again = await room.happen(...things(2));
    await room.fanOut();
    expect(await room.told(endpoint)).toEqual([...on, ...again]);
  });

  it('rather too much than too little, where it was off and on again before anybody fanned out', async () => {
    const endpoint = await room.create();
    const events = await room.happen(...things(2));
    await room.switch(endpoint, false);
    events.push(...(await room.happen(...things(2))));
    await room.switch(endpoint, true);
    events.push(...(await room.happen(...things(2))));
    await room.fanOut();
    expect(await room.told(endpoint)).toEqual(events);
  });

  it('of nothing that others heard of while it was off, however often', async () => {
    const [always, sometimes] = [await room.create(), await room.create()];
    const heard: string[] = [];
    const all: string[] = [];
    for (let round = 0; round < 4; round++) {
      const events = await room.happen(...things(2));
      all.push(...events);
      if (round % 2 === 0) heard.push(...events);
      await room.fanOut();
      await room.switch(sometimes, round % 2 === 1);
    }
    expect(await room.told(sometimes)).toEqual(heard);
    expect(await room.told(always)).toEqual(all);
  });

  it('at once of what comes, where nobody listened at the very moment at which it was made', async () => {
    let endpoint = '';
    const { fanOut } = room.worker(
      meeting(room.database, async (text) => {
        if (text !== 'commit' || endpoint) return;
        endpoint = await room.create();
        fanOut.listenersChanged();
      }),
    );
    await fanOut.step();
    const events = await room.happen(...things(1));
    await fanOut.step();
    expect(await room.told(endpoint)).toEqual(events);
  });
});

it('an endpoint that is deleted while its deliveries are made has none that waits', async () => {
  const endpoint = await room.create();
  await room.happen(...things(3));
  let removed: Promise<unknown> = Promise.resolve();
  let isDone = false;
  const { fanOut } = room.worker(
    meeting(room.database, async (text) => {
      if (!text.includes('insert into webhook_deliveries')) return;
      removed = room.endpoints.remove(room.caller, endpoint).then(() => (isDone = true));
      await until(async () => isDone || (await room.isBlocked()), 'it is deleted, or waits');
    }),
  );
  await fanOut.step();
  await removed;
  expect((await room.deliveries(endpoint)).map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'FAILED']);
});
