import { hash, timingSafeEqual } from 'node:crypto';

/** Compares a secret that was shown with the one that is known, in constant time whatever their lengths. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
