import { type Problem, type ProviderFailure } from '../../common/problem.js';
import { type EventType } from '../../events/event-types.js';
import { type ReportedStatus } from '../../providers/ports/callbacks.js';
import { type Failure, type Outcome } from '../../providers/ports/outcome.js';
import { type MessageState } from '../message-row.js';
import { type Fallback } from '../planning/send-input.js';

/** Through which account a message goes, and which others may take it where that one does not. */
export interface Path {
  readonly accountId: string;
  /** With `accountId`; null where there is no other one. */
  readonly route: readonly string[] | null;
}

/** Something that happened to a message, or that a person wants of it. */
export type Change =
  | {
      readonly kind: 'outcome';
      /** The account through which the call went. */
      readonly accountId: string;
      readonly attemptId: string;
      readonly attemptNumber: number;
      readonly outcome: Outcome;
      readonly durationMs: number;
      readonly repeatSafe: boolean;
      /** The provider can be asked where a message stands. */
      readonly inquires: boolean;
    }
  | {
      readonly kind: 'observed';
      readonly accountId: string;
      readonly attemptId: string;
      readonly attemptNumber: number;
      readonly reference: string;
      /** The reference was not known: the report was matched by what else it says. */
      readonly learnt: boolean;
      /** The provider's own id of the person, where it said one. */
      readonly recipientId: string | null;
      readonly status: ReportedStatus;
      readonly occurredAt: Date | null;
      readonly failure: Failure | null;
    }
  /** Its timerAt came. */
  | { readonly kind: 'due' }
  | { readonly kind: 'cancel' }
  /** Through this account; where it had failed, through the others of `route` too. */
  | ({ readonly kind: 'retry' } & Path)
  | { readonly kind: 'resolve'; readonly sent: boolean }
  /** Its account is gone: another one takes it, or none fits. */
  | { readonly kind: 'stranded'; readonly path: Path | null }
  /** One of its family, the messages that stand in for each other, was delivered or read. */
  | { readonly kind: 'spared'; readonly arrived: MessageState };

/** A fallback whose rule holds, and those after it, which go on with it. */
export interface Holding {
  readonly fallback: Fallback;
  readonly rest: readonly Fallback[];
}

/** What the attempt's row learns. */
export interface AttemptNews {
  readonly id: string;
  readonly outcome: 'ACCEPTED' | 'REFUSED' | 'DEFERRED' | 'UNCERTAIN';
  readonly durationMs: number;
  readonly providerMessageId: string | null;
  readonly failure: ProviderFailure | null;
  readonly outcomeOf: Outcome;
}

/** A provider's id of an attempt, as it is filed. */
export interface LearntId {
  readonly accountId: string;
  readonly attemptId: string;
  readonly attemptNumber: number;
  readonly reference: string;
}

/** What follows from a change, beside what it makes of the message. */
export interface Decision {
  /** Why a person's wish was not followed. */
  readonly problem?: Problem;
  /** The event to append; undefined when nothing moved that anybody is told of. */
  readonly event?: { readonly type: EventType; readonly occurredAt: Date };
  readonly attempt?: AttemptNews;
  /** Nothing was heard of it for long: the provider is to be asked. */
  readonly inquire?: true;
  /** The fallbacks whose rules hold: the first that can be sent is. */
  readonly standIns?: readonly Holding[];
  /** The provider says that the person stopped marketing messages. */
  readonly optedOut?: true;
  /** A provider's id that is known from now on, and whose it is. */
  readonly reference?: LearntId;
}

/** What is told of a message whose status is another one now. */
export const moved = (message: MessageState, occurredAt: Date): Decision => ({
  event: { type: `MESSAGE_${message.status}` as EventType, occurredAt },
});

/** Takes it out of the queue and off the timer. */
export function leaveQueue(message: MessageState): void {
  message.dueAt = null;
  message.timerAt = null;
}

/** The end, with why. */
export function fail(message: MessageState, why: Problem, now: Date): void {
  message.status = 'FAILED';
  message.problem = why;
  message.failedAt = now;
  leaveQueue(message);
}
