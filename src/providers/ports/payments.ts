import { type Digits } from '../../common/money.js';
import { type PaymentReport } from './callbacks.js';
import { type Beneficiary } from './messaging.js';
import { type Answer, type Outcome } from './outcome.js';

/** A hosted page on which a person pays. */
export interface Checkout {
  /**
   * Opens a page for an order. The same ask with the same requestId is the same request: it may be repeated until there is
   * an answer. Does not throw.
   */
  open(ask: CheckoutAsk, signal: AbortSignal): Promise<CheckoutOutcome>;
}

export interface CheckoutAsk {
  /** Names the request to the provider, and the payment in what it reports. A UUID. */
  readonly requestId: string;
  /** The merchant's own order number. */
  readonly referenceId: string;
  readonly currency: string;
  readonly total: Digits;
  /** Empty where what they cost does not add up to the total, for there is tax, shipping or a discount. */
  readonly items: readonly {
    readonly id: string;
    readonly name: string;
    readonly price: Digits;
    readonly quantity: number;
  }[];
  /** In how many minutes it ends. */
  readonly dueMinutes: number;
  /** As the provider names them; empty: all that the account has. */
  readonly methods: readonly string[];
  /** Where the page leads back to. */
  readonly callbackUrl: string | null;
  readonly customer: {
    /** E.164. */
    readonly phone: string;
    readonly name: string | null;
    readonly email: string | null;
  };
  readonly beneficiary: Beneficiary | null;
}

/** As of a message (Outcome); what was taken comes with its page. */
export type CheckoutOutcome =
  (Extract<Outcome, { outcome: 'accepted' }> & { readonly url: string }) | Exclude<Outcome, { outcome: 'accepted' }>;

/** Asks where payments stand. */
export interface PaymentInquiry {
  /** No reports: the provider knows nothing yet, which is no failure. Does not throw. */
  status(ask: PaymentQuestion, signal: AbortSignal): Promise<Answer<{ readonly reports: readonly PaymentReport[] }>>;
}

export interface PaymentQuestion {
  /** The order's reference: of a chat order the one that its message carried. */
  readonly referenceId: string;
  /** CheckoutAsk.requestId; of a chat order a UUID that the provider never saw. */
  readonly requestId: string;
  /** Of a chat order. */
  readonly configuration: string | null;
}
