/** What Meta's answers mean. Pure. The codes come in answers and in `failed` statuses alike. */
import { referenceOf, retryAfterMs, storable, unanswered } from '../../common/http-text.js';
import { type ProblemCode } from '../../common/problem.js';
import { integerOf, objectOf, objectsOf, parseObject, textOf, type JsonObject } from '../../common/untrusted-json.js';
import { type HttpResult } from '../../http/http.js';
import { type Answer, type Failure, type Outcome } from '../ports/outcome.js';

/** Every outcome but success. */
export type Trouble = Exclude<Outcome, { outcome: 'accepted' }>;

/** An answer that is no failure, with its body read. */
export interface Good {
  readonly outcome: 'good';
  readonly said: JsonObject;
}

const UNAVAILABLE = 'PROVIDER_UNAVAILABLE' satisfies ProblemCode;

const AUTH_FAILED =
  'Meta refused the access token, or it lacks a permission (whatsapp_business_messaging, whatsapp_business_management) or an asset: make a new one for the system user.';
const REJECTED = 'Meta refused it; its own code and words are beside.';
const LATER = 'Meta cannot take it just now; it is tried again.';
const UNREAD = 'Meta gave no answer that can be read; it may have been taken.';
const NOT_META = 'What answered was not Meta: check the base URL of the account.';

const PARAMS =
  'The values do not fit the placeholders of the template at Meta: count and kind, component by component.';
const MEDIA = 'Meta could not take the file: compare its type and size with the rules, and see that its link is open.';

/** Codes with a problem of their own (Meta's page "Error codes"); the rest is PROVIDER_REJECTED. */
const PROBLEMS: ReadonlyMap<number, readonly [ProblemCode, string]> = new Map([
  [0, ['PROVIDER_AUTH_FAILED', AUTH_FAILED]],
  [3, ['PROVIDER_AUTH_FAILED', AUTH_FAILED]],
  [10, ['PROVIDER_AUTH_FAILED', AUTH_FAILED]],
  [190, ['PROVIDER_AUTH_FAILED', AUTH_FAILED]],
  [131026, ['NOT_ON_WHATSAPP', 'Meta cannot deliver to this person: not on WhatsApp, an old app, or terms not taken.']],
  [131042, ['INSUFFICIENT_BALANCE', 'Payment for the WhatsApp Business Account is not in order: see its billing.']],
  [131047, ['SESSION_WINDOW_CLOSED', 'The person last wrote more than 24 hours ago: send a template.']],
  [131050, ['RECIPIENT_OPTED_OUT', 'The person has stopped marketing messages of this business.']],
  [131051, ['MEDIA_REJECTED', MEDIA]],
  [131052, ['MEDIA_REJECTED', MEDIA]],
  [131053, ['MEDIA_REJECTED', MEDIA]],
  [132000, ['TEMPLATE_PARAMS_MISMATCH', PARAMS]],
  [132001, ['TEMPLATE_NOT_FOUND', 'Meta has no approved template of that name and language: sync the templates.']],
  [132012, ['TEMPLATE_PARAMS_MISMATCH', PARAMS]],
  [132015, ['TEMPLATE_NOT_APPROVED', 'Meta has paused the template for its quality.']],
  [132016, ['TEMPLATE_NOT_APPROVED', 'Meta has disabled the template for its quality.']],
]);

/** Permissions: 200 to 299. */
const isPermission = (code: number): boolean => code >= 200 && code <= 299;

/** Codes that were surely not sent and may go another time; `waitMs` is Meta's own word on how long. */
const DEFERRALS: ReadonlyMap<
  number,
  { readonly waitMs?: number; readonly triesAtMost?: number; readonly tooMany?: true }
> = new Map([
  [1, { triesAtMost: 3 }],
  [2, { triesAtMost: 3 }],
  [131000, { triesAtMost: 3 }],
  [4, {}],
  [80007, {}],
  // More messages a second than the number may send.
  [130429, { tooMany: true }],
  [131016, {}],
  [133004, {}],
  // One message in 6 seconds to the same person.
  [131056, { waitMs: 6_000, tooMany: true }],
  // The number is being moved to another throughput, for about a minute.
  [131057, { waitMs: 60_000 }],
]);

