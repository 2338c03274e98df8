import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Accounts, DEFAULT_ACCOUNTS, DEFAULT_TEMPLATES } from './accounts.js';
import { type Answer, type ProviderCall, type SimulatedKind } from './behaviour.js';
import { ControlApi } from './control-api.js';
import { DOKU_MESSAGES_PATH, DokuApi } from './doku-api.js';
import { Faults } from './faults.js';
import { Ledger } from './ledger.js';
import { type SimulatorConfiguration, type SimulatorOptions } from './options.js';
import { realTimers, type Timers } from './timers.js';
import { WAPPIN_PATHS, WappinApi } from './wappin-api.js';
import { DEFAULT_CALLBACK_OPTIONS, WappinCallbacks } from './wappin-callbacks.js';
import { WappinTokens } from './wappin-tokens.js';

export interface Simulator {
  /** `http://127.0.0.1:4010`: the base URL of every provider that is simulated. */
  readonly url: string;
  readonly port: number;
  readonly ledger: Ledger;
  /** What was posted to the accounts' callback URLs, and what came back. */
  readonly callbacks: WappinCallbacks;
  configure(change: SimulatorConfiguration): void;
  /** Takes every fault away and forgets which first tries there were. */
  clearFaults(): void;
  /** Every token, or those of one client, as when somebody presses Generate in Wappin's dashboard; answers how many died. */
  killTokens(clientId?: string): number;
  /** Closes the door and forgets what was still to be posted. */
  stop(): Promise<void>;
}

const LEDGER_CAPACITY = 200_000;
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
  const tokens = new WappinTokens();
  const callbacks = new WappinCallbacks(timers, now, {
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

  const doku = new DokuApi(accounts, ledger, faults, now, { strict, capacity });
  const wappin = new WappinApi(accounts, tokens, ledger, faults, callbacks, now, { strict });
  const control = new ControlApi({ accounts, ledger, faults, tokens, callbacks, now, configure });

  const answerTo = (kind: SimulatedKind | undefined, path: string, call: ProviderCall): Answer => {
    if (kind === 'DOKU') return doku.send(call);
    const operation = WAPPIN_PATHS[path];
    return operation === undefined ? NOT_FOUND : wappin.handle(operation, call);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    if (body === undefined)
      return write(response, { status: 413, body: '{"message":"The body is too large."}' }, timers);
    const [written = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const path = written.length > 1 && written.endsWith('/') ? written.slice(0, -1) : written;
    if (path === '/_simulator' || path.startsWith('/_simulator/')) {
      return write(
        response,
        await control.handle(request.method ?? 'GET', path, new URLSearchParams(query), body),
        timers,
      );
    }
    // DOKU signs the path, so there a slash at the end is another address.
    const kind = written === DOKU_MESSAGES_PATH ? 'DOKU' : WAPPIN_PATHS[path] ? 'WAPPIN' : undefined;
    if (kind !== undefined && request.method !== 'POST') return write(response, WRONG_METHOD, timers);
    const { remoteAddress = '' } = request.socket;
    write(response, answerTo(kind, path, { path: written, headers: request.headers, body, remoteAddress }), timers);
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

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    ledger,
    callbacks,
    configure,
    clearFaults: () => faults.clear(),
    killTokens: (clientId) => tokens.kill(clientId),
    async stop() {
      timers.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, callbacks.stop()]);
    },
  };
}

const NOT_FOUND: Answer = { status: 404, body: '{"message":"Not Found"}' };
const WRONG_METHOD: Answer = { status: 405, body: '{"message":"Method Not Allowed"}' };

/** The whole body; undefined when it is too large. Rejects when the caller hangs up. */
function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= LARGEST_BODY) chunks.push(chunk);
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
  const bytes = Buffer.from(body, 'utf8');
  response.writeHead(status, {
    'content-type': contentType ?? 'application/json',
    'content-length': bytes.length,
    ...headers,
  });
  if (line === 'cut') response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  else response.end(bytes);
}
