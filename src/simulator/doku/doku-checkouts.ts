import { randomBytes, randomInt } from 'node:crypto';
import { Ring } from '../ring.js';
import { channelOf, type DokuChannel, type DokuEntry } from './doku-channels.js';
import { type CheckoutInput } from './doku-checkout-input.js';

/** `transaction.status`, in DOKU's words. */
export const DOKU_STATUSES = ['PENDING', 'REDIRECT', 'TIMEOUT', 'FAILED', 'SUCCESS', 'EXPIRED', 'REFUNDED'] as const;
export type DokuStatus = (typeof DOKU_STATUSES)[number];

/** One way in which a person tried to pay an order. */
export interface DokuTransaction {
  readonly channel: DokuChannel;
  /** What the rail calls it: a virtual account's REFERENCE, SNAP's paymentRequestId, a card's approval code. */
  readonly reference: string;
  /** To be paid to: a virtual account's number, a store's payment code. */
  readonly number: string;
  status: DokuStatus;
  /** Since when. */
  at: Date;
}

/** Something to be told to a merchant, before it is signed. */
export interface DokuNotice {
  readonly account: string;
  readonly invoice: string;
  /** In the back office; undefined for one that is made by hand and goes where it is told to. */
  readonly entry: DokuEntry | undefined;
  readonly snap: boolean;
  readonly status: string;
  /** Compact JSON, unless it was made by hand. */
  readonly body: string;
}

/** An order with a page to pay it on. */
export interface DokuCheckout extends CheckoutInput {
  /** Whose it is: a Client-Id. */
  readonly account: string;
  /** Of the request that made it: `original_request_id` in what is told of it. */
  readonly requestId: string;
  /** Of its page. */
  readonly token: string;
  readonly url: string;
  readonly createdAt: Date;
  expiresAt: Date;
  /** Oldest first. */
  readonly transactions: DokuTransaction[];
  /** What was to be told of it, oldest first, whether or not there was an address. */
  readonly notices: DokuNotice[];
}

/** Where an order stands. */
export interface DokuStanding {
  /** What a person did last, but a payment before anything that came after it. */
  readonly transaction: DokuTransaction | undefined;
  /** As Check Status says it; undefined before a channel is chosen. */
  readonly status: DokuStatus | undefined;
  /** Its time is over, and it is not paid. */
  readonly expired: boolean;
}

/** Those of which DOKU knows when they can no longer be paid. */
const EXPIRING: readonly string[] = ['VIRTUAL_ACCOUNT', 'ONLINE_TO_OFFLINE', 'PEER_TO_PEER'];

export const isPaid = ({ status }: DokuTransaction): boolean => status === 'SUCCESS' || status === 'REFUNDED';
/** Neither paid nor failed. */
export const isOpen = ({ status }: DokuTransaction): boolean =>
  status === 'PENDING' || status === 'REDIRECT' || status === 'TIMEOUT';

export function standingOf({ transactions, expiresAt }: DokuCheckout, now: Date): DokuStanding {
  const paid = transactions.find(isPaid);
  const expired = paid === undefined && now >= expiresAt;
  const transaction = paid ?? transactions.at(-1);
  if (transaction === undefined) return { transaction, status: undefined, expired };
  const lapsed = expired && isOpen(transaction) && EXPIRING.includes(transaction.channel.service);
  return { transaction, status: lapsed ? 'EXPIRED' : transaction.status, expired };
}

/** The first digits of every virtual account: the merchant's own. */
export const PARTNER_NUMBER = '77777';

/** The orders of all accounts, in memory, the newest `capacity`. */
export class DokuCheckouts {
  private readonly byInvoice = new Map<string, DokuCheckout>();
  private readonly byRequest = new Map<string, DokuCheckout>();
  private readonly byToken = new Map<string, DokuCheckout>();
  private readonly kept: Ring<DokuCheckout>;

  constructor(capacity: number) {
    this.kept = new Ring(capacity);
  }

  add(checkout: DokuCheckout): void {
    const { account, invoice, requestId, token } = checkout;
    this.byInvoice.set(keyOf(account, invoice), checkout);
    this.byRequest.set(keyOf(account, requestId), checkout);
    this.byToken.set(token, checkout);
    const gone = this.kept.push(checkout);
    if (gone === undefined) return;
    this.byInvoice.delete(keyOf(gone.account, gone.invoice));
    this.byRequest.delete(keyOf(gone.account, gone.requestId));
    this.byToken.delete(gone.token);
  }

  ofInvoice(account: string, invoice: string): DokuCheckout | undefined {
    return this.byInvoice.get(keyOf(account, invoice));
  }

  /** By an invoice number, else by the Request-Id that made it. */
  ofName(account: string, name: string): DokuCheckout | undefined {
    return this.ofInvoice(account, name) ?? this.byRequest.get(keyOf(account, name));
  }

  ofToken(token: string): DokuCheckout | undefined {
    return this.byToken.get(token);
  }

  /** Those that fit, newest first. */
  newest(limit: number, fits: (one: DokuCheckout) => boolean): DokuCheckout[] {
    return this.kept.newest(limit, fits);
  }
}

const keyOf = (account: string, name: string): string => `${account}\n${name}`;

/** `125f8c84….` and digits: nobody guesses it. */
export const newToken = (at: Date): string => `${randomBytes(16).toString('hex')}${at.getTime()}`;

/** What a person does about an order. A string says why it cannot be. */
export function act(
  checkout: DokuCheckout,
  status: DokuStatus,
  { channel: name, reference, at }: { readonly channel?: string; readonly reference?: string; readonly at: Date },
): DokuTransaction | string {
  const { transactions } = checkout;
  const last = transactions.at(-1);
  const channel = channelOf(name ?? last?.channel.id ?? (checkout.methods[0] as string));
  if (status === 'REFUNDED') {
    const paid = transactions.find(isPaid);
    return paid === undefined ? 'The order is not paid.' : turned(paid, status, at);
  }
  // What was begun in the same channel is what ends now; anything else is another try.
  const same = last !== undefined && isOpen(last) && last.channel.id === channel.id;
  if (same && (reference === undefined || reference === last.reference)) return turned(last, status, at);
  const transaction = { channel, status, at, ...numbersOf(channel) };
  transactions.push(reference === undefined ? transaction : { ...transaction, reference });
  return transactions.at(-1) as DokuTransaction;
}

function turned(transaction: DokuTransaction, status: DokuStatus, at: Date): DokuTransaction {
  transaction.status = status;
  transaction.at = at;
  return transaction;
}

function numbersOf({ service }: DokuChannel): Pick<DokuTransaction, 'reference' | 'number'> {
  const reference = String(randomInt(1_000_000_000, 10_000_000_000));
  const customer = String(randomInt(1, 1_000_000_000)).padStart(13, '0');
  return { reference, number: service === 'VIRTUAL_ACCOUNT' ? `${PARTNER_NUMBER}${customer}` : `8888${customer}` };
}
