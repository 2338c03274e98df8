import { beginningOf } from './text.js';

/**
 * What a caller can get wrong, or a provider refuse, is a value and not an exception: a `Problem`. The list is
 * closed, clients switch on it. Throwing is kept for bugs and for missing permission.
 */
export const PROBLEM_CODES = {
  INVALID_INPUT: 'A value breaks a rule of the field that is named.',
  INVALID_PHONE_NUMBER: 'It cannot be read as a phone number in the project’s default country or with a country code.',
  NOT_ON_WHATSAPP: 'The provider says that the number has no WhatsApp.',
  NOT_FOUND: 'Nothing of that id exists in this project.',
  TEMPLATE_NOT_FOUND: 'No template of that name, language and channel, or the provider does not know it.',
  TEMPLATE_NOT_APPROVED: 'The template is registered, but not approved, at the accounts that could send it.',
  TEMPLATE_PARAMS_MISMATCH: 'The number of values differs from the number of placeholders.',
  SESSION_WINDOW_CLOSED: 'The person last wrote more than 24 hours ago: only a template may be sent.',
  RECIPIENT_OPTED_OUT: 'The person asked not to be written to.',
  NO_ROUTE: 'No account of the project can carry it.',
  UNSUPPORTED_BY_PROVIDER: 'The accounts that would be used cannot carry this kind of thing.',
  IDEMPOTENCY_CONFLICT: 'The key was used in the last 7 days with another input.',
  DUPLICATE_REFERENCE: 'The name or reference is taken.',
  AMOUNT_MISMATCH: 'The amount is not what the order adds up to.',
  INVALID_TRANSITION: 'The state it is in does not allow that any more.',
  TOO_MANY_REQUESTS: 'A limit was met; retryAt says when it may be tried again.',
  UNSAFE_URL: 'The address is not one this server may call: private, loopback, not http(s), or with credentials.',
  INSUFFICIENT_BALANCE: 'The account at the provider has no balance.',
  EXPIRED: 'Its time had passed.',
  CODE_INCORRECT: 'That is not the code that was sent.',
  MEDIA_REJECTED: 'The provider or we do not take the file.',
  PROVIDER_REJECTED: 'The provider refused it; its own code and words are kept beside.',
  PROVIDER_AUTH_FAILED: 'The provider refused the credentials of the account.',
  PROVIDER_UNAVAILABLE: 'The provider could not be reached or was not able to answer.',
} as const;

export type ProblemCode = keyof typeof PROBLEM_CODES;

/** The kind of a provider, as its folder's definition names it: DOKU, WAPPIN. The catalogue is the list of them. */
export type ProviderKind = string;

/** What the provider said, when it was the provider that refused. */
export interface ProviderFailure {
  readonly provider: ProviderKind;
  /** The provider's own code, as it wrote it: 601, invalid_signature. */
  readonly code: string | null;
  readonly message: string | null;
  readonly retryable: boolean;
}

/** What is shown of them, in bytes as JSON: an event shows them too, and has at most 16 KiB in all (interface.md, The log). */
const MOST_CODE_BYTES = 512;
const MOST_WORDS_BYTES = 4 * 1024;

/** A failure in the provider's own code and words. */
export function providerFailure(
  provider: ProviderKind,
  said: { readonly providerCode: string | null; readonly providerMessage: string | null },
  retryable: boolean,
): ProviderFailure {
  const code = said.providerCode && beginningOf(said.providerCode, MOST_CODE_BYTES);
  const message = said.providerMessage && beginningOf(said.providerMessage, MOST_WORDS_BYTES);
  return { provider, code, message, retryable };
}

export interface Problem {
  readonly code: ProblemCode;
  /** A sentence that says what is wrong and how to mend it. */
  readonly message: string;
  /** Where in the input, e.g. `content.template.params`. */
  readonly field?: string | null;
  readonly provider?: ProviderFailure | null;
  readonly retryAt?: Date | null;
}

/** Marks a value as a Problem at run time, for unions of a thing and a Problem. */
const IS_PROBLEM = Symbol('problem');

/** Makes a Problem: `problem('INVALID_INPUT', 'The name is empty; give 1 to 128 characters.', 'name')`. */
export function problem(
  code: ProblemCode,
  message: string,
  field?: string | null,
  more: Pick<Problem, 'provider' | 'retryAt'> = {},
): Problem {
  return Object.defineProperty(
    { code, message, field: field ?? null, provider: null, retryAt: null, ...more },
    IS_PROBLEM,
    {
      value: true,
    },
  );
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && IS_PROBLEM in value;
}
