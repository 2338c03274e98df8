/** What Kabar's answers and codes mean. Pure. */
import { referenceOf, storable } from '../../common/http-text.js';
import { type ProblemCode } from '../../common/problem.js';
import { type Failure, type Outcome } from '../ports/outcome.js';
import { readAnswer, type KabarAnswer } from './kabar.wire.js';

const BAD_KEY = 'Kabar refused the API key: compare it with the one in the Kabar console.';

/** What refuses a message for good, in an answer or in a callback: the codes of its document, and HTTP's where it gives none. */
const REFUSALS: ReadonlyMap<string, readonly [ProblemCode, string]> = new Map([
  ['bad_key', ['PROVIDER_AUTH_FAILED', BAD_KEY]],
  ['401', ['PROVIDER_AUTH_FAILED', BAD_KEY]],
  ['unknown_template', ['TEMPLATE_NOT_FOUND', 'Kabar does not know the template in this language.']],
  ['wrong_values', ['TEMPLATE_PARAMS_MISMATCH', 'The number of values is not that of the template at Kabar.']],
  ['not_on_whatsapp', ['NOT_ON_WHATSAPP', 'The number has no WhatsApp, says Kabar.']],
  ['no_credit', ['INSUFFICIENT_BALANCE', 'The Kabar account has no credit: top it up.']],
]);

/** The outcome of a message. Kabar's own code decides; where there is none, the HTTP status does. */
export function judge(http: number, body: Buffer, retryAfterMs?: number): Outcome {
  const { id, code, words } = readAnswer(body);
  const said = { code: code ?? String(http), words };
  if (REFUSALS.has(said.code)) return { outcome: 'refused', failure: refusal(said) };
  if (http === 202 && id !== null) return { outcome: 'accepted', reference: referenceOf(id) };
  if (http === 429 || http === 503) {
    const later = failure('PROVIDER_UNAVAILABLE', 'Kabar takes no more just now; it is tried again.', said);
    return { outcome: 'deferred', failure: later, retryAfterMs, ...(http === 429 ? { tooMany: true } : {}) };
  }
  if (http >= 500 || http < 300) {
    const unread = 'Kabar gave no answer that can be read; the message may have been taken.';
    return { outcome: 'uncertain', failure: failure('PROVIDER_UNAVAILABLE', unread, said) };
  }
  return { outcome: 'refused', failure: refusal(said) };
}

type Said = Pick<KabarAnswer, 'code' | 'words'>;

/** Why Kabar did not take or not deliver a message, by its code. */
export function refusal(said: Said): Failure {
  const unknown = ['PROVIDER_REJECTED', 'Kabar refused the message; its own code and words are beside.'] as const;
  const [code, message] = REFUSALS.get(said.code ?? '') ?? unknown;
  return failure(code, message, said);
}

function failure(code: ProblemCode, message: string, { code: providerCode, words }: Said): Failure {
  return {
    code,
    message,
    providerCode: storable(providerCode),
    providerMessage: storable(words),
  };
}
