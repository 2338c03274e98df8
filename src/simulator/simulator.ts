import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Accounts, DEFAULT_ACCOUNTS, DEFAULT_TEMPLATES } from './accounts.js';
import { type Answer } from './behaviour.js';
import { Callbacks, DEFAULT_CALLBACK_OPTIONS, type PostedCallback } from './callbacks.js';
import { ChatOrders } from './chat-orders.js';
import { CONTROL_PATH, ControlApi } from './control-api.js';
import { Faults } from './faults.js';
import { Files, LARGEST_UPLOAD } from './files.js';
import { type InboundInput, Inbox } from './inbox.js';
import { Ledger } from './ledger.js';
import { type SimulatorConfiguration, type SimulatorOptions } from './options.js';
import { providersOf } from './providers.js';
import { SessionWindows } from './session-windows.js';
import { type SimulatedWorld } from './simulated-provider.js';
import { realTimers, type Timers } from './timers.js';

export interface Simulator {
  /** `http://127.0.0.1:4010`: the base URL of every provider that is simulated. */
  readonly url: string;
  readonly port: number;
  readonly ledger: Ledger;
  /** What was posted to the accounts' callback URLs, and what came back. */
  readonly callbacks: Callbacks;
  /** What persons have to pay in their chats, and the persons who do. */
  readonly orders: ChatOrders;
  configure(change: SimulatorConfiguration): void;
  /** A person writes to an account. Answers how that was taken, or a sentence that says what is wrong with the input. */
  receive(input: InboundInput): Promise<PostedCallback[] | string>;
  /** Takes every fault away and forgets which first tries there were. */
  clearFaults(): void;
  /** Every token, or those of one account, as when somebody presses Generate in Wappin's dashboard; answers how many died. */
  killTokens(account?: string): number;
  /** Closes the door and forgets what was still to be posted. */
  stop(): Promise<void>;
}

const LEDGER_CAPACITY = 200_000;
/** Where a provider says nothing else. */
const LARGEST_BODY = 1024 * 1024;
/** Longer than the callers' pools keep an idle connection, so that the line does not end under a request. */
const KEEP_ALIVE_MS = 65_000;

/** Starts the providers' HTTP APIs on one port. Rejects when the port cannot be had. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = '127.0.0.1', timers = realTimers(), strict = true } = options;
  const now = options.now ?? (() => new Date());
  const capacity = options.ledgerCapacity ?? LEDGER_CAPACITY;
  const accounts = new Accounts();
  const ledger = new Ledger(capacity);
  const faults = new Faults(options.seed ?? 1);
  const callbacks = new Callbacks(timers, now, {
    ...DEFAULT_CALLBACK_OPTIONS,
    plan: { ...DEFAULT_CALLBACK_OPTIONS.plan, ...options.callbackPlan },
    ...(options.callbackRetryAfterMs && { retryAfterMs: options.callbackRetryAfterMs }),
    ...(options.callbackConnections && { connections: options.callbackConnections }),
  });
  const configure = (change: SimulatorConfiguration): void => {
    change.accounts?.forEach((account) => accounts.add(account));
    change.templates?.forEach((template) => accounts.addTemplate(template));
    change.callbacks?.forEach((target) => callbacks.direct(target));
    change.faults?.forEach((fault) => faults.add(fault));
  };
  configure({ accounts: DEFAULT_ACCOUNTS, templates: DEFAULT_TEMPLATES });
  configure(options);

  let url = '';
  const orders = new ChatOrders({ callbacks, ledger, timers, now, capacity });
  const shared = { accounts, ledger, faults, callbacks, orders, files: new Files(), windows: new SessionWindows() };
  const world: SimulatedWorld = { ...shared, now, timers, strict, capacity, url: () => url };
  const providers = providersOf(world);
  const inbox = new Inbox(world, providers);
  const killTokens = (account?: string): number =>
    providers.reduce((killed, provider) => killed + (provider.killTokens?.(account) ?? 0), 0);
  const control = new ControlApi({ ...world, providers, inbox, configure, killTokens });

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET' } = request;
    const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
    const query = new URLSearchParams(search);
    const forControl = path === CONTROL_PATH || path.startsWith(`${CONTROL_PATH}/`);
    const provider = forControl ? undefined : providers.find((one) => one.takes(method, path));
    const most = forControl ? LARGEST_UPLOAD : (provider?.largestBody?.(path) ?? LARGEST_BODY);
    const body = await bodyOf(request, most);
    if (body === undefined) return write(response, TOO_LARGE, timers);
    const { headers } = request;
    const { remoteAddress = '' } = request.socket;
    const call = { method, path, query, headers, body, remoteAddress };
    const answer = forControl
      ? control.handle(method, path.replace(/\/$/, ''), query, body)
      : (provider?.handle(call) ??
        (METHODS.some((other) => providers.some((one) => one.takes(other, path))) ? WRONG_METHOD : NOT_FOUND));
    write(response, answer instanceof Promise ? await answer : answer, timers);
  };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    // The caller hung up: there is nobody left to answer.
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

  return {
    url,
    port,
    ledger,
    callbacks,
    orders,
    configure,
    receive: (input) => inbox.receive(input),
    clearFaults: () => faults.clear(),
    killTokens,
    async stop() {
      timers.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, callbacks.stop()]);
    },
  };
}

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE'];
const NOT_FOUND: Answer = { status: 404, body: '{"message":"Not Found"}' };
const WRONG_METHOD: Answer = { status: 405, body: '{"message":"Method Not Allowed"}' };
const TOO_LARGE: Answer = { status: 413, body: '{"message":"The body is too large."}' };

/** The whole body; undefined when it is larger than `most` bytes. Rejects when the caller hangs up. */
function bodyOf(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= most) chunks.push(chunk);
      else resolve(undefined);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

/** Lets an answer go out when it is due, in the way that was asked for. */
function write(response: ServerResponse, answer: Answer, timers: Timers): void {
  if (answer.after !== undefined) {
    void answer.after.then(() => write(response, { ...answer, after: undefined }, timers));
  } else if (answer.delayMs) {
    timers.after(answer.delayMs, () => writeNow(response, answer));
  } else {
    writeNow(response, answer);
  }
}

function writeNow(response: ServerResponse, { status, body, contentType, headers, line }: Answer): void {
  if (response.destroyed || line === 'dropped') {
    response.destroy();
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  response.writeHead(status, {
    'content-type': contentType ?? 'application/json',
    'content-length': bytes.length,
    ...headers,
  });
  if (line === 'cut') response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  else response.end(bytes);
}
