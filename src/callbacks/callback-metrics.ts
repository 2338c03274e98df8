import { type ProviderKind } from '../common/problem.js';
import { counter } from '../metrics/metrics.js';

const received = counter(
  'kurir_callbacks_total',
  'Requests at the callback addresses, by provider and by what was made of them: keep, refuse, or nobody (no such address).',
  ['provider', 'verdict'],
);

export function countCallback(provider: ProviderKind | 'unknown', verdict: 'keep' | 'refuse' | 'nobody'): void {
  received.inc({ provider, verdict });
}
