import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type App, createApp } from '../app.js';
import { type Config, readConfig } from '../config/config.js';
import { createLog } from '../log.js';
import { newSecret } from '../projects/secret.js';
import { connectAll } from './accounts.js';
import { FOLLOW, type StoryEvent } from './events.js';
import { merchant } from './merchant.js';
import { KINDS, Simulated } from './simulated.js';
import { Story } from './story.js';
import { anotherWay } from './stories/another-way.js';
import { batch } from './stories/batch.js';
import { doku } from './stories/doku.js';
import { exotel } from './stories/exotel.js';
import { meta, RUDI } from './stories/meta.js';
import { payments } from './stories/payments.js';
import { sendtalk } from './stories/sendtalk.js';
import { verifications } from './stories/verifications.js';
import { wappin } from './stories/wappin.js';
import { webhooks } from './stories/webhooks.js';
import { prepareTemplates } from './templates.js';
import { type Progress, styled } from './terminal.js';

/** Inside npm start's own folder, which git does not see, and with a database of its own. */
const DEMO_DATA_DIR = '.kurir/demo';
const CHAPTERS = [doku, wappin, sendtalk, exotel, meta, verifications, payments, webhooks, anotherWay, batch];
/** So long the story has to come to its end. */
const PATIENCE_MS = 60_000;
/** Longer than it takes: then it says what it waits for. */
const LONG_MS = 20_000;
/** Above 32767 the system hands ports out to clients, which then may meet themselves. */
const PORTS = { first: 10_000, last: 32_767 };
const PORT_TRIES = 20;

interface DemoOptions {
  /** End when the story has, and not at Ctrl-C. */
  readonly once: boolean;
  readonly progress: Progress;
  readonly stopping: AbortSignal;
}

/** Runs the demo; answers the exit code. Rejects with a sentence when it cannot start. */
export async function startDemo({ once, progress, stopping }: DemoOptions): Promise<number> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  progress.say('Starting PostgreSQL, the gateway and the simulator');
  const { app, key } = await startGateway();
  const ending = new AbortController();
  const stopped = new Promise<'stopped'>((resolve) => {
    if (stopping.aborted) resolve('stopped');
    else stopping.addEventListener('abort', () => resolve('stopped'));
  });
  try {
    const simulated = new Simulated(app.simulatorUrl!);
    const shop = merchant(app.url, key);
    progress.say('Connecting five providers');
    const accounts = await connectAll(shop, simulated);
    await prepareTemplates(shop, accounts);
    // What he said in an earlier run.
    await shop.ask('mutation ($phone: String!) { optIn(phone: $phone) { __typename } }', { phone: RUDI });
    // Taken before anything is sent: from here on nothing of the log is missed.
    const { lastEventId } = await shop.ask<{ lastEventId: string | null }>('{ lastEventId }');
    progress.end();
    // Its clock began with the process, so that the reading of the program counts.
    print(`Ready after ${(performance.now() / 1000).toFixed(1)} s.\n`);
    print(welcome(app.url, simulated.url, key));

    const story = new Story(shop, simulated, accounts, print, `demo-${Date.now().toString(36)}`);
    const lost = shop.follow<{ events: StoryEvent }>(
      FOLLOW,
      { after: lastEventId ?? '0' },
      ({ events }) => story.see(events),
      ending.signal,
    );
    const begun = performance.now();
    const told = story.tell(CHAPTERS);
    // Whichever is not waited for any more may fail by our own ending.
    told.catch(() => undefined);
    lost.catch(() => undefined);
    const waiting = setTimeout(() => progressOf(story).forEach(print), LONG_MS);
    const patience = new Promise<'late'>((resolve) => setTimeout(resolve, PATIENCE_MS, 'late').unref());
    const end = await Promise.race([stopped, told, patience, lost]).finally(() => clearTimeout(waiting));
    if (end === 'stopped') return once ? 1 : 0;
    const complaints = story.complaints;
    print('');
    if (complaints.length === 0) {
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      print(styled('green', `All ${story.count} came to the end that they should, in ${seconds} s.`));
    } else {
      print(styled('red', `Of ${story.count}, these did not come to the end that they should:`));
      for (const line of complaints) print(`  ${line}`);
    }
    print('\nSome of it as it went over the wire:');
    for (const line of await story.wire()) print(`  ${line}`);
    print('');
    await tellOfTheSimulator(simulated, print);
    if (once) return complaints.length === 0 ? 0 : 1;
    print('\nThe gateway stays up, and whatever happens is printed here. Ctrl-C ends it.\n');
    await Promise.race([stopped, lost]);
    return complaints.length === 0 ? 0 : 1;
  } finally {
    progress.end();
    ending.abort();
    if (!once) print('\nStopping …');
    await app.close();
  }
}

