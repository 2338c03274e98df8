import { type PersonAct, type SimulatedStatus } from './behaviour.js';
import { type CallbackStyle, type CallbackPost, type PostingManner } from './callback-manner.js';
import { type LedgerMessage } from './ledger.js';

/** An order that a person has in the chat: what one order_details message asks them to pay. */
export interface ChatOrder {
  readonly message: LedgerMessage;
  readonly reference: string;
  /** `upi`, `payment_gateway`, `payment_gateway:razorpay`, …, `payment_link`. */
  readonly paymentType: string;
  /** The name of the payee's settings; null where the order brings them along. */
  readonly configuration: string | null;
  /** In hundredths of a rupee. */
  readonly total: number;
  readonly expiresAt: Date | null;
  /** What the tables ask for and the samples leave out. */
  readonly warnings: readonly string[];
  /** The provider hears of its payments. */
  readonly reported: boolean;
  /** Every order_status, oldest first. */
  readonly statuses: OrderStanding[];
  /** Every try of the person's, oldest first. */
  readonly payments: ChatPayment[];
}

/** What an order_status said of an order. */
export interface OrderStanding {
  readonly status: string;
  readonly at: Date;
  readonly messageId: string;
}

/** One try of a person to pay. */
export interface ChatPayment {
  readonly transactionId: string;
  readonly at: Date;
  status: 'pending' | 'success' | 'failed';
  updatedAt: Date;
}

/** Where the payment of an order stands; `new`: nobody has begun. */
export type PaymentStanding = 'new' | 'pending' | 'captured' | 'failed';

export const STANDING_OF = { pending: 'pending', success: 'captured', failed: 'failed' } as const;
export const STATUS_AFTER: Readonly<Record<PersonAct, ChatPayment['status']>> = {
  pay: 'success',
  fail: 'failed',
  wait: 'pending',
};

/** A success stays one, whatever is tried after it. */
export function standingOf({ payments }: Pick<ChatOrder, 'payments'>): PaymentStanding {
  if (payments.some(({ status }) => status === 'success')) return 'captured';
  const last = payments.at(-1);
  return last === undefined ? 'new' : STANDING_OF[last.status];
}

/** How a provider tells of payments. */
export interface PaymentManner extends PostingManner {
  /** An id as the payment gateway behind it gives them. */
  newTransactionId(): string;
  payment(order: ChatOrder, payment: ChatPayment, style: CallbackStyle): CallbackPost;
  /** Whether a message of that status did not come to the person. */
  isFailure(status: SimulatedStatus): boolean;
}
