import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { EventLog } from '../../src/events/event-log.js';
import { type LoggedEvent, type NewEvent } from '../../src/events/event-types.js';
import { type Call, graphql } from '../support/client.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { makeProject } from '../support/keys.js';
import { openRawSocket, type RawSocket } from '../support/raw-socket.js';
import { until } from '../support/until.js';

const FOLLOW = `subscription ($after: ID, $types: [EventType!]) {
  events(after: $after, types: $types) { id type sequence data }
}`;
const PAGE = `query ($first: Int, $after: ID, $types: [EventType!]) {
  events(first: $first, after: $after, types: $types) {
    edges { cursor node { id type sequence occurredAt recordedAt data } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

interface Tenant {
  readonly projectId: string;
  readonly key: string;
  readonly call: Call;
}

let gateway: Gateway;
let beside: Gateway;
let one: Tenant;
let other: Tenant;
/** Two processes, each with its own connections and its own follower. */
let database: Database;
let elsewhere: Database;
let log: EventLog;
let logElsewhere: EventLog;
const sockets: RawSocket[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  beside = await gateway.beside();
  database = gateway.app.nest.get(Database);
  elsewhere = beside.app.nest.get(Database);
  log = gateway.app.nest.get(EventLog);
  logElsewhere = beside.app.nest.get(EventLog);
  one = await tenant();
  other = await tenant();
});
afterAll(async () => {
  for (const { socket } of sockets) socket.terminate();
  await gateway.close();
});

async function tenant(): Promise<Tenant> {
  const { projectId, key } = await makeProject(gateway.call, ['READ']);
  const [, hex] = projectId.split('_') as [string, string];
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return { projectId: uuid, key: key.secret, call: graphql(gateway.url, key.secret) };
}

let named = 0;
const event = (of: Tenant, change: Partial<NewEvent> = {}): NewEvent => ({
  projectId: of.projectId,
  type: 'ACCOUNT_HEALTH_CHANGED',
  subjectKind: 'account',
  subjectId: newId(),
  sequence: 1,
  occurredAt: new Date('2026-03-01T09:00:00Z'),
  recordedAt: new Date('2026-03-01T09:00:01Z'),
  data: { name: `event ${++named}` },
  ...change,
});

async function write(events: readonly NewEvent[]): Promise<void> {
  await database.transaction((sql) => log.append(sql, events));
  log.announce();
}

async function follow(of: Tenant, variables: Record<string, unknown> = {}, at = gateway): Promise<RawSocket> {
  const socket = await openRawSocket(at.url, of.key);
  sockets.push(socket);
  socket.subscribe(FOLLOW, variables);
  await socket.read();
  return socket;
}

const idsOf = (received: readonly { events: { id: string } }[]): string[] => received.map(({ events }) => events.id);
const namesOf = (received: readonly { events: { data: { name: string } } }[]): string[] =>
  received.map(({ events }) => events.data.name);
const stored = (of: Tenant, after = '0'): Promise<LoggedEvent[]> => log.after(of.projectId, after, null, 100_000);

describe('two transactions that append at the same time', () => {
  it('let no follower of either project skip an event, whichever of them is slow to commit', async () => {
    const before = await log.end();
    const followers = await Promise.all(
      [gateway, beside].flatMap((at) => [follow(one, { after: before }, at), follow(other, { after: before }, at)]),
    );
    const [ofOne, ofOther] = [event(one), event(other)];
    const appended = Promise.withResolvers<void>();
    const letGo = Promise.withResolvers<void>();
    const slow = database.transaction(async (sql) => {
      await log.append(sql, [ofOne]);
      appended.resolve();
      await letGo.promise;
    });
    await appended.promise;
    const quick = elsewhere.transaction((sql) => logElsewhere.append(sql, [ofOther]));
    const told = quick.then(() => logElsewhere.announce());
    // Either it waits its turn, or it is through: then its followers have read past the slow one.
    await until(
      async () =>
        (await waitingForTheLog()) > 0 || followers.filter(({ received }) => received.length > 0).length === 2,
      'the second transaction',
    );
    letGo.resolve();
    await slow;
    log.announce();
    await told;
    await until(() => followers.every(({ received }) => received.length > 0), 'every follower hears of its event');
    expect(followers.map(({ received }) => namesOf(received))).toEqual(
      [ofOne, ofOther, ofOne, ofOther].map(({ data }) => [data['name']]),
    );
    const [first, second] = [await stored(one, before), await stored(other, before)].map(([row]) => BigInt(row!.id));
    expect(first! < second!).toBe(true);
  });

  it('get ids in the order in which they commit: who has seen one never finds a lower one later', async () => {
    const before = await log.end();
    let writing = true;
    const seen: bigint[] = [];
    const reader = (async () => {
      for (let last = before, more = true; more;) {
        more = writing;
        const page = await elsewhere.rows<{ id: string }>('select id from events where id > $1 order by id', [last]);
        seen.push(...page.map(({ id }) => BigInt(id)));
        last = page.at(-1)?.id ?? last;
      }
    })();
    const follower = await follow(one, { after: before });
    const writer = async (number: number): Promise<void> => {
      const [own, ownLog] = number % 2 ? [database, log] : [elsewhere, logElsewhere];
      for (let turn = 0; turn < 25; turn++) {
        await own.transaction(async (sql) => {
          for (let wait = (number * 7 + turn) % 5; wait > 0; wait--) await nextTurn();
          await ownLog.append(sql, [event(turn % 3 ? one : other), event(turn % 2 ? one : other)]);
          for (let wait = (number + turn * 3) % 7; wait > 0; wait--) await nextTurn();
        });
        ownLog.announce();
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)));
    writing = false;
    await reader;
    const all = await elsewhere.rows<{ id: string }>('select id from events where id > $1 order by id', [before]);
    expect(seen).toEqual(all.map(({ id }) => BigInt(id)));
    expect(all).toHaveLength(8 * 25 * 2);
    const mine = (await stored(one, before)).map(({ id }) => id);
    await until(() => follower.received.length >= mine.length, 'the follower hears of all');
    expect(idsOf(follower.received)).toEqual(mine);
  });

  it('are held up for 5 s at most by one whose process hangs after it has appended', async () => {
    const letGo = Promise.withResolvers<void>();
    const appended = Promise.withResolvers<void>();
    const hanging = elsewhere.transaction(async (sql) => {
      await logElsewhere.append(sql, [event(one)]);
      appended.resolve();
      await letGo.promise;
    });
    const ending = expect(hanging).rejects.toThrow();
    await appended.promise;
    const before = await log.end();
    const waited = event(other);
    await write([waited]);
    expect((await stored(other, before)).map(({ data }) => data)).toMatchObject([waited.data]);
    letGo.resolve();
    await ending;
    expect(await stored(one, before)).toEqual([]);
  }, 20_000);
});

describe('a follower', () => {
  it('first hears all since its event and then what comes, without a gap or a repeat, also where its reader is slow', async () => {
    const before = await log.end();
    // 8 MB: more than the network between the two takes before somebody reads.
    const batch = (): NewEvent[] =>
      Array.from({ length: 500 }, () => event(one, { data: { name: `event ${++named}`, filling: 'x'.repeat(2_000) } }));
    const slow = await follow(one, { after: before });
    const quick = await follow(one, { after: before });
    slow.socket.pause();
    for (let round = 0; round < 8; round++) await write(batch());
    const all = (await stored(one, before)).map(({ id }) => id);
    await until(() => quick.received.length === all.length, 'the quick one has all, while the slow one reads nothing');
    expect(slow.received.length).toBeLessThan(all.length);
    slow.socket.resume();
    await until(() => slow.received.length >= 1_000, 'the slow one reads');
    await write(batch());
    const more = (await stored(one, before)).map(({ id }) => id);
    await until(() => slow.received.length >= more.length && quick.received.length >= more.length, 'both have all');
    expect(idsOf(slow.received)).toEqual(more);
    expect(idsOf(quick.received)).toEqual(more);
  });

  it('hears only of the types that it asked for, and nothing of another project', async () => {
    const before = await log.end();
    const types = ['OPT_OUT_ADDED', 'TEMPLATE_STATUS_CHANGED'];
    const [picky, resumed] = [await follow(one, { types }), await follow(one, { types, after: before })];
    const everything = await follow(one);
    const added = event(one, { type: 'OPT_OUT_ADDED', subjectKind: 'optOut' });
    const changed = event(one, { type: 'TEMPLATE_STATUS_CHANGED', subjectKind: 'template' });
    const last = event(one, { type: 'OPT_OUT_ADDED', subjectKind: 'optOut' });
    const rest = event(one);
    await write([event(other), added, rest, event(other, { type: 'OPT_OUT_ADDED' }), changed, event(other), last]);
    await until(() => [picky, resumed].every(({ received }) => received.length >= 3), 'both hear');
    await until(() => everything.received.length >= 4, 'the third one hears');
    const names = (events: NewEvent[]): unknown[] => events.map(({ data }) => data['name']);
    expect(namesOf(picky.received)).toEqual(names([added, changed, last]));
    expect(namesOf(resumed.received)).toEqual(names([added, changed, last]));
    expect(namesOf(everything.received)).toEqual(names([added, rest, changed, last]));
  });

  it('without an event to start from is live from the moment its frame was read, in every process', async () => {
    for (let turn = 0; turn < 20; turn++) {
      const at = turn % 2 ? gateway : beside;
      const socket = await openRawSocket(at.url, one.key);
      sockets.push(socket);
      socket.subscribe(FOLLOW);
      await socket.read();
      const mine = event(one);
      await write([mine]);
      await until(() => socket.received.length > 0, 'the event that came right after the frame');
      expect(namesOf(socket.received).at(-1)).toBe(mine.data['name']);
    }
  });

  it('is refused where what it starts from is no event’s id', async () => {
    const socket = await follow(one, { after: 'the beginning' });
    await until(() => socket.received.length > 0);
    expect(socket.received[0].refused[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'after' });
  });
});

describe('the query', () => {
  let reader: Tenant;
  const written: NewEvent[] = [];
  beforeAll(async () => {
    reader = await tenant();
  });

  it('finds an empty log without an end', async () => {
    const { data } = await reader.call(
      '{ lastEventId events { edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
    );
    expect(data).toEqual({
      lastEventId: null,
      events: {
        edges: [],
        pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      },
    });
  });

  it('reads the log page by page, oldest first, each event once, as it was written', async () => {
    for (let number = 0; number < 23; number++) {
      const type = number % 4 ? 'ACCOUNT_HEALTH_CHANGED' : 'OPT_OUT_REMOVED';
      written.push(event(reader, { type, sequence: number + 1 }));
      await write([written.at(-1)!, event(other)]);
    }
    const found: { id: string }[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { data } = await reader.call(PAGE, { first: 5, after });
      const { edges, pageInfo } = data.events;
      expect(pageInfo).toMatchObject({ hasPreviousPage: after !== null, startCursor: edges[0].cursor });
      expect(edges.map(({ cursor }: { cursor: string }) => cursor)).toEqual(
        edges.map(({ node }: { node: { id: string } }) => node.id),
      );
      found.push(...edges.map(({ node }: { node: { id: string } }) => node));
      ({ endCursor: after, hasNextPage: more } = pageInfo);
    }
    expect(found).toEqual(
      written.map(({ type, sequence, data }) => ({
        id: expect.stringMatching(/^\d+$/) as string,
        ...{ type, sequence, occurredAt: '2026-03-01T09:00:00.000Z', recordedAt: '2026-03-01T09:00:01.000Z' },
        data: { sequence, ...data },
      })),
    );
    expect((await reader.call('{ lastEventId }')).data.lastEventId).toBe(found.at(-1)!.id);
  });

  it('reads those of the wanted types only', async () => {
    const { data } = await reader.call(PAGE, { first: 200, types: ['OPT_OUT_REMOVED'] });
    expect(data.events.edges.map(({ node }: { node: { sequence: number } }) => node.sequence)).toEqual([
      1, 5, 9, 13, 17, 21,
    ]);
  });

  it.each([
    [{ first: 0 }, 'first'],
    [{ first: 201 }, 'first'],
    [{ after: 'evt_1' }, 'after'],
    [{ after: '-1' }, 'after'],
  ])('refuses %o and names the argument', async (variables, field) => {
    const { errors } = await reader.call(PAGE, variables);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });
});

async function waitingForTheLog(): Promise<number> {
  const rows = await database.rows(
    `select from pg_locks where not granted and locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows.length;
}
