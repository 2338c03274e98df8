// `npm run bench`: see docs/benchmark.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure, PARTS } from './parts.mjs';
import { Databases, durabilityOf, findServer } from './postgres.mjs';
import { killAll } from './processes.mjs';
import { readProfile } from './profile.mjs';
import { figuresOf, surroundings, table, webhookFiguresOf, webhookTable } from './report.mjs';
import { measureWebhooks, RATES } from './webhooks.mjs';

const USAGE = `npm run bench -- [options]

  --only a,b      of ${Object.keys(PARTS).join(', ')}
  --n N           messages in each repeat, instead of the part's own number
  --batch N       messages in a request, instead of the part's own number
  --width N       requests in flight, instead of the part's own number
  --repeats N     3; the median is shown
  --quick         small numbers, one repeat: shows that it runs, and measures nothing
  --endpoint      a healthy webhook endpoint hears of everything meanwhile
  --webhooks      instead of the parts: events at a set rate to a healthy endpoint and three ill ones
  --rates a,b     events a second with --webhooks; ${RATES.join(',')}
  --profile       prints where the gateway's CPU time went
  --env A=b,C=d   settings of the gateway
  --keep          leaves the logs and profiles in the temporary folder
`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    n: { type: 'string' },
    batch: { type: 'string' },
    width: { type: 'string' },
    repeats: { type: 'string' },
    quick: { type: 'boolean' },
    endpoint: { type: 'boolean' },
    webhooks: { type: 'boolean' },
    rates: { type: 'string' },
    profile: { type: 'boolean' },
    env: { type: 'string' },
    keep: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

const OLDEST_NODE = 24;

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  fail(`The benchmark needs Node ${OLDEST_NODE} or later; start it with npm run bench: npm ci brought the right one.`);
}
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const number = (name, most) => {
  if (options[name] === undefined) return undefined;
  const value = Number(options[name]);
  if (!Number.isInteger(value) || value < 1 || value > most) fail(`--${name} is a number from 1 to ${most}.`);
  return value;
};
const names = options.only?.split(',') ?? Object.keys(PARTS);
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) fail(`There is no part ${unknown.join(', ')}.\n\n${USAGE}`);
const [n, batch, width] = [number('n', 200_000), number('batch', 1_000), number('width', 512)];
const sizes = {
  ...(options.quick && { count: 200, warmUp: 100 }),
  ...(n && { count: n, warmUp: Math.ceil(n / 4) }),
  ...(batch && { batch }),
  ...(width && { width }),
};
const rates = options.rates?.split(',').map(Number) ?? (options.quick ? [100] : RATES);
if (rates.some((rate) => !Number.isInteger(rate) || rate < 1 || rate > 5_000))
  fail('--rates are numbers from 1 to 5000, with commas between them.');
const env = Object.fromEntries((options.env?.split(',') ?? []).map((one) => one.split(/=(.*)/s).slice(0, 2)));

const server = await findServer().catch((error) => fail(error.message));
const databases = new Databases(server.url);
const dir = mkdtempSync(join(tmpdir(), 'kurir-bench-'));

let ended;
/** Nothing that was started or made outlives the run, however it ends. */
const end = () =>
  (ended ??= (async () => {
    killAll();
    await databases.dropAll();
    if (!options.keep) rmSync(dir, { recursive: true, force: true });
  })());
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.once(signal, () => void end().finally(() => process.exit(code)));
}

const durability = await durabilityOf(server.url);
process.stdout.write(`${surroundings(durability).join('\n')}\n\n`);
const world = {
  databases,
  server,
  dir,
  sizes,
  env,
  rates,
  profile: options.profile,
  endpoint: options.endpoint,
  repeats: options.quick ? 1 : (number('repeats', 20) ?? 3),
};

/** Tells of a failure, unless it is one of the run's being ended. */
const attempt = async (name, work) => {
  process.stderr.write(`${name} …\n`);
  try {
    const { figures, profile } = await work();
    if (profile) process.stdout.write(`${name}\n${readProfile(profile.file).join('\n')}\n\n`);
    return figures;
  } catch (error) {
    if (!ended) process.stderr.write(`${name} failed: ${error.stack}\n`);
    process.exitCode = 1;
    return [];
  }
};

const figures = [];
if (options.webhooks) {
  figures.push(
    ...(await attempt('webhooks', async () => {
      const measured = await measureWebhooks(world);
      return { ...measured, figures: webhookFiguresOf(measured) };
    })),
  );
}
for (const name of options.webhooks ? [] : names) {
  if (ended) break;
  figures.push(
    ...(await attempt(name, async () => {
      const measured = await measure(name, world);
      return { ...measured, figures: figuresOf(measured) };
    })),
  );
  for (const made of databases.names()) await databases.drop(made);
}
const shown = options.webhooks ? webhookTable(figures) : table(figures);
if (figures.length > 0) process.stdout.write(`${shown}\n\n${figures.map((one) => JSON.stringify(one)).join('\n')}\n`);
if (options.keep) process.stdout.write(`Logs and profiles: ${dir}\n`);
await end();
