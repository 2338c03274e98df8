/** `npm run simulator`: the providers' HTTP APIs alone, for anybody's integration tests. */
import { DEFAULT_ACCOUNTS, DEFAULT_TEMPLATES } from './accounts.js';
import { isShort, magicNumbers } from './magic-recipients.js';
import { startSimulator } from './simulator.js';

const DEFAULT_PORT = 4010;

const written = process.env['SIMULATOR_PORT'] || String(DEFAULT_PORT);
const port = Number(written);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error('SIMULATOR_PORT must be a port number, 0 to 65535.');
  process.exit(1);
}

const simulator = await startSimulator({ port }).catch((error: unknown) => {
  console.error(`The simulator cannot listen on port ${port}: ${(error as Error).message}`);
  process.exit(1);
});

console.log(
  `Simulator of DOKU, Wappin, Exotel, SendTalk and Meta at ${simulator.url} (control: ${simulator.url}/_simulator)\n`,
);
console.log('Accounts');
for (const { kind, ...fields } of DEFAULT_ACCOUNTS) console.log(`  ${kind.padEnd(8)} ${JSON.stringify(fields)}`);
console.log('\nTemplates');
for (const { kind, name, language, params } of DEFAULT_TEMPLATES)
  console.log(`  ${kind.padEnd(8)} ${name}${language ? ` (${language})` : ''}, values: ${params}`);
console.log(
  '\nMagic recipients (+62 812 0000 1… in place of 0…, and +62 812 01… of 00…: the first try of each message only)',
);
for (const { number, what } of magicNumbers().filter(isShort)) console.log(`  ${number}  ${what}`);
console.log('\nThe codes of five and six digits of Exotel, SendTalk and Meta are numbers too: docs/simulator.md.');
console.log('Everyone else gets the message; all but DOKU then report sent, delivered, read.');

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void simulator.stop().then(() => process.exit(0));
  });
}
