import { Counter } from 'prom-client';
import { type ProviderKind } from '../common/problem.js';

const received = new Counter({
  name: 'kurir_callbacks_total',
  help: 'Requests at the callback addresses, by provider and by what was made of them: keep, refuse, or nobody (no such address).',
  labelNames: ['provider', 'verdict'],
});

export function countCallback(provider: ProviderKind | 'unknown', verdict: 'keep' | 'refuse' | 'nobody'): void {
  received.inc({ provider, verdict });
}
