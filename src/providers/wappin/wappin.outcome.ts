/** What Wappin's answers mean: for a message, and for the token that it needs. Pure. */
import { masked, referenceOf, retryAfterMs, storable, unanswered } from '../../common/http-text.js';
import { type ProblemCode } from '../../common/problem.js';
import { type HttpResult } from '../../http/http.js';
import { type Failure, type Outcome } from '../ports/outcome.js';
import { type Asked, type NoToken } from './wappin.token.js';
import { readAnswer, readToken, type WappinAnswer } from './wappin.wire.js';

/** What came back of a call. `answer` is null where the body has no status. */
export type Heard =
  | {
      readonly kind: 'answer';
      readonly http: number;
      readonly answer: WappinAnswer | null;
      readonly retryAfterMs?: number;
    }
  | Exclude<HttpResult, { kind: 'answer' }>;

/** Codes that are about the credentials, the token or the address of this server. */
export const AUTH_CODES: ReadonlySet<string> = new Set(['401', '406', '407']);
/** Codes that mean another time: 700 is the vendor behind Wappin. */
export const LATER_CODES: ReadonlySet<string> = new Set(['700', '429', '503']);
/** The code, or HTTP status, of requests that come too fast. */
const TOO_MANY = '429';

const UNAVAILABLE = 'PROVIDER_UNAVAILABLE' satisfies ProblemCode;

export const AUTH_FAILED =
  "Wappin refused the account's clientId, secretKey or token, or this server's IP address: compare them with the integration in the Wappin dashboard, its allowed IPs too.";
const NO_TEMPLATE = 'Wappin does not know the template, or it is inactive: compare its name with the dashboard.';
const NO_SMS_TEMPLATE =
  'Wappin does not know the template of the SMS: compare its name with the dashboard, and whether it belongs to this template.';
const PARAMS = 'The number of values is not that of the template at Wappin.';
const SMS_PARAMS = 'The number of values of the SMS is not that of its template at Wappin.';
const NOT_IN_PRODUCTION =
  'The project is not in production yet, and Wappin sends free text and files only for those that are: have it put into production in the Wappin dashboard, or send a template.';
const NO_UPLOAD = 'Wappin did not take the file: its upload failed, or its type is not one that Wappin takes.';
const UNREAD = 'Wappin gave no answer that can be read; the message may have been taken.';
const REJECTED = 'Wappin refused the message; its own code and words are beside.';

interface Meaning {
  readonly code: ProblemCode;
  readonly message: string;
}

/** Codes that refuse a message for good (tables of do-send-hsm, do-send and do-send-media; 419 is in a sample). */
const REFUSALS: ReadonlyMap<string, Meaning> = new Map([
  ['404', { code: 'TEMPLATE_NOT_FOUND', message: NO_TEMPLATE }],
  ['419', { code: 'PROVIDER_REJECTED', message: NOT_IN_PRODUCTION }],
  ['601', { code: 'NOT_ON_WHATSAPP', message: 'The number has no WhatsApp, says Wappin.' }],
  ['605', { code: 'MEDIA_REJECTED', message: NO_UPLOAD }],
]);

/** The same code has several messages; `start` begins those that say more than their code. */
const REFUSALS_BY_WORDS: readonly (Meaning & { readonly status: string; readonly start: string })[] = [
  { status: '400', start: 'message param count', code: 'TEMPLATE_PARAMS_MISMATCH', message: PARAMS },
  { status: '400', start: 'params sms count', code: 'TEMPLATE_PARAMS_MISMATCH', message: SMS_PARAMS },
  { status: '404', start: 'content template sms', code: 'TEMPLATE_NOT_FOUND', message: NO_SMS_TEMPLATE },
];

/** Reads what came of a call, without the secrets that an answer may echo. */
export function hear(result: HttpResult, now: Date, secrets: readonly string[]): Heard {
  if (result.kind !== 'answer') return result;
  const answer = readAnswer(result.body);
  return {
    kind: 'answer',
    http: result.status,
    answer: answer?.message ? { ...answer, message: masked(answer.message, secrets) } : answer,
    retryAfterMs: retryAfterMs(result.headers['retry-after'], now),
  };
}

/** The outcome of a call with a message. The body's status decides; without one the HTTP status does. */
export function judge(heard: Heard): Outcome {
  if (heard.kind !== 'answer') return unanswered('Wappin', heard);
  const { http, answer } = heard;
  return answer === null ? judgeHttp(http, heard.retryAfterMs) : judgeStatus(answer, heard.retryAfterMs);
}

