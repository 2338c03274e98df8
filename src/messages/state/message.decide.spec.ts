import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCEPTED, DEFERRED, failure, MessageStory, NOON, REFUSED, UNCERTAIN } from '../../../test/support/messages.js';
import { DAY, later, MINUTE, SECOND } from '../../common/clock.js';
import { type ReportedStatus } from '../../providers/ports/callbacks.js';
import { pauseMs } from './message.after-call.js';

/** One that was accepted by its provider. */
function submitted(over: ConstructorParameters<typeof MessageStory>[0] = {}): MessageStory {
  const story = new MessageStory(over);
  story.call(ACCEPTED);
  return story;
}

describe('an answer', () => {
  it('that accepts makes it SUBMITTED and names the reference of its attempt', () => {
    const story = new MessageStory();
    const decision = story.call(ACCEPTED);
    expect(story.message).toMatchObject({ status: 'SUBMITTED', providerMessageId: 'ref-1', openAttempt: null });
    expect(story.message.submittedAt).toEqual(NOON);
    expect(decision.reference).toEqual({
      accountId: story.message.accountId,
      attemptId: story.attemptIds[0],
      attemptNumber: 1,
      reference: 'ref-1',
    });
    expect(decision.attempt).toMatchObject({ outcome: 'ACCEPTED', durationMs: 200, failure: null });
  });

  it('that accepts without a reference makes it SUBMITTED all the same', () => {
    const story = new MessageStory();
    expect(story.call({ outcome: 'accepted', reference: null }).reference).toBeUndefined();
    expect(story.status).toBe('SUBMITTED');
  });

  it('that refuses makes it FAILED, with the provider’s own code beside', () => {
    const story = new MessageStory();
    const decision = story.call(REFUSED);
    expect(story.message).toMatchObject({
      status: 'FAILED',
      failedAt: NOON,
      problem: { code: 'PROVIDER_REJECTED', provider: { provider: 'DOKU', code: '400', retryable: false } },
    });
    expect(decision.attempt).toMatchObject({ outcome: 'REFUSED', failure: { code: '400' } });
  });

  it('that refuses for what was found out without the provider names no provider', () => {
    const found = { code: 'MEDIA_REJECTED', message: 'It is a program.', providerCode: null } as const;
    const story = new MessageStory();
    story.call({ outcome: 'refused', failure: { ...found, providerMessage: null } });
    expect(story.message.problem).toMatchObject({ code: 'MEDIA_REJECTED', provider: null });
    const said = new MessageStory();
    said.call({ outcome: 'refused', failure: { ...found, providerMessage: 'Bad file' } });
    expect(said.message.problem).toMatchObject({ code: 'MEDIA_REJECTED', provider: { message: 'Bad file' } });
  });

  it('that defers leaves it QUEUED for a later try, and tells nobody', () => {
    const story = new MessageStory();
    const key = story.message.requestKey;
    expect(story.call(DEFERRED)).toMatchObject({ attempt: { outcome: 'DEFERRED', failure: { retryable: true } } });
    expect(story.message).toMatchObject({ status: 'QUEUED', openAttempt: null, requestKey: key });
    expect(story.message.dueAt).toEqual(later(NOON, SECOND));
    expect(story.events).toEqual([]);
  });

  it('that defers takes a new request key only where the provider has used up the old one', () => {
    const story = new MessageStory();
    const key = story.message.requestKey;
    story.call({ ...DEFERRED, freshKey: true as const });
    expect(story.message.requestKey).not.toBe(key);
  });

  it('that says when to come again is waited for at least that long', () => {
    const story = new MessageStory();
    story.call({ ...DEFERRED, retryAfterMs: MINUTE });
    expect(story.message.dueAt).toEqual(later(NOON, MINUTE));
    const eager = new MessageStory();
    eager.call({ ...DEFERRED, retryAfterMs: 1 });
    expect(eager.message.dueAt).toEqual(later(NOON, SECOND));
  });

  it('that never came makes it UNCONFIRMED, and it is not sent again on our own', () => {
    const story = new MessageStory();
    story.call(UNCERTAIN);
    expect(story.message).toMatchObject({ status: 'UNCONFIRMED', dueAt: null, timerAt: null });
    expect(story.message.problem).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', provider: { retryable: false } });
    expect(story.events).toEqual(['MESSAGE_UNCONFIRMED']);
  });
});

describe('the pauses between tries', () => {
  it('double from 1 second to 5 minutes', () => {
    const pauses = Array.from({ length: 12 }, (_, tries) => pauseMs(tries + 1, 0.5) / SECOND);
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  });

  it('differ by a quarter more or less, so that a thousand messages do not come back together', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (tries, random) => {
          const middle = pauseMs(tries, 0.5);
          const pause = pauseMs(tries, random);
          expect(pause).toBeGreaterThanOrEqual(middle * 0.75);
          expect(pause).toBeLessThanOrEqual(middle * 1.25);
        },
      ),
    );
  });

  it('go on for a day, and then it has FAILED with PROVIDER_UNAVAILABLE, whatever code the last answer had', () => {
    const story = new MessageStory();
    while (story.status === 'QUEUED') story.call({ outcome: 'deferred', failure: failure('PROVIDER_REJECTED', '429') });
    expect(story.message).toMatchObject({ status: 'FAILED', problem: { code: 'PROVIDER_UNAVAILABLE' } });
    expect(story.message.problem?.provider).toMatchObject({ code: '429', retryable: true });
    const waited = story.now.getTime() - NOON.getTime();
    expect(waited).toBeGreaterThanOrEqual(DAY);
    expect(waited).toBeLessThanOrEqual(DAY + 5 * MINUTE);
  });
});

