import { later, MINUTE } from '../../common/clock.js';
import { repeatedUntil } from './message.after-call.js';
import { type Holding } from './message.change.js';
import { type MessageState } from '../message-row.js';
import { type Fallback } from '../planning/send-input.js';

const AT_ONCE = new Date(0);

/**
 * From when on a rule holds as things stand; null: not in this state. What failed will not be delivered or read any more,
 * so the rules that wait hold at once too.
 */
function holdsFrom(fallback: Fallback, message: MessageState): Date | null {
  const { rule } = fallback;
  switch (message.status) {
    case 'FAILED':
      return rule !== 'NOT_ON_WHATSAPP' || message.problem?.code === 'NOT_ON_WHATSAPP' ? AT_ONCE : null;
    case 'UNCONFIRMED': {
      if (message.unconfirmedSince === null || !waits(rule)) return null;
      // While it may still be repeated, or a callback settle it, nothing else is sent beside it.
      const until = repeatedUntil(message.unconfirmedSince);
      const at = minutesOver(fallback, message);
      return at > until ? at : until;
    }
    case 'SUBMITTED':
    case 'SENT':
      return waits(rule) ? minutesOver(fallback, message) : null;
    case 'DELIVERED':
      return rule === 'NOT_READ' ? minutesOver(fallback, message) : null;
    default:
      return null;
  }
}

const waits = (rule: Fallback['rule']): boolean => rule === 'NOT_DELIVERED' || rule === 'NOT_READ';

const minutesOver = ({ since, afterMinutes }: Fallback, message: MessageState): Date =>
  later(since === undefined ? taken(message) : new Date(since), (afterMinutes ?? 0) * MINUTE);

/** When the provider took it: a report may be the first to say that it did. */
const taken = ({ submittedAt, unconfirmedSince, sentAt, deliveredAt, failedAt, createdAt }: MessageState): Date =>
  submittedAt ?? unconfirmedSince ?? sentAt ?? deliveredAt ?? failedAt ?? createdAt;

/** A fallback that goes on with the message that is sent in place of this one: its minutes go on counting. */
export const goingOn = (fallback: Fallback, message: MessageState): Fallback =>
  waits(fallback.rule) && fallback.since === undefined
    ? { ...fallback, since: taken(message).toISOString() }
    : fallback;

/** When a fallback of the message is next to be looked at; null while no rule can hold. */
export function fallbackTime(message: MessageState): Date | null {
  const times = message.fallbacks?.flatMap((fallback) => holdsFrom(fallback, message) ?? []) ?? [];
  return times.length === 0 ? null : new Date(Math.min(...times.map((time) => time.getTime())));
}

/** The fallbacks whose rules hold now, in their order. None once the message's own time is over. */
export function holding(message: MessageState, now: Date): Holding[] {
  const { fallbacks, expiresAt } = message;
  if (!fallbacks || (expiresAt && expiresAt <= now)) return [];
  return fallbacks.flatMap((fallback, index) => {
    const from = holdsFrom(fallback, message);
    return from && from <= now ? [{ fallback, rest: fallbacks.slice(index + 1) }] : [];
  });
}

/**
 * Whether a message that is sent in place of another is not needed any more: one of its family was delivered or read, or
 * a person canceled the first.
 */
export function isSpared(message: MessageState, arrived: MessageState): boolean {
  const { fallbackRule } = message;
  if (arrived.status === 'CANCELED') return message.fallbackOf === arrived.id;
  if (fallbackRule === null || fallbackRule === 'ALWAYS' || arrived.fallbackRule === 'ALWAYS') return false;
  return arrived.status === 'READ' || fallbackRule !== 'NOT_READ';
}

/** Whether a fallback is still to be sent when the message it would stand in for has come so far. */
export const isWanted = ({ rule }: Fallback, status: 'DELIVERED' | 'READ' | undefined): boolean =>
  status === undefined || (status === 'DELIVERED' && rule === 'NOT_READ');

/** What may still be sent in place of a message of whose family one was delivered or read. */
export function stillWanted(fallbacks: readonly Fallback[] | null, arrived: MessageState): readonly Fallback[] | null {
  const status = arrived.status === 'READ' ? 'READ' : 'DELIVERED';
  return fallbacks?.filter((fallback) => isWanted(fallback, status)) ?? null;
}
