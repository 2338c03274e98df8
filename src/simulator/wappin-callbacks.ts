import { type Dispatcher, Pool } from 'undici';
import { type WappinCallback } from '../providers/wappin/wappin.wire.js';
import { type SimulatedWappinAccount } from './accounts.js';
import { type CallbackPlan, jsonObject, type WappinStatus } from './behaviour.js';
import { type LedgerMessage } from './ledger.js';
import { Ring } from './ring.js';
import { type Timers } from './timers.js';

/** Where an account's callbacks go: what the dashboard of the real one holds. */
export interface CallbackTarget {
  readonly kind: 'WAPPIN';
  readonly clientId: string;
  /** Absent or null: nowhere. */
  readonly url?: string | null;
  /** Sent as `Authorization: Bearer …` where present. */
  readonly token?: string;
  /** What differs from the usual plan for this account. */
  readonly plan?: Partial<CallbackPlan>;
}

/** One try of a callback. */
export interface PostedCallback {
  readonly at: Date;
  readonly clientId: string;
  readonly messageId: string;
  /** `-` for an inbound message. */
  readonly status: string;
  readonly recipient: string;
  /** 1 for the first, up to 4. */
  readonly attempt: number;
  /** HTTP status of the answer; null when there was none. */
  readonly httpStatus: number | null;
  readonly answer: string | null;
  readonly taken: boolean;
}

export interface CallbackCounts {
  posted: number;
  taken: number;
  retried: number;
  /** Three retries, and still not taken. */
  givenUp: number;
  /** Posted and not answered yet. */
  open: number;
}

export interface CallbackOptions {
  readonly plan: CallbackPlan;
  /** Wappin retries 3 times and does not say when. */
  readonly retryAfterMs: readonly number[];
  readonly connections: number;
  readonly answerWithinMs: number;
}

export const DEFAULT_CALLBACK_OPTIONS: CallbackOptions = {
  plan: {
    statuses: ['sent', 'delivered', 'read'],
    posted: true,
    firstAfterMs: 50,
    betweenMs: 100,
    times: 1,
    spelling: 'sample',
    beforeAnswer: false,
    wrongToken: false,
  },
  retryAfterMs: [1_000, 5_000, 30_000],
  connections: 64,
  answerWithinMs: 10_000,
};

const KEPT_CALLBACKS = 20_000;
const KEPT_ANSWER_LENGTH = 200;
const LONGEST_ANSWER = 64 * 1024;

interface Way {
  readonly pool: Pool;
  readonly path: string;
}

interface Delivery {
  readonly target: CallbackTarget;
  readonly url: string;
  readonly token: string | undefined;
  readonly body: WappinCallback;
}

/** Posts what Wappin posts, the way it does: anything but `{"status":"000"}` is tried three times more. */
export class WappinCallbacks {
  readonly counts: CallbackCounts = { posted: 0, taken: 0, retried: 0, givenUp: 0, open: 0 };
  private readonly targets = new Map<string, CallbackTarget>();
  private readonly pools = new Map<string, Pool>();
  private readonly ways = new Map<string, Way>();
  private readonly log = new Ring<PostedCallback>(KEPT_CALLBACKS);

  constructor(
    private readonly timers: Timers,
    private readonly now: () => Date,
    private readonly options: CallbackOptions,
  ) {}

  /** Replaces what is known of the account's callbacks. */
  direct(target: CallbackTarget): void {
    this.targets.set(target.clientId, target);
  }

  /** The newest tries first. */
  posted(
    filter: { readonly messageId?: string; readonly recipient?: string } = {},
    limit = Infinity,
  ): PostedCallback[] {
    return this.log.newest(
      limit,
      (one) =>
        (filter.messageId === undefined || one.messageId === filter.messageId) &&
        (filter.recipient === undefined || one.recipient === filter.recipient),
    );
  }

  forget(): void {
    this.log.clear();
    Object.assign(this.counts, { posted: 0, taken: 0, retried: 0, givenUp: 0 });
  }

  /**
   * Lets the message's statuses happen and reports them. `leadMs`: how long its own answer takes. Answers a promise
   * where the callbacks come first and the answer has to wait for them.
   */
  report(
    message: LedgerMessage,
    account: SimulatedWappinAccount,
    change: Partial<CallbackPlan> | undefined,
    leadMs: number,
  ): Promise<void> | undefined {
    const plan = { ...this.options.plan, ...this.targets.get(account.clientId)?.plan, ...change };
    if (plan.beforeAnswer) return this.reportAtOnce(message, account, plan);
    const step = (index: number): void => {
      const status = plan.statuses[index];
      if (status === undefined) return;
      this.timers.after(index === 0 ? leadMs + plan.firstAfterMs : plan.betweenMs, () => {
        void this.happens(message, account, status, plan).then(() => step(index + 1));
      });
    };
    step(0);
    return undefined;
  }

  /** Posts one body as it is, without retries; undefined when the account has no URL and none is given. */
  async post(
    clientId: string,
    body: WappinCallback,
    where: { url?: string; token?: string },
  ): Promise<PostedCallback | undefined> {
    const target = this.targets.get(clientId) ?? { kind: 'WAPPIN', clientId };
    const url = where.url ?? target.url;
    return url ? this.attempt({ target, url, token: where.token ?? target.token, body }, 1) : undefined;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
    this.pools.clear();
    this.ways.clear();
  }