describe('reports after the answer', () => {
  const AT = { SENT: 'sentAt', DELIVERED: 'deliveredAt', READ: 'readAt', FAILED: 'failedAt' } as const;

  it.each(['SENT', 'DELIVERED', 'READ', 'FAILED'] as const)('%s is recorded at the provider’s own time', (status) => {
    const story = submitted();
    const occurredAt = later(NOON, -3 * SECOND);
    const decision = story.report(status, { occurredAt });
    expect(story.status).toBe(status);
    expect(story.message[AT[status]]).toEqual(occurredAt);
    expect(decision.event).toEqual({ type: `MESSAGE_${status}`, occurredAt });
  });

  it('in any order end in READ, each state told once and none taken back', () => {
    const order = ['SENT', 'DELIVERED', 'READ'] as const;
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...order, ...order, ...order], { minLength: 9, maxLength: 9 }),
        fc.boolean(),
        (reports, answered) => {
          const story = new MessageStory();
          story.claim();
          if (answered) story.answer(ACCEPTED);
          const told = reports.filter((status) => story.report(status).event !== undefined);
          if (!answered) story.answer(ACCEPTED); // the answer comes after all its callbacks
          expect(story.status).toBe('READ');
          expect(told).toEqual([...new Set(told)].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
        },
      ),
    );
  });

  it('a late SENT does not take back DELIVERED', () => {
    const story = submitted();
    story.report('DELIVERED');
    const before = structuredClone(story.message);
    expect(story.report('SENT')).toEqual({});
    expect(story.message).toEqual(before);
  });

  it('a repeated report changes nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom<ReportedStatus>('SENT', 'DELIVERED', 'READ', 'FAILED'), (status) => {
        const story = submitted();
        story.report(status, { occurredAt: NOON });
        const before = structuredClone(story.message);
        expect(story.pass(MINUTE).report(status, { occurredAt: later(NOON, MINUTE) })).toEqual({});
        expect(story.message).toEqual(before);
      }),
    );
  });

  it('a failure after DELIVERED moves nothing', () => {
    const story = submitted();
    story.report('DELIVERED');
    expect(story.report('FAILED')).toEqual({});
    expect(story.status).toBe('DELIVERED');
  });

  it('a failure without a reason is a Problem all the same', () => {
    const story = submitted();
    story.report('FAILED');
    expect(story.message.problem).toMatchObject({ code: 'PROVIDER_REJECTED', provider: null });
  });

  it('a failure never queues the message again', () => {
    const story = submitted({ repeatSafe: true, resendUnconfirmed: true });
    story.report('FAILED', { why: failure('NOT_ON_WHATSAPP', '601') });
    expect(story.message).toMatchObject({ status: 'FAILED', dueAt: null, timerAt: null });
    expect(story.message.problem).toMatchObject({ code: 'NOT_ON_WHATSAPP', provider: { code: '601' } });
  });

  it('that overtake the answer are kept by it', () => {
    const story = new MessageStory();
    story.claim();
    story.report('DELIVERED');
    expect(story.answer(ACCEPTED).event).toBeUndefined();
    expect(story.message).toMatchObject({ status: 'DELIVERED', openAttempt: null, providerMessageId: 'ref-1' });
  });
});

describe('of several attempts', () => {
  /** Failed at its first attempt, sent again and accepted at its second. */
  function second(): MessageStory {
    const story = submitted();
    story.report('FAILED');
    story.change({ kind: 'retry', accountId: story.message.accountId, route: null });
    story.call({ outcome: 'accepted', reference: 'ref-2' });
    return story;
  }

  it('a failure of an older one does not count', () => {
    const story = second();
    expect(story.report('FAILED', { number: 1 })).toEqual({});
    expect(story.status).toBe('SUBMITTED');
    story.report('FAILED', { number: 2 });
    expect(story.status).toBe('FAILED');
  });

  it('a success of an older one does', () => {
    const story = second();
    story.report('DELIVERED', { number: 1 });
    expect(story.status).toBe('DELIVERED');
  });

  it('a repeated failure report does not fail one that waits to be sent again', () => {
    const story = submitted();
    story.report('FAILED');
    story.change({ kind: 'retry', accountId: story.message.accountId, route: null });
    expect(story.report('FAILED')).toEqual({});
    expect(story.status).toBe('QUEUED');
  });

  it('a failure of the latest settles one that is UNCONFIRMED', () => {
    const story = new MessageStory();
    story.call(UNCERTAIN);
    story.report('FAILED');
    expect(story.status).toBe('FAILED');
  });
});
