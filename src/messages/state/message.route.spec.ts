import { describe, expect, it } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../common/clock.js';
import { ACCEPTED, DEFERRED, failure, MessageStory, REFUSED, UNCERTAIN } from '../../../test/support/messages.js';
import { type Outcome } from '../../providers/ports/outcome.js';
import { nextOnRoute } from './message.route.js';

const [FIRST, SECOND_ONE, THIRD] = ['account-1', 'account-2', 'account-3'];
const refused = (code: Parameters<typeof failure>[0]): Outcome => ({ outcome: 'refused', failure: failure(code) });

/** A message in the queue of the first of three accounts that all work. */
function story(over: ConstructorParameters<typeof MessageStory>[0] = {}): MessageStory {
  const route = [FIRST, SECOND_ONE, THIRD];
  const told = new MessageStory({ accountId: FIRST, route, ...over });
  told.standings = new Map(route.map((id) => [id, 'WORKING']));
  return told;
}

describe('a refusal', () => {
  it('is followed by the next account at once, under a new request key', () => {
    const told = story();
    const { requestKey } = told.message;
    told.call(REFUSED);
    expect(told.message).toMatchObject({ status: 'QUEUED', accountId: SECOND_ONE, dueAt: told.now, problem: null });
    expect(told.message.requestKey).not.toBe(requestKey);
    told.call(ACCEPTED);
    expect(told.accountIds).toEqual([FIRST, SECOND_ONE]);
    expect(told.status).toBe('SUBMITTED');
  });

  it('of every account is FAILED with what the last one said', () => {
    const told = story();
    told.call(REFUSED);
    told.call(REFUSED);
    told.call(refused('NOT_ON_WHATSAPP'));
    expect(told.message).toMatchObject({ status: 'FAILED', problem: { code: 'NOT_ON_WHATSAPP' } });
    expect(told.accountIds).toEqual([FIRST, SECOND_ONE, THIRD]);
    expect(told.events).toEqual(['MESSAGE_FAILED']);
  });

  it('of credentials goes to the next account too, and is FAILED only without one', () => {
    const told = story();
    told.call(refused('PROVIDER_AUTH_FAILED'));
    expect(told.message).toMatchObject({ status: 'QUEUED', accountId: SECOND_ONE });
    told.standings = new Map();
    told.call(refused('PROVIDER_AUTH_FAILED'));
    expect(told.message).toMatchObject({ status: 'FAILED', problem: { code: 'PROVIDER_AUTH_FAILED' } });
  });

  it('of a person who opted out goes nowhere else', () => {
    const told = story();
    const decision = told.call(refused('RECIPIENT_OPTED_OUT'));
    expect(told.status).toBe('FAILED');
    expect(decision.optedOut).toBe(true);
  });

  it('of a number that is not on WhatsApp goes nowhere else where the caller has named another way for that', () => {
    const content = { kind: 'text', text: 'Halo' } as const;
    const told = story({ fallbacks: [{ rule: 'NOT_ON_WHATSAPP', afterMinutes: null, content, accountId: null }] });
    told.call(refused('NOT_ON_WHATSAPP'));
    expect(told.status).toBe('FAILED');
    expect(told.ring().standIns).toHaveLength(1);
  });

  it('passes over an account that is held or stopped, and one whose breaker is open while another works', () => {
    const told = story();
    told.standings = new Map([
      [SECOND_ONE, 'DEGRADED'],
      [THIRD, 'WORKING'],
    ]);
    told.call(REFUSED);
    expect(told.message.accountId).toBe(THIRD);
    told.call(REFUSED);
    // Where nothing else is left, it waits for the breaker.
    expect(told.message).toMatchObject({ status: 'QUEUED', accountId: SECOND_ONE });
  });

  it('goes nowhere else when an earlier try may have been sent', () => {
    const told = story({ repeatSafe: true });
    told.call(UNCERTAIN);
    told.ring();
    told.call(REFUSED);
    expect(told.status).toBe('FAILED');
    expect(told.accountIds).toEqual([FIRST, FIRST]);
  });

  it('of the only account left, after others deferred, lets those try again after a pause', () => {
    const told = story();
    told.call(DEFERRED);
    told.call(DEFERRED);
    told.call(REFUSED);
    expect(told.message).toMatchObject({ status: 'QUEUED', accountId: FIRST, route: [FIRST, SECOND_ONE] });
    expect(told.message.dueAt?.getTime()).toBeGreaterThan(told.now.getTime());
  });
});

describe('a deferral', () => {
  it('goes to the next account at once, and when the last has deferred, the wait starts over at the first', () => {
    const told = story();
    const start = told.now;
    told.call(DEFERRED);
    told.call(DEFERRED);
    expect(told.now).toEqual(start);
    told.call(DEFERRED);
    expect(told.accountIds).toEqual([FIRST, SECOND_ONE, THIRD]);
    expect(told.message).toMatchObject({ accountId: FIRST, deferrals: 1 });
    expect(told.message.dueAt).toEqual(new Date(start.getTime() + SECOND));
  });

  it('waits twice as long after each round, not after each account', () => {
    const told = story();
    const pauses: number[] = [];
    for (let round = 0; round < 5; round++) {
      told.call(DEFERRED);
      told.call(DEFERRED);
      told.call(DEFERRED);
      pauses.push((told.message.dueAt?.getTime() ?? 0) - told.now.getTime());
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16].map((seconds) => seconds * SECOND));
  });

  it('stays at an account that is the only one to work', () => {
    const told = story();
    told.standings = new Map([[FIRST, 'WORKING']]);
    const { requestKey } = told.message;
    told.call(DEFERRED);
    expect(told.message).toMatchObject({ accountId: FIRST, requestKey });
    expect(told.message.dueAt?.getTime()).toBeGreaterThan(told.now.getTime());
  });

  it('of everybody for 24 hours is FAILED', () => {
    const told = story();
    const start = told.now.getTime();
    while (told.status === 'QUEUED') told.call(DEFERRED);
    expect(told.message).toMatchObject({ status: 'FAILED', problem: { code: 'PROVIDER_UNAVAILABLE' } });
    expect(told.now.getTime() - start).toBeGreaterThanOrEqual(DAY);
    expect(told.now.getTime() - start).toBeLessThan(DAY + 10 * MINUTE);
  });
});

describe('an uncertain outcome', () => {
  it('never goes to the next account', () => {
    const told = story();
    told.call(UNCERTAIN);
    expect(told.message).toMatchObject({ status: 'UNCONFIRMED', accountId: FIRST });
  });
});

describe('the next account on a route', () => {
  it('is the first behind its own that works, and from the start again after the last', () => {
    const next = (own: string, ...works: string[]): string | undefined =>
      nextOnRoute({ route: ['a', 'b', 'c', 'd'], accountId: own }, new Set(works));
    expect(next('b', 'a', 'd')).toBe('d');
    expect(next('b', 'a')).toBe('a');
    expect(next('d', 'b', 'c')).toBe('b');
    expect(next('b', 'b', 'x')).toBeUndefined();
  });
});
