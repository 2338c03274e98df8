/** What Wappin's answers mean: for a message, and for the token that it needs. Pure. */
import { referenceOf, storable } from '../../common/http-text.js';
import { type ProblemCode } from '../../common/problem.js';
import { type HttpResult } from '../../http/http.js';
import { type Failure, type Outcome } from '../ports.js';
import { type Asked, type NoToken } from './wappin.token.js';
import { readAnswer, readToken, type WappinAnswer } from './wappin.wire.js';

/** The same code has several messages; these begin those that are about the values. */
const ABOUT_PARAMS = ['message param count do not match', 'params sms count do not match'];

const UNAVAILABLE = 'PROVIDER_UNAVAILABLE' satisfies ProblemCode;

const AUTH_FAILED =
  "Wappin refused the account's clientId, secretKey or token, or this server's IP address: compare them with the integration in the Wappin dashboard, its allowed IPs too.";

/** Codes that refuse a message for good (documents of do-send-hsm, do-send and do-send-media). */
const REFUSALS: ReadonlyMap<string, readonly [ProblemCode, string]> = new Map([
  ['401', ['PROVIDER_AUTH_FAILED', AUTH_FAILED]],
  ['406', ['PROVIDER_AUTH_FAILED', AUTH_FAILED]],
  ['407', ['PROVIDER_AUTH_FAILED', AUTH_FAILED]],
  [
    '404',
    [
      'TEMPLATE_NOT_FOUND',
      'Wappin does not know the template, or it is inactive: compare its name with the dashboard.',
    ],
  ],
  ['419', ['PROVIDER_REJECTED', 'Wappin takes this only for projects in production.']],
  ['601', ['NOT_ON_WHATSAPP', 'The number has no WhatsApp, says Wappin.']],
  ['605', ['MEDIA_REJECTED', 'Wappin did not take the file.']],
]);

/** The outcome of a do-send-hsm. The body's status decides; without one the HTTP status does. */
export function judge(status: number, body: Buffer, retryAfterMs?: number): Outcome {
  const answer = readAnswer(body);
  return answer === null ? judgeHttp(status, retryAfterMs) : judgeStatus(answer, retryAfterMs);
}

function judgeStatus(answer: WappinAnswer, retryAfterMs: number | undefined): Outcome {
  const { status } = answer;
  // Only this is success: failures carry a message_id too (the sample of 419).
  if (status === '200') {
    return { outcome: 'accepted', reference: referenceOf(answer.messageId) };
  }
  const known = REFUSALS.get(status);
  if (known) return { outcome: 'refused', failure: failure(known[0], known[1], answer) };
  if (status === '400') return { outcome: 'refused', failure: badInput(answer) };
  if (status === '700' || status === '429' || status === '503') {
    const later = failure(
      UNAVAILABLE,
      "Wappin or its vendor can't take the message just now; it is tried again.",
      answer,
    );
    return { outcome: 'deferred', failure: later, ...wait(retryAfterMs) };
  }
  if (/^5\d\d$/.test(status)) return { outcome: 'uncertain', failure: failure(UNAVAILABLE, UNREAD, answer) };
  return { outcome: 'refused', failure: failure('PROVIDER_REJECTED', REJECTED, answer) };
}

function badInput(answer: WappinAnswer): Failure {
  const words = answer.message?.trim().toLowerCase() ?? '';
  return ABOUT_PARAMS.some((start) => words.startsWith(start))
    ? failure('TEMPLATE_PARAMS_MISMATCH', 'The number of values is not that of the template at Wappin.', answer)
    : failure('PROVIDER_REJECTED', REJECTED, answer);
}

const UNREAD = 'Wappin gave no answer that can be read; the message may have been taken.';
const REJECTED = 'Wappin refused the message; its own code and words are beside.';

/** There is no status in the body: a proxy answered, or Wappin's server itself did. */
function judgeHttp(status: number, retryAfterMs: number | undefined): Outcome {
  const http = { status: String(status), message: null };
  if (status === 401 || status === 406 || status === 407) {
    return { outcome: 'refused', failure: failure('PROVIDER_AUTH_FAILED', AUTH_FAILED, http) };
  }
  if (status === 429 || status === 503) {
    const later = failure(UNAVAILABLE, 'Wappin takes no more requests just now; it is tried again.', http);
    return { outcome: 'deferred', failure: later, ...wait(retryAfterMs) };
  }
  if (status >= 500 || status < 300) return { outcome: 'uncertain', failure: failure(UNAVAILABLE, UNREAD, http) };
  return {
    outcome: 'refused',
    failure: failure('PROVIDER_REJECTED', 'What answered was not Wappin: check the base URL of the account.', http),
  };
}

/** The outcome of a call with a message that brought no answer. */
export function unanswered(result: Exclude<HttpResult, { kind: 'answer' }>): Outcome {
  return result.kind === 'unreachable'
    ? { outcome: 'deferred', failure: failure(UNAVAILABLE, `Wappin could not be reached: ${result.reason}`, null) }
    : {
        outcome: 'uncertain',
        failure: failure(UNAVAILABLE, `The call to Wappin broke off, it may have been taken: ${result.reason}`, null),
      };
}

/** True when another token may help: 401, in the body or, without one, in HTTP. */
export function isTokenRefused(outcome: Outcome): boolean {
  return outcome.outcome === 'refused' && outcome.failure.providerCode === '401';
}

/**
 * What came of asking for a token. No message has left by then, so whatever is no word on the credentials is a reason
 * to try again and never an uncertain one.
 */
export function judgeToken(result: HttpResult, retryAfterMs?: number): Asked {
  if (result.kind !== 'answer') {
    return none('deferred', failure(UNAVAILABLE, `Wappin gave no token: ${result.reason}`, null), retryAfterMs);
  }
  const answer = readAnswer(result.body);
  if (answer?.status === '200') {
    const token = readToken(answer);
    return token === null ? { kind: 'same' } : { kind: 'token', token };
  }
  const said = answer ?? { status: String(result.status), message: null };
  return ['401', '406', '407'].includes(said.status)
    ? none('refused', failure('PROVIDER_AUTH_FAILED', AUTH_FAILED, said))
    : none('deferred', failure(UNAVAILABLE, 'Wappin gave no token; it is asked again.', said), retryAfterMs);
}

function none(outcome: NoToken['outcome'], why: Failure, retryAfterMs?: number): Asked {
  return {
    kind: 'none',
    outcome: outcome === 'refused' ? { outcome, failure: why } : { outcome, failure: why, ...wait(retryAfterMs) },
  };
}

function failure(
  code: ProblemCode,
  message: string,
  said: { readonly status: string; readonly message: string | null } | null,
): Failure {
  return {
    code,
    message,
    providerCode: said === null ? null : storable(said.status),
    providerMessage: said === null || said.message === null ? null : storable(said.message),
  };
}

function wait(retryAfterMs: number | undefined): { retryAfterMs?: number } {
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}