/** A run that was killed holds its recipients until its leases end, lest they be sent to twice or out of order. */
function progressOf(story: Story): string[] {
  return [
    '\nStill waiting, as after a run that was killed: what it had in hand is held for up to 30 s.',
    ...story.complaints.map((line) => `  ${line}`),
    '',
  ];
}

function welcome(url: string, simulatorUrl: string, key: string): string {
  return [
    `  Dashboard  ${styled('bold', `${url}/#key=${key}`)}`,
    `  GraphQL    ${url}/graphql`,
    `  Key        ${key}`,
    `  Simulator  ${simulatorUrl}/_simulator`,
    '',
  ].join('\n');
}

/** What the providers say that they were sent, which is not what we say that we sent. */
async function tellOfTheSimulator(simulated: Simulated, print: (line: string) => void): Promise<void> {
  for (const kind of KINDS) {
    const { accepted, created, refused: byCode } = await simulated.counts(kind);
    const what = kind === 'DOKU' ? 'payment page' : 'verification';
    const made = created > 0 ? [`, made ${created} ${what}${created === 1 ? '' : 's'}`] : [];
    const refused = Object.entries(byCode).map(([code, count]) => `, refused ${count} with ${code}`);
    print(`The simulated ${kind} took ${accepted} messages${[...made, ...refused].join('')}.`);
  }
}

async function startGateway(): Promise<{ app: App; key: string }> {
  const { env } = process;
  const dataDir = env['DATA_DIR']?.trim() || DEMO_DATA_DIR;
  if (env['DATABASE_URL']) process.stderr.write('DATABASE_URL is not used: the demo has a database of its own.\n');
  const key = env['ADMIN_API_KEY']?.trim() || (await keyIn(dataDir));
  for (let tries = 1; ; tries++) {
    const config = await demoConfig(env, dataDir, key);
    try {
      return { app: await createApp(config, { log: createLog(config.logLevel, process.stderr) }), key };
    } catch (error) {
      const { setting } = error as { setting?: string };
      // Somebody took the free port between our look and our listening; one that was asked for is not ours to change.
      if (setting === undefined || env[setting]?.trim() || tries === PORT_TRIES) throw error;
    }
  }
}

async function demoConfig(env: NodeJS.ProcessEnv, dataDir: string, key: string): Promise<Config> {
  const host = env['HOST']?.trim() || '127.0.0.1';
  const port = env['PORT']?.trim() || String(await freePort(host));
  const simulatorPort = env['SIMULATOR_PORT']?.trim() || String(await freePort('127.0.0.1', Number(port)));
  const reachable = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  return readConfig({
    ...env,
    DATABASE_URL: undefined,
    DATA_DIR: dataDir,
    ROLE: 'all',
    HOST: host,
    PORT: port,
    SIMULATOR_PORT: simulatorPort,
    ADMIN_API_KEY: key,
    // The simulator calls back from this machine.
    PUBLIC_URL: `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`,
    ALLOW_PRIVATE_URLS: 'true',
    LOG_LEVEL: env['LOG_LEVEL']?.trim() || 'warn',
  });
}

async function freePort(host: string, not?: number): Promise<number> {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const port = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first + 1));
    if (port !== not && (await isFree(port, host))) return port;
  }
  throw new Error(`No free port was found from ${PORTS.first} to ${PORTS.last}: set PORT and SIMULATOR_PORT.`);
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/**
 * The demo's admin key, kept in its data directory: a gateway shows the key that it makes up only once, and that run may
 * have been killed. It appears whole or not at all.
 */
async function keyIn(dataDir: string): Promise<string> {
  const path = join(dataDir, 'demo.key');
  const known = await readFile(path, 'utf8').catch(() => '');
  if (known.trim()) return known.trim();
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${newSecret()}\n`, { mode: 0o600 });
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  return (await readFile(path, 'utf8')).trim();
}
