import { describe, expect, it } from 'vitest';
import {
  ACCEPTED,
  DEFERRED,
  MessageStory,
  NOON,
  queuedMessage,
  REFUSED,
  UNCERTAIN,
} from '../../../test/support/messages.js';
import { HOUR, later, MINUTE, SECOND } from '../../common/clock.js';
import { type MessageStatus } from './message.status.js';

const inState = (status: MessageStatus): MessageStory =>
  new MessageStory({ status, dueAt: status === 'QUEUED' ? NOON : null });

describe('cancel', () => {
  it.each(['SCHEDULED', 'QUEUED'] as const)('takes a %s message back before it left', (status) => {
    const story = inState(status);
    expect(story.change({ kind: 'cancel' }).event?.type).toBe('MESSAGE_CANCELED');
    expect(story.message).toMatchObject({ status: 'CANCELED', dueAt: null, timerAt: null });
  });

  it('works while it waits after a deferral, which surely sent nothing', () => {
    const story = new MessageStory();
    story.call(DEFERRED);
    story.change({ kind: 'cancel' });
    expect(story.status).toBe('CANCELED');
  });

  it('is refused while a call is under way', () => {
    const story = new MessageStory();
    story.claim();
    expect(story.change({ kind: 'cancel' })).toMatchObject({ problem: { code: 'INVALID_TRANSITION', field: 'id' } });
    expect(story.status).toBe('QUEUED');
  });

  it.each([
    'UNCONFIRMED',
    'SUBMITTED',
    'SENT',
    'DELIVERED',
    'READ',
    'FAILED',
    'CANCELED',
    'EXPIRED',
    'RECEIVED',
  ] as const)('is refused when it is %s', (status) => {
    const story = inState(status);
    const before = structuredClone(story.message);
    expect(story.change({ kind: 'cancel' }).problem?.code).toBe('INVALID_TRANSITION');
    expect(story.message).toEqual(before);
  });
});

describe('retry', () => {
  it('sends a FAILED message again as a new request', () => {
    const story = new MessageStory();
    const { requestKey, accountId } = story.message;
    story.call(REFUSED);
    expect(story.pass(HOUR).change({ kind: 'retry', accountId, route: null }).event?.type).toBe('MESSAGE_RETRIED');
    expect(story.message).toMatchObject({ status: 'QUEUED', dueAt: story.now, problem: null, failedAt: null });
    expect(story.message.requestKey).not.toBe(requestKey);
  });

  it('sends an UNCONFIRMED one again as the same request, which the provider may know already', () => {
    const story = new MessageStory();
    const { requestKey, accountId } = story.message;
    story.call(UNCERTAIN);
    story.change({ kind: 'retry', accountId, route: null });
    expect(story.message).toMatchObject({ status: 'QUEUED', requestKey });
  });

  it('goes through the account that is named', () => {
    const story = new MessageStory();
    story.call(REFUSED);
    const accountId = queuedMessage().accountId;
    story.change({ kind: 'retry', accountId, route: null });
    expect(story.message.accountId).toBe(accountId);
  });

  it('gives a whole new day of tries and all the repeats again', () => {
    const story = new MessageStory({ repeatSafe: true });
    story.call(UNCERTAIN);
    story.ring();
    story.call(DEFERRED);
    story.call(REFUSED);
    story.pass(25 * HOUR).change({ kind: 'retry', accountId: story.message.accountId, route: null });
    story.call(DEFERRED);
    expect(story.message).toMatchObject({ status: 'QUEUED', deferrals: 1, repeats: 0 });
    expect(story.message.dueAt).toEqual(later(story.now, SECOND));
  });

  it('keeps its expiresAt, and is EXPIRED as a Problem once that has passed', () => {
    const story = new MessageStory({ expiresAt: later(NOON, MINUTE) });
    story.call(REFUSED);
    const { accountId } = story.message;
    story.change({ kind: 'retry', accountId, route: null });
    expect(story.message.timerAt).toEqual(later(NOON, MINUTE));
    story.call(REFUSED);
    expect(story.pass(MINUTE).change({ kind: 'retry', accountId, route: null }).problem?.code).toBe('EXPIRED');
    expect(story.status).toBe('FAILED');
  });

  it.each([
    'SCHEDULED',
    'QUEUED',
    'SUBMITTED',
    'SENT',
    'DELIVERED',
    'READ',
    'CANCELED',
    'EXPIRED',
    'RECEIVED',
  ] as const)('is refused when it is %s', (status) => {
    const story = inState(status);
    const before = structuredClone(story.message);
    const decision = story.change({ kind: 'retry', accountId: story.message.accountId, route: null });
    expect(decision.problem?.code).toBe('INVALID_TRANSITION');
    expect(story.message).toEqual(before);
  });
});

