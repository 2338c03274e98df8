import { accountIn, type OfAccount } from './account-kind.js';
import { type CallbackPlan, type SimulatedKind, type SimulatedStatus } from './behaviour.js';
import { type CallbackManner, type CallbackPost, type CallbackStyle, type PostingManner } from './callback-manner.js';
import { type HttpPost, Poster } from './poster.js';
import { type LedgerMessage } from './ledger.js';
import { Ring } from './ring.js';
import { type Timers } from './timers.js';

/** Where an account's callbacks go: what the dashboard of the real one holds. */
export interface CallbackTarget extends OfAccount {
  readonly kind: SimulatedKind;
  /** Absent or null: nowhere. */
  readonly url?: string | null;
  /** Wappin: sent as `Authorization: Bearer …` where present. */
  readonly token?: string;
  /** What differs from the usual plan for this account. */
  readonly plan?: Partial<CallbackPlan>;
}

/** One try of a callback. */
export interface PostedCallback {
  readonly at: Date;
  readonly kind: SimulatedKind;
  readonly account: string;
  readonly messageId: string;
  /** `-` for what is not about a message of ours. */
  readonly status: string;
  readonly recipient: string;
  readonly url: string;
  /** 1 for the first. */
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
  /** Every retry made, and still not taken. */
  givenUp: number;
  /** Posted and not answered yet. */
  open: number;
}

export interface CallbackOptions {
  readonly plan: CallbackPlan;
  /** In place of what the providers' manners say. */
  readonly retryAfterMs?: readonly number[];
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
  connections: 64,
  answerWithinMs: 10_000,
};

const KEPT_CALLBACKS = 20_000;
const KEPT_ANSWER_LENGTH = 1_000;

/** What a callback is about, for whoever looks at it afterwards. */
export interface CallbackSubject {
  readonly account: string;
  readonly messageId: string;
  readonly status: string;
  readonly recipient: string;
}

/** A callback that is written anew for each try, e.g. with another time; a string says why there is nothing to post. */
export type WriteCallback = (attempt: number) => Promise<HttpPost | string>;

interface Delivery extends CallbackSubject {
  readonly manner: PostingManner;
  readonly url: string;
  readonly post: HttpPost | WriteCallback;
  readonly tried?: (posted: PostedCallback) => void;
}

/** Posts what the providers post, the way they do: what is not taken is tried again. */
export class Callbacks {
  readonly counts: CallbackCounts = { posted: 0, taken: 0, retried: 0, givenUp: 0, open: 0 };
  private readonly targets = new Map<string, CallbackTarget>();
  private readonly log = new Ring<PostedCallback>(KEPT_CALLBACKS);
  private readonly poster: Poster;
  private witness: (message: LedgerMessage, status: SimulatedStatus) => void = () => undefined;

  constructor(
    private readonly timers: Timers,
    private readonly now: () => Date,
    private readonly options: CallbackOptions,
  ) {
    this.poster = new Poster(options.connections, options.answerWithinMs);
  }

  /** Is told of every status that has happened and, where it is posted, has been. */
  watch(witness: (message: LedgerMessage, status: SimulatedStatus) => void): void {
    this.witness = witness;
  }

  /** How callbacks of the account are posted, with what differs for one message. */
  planOf(kind: SimulatedKind, account: string, change: Partial<CallbackPlan> | undefined): CallbackPlan {
    return { ...this.options.plan, ...this.target(kind, account)?.plan, ...change };
  }

  /** Replaces what is known of the account's callbacks. */
  direct(target: CallbackTarget): void {
    this.targets.set(`${target.kind}\n${accountIn(target) ?? ''}`, target);
  }

