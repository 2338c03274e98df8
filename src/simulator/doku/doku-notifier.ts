import { randomInt, randomUUID } from 'node:crypto';
import { jsonObject } from '../behaviour.js';
import { type CallbackPost, type PostingManner } from '../callback-manner.js';
import { type PostedCallback } from '../callbacks.js';
import { Ring } from '../ring.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { notificationUrl, type SimulatedDokuAccount } from './doku-account.js';
import { type DokuEntry } from './doku-channels.js';
import { type DokuNotice } from './doku-checkouts.js';
import { type DokuKeys } from './doku-keys.js';
import { dokuDigest, dokuSignature, snapSignature, snapTokenSignature } from './doku-signature.js';
import { snapTime, utcTime } from './doku-times.js';

/** How a notice is posted; empty: as DOKU does. */
export interface NoticeStyle {
  /** Signed with a key that is not the account's. */
  readonly forged?: boolean;
  /** One character of the body is another than the one that was signed. */
  readonly changed?: boolean;
  /** In place of the right headers, after the signing; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Signed in place of the path of the URL. */
  readonly signedPath?: string;
  /** SNAP: sent in place of one that is asked for. */
  readonly token?: string;
  /** SNAP: in place of what the account has. */
  readonly tokenPart?: 'bearer' | 'empty';
  readonly encoding?: 'base64' | 'hex';
}

export interface Delivery {
  readonly url: string;
  readonly style?: NoticeStyle;
  /** That many copies at once; 1 where absent. */
  readonly times?: number;
  /** Not tried again when it is not taken. */
  readonly once?: boolean;
  /** What is strange about the address. */
  readonly note?: string;
}

/** One try of a notice, as it went out, and its answer. */
export interface SentNotice extends DokuNotice {
  readonly at: Date;
  readonly url: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly headers: Readonly<Record<string, string>>;
  /** HTTP status of the answer; null when there was none. */
  readonly httpStatus: number | null;
  readonly answer: string | null;
  readonly taken: boolean;
  readonly note: string | null;
}

/** How a merchant answered when it was asked for an access token. */
export interface TokenAnswer {
  readonly httpStatus: number | null;
  readonly answer: string | null;
  readonly token: string | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** "Retry Notification": 30 minutes, 6 and 12 hours after the first try. The page's third row contradicts itself. */
const RETRIED_AFTER_MS = [30 * MINUTE_MS, 5.5 * HOUR_MS, 6 * HOUR_MS];
const ANSWER_WITHIN_MS = 10_000;
const KEPT_NOTICES = 20_000;
const JSON_TYPE = { 'content-type': 'application/json' };

/** Tells merchants of their payments, as DOKU does for every channel. */
export class DokuNotifier {
  private readonly sent = new Ring<SentNotice>(KEPT_NOTICES);

  constructor(
    private readonly world: SimulatedWorld,
    private readonly keys: DokuKeys,
  ) {}

  /** The tries that fit, newest first. */
  newest(limit: number, fits: (one: SentNotice) => boolean): SentNotice[] {
    return this.sent.newest(limit, fits);
  }

  /** Where an entry's notices go. `note` says what is strange about it. */
  addressOf(
    { notificationUrls = {} }: SimulatedDokuAccount,
    entry: DokuEntry,
    overrideUrl: string | undefined,
  ): { readonly url?: string; readonly note?: string } {
    const url = notificationUrls[entry] ?? undefined;
    // "Override Notification URL": it needs a URL that is set, the same path, and may change the host alone.
    if (url === undefined) return { note: `The account has no notification URL for ${entry}: DOKU notifies nobody.` };
    if (overrideUrl === undefined) return { url };
    if (new URL(overrideUrl).pathname !== new URL(url).pathname)
      return { url, note: 'override_notification_url was ignored: its path is not that of the URL that is set.' };
    const fault = notificationUrl(overrideUrl);
    return fault === undefined
      ? { url: overrideUrl }
      : { url, note: `override_notification_url was ignored: it ${fault}.` };
  }

