import { accountIn, type OfAccount } from '../account-kind.js';
import { type Answer, jsonObject } from '../behaviour.js';
import {
  faultOf,
  flag,
  httpUrl,
  number,
  oneOf,
  optional,
  record,
  type Rule,
  type Shape,
  text,
  textUpTo,
  time,
} from '../control-input.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { DOKU_SETTINGS, type SimulatedDokuAccount } from './doku-account.js';
import { DOKU_ENTRIES, type DokuEntry } from './doku-channels.js';
import {
  type DokuCheckout,
  type DokuCheckouts,
  type DokuStatus,
  type DokuTransaction,
  standingOf,
} from './doku-checkouts.js';
import { type DokuKeys } from './doku-keys.js';
import { type DokuNotifier, type NoticeStyle } from './doku-notifier.js';
import { type ActInput, type DokuPayments } from './doku-payments.js';

const ofAccount: Shape = { account: optional(text), clientId: optional(text) };
const headers: Rule = (value) =>
  record(value) ??
  (Object.values(value as object).every((one) => one === null || typeof one === 'string')
    ? undefined
    : 'must have strings, or null to leave one out');
const STYLE: Shape = {
  forged: optional(flag),
  changed: optional(flag),
  headers: optional(headers),
  signedPath: optional(text),
  token: optional(text),
  tokenPart: optional(oneOf('bearer', 'empty')),
  encoding: optional(oneOf('base64', 'hex')),
  url: optional(httpUrl),
  times: optional(number(1, 100)),
};
const AGAIN: Shape = { ...ofAccount, ...STYLE, invoice: text };
const ACT: Shape = {
  ...AGAIN,
  channel: optional((value) =>
    typeof value === 'string' && /^[A-Z0-9_]+$/.test(value)
      ? undefined
      : 'must be a channel, such as VIRTUAL_ACCOUNT_BCA',
  ),
  transaction: optional(textUpTo(64)),
  at: time,
  amount: optional((value) =>
    typeof value === 'number' || typeof value === 'string' ? undefined : 'must be a number',
  ),
  currency: optional(text),
  originalRequestId: optional(text),
  snap: optional(flag),
  notify: optional(flag),
};
const SHAPES = {
  account: { ...ofAccount, ...DOKU_SETTINGS },
  act: ACT,
  wait: { ...ACT, status: optional(oneOf('PENDING', 'REDIRECT', 'TIMEOUT')) },
  resend: { ...AGAIN, replay: optional(flag) },
  notice: {
    ...{ ...ofAccount, ...STYLE },
    entry: optional(oneOf(...DOKU_ENTRIES)),
    snap: optional(flag),
    body: (value: unknown) => (typeof value === 'string' ? undefined : record(value)),
  },
  token: { ...ofAccount, url: optional(httpUrl), forged: optional(flag), clientKey: optional(text) },
} satisfies Record<string, Shape>;

type OfOrder = OfAccount & { readonly invoice: string };
type Settings = OfAccount &
  Pick<SimulatedDokuAccount, 'notificationUrls' | 'retrySpeed' | 'snapTokenPart' | 'snapEncoding' | 'orderStatus'>;
type Act = OfOrder & ActInput & { readonly status?: DokuStatus };
type Resend = OfOrder & ActInput & { readonly replay?: boolean };
type ByHand = OfAccount &
  NoticeStyle & {
    readonly entry?: DokuEntry;
    readonly snap?: boolean;
    readonly body: string | object;
    readonly url?: string;
    readonly times?: number;
  };
type AskToken = OfAccount & { readonly url?: string; readonly forged?: boolean; readonly clientKey?: string };

const ACTS: Readonly<Record<string, DokuStatus>> = {
  pay: 'SUCCESS',
  fail: 'FAILED',
  wait: 'PENDING',
  expire: 'EXPIRED',
  refund: 'REFUNDED',
};
const DEFAULT_LIMIT = 100;

const said = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) });
const wrong = (message: string): Answer => said({ message }, 400);

/** `/_simulator/doku/…`: DOKU's back office, the person who pays, and notices made by hand. */
export class DokuControl {
  constructor(
    private readonly world: SimulatedWorld,
    private readonly checkouts: DokuCheckouts,
    private readonly payments: DokuPayments,
    private readonly notifier: DokuNotifier,
    private readonly keys: DokuKeys,
  ) {}

  handle(method: string, path: string, query: URLSearchParams, body: Buffer): Answer | Promise<Answer> | undefined {
    const name = path.split('/').slice(3).join('/');
    if (method === 'GET') return this.look(name, query);
    if (method !== 'POST') return undefined;
    switch (name) {
      case 'account':
        return this.take<Settings>(body, SHAPES.account, (input) => this.set(input));
      case 'resend':
        return this.take<Resend>(body, SHAPES.resend, (input) => this.resend(input));
      case 'notice':
        return this.take<ByHand>(body, SHAPES.notice, (input) => this.post(input));
      case 'access-token':
        return this.take<AskToken>(body, SHAPES.token, (input) => this.askToken(input));
    }
    const status = ACTS[name];
    if (status === undefined) return undefined;
    return this.take<Act>(body, name === 'wait' ? SHAPES.wait : SHAPES.act, (input) => this.act(status, input));
  }

  private look(name: string, query: URLSearchParams): Answer | Promise<Answer> | undefined {
    const account = query.get('account') ?? query.get('clientId') ?? undefined;
    const invoice = query.get('invoice') ?? undefined;
    const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
    const fits = (one: { readonly account: string; readonly invoice: string }): boolean =>
      (account ?? one.account) === one.account && (invoice ?? one.invoice) === one.invoice;
    switch (name) {
      case 'account':
        return this.office(account);
      case 'checkouts':
        return said({ checkouts: this.checkouts.newest(limit, fits).map((one) => this.listed(one)) });
      case 'notices':
        return said({ notices: this.notifier.newest(limit, fits) });
      default:
        return undefined;
    }
  }