function judgeStatus(answer: WappinAnswer, retryAfterMs: number | undefined): Outcome {
  const { status } = answer;
  // Only this is success: failures carry a message_id too (the sample of 419).
  if (status === '200') return { outcome: 'accepted', reference: referenceOf(answer.messageId) };
  if (AUTH_CODES.has(status)) {
    return { outcome: 'refused', failure: failure('PROVIDER_AUTH_FAILED', AUTH_FAILED, answer) };
  }
  if (LATER_CODES.has(status)) {
    const words = "Wappin or its vendor can't take the message just now; it is tried again.";
    return { outcome: 'deferred', failure: failure(UNAVAILABLE, words, answer), retryAfterMs, ...tooMany(status) };
  }
  if (/^5\d\d$/.test(status)) return { outcome: 'uncertain', failure: failure(UNAVAILABLE, UNREAD, answer) };
  const { code, message } = refusalOf(answer);
  return { outcome: 'refused', failure: failure(code, message, answer) };
}

function refusalOf({ status, message }: WappinAnswer): Meaning {
  const words = message?.trim().toLowerCase() ?? '';
  return (
    REFUSALS_BY_WORDS.find((each) => each.status === status && words.startsWith(each.start)) ??
    REFUSALS.get(status) ?? { code: 'PROVIDER_REJECTED', message: REJECTED }
  );
}

/** There is no status in the body: a proxy answered, or Wappin's server itself did. */
function judgeHttp(status: number, retryAfterMs: number | undefined): Outcome {
  const http = { status: String(status), message: null };
  if (AUTH_CODES.has(http.status)) {
    return { outcome: 'refused', failure: failure('PROVIDER_AUTH_FAILED', AUTH_FAILED, http) };
  }
  if (status === 429 || status === 503) {
    const later = failure(UNAVAILABLE, 'Wappin takes no more requests just now; it is tried again.', http);
    return { outcome: 'deferred', failure: later, retryAfterMs, ...tooMany(http.status) };
  }
  if (status >= 500 || status < 300) return { outcome: 'uncertain', failure: failure(UNAVAILABLE, UNREAD, http) };
  return {
    outcome: 'refused',
    failure: failure('PROVIDER_REJECTED', 'What answered was not Wappin: check the base URL of the account.', http),
  };
}

const tooMany = (status: string): { readonly tooMany?: true } => (status === TOO_MANY ? { tooMany: true } : {});

/** True when another token may help: 401, in the body or, without one, in HTTP. */
export function isTokenRefused(heard: Heard): boolean {
  return heard.kind === 'answer' && (heard.answer?.status ?? String(heard.http)) === '401';
}

/**
 * What came of asking for a token. No message has left by then, so whatever is no word on the credentials is a reason
 * to try again and never an uncertain one.
 */
export function judgeToken(heard: Heard): Asked {
  if (heard.kind !== 'answer') {
    return none('deferred', failure(UNAVAILABLE, `Wappin gave no token: ${heard.reason}`, null));
  }
  const { answer } = heard;
  if (answer?.status === '200') {
    const token = readToken(answer);
    return token === null ? { kind: 'same' } : { kind: 'token', token };
  }
  const said = answer ?? { status: String(heard.http), message: null };
  return AUTH_CODES.has(said.status)
    ? none('refused', failure('PROVIDER_AUTH_FAILED', AUTH_FAILED, said))
    : none('deferred', failure(UNAVAILABLE, 'Wappin gave no token; it is asked again.', said), {
        retryAfterMs: heard.retryAfterMs,
        ...tooMany(said.status),
      });
}

function none(
  outcome: NoToken['outcome'],
  why: Failure,
  when: { readonly retryAfterMs?: number; readonly tooMany?: true } = {},
): Asked {
  return {
    kind: 'none',
    outcome: outcome === 'refused' ? { outcome, failure: why } : { outcome, failure: why, ...when },
  };
}

/** A failure with Wappin's own code and words beside it, where it said any. */
export function failure(
  code: ProblemCode,
  message: string,
  said: { readonly status: string; readonly message: string | null } | null,
): Failure {
  return {
    code,
    message,
    providerCode: storable(said && said.status),
    providerMessage: storable(said && said.message),
  };
}
