import { describe, expect, it } from 'vitest';
import { ACCEPTED, DEFERRED, failure, MessageStory, NOON, REFUSED, UNCERTAIN } from '../../../test/support/messages.js';
import { DAY, HOUR, later, MINUTE } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { type Outcome } from '../../providers/ports/outcome.js';

/** Taken at noon by a provider that can be asked. */
function submitted(over: ConstructorParameters<typeof MessageStory>[0] = {}): MessageStory {
  const story = new MessageStory({ inquires: true, ...over });
  story.call(ACCEPTED);
  return story;
}

describe('a SUBMITTED message without news', () => {
  it('is asked after 15 minutes, 1 hour, 6 hours and 24 hours after it was taken, and then no more', () => {
    const story = submitted();
    const asked: number[] = [];
    while (story.message.timerAt) {
      expect(story.ring()).toEqual({ inquire: true });
      asked.push((story.now.getTime() - NOON.getTime()) / MINUTE);
    }
    expect(asked).toEqual([15, 60, 360, 1440]);
    expect(story.status).toBe('SUBMITTED');
    expect(story.events).toEqual(['MESSAGE_SUBMITTED']);
  });

  it('that nobody looked at for hours is asked after once, and next at the time that comes next', () => {
    const story = submitted();
    expect(story.pass(7 * HOUR).ring()).toEqual({ inquire: true });
    expect(story.message.timerAt).toEqual(later(NOON, DAY));
  });

  it('is not asked after before its time', () => {
    const story = submitted();
    expect(story.pass(15 * MINUTE - 1).change({ kind: 'due' })).toEqual({});
  });

  it.each(['SENT', 'DELIVERED', 'READ', 'FAILED'] as const)('is not asked after any more once it is %s', (status) => {
    const story = submitted();
    story.report(status);
    expect(story.message.timerAt).toBeNull();
    expect(story.pass(DAY).ring()).toEqual({});
  });

  it('is not asked after where the provider cannot be asked', () => {
    expect(submitted({ inquires: false }).message.timerAt).toBeNull();
  });

  it('is not asked after where the provider gave no id to ask with', () => {
    const story = new MessageStory({ inquires: true });
    story.call({ outcome: 'accepted', reference: null });
    expect(story.message).toMatchObject({ status: 'SUBMITTED', timerAt: null });
  });

  it('is not asked after when its callbacks overtook the answer', () => {
    const story = new MessageStory({ inquires: true });
    story.claim();
    story.report('SENT');
    story.answer(ACCEPTED);
    expect(story.message).toMatchObject({ status: 'SENT', timerAt: null });
  });

  it('that was sent again days later is asked after from its second taking on', () => {
    const story = submitted();
    story.report('FAILED');
    story.pass(3 * DAY).change({ kind: 'retry', accountId: story.message.accountId, route: null });
    story.call({ outcome: 'accepted', reference: 'ref-2' });
    expect(story.message.submittedAt).toEqual(story.now);
    expect(story.message.timerAt).toEqual(later(story.now, 15 * MINUTE));
  });

  it('is not EXPIRED by its expiresAt: it has left', () => {
    const story = submitted({ expiresAt: later(NOON, HOUR) });
    while (story.message.timerAt) story.ring();
    expect(story.status).toBe('SUBMITTED');
  });
});

