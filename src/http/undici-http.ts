/** The port `Http` over undici: one pool for each origin and line, every connection past the address guard. */
import { type Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import { formProblem, guardedLookup, hostProblem, RefusedAddress, type Resolve } from './address-guard.js';
import { type Http, type HttpRequest, type HttpResult } from './http.js';

const CONNECTIONS_PER_LINE = 64;
const CONNECT_TIMEOUT_MS = 5_000;
/** Below the 5 s after which many servers close: a connection that they close while we write looks like a lost message. */
const KEEP_ALIVE_MS = 4_000;
/** A net below the caller's own signal, which comes first. */
const ANSWER_TIMEOUT_MS = 60_000;
const ANSWER_LIMIT_BYTES = 1024 * 1024;
/** Of 100 Continue, 103 Early Hints and the like one or two are usual. */
const MOST_INTERIM_ANSWERS = 16;
/** What is written at once of a body in pieces: TLS holds as much again, encrypted, as it is given in one go. */
const SLICE_BYTES = 256 * 1024;
/** A pool that no call went through from one sweep to the next is closed. */
const SWEEP_MS = 60_000;

export interface UndiciHttpOptions {
  /** Lets calls go to private and loopback addresses: for development, tests and the simulator. */
  readonly allowPrivate: boolean;
  /** Stands in for the system's resolver. */
  readonly resolve?: Resolve;
}

interface Line {
  readonly pool: Pool;
  used: boolean;
  inHand: number;
}

export class UndiciHttp implements Http {
  private readonly lines = new Map<string, Line>();
  private readonly lookup: ReturnType<typeof guardedLookup>;
  private readonly sweeper: NodeJS.Timeout;
  private closed = false;

  constructor(private readonly options: UndiciHttpOptions) {
    this.lookup = guardedLookup(options.allowPrivate, options.resolve);
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweeper.unref();
  }

  request(request: HttpRequest): Promise<HttpResult> {
    if (this.closed) return unreachable('this server is shutting down');
    if (request.signal.aborted) return unreachable('time was up before the call');
    if (!URL.canParse(request.url)) return unreachable('the URL cannot be read');
    const url = new URL(request.url);
    const wrong = formProblem(url);
    if (wrong !== null) return unreachable(`the address ${wrong}`);
    const key = `${url.origin} ${request.line ?? ''}`;
    let line = this.lines.get(key);
    if (!line) {
      // Sockets look no literal address up, so the guard's lookup never sees one: it is judged here, once.
      const host = this.options.allowPrivate ? null : hostProblem(url.hostname);
      if (host !== null) return unreachable(`the address leads to ${host}`);
      line = { pool: this.open(url.origin), used: true, inHand: 0 };
      this.lines.set(key, line);
    }
    return run(line, url, request);
  }

  /** Takes no more calls and returns when those in hand have ended; their own signals bound the wait. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.sweeper);
    const pools = [...this.lines.values()].map((line) => line.pool);
    this.lines.clear();
    await Promise.all(pools.map((pool) => pool.close()));
  }

  /** Closes what has been idle since the last sweep. Called by a timer; public for tests. */
  sweep(): void {
    for (const [key, line] of this.lines) {
      if (!line.used && line.inHand === 0) {
        this.lines.delete(key);
        void line.pool.close();
      }
      line.used = false;
    }
  }

  private open(origin: string): Pool {
    return new Pool(origin, {
      connections: CONNECTIONS_PER_LINE,
      // A second request behind an unanswered one would share its fate.
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // undici hands these on to net.connect and tls.connect.
      connect: { lookup: this.lookup },
    });
  }
}

function unreachable(reason: string): Promise<HttpResult> {
  return Promise.resolve({ kind: 'unreachable', reason });
}

function run(line: Line, url: URL, request: HttpRequest): Promise<HttpResult> {
  line.used = true;
  line.inHand += 1;
  return new Promise((resolve) => {
    const call = new Call(request, (result) => {
      line.inHand -= 1;
      resolve(result);
    });
    try {
      line.pool.dispatch(
        {
          path: url.pathname + url.search,
          method: request.method,
          headers: { 'user-agent': 'kurir', ...request.headers, ...lengthOf(request) },
          body: bodyOf(request),
        },
        call,
      );
    } catch (error) {
      call.onResponseError(null, error as Error);
    }
  });
}

const isInPieces = (body: HttpRequest['body']): body is readonly Buffer[] => Array.isArray(body);

/** Of a body in pieces nobody else knows its length, and many servers take no chunked one. */
function lengthOf({ body }: HttpRequest): Record<string, string> {
  if (!isInPieces(body)) return {};
  return { 'content-length': String(body.reduce((sum, piece) => sum + piece.length, 0)) };
}

function bodyOf({ body }: HttpRequest): Dispatcher.DispatchOptions['body'] {
  if (!isInPieces(body)) return body ?? null;
  // undici takes any iterable and its types say streams alone: a stream of an aborted call would have to be destroyed.
  return slices(body) as unknown as Readable;
}

function* slices(pieces: readonly Buffer[]): Iterable<Buffer> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += SLICE_BYTES) yield piece.subarray(at, at + SLICE_BYTES);
  }
}

