/**
 * The ports of the house: everything it knows of a provider. One folder and one line of the catalogue for each.
 *
 * Glossary. *Account*: one contract at one provider, with its credentials. *Message*: what the merchant asked for, once.
 * *Attempt*: one call to a provider for a message. *Reference*: the provider's own id of an attempt.
 * *Observation*: something a provider told us later, by callback or inquiry. *Person*: whoever writes or is written to, by
 * E.164 number or, where the provider keeps that back, by the provider's own id of them.
 */
import { type ProblemCode, type ProviderKind } from '../common/problem.js';
import { type Http } from '../http/http.js';

export type Environment = 'SANDBOX' | 'PRODUCTION';

export interface CredentialField {
  readonly name: string;
  readonly label: string;
  /** Never answered, logged or shown again. */
  readonly secret: boolean;
  readonly required: boolean;
  /** Says what is wrong with a value and how to mend it; undefined when it is fine. */
  readonly check?: (value: string) => string | undefined;
}

/** Credentials as they are stored: every value a string, checked against the definition's fields. */
export type Credentials = Readonly<Record<string, string | undefined>>;

/** One account at one provider, as an adapter sees it. */
export interface Account {
  readonly id: string;
  readonly kind: ProviderKind;
  readonly environment: Environment;
  /** Scheme, host and port, without a slash at the end: the provider's own or an override. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  /** E.164: the number it sends from, where the merchant names it. */
  readonly sender: string | null;
  /** Where the provider is to call back, up to the topic: `${callbackBase}/status`. */
  readonly callbackBase: string;
}

/** Everything the house knows of a provider. One value per folder; the catalogue is the array of them. */
export interface ProviderDefinition {
  readonly kind: ProviderKind;
  readonly name: string;
  /** One sentence: what it is and where. */
  readonly description: string;
  readonly credentials: readonly CredentialField[];
  /** An account of it is nothing without the number that it sends from. */
  readonly needsSender?: boolean;
  readonly limits: {
    readonly requestsPerMinute: number | null;
    readonly maxBatchSize: number;
    /** Between two messages to one person through one account, where the provider asks for that. In milliseconds. */
    readonly personEveryMs?: number;
  };
  readonly baseUrls: Readonly<Record<Environment, string>>;
  /** Cheap and silent: no request leaves and no credential is looked at until a port is used. */
  connect(account: Account, tools: Tools): Provider;
}

/** Nest's token for the array of definitions: tests hand in one of their own. */
export const PROVIDER_CATALOGUE = Symbol('ProviderCatalogue');

/** A capability is the presence of a port, so it cannot be claimed and missing. */
export interface Provider {
  readonly messaging?: Messaging;
  readonly callbacks?: Callbacks;
  readonly inquiry?: Inquiry;
  readonly numbers?: Numbers;
  readonly media?: MediaSource;
  readonly receipts?: Receipts;
  readonly templates?: TemplateRegistry;
  /** A call that costs nothing and tells whether the credentials work: accepted is good. */
  test(signal: AbortSignal): Promise<Outcome>;
}

export interface Messaging {
  readonly carries: ReadonlySet<OutboundContent['kind']>;
  /** The provider takes a second request with the same `requestKey` and content as the first one again. */
  readonly repeatSafe: boolean;
  /** What of a template it carries beside the body's values. */
  readonly templateParts: ReadonlySet<TemplatePart>;
  /** With the part `sms`: when the provider sends it, for that is its own setting and no field of the request. */
  readonly smsRules?: ReadonlySet<FallbackRule>;
  /** Which files it carries; absent where it carries none. */
  readonly media?: MediaRules;
  /** The provider fetches a merchant's link itself, so nobody else has looked at it. */
  readonly fetchesLinks?: true;
  /** Why the provider would refuse a value of a template's, as a sentence; absent where it states no rule. */
  lint?(value: string): string | null;
  /** One outcome for each message, in order; never more than limits.maxBatchSize of them. Does not throw. */
  send(batch: readonly Outbound[], signal: AbortSignal): Promise<readonly Outcome[]>;
}

/** When another way to reach a person is taken, beside the first or after it. */
export type FallbackRule = 'NOT_ON_WHATSAPP' | 'FAILED' | 'NOT_DELIVERED' | 'NOT_READ' | 'ALWAYS';

/** `sms`: the text of an SMS rides in the same request. */
export type TemplatePart = 'header' | 'buttons' | 'sms';

export type MediaType = 'IMAGE' | 'DOCUMENT' | 'AUDIO' | 'VIDEO';

