import { type Outcome } from './ports/outcome.js';

/**
 * What one call says of its provider's health: it answered, it was not there, or requests come faster than it takes them.
 * `never left`: what was to be sent was refused here, or a file of the merchant's could not be had.
 */
export type Verdict = 'answered' | 'failed' | 'too many' | 'never left';

/** By the outcomes of all messages that one request carried. A refusal is an answer like any other. */
export function verdictOf(outcomes: readonly Outcome[]): Verdict {
  if (outcomes.some((outcome) => outcome.outcome === 'deferred' && outcome.tooMany)) return 'too many';
  // Who takes one message of a request is there, whatever became of the others.
  if (outcomes.some(({ outcome }) => outcome === 'accepted')) return 'answered';
  if (outcomes.some(isFailure)) return 'failed';
  return outcomes.some(({ exchange }) => exchange !== undefined) ? 'answered' : 'never left';
}

/** The provider was not there: the line broke, it was not reached, or it says itself that it is not available. */
function isFailure(outcome: Outcome): boolean {
  if (outcome.outcome === 'uncertain') return true;
  // A deferral without an exchange is of what was fetched before the call.
  return (
    outcome.outcome === 'deferred' && outcome.failure.code === 'PROVIDER_UNAVAILABLE' && outcome.exchange !== undefined
  );
}
