import { type App } from './app.js';

/** An older Node could not even read the rest: so it is imported after the question. */
const OLDEST_NODE = 24;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(
    `Kurir needs Node ${OLDEST_NODE} or later; this is ${process.versions.node}. Start it with npm start: npm ci brought the right one.\n`,
  );
  process.exit(1);
}

const { createApp } = await import('./app.js');
const { ConfigError, readConfig } = await import('./config/config.js');

/** What is wrong with the settings or the surroundings is a sentence; of a bug the stack is worth having. */
function fail(error: unknown): never {
  const { message, stack, name } = error instanceof Error ? error : new Error(String(error));
  const told =
    error instanceof ConfigError || (name === 'Error' && (message.endsWith('.') || 'code' in (error as Error)));
  process.stderr.write(`${told ? message : stack}\n`);
  process.exit(1);
}

const starting: Promise<App> = (async () => createApp(readConfig(process.env)))();

let asked = false;
const stop = (signal: NodeJS.Signals): void => {
  // Whoever asks twice means it.
  if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
  asked = true;
  starting.then((app) => app.close()).then(() => process.exit(0), fail);
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

const app = await starting.catch(fail);
if (app.adminKey) {
  process.stdout.write(`The admin API key, shown this once; keep it:\n\n    ${app.adminKey}\n\n`);
}
process.stdout.write(`Kurir listens on ${app.url} (GraphQL at ${app.url}/graphql).\n`);
if (app.simulatorUrl) process.stdout.write(`The simulator listens on ${app.simulatorUrl}.\n`);