/** What the provider takes of one type of file. */
export interface MediaRule {
  readonly mimeTypes: readonly string[];
  readonly maxBytes: number;
  readonly caption: boolean;
}

export type MediaRules = Readonly<Partial<Record<MediaType, MediaRule>>>;

/** A message on its way out, in the provider's terms. */
export interface Outbound {
  /** Echoed in callbacks where the provider can. A UUID. */
  readonly attemptId: string;
  /** Names the request to the provider; the same over repeats of one message. A UUID. */
  readonly requestKey: string;
  /** E.164 with the plus; without a plus it is the provider's own id of a person whose number it keeps back. */
  readonly to: string;
  /** Of the highest priority: a code. */
  readonly urgent: boolean;
  /** The provider's own id of the message that this one answers; ignored where it cannot quote. */
  readonly quotes: string | null;
  readonly content: OutboundContent;
}

export type OutboundContent = OutboundTemplate | OutboundText | OutboundMedia | OutboundInteractive;

export interface OutboundTemplate {
  readonly kind: 'template';
  /** What the account calls the template. */
  readonly externalId: string;
  readonly language: string;
  readonly category: TemplateCategory;
  /** The body's values; element 0 fills {{1}}. */
  readonly params: readonly string[];
  /** Their names, where the provider has names and not numbers; else empty. */
  readonly paramNames: readonly string[];
  /** The value of the header's placeholder with its name, where it has one, or its file; null where it takes none. */
  readonly header: { readonly text: string; readonly name?: string } | { readonly file: OutboundFile } | null;
  /** Those that take a value, by their place from 0. */
  readonly buttons: readonly { readonly index: number; readonly type: TemplateButtonType; readonly value: string }[];
  /** The SMS that rides along, where the provider carries one. */
  readonly sms: { readonly externalId: string; readonly params: readonly string[] } | null;
}

export interface OutboundText {
  readonly kind: 'text';
  readonly text: string;
}

export interface OutboundMedia {
  readonly kind: 'media';
  readonly file: OutboundFile;
  readonly caption: string | null;
}

/** A file that is sent: a provider takes its link or its bytes. */
export interface OutboundFile {
  readonly type: MediaType;
  /** Names bytes that are ours, so that an upload can be remembered; null for a link of the merchant's. */
  readonly key: string | null;
  /** Where the provider can fetch it: the merchant's link, or one of ours that is good for a day. */
  readonly link: string;
  readonly filename: string | null;
  /** Ours, or fetched from the link past the address guard. The type is read off the bytes. Does not throw. */
  bytes(signal: AbortSignal): Promise<Answer<{ readonly bytes: Buffer; readonly mimeType: string }>>;
}

export interface OutboundInteractive {
  readonly kind: 'interactive';
  readonly text: string;
  /** 1 to 3, or none where there is a list. */
  readonly buttons: readonly { readonly id: string; readonly title: string }[];
  readonly list: OptionList | null;
}

export interface OptionList {
  readonly button: string;
  readonly sections: readonly {
    readonly title: string;
    readonly rows: readonly { readonly id: string; readonly title: string; readonly description: string | null }[];
  }[];
}

/** Why a provider did not do what it was asked. */
export interface Failure {
  readonly code: ProblemCode;
  /** A sentence for the merchant's engineer: what is wrong and how to mend it. */
  readonly message: string;
  /** The provider's own code and words, as it wrote them. */
  readonly providerCode: string | null;
  readonly providerMessage: string | null;
}

/** What was said on the wire, secrets masked; kept with the attempt. */
export interface Exchange {
  readonly request: { method: string; url: string; headers: Record<string, string>; body: string };
  readonly response: { status: number; headers: Record<string, string>; body: string } | null;
}

/** What came of asking. Thrown errors are bugs; a provider's refusals are values. */
export type Outcome = (
  | {
      readonly outcome: 'accepted';
      readonly reference: string | null;
      /** The provider's own id of the person, where it gives one. */
      readonly recipientId?: string;
    }
  /** Never as it stands. `PROVIDER_AUTH_FAILED` stops the account. */
  | { readonly outcome: 'refused'; readonly failure: Failure }
  /**
   * Surely not sent. `freshKey`: the provider has used up this requestKey, the next try needs another. `triesAtMost`: it
   * may never work, so it is tried again so many times and the next such answer is final. `tooMany`: requests come faster
   * than the provider takes them.
   */
  | {
      readonly outcome: 'deferred';
      readonly failure: Failure;
      readonly retryAfterMs?: number;
      readonly freshKey?: true;
      readonly triesAtMost?: number;
      readonly tooMany?: true;
    }
  /** May have been sent: repeated only where that is safe, else settled by a callback, an inquiry or a person. */
  | { readonly outcome: 'uncertain'; readonly failure: Failure }
) & { readonly exchange?: Exchange };

