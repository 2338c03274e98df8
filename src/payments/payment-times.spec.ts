import { describe, expect, it } from 'vitest';
import { DAY, later, MINUTE, SECOND } from '../common/clock.js';
import { type PaymentTerms } from './payment-terms.js';
import { dueMinutesOf, expiryOf, paymentTimesProblem } from './payment-times.js';

const NOW = new Date('2026-03-01T09:30:00Z');
const CHAT: PaymentTerms = {
  ...{ via: 'WHATSAPP', text: 'Bayar', footer: null, headerImage: null, configuration: 'main', paymentType: 'upi' },
  ...{ template: null, showsExpiry: false, expiryDescription: null },
};
const PAGE: PaymentTerms = { via: 'CHECKOUT', methods: [], callbackUrl: null, linkTemplate: null, customerEmail: null };
const ending = (terms: PaymentTerms, ms: number | null): { terms: PaymentTerms; expiresAt: Date | null } => ({
  terms,
  expiresAt: ms === null ? null : later(NOW, ms),
});

describe('the end of a payment', () => {
  it.each([
    ['in the chat', CHAT, 999_999 * MINUTE],
    ['at a checkout', PAGE, 999_999 * MINUTE],
  ])('lies 300 seconds ahead or more, %s', (_where, terms, most) => {
    for (const ms of [null, 300 * SECOND, DAY, most]) expect(paymentTimesProblem(ending(terms, ms), NOW)).toBeNull();
    for (const ms of [-DAY, 0, 299 * SECOND, 300 * SECOND - 1, most + 1])
      expect(paymentTimesProblem(ending(terms, ms), NOW)).toMatchObject({ code: 'INVALID_INPUT', field: 'expiresAt' });
  });

  it('is after an hour at a checkout and after 30 days in the chat, where nobody says', () => {
    expect(expiryOf(ending(PAGE, null), NOW)).toEqual(new Date('2026-03-01T10:30:00Z'));
    expect(expiryOf(ending(CHAT, null), NOW)).toEqual(new Date('2026-03-31T09:30:00Z'));
    expect(expiryOf(ending(CHAT, DAY), NOW)).toEqual(new Date('2026-03-02T09:30:00Z'));
  });

  it.each([
    [60 * MINUTE, 60],
    [60 * MINUTE - 1, 59],
    [300 * SECOND, 5],
    [300 * SECOND - 1, 5],
    [999_999 * MINUTE + 59 * SECOND, 999_999],
    [1_000_000 * MINUTE, 999_999],
  ])('%i ms after its beginning is in %i minutes for a page', (ms, minutes) => {
    expect(dueMinutesOf(NOW, later(NOW, ms))).toBe(minutes);
  });
});