  private async reportAtOnce(
    message: LedgerMessage,
    account: SimulatedWappinAccount,
    plan: CallbackPlan,
  ): Promise<void> {
    for (const status of plan.statuses) await this.happens(message, account, status, plan);
  }

  /** Settles when the first try of each copy has been answered. */
  private async happens(
    message: LedgerMessage,
    account: SimulatedWappinAccount,
    status: WappinStatus,
    plan: CallbackPlan,
  ): Promise<void> {
    const at = this.now();
    message.events.push({ status, at });
    const target = this.targets.get(account.clientId);
    if (!plan.posted || !target?.url) return;
    const body = statusCallback(account, message.messageId, message.recipient, status, at, plan.spelling);
    const delivery = { target, url: target.url, token: plan.wrongToken ? 'not-the-token' : target.token, body };
    if (plan.times === 1) return this.deliver(delivery);
    await Promise.all(Array.from({ length: plan.times }, () => this.deliver(delivery)));
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const { taken } = await this.attempt(delivery, 1);
    if (!taken) this.retryLater(delivery, 2);
  }

  private retryLater(delivery: Delivery, attempt: number): void {
    const wait = this.options.retryAfterMs[attempt - 2];
    if (wait === undefined) {
      this.counts.givenUp++;
      return;
    }
    this.timers.after(wait, () => {
      this.counts.retried++;
      void this.attempt(delivery, attempt).then(({ taken }) => {
        if (!taken) this.retryLater(delivery, attempt + 1);
      });
    });
  }

  private async attempt({ target, url, token, body }: Delivery, attempt: number): Promise<PostedCallback> {
    this.counts.posted++;
    this.counts.open++;
    let httpStatus: number | null = null;
    let answer: string | null = null;
    try {
      const { pool, path } = this.wayTo(url);
      const headers = {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      ({ status: httpStatus, text: answer } = await answerTo(pool, {
        path,
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      }));
    } catch {
      // No answer, or half of one: not taken, as far as Wappin can tell.
      answer = null;
    }
    this.counts.open--;
    const taken = httpStatus === 200 && answer !== null && isTaken(answer);
    if (taken) this.counts.taken++;
    const posted: PostedCallback = {
      at: this.now(),
      clientId: target.clientId,
      messageId: body.message_id,
      status: body.status_messages ?? body.status_message ?? '-',
      recipient: body.sender_number ?? '',
      attempt,
      httpStatus,
      answer: answer?.slice(0, KEPT_ANSWER_LENGTH) ?? null,
      taken,
    };
    this.log.push(posted);
    return posted;
  }

  private wayTo(url: string): Way {
    let way = this.ways.get(url);
    if (way !== undefined) return way;
    const { origin, pathname, search } = new URL(url);
    const { connections, answerWithinMs } = this.options;
    const timeouts = { headersTimeout: answerWithinMs, bodyTimeout: answerWithinMs };
    const pool = this.pools.get(origin) ?? new Pool(origin, { connections, ...timeouts });
    this.pools.set(origin, pool);
    way = { pool, path: pathname + search };
    this.ways.set(url, way);
    return way;
  }
}

/** Without the stream that `pool.request` makes of each answer: at three callbacks a message it doubled the rate. */
function answerTo(pool: Pool, request: Dispatcher.DispatchOptions): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let text = '';
    pool.dispatch(request, {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, statusCode) => {
        status = statusCode;
      },
      onResponseData: (_controller, chunk) => {
        if (text.length < LONGEST_ANSWER) text += chunk.toString('utf8');
      },
      onResponseEnd: () => resolve({ status, text }),
      onResponseError: (_controller, error) => reject(error),
    });
  });
}

/** `{"status":"000"}` and nothing else; blanks do not matter. */
function isTaken(answer: string): boolean {
  if (answer === '{"status":"000"}') return true;
  const value = jsonObject(Buffer.from(answer));
  return value !== undefined && Object.keys(value).length === 1 && value['status'] === '000';
}

/** A status callback as the document's samples have it, or with its table's spelling. */
export function statusCallback(
  account: SimulatedWappinAccount,
  messageId: string,
  recipient: string,
  status: string,
  at: Date,
  spelling: CallbackPlan['spelling'],
): WappinCallback {
  const sample = spelling === 'sample';
  const environment = account.environment ?? 'PRODUCTION';
  return {
    message_id: messageId,
    client_id: account.clientId,
    client_name: account.clientName ?? `client-${account.clientId}`,
    project_id: account.projectId,
    project_name: account.projectName ?? `PROJECT-${account.projectId}`,
    sender_number: recipient,
    ...(sample ? { status_messages: status } : { status_message: status }),
    message_content: '-',
    ...(sample ? { environment } : { environtment: environment }),
    timestamp: String(Math.floor(at.getTime() / 1000)),
    callback_type: 'status',
  };
}

/** An inbound text: `-` stands for what does not apply. */
export function inboundCallback(
  account: SimulatedWappinAccount,
  messageId: string,
  sender: string,
  text: string,
  at: Date,
  spelling: CallbackPlan['spelling'],
): WappinCallback {
  return {
    ...statusCallback(account, messageId, sender, '-', at, spelling),
    message_content: text,
    callback_type: 'message',
  };
}
