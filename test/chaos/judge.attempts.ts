import { HOUR, later, SECOND } from '../../src/common/clock.js';
import { type AttemptFact, type Check, type MessageFact } from './facts.js';
import { told } from './judge.ledger.js';

/** Before UTC; there is no summer time. */
const JAKARTA_MS = 7 * HOUR;
/** What the gateway learns in one step of the clock it may act on in the next. */
const ONE_STEP_MS = 15 * SECOND;

/**
 * After a deferral anywhere; after a refusal through another account; after doubt only as the same request through the
 * same account, or where the caller wanted it rather twice. Anything else was a person's wish.
 */
export const attemptsInTurn: Check = ({ accounts, messages }) => {
  const repeatSafe = new Map(accounts.map(({ id, repeatSafe }) => [id, repeatSafe]));
  const wrong = (message: MessageFact, before: AttemptFact, next: AttemptFact): string | null => {
    const same = before.accountId === next.accountId;
    switch (before.outcome) {
      case 'DEFERRED':
        return null;
      case 'REFUSED':
        return same ? 'a refusal through the same account' : null;
      case 'UNCERTAIN':
      case 'ACCEPTED': {
        if (!same) return `${before.outcome} through another account`;
        const asOne = repeatSafe.get(next.accountId) === true && before.requestKey === next.requestKey;
        return asOne || message.resendUnconfirmed ? null : before.outcome;
      }
      default:
        return 'one that is open';
    }
  };
  return messages.flatMap((message) => {
    const { attempts, retries } = message;
    const out = attempts.findIndex(({ number }, index) => number !== index + 1);
    if (out >= 0) return [`${told(message)}: try ${out + 1} has the number ${attempts[out]?.number}`];
    const found = attempts.slice(1).flatMap((next, index) => {
      const reason = wrong(message, attempts[index] as AttemptFact, next);
      return reason === null ? [] : [`${told(message)}: try ${next.number} came after ${reason}`];
    });
    return found.length > retries ? found : [];
  });
};

/**
 * Those that were deferred, scheduled, uncertain, refused or first meant for another account hold nobody back, nor does
 * marketing, which may have waited for its hours.
 */
export const inOrder: Check = ({ messages, marketingHours }) => {
  const plain = messages.filter(
    ({ attempts, scheduled, fallbackOf, firstAccountId, marketing, project }) =>
      attempts.length === 1 &&
      !scheduled &&
      fallbackOf === null &&
      attempts[0]?.accountId === firstAccountId &&
      !(marketing && project === marketingHours.project),
  );
  const lines = Map.groupBy(
    plain,
    ({ attempts, person, priority }) => `${attempts[0]?.accountId} ${person} ${priority}`,
  );
  return [...lines.values()].flatMap((line) => {
    const sorted = line.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
    // Two calls of the same moment may be stored in any order.
    return sorted.flatMap((message) => {
      const over = sorted.find((before) => before.createdAt < message.createdAt && startOf(message) < startOf(before));
      return over
        ? [`${message.mark} left ${startOf(over) - startOf(message)} ms before ${over.mark}, which was accepted first`]
        : [];
    });
  });
};

const startOf = ({ attempts }: MessageFact): number => attempts[0]?.startedAt.getTime() ?? 0;

/** It is of the same person's project, and has not left after the news that the first one arrived. */
export const fallbacksInPlace: Check = ({ messages }) => {
  const byId = new Map(messages.map((message) => [message.id, message]));
  return messages.flatMap((message) => {
    const { fallbackOf, fallbackRule, attempts } = message;
    if (fallbackOf === null) return [];
    const first = byId.get(fallbackOf);
    if (first?.project !== message.project) return [`${told(message)} and stands in for a message that is not there`];
    if (fallbackRule === 'ALWAYS') return [];
    const arrived = fallbackRule === 'NOT_READ' ? ['MESSAGE_READ'] : ['MESSAGE_DELIVERED', 'MESSAGE_READ'];
    const news = first.events.find(({ type }) => arrived.includes(type));
    const late =
      news && attempts.find(({ startedAt }) => startedAt.getTime() > news.recordedAt.getTime() + ONE_STEP_MS);
    return late ? [`${told(message)}: try ${late.number} was made although ${first.mark} had arrived`] : [];
  });
};

export const marketingHeeded: Check = ({ messages, stops }) => {
  const byPerson = Map.groupBy(stops, ({ project, person }) => `${project} ${person}`);
  return messages
    .filter(({ marketing }) => marketing)
    .flatMap((message) => {
      const theirs = byPerson.get(`${message.project} ${message.person}`) ?? [];
      // One that was refused may have been refused by ourselves, for that very reason.
      const late = message.attempts.find(
        ({ startedAt, outcome }) =>
          outcome !== 'REFUSED' &&
          theirs.some(
            ({ from, until }) =>
              startedAt.getTime() > from.getTime() + ONE_STEP_MS && (until === null || startedAt < until),
          ),
      );
      return late ? [`${told(message)}: try ${late.number} went to somebody who had said STOP`] : [];
    });
};

/** What the gateway itself refused at that moment has not left either. */
export const marketingInItsHours: Check = ({ messages, marketingHours: { project, from, to } }) =>
  messages
    .filter((message) => message.marketing && message.project === project)
    .flatMap((message) => {
      const early = message.attempts.find(({ outcome, startedAt }) => {
        const clock = later(startedAt, JAKARTA_MS).toISOString().slice(11, 16);
        return outcome !== 'REFUSED' && !(from <= clock && clock < to);
      });
      return early ? [`${told(message)}: try ${early.number} was made at ${early.startedAt.toISOString()}`] : [];
    });