describe('a provider that may never take it', () => {
  const DOUBTFUL: Outcome = { ...DEFERRED, triesAtMost: 3 };

  it('is tried so many times again, and the next such answer is final', () => {
    const story = new MessageStory();
    for (const tries of [1, 2, 3]) {
      story.call(DOUBTFUL);
      expect(story.message).toMatchObject({ status: 'QUEUED', deferrals: tries });
    }
    const decision = story.call(DOUBTFUL);
    expect(decision.event?.type).toBe('MESSAGE_FAILED');
    expect(decision.attempt).toMatchObject({ outcome: 'DEFERRED' });
    expect(story.message).toMatchObject({ status: 'FAILED', dueAt: null, timerAt: null });
    expect(story.message.problem).toMatchObject({ provider: { code: '503', retryable: true } });
  });

  it('that takes it at last has taken it', () => {
    const story = new MessageStory();
    for (let tries = 0; tries < 3; tries++) story.call(DOUBTFUL);
    story.call(ACCEPTED);
    expect(story.status).toBe('SUBMITTED');
  });

  it('is tried as often again once a person has it sent again', () => {
    const story = new MessageStory();
    for (let tries = 0; tries < 4; tries++) story.call(DOUBTFUL);
    story.change({ kind: 'retry', accountId: story.message.accountId, route: null });
    story.call(DOUBTFUL);
    expect(story.message).toMatchObject({ status: 'QUEUED', deferrals: 1 });
  });
});

describe('that the person stopped marketing', () => {
  const STOPPED = failure('RECIPIENT_OPTED_OUT', '131050');

  it('is learnt from a refusal', () => {
    const story = new MessageStory();
    expect(story.call({ outcome: 'refused', failure: STOPPED })).toMatchObject({ optedOut: true });
    expect(story.message).toMatchObject({ status: 'FAILED', problem: { code: 'RECIPIENT_OPTED_OUT' } });
  });

  it('is learnt from a report', () => {
    expect(submitted().report('FAILED', { why: STOPPED })).toMatchObject({ optedOut: true });
  });

  it('is learnt from nothing else', () => {
    expect(new MessageStory().call(REFUSED).optedOut).toBeUndefined();
    expect(submitted().report('FAILED').optedOut).toBeUndefined();
    expect(submitted().report('DELIVERED').optedOut).toBeUndefined();
  });

  it('is learnt once: a repeated report says nothing new', () => {
    const story = submitted();
    story.report('FAILED', { why: STOPPED });
    expect(story.report('FAILED', { why: STOPPED })).toEqual({});
  });
});

describe('the provider’s id of a call', () => {
  it('is filed under the account of its call, though the message went to another one meanwhile', () => {
    const story = new MessageStory();
    const first = story.message.accountId;
    const second = newId();
    story.claim();
    story.pass(30_000).answer(UNCERTAIN, 1, 30_000);
    story.change({ kind: 'retry', accountId: second, route: null });
    story.call({ outcome: 'accepted', reference: 'ref-2' });
    const late = story.answer(ACCEPTED, 1);
    expect(late.reference).toEqual({
      accountId: first,
      attemptId: story.attemptIds[0],
      attemptNumber: 1,
      reference: 'ref-1',
    });
    expect(story.message).toMatchObject({ status: 'SUBMITTED', accountId: second });
  });

  it('is learnt from the report that settles the message, and filed under the account that reported', () => {
    const story = new MessageStory();
    story.call(UNCERTAIN);
    const decision = story.report('SENT', { learnt: true });
    expect(decision.reference).toMatchObject({ accountId: story.message.accountId, reference: 'ref-1' });
    expect(story.message).toMatchObject({ status: 'SENT', providerMessageId: 'ref-1' });
  });

  it('is filed also when the report that it came with moves nothing', () => {
    const story = new MessageStory();
    story.call(UNCERTAIN);
    story.change({ kind: 'resolve', sent: false });
    expect(story.report('SENT', { learnt: true })).toMatchObject({ reference: { reference: 'ref-1' } });
  });
});

describe('the provider’s own id of the person', () => {
  it('is kept from the answer', () => {
    const story = new MessageStory();
    story.call({ ...ACCEPTED, recipientId: 'ID.77' });
    expect(story.message.recipientId).toBe('ID.77');
  });

  it('is kept from a report where the answer did not say it', () => {
    const story = submitted();
    story.report('SENT', { recipientId: 'ID.77' });
    story.report('DELIVERED', { recipientId: 'ID.78' });
    expect(story.message.recipientId).toBe('ID.77');
  });
});