describe('resolve', () => {
  it('as sent makes it SUBMITTED, and a failure of its attempt counts from then on', () => {
    const story = new MessageStory({ repeatSafe: true });
    story.call(UNCERTAIN);
    story.change({ kind: 'resolve', sent: true });
    expect(story.message).toMatchObject({ status: 'SUBMITTED', problem: null, timerAt: null, submittedAt: NOON });
    story.report('FAILED');
    expect(story.status).toBe('FAILED');
  });

  it('as not sent makes it FAILED, and no timer repeats it', () => {
    const story = new MessageStory({ repeatSafe: true });
    story.call(UNCERTAIN);
    story.change({ kind: 'resolve', sent: false });
    expect(story.message).toMatchObject({ status: 'FAILED', failedAt: NOON, timerAt: null });
    expect(story.pass(MINUTE).ring()).toEqual({});
  });

  it.each(['SCHEDULED', 'QUEUED', 'SUBMITTED', 'FAILED', 'READ', 'CANCELED'] as const)(
    'is refused when it is %s',
    (status) => {
      expect(inState(status).change({ kind: 'resolve', sent: true }).problem?.code).toBe('INVALID_TRANSITION');
    },
  );
});

describe('time', () => {
  const scheduled = (over: { expiresAt?: Date } = {}): MessageStory =>
    new MessageStory({
      status: 'SCHEDULED',
      dueAt: null,
      scheduledAt: later(NOON, HOUR),
      timerAt: later(NOON, HOUR),
      ...over,
    });

  it('queues a scheduled message at its time and not before', () => {
    const story = scheduled();
    expect(story.change({ kind: 'due' })).toEqual({});
    expect(story.status).toBe('SCHEDULED');
    expect(story.ring().event?.type).toBe('MESSAGE_QUEUED');
    expect(story.message).toMatchObject({ status: 'QUEUED', dueAt: later(NOON, HOUR), timerAt: null });
  });

  it('watches over the expiry of a scheduled message from then on', () => {
    const story = scheduled({ expiresAt: later(NOON, 2 * HOUR) });
    story.ring();
    expect(story.message.timerAt).toEqual(later(NOON, 2 * HOUR));
  });

  it('lets a scheduled message expire whose whole time passed while nobody looked', () => {
    const story = scheduled({ expiresAt: later(NOON, 2 * HOUR) });
    story.pass(3 * HOUR).ring();
    expect(story.message).toMatchObject({ status: 'EXPIRED', dueAt: null, timerAt: null });
  });

  it('lets a queued message expire at its expiresAt', () => {
    const story = new MessageStory({ expiresAt: later(NOON, MINUTE) });
    story.call(DEFERRED);
    expect(story.ring().event?.type).toBe('MESSAGE_EXPIRED');
    expect(story.now).toEqual(later(NOON, MINUTE));
    expect(story.message).toMatchObject({
      status: 'EXPIRED',
      problem: { code: 'EXPIRED' },
      dueAt: null,
      timerAt: null,
    });
  });

  it('lets no message expire while its call is under way, and looks again soon', () => {
    const story = new MessageStory({ expiresAt: later(NOON, MINUTE) });
    story.pass(59 * SECOND).claim();
    story.ring();
    expect(story.status).toBe('QUEUED');
    expect(story.message.timerAt!.getTime()).toBeGreaterThan(story.now.getTime());
    story.answer(DEFERRED);
    story.ring();
    expect(story.status).toBe('EXPIRED');
  });

  it('of a message that is accepted in its last moment comes to nothing', () => {
    const story = new MessageStory({ expiresAt: later(NOON, MINUTE) });
    story.pass(59 * SECOND).claim();
    story.ring();
    story.answer(ACCEPTED);
    expect(story.pass(MINUTE).ring()).toEqual({});
    expect(story.message).toMatchObject({ status: 'SUBMITTED', timerAt: null });
  });
});

describe('when its account is deleted', () => {
  const other = queuedMessage().accountId;

  it.each(['SCHEDULED', 'QUEUED'] as const)('a %s message goes to the next one, and nobody is told', (status) => {
    const story = inState(status);
    expect(story.change({ kind: 'stranded', path: { accountId: other, route: null } })).toEqual({});
    expect(story.message).toMatchObject({ status, accountId: other });
  });

  it.each(['SCHEDULED', 'QUEUED'] as const)('a %s message for which none fits FAILED with NO_ROUTE', (status) => {
    const story = inState(status);
    story.change({ kind: 'stranded', path: null });
    expect(story.message).toMatchObject({
      status: 'FAILED',
      problem: { code: 'NO_ROUTE' },
      dueAt: null,
      timerAt: null,
    });
  });

  it('a message whose call is under way is left to its answer', () => {
    const story = new MessageStory();
    story.claim();
    story.change({ kind: 'stranded', path: null });
    expect(story.message).toMatchObject({ status: 'QUEUED', accountId: story.message.accountId });
    story.answer(ACCEPTED);
    expect(story.status).toBe('SUBMITTED');
  });

  it.each(['UNCONFIRMED', 'SUBMITTED', 'DELIVERED', 'FAILED'] as const)('a %s message stays as it is', (status) => {
    const story = inState(status);
    const before = structuredClone(story.message);
    story.change({ kind: 'stranded', path: { accountId: other, route: null } });
    expect(story.message).toEqual(before);
  });
});