/** What came of a question that sends nothing. `retryable`: the same question may be answered another time. */
export type Answer<Told extends object = object> =
  | ({ readonly outcome: 'answered' } & Told)
  | { readonly outcome: 'failed'; readonly failure: Failure; readonly retryable: boolean };

/** Asks where a message stands. No reports: the provider knows nothing yet, which is no failure. */
export interface Inquiry {
  status(reference: string, signal: AbortSignal): Promise<Answer<{ readonly reports: readonly StatusReport[] }>>;
}

/** Asks whether a number is on WhatsApp. `phone` is E.164. */
export interface Numbers {
  check(phone: string, signal: AbortSignal): Promise<Answer<{ readonly onWhatsApp: boolean }>>;
}

/** Fetches a file that a person sent, by what its message called it. */
export interface MediaSource {
  fetch(
    reference: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Answer<{ readonly bytes: Buffer; readonly mimeType: string | null }>>;
}

/** Shows a person that their message was read. `reference` is the provider's id of it. */
export interface Receipts {
  markRead(reference: string, signal: AbortSignal): Promise<Answer>;
}

export type TemplateCategory = 'MARKETING' | 'UTILITY' | 'AUTHENTICATION';
export type TemplateStatus =
  'DRAFT' | 'PENDING' | 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED' | 'IN_APPEAL' | 'DELETED';
export type TemplateHeaderFormat = 'TEXT' | 'IMAGE' | 'VIDEO' | 'DOCUMENT' | 'LOCATION';
export type TemplateButtonType = 'QUICK_REPLY' | 'URL' | 'PHONE_NUMBER' | 'COPY_CODE' | 'OTP' | 'OTHER';

export interface TemplateHeader {
  readonly format: TemplateHeaderFormat;
  readonly text: string | null;
  /** Of the text's placeholder, or of the media. */
  readonly sample: string | null;
  /** What the text's placeholder is called, where the provider has names and not numbers. */
  readonly paramName?: string;
}

export interface TemplateButton {
  readonly type: TemplateButtonType;
  readonly text: string;
  readonly url: string | null;
  readonly phone: string | null;
}

/** A template as it is sent for approval: placeholders are {{1}} to {{n}}. */
export interface TemplateDraft {
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory;
  readonly body: string;
  /** Names of the body's placeholders, in order; empty where they are numbers at the provider too. */
  readonly paramNames: readonly string[];
  readonly header: TemplateHeader | null;
  readonly footer: string | null;
  readonly buttons: readonly TemplateButton[];
  readonly samples: readonly string[];
}

/** Where a template stands at the provider. */
export interface TemplateStanding {
  /** What a send names it by. */
  readonly externalId: string;
  /** What an edit or a deletion names it by, where that is another id. */
  readonly providerId: string | null;
  readonly status: TemplateStatus;
  readonly category: TemplateCategory;
  readonly rejectionReason: string | null;
}

export interface ListedTemplate extends TemplateDraft, TemplateStanding {
  /** The provider's own form, where that says more than a draft can. */
  readonly raw: Record<string, unknown> | null;
}

/** Templates whose approval goes through the provider's API. */
export interface TemplateRegistry {
  /** Whose they are at the provider: accounts of one owner share them. */
  readonly owner: string;
  submit(draft: TemplateDraft, signal: AbortSignal): Promise<Answer<TemplateStanding>>;
  edit(providerId: string, draft: TemplateDraft, signal: AbortSignal): Promise<Answer<TemplateStanding>>;
  /** Deletes one language of it. Answered also when it is gone already. */
  remove(template: Pick<TemplateStanding, 'externalId' | 'providerId'>, signal: AbortSignal): Promise<Answer>;
  /** One page, from the start with null. */
  page(
    after: string | null,
    signal: AbortSignal,
  ): Promise<Answer<{ readonly templates: readonly ListedTemplate[]; readonly next: string | null }>>;
}

/** Something that a provider told us after its answer, by callback or when it was asked. */
export type Observation = StatusReport | InboundMessage | TemplateReport | Unread;

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
}

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type Admission =
  /** Genuine: it is stored, and `reply` is said after the commit. */
  | { readonly verdict: 'keep'; readonly reply: Reply }
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

/** The only way out of an adapter: tests and the simulator replace it, nothing is patched. */
export interface Tools {
  readonly http: Http;
  readonly now: () => Date;
}
