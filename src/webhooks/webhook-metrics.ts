import { counter, histogram } from '../metrics/metrics.js';
import { type CallResult } from './call-result.js';

const calls = counter('kurir_webhook_calls_total', 'Calls to webhook endpoints, by what came of them.', ['outcome']);

const latency = histogram(
  'kurir_webhook_latency_seconds',
  'From an event’s coming into the log to its being confirmed by an endpoint at the first attempt.',
);

export function countCall(outcome: CallResult['outcome']): void {
  calls.inc({ outcome });
}

export function sawConfirmed(ms: number): void {
  latency.observe(ms / 1000);
}
