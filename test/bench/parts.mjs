// The parts of the benchmark. Each has databases of its own, warms up, and measures the gateway and the bare loop in turns.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CALLBACK_TOKEN, prepare, startGateway, startSimulator, TEMPLATE, TEMPLATE_NAME, WAPPIN } from './gateway.mjs';
import { freePort, startHelper } from './processes.mjs';
import { createEndpoint, openDeliveries, openEndpoints, until } from './endpoints.mjs';
import { metered } from './metered.mjs';
import { query } from './postgres.mjs';

const LOAD_WITHIN_MS = 60_000;
const SETTLE_WITHIN_MS = 120_000;
/** The bare loop calls the simulator as itself, so that its callbacks go to itself. */
const BARE_WAPPIN = { clientId: '0010', projectId: '53', secretKey: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567' };

/**
 * `batch`: messages in a request, and in a transaction of the bare loop. `width`: requests in flight. `running`: the pipeline
 * sends what was accepted meanwhile; otherwise the account is held and what was accepted queues.
 */
export const PARTS = {
  'accept-batch': { count: 20_000, warmUp: 4_000, batch: 100, width: 8, running: false },
  'accept-batch-running': { count: 10_000, warmUp: 2_000, batch: 100, width: 8, running: true },
  'accept-single': { count: 8_000, warmUp: 2_000, batch: 1, width: 64, running: false },
  'accept-single-running': { count: 6_000, warmUp: 1_500, batch: 1, width: 64, running: true },
  deliver: { count: 6_000, warmUp: 1_500, batch: 100, width: 8, running: true, delivers: true },
};

/** Measures one part; answers its figures. `world`: databases, server, folder, profile, and the sizes wanted. */
export async function measure(name, world) {
  const part = { ...PARTS[name], ...world.sizes };
  const dir = join(world.dir, name);
  mkdirSync(dir, { recursive: true });
  const profile = world.profile && { file: join(dir, 'gateway.cpuprofile') };
  const ends = [];
  try {
    const [own, bares] = [await world.databases.create(name), await world.databases.create(`${name}-bare`)];
    const bare = startHelper('bare.mjs');
    ends.push(() => bare.stop());
    await bare.ask('migrate', { databaseUrl: bares.url });
    await bare.ask('connect', { databaseUrl: bares.url, connections: part.delivers ? 20 : part.width });
    const simulator = part.running ? await startSimulator(dir) : undefined;
    if (simulator) ends.push(() => simulator.stop());
    const gateway = await startGateway({ databaseUrl: own.url, dir, profile, env: world.env });
    ends.push(() => gateway.stop());
    const { accountId, callbackUrl } = await prepare(gateway, simulator?.url ?? 'http://127.0.0.1:9', {
      held: !part.running,
    });
    await simulator?.control('/callbacks', {
      kind: 'WAPPIN',
      clientId: WAPPIN.clientId,
      url: callbackUrl,
      token: CALLBACK_TOKEN,
    });
    const load = startHelper('load.mjs');
    ends.push(() => load.stop());
    await load.ask('connect', {
      url: gateway.url,
      key: gateway.key,
      accountId,
      template: TEMPLATE_NAME,
      connections: part.width,
    });
    if (part.delivers) await openBareUpstream(bare, simulator);
    if (world.endpoint) ends.push(await hear(gateway));

    const parties = {
      gateway: {
        pid: gateway.pid,
        url: own.url,
        run: (series, count) => throughGateway(part, load, own.url, series, count),
      },
      bare: {
        pid: bare.pid,
        url: bares.url,
        run: (series, count) => throughBare(part, bare, bares.url, series, count),
      },
    };
    const runs = { gateway: [], bare: [] };
    const run = async (who, series) => {
      const count = series === 0 ? part.warmUp : part.count;
      const measured = await metered(world, parties[who].pid, simulator?.pid, () => parties[who].run(series, count));
      if (world.endpoint && who === 'gateway') await heard(own.url);
      if (series > 0) runs[who].push(measured);
    };
    // A pipeline that is still at work would be in the bare loop's way: where one runs, the bare loop comes first. So it does
    // for a profile, which is of the gateway at work only.
    const alone = profile || (part.running && !part.delivers);
    if (alone) for (let series = 0; series <= world.repeats; series++) await run('bare', series);
    for (let series = 0; series <= world.repeats; series++) {
      if (profile && series === 1) gateway.signal('SIGUSR2');
      await run('gateway', series);
      if (!alone) await run('bare', series);
    }
    if (profile) {
      gateway.signal('SIGUSR2');
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
    const kept = await check(part, own.url, world.repeats);
    const sent = simulator && (await simulator.control('/ledger?limit=0&clientId=0009'));
    return { name, part, runs, kept, doubles: sent?.counts.doubles, profile, dir };
  } finally {
    for (const end of ends.reverse()) await end().catch((error) => process.stderr.write(`${error.message}\n`));
  }
}

async function openBareUpstream(bare, simulator) {
  const callbackPort = await freePort();
  await simulator.control('/accounts', { kind: 'WAPPIN', ...BARE_WAPPIN });
  await simulator.control('/callbacks', {
    kind: 'WAPPIN',
    clientId: BARE_WAPPIN.clientId,
    url: `http://127.0.0.1:${callbackPort}/callback`,
    token: CALLBACK_TOKEN,
  });
  await bare.ask('openUpstream', { url: simulator.url, wappin: BARE_WAPPIN, callbackPort });
}

/** A healthy endpoint that hears of everything. Answers what ends it. */
async function hear(gateway) {
  const receivers = startHelper('receivers.mjs');
  const { healthy } = await openEndpoints(receivers, ['healthy']);
  await createEndpoint(gateway, healthy);
  return () => receivers.stop();
}

/** What is still told is in nobody else's way. */
const heard = (url) => until(async () => (await openDeliveries(url)) === 0, 'the endpoint to have heard of everything');

async function throughGateway(part, load, databaseUrl, series, count) {
  const { batch, width } = part;
  const before = part.delivers ? await lastEvent(databaseUrl) : 0;
  const sent = await load.ask('send', { series, count, batch, width, withinMs: LOAD_WITHIN_MS });
  return part.delivers ? { ...sent, ...(await delivered(databaseUrl, sent, before)) } : sent;
}

async function throughBare(part, bare, databaseUrl, series, count) {
  const { batch, width } = part;
  if (!part.delivers) return bare.ask('insert', { series, count, batch, width, withinMs: LOAD_WITHIN_MS });
  const before = await lastEvent(databaseUrl);
  const settings = { series, count, batch, width, calls: 64, withinMs: LOAD_WITHIN_MS };
  const sent = await bare.ask('deliver', { ...settings, wappin: BARE_WAPPIN, template: TEMPLATE });
  return { ...sent, ...(await delivered(databaseUrl, sent, before)) };
}

const EVENTS_OF_A_MESSAGE = 5;
/** So long the log may rest before it is asked whether anything is left: what came early leaves out an event. */
const REST_MS = 500;
/** Longer than the simulator waits before it posts a callback again that was not taken. */
const STILL_FOR_MS = 35_000;
const LOOK_EVERY_MS = 50;

/** The last id that the log drew: costs nothing to ask, unlike a count. */
const lastEvent = (url) =>
  query(url, 'select case when is_called then last_value else 0 end as id from event_ids', ([{ id }]) => Number(id));

const unread = (url) =>
  query(url, "select count(*)::int as count from messages where status <> 'READ'", ([{ count }]) => count);

/** Waits until every message is READ, then reads when each had come as far as SUBMITTED, DELIVERED and READ, or farther. */
async function delivered(url, { startedAt, accepted }, before) {
  const until = Date.now() + SETTLE_WITHIN_MS;
  let last = before;
  let moved = Date.now();
  let rested = moved;
  while (last < before + accepted * EVENTS_OF_A_MESSAGE && Date.now() < until && Date.now() - moved < STILL_FOR_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const id = await lastEvent(url);
    if (id > last) moved = rested = Date.now();
    last = id;
    if (Date.now() - rested < REST_MS) continue;
    if ((await unread(url)) === 0) break;
    rested = Date.now();
  }
  const [row] = await query(
    url,
    `select count(read)::int as read, max(submitted) as "submittedAt", max(delivered) as "deliveredAt", max(read) as "readAt" from (
       select min(recorded_at) filter (where type in ('MESSAGE_SUBMITTED', 'MESSAGE_SENT', 'MESSAGE_DELIVERED', 'MESSAGE_READ')) as submitted,
              min(recorded_at) filter (where type in ('MESSAGE_DELIVERED', 'MESSAGE_READ')) as delivered,
              min(recorded_at) filter (where type = 'MESSAGE_READ') as read
         from events where recorded_at >= $1 group by subject_id) each`,
    undefined,
    [new Date(startedAt - 1)],
  );
  if (row.read !== accepted) {
    const stand = await query(
      url,
      'select status, count(*)::int as count from messages group by status order by status',
    );
    const told = stand.map(({ status, count }) => `${count} ${status}`).join(', ');
    throw new Error(`Of ${accepted} accepted messages ${row.read} were read; of all messages of the part are ${told}.`);
  }
  const rate = (at) => accepted / ((at - startedAt) / 1_000);
  return { submittedRate: rate(row.submittedAt), deliveredRate: rate(row.deliveredAt), readRate: rate(row.readAt) };
}

/** Everything that was answered with "accepted" is in the database, with its event. */
async function check(part, url, repeats) {
  const expected = part.warmUp + repeats * part.count;
  const [row] = await query(
    url,
    `select (select count(*)::int from messages) as messages,
            (select count(*)::int from events where type = 'MESSAGE_QUEUED') as events,
            (select round(avg(pg_column_size(m.*))) from (select * from messages limit 1000) m) as bytes`,
  );
  if (row.messages !== expected || row.events !== expected)
    throw new Error(
      `${expected} messages were accepted; the database holds ${row.messages} and ${row.events} events of them.`,
    );
  return row;
}
