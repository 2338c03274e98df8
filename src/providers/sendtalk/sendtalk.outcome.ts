/** What SendTalk's answers mean: for a message, for a question about one, and for a verification. Pure. */
import { masked, referenceOf, retryAfterMs, storable, unanswered } from '../../common/http-text.js';
import { type ProblemCode } from '../../common/problem.js';
import { type HttpResult } from '../../http/http.js';
import { type ReportedStatus, type StatusReport } from '../ports/callbacks.js';
import { type Answer, type Failure, type Outcome } from '../ports/outcome.js';
import { type VerificationOutcome } from '../ports/verification.js';
import { readAnswer, type SendTalkAnswer, type SendTalkStanding, type SendTalkStatusWord } from './sendtalk.wire.js';

/** The answer to a question about a message that SendTalk has never heard of. */
const UNKNOWN_MESSAGE = '40401';

const UNAVAILABLE = 'PROVIDER_UNAVAILABLE' satisfies ProblemCode;

const AUTH_FAILED = 'SendTalk refused the API key: compare apiKey with the one in the SendTalk dashboard.';
const BAD_NUMBER = 'SendTalk does not take the recipient as a phone number.';

/** Codes of errors, and reasons of refusals in an answer of success, that refuse a request for good. */
const REFUSALS: ReadonlyMap<string, readonly [ProblemCode, string]> = new Map([
  ['40001', ['PROVIDER_AUTH_FAILED', AUTH_FAILED]],
  ['49103', ['PROVIDER_AUTH_FAILED', AUTH_FAILED]],
  ['40002', ['INVALID_INPUT', 'SendTalk misses a field of the request; its own words are beside.']],
  ['invalid_recipient', ['INVALID_PHONE_NUMBER', BAD_NUMBER]],
  ['insufficient_balance', ['INSUFFICIENT_BALANCE', 'The SendTalk account has no balance: top it up.']],
  ['config_disabled', ['PROVIDER_REJECTED', 'This is turned off at SendTalk: enable it in the SendTalk dashboard.']],
]);

/** Of a name that is shown. */
const LONGEST_FIELD = 64;

/** The names that SendTalk has for the recipient. */
const PHONE_FIELDS = ['phone', 'userPhone'];

/** What came of a call, read. */
export type Heard =
  | Exclude<HttpResult, { kind: 'answer' }>
  | {
      readonly kind: 'answer';
      readonly http: number;
      /** Null where it cannot be read. */
      readonly answer: SendTalkAnswer | null;
      readonly retryAfterMs: number | undefined;
    };

/** Reads what came of a call, without the secrets that an answer may echo. */
export function hear(result: HttpResult, now: Date, secrets: readonly string[]): Heard {
  if (result.kind !== 'answer') return result;
  const answer = readAnswer(result.body);
  return {
    kind: 'answer',
    http: result.status,
    answer: answer?.words ? { ...answer, words: masked(answer.words, secrets) } : answer,
    retryAfterMs: retryAfterMs(result.headers['retry-after'], now),
  };
}

/** The outcome of a call. A code that can be read decides, then the body's status; without one the HTTP status. */
export function judge(heard: Heard): Outcome {
  if (heard.kind !== 'answer') return unanswered('SendTalk', heard);
  const { http, answer, retryAfterMs: wait } = heard;
  if (answer === null) return judgeStatus(http, said(null, http), wait);
  const known = answer.code === null ? undefined : refusalOf(answer.code, answer.field);
  if (known) return { outcome: 'refused', failure: failure(known[0], known[1], answer) };
  const status = answer.status ?? http;
  if (status === 200 && answer.success === true) return { outcome: 'accepted', reference: referenceOf(answer.id) };
  // An error or a reason that we do not know, in an answer that is otherwise good.
  if (status < 300 && (answer.code !== null || answer.success === false)) return rejected(said(answer, status));
  return judgeStatus(status, said(answer, status), wait);
}

function refusalOf(code: string, field: string | null): readonly [ProblemCode, string] | undefined {
  if (code !== '40002' || field === null) return REFUSALS.get(code);
  if (PHONE_FIELDS.includes(field)) return ['INVALID_PHONE_NUMBER', BAD_NUMBER];
  return [
    'INVALID_INPUT',
    `SendTalk does not take ${storable(field, LONGEST_FIELD)} as it was sent; its own words are beside.`,
  ];
}

