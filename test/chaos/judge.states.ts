import { type Check, type MessageFact, type SentFact } from './facts.js';
import { told } from './judge.ledger.js';

/** As interface.md has them, written apart from the gateway's own table. */
const OBSERVED: Readonly<Record<string, readonly string[]>> = {
  SCHEDULED: ['QUEUED', 'CANCELED', 'EXPIRED'],
  QUEUED: ['UNCONFIRMED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'CANCELED', 'EXPIRED'],
  UNCONFIRMED: ['SUBMITTED', 'SENT', 'DELIVERED', 'READ', 'FAILED'],
  SUBMITTED: ['SENT', 'DELIVERED', 'READ', 'FAILED'],
  SENT: ['DELIVERED', 'READ', 'FAILED'],
  DELIVERED: ['READ'],
};
const SENT_AGAIN = ['FAILED', 'UNCONFIRMED'];
const WAY = ['SUBMITTED', 'SENT', 'DELIVERED', 'READ'];

/** Its place on the way to being read; -1 is not on it. */
const placeOf = (status: string): number => WAY.indexOf(status.toUpperCase());
const failed = (status: string): boolean => status === 'failed' || /^\d+$/.test(status);

/** Nothing is under way or still waited for, and what is UNCONFIRMED has a reason to be. */
export const settled: Check = ({ messages }) =>
  messages.flatMap((message) => {
    const { status, attempts, dueAt } = message;
    if (status === 'QUEUED' || status === 'SCHEDULED' || dueAt) return [`${told(message)} when all must be over`];
    const open = attempts.filter(({ outcome }) => outcome === null);
    if (open.length > 0) return [`${told(message)} and try ${open[0]?.number} is still open`];
    const doubtful = attempts.some(({ outcome }) => outcome === 'UNCERTAIN');
    return status === 'UNCONFIRMED' && !doubtful ? [`${told(message)} and none of its tries is`] : [];
  });

/** Callbacks late, repeated and out of order come to what was told in all. */
export const statesTold: Check = (facts) => {
  const accounts = new Map(facts.accounts.map((account) => [account.key, account]));
  const sent = Map.groupBy(facts.sent, ({ mark }) => mark);
  return facts.messages.flatMap((message) => {
    const found = sent.get(message.mark) ?? [];
    const { status } = message;
    // A person's word stands, whatever is told afterwards.
    if (message.resolved) return [];
    const happened = furthest(found, 'happened');
    if (placeOf(status) > Math.max(0, happened))
      return [`${told(message)} and no more than ${WAY[happened] ?? 'its sending'} happened to it`];
    // Without an id, or an echo, a report cannot be told from that of another message.
    const known = found.filter(
      ({ account, messageId }) =>
        accounts.get(account)?.echoes === true ||
        message.attempts.some(({ providerMessageId }) => providerMessageId === messageId),
    );
    const heard = furthest(known, 'told');
    const fell = known.some(({ told: reports }) => reports.some(failed));
    if (heard > placeOf(status) && !(status === 'FAILED' && fell))
      return [`${told(message)} and ${WAY[heard]} was told of it`];
    const alone = known.length === 1 && message.attempts.at(-1)?.providerMessageId === known[0]?.messageId;
    if (alone && fell && heard < placeOf('DELIVERED') && status !== 'FAILED')
      return [`${told(message)} and its failure was told`];
    return [];
  });
};

const furthest = (found: readonly SentFact[], of: 'happened' | 'told'): number =>
  Math.max(-1, ...found.flatMap((one) => one[of].map(placeOf)));

/** The events of a message are 1, 2, 3 …, each step is allowed, and the last one says the state. */
export const logMatches: Check = ({ messages }) => messages.flatMap((message) => walk(message));

function walk(message: MessageFact): string[] {
  const { events, status } = message;
  const gap = events.findIndex(({ sequence }, index) => sequence !== index + 1);
  if (gap >= 0) return [`${told(message)}: event ${gap + 1} has the sequence ${events[gap]?.sequence}`];
  let now = '';
  for (const { type, status: said } of events) {
    const next = type === 'MESSAGE_RETRIED' ? 'QUEUED' : type.replace('MESSAGE_', '');
    const fits =
      type === 'MESSAGE_RETRIED'
        ? SENT_AGAIN.includes(now)
        : now === ''
          ? next === 'QUEUED' || next === 'SCHEDULED'
          : OBSERVED[now]?.includes(next);
    if (!fits) return [`${told(message)}: ${type} after ${now || 'nothing'}`];
    if (said !== next) return [`${told(message)}: ${type} says ${said}`];
    now = next;
  }
  return now === status ? [] : [`${told(message)} and its log says ${now}`];
}
