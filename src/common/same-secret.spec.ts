import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isSameSecret } from './same-secret.js';

it('a secret is the same as itself alone, whatever the lengths', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (given, expected) => {
      expect(isSameSecret(given, expected)).toBe(given === expected);
      expect(isSameSecret(given, given)).toBe(true);
    }),
  );
});
