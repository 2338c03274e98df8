import { counter } from '../metrics/metrics.js';

const notices = counter(
  'kurir_payment_notices_total',
  'What was said of payments: believed, flagged, repeated, or of an order that nobody knows.',
  ['result'],
);

/** Counts a word about a payment. */
export function countNotice(result: 'believed' | 'flagged' | 'repeated' | 'unknown'): void {
  notices.inc({ result });
}