/** One call. undici says `onRequestStart` right before the first byte is written: until then nothing was read. */
class Call implements Dispatcher.DispatchHandler {
  private started = false;
  private over = false;
  private controller: Dispatcher.DispatchController | null = null;
  private status = 0;
  private interim = 0;
  private headers: Record<string, string> = {};
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private readonly maxBytes: number;
  private readonly onAbort = (): void => {
    this.end(this.status === 0 ? 'time was up' : 'the answer did not end in time');
    this.controller?.abort(new Error('time was up'));
  };

  constructor(
    private readonly request: HttpRequest,
    private readonly done: (result: HttpResult) => void,
  ) {
    this.maxBytes = request.maxBytes ?? ANSWER_LIMIT_BYTES;
    request.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // undici may take a request up again after a lost connection; a message must not be written twice unseen.
    if (this.over || this.started) {
      this.end('the connection was lost');
      controller.abort(new Error('already over'));
      return;
    }
    this.started = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx comes before the answer, and not without end.
    if (status < 200) {
      this.interim += 1;
      if (this.interim > MOST_INTERIM_ANSWERS) {
        this.end('it announced an answer again and again');
        controller.abort(new Error('too many interim answers'));
      }
      return;
    }
    this.status = status;
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined) this.headers[name] = typeof value === 'string' ? value : value.join(', ');
    }
    const announced = Number(this.headers['content-length'] ?? 0);
    if (this.request.firstBytes === undefined && announced > this.maxBytes) this.refuse(controller);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    this.chunks.push(chunk);
    const { firstBytes } = this.request;
    if (firstBytes === undefined) {
      if (this.size > this.maxBytes) this.refuse(controller);
    } else if (this.size >= firstBytes) {
      this.answer(Buffer.concat(this.chunks, firstBytes));
      controller.abort(new Error('enough'));
    }
  }

  onResponseEnd(): void {
    this.answer(this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks));
  }

  private answer(body: Buffer): void {
    this.settle({ kind: 'answer', status: this.status, headers: this.headers, body });
  }

  private refuse(controller: Dispatcher.DispatchController): void {
    this.settle({ kind: 'broken', reason: `the answer is larger than ${this.maxBytes} bytes`, tooLarge: true });
    controller.abort(new Error('too large'));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.end(reasonOf(error));
  }

  private end(reason: string): void {
    if (!this.started) return this.settle({ kind: 'unreachable', reason });
    const begun = this.status === 0 ? {} : { begun: { status: this.status, body: Buffer.concat(this.chunks) } };
    this.settle({ kind: 'broken', reason, ...begun });
  }

  private settle(result: HttpResult): void {
    if (this.over) return;
    this.over = true;
    this.request.signal.removeEventListener('abort', this.onAbort);
    this.done(result);
  }
}

const UNKNOWN_ISSUER =
  'the certificate cannot be traced to an authority that is trusted here; its server may leave out one in between';
const NO_HTTP = 'what came back is not HTTP';
const NO_TLS = 'no TLS connection could be agreed on';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the name has no address',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ECONNRESET: 'the connection was reset',
  ETIMEDOUT: 'the connection timed out',
  EPIPE: 'the connection was closed while writing',
  UND_ERR_CONNECT_TIMEOUT: 'the connection was not made in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_BODY_TIMEOUT: 'the answer did not end in time',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_HEADERS_OVERFLOW: "the answer's headers are too large",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer is not as long as it says',
  HTTPParserError: NO_HTTP,
  // undici's parser trips over a status below 100, and over a 101 that upgrades to nothing.
  ERR_ASSERTION: NO_HTTP,
  EPROTO: NO_TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed, no authority vouches for it',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is of an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name than the address has',
};

/** Words for an error, without what the error may quote. */
function reasonOf(error: Error): string {
  if (error instanceof RefusedAddress) return error.message;
  const code = (error as NodeJS.ErrnoException).code ?? (error.cause as NodeJS.ErrnoException | undefined)?.code;
  const known = code ?? error.name;
  return REASONS[known] ?? (known.startsWith('ERR_SSL_') ? NO_TLS : known);
}
