import { type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedDokuAccount } from './doku-account.js';
import { type DokuChannel, type DokuEntry } from './doku-channels.js';
import {
  act,
  type DokuCheckout,
  type DokuNotice,
  type DokuStatus,
  type DokuTransaction,
  isOpen,
  isPaid,
  standingOf,
} from './doku-checkouts.js';
import { noticeBody, snapNoticeBody } from './doku-notice.js';
import { type DokuNotifier, newExternalId, type NoticeStyle, type SentNotice } from './doku-notifier.js';

/** What is unusual about something that a person does, and about the notice of it. */
export interface ActInput extends NoticeStyle {
  /** Where the person pays: the channel of the last try where absent, else the order's first. */
  readonly channel?: string;
  /** What the rail calls it. One that is not the last try's is another transaction. */
  readonly transaction?: string;
  /** When; now where absent. */
  readonly at?: string;
  /** Said in place of the order's; a string as it is. */
  readonly amount?: number | string;
  /** SNAP alone says one. */
  readonly currency?: string;
  /** Said in place of the Request-Id that made the order. */
  readonly originalRequestId?: string;
  /** As SNAP, or not; where absent, as SNAP if only its URL is set for the channel. */
  readonly snap?: boolean;
  /** Whether DOKU tells of it; where absent, of everything but waiting. */
  readonly notify?: boolean;
  /** In place of the account's URL. */
  readonly url?: string;
  readonly times?: number;
}

export interface Acted {
  /** Null where no channel was chosen. */
  readonly transaction: DokuTransaction | null;
  /** Why nothing was posted, or what is strange about where it was. */
  readonly note: string | null;
  /** The first try of each copy. */
  readonly posted: readonly SentNotice[];
}

const NOTHING_CHOSEN: Acted = {
  transaction: null,
  note: 'No channel was chosen: there is nothing to tell.',
  posted: [],
};

/** What a person does about an order, and what DOKU tells of it. */
export class DokuPayments {
  constructor(
    private readonly world: SimulatedWorld,
    private readonly notifier: DokuNotifier,
  ) {}

  /** A string says why it cannot be. Settles when the first tries have been answered. */
  async act(checkout: DokuCheckout, status: DokuStatus, input: ActInput = {}): Promise<Acted | string> {
    const { channel, transaction: reference } = input;
    const at = input.at === undefined ? this.world.now() : new Date(input.at);
    if (status === 'EXPIRED') {
      if (checkout.expiresAt > at) checkout.expiresAt = at;
      if (channel === undefined && checkout.transactions.length === 0) return NOTHING_CHOSEN;
    }
    const paid = checkout.transactions.some(isPaid);
    const transaction = act(checkout, status, { channel, reference, at });
    if (typeof transaction === 'string') return transaction;
    if (status === 'SUCCESS') this.world.ledger.count('DOKU', checkout.account, paid ? 'paymentRepeats' : 'payments');
    const { notify = !isOpen(transaction) } = input;
    return notify ? this.tell(checkout, transaction, input) : { transaction, note: null, posted: [] };
  }

  /** Tells again what was told last, as somebody asks for in the back office: under another Request-Id, and once. */
  async resend(checkout: DokuCheckout, { url, times, ...style }: ActInput): Promise<Acted | string> {
    const notice = checkout.notices.at(-1);
    if (notice === undefined) return 'Nothing was to be told of this order yet.';
    const { transaction = null } = standingOf(checkout, this.world.now());
    return { transaction, ...(await this.post(checkout, notice, { url, times, ...style }, true)) };
  }

  private async tell(checkout: DokuCheckout, transaction: DokuTransaction, input: ActInput): Promise<Acted> {
    const { account, invoice, amount, currency, requestId } = checkout;
    const { channel, status } = transaction;
    const snap = input.snap ?? this.isSnapAlone(checkout, channel);
    const said = { amount: input.amount ?? amount, currency: input.currency ?? currency };
    const told = { checkout, transaction, status, ...said, originalRequestId: input.originalRequestId ?? requestId };
    const written = snap ? snapNoticeBody(told, newExternalId()) : { body: noticeBody(told) };
    if (typeof written === 'string') return { transaction, note: written, posted: [] };
    // QRIS, cards and others have no SNAP entry; a notice as SNAP needs a `url` there.
    const entry: DokuEntry = snap ? (channel.snapEntry ?? channel.entry) : channel.entry;
    const notice: DokuNotice = { account, invoice, entry, snap, status, ...written };
    checkout.notices.push(notice);
    return { transaction, ...(await this.post(checkout, notice, input, false)) };
  }

  private async post(
    checkout: DokuCheckout,
    notice: DokuNotice,
    { url: given, times, forged, changed, headers, signedPath, token, tokenPart, encoding }: ActInput,
    once: boolean,
  ): Promise<Pick<Acted, 'note' | 'posted'>> {
    const account = this.accountOf(checkout);
    const { url, note } =
      given !== undefined || notice.entry === undefined
        ? { url: given, note: undefined }
        : this.notifier.addressOf(account, notice.entry, checkout.overrideUrl);
    if (url === undefined) return { note: note ?? null, posted: [] };
    const style = { forged, changed, headers, signedPath, token, tokenPart, encoding };
    const posted = await this.notifier.post(account, notice, { url, style, times, once, note });
    return { note: note ?? null, posted };
  }

  private isSnapAlone(checkout: DokuCheckout, { entry, snapEntry }: DokuChannel): boolean {
    const { notificationUrls = {} } = this.accountOf(checkout);
    return snapEntry !== undefined && !notificationUrls[entry] && !!notificationUrls[snapEntry];
  }

  private accountOf({ account }: DokuCheckout): SimulatedDokuAccount {
    // An account can be replaced and never goes away.
    return this.world.accounts.find('DOKU', account) as SimulatedDokuAccount;
  }
}