  /** Posts a notice, and again later while nobody takes it. Answers the first try of each copy. */
  async post(account: SimulatedDokuAccount, notice: DokuNotice, delivery: Delivery): Promise<SentNotice[]> {
    const copies = Array.from({ length: delivery.times ?? 1 });
    // All copies of one notice have one Request-Id.
    const requestId = randomUUID();
    return Promise.all(copies.map(() => this.deliver(account, notice, delivery, requestId)));
  }

  /** Posts the very bytes and headers of an earlier try: a replay, and no try of DOKU's. */
  async replay(sent: SentNotice): Promise<SentNotice> {
    const account = this.world.accounts.find('DOKU', sent.account) as SimulatedDokuAccount;
    const post = { headers: sent.headers, body: sent.body };
    return this.through(account, sent, { url: sent.url, once: true, note: 'A replay.' }, async () => post);
  }

  /** Asks a merchant for the token of SNAP notifications ("Get Token B2B"). `forged`: signed for somebody else. */
  async askToken(
    { clientId }: SimulatedDokuAccount,
    url: string,
    { forged = false, clientKey = clientId }: { readonly forged?: boolean; readonly clientKey?: string } = {},
  ): Promise<TokenAnswer> {
    const timestamp = snapTime(this.world.now());
    const { privateKey } = await this.keys.of(clientId);
    const signature = snapTokenSignature(forged ? 'somebody-else' : clientKey, timestamp, privateKey);
    const headers = { ...JSON_TYPE, 'X-CLIENT-KEY': clientKey, 'X-TIMESTAMP': timestamp, 'X-SIGNATURE': signature };
    const body = '{"grantType":"client_credentials"}';
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
      const answer = await response.text();
      const { accessToken } = (response.ok && jsonObject(Buffer.from(answer))) || {};
      return { httpStatus: response.status, answer, token: typeof accessToken === 'string' ? accessToken : undefined };
    } catch {
      return { httpStatus: null, answer: null, token: undefined };
    }
  }

  private deliver(
    account: SimulatedDokuAccount,
    notice: DokuNotice,
    delivery: Delivery,
    requestId: string,
  ): Promise<SentNotice> {
    const { url, style = {} } = delivery;
    return this.through(account, notice, delivery, async () =>
      notice.snap ? this.snapPost(account, url, notice, style) : this.plainPost(account, url, notice, style, requestId),
    );
  }

  private async through(
    account: SimulatedDokuAccount,
    notice: DokuNotice,
    { url, once = false, note }: Delivery,
    write: () => Promise<CallbackPost | string>,
  ): Promise<SentNotice> {
    let first: SentNotice | undefined;
    let written: CallbackPost | string = '';
    const tried = ({ at, attempt, httpStatus, answer, taken }: PostedCallback): void => {
      const { headers, body } = typeof written === 'string' ? { headers: {}, body: notice.body } : written;
      const { account: clientId, invoice, entry, snap, status } = notice;
      const told = { account: clientId, invoice, entry, snap, status, body };
      const sent: SentNotice = { ...told, at, url, attempt, headers, httpStatus, answer, taken, note: note ?? null };
      first ??= sent;
      this.sent.push(sent);
    };
    const subject = { account: account.clientId, messageId: notice.invoice, status: notice.status, recipient: '-' };
    const anew = async (): Promise<CallbackPost | string> => (written = await write());
    await this.world.callbacks.post(mannerOf(account), subject, anew, { url, once, tried });
    return first as unknown as SentNotice;
  }