  target(kind: SimulatedKind, account: string): CallbackTarget | undefined {
    return this.targets.get(`${kind}\n${account}`);
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
   * Lets the message's statuses happen and reports them; without a manner they only happen. `leadMs`: how long its own
   * answer takes. Answers a promise where the callbacks come first and the answer has to wait for them.
   */
  report(
    manner: CallbackManner | undefined,
    message: LedgerMessage,
    change: Partial<CallbackPlan> | undefined,
    leadMs: number,
  ): Promise<void> | undefined {
    const plan = this.planOf(message.kind, message.account, change);
    if (plan.beforeAnswer) return this.reportAtOnce(manner, message, plan);
    const step = (index: number): void => {
      const status = plan.statuses[index];
      if (status === undefined) return;
      this.timers.after(index === 0 ? leadMs + plan.firstAfterMs : plan.betweenMs, () => {
        void this.happens(manner, message, status, plan).then(() => {
          this.witness(message, status);
          step(index + 1);
        });
      });
    };
    step(0);
    return undefined;
  }

  /**
   * Posts one callback; undefined when the account has no address and none is given. `once`: it is not tried again.
   * `tried` hears of every try.
   */
  async post(
    manner: PostingManner,
    subject: CallbackSubject,
    post: CallbackPost | WriteCallback,
    how: { readonly url?: string; readonly once: boolean; readonly tried?: (posted: PostedCallback) => void },
  ): Promise<PostedCallback | undefined> {
    const own = typeof post === 'function' ? undefined : post.url;
    const url = how.url ?? own ?? this.target(manner.kind, subject.account)?.url;
    if (!url) return undefined;
    const delivery: Delivery = { ...subject, manner, url, post, tried: how.tried };
    return how.once ? this.attempt(delivery, 1) : this.deliver(delivery);
  }

  /** How callbacks of the account are written where nothing else is said. */
  styleOf(kind: SimulatedKind, account: string, change: Partial<CallbackStyle> = {}): CallbackStyle {
    const target = this.target(kind, account);
    return {
      spelling: change.spelling ?? target?.plan?.spelling ?? this.options.plan.spelling,
      token: change.token ?? target?.token,
      forged: change.forged ?? false,
    };
  }

  stop(): Promise<void> {
    return this.poster.stop();
  }

  private async reportAtOnce(
    manner: CallbackManner | undefined,
    message: LedgerMessage,
    plan: CallbackPlan,
  ): Promise<void> {
    for (const status of plan.statuses) {
      await this.happens(manner, message, status, plan);
      this.witness(message, status);
    }
  }

  /** Settles when the first try of each copy has been answered. */
  private async happens(
    manner: CallbackManner | undefined,
    message: LedgerMessage,
    status: SimulatedStatus,
    plan: CallbackPlan,
  ): Promise<void> {
    const at = this.now();
    message.events.push({ status, at });
    const target = this.target(message.kind, message.account);
    const url = message.callbackUrl ?? target?.url;
    if (!plan.posted || !url || manner === undefined) return;
    const style: CallbackStyle = { spelling: plan.spelling, token: target?.token, forged: plan.wrongToken };
    const { account, messageId, recipient } = message;
    const post = manner.status(message, status, at, style);
    const delivery: Delivery = { account, messageId, recipient, status, manner, url: post.url ?? url, post };
    if (plan.times === 1) await this.deliver(delivery);
    else await Promise.all(Array.from({ length: plan.times }, () => this.deliver(delivery)));
  }

  private async deliver(delivery: Delivery): Promise<PostedCallback> {
    const posted = await this.attempt(delivery, 1);
    if (!posted.taken) this.retryLater(delivery, 2);
    return posted;
  }

  private retryLater(delivery: Delivery, attempt: number): void {
    const wait = (this.options.retryAfterMs ?? delivery.manner.retryAfterMs)[attempt - 2];
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

  private async attempt(delivery: Delivery, attempt: number): Promise<PostedCallback> {
    const { manner, url, post, account, messageId, status, recipient } = delivery;
    this.counts.posted++;
    this.counts.open++;
    const written = typeof post === 'function' ? await post(attempt) : post;
    // No answer, or half of one, is not taken, as far as the provider can tell.
    const answered = typeof written === 'string' ? null : await this.poster.post(url, written);
    this.counts.open--;
    const taken = answered !== null && manner.isTaken(answered.status, answered.text);
    if (taken) this.counts.taken++;
    const posted: PostedCallback = {
      at: this.now(),
      kind: manner.kind,
      account,
      messageId,
      status,
      recipient,
      url,
      attempt,
      httpStatus: answered?.status ?? null,
      answer: typeof written === 'string' ? written : (answered?.text.slice(0, KEPT_ANSWER_LENGTH) ?? null),
      taken,
    };
    this.log.push(posted);
    delivery.tried?.(posted);
    return posted;
  }
}
