/** The receivers of docs/webhooks.md, each as it stands there, in the languages that are on this machine. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { signedHeaders } from '../../src/webhooks/signature.js';
import { type Gateway, onFreePort, startGateway } from '../support/gateway.js';
import { findOnPath } from '../support/programs.js';
import { until } from '../support/until.js';
import { anEvent, projectOf, webhooksOf, writeEvents } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

const PAGE = join(import.meta.dirname, '../../docs/webhooks.md');
/** A language's name, the command that starts its receiver, and the receiver. */
const RECEIVER = /^\*\*(\w+)\*\*.*?: `([^`]+)`.*\n\n```\w+\n([\s\S]*?)^```$/gm;
const MINUTE = 60_000;

interface Receiver {
  readonly name: string;
  readonly program: string;
  readonly file: string;
  readonly command: string;
  readonly code: string;
}

const receivers: Receiver[] = [...(await readFile(PAGE, 'utf8')).matchAll(RECEIVER)].map(([, name, command, code]) => {
  const words = command!.split(' ');
  return { name: name!, program: words[0]!, file: words.at(-1)!, command: command!, code: code! };
});
const here = receivers.filter(({ program }) => findOnPath([program]) !== null);
for (const { name, program } of receivers.filter((one) => !here.includes(one)))
  console.log(`Without the receiver in ${name}: no ${program} is on the PATH.`);

interface Running {
  readonly url: string;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

/** A receiver of the page in a folder of its own. */
async function install({ name, file, command, code }: Receiver): Promise<{ folder: string; command: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'kurir-receiver-'));
  await writeFile(join(folder, file), code);
  if (name !== 'Go') return { folder, command };
  // `go run` builds a program and leaves it behind when it is killed. Without cgo no C compiler is needed.
  const env = { ...process.env, HOME: folder, GOCACHE: join(folder, 'cache'), CGO_ENABLED: '0' };
  await promisify(execFile)('go', ['build', '-o', 'receiver', file], { cwd: folder, env });
  return { folder, command: './receiver' };
}

/** Resolves when it listens; throws with what it says where it ends before. */
async function start({ folder, command }: { folder: string; command: string }, secret: string): Promise<Running> {
  const port = await freePort();
  const env = { ...process.env, PORT: port, WEBHOOK_SECRET: secret };
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await until(() => hasEnded() || reaches(port), `${command} listens`);
  if (hasEnded()) throw new Error(`${command} ended: ${said}`);
  return { url: `http://127.0.0.1:${port}/kurir`, hasEnded, stop: () => end(child, ended) };
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

const freePort = (): Promise<string> =>
  onFreePort(
    (port) =>
      new Promise<string>((resolve, reject) => {
        const server = createServer().once('error', reject);
        server.listen(Number(port), () => server.close(() => resolve(port)));
      }),
  );

const reaches = (port: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.end();
  });

/** Its status. */
const post = (url: string, headers: Record<string, string>, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const call = request(url, { method: 'POST', agent: false, headers: { ...headers, 'content-length': length } });
    call.on('response', (answer) => resolve(answer.resume().statusCode!)).on('error', reject);
    call.end(body);
  });

const ID = '4711';
const BODY = '{"type":"message.received","timestamp":"2026-11-22T01:38:32.000Z","data":{"text":"“Señor”, 1.000 ₹ 🙂"}}';