/** Reads an answer: good with its body, or what went wrong. */
export function readResult(result: HttpResult, now: Date): Good | Trouble {
  if (result.kind !== 'answer') return unanswered('Meta', result);
  const said = parseObject(result.body);
  const wait = retryAfterMs(result.headers['retry-after'], now);
  const error = said && objectOf(said['error']);
  const code = error && integerOf(error['code']);
  if (error && code !== null) return judgeCode(code, error, result.status, wait);
  const isGood = result.status >= 200 && result.status < 300;
  return isGood && said && !('error' in said) ? { outcome: 'good', said } : judgeHttp(result.status, wait);
}

/** The outcome of a send: accepted when it has an id. */
export function judgeSend(read: Good | Trouble): Outcome {
  if (read.outcome !== 'good') return read;
  const id = textOf(objectsOf(read.said['messages'])[0]?.['id']);
  if (id === null) return { outcome: 'uncertain', failure: failure(UNAVAILABLE, UNREAD, null) };
  const contact = objectsOf(read.said['contacts'])[0];
  const recipientId = referenceOf(textOf(contact?.['wa_id']) ?? textOf(contact?.['user_id']));
  return { outcome: 'accepted', reference: referenceOf(id), ...(recipientId === null ? {} : { recipientId }) };
}

/** The same trouble where nothing was sent: the question may be asked again whenever it was not refused. */
export function failed(trouble: Trouble): Answer & { outcome: 'failed' } {
  return { outcome: 'failed', failure: trouble.failure, retryable: trouble.outcome !== 'refused' };
}

/** The failure in an `errors` element of a status; null gives one without a reason. */
export function reportedFailure(error: JsonObject | null): Failure {
  const code = error && integerOf(error['code']);
  if (!error || code === null) {
    return failure('PROVIDER_REJECTED', 'Meta reported that the message failed, and gave no reason.', error);
  }
  return codeFailure(code, error);
}

function judgeCode(code: number, error: JsonObject, status: number, wait: number | undefined): Trouble {
  const deferral = DEFERRALS.get(code);
  if (!deferral) return { outcome: 'refused', failure: codeFailure(code, error) };
  const { waitMs, triesAtMost } = deferral;
  const longest = waitMs === undefined ? wait : Math.max(waitMs, wait ?? 0);
  return {
    outcome: 'deferred',
    failure: failure(UNAVAILABLE, LATER, error),
    retryAfterMs: longest,
    triesAtMost,
    ...(deferral.tooMany || status === 429 ? { tooMany: true } : {}),
  };
}

/** There is no code to read: a proxy answered, or something that is not Meta. */
function judgeHttp(status: number, wait: number | undefined): Trouble {
  const said = { code: status };
  if (status === 401 || status === 403) {
    return { outcome: 'refused', failure: failure('PROVIDER_AUTH_FAILED', AUTH_FAILED, said) };
  }
  if (status === 429 || status === 503) {
    const later = failure(UNAVAILABLE, LATER, said);
    return { outcome: 'deferred', failure: later, retryAfterMs: wait, ...(status === 429 ? { tooMany: true } : {}) };
  }
  if (status >= 500 || status < 300) return { outcome: 'uncertain', failure: failure(UNAVAILABLE, UNREAD, said) };
  return { outcome: 'refused', failure: failure('PROVIDER_REJECTED', NOT_META, said) };
}

function codeFailure(code: number, error: JsonObject): Failure {
  const [problem, message] =
    PROBLEMS.get(code) ??
    (isPermission(code)
      ? (['PROVIDER_AUTH_FAILED', AUTH_FAILED] as const)
      : (['PROVIDER_REJECTED', REJECTED] as const));
  return failure(problem, message, error);
}

/** A failure with Meta's code and its words, of which the details say most. */
export function failure(code: ProblemCode, message: string, error: JsonObject | null): Failure {
  const words = error && [
    textOf(error['message']) ?? textOf(error['title']),
    textOf(objectOf(error['error_data'])?.['details']),
    textOf(error['error_user_title']),
    textOf(error['error_user_msg']),
  ];
  const said = [...new Set(words)].filter((each) => each !== null).join(': ');
  return {
    code,
    message,
    providerCode: storable(error && textOf(error['code'])),
    providerMessage: said === '' ? null : storable(said),
  };
}
