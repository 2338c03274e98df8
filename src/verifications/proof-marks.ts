import { type NewEvent } from '../events/event-types.js';
import { countVerification } from './verification-metrics.js';
import { type RefusalReason, timerAfterEnd, type Verification, verificationEvent } from './verification-row.js';

/** As many refusals of a verification count, and are answered, or told from a provider's repeats. */
export const MOST_REFUSALS_ANSWERED = 20;
/** What its column holds. */
const MOST_REFUSALS_COUNTED = 32_767;

/** Marks a verification as proved at that time, in its row, which the caller saves; the event of it. */
export function markVerified(verification: Verification, at: Date, now: Date): NewEvent {
  Object.assign(verification, { status: 'VERIFIED', verifiedAt: at, timerAt: timerAfterEnd(verification, now) });
  countVerification('verified', verification.method);
  return verificationEvent(verification, 'VERIFICATION_VERIFIED', at, now);
}

/** Counts what proved nothing in its row, which the caller saves; the event of it. */
export function markRefused(verification: Verification, reason: RefusalReason, at: Date, now: Date): NewEvent {
  verification.refusals = Math.min(verification.refusals + 1, MOST_REFUSALS_COUNTED);
  countVerification('refused', verification.method);
  return verificationEvent(verification, 'VERIFICATION_REFUSED', at, now, reason);
}