  private plainPost(
    { clientId, secretKey }: SimulatedDokuAccount,
    url: string,
    { body }: DokuNotice,
    style: NoticeStyle,
    requestId: string,
  ): CallbackPost {
    const timestamp = utcTime(this.world.now());
    const target = style.signedPath ?? new URL(url).pathname;
    const parts = { clientId, requestId, timestamp, target, digest: dokuDigest(Buffer.from(body)) };
    const signature = dokuSignature(parts, keyOf(secretKey, style));
    const names = { 'Client-Id': clientId, 'Request-Id': requestId, 'Request-Timestamp': timestamp };
    return posted({ ...JSON_TYPE, ...names, Signature: signature }, body, style);
  }

  private async snapPost(
    account: SimulatedDokuAccount,
    url: string,
    { body }: DokuNotice,
    style: NoticeStyle,
  ): Promise<CallbackPost | string> {
    const token = style.token ?? (await this.tokenFor(account));
    if (typeof token !== 'string') return token.fault;
    const timestamp = snapTime(this.world.now());
    const tokenPart = style.tokenPart ?? account.snapTokenPart ?? 'bearer';
    const path = style.signedPath ?? new URL(url).pathname;
    const parts = { path, token: tokenPart === 'empty' ? '' : token, body, timestamp };
    const encoding = style.encoding ?? account.snapEncoding;
    const names = {
      'X-TIMESTAMP': timestamp,
      'X-SIGNATURE': snapSignature(parts, keyOf(account.secretKey, style), encoding),
      'X-PARTNER-ID': account.clientId,
      // Each try has its own: SNAP wants it unique within a day.
      'X-EXTERNAL-ID': newExternalId(),
      Authorization: `Bearer ${token}`,
    };
    const debit = { 'CHANNEL-ID': 'DH001', 'X-DEVICE-ID': 'simulator', 'X-IP-ADDRESS': '127.0.0.1' };
    const channel = body.includes('"originalPartnerReferenceNo"') ? debit : { 'CHANNEL-ID': 'VA004' };
    return posted({ ...JSON_TYPE, ...names, ...channel }, body, style);
  }

  private async tokenFor(account: SimulatedDokuAccount): Promise<string | { readonly fault: string }> {
    const url = account.notificationUrls?.['access-token'];
    if (!url) return { fault: 'Not posted: the account has no URL for access-token.' };
    const { token, httpStatus, answer } = await this.askToken(account, url);
    return token ?? { fault: `Not posted: no access token was given, HTTP ${httpStatus} ${answer}` };
  }
}

/** Any 2xx is enough; the body is not read. */
const mannerOf = ({ retrySpeed = 1 }: SimulatedDokuAccount): PostingManner => ({
  kind: 'DOKU',
  retryAfterMs: RETRIED_AFTER_MS.map((ms) => ms / retrySpeed),
  isTaken: (httpStatus) => httpStatus >= 200 && httpStatus < 300,
});

const keyOf = (secretKey: string, { forged }: NoticeStyle): string => (forged ? `not-${secretKey}` : secretKey);

/** Eighteen digits. */
export const newExternalId = (): string =>
  `${randomInt(100_000_000, 1_000_000_000)}${randomInt(100_000_000, 1_000_000_000)}`;

function posted(
  headers: Record<string, string>,
  body: string,
  { changed, headers: over = {} }: NoticeStyle,
): CallbackPost {
  const lower = new Map(Object.entries(over).map(([name, value]) => [name.toLowerCase(), value]));
  const kept = Object.entries(headers).filter(([name]) => !lower.has(name.toLowerCase()));
  const given = Object.entries(over).filter((entry): entry is [string, string] => entry[1] !== null);
  return { headers: Object.fromEntries([...kept, ...given]), body: changed ? withAnotherDigit(body) : body };
}

/** The last digit is another: JSON of the same shape. A body without one gets a blank more. */
function withAnotherDigit(body: string): string {
  const place = body.search(/\d(?=\D*$)/);
  if (place < 0) return `${body} `;
  return `${body.slice(0, place)}${(Number(body[place]) + 1) % 10}${body.slice(place + 1)}`;
}