  private async take<Input>(body: Buffer, shape: Shape, run: (input: Input) => Promise<Answer>): Promise<Answer> {
    const input = jsonObject(body);
    if (input === undefined) return wrong('The body is not a JSON object.');
    const fault = faultOf(input, shape);
    return fault === undefined ? run(input as unknown as Input) : wrong(`The input ${fault}.`);
  }

  /** Changes what is given, and keeps the rest: other URLs too. */
  private async set({ account: named, clientId, notificationUrls, ...change }: Settings): Promise<Answer> {
    const account = this.accountOf(named ?? clientId);
    if (account === undefined) return wrong(UNKNOWN_ACCOUNT);
    const urls = { ...account.notificationUrls, ...notificationUrls };
    this.world.accounts.add({ ...account, ...change, notificationUrls: urls });
    return this.office(account.clientId);
  }

  /** What the back office shows, and DOKU's public key. The secret key stays away. */
  private async office(name: string | undefined): Promise<Answer> {
    const account = this.accountOf(name);
    if (account === undefined) return wrong(UNKNOWN_ACCOUNT);
    const {
      clientId,
      notificationUrls = {},
      retrySpeed = 1,
      snapTokenPart = 'bearer',
      snapEncoding = 'base64',
    } = account;
    const { publicKey } = await this.keys.of(clientId);
    const { orderStatus = true } = account;
    return said({ clientId, notificationUrls, retrySpeed, snapTokenPart, snapEncoding, orderStatus, publicKey });
  }

  private async act(usual: DokuStatus, { status = usual, ...input }: Act): Promise<Answer> {
    const checkout = this.checkoutOf(input);
    if (checkout === undefined) return wrong(UNKNOWN_ORDER);
    const acted = await this.payments.act(checkout, status, input);
    if (typeof acted === 'string') return wrong(acted);
    return said({
      ...acted,
      transaction: acted.transaction && shown(acted.transaction),
      checkout: this.listed(checkout),
    });
  }

  private async resend({ replay = false, ...input }: Resend): Promise<Answer> {
    const checkout = this.checkoutOf(input);
    if (checkout === undefined) return wrong(UNKNOWN_ORDER);
    if (replay) {
      const { account, invoice } = checkout;
      const [last] = this.notifier.newest(1, (one) => one.account === account && one.invoice === invoice);
      if (last === undefined) return wrong('Nothing was sent of this order yet.');
      return said({ note: null, posted: [await this.notifier.replay(last)] });
    }
    const sent = await this.payments.resend(checkout, input);
    return typeof sent === 'string' ? wrong(sent) : said({ note: sent.note, posted: sent.posted });
  }

  /** A notice of what never happened, or happened otherwise, of any merchant's. */
  private async post({ entry, snap = false, body, url: given, times, ...style }: ByHand): Promise<Answer> {
    const account = this.accountOf(accountIn(style));
    if (account === undefined) return wrong(UNKNOWN_ACCOUNT);
    const url = given ?? (entry && account.notificationUrls?.[entry]);
    if (!url) return wrong('Give the url, or an entry of the account that has one.');
    const written = typeof body === 'string' ? body : JSON.stringify(body);
    const notice = { account: account.clientId, invoice: '-', entry, snap, status: '-', body: written };
    return said({ posted: await this.notifier.post(account, notice, { url, style, times, once: true }) });
  }

  private async askToken({ url: given, forged, clientKey, ...of }: AskToken): Promise<Answer> {
    const account = this.accountOf(accountIn(of));
    if (account === undefined) return wrong(UNKNOWN_ACCOUNT);
    const url = given ?? account.notificationUrls?.['access-token'];
    if (!url) return wrong('The account has no URL for access-token; give one, or set it.');
    const { httpStatus, answer, token = null } = await this.notifier.askToken(account, url, { forged, clientKey });
    return said({ httpStatus, answer, token });
  }

  /** The only one there is where none is named. */
  private accountOf(name: string | undefined): SimulatedDokuAccount | undefined {
    const all = this.world.accounts.all('DOKU');
    return name === undefined && all.length === 1 ? all[0] : this.world.accounts.find('DOKU', name ?? '');
  }

  /** Of several accounts with that invoice, the one that made it last. */
  private checkoutOf({ invoice, ...of }: OfOrder): DokuCheckout | undefined {
    const account = accountIn(of);
    if (account !== undefined) return this.checkouts.ofInvoice(account, invoice);
    return this.checkouts.newest(1, (one) => one.invoice === invoice)[0];
  }

  private listed(checkout: DokuCheckout): object {
    const { account, invoice, requestId, amount, currency, url, methods, createdAt, expiresAt, overrideUrl } = checkout;
    const { status = null, expired } = standingOf(checkout, this.world.now());
    const facts = { account, invoice, requestId, amount, currency, url, methods, createdAt, expiresAt };
    const transactions = checkout.transactions.map(shown);
    return { ...facts, overrideUrl: overrideUrl ?? null, status, expired, transactions };
  }
}

const UNKNOWN_ACCOUNT = 'Give the account: the clientId of one of DOKU’s.';
const UNKNOWN_ORDER = 'There is no order of that invoice.';

const shown = ({ channel, ...transaction }: DokuTransaction): object => ({ channel: channel.id, ...transaction });
