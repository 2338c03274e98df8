/**
 * The ports of the house: everything it knows of a provider. One folder and one line of the catalogue for each.
 *
 * Glossary. *Account*: one contract at one provider, with its credentials. *Message*: what the merchant asked for, once.
 * *Attempt*: one call to a provider for a message. *Reference*: the provider's own id of an attempt.
 * *Observation*: something a provider told us later, by callback or inquiry. *Person*: whoever writes or is written to, by
 * E.164 number or, where the provider keeps that back, by the provider's own id of them.
 */
import { type ProviderKind } from '../../common/problem.js';
import { type Http } from '../../http/http.js';
import { type Callbacks } from './callbacks.js';
import { type Messaging } from './messaging.js';
import { type Outcome } from './outcome.js';
import { type Checkout, type PaymentInquiry } from './payments.js';
import { type Inquiry, type MediaSource, type Numbers, type Receipts } from './questions.js';
import { type TemplateRegistry } from './templates.js';
import { type Verifications } from './verification.js';

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
  readonly verification?: Verifications;
  readonly checkout?: Checkout;
  readonly payments?: PaymentInquiry;
  /** A call that costs nothing and tells whether the credentials work: accepted is good. */
  test(signal: AbortSignal): Promise<TestOutcome>;
}

/** `ownNumber`: E.164 of the WhatsApp number that the account stands for, where the provider tells it. */
export type TestOutcome = Outcome & { readonly ownNumber?: string };

/** The only way out of an adapter: tests and the simulator replace it, nothing is patched. */
export interface Tools {
  readonly http: Http;
  readonly now: () => Date;
}
