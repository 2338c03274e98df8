import { DAY } from '../../common/clock.js';
import { uuidOf } from '../../common/ids.js';
import { readPhone } from '../../common/phone.js';
import { isProblem, type Problem, problem } from '../../common/problem.js';
import { isDeeperThan, unstorableAt } from '../../common/text.js';
import { type Caller } from '../../projects/caller.js';
import { type IdempotencyKey, inputHash } from '../../projects/idempotency-keys.js';
import { type FallbackRule } from '../../providers/ports/messaging.js';
import { type ContentInput, readContent, type SendContent, unsafeUrl } from './send-content.js';

export const PRIORITIES = ['HIGH', 'NORMAL', 'LOW'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Another way to reach the person, as a caller writes it. */
export interface FallbackInput {
  readonly rule: FallbackRule;
  readonly afterMinutes?: number | null;
  readonly content: ContentInput;
  readonly accountId?: string | null;
}

/** A send as a caller writes it. */
export interface SendInput {
  readonly to: string;
  readonly content: ContentInput;
  readonly accountId?: string | null;
  readonly replyTo?: string | null;
  readonly fallbacks?: readonly FallbackInput[] | null;
  readonly scheduledAt?: Date | null;
  readonly expiresAt?: Date | null;
  readonly idempotencyKey?: string | null;
  readonly reference?: string | null;
  readonly metadata?: Record<string, unknown> | null;
  readonly priority?: Priority | null;
  readonly resendUnconfirmed: boolean;
}

export interface Fallback {
  readonly rule: FallbackRule;
  readonly afterMinutes: number | null;
  /** From when the minutes count, where the message before it has gone already: ISO 8601. */
  readonly since?: string;
  readonly content: SendContent;
  readonly accountId: string | null;
}

/** A send that is well formed: what is asked, in one way of writing it. */
export interface Send {
  readonly projectId: string;
  /** E.164; without a plus it is what may be the provider's own id of a person (then `accountId` is there). */
  readonly to: string;
  readonly content: SendContent;
  /** The account's UUID; `''` for an id that cannot be one. */
  readonly accountId: string | null;
  /** The UUID of the message that it answers; `''` for an id that cannot be one. */
  readonly replyTo: string | null;
  readonly fallbacks: readonly Fallback[];
  readonly scheduledAt: Date | null;
  readonly expiresAt: Date | null;
  readonly reference: string | null;
  readonly metadata: Record<string, unknown> | null;
  readonly priority: Priority | null;
  readonly resendUnconfirmed: boolean;
  readonly idempotency: IdempotencyKey | null;
  /** The message in whose place, or beside which, it is sent, and by which rule. */
  readonly fallbackOf?: { readonly messageId: string; readonly rule: FallbackRule };
}

// interface.md, Limits.
const LONGEST_REFERENCE = 128;
const LONGEST_KEY = 255;
const MOST_METADATA_BYTES = 2048;
const MOST_FALLBACKS = 5;
/** A week: later than that nobody waits for a message. */
const MOST_MINUTES = 7 * 24 * 60;
const FURTHEST_SCHEDULE_MS = 35 * DAY;
/** What a provider's own id of a person looks like. */
const RECIPIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/;

/** Checks a send by itself, before anything is looked up. Paths in the problems are within this input. */
export function readSend(input: SendInput, caller: Pick<Caller, 'projectId' | 'country'>): Send | Problem {
  const wrong = (message: string, field: string): Problem => problem('INVALID_INPUT', message, field);
  const tooMuch = (): Problem =>
    wrong(
      `Metadata takes at most ${MOST_METADATA_BYTES} bytes as JSON; keep the rest under your reference.`,
      'metadata',
    );
  // Before anything walks through it: what is nested without end would take the stack, and its whole batch with it.
  if (isDeeperThan(MOST_METADATA_BYTES / 2, input.metadata)) return tooMuch();
  const unstorable = unstorableAt(input);
  if (unstorable !== null) return wrong('It holds a NUL byte or half a character; take it out.', unstorable);
  const content = readContent(input.content, 'content');
  if (isProblem(content)) return content;
  const to = readPhone(input.to, caller.country) ?? (input.accountId && RECIPIENT_ID.test(input.to) ? input.to : null);
  if (to === null) {
    return problem(
      'INVALID_PHONE_NUMBER',
      `It is no phone number: write it with its country code, as +62 878 2367 8023, or as people in ${caller.country} dial it. A recipientId goes with its accountId.`,
      'to',
    );
  }
  if (input.reference != null && (!input.reference || input.reference.length > LONGEST_REFERENCE)) {
    return wrong(`A reference has 1 to ${LONGEST_REFERENCE} characters.`, 'reference');
  }
  if (input.idempotencyKey != null && (!input.idempotencyKey || input.idempotencyKey.length > LONGEST_KEY)) {
    return wrong(`An idempotency key has 1 to ${LONGEST_KEY} characters.`, 'idempotencyKey');
  }
  if (input.metadata != null && Buffer.byteLength(JSON.stringify(input.metadata)) > MOST_METADATA_BYTES) {
    return tooMuch();
  }
  if (input.expiresAt && input.scheduledAt && input.expiresAt <= input.scheduledAt) {
    return wrong('It must lie after scheduledAt, or nothing would ever be sent.', 'expiresAt');
  }
  const fallbacks = readFallbacks(input.fallbacks ?? []);
  if (isProblem(fallbacks)) return fallbacks;
  const send = {
    projectId: caller.projectId,
    to,
    content,
    accountId: input.accountId == null ? null : (uuidOf('acc', input.accountId) ?? ''),
    replyTo: input.replyTo == null ? null : (uuidOf('msg', input.replyTo) ?? ''),
    fallbacks,
    scheduledAt: input.scheduledAt ?? null,
    expiresAt: input.expiresAt ?? null,
    reference: input.reference ?? null,
    metadata: input.metadata ?? null,
    priority: input.priority ?? null,
    resendUnconfirmed: input.resendUnconfirmed,
  };
  const idempotency = input.idempotencyKey == null ? null : { key: input.idempotencyKey, hash: inputHash(send) };
  return { ...send, idempotency };
}

function readFallbacks(inputs: readonly FallbackInput[]): readonly Fallback[] | Problem {
  if (inputs.length > MOST_FALLBACKS)
    return problem('INVALID_INPUT', `A message has at most ${MOST_FALLBACKS} fallbacks.`, 'fallbacks');
  const fallbacks: Fallback[] = [];
  for (const [index, { rule, afterMinutes = null, content: written, accountId }] of inputs.entries()) {
    const content = readContent(written, `fallbacks.${index}.content`);
    if (isProblem(content)) return content;
    if (afterMinutes !== null && (afterMinutes < 1 || afterMinutes > MOST_MINUTES))
      return problem('INVALID_INPUT', `It is 1 to ${MOST_MINUTES} minutes.`, `fallbacks.${index}.afterMinutes`);
    fallbacks.push({
      rule,
      afterMinutes,
      content,
      accountId: accountId == null ? null : (uuidOf('acc', accountId) ?? ''),
    });
  }
  return fallbacks;
}

/**
 * Checks the times of a send by the clock. Apart from the rest, for a repeat under the same key is answered with its message
 * also when its time has passed meanwhile.
 */
export function timesProblem(send: Pick<Send, 'scheduledAt' | 'expiresAt'>, now: Date): Problem | null {
  if (send.scheduledAt && send.scheduledAt.getTime() > now.getTime() + FURTHEST_SCHEDULE_MS)
    return problem('INVALID_INPUT', 'It can be scheduled at most 35 days ahead.', 'scheduledAt');
  if (send.expiresAt && send.expiresAt <= now)
    return problem('INVALID_INPUT', 'It lies in the past: give a later time, or none.', 'expiresAt');
  return null;
}

/** The first address in a send or its fallbacks that must not be called. Asks DNS only where an address is given. */
export async function unsafeAddress(
  { content, fallbacks }: Pick<Send, 'content' | 'fallbacks'>,
  allowPrivate: boolean,
): Promise<Problem | null> {
  const first = await unsafeUrl(content, 'content', allowPrivate);
  if (first) return first;
  for (const [index, fallback] of fallbacks.entries()) {
    const unsafe = await unsafeUrl(fallback.content, `fallbacks.${index}.content`, allowPrivate);
    if (unsafe) return unsafe;
  }
  return null;
}
