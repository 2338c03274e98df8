import { counter } from '../metrics/metrics.js';
import { type VerificationMethod } from './verification.status.js';

const happened = counter(
  'kurir_verifications_total',
  'What happened to verifications, by method: begun (a step, so that one may count more than once), verified, refused, expired, failed.',
  ['method', 'what'],
);

export function countVerification(
  what: 'begun' | 'verified' | 'refused' | 'expired' | 'failed',
  method: VerificationMethod,
): void {
  happened.inc({ method, what });
}
