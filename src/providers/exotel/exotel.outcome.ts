/** What Exotel's answers mean for each message of a request. Pure. */
import { referenceOf, storable } from '../../common/http-text.js';
import { type ProblemCode } from '../../common/problem.js';
import { arrayOf, integerOf, objectOf, parseObject, textOf, type JsonObject } from '../../common/untrusted-json.js';
import { type Failure, type Outcome } from '../ports/outcome.js';
import { faultOfCode } from './exotel.codes.js';
import { type ExotelAnswer } from './exotel.wire.js';

/** What an answer, or an element of it, says for itself. */
interface Said {
  /** As HTTP has them. */
  readonly code: number | null;
  readonly error: { readonly code: string | null; readonly words: string | null } | null;
  readonly sid: string | null;
}

/** An answer as it was read: of the whole request, and of each message in the order of the request. */
export interface ReadAnswer {
  readonly whole: Said;
  readonly messages: readonly Said[];
}

/** Reads the body of any answer. Never throws. */
export function readAnswer(status: number, body: Buffer): ReadAnswer {
  const answer = parseObject(body) as Readonly<Partial<Record<keyof ExotelAnswer, unknown>>> | null;
  const response = objectOf(answer?.response);
  return {
    whole: {
      code: integerOf(answer?.http_code) ?? status,
      error: errorOf(response?.['error_data']) ?? errorOf((answer as JsonObject | null)?.['error_data']),
      sid: null,
    },
    messages: elementsOf(answer).map((element) => {
      const said = objectOf(element);
      return {
        code: integerOf(said?.['code']),
        error: errorOf(said?.['error_data']),
        sid: textOf(objectOf(said?.['data'])?.['sid']),
      };
    }),
  };
}

/** The answers of the single messages, as they were written; none where the request was refused whole. */
export function elementsOf(answer: JsonObject | null): readonly unknown[] {
  return arrayOf(objectOf(objectOf(answer?.['response'])?.['whatsapp'])?.['messages']);
}

function errorOf(value: unknown): Said['error'] {
  const error = objectOf(value);
  const written = textOf(error?.['code']);
  // As a program writes an error that is none.
  const code = written === '0' ? null : written;
  const words = [textOf(error?.['message']), textOf(error?.['description'])].filter((each) => each !== null);
  if (code === null && words.length === 0) return null;
  return { code, words: words.length === 0 ? null : [...new Set(words)].join(': ') };
}

/**
 * The outcome of the message at `place` of the request. HTTP 202 hides refusals: each message has a code of its own, and
 * the code of the whole counts only where there is none for any.
 */
export function judge(answer: ReadAnswer, place: number, retryAfterMs?: number): Outcome {
  const said = answer.messages.length === 0 ? answer.whole : answer.messages[place];
  if (said === undefined) return { outcome: 'uncertain', failure: failure('PROVIDER_UNAVAILABLE', UNREAD, null) };
  return said.sid !== null && said.error === null && isSuccess(said.code)
    ? { outcome: 'accepted', reference: referenceOf(said.sid) }
    : refusal(said, retryAfterMs);
}

function refusal(said: Said, retryAfterMs: number | undefined): Outcome {
  const refused = (code: ProblemCode, message: string): Outcome => ({
    outcome: 'refused',
    failure: failure(code, message, said),
  });
  const errorCode = integerOf(said.error?.code);
  // A code that names the fault says more than one of HTTP's beside it.
  const fault = faultOfCode(errorCode);
  if (fault && fault.problem !== 'PROVIDER_REJECTED') return refused(fault.problem, fault.message);

  const code = isSuccess(said.code) ? (errorCode ?? said.code) : (said.code ?? errorCode);
  switch (code) {
    case 401:
    case 403:
      return refused('PROVIDER_AUTH_FAILED', AUTH_FAILED);
    case 402:
      return refused('INSUFFICIENT_BALANCE', BALANCE);
    case 429:
    case 503: {
      const later = failure('PROVIDER_UNAVAILABLE', LATER, said);
      return { outcome: 'deferred', failure: later, retryAfterMs, ...(code === 429 ? { tooMany: true } : {}) };
    }
    case 404:
      return refused('PROVIDER_REJECTED', NOT_FOUND);
    default:
      return code === null || isSuccess(code) || (code >= 500 && code <= 599)
        ? { outcome: 'uncertain', failure: failure('PROVIDER_UNAVAILABLE', UNREAD, said) }
        : refused('PROVIDER_REJECTED', fault?.message ?? REJECTED);
  }
}

/**
 * Whether a request without messages was refused for that and nothing else: who reads it so has taken the credentials
 * and knows the account.
 */
export function isTestPassed(answer: ReadAnswer): boolean {
  const { code } = answer.whole;
  return code === 400 || isSuccess(code);
}

function isSuccess(code: number | null): boolean {
  return code !== null && code >= 200 && code <= 299;
}

const AUTH_FAILED =
  'Exotel refused the credentials: compare accountSid, apiKey and apiToken with the API settings in its dashboard, and the region with baseUrl (https://api.in.exotel.com is Mumbai).';
const BALANCE = "The account's plan at Exotel does not allow it, or its limit or balance is used up.";
const LATER = 'Exotel takes no more requests just now; it is tried again.';
const NOT_FOUND =
  'Exotel does not know something that was named: compare accountSid, the sender and the region (baseUrl) with its dashboard.';
const REJECTED = 'Exotel refused the message; its own code and words are beside.';
const UNREAD = 'Exotel gave no answer for this message that can be read; it may have been taken.';

function failure(code: ProblemCode, message: string, said: Said | null): Failure {
  const providerCode = said?.error?.code ?? (said === null || said.code === null ? null : String(said.code));
  return {
    code,
    message,
    providerCode: storable(providerCode),
    providerMessage: storable(said?.error?.words ?? null),
  };
}
