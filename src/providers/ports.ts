/**
 * The ports of the house: everything it knows of a provider. One folder and one line of the catalogue for each.
 *
 * Glossary. *Account*: one contract at one provider, with its credentials. *Message*: what the merchant asked for, once.
 * *Attempt*: one call to a provider for a message. *Reference*: the provider's own id of an attempt.
 * *Observation*: something a provider told us later, by callback or inquiry.
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
}

/** Everything the house knows of a provider. One value per folder; the catalogue is the array of them. */
export interface ProviderDefinition {
  readonly kind: ProviderKind;
  readonly name: string;
  readonly credentials: readonly CredentialField[];
  readonly limits: { readonly requestsPerMinute: number | null; readonly maxBatchSize: number };
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
  /** A call that costs nothing and tells whether the credentials work: accepted is good. */
  test(signal: AbortSignal): Promise<Outcome>;
}

export interface Messaging {
  readonly carries: ReadonlySet<OutboundContent['kind']>;
  /** The provider takes a second request with the same `requestKey` and content as the first one again. */
  readonly repeatSafe: boolean;
  /** One outcome for each message, in order; never more than limits.maxBatchSize of them. Does not throw. */
  send(batch: readonly Outbound[], signal: AbortSignal): Promise<readonly Outcome[]>;
}

/** A message on its way out, in the provider's terms. */
export interface Outbound {
  readonly attemptId: string;
  /** Names the request to the provider; the same over repeats of one message. A UUID. */
  readonly requestKey: string;
  /** E.164 with the plus. */
  readonly to: string;
  readonly content: OutboundContent;
}

export interface OutboundContent {
  readonly kind: 'template';
  /** What the account calls the template. */
  readonly externalId: string;
  readonly language: string;
  /** The body's values; element 0 fills {{1}}. */
  readonly params: readonly string[];
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
  | { readonly outcome: 'accepted'; readonly reference: string | null }
  /** Never as it stands. `PROVIDER_AUTH_FAILED` stops the account. */
  | { readonly outcome: 'refused'; readonly failure: Failure }
  /** Surely not sent. `freshKey`: the provider has used up this requestKey, the next try needs another. */
  | {
      readonly outcome: 'deferred';
      readonly failure: Failure;
      readonly retryAfterMs?: number;
      readonly freshKey?: true;
    }
  /** May have been sent: repeated only where that is safe, else settled by a callback, an inquiry or a person. */
  | { readonly outcome: 'uncertain'; readonly failure: Failure }
) & { readonly exchange?: Exchange };

export type ReportedStatus = 'SENT' | 'DELIVERED' | 'READ' | 'FAILED';

/** What a provider told us of a message after its answer. */
export interface Observation {
  readonly kind: 'status';
  /** The provider's id of the attempt. */
  readonly reference: string;
  readonly status: ReportedStatus;
  /** By the provider's clock; null where it gives none. */
  readonly occurredAt: Date | null;
  /** E.164 of the recipient, where the provider says it: settles an UNCONFIRMED message whose reference never came. */
  readonly recipient: string | null;
  readonly failure: Failure | null;
}

/** A request from a provider as it came. Header names are in lower case. */
export interface RawRequest {
  readonly topic: string;
  readonly method: string;
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
  /** Not genuine: counted, and nothing else. */
  | { readonly verdict: 'refuse'; readonly reply: Reply; readonly reason: string };

export interface Callbacks {
  readonly topics: readonly string[];
  /** Statuses after acceptance come by callback: without it SUBMITTED is an end state. */
  readonly deliveryReports: boolean;
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
