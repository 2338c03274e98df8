import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/**
 * What this process counts, for GET /metrics. One registry for the process, as Prometheus scrapes processes. A label is
 * an account's id, a kind or an outcome: never a phone number, a text or anything a caller wrote.
 */
export const registry = new Registry();
collectDefaultMetrics({ register: registry });

/** Counts up. `labels` names what it is split by: a closed set of values each. */
export function counter<Label extends string>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
): Counter<Label> {
  return new Counter({ name, help, labelNames: labels, registers: [registry] });
}

/** How long things take, in seconds. */
export function histogram<Label extends string>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
  buckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
): Histogram<Label> {
  return new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers: [registry] });
}
