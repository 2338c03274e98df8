import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { SECOND } from '../../src/common/clock.js';
import { Database } from '../../src/database/database.js';
import { EventLog } from '../../src/events/event-log.js';
import { onServer } from '../support/database.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { anEvent, projectOf, type Receiver, startReceiver, webhooksOf, writeEvents } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

let gateway: Gateway;
let receiver: Receiver;
let hooks: ReturnType<typeof webhooksOf>;
let projectId: string;

async function start(role = 'all', clock?: ManualClock): Promise<void> {
  gateway = await startGateway({ env: { ROLE: role }, ...(clock && { clock }) });
  const { ask } = handsOf(gateway.call);
  hooks = webhooksOf(ask);
  projectId = await projectOf(ask);
}
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await gateway.close();
  await receiver.close();
});

const rows = (text: string): Promise<any[]> => gateway.app.nest.get(Database).rows(text);
const write = (through: Gateway, count: number): Promise<void> =>
  writeEvents(
    through,
    Array.from({ length: count }, () => anEvent(projectId)),
  );
const eventIds = async (): Promise<string[]> =>
  (await rows('select id from events order by id')).map(({ id }) => id as string);
const settled = (): Promise<unknown> =>
  until(
    async () => {
      const open = `select from events where id > (select position from webhook_fan_out)
        union all select from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
                   where d.status = 'PENDING' and (e.enabled or e.deleted_at is not null)`;
      return (await rows(open).catch(() => [0])).length === 0;
    },
    'nothing is due any more',
    30_000,
  );
/** The hits at a path, as they came. */
const hitsAt = (path: string): string[] => receiver.hits.filter((hit) => hit.path === path).map(({ id }) => id);

describe('two gateways that both write events', () => {
  /** One that is switched and deleted while events come. */
  interface Listener {
    readonly path: string;
    readonly id: string;
    /** Spans of the log of which it must hear, and of which it must not: after the first, up to the last. */
    readonly on: [bigint, bigint][];
    readonly off: [bigint, bigint][];
  }

  const END = 1n << 62n;

  it('tell each endpoint once of exactly what happened while it was on', async () => {
    await start();
    const other = await gateway.beside();
    const end = async (): Promise<bigint> => BigInt(await gateway.app.nest.get(EventLog).end());
    const more = (count: number): Promise<unknown> =>
      Promise.all([gateway, other, gateway, other].map((through) => write(through, count)));
    const passed = (goal: bigint): Promise<unknown> =>
      until(
        async () => BigInt((await rows('select position from webhook_fan_out'))[0].position) >= goal,
        'the fan-out has passed',
        30_000,
      );
    /** What happens while a change is under way may be heard of or not. */
    const change = async (work: () => Promise<any>): Promise<{ before: bigint; after: bigint; made: any }> => {
      const before = await end();
      const made = await work();
      expect(made).not.toHaveProperty('code');
      return { before, after: await end(), made };
    };
    const live = async (number: number): Promise<Listener> => {
      const path = `/hooks/${number}`;
      const beginning = await end();
      const { after, made } = await change(() => hooks.create(receiver.url.replace('/hooks', path)));
      const { id } = made.endpoint;
      const listener: Listener = { path, id, on: [], off: [[0n, beginning]] };
      let since = after;
      for (let round = 0; round < 3; round++) {
        await more(5);
        const off = await change(() => hooks.update(id, { enabled: false }));
        listener.on.push([since, off.before]);
        await more(3);
        // Where the fan-out has not come so far, it would rather hear too much.
        await passed(off.after);
        const on = await change(() => hooks.update(id, { enabled: true }));
        listener.off.push([off.after, on.before]);
        since = on.after;
      }
      await more(5);
      if (number % 3 > 0) {
        listener.on.push([since, END]);
        return listener;
      }
      const last = await end();
      await passed(last);
      await until(
        async () => {
          const text = `select from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
          where e.url like '%${path}' and d.event_id <= ${last} and d.status = 'PENDING'`;
          return (await rows(text)).length === 0;
        },
        'it has heard of all until now',
        30_000,
      );
      listener.on.push([since, last]);
      listener.off.push([(await change(() => hooks.remove(id))).after, END]);
      return listener;
    };
    const listeners = await Promise.all([1, 2, 3, 4, 5].map(live));
    await more(3);
    await settled();

    const events = (await rows('select id from events order by id')).map(({ id }) => BigInt(id));
    const within = (spans: readonly [bigint, bigint][]): string[] =>
      events.filter((id) => spans.some(([first, last]) => id > first && id <= last)).map((id) => String(id));
    for (const { path, on, off } of listeners) {
      const heard = hitsAt(path);
      expect(new Set(heard).size).toBe(heard.length);
      expect(within(on).filter((id) => !heard.includes(id))).toEqual([]);
      expect(within(off).filter((id) => heard.includes(id))).toEqual([]);
    }
    const doubles = 'select from webhook_deliveries group by endpoint_id, event_id having count(*) > 1';
    expect(await rows(doubles)).toEqual([]);
    expect(await rows('select from webhook_deliveries where attempts <> 1')).toEqual([]);
  }, 90_000);
});

