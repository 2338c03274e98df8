import { describe, expect, it } from 'vitest';
import { ACCEPTED, DEFERRED, failure, MessageStory, NOON, REFUSED, UNCERTAIN } from '../../../test/support/messages.js';
import { HOUR, later, MINUTE, SECOND } from '../../common/clock.js';

/** The story's calls take so long: the ten minutes begin with the first call. */
const CALL_MS = 200;

/** Repeats it whenever its timer rings, to answers that never come, until it rests. */
function repeatUntilItRests(story: MessageStory, betweenMs = 0): number {
  story.call(UNCERTAIN);
  while (story.message.timerAt) {
    story.ring();
    if (story.status === 'QUEUED') story.pass(betweenMs).call(UNCERTAIN);
  }
  return story.attemptIds.length - 1;
}

describe('an UNCONFIRMED message whose provider takes a repeat as the same request', () => {
  it('is repeated through the same account with the same request key', () => {
    const story = new MessageStory({ repeatSafe: true });
    const { requestKey, accountId } = story.message;
    story.call(UNCERTAIN);
    expect(story.message.timerAt).toEqual(later(NOON, SECOND));
    story.ring();
    expect(story.message).toMatchObject({ status: 'QUEUED', dueAt: story.now, requestKey, accountId });
    expect(story.events).toEqual(['MESSAGE_UNCONFIRMED', 'MESSAGE_RETRIED']);
    story.call(ACCEPTED);
    expect(story.message).toMatchObject({ status: 'SUBMITTED', problem: null, requestKey, accountId });
  });

  it('is repeated 5 times at most, with growing pauses, and then stays UNCONFIRMED', () => {
    const story = new MessageStory({ repeatSafe: true });
    expect(repeatUntilItRests(story)).toBe(5);
    expect(story.message).toMatchObject({ status: 'UNCONFIRMED', dueAt: null, timerAt: null });
    expect(story.now).toEqual(later(NOON, (1 + 2 + 4 + 8 + 16) * SECOND));
  });

  it('is repeated within 10 minutes only, and then stays UNCONFIRMED', () => {
    const story = new MessageStory({ repeatSafe: true });
    expect(repeatUntilItRests(story, 4 * MINUTE)).toBeLessThan(5);
    expect(story.status).toBe('UNCONFIRMED');
  });

  it('is not repeated when its call was found lost hours later', () => {
    const story = new MessageStory({ repeatSafe: true });
    story.claim();
    story.pass(3 * HOUR).answer(UNCERTAIN, 1, 3 * HOUR);
    expect(story.message).toMatchObject({ status: 'UNCONFIRMED', timerAt: null });
  });

  it('is not repeated when nobody looked at its timer for 10 minutes', () => {
    const story = new MessageStory({ repeatSafe: true });
    story.call(UNCERTAIN);
    story.pass(HOUR).ring();
    expect(story.message).toMatchObject({ status: 'UNCONFIRMED', dueAt: null, timerAt: null });
  });

  it('goes back to UNCONFIRMED when its repeat could not leave within 10 minutes', () => {
    const story = new MessageStory({ repeatSafe: true });
    story.call(UNCERTAIN);
    story.ring();
    story.call({ ...DEFERRED, retryAfterMs: 20 * MINUTE });
    expect(story.status).toBe('QUEUED');
    story.ring();
    expect(story.now).toEqual(later(NOON, 10 * MINUTE - CALL_MS));
    expect(story.message).toMatchObject({ status: 'UNCONFIRMED', dueAt: null, timerAt: null });
    expect(story.events.at(-1)).toBe('MESSAGE_UNCONFIRMED');
  });

  it('is left to its call when that is under way at the end of the 10 minutes', () => {
    const story = new MessageStory({ repeatSafe: true });
    story.call(UNCERTAIN);
    story.ring();
    story.claim();
    story.ring();
    expect(story.status).toBe('QUEUED');
    story.answer(DEFERRED);
    story.ring();
    expect(story.status).toBe('UNCONFIRMED');
  });

  it('does not stay QUEUED for ever when its expiresAt passes while the repeat waits', () => {
    const story = new MessageStory({ repeatSafe: true, expiresAt: later(NOON, MINUTE) });
    story.call(UNCERTAIN);
    story.ring();
    story.call({ ...DEFERRED, retryAfterMs: 2 * MINUTE });
    story.ring();
    expect(story.now).toEqual(later(NOON, MINUTE));
    expect(story.message).toMatchObject({ status: 'UNCONFIRMED', dueAt: null, timerAt: null });
  });

  it('is not repeated after its expiresAt', () => {
    const story = new MessageStory({ repeatSafe: true, expiresAt: later(NOON, SECOND) });
    story.call(UNCERTAIN);
    story.ring();
    expect(story.message).toMatchObject({ status: 'UNCONFIRMED', dueAt: null, timerAt: null });
  });
});

describe('resendUnconfirmed', () => {
  it('repeats what the provider does not know as the same request too: better twice than not at all', () => {
    const story = new MessageStory({ resendUnconfirmed: true });
    expect(repeatUntilItRests(story)).toBe(5);
  });

  it('left out, such a message stays UNCONFIRMED until a report, a resolve or a retry settles it', () => {
    const story = new MessageStory();
    expect(repeatUntilItRests(story)).toBe(0);
    expect(story.ring()).toEqual({});
    expect(story.status).toBe('UNCONFIRMED');
  });
});