/** Nothing but a status, SendTalk's in the body or HTTP's own. */
function judgeStatus(status: number, words: Said, wait: number | undefined): Outcome {
  if (status === 401 || status === 403) {
    return { outcome: 'refused', failure: failure('PROVIDER_AUTH_FAILED', AUTH_FAILED, words) };
  }
  if (status === 429 || status === 503) {
    const later = failure(UNAVAILABLE, 'SendTalk takes no more requests just now; it is tried again.', words);
    return { outcome: 'deferred', failure: later, retryAfterMs: wait, ...(status === 429 ? { tooMany: true } : {}) };
  }
  return status >= 500 || status < 300 ? unread(words) : rejected(words);
}

function unread(words: Said): Extract<Outcome, { outcome: 'uncertain' }> {
  const message = 'SendTalk gave no answer that can be read; the request may have been taken.';
  return { outcome: 'uncertain', failure: failure(UNAVAILABLE, message, words) };
}

function rejected(words: Said): Outcome {
  const message = 'SendTalk refused the request; its own code and words are beside.';
  return { outcome: 'refused', failure: failure('PROVIDER_REJECTED', message, words) };
}

/** The outcome of a verification: an answer of success without all that is to be shown is one that cannot be read. */
export function judgeVerification(heard: Heard): VerificationOutcome {
  const outcome = judge(heard);
  if (outcome.outcome !== 'accepted') return outcome;
  const answer = heard.kind === 'answer' ? heard.answer : null;
  if (answer?.offer) return { outcome: 'accepted', reference: answer.offer.reference, offer: answer.offer };
  return unread(said(answer, 200));
}

/** What an answer of get_status tells of the message that was asked about. */
export function judgeStanding(reference: string, heard: Heard): Answer<{ readonly reports: readonly StatusReport[] }> {
  const answer = heard.kind === 'answer' ? heard.answer : null;
  if (answer?.code === UNKNOWN_MESSAGE) return { outcome: 'answered', reports: [] };
  if (answer?.status === 200 && answer.code === null && answer.standing) {
    return { outcome: 'answered', reports: reportsOf(reference, answer.standing) };
  }
  const outcome = judge(heard);
  return outcome.outcome === 'accepted'
    ? { outcome: 'answered', reports: [] }
    : { outcome: 'failed', failure: outcome.failure, retryable: outcome.outcome !== 'refused' };
}

const REPORTED: ReadonlyMap<string, ReportedStatus> = new Map([
  ['sent', 'SENT'],
  ['delivered', 'DELIVERED'],
  ['read', 'READ'],
  ['failed', 'FAILED'],
] satisfies [SendTalkStatusWord, ReportedStatus][]);

/** `failed` comes without a reason. */
const REPORTED_FAILURE: Failure = {
  code: 'PROVIDER_REJECTED',
  message: 'SendTalk says that the message failed, and gives no reason; look for it in the SendTalk dashboard.',
  providerCode: null,
  providerMessage: null,
};

/** `pending`, and a word that nobody knows, tell nothing yet. The time is that of sending, however far it came since. */
function reportsOf(reference: string, { word, sentAt }: SendTalkStanding): readonly StatusReport[] {
  const status = REPORTED.get(word);
  if (!status) return [];
  if (status === 'SENT') return [report(reference, 'SENT', sentAt)];
  return [...(sentAt ? [report(reference, 'SENT', sentAt)] : []), report(reference, status, null)];
}

function report(reference: string, status: ReportedStatus, occurredAt: Date | null): StatusReport {
  const nothing = { mailbox: null, attemptId: null, recipient: null, recipientId: null };
  return {
    ...nothing,
    kind: 'status',
    reference,
    status,
    occurredAt,
    failure: status === 'FAILED' ? REPORTED_FAILURE : null,
  };
}

/** SendTalk's own code and words. */
type Said = Pick<SendTalkAnswer, 'code' | 'words'>;

/** A status stands in for a code that was not given. */
function said(answer: SendTalkAnswer | null, status: number): Said {
  return { code: answer?.code ?? String(status), words: answer?.words ?? null };
}

function failure(code: ProblemCode, message: string, words: Said | null): Failure {
  return {
    code,
    message,
    providerCode: storable(words && words.code),
    providerMessage: storable(words && words.words),
  };
}
