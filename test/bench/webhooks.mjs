// `--webhooks`: events at a set rate to a healthy endpoint and three ill ones. How late the healthy one hears of them, and how
// fast the ill ones catch up once they mend; at the end every endpoint must have confirmed every event, by the ids.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startGateway } from './gateway.mjs';
import { createEndpoint, enableEndpoint, openDeliveries, openEndpoints, until } from './endpoints.mjs';
import { metered } from './metered.mjs';
import { query } from './postgres.mjs';
import { startHelper } from './processes.mjs';

export const RATES = [100, 250, 500];
const SECONDS = 20;
const WARM_UP_SECONDS = 3;
const BARE_WITHIN_MS = 60_000;
const BARE_POSTS = 20_000;
/** As many as the gateway has under way to three endpoints that catch up. */
const BARE_WIDTH = 3 * 64;
const ENDPOINTS = ['healthy', 'dead', 'slow', 'flaky'];
const ILL = ENDPOINTS.slice(1);

/** Answers what each rate came to, and the bare loop beside it. `sizes.count`: events at each rate, instead of 20 s of it. */
export async function measureWebhooks(world) {
  const dir = join(world.dir, 'webhooks');
  mkdirSync(dir, { recursive: true });
  const profile = world.profile && { file: join(dir, 'gateway.cpuprofile') };
  const ends = [];
  const helper = (file) => {
    const started = startHelper(file);
    ends.push(() => started.stop());
    return started;
  };
  try {
    const own = await world.databases.create('webhooks');
    const gateway = await startGateway({ databaseUrl: own.url, dir, profile, env: world.env });
    ends.push(() => gateway.stop());
    const [receivers, tell] = [helper('receivers.mjs'), helper('tell.mjs')];
    const urls = await openEndpoints(receivers, ENDPOINTS);
    await tell.ask('connect', { databaseUrl: own.url, receiver: urls.healthy, connections: BARE_WIDTH });
    const crowd = { gateway, receivers, tell, url: own.url, world };

    // The bare loop comes first: nobody listens yet, so that what it writes concerns nobody.
    const bare = await throughBare(crowd);
    crowd.endpoints = {};
    for (const name of ENDPOINTS) crowd.endpoints[name] = await createEndpoint(gateway, urls[name]);
    await phase(crowd, { rate: world.rates[0], count: world.rates[0] * WARM_UP_SECONDS, series: 0 });
    if (profile) gateway.signal('SIGUSR2');
    const runs = [];
    for (const [place, rate] of world.rates.entries())
      runs.push({ rate, ...(await phase(crowd, { rate, count: countOf(world, rate), series: place + 1 })) });
    if (profile) {
      gateway.signal('SIGUSR2');
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
    return { runs, bare, profile };
  } finally {
    for (const end of ends.reverse()) await end().catch((error) => process.stderr.write(`${error.message}\n`));
  }
}

const countOf = (world, rate) => world.sizes.count ?? rate * SECONDS;

async function throughBare({ tell, receivers, world }) {
  const rates = [];
  for (const [place, rate] of world.rates.entries()) {
    await tell.ask('bareEvents', { series: 10 + place, count: countOf(world, rate), rate });
    rates.push(await receivers.ask('latencies', { name: 'healthy' }));
  }
  const count = Math.min(BARE_POSTS, 10 * (world.sizes.count ?? BARE_POSTS));
  const loop = await tell.ask('barePosts', { count, width: BARE_WIDTH, withinMs: BARE_WITHIN_MS });
  await receivers.ask('latencies', { name: 'healthy' });
  return { rates, perSecond: loop.done / ((loop.endedAt - loop.startedAt) / 1_000) };
}

/** So many events while three are ill; then they mend, and catch up. */
async function phase({ gateway, receivers, tell, url, world, endpoints }, { rate, count, series }) {
  const before = await lastEvent(url);
  const already = await receivers.ask('counts');
  const have = (names) => async () => {
    const now = await receivers.ask('counts');
    return names.every((name) => now[name] - already[name] >= count);
  };
  const calls = await callsIn(url);
  await receivers.ask('ill', { ill: true });
  await receivers.ask('latencies', { name: 'healthy' });
  const told = await metered(world, gateway.pid, receivers.pid, async () => {
    const loop = await tell.ask('events', { series, count, rate });
    await until(have(['healthy']), 'the healthy endpoint to have every event');
    return { ...loop, endedAt: Date.now() };
  });
  const late = await receivers.ask('latencies', { name: 'healthy' });
  told.calls = (await callsIn(url)) - calls;

  await receivers.ask('ill', { ill: false });
  const waiting = await openDeliveries(url);
  const caughtUp = await metered(world, gateway.pid, receivers.pid, async () => {
    const startedAt = Date.now();
    // Switched off and on again, what waits is tried at once; by itself it would be in minutes, its third attempt.
    for (const enabled of [false, true])
      for (const name of ILL) await enableEndpoint(gateway, endpoints[name], enabled);
    await until(have(ILL), 'the mended endpoints to have every event');
    return { startedAt, endedAt: Date.now(), calls: waiting, cpu: 0 };
  });
  await until(async () => (await openDeliveries(url)) === 0, 'no delivery to be open');
  return { count, late, told, caughtUp, twice: await compare(receivers, url, before, count) };
}

/** Every endpoint confirmed every event, by its id. Answers how many came more than once to each. */
async function compare(receivers, url, before, count) {
  const ids = await query(url, 'select id from events where id > $1', (rows) => rows.map(({ id }) => id), [before]);
  if (ids.length !== count) throw new Error(`Of ${count} events ${ids.length} are in the log.`);
  const compared = Object.entries(await receivers.ask('compare', { ids }));
  for (const [name, { missing }] of compared)
    if (missing > 0) throw new Error(`The ${name} endpoint did not hear of ${missing} of ${count} events.`);
  return Object.fromEntries(compared.map(([name, { twice }]) => [name, twice]));
}

const callsIn = (url) => query(url, 'select count(*)::int as count from webhook_attempts', ([{ count }]) => count);

const lastEvent = (url) =>
  query(url, 'select case when is_called then last_value else 0 end as id from event_ids', ([{ id }]) => id);
