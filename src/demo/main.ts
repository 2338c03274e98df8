/** `npm run demo`: a gateway with simulated providers, and messages that travel through it while you watch. */
import { progressLine } from './terminal.js';

/** An older Node could not even read the rest: so it is imported after the question. */
const OLDEST_NODE = 24;
const USAGE = `npm run demo            starts a gateway with simulated providers, sends through them, and stays until Ctrl-C
npm run demo -- --once  ends when every message has reached its end state: exit code 0, or 1 when one has not

PORT, SIMULATOR_PORT and DATA_DIR are used where set; else free ports and .kurir/demo.
`;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(
    `Kurir needs Node ${OLDEST_NODE} or later; this is ${process.versions.node}. Start it with npm run demo: npm ci brought the right one.\n`,
  );
  process.exit(1);
}
const options = process.argv.slice(2);
if (options.some((option) => option !== '--once')) {
  process.stderr.write(USAGE);
  process.exit(options.includes('--help') ? 0 : 2);
}

const progress = progressLine(process.stdout);
progress.say('Reading the program');
// Reading it takes longer than all else that a second start does: the line above has to be there before.
const { startDemo } = await import('./demo.js');
const stopping = new AbortController();
const demo = startDemo({ once: options.includes('--once'), progress, stopping: stopping.signal });

const stop = (signal: NodeJS.Signals): void => {
  // Whoever asks twice means it. The next start takes the database over.
  if (stopping.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
  stopping.abort();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.on('SIGHUP', stop);
// Nobody reads any more, as after `| head`: without this the process would end at once, and leave PostgreSQL running.
process.stdout.on('error', () => stopping.abort());

const code = await demo.catch((error: unknown) => {
  progress.end();
  const { message, stack, name } = error instanceof Error ? error : new Error(String(error));
  // What is wrong with the surroundings is a sentence; of a bug the stack is worth having.
  const told = name === 'Error' && (message.endsWith('.') || 'code' in (error as Error) || message.includes('\n  - '));
  process.stderr.write(`${told ? message : stack}\n`);
  return 1;
});
// Also the lines that are still open, such as those of fetch, which stay so for a while.
process.exit(code);
