import { type ProviderKind } from '../common/problem.js';
import { counter } from '../metrics/metrics.js';
import { type Admission } from '../providers/ports/callbacks.js';

const received = counter(
  'kurir_callbacks_total',
  'Requests at the callback addresses, by provider and by what was made of them: keep, answer, refuse, or nobody (no such address).',
  ['provider', 'verdict'],
);
const unread = counter(
  'kurir_callback_words_unread_total',
  'Words in genuine callbacks that nobody knows, a new status for example: the callback is kept, and moves nothing.',
  ['provider'],
);

export function countCallback(provider: ProviderKind, verdict: Admission['verdict'] | 'nobody'): void {
  received.inc({ provider, verdict });
}

export function countUnread(provider: ProviderKind, words: number): void {
  if (words > 0) unread.inc({ provider }, words);
}
