import { type Problem, problem, type ProblemCode, providerFailure, type ProviderKind } from '../../common/problem.js';
import { type Failure } from '../../providers/ports/outcome.js';

/** What is found out without the provider, or of the merchant's own link. */
const FOUND_HERE: ReadonlySet<ProblemCode> = new Set([
  ...(['MEDIA_REJECTED', 'UNSAFE_URL', 'UNSUPPORTED_BY_PROVIDER', 'TEMPLATE_NOT_FOUND'] as const),
  ...(['TEMPLATE_NOT_APPROVED', 'RECIPIENT_OPTED_OUT', 'SESSION_WINDOW_CLOSED'] as const),
]);

/** A failure as the message shows it: with the provider’s own words, where it was the provider that refused. */
export function toProblem(provider: ProviderKind, failure: Failure, retryable: boolean): Problem {
  const { code, message, providerCode, providerMessage } = failure;
  if (providerCode === null && providerMessage === null && FOUND_HERE.has(code)) return problem(code, message, null);
  return problem(failure.code, failure.message, null, { provider: providerFailure(provider, failure, retryable) });
}

/** Whether it says that the person stopped marketing messages. */
export const optedOutBy = (failure: Failure | null): { readonly optedOut?: true } =>
  failure?.code === 'RECIPIENT_OPTED_OUT' ? { optedOut: true } : {};
