import { problem, type Problem, type ProviderKind } from '../../common/problem.js';
import { type Failure } from '../../providers/ports/outcome.js';
import { type Change, type Decision, fail, leaveQueue, moved } from './message.change.js';
import { optedOutBy, toProblem } from './message.failure.js';
import { type MessageState } from '../message-row.js';
import { mayBecome } from './message.status.js';

const MILESTONE = { SENT: 'sentAt', DELIVERED: 'deliveredAt', READ: 'readAt', FAILED: 'failedAt' } as const;

/** What a provider told later, by callback or when it was asked, makes of a message. */
export function afterReport(
  message: MessageState,
  provider: ProviderKind,
  change: Extract<Change, { kind: 'observed' }>,
  now: Date,
): Decision {
  const at = change.occurredAt ?? now;
  const reference = change.learnt
    ? {
        accountId: change.accountId,
        attemptId: change.attemptId,
        attemptNumber: change.attemptNumber,
        reference: change.reference,
      }
    : undefined;
  if (!mayBecome(message.status, change.status)) return { reference };
  const queued = message.status === 'QUEUED';
  const waiting = queued && message.openAttempt !== change.attemptId;
  // A late word of an attempt whose failure is known must not take a message that waits to be sent again out of the queue.
  const known = message.failedAttempt === change.attemptNumber;
  if (change.status === 'SENT' && known && queued && message.openAttempt === null) return { reference };
  if (change.status === 'FAILED') {
    message.failedAttempt = change.attemptNumber;
    // A failure counts of the latest attempt only, and not once the message waits to be sent again.
    if (waiting || change.attemptNumber !== message.attempts) return { reference };
    fail(message, reportedFailure(provider, change.failure), at);
  } else {
    message.status = change.status;
    message[MILESTONE[change.status]] = at;
    message.problem = null;
    leaveQueue(message);
  }
  message.providerMessageId ??= change.reference;
  message.recipientId ??= change.recipientId;
  return { reference, ...optedOutBy(change.failure), ...moved(message, at) };
}

function reportedFailure(provider: ProviderKind, failure: Failure | null): Problem {
  return failure
    ? toProblem(provider, failure, false)
    : problem('PROVIDER_REJECTED', 'The provider took it and reported later that it failed, without a reason.', null);
}