describe('a call whose lease ran out', () => {
  /** Its process seems lost, so it was settled as uncertain; the answer is still on its way. */
  function lost(over: ConstructorParameters<typeof MessageStory>[0] = {}): MessageStory {
    const story = new MessageStory(over);
    story.claim();
    story.pass(30 * SECOND).answer(UNCERTAIN, 1, 30 * SECOND);
    return story;
  }

  it('makes the message UNCONFIRMED, and a late acceptance SUBMITTED', () => {
    const story = lost();
    expect(story.status).toBe('UNCONFIRMED');
    story.pass(SECOND).answer(ACCEPTED);
    expect(story.message).toMatchObject({ status: 'SUBMITTED', problem: null, timerAt: null });
  });

  it('and whose late answer is a refusal makes it FAILED', () => {
    const story = lost();
    story.answer(REFUSED);
    expect(story.status).toBe('FAILED');
  });

  it.each([DEFERRED, UNCERTAIN])('and whose late answer is not sure moves nothing: $outcome', (outcome) => {
    const story = lost();
    const before = structuredClone(story.message);
    expect(story.answer(outcome).event).toBeUndefined();
    expect(story.message).toEqual(before);
  });

  it('and that was accepted after all ends the wait for a repeat', () => {
    const story = lost({ repeatSafe: true });
    story.ring();
    expect(story.status).toBe('QUEUED');
    story.answer(ACCEPTED, 1);
    expect(story.message).toMatchObject({ status: 'SUBMITTED', dueAt: null, timerAt: null });
  });

  it('does not fail the message by a late refusal while a newer try is under way', () => {
    const story = lost({ repeatSafe: true });
    story.ring();
    story.claim();
    story.answer(REFUSED, 1);
    expect(story.message).toMatchObject({ status: 'QUEUED', openAttempt: story.attemptIds[1] });
  });

  it('does not fail the message by a late refusal when a newer try is UNCONFIRMED', () => {
    const story = lost({ repeatSafe: true });
    story.ring();
    story.call(UNCERTAIN);
    story.answer(REFUSED, 1);
    expect(story.status).toBe('UNCONFIRMED');
  });

  it('keeps its reference as its own: a failure reported of it is not one of the newer try', () => {
    const story = lost({ repeatSafe: true });
    story.ring();
    story.call({ outcome: 'accepted', reference: 'ref-2' });
    const late = story.answer({ outcome: 'accepted', reference: 'ref-1' }, 1);
    expect(late.reference).toEqual({
      accountId: story.message.accountId,
      attemptId: story.attemptIds[0],
      attemptNumber: 1,
      reference: 'ref-1',
    });
    story.report('FAILED', { number: late.reference!.attemptNumber });
    expect(story.status).toBe('SUBMITTED');
  });

  it('and was accepted is not failed by the refusal of the repeat', () => {
    const story = lost({ repeatSafe: true });
    story.ring();
    story.claim();
    story.answer(ACCEPTED, 1);
    story.answer({ outcome: 'refused', failure: failure('PROVIDER_REJECTED', 'duplicate') }, 2);
    expect(story.message).toMatchObject({ status: 'SUBMITTED', openAttempt: null });
  });
});

describe('a message that may have been sent and waits to be sent again', () => {
  /** A person has it sent again although it may have been sent. */
  function retried(over: ConstructorParameters<typeof MessageStory>[0] = {}): MessageStory {
    const story = new MessageStory(over);
    story.call(UNCERTAIN);
    story.change({ kind: 'retry', accountId: story.message.accountId, route: null });
    return story;
  }
  const repeated = (): MessageStory => {
    const story = new MessageStory({ repeatSafe: true });
    story.call(UNCERTAIN);
    story.ring();
    return story;
  };

  it.each([
    ['on our own', repeated],
    ['by a person’s wish', retried],
  ])('%s cannot be canceled', (_how, make) => {
    const story = make();
    expect(story.change({ kind: 'cancel' }).problem?.code).toBe('INVALID_TRANSITION');
    expect(story.status).toBe('QUEUED');
  });

  it.each([
    ['on our own', repeated],
    ['by a person’s wish', retried],
  ])('%s never goes to the next account when its own is deleted', (_how, make) => {
    const story = make();
    const { accountId } = story.message;
    story.change({ kind: 'stranded', path: { accountId: '0190a0a0-0000-7000-8000-000000000002', route: null } });
    expect(story.message).toMatchObject({ status: 'UNCONFIRMED', accountId, dueAt: null, timerAt: null });
  });

  it('is UNCONFIRMED and not EXPIRED when its time passes, for it may have left', () => {
    const story = retried({ expiresAt: later(NOON, MINUTE) });
    story.ring();
    expect(story.message).toMatchObject({ status: 'UNCONFIRMED', problem: { code: 'PROVIDER_UNAVAILABLE' } });
  });

  it('by a person’s wish is tried for as long as any other one', () => {
    const story = retried();
    while (story.now < later(NOON, HOUR)) story.call(DEFERRED);
    expect(story.message).toMatchObject({ status: 'QUEUED', timerAt: null });
  });
});

describe('a message that is sent again after its failure was reported', () => {
  it('stays in the queue when a late word says that the failed attempt had been sent, and not when it was delivered', () => {
    const story = new MessageStory();
    story.call(ACCEPTED);
    story.report('FAILED');
    story.change({ kind: 'retry', accountId: story.message.accountId, route: null });
    story.report('SENT', { number: 1 });
    expect(story.message).toMatchObject({ status: 'QUEUED', dueAt: story.now });
    story.report('DELIVERED', { number: 1 });
    expect(story.status).toBe('DELIVERED');
  });

  it('stays there too when the failure is reported after a person had it sent again', () => {
    const story = new MessageStory();
    story.call(UNCERTAIN);
    story.change({ kind: 'retry', accountId: story.message.accountId, route: null });
    story.report('FAILED', { number: 1 });
    story.report('SENT', { number: 1 });
    expect(story.status).toBe('QUEUED');
  });
});
