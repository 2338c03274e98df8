import { describe, expect, it } from 'vitest';
import { verdictOf } from './call-verdict.js';
import { type Exchange, type Failure, type Outcome } from './ports/outcome.js';

const exchange: Exchange = { request: { method: 'POST', url: '', headers: {}, body: '' }, response: null };
const failure = (code: Failure['code']): Failure => ({ code, message: '', providerCode: null, providerMessage: null });

const ACCEPTED: Outcome = { outcome: 'accepted', reference: 'r', exchange };
const REFUSED: Outcome = { outcome: 'refused', failure: failure('NOT_ON_WHATSAPP'), exchange };
const UNCERTAIN: Outcome = { outcome: 'uncertain', failure: failure('PROVIDER_UNAVAILABLE'), exchange };
const AWAY: Outcome = { outcome: 'deferred', failure: failure('PROVIDER_UNAVAILABLE'), exchange };
const TOO_MANY: Outcome = { ...AWAY, tooMany: true };
const AUTH_FAILED: Outcome = { outcome: 'refused', failure: failure('PROVIDER_AUTH_FAILED'), exchange };

describe('a call', () => {
  it.each([
    ['that was accepted was answered', [ACCEPTED], 'answered'],
    ['that was refused was answered', [REFUSED], 'answered'],
    ['with credentials that were refused was answered: they stop the account', [AUTH_FAILED], 'answered'],
    ['that is uncertain failed', [UNCERTAIN], 'failed'],
    ['that was deferred because nobody was there failed', [AWAY], 'failed'],
    ['that was one too many is no failure', [TOO_MANY], 'too many'],
    ['that took one of its messages was answered', [UNCERTAIN, ACCEPTED, AWAY], 'answered'],
    ['of which no message was taken and one is uncertain failed', [REFUSED, UNCERTAIN], 'failed'],
  ])('%s', (_what, outcomes, verdict) => {
    expect(verdictOf(outcomes)).toBe(verdict);
  });

  it('never left where the message was refused here, or its file could not be had', () => {
    const here = { ...REFUSED, exchange: undefined };
    const withoutFile = { ...AWAY, exchange: undefined };
    expect([verdictOf([here]), verdictOf([withoutFile])]).toEqual(['never left', 'never left']);
    expect(verdictOf([here, UNCERTAIN])).toBe('failed');
  });
});