describe('where no worker runs', () => {
  it('what happened while an endpoint was on waits for a worker and for its being on again', async () => {
    await start('api');
    const { endpoint } = await hooks.create(receiver.url);
    await write(gateway, 5);
    const due = await eventIds();
    await hooks.update(endpoint.id, { enabled: false });
    await write(gateway, 5);
    const worker = await gateway.beside({ env: { ROLE: 'worker' } });
    const waiting = await until(async () => {
      const found = await hooks.deliveries({ endpointId: endpoint.id });
      return found.length > 0 && found;
    }, 'deliveries are made');
    expect(waiting).toHaveLength(5);
    await settled();
    expect(receiver.hits).toHaveLength(0);
    await hooks.update(endpoint.id, { enabled: true });
    await write(gateway, 1);
    const last = (await eventIds()).at(-1)!;
    await receiver.first(6);
    await settled();
    expect(receiver.hits.map(({ id }) => id).sort()).toEqual([...due, last].sort());
    await worker.app.close();
  });
});

describe('while the database is away', () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock();
  });
  /** Leases end by a clock of their own, which goes faster here. */
  const allDelivered = (count: number): Promise<unknown> =>
    until(
      async () => {
        clock.advance(SECOND);
        const told = `select from webhook_deliveries where status = 'DELIVERED'`;
        return (await rows(told).catch(() => [])).length === count;
      },
      'all are delivered',
      40_000,
    );
  const letIn = async (allowed: boolean): Promise<void> => {
    const { url } = inject('postgres');
    const name = new URL(gateway.databaseUrl).pathname.slice(1);
    await onServer(url, `alter database ${name} allow_connections ${String(allowed)}`);
    if (!allowed)
      await onServer(url, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
  };

  it('nothing is lost: calls whose end could not be written down are made again, under the same id', async () => {
    await start('all', clock);
    await hooks.create(receiver.url);
    const held: (() => void)[] = [];
    receiver.answer((_hit, response) => void held.push(() => response.writeHead(200).end()));
    await write(gateway, 20);
    await receiver.first(20);
    await letIn(false);
    receiver.answer(200);
    for (const release of held) release();
    await until(() => gateway.lines.some((line) => line.includes('database')), 'it has noticed');
    await letIn(true);
    await until(async () => (await fetch(`${gateway.url}/readyz`)).ok, 'it is ready again');
    await write(gateway, 20);
    const events = await eventIds();
    await allDelivered(events.length);
    expect(new Set(receiver.hits.map(({ id }) => id))).toEqual(new Set(events));
    expect(receiver.hits.length).toBeGreaterThan(events.length);
    const bodies = Map.groupBy(receiver.hits, ({ id }) => id);
    for (const hits of bodies.values()) expect(new Set(hits.map(({ body }) => body)).size).toBe(1);
  }, 90_000);

  it('for moments, again and again, each event is told, and none has two deliveries', async () => {
    await start('all', clock);
    const other = await gateway.beside();
    await hooks.create(receiver.url);
    const { url } = inject('postgres');
    const name = new URL(gateway.databaseUrl).pathname.slice(1);
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = '${name}' and backend_type = 'client backend'`;
    for (let round = 0; round < 8; round++) {
      const written = [gateway, other].map((through) => write(through, 50).catch(() => undefined));
      await until(() => (clock.advance(SECOND), receiver.hits.length > round * 20), 'some are told', 40_000);
      await onServer(url, cut);
      await Promise.all(written);
    }
    const events = await until(() => eventIds().catch(() => null), 'the database answers');
    await allDelivered(events.length);
    expect(new Set(receiver.hits.map(({ id }) => id))).toEqual(new Set(events));
    expect(await rows('select from webhook_deliveries')).toHaveLength(events.length);
  }, 120_000);
});
