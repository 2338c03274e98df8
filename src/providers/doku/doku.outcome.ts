/** What an answer of PAYCHAT means for a message. Pure. */
import { referenceOf, storable } from '../../common/http-text.js';
import { type ProblemCode } from '../../common/problem.js';
import { type Failure, type Outcome } from '../ports/outcome.js';
import { readPaychatAnswer } from './doku.wire.js';

/**
 * What a code says for itself. DOKU documents one, `invalid_signature`; the others are read by the words that such
 * codes are made of, and a code that says nothing (`unknown`) leaves the word to the HTTP status.
 */
type Meaning = 'auth' | 'too many' | 'later' | 'fault' | 'repeat' | 'rejected' | 'unknown';

const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/^(invalid_signature|invalid_client(_id)?|invalid_credentials?|unauthori[sz]ed|forbidden|401|403)$/, 'auth'],
  [/too_many|rate_?limit|throttl|^429$/, 'too many'],
  [/(service|temporarily)_unavailable|maintenance|^503$/, 'later'],
  // Speaks of the first request of that id and not of this one: that one may have gone through.
  [/duplicate|idempoten|in_progress|already_|conflict/, 'repeat'],
  [/internal|server_error|time_?out|^5\d\d$/, 'fault'],
  [/^(invalid|missing|unsupported)_|_not_found$|_required$/, 'rejected'],
];

function meaningOf(code: string | null): Meaning {
  const written = code?.toLowerCase().replaceAll(/[\s-]+/g, '_');
  return MEANINGS.find(([pattern]) => written !== undefined && pattern.test(written))?.[1] ?? 'unknown';
}

/** The outcome of an answer. A code that can be read decides, whatever the HTTP status; else the status does. */
export function judge(status: number, body: Buffer, retryAfterMs?: number): Outcome {
  const answer = readPaychatAnswer(body);
  const success = status >= 200 && status < 300;
  // DOKU answers a repeated Request-Id with the first body and HTTP 409 (its idempotency page; unconfirmed for PAYCHAT).
  const repeated = status === 409;
  if (answer.kind === 'submitted' && (success || repeated)) {
    return { outcome: 'accepted', reference: referenceOf(answer.messageId) };
  }
  const code = answer.kind === 'error' ? answer.code : null;
  const words = answer.kind === 'error' ? answer.message : null;
  const meaning = meaningOf(code);
  const failure = (problem: ProblemCode, message: string): Failure => ({
    code: problem,
    message,
    providerCode: storable(code ?? String(status)),
    providerMessage: storable(words),
  });

  const unsaid = meaning === 'unknown' || meaning === 'rejected';
  if (meaning === 'auth' || (unsaid && (status === 401 || status === 403))) {
    return {
      outcome: 'refused',
      failure: failure(
        'PROVIDER_AUTH_FAILED',
        'DOKU refused the credentials: compare clientId and secretKey with the dashboard (settings, API Keys), the environment, and timestampFormat.',
      ),
    };
  }
  if (answer.kind === 'error' && repeated && meaning !== 'repeat') return afterRefusal(meaning, failure, retryAfterMs);
  const later = failure('PROVIDER_UNAVAILABLE', LATER);
  if (meaning === 'too many' || (meaning === 'unknown' && status === 429)) {
    return { outcome: 'deferred', failure: later, retryAfterMs, tooMany: true };
  }
  if (meaning === 'later' || (meaning === 'unknown' && status === 503)) {
    return { outcome: 'deferred', failure: later, retryAfterMs };
  }
  const undecided = answer.kind !== 'error' && (success || repeated);
  if (meaning === 'fault' || meaning === 'repeat' || undecided || (meaning === 'unknown' && status >= 500)) {
    return { outcome: 'uncertain', failure: failure('PROVIDER_UNAVAILABLE', UNCERTAIN) };
  }
  return { outcome: 'refused', failure: failure('PROVIDER_REJECTED', REJECTED) };
}

/** A 409 with an error repeats the refusal of the first request: nothing was sent, and the id is used up. */
function afterRefusal(
  meaning: Meaning,
  failure: (problem: ProblemCode, message: string) => Failure,
  retryAfterMs: number | undefined,
): Outcome {
  return meaning === 'too many' || meaning === 'later' || meaning === 'fault'
    ? { outcome: 'deferred', failure: failure('PROVIDER_UNAVAILABLE', LATER), retryAfterMs, freshKey: true }
    : { outcome: 'refused', failure: failure('PROVIDER_REJECTED', REJECTED) };
}

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

const LATER = 'DOKU takes no more requests just now; it is tried again.';
const UNCERTAIN = 'DOKU gave no answer that can be read; the message may have been taken.';
const REJECTED =
  'DOKU refused the message: check the template id, the number of its values and the recipient; its own code and words are beside.';
