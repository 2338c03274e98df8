import { type ProblemCode } from '../../common/problem.js';

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
