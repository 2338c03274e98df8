/** What DOKU's answers mean: for a message, and for any request that did not succeed. Pure. */
import { referenceOf, storable } from '../../common/http-text.js';
import { type ProblemCode } from '../../common/problem.js';
import { parseObject, textOf } from '../../common/untrusted-json.js';
import { type Failure, type Outcome } from '../ports/outcome.js';
import { readFault, type DokuFault } from './doku.wire.js';

/**
 * What a code says for itself. DOKU documents one, `invalid_signature`; the others are read by the words that such
 * codes are made of, and a code that says nothing (`unknown`) leaves the word to the HTTP status.
 */
type Meaning = 'auth' | 'too many' | 'later' | 'fault' | 'repeat' | 'rejected' | 'unknown';

const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/^(invalid_signature|invalid_client(_id)?|invalid_credentials?|unauthori[sz]ed|forbidden|401|403)$/, 'auth'],
  [/too_many|rate_?limit|throttl|^429$/, 'too many'],
  [/(service|temporarily)_unavailable|maintenance|^503$/, 'later'],
  // An invoice number that another order has says nothing of this request.
  [/invoice/, 'rejected'],
  // Speaks of the first request of that id and not of this one: that one may have gone through.
  [/duplicate|idempoten|in_progress|already_|conflict/, 'repeat'],
  [/internal|server_error|time_?out|^5\d\d$/, 'fault'],
  [/^(invalid|missing|unsupported)_|_not_found$|_required$/, 'rejected'],
];

function meaningOf(code: string | null): Meaning {
  const written = code?.toLowerCase().replaceAll(/[\s-]+/g, '_');
  return MEANINGS.find(([pattern]) => written !== undefined && pattern.test(written))?.[1] ?? 'unknown';
}

/** What is said of a request of one kind that did not succeed. */
export interface Sentences {
  readonly auth: string;
  readonly later: string;
  readonly uncertain: string;
  readonly rejected: string;
}

/** The outcome of an answer that is no success. A code that can be read decides, whatever the HTTP status; else the status does. */
export function judgeFault(
  status: number,
  fault: DokuFault | null,
  sentences: Sentences,
  retryAfterMs?: number,
): Exclude<Outcome, { outcome: 'accepted' }> {
  const meaning = meaningOf(fault?.code ?? null);
  const failure = (problem: ProblemCode, message: string): Failure => ({
    code: problem,
    message,
    providerCode: storable(fault?.code ?? String(status)),
    providerMessage: storable(fault?.words ?? null),
  });
  const refused = { outcome: 'refused', failure: failure('PROVIDER_REJECTED', sentences.rejected) } as const;
  const later = failure('PROVIDER_UNAVAILABLE', sentences.later);

  const unsaid = meaning === 'unknown' || meaning === 'rejected';
  if (meaning === 'auth' || (unsaid && (status === 401 || status === 403))) {
    return { outcome: 'refused', failure: failure('PROVIDER_AUTH_FAILED', sentences.auth) };
  }
  // DOKU answers a repeated Request-Id with the first body and HTTP 409 (its idempotency page; unconfirmed for PAYCHAT).
  const repeated = status === 409;
  if (fault && repeated && meaning !== 'repeat') {
    // It repeats the refusal of the first request: nothing was done, and the id is used up.
    const mayWork = meaning === 'too many' || meaning === 'later' || meaning === 'fault';
    return mayWork ? { outcome: 'deferred', failure: later, retryAfterMs, freshKey: true } : refused;
  }
  if (meaning === 'too many' || (meaning === 'unknown' && status === 429)) {
    return { outcome: 'deferred', failure: later, retryAfterMs, tooMany: true };
  }
  if (meaning === 'later' || (meaning === 'unknown' && status === 503)) {
    return { outcome: 'deferred', failure: later, retryAfterMs };
  }
  const undecided = fault === null && (isSuccess(status) || repeated);
  if (meaning === 'fault' || meaning === 'repeat' || undecided || (meaning === 'unknown' && status >= 500)) {
    return { outcome: 'uncertain', failure: failure('PROVIDER_UNAVAILABLE', sentences.uncertain) };
  }
  return refused;
}

/** HTTP's own success. */
export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** The outcome of PAYCHAT's answer to a message; an `error` beside a `messageId` is an error. */
export function judge(status: number, body: Buffer, retryAfterMs?: number): Outcome {
  const answer = parseObject(body);
  const fault = readFault(answer);
  const messageId = fault ? null : textOf(answer?.['messageId']);
  if (messageId !== null && (isSuccess(status) || status === 409)) {
    return { outcome: 'accepted', reference: referenceOf(messageId) };
  }
  return judgeFault(status, fault, OF_MESSAGES, retryAfterMs);
}

const OF_MESSAGES: Sentences = {
  auth: 'DOKU refused the credentials: compare clientId and secretKey with the dashboard (settings, API Keys), the environment, and timestampFormat.',
  later: 'DOKU takes no more requests just now; it is tried again.',
  uncertain: 'DOKU gave no answer that can be read; the message may have been taken.',
  rejected:
    'DOKU refused the message: check the template id, the number of its values and the recipient; its own code and words are beside.',
};

/** The outcome of a content that PAYCHAT has no call for; nothing left. */
export const TEMPLATES_ONLY: Outcome = {
  outcome: 'refused',
  failure: {
    code: 'UNSUPPORTED_BY_PROVIDER',
    message: 'DOKU PAYCHAT carries templates only; send this through another account.',
    providerCode: null,
    providerMessage: null,
  },
};
