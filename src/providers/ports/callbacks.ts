import { type Digits } from '../../common/money.js';
import { type MediaType } from './messaging.js';
import { type Failure } from './outcome.js';
import { type TemplateCategory, type TemplateStatus } from './templates.js';

/** Something that a provider told us after its answer, by callback or when it was asked. */
export type Observation = StatusReport | InboundMessage | TemplateReport | VerificationReport | PaymentReport | Unread;

export type ReportedStatus = 'SENT' | 'DELIVERED' | 'READ' | 'FAILED';

/** How far one of our messages came. */
export interface StatusReport {
  readonly kind: 'status';
  /** Which account of the family it is about (Callbacks.mailbox); null where it does not say. */
  readonly mailbox: string | null;
  /** The provider's id of the attempt. */
  readonly reference: string;
  /** The attemptId that we gave, where the provider echoes it; in a batch it may be that of the batch's first message. */
  readonly attemptId: string | null;
  readonly status: ReportedStatus;
  /** By the provider's clock; null where it gives none. */
  readonly occurredAt: Date | null;
  /** E.164 of the recipient, where the provider says it: settles an UNCONFIRMED message whose reference never came. */
  readonly recipient: string | null;
  /** The provider's own id of the recipient, where it gives one. */
  readonly recipientId: string | null;
  readonly failure: Failure | null;
}

/** A person wrote to us. */
export interface InboundMessage {
  readonly kind: 'inbound';
  /** Which account of the family it was written to; null where it does not say. */
  readonly mailbox: string | null;
  /** The provider's id of it. */
  readonly reference: string;
  /** By the provider's clock; null where it gives none. */
  readonly occurredAt: Date | null;
  /** E.164; null where the provider keeps the number back, then `recipientId` is there. */
  readonly from: string | null;
  readonly recipientId: string | null;
  /** The name that the person shows. */
  readonly fromName: string | null;
  /** The provider's id of the message that it answers. */
  readonly inReplyTo: string | null;
  readonly content: InboundContent;
}

export type InboundContent =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'media';
      readonly type: MediaType;
      /** What MediaSource.fetch takes. */
      readonly reference: string;
      readonly mimeType: string | null;
      readonly filename: string | null;
      readonly caption: string | null;
    }
  /** What the person chose: its title and its id. */
  | { readonly kind: 'interactive'; readonly text: string; readonly replyId: string | null }
  /** Of a kind that we do not read. */
  | { readonly kind: 'unknown'; readonly raw: Record<string, unknown> };

/** A template's standing changed at the provider. */
export interface TemplateReport {
  readonly kind: 'template';
  /** TemplateRegistry.owner of the accounts whose template it is. */
  readonly owner: string;
  readonly externalId: string;
  readonly language: string;
  /** Null where only the category changed. */
  readonly status: TemplateStatus | null;
  readonly category: TemplateCategory | null;
  readonly rejectionReason: string | null;
  readonly occurredAt: Date | null;
}

/** A person proved a number at the provider, by a message that they sent it. */
export interface VerificationReport {
  readonly kind: 'verification';
  /** Which account of the family it is about; null where it does not say. */
  readonly mailbox: string | null;
  /** VerificationOffer.reference. */
  readonly reference: string;
  /** E.164 of the number that was proved; null where what stood there is none. */
  readonly phone: string | null;
  /** By the provider's clock; null where it gives none. */
  readonly occurredAt: Date | null;
}

export type ReportedPayment = 'PENDING' | 'PROCESSING' | 'PAID' | 'FAILED' | 'EXPIRED' | 'REFUNDED';

/** A word of the rail about a payment. */
export interface PaymentReport {
  readonly kind: 'payment';
  /** Which account of the family it is about; null where it does not say. */
  readonly mailbox: string | null;
  /** What names the payment: the provider's id of the order's message, or the order's own reference. */
  readonly of: 'message' | 'order';
  readonly reference: string;
  /** With `message`: the order's reference that stands beside it; null where none does. */
  readonly orderReference: string | null;
  /** With `message`: the attemptId that we gave, and E.164 of whom it went to, where the provider says them. */
  readonly attemptId?: string | null;
  readonly recipient?: string | null;
  readonly status: ReportedPayment;
  /** `unsaid`: the rail never says it, and the order's counts. Null: it should be there and is not. */
  readonly amount: ReportedAmount | 'unsaid' | null;
  /** The rail's own id of the transaction. */
  readonly transactionId: string | null;
  /** That id is only the one that our request had: the rail named none of its own. */
  readonly transactionUnnamed: boolean;
  /** VIRTUAL_ACCOUNT_BCA, upi, payment_gateway:razorpay … as the rail names it. */
  readonly paidWith: string | null;
  /** By the provider's clock; null where it gives none. */
  readonly occurredAt: Date | null;
  /** Why it FAILED, where that is said. */
  readonly failure: Failure | null;
  /** By which form of a signature it was found genuine (Admission.proven); null where nothing was signed. */
  readonly proven: string | null;
}

export interface ReportedAmount {
  /** In whole minor units; null where what is written is no such number. */
  readonly value: Digits | null;
  readonly currency: string;
  /** As the rail wrote it, at most 64 characters. */
  readonly written: string;
}

/** In a shape that we know stood a word that nobody knows: kept and counted. */
export interface Unread {
  readonly kind: 'unread';
}

/** A request from a provider as it came. Header names are in lower case. */
export interface RawRequest {
  readonly topic: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Of a kept one: Admission.proven. */
  readonly proven?: string | null;
}

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** What else the provider asks to be answered with. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type Admission =
  /**
   * Genuine: it is stored, and `reply` is said after the commit. `proof`: headers, in lower case, that are not stored with
   * it, for what proves is a secret; Authorization and Cookie never are. `proven`: which of several forms of a signature it
   * was found genuine by; stored, for reading cannot find it again without the secrets.
   */
  | {
      readonly verdict: 'keep';
      readonly reply: Reply;
      readonly proof?: readonly string[];
      readonly proven?: string;
    }
  /** Genuine, and nothing to keep: a provider that makes sure of the address. */
  | { readonly verdict: 'answer'; readonly reply: Reply }
  /** Not genuine: counted, and nothing else. */
  | { readonly verdict: 'refuse'; readonly reply: Reply; readonly reason: string };

export interface Callbacks {
  readonly topics: readonly string[];
  /** Statuses after acceptance come by callback: without it SUBMITTED is an end state. */
  readonly deliveryReports: boolean;
  /** What persons write comes by callback. */
  readonly inbound: boolean;
  /**
   * Its reports name the attemptId that we gave: one that does not is of somebody else's message. Where they never do, a
   * number and a time that fit exactly one UNCONFIRMED message settle it.
   */
  readonly echoes: boolean;
  /**
   * Accounts of one family hold the same credentials, and the provider may call any one's address for all of them; null
   * where each account has its own. Never shown.
   */
  readonly family: string | null;
  /** By what the family's callbacks name this account; null where they do not. */
  readonly mailbox: string | null;
  /** At the door, on the exact bytes: genuine or not, and what to answer. */
  admit(request: RawRequest): Admission;
  /** Later, in the worker, on a kept request. Pure: the same request gives the same observations; never throws. */
  read(request: RawRequest): readonly Observation[];
}
