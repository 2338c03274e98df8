import { type CallbackPlan, type SimulatedKind, type SimulatedStatus } from './behaviour.js';
import { type LedgerMessage } from './ledger.js';

/** Of a message, what its callbacks may have to say; more than that is not known of one that is made up by hand. */
export type ReportedMessage = Pick<
  LedgerMessage,
  'account' | 'messageId' | 'recipient' | 'customData' | 'callbackUrl'
> &
  Partial<LedgerMessage>;

/** How one callback is written. */
export interface CallbackStyle {
  readonly spelling: CallbackPlan['spelling'];
  /** What was set with the account's address, e.g. Wappin's bearer token. */
  readonly token: string | undefined;
  /** With a token or a signature that is not the account's. */
  readonly forged: boolean;
}

/** A callback, ready for the wire. */
export interface CallbackPost {
  /** In place of the account's own address. */
  readonly url?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A message from a person. Exactly one of `text`, `media`, `button`, `quickReply`, `list` and `raw` says what it is. */
export interface InboundMessage {
  readonly account: string;
  /** The provider's id of it. */
  readonly messageId: string;
  /** Digits, country code first; undefined where the provider keeps the number back. */
  readonly from?: string;
  /** The provider's own id of the person. */
  readonly recipientId?: string;
  /** The account's number that they write to, where it has several. */
  readonly to?: string;
  /** The name that the person shows. */
  readonly name?: string;
  /** The provider's id of the message that it answers. */
  readonly replyTo?: string;
  readonly text?: string;
  readonly media?: InboundMedia;
  /** A button of an interactive message. */
  readonly button?: { readonly id: string; readonly title: string };
  /** A quick-reply button of a template. */
  readonly quickReply?: { readonly text: string; readonly payload: string };
  /** A row of a list. */
  readonly list?: { readonly id: string; readonly title: string; readonly description?: string };
  /** The content in the provider's own words. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

export interface InboundMedia {
  readonly type: 'image' | 'video' | 'audio' | 'document' | 'sticker';
  /** The file, which the provider holds. */
  readonly fileId: string;
  readonly url: string;
  readonly mimeType: string;
  readonly sha256: string;
  readonly filename?: string;
  readonly caption?: string;
}

/** How a provider posts: which answer it is content with, and what it does about another. */
export interface PostingManner {
  readonly kind: SimulatedKind;
  /** Between the tries of one that is not taken, in milliseconds. */
  readonly retryAfterMs: readonly number[];
  isTaken(httpStatus: number, answer: string): boolean;
}

/** How a provider calls back about messages: what it writes besides. */
export interface CallbackManner extends PostingManner {
  /** An id as the provider gives them. */
  newMessageId(at: Date): string;
  /** The same for files; a UUID where absent. */
  newFileId?(): string;
  status(message: ReportedMessage, status: SimulatedStatus, at: Date, style: CallbackStyle): CallbackPost;
  /** A string says what is wrong: the provider does not document such a message. */
  inbound(message: InboundMessage, at: Date, style: CallbackStyle): CallbackPost | string;
}
