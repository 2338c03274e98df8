import { type Facts } from './facts.js';
import { type Played } from './hour.js';

/** What there was in an hour, for whoever wonders whether it was a hard one. */
export function summary({ messages, sent, calls, healthChanges }: Facts, { problems }: Played): string {
  const attempts = messages.flatMap((message) => message.attempts);
  const elsewhere = messages.filter((message) => new Set(message.attempts.map(({ accountId }) => accountId)).size > 1);
  const standIns = messages.filter(({ fallbackOf }) => fallbackOf !== null);
  return [
    `${messages.length} messages: ${counted(messages.map(({ status }) => status))}`,
    `${standIns.length} of them fallbacks, ${elsewhere.length} tried through several accounts`,
    `${attempts.length} tries: ${counted(attempts.map(({ outcome }) => String(outcome)))}`,
    `${sent.length} sent in ${calls.length} calls`,
    `accounts became ${counted(healthChanges) || 'nothing else'}`,
    `refused at once: ${[...problems].map(([why, count]) => `${count} ${why}`).join(', ') || 'none'}`,
  ].join('; ');
}

const counted = (names: readonly string[]): string =>
  [...Map.groupBy(names, (name) => name)]
    .map(([name, found]) => `${found.length} ${name}`)
    .sort()
    .join(', ');
