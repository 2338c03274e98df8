import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventLog } from '../../src/events/event-log.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { openRawSocket } from '../support/raw-socket.js';
import { until } from '../support/until.js';
import { addTemplate, connectWappin, handsOf, person, startWorld, viaWappin, type World } from '../support/world.js';

const SENDERS = 6;
const BATCHES = 8;
const IN_BATCH = 8;
const MESSAGES = SENDERS * BATCHES * IN_BATCH;
/** A callback that comes before the send's answer may let one in between be skipped, never the first or the last. */
const FORWARD = ['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'].map((status) => `MESSAGE_${status}`);
const CUT_AFTER = 170;

const FOLLOW = 'subscription ($after: ID) { events(after: $after) { id type sequence message { id } } }';

interface Seen {
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  readonly message: { readonly id: string } | null;
}

let world: World;
beforeAll(async () => {
  world = await startWorld({ doku: false });
});
afterAll(() => world.close());

it('a client whose line is cut again and again, and that goes on from the last event it saw, misses none and sees none twice', async () => {
  const { gateway } = world;
  const beside = await gateway.beside();
  const { key } = await makeProject(gateway.call, ['SEND', 'MANAGE', 'ADMIN']);
  const neighbour = graphql(gateway.url, key.secret);
  const credentials = { clientId: '0010', projectId: '53', secretKey: 'the-secret-of-the-neighbour' };
  world.simulator.configure({ accounts: [{ kind: 'WAPPIN', ...credentials }] });
  const account = await connectWappin(neighbour, world.simulator.url, { credentials });
  await addTemplate(neighbour, { name: 'reminder', externalId: 'templ_uat_2', account });

  const start = (await world.ask('{ lastEventId }')).lastEventId as string;
  const clients = [gateway.url, beside.url, gateway.url].map((url, number) => ({
    ...{ url, cuts: 0, seen: [] as Seen[], last: start, cutAfter: CUT_AFTER + number * 37 },
  }));
  let end: string | null = null;
  const following = clients.map(async (client) => {
    while (client.last !== end) {
      const socket = await openRawSocket(client.url, gateway.adminKey);
      socket.subscribe(FOLLOW, { after: client.last });
      const done = (): boolean => end !== null && (socket.received.at(-1)?.events.id ?? client.last) === end;
      await until(() => socket.received.length >= client.cutAfter || done(), 'events', 60_000);
      socket.cut();
      client.seen.push(...socket.received.map(({ events }) => events as Seen));
      client.last = client.seen.at(-1)!.id;
      client.cuts++;
    }
  });

  const others = handsOf(neighbour);
  const sending = Array.from({ length: SENDERS }, async (_, sender) => {
    for (let batch = 0; batch < BATCHES; batch++) {
      const first = (sender * BATCHES + batch) * IN_BATCH;
      const inputs = Array.from({ length: IN_BATCH }, (_unused, index) => viaWappin(person(first + index)));
      await world.sendAll(inputs);
      await others.send(viaWappin(person(500_000 + first)));
    }
  });
  await Promise.all(sending);
  const log = gateway.app.nest.get(EventLog);
  const [project] = await world.rows('select project_id as id from provider_accounts order by created_at limit 1');
  const stored = async (): Promise<Seen[]> => (await log.after(project.id, start, null, 100_000)) as unknown as Seen[];
  await until(
    async () =>
      (await world.rows(`select from messages where project_id = $1 and status <> 'READ'`, [project.id])).length === 0,
    'all are read',
    60_000,
  );
  end = (await world.ask('{ lastEventId }')).lastEventId as string;
  await Promise.all(following);

  const ids = (await stored()).map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(MESSAGES * 2);
  for (const { seen, cuts } of clients) {
    expect(seen.map(({ id }) => id)).toEqual(ids);
    expect(cuts).toBeGreaterThan(5);
    const ofMessages = Map.groupBy(
      seen.filter(({ message }) => message !== null),
      ({ message }) => message!.id,
    );
    expect(ofMessages.size).toBe(MESSAGES);
    for (const events of ofMessages.values()) {
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
      const types = events.map(({ type }) => type);
      expect(types).toEqual(FORWARD.filter((type) => types.includes(type)));
      expect([types[0], types.at(-1)]).toEqual(['MESSAGE_QUEUED', 'MESSAGE_READ']);
    }
  }
}, 120_000);