/** What the standard's own library signs; `ago` is how old it is by then. */
function signed(secret: string, ago = 0): Record<string, string> {
  const at = new Date(Date.now() - ago);
  const signature = new Webhook(secret).sign(ID, at, BODY);
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return { 'webhook-id': ID, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
}

const ANOTHER_SECRET = `whsec_${Buffer.alloc(32, 'another').toString('base64')}`;

/** What nobody may believe: the headers by the right secret, and the body, changed. */
const FORGERIES: Readonly<Record<string, (secret: string) => { headers: Record<string, string>; body?: string }>> = {
  'that another secret signed': () => ({ headers: signed(ANOTHER_SECRET) }),
  'whose body is another': (secret) => ({ headers: signed(secret), body: BODY.replace('1.000', '9.000') }),
  'whose body is the same JSON, written otherwise': (secret) => ({
    headers: signed(secret),
    body: JSON.stringify(JSON.parse(BODY), null, 1),
  }),
  'with another id': (secret) => ({ headers: { ...signed(secret), 'webhook-id': '4712' } }),
  'with another time': (secret) => ({
    headers: { ...signed(secret, 6 * MINUTE), 'webhook-timestamp': signed(secret)['webhook-timestamp']! },
  }),
  'that is six minutes old': (secret) => ({ headers: signed(secret, 6 * MINUTE) }),
  'that is of six minutes from now': (secret) => ({ headers: signed(secret, -6 * MINUTE) }),
  'of a version that it does not know': (secret) => {
    const headers = signed(secret);
    return { headers: { ...headers, 'webhook-signature': headers['webhook-signature']!.replace('v1,', 'v2,') } };
  },
  'with half a signature': (secret) => {
    const headers = signed(secret);
    return { headers: { ...headers, 'webhook-signature': headers['webhook-signature']!.slice(0, 20) } };
  },
  'with an empty signature': (secret) => ({ headers: { ...signed(secret), 'webhook-signature': '' } }),
  'without a header of ours': () => ({ headers: {} }),
};

let gateway: Gateway;
let hooks: ReturnType<typeof webhooksOf>;
let projectId: string;
beforeAll(async () => {
  gateway = await startGateway();
  const { ask } = handsOf(gateway.call);
  hooks = webhooksOf(ask);
  projectId = await projectOf(ask);
});
afterAll(() => gateway.close());

it('the page has a receiver for each language that it names', async () => {
  expect(receivers.map(({ name, file }) => [name, file])).toEqual([
    ['Node', 'receiver.mjs'],
    ['PHP', 'receiver.php'],
    ['Python', 'receiver.py'],
    ['Go', 'receiver.go'],
  ]);
});

describe.each(here)('the receiver in $name', (receiver) => {
  let installed: { folder: string; command: string };
  let running: Running;
  let endpointId: string;
  let secret: string;
  beforeAll(async () => {
    installed = await install(receiver);
    // Nothing is told to it before it is moved to where the receiver listens.
    const made = await hooks.create('http://127.0.0.1:9/', ['WEBHOOK_TEST']);
    endpointId = made.endpoint.id;
    secret = made.secret;
    running = await start(installed, secret);
    await hooks.update(endpointId, { url: running.url });
  });
  afterAll(async () => {
    await running?.stop();
    await hooks.remove(endpointId);
    await rm(installed.folder, { recursive: true, force: true });
  });

  /** What became of the first attempt with it. */
  async function attempt(deliveryId: string): Promise<{ status: string; responseStatus: number | null }> {
    await until(async () => (await hooks.delivery(deliveryId)).attempts.length > 0);
    // The attempt is read a moment after the status.
    const { status, attempts } = await hooks.delivery(deliveryId);
    return { status, responseStatus: attempts[0].responseStatus };
  }

  const CONFIRMED = { status: 'DELIVERED', responseStatus: 204 };

  it('confirms what the gateway tells it', async () => {
    await hooks.update(endpointId, { eventTypes: ['MESSAGE_RECEIVED'] });
    const data = { message: { id: 'msg_1', content: { type: 'TEXT', text: '“Señor”, 1.000 ₹ 🙂' } } };
    await writeEvents(gateway, [anEvent(projectId, { type: 'MESSAGE_RECEIVED', data })]);
    const [delivery] = await until(async () => {
      const found = await hooks.deliveries({ endpointId });
      return found.length > 0 && found;
    });
    expect(await attempt(delivery.id)).toEqual(CONFIRMED);
  });

  it.each(Object.entries(FORGERIES))('refuses one %s', async (_what, forge) => {
    const { headers, body = BODY } = forge(secret);
    expect(await post(running.url, headers, body)).toBe(400);
    expect(await post(running.url, signed(secret), BODY)).toBe(204);
  });

  it('takes one that is four minutes old', async () => {
    expect(await post(running.url, signed(secret, 4 * MINUTE), BODY)).toBe(204);
  });

  it('takes one among signatures of which it knows a single one', async () => {
    const headers = signed(secret);
    const [theirs, ours] = [signed(ANOTHER_SECRET), headers].map((one) => one['webhook-signature']);
    for (const signatures of [`${theirs} ${ours}`, `${ours} ${theirs}`, `v1a,${'A'.repeat(86)} ${ours}`])
      expect(await post(running.url, { ...headers, 'webhook-signature': signatures }, BODY)).toBe(204);
  });

  it('stands when a request breaks off', async () => {
    await new Promise<void>((resolve) => {
      const call = request(running.url, { method: 'POST', agent: false, headers: { 'content-length': 1000 } });
      call.on('error', () => resolve());
      call.write('{"type":', () => call.destroy(new Error('broken off')));
    });
    expect(await post(running.url, signed(secret), BODY)).toBe(204);
    expect(running.hasEnded()).toBe(false);
  });

  it('believes nobody where its secret is empty', async () => {
    const forged = signedHeaders({ id: ID, timestamp: new Date(), body: Buffer.from(BODY) }, ['whsec_']);
    const without = await start(installed, '').catch(() => null);
    onTestFinished(() => without?.stop());
    expect(without && (await post(without.url, forged, BODY))).not.toBe(204);
  });

  it('goes on with the old secret after a rotation, and then with the new one', async () => {
    const rotated = await hooks.rotate(endpointId);
    expect(await attempt((await hooks.test(endpointId)).id)).toEqual(CONFIRMED);
    const renewed = await start(installed, rotated.secret);
    onTestFinished(() => renewed.stop());
    await hooks.update(endpointId, { url: renewed.url });
    expect(await attempt((await hooks.test(endpointId)).id)).toEqual(CONFIRMED);
  });
});
