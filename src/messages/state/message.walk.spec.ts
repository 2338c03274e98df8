import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ACCEPTED, DEFERRED, MessageStory, NOON, REFUSED, UNCERTAIN } from '../../../test/support/messages.js';
import { HOUR, later, MINUTE } from '../../common/clock.js';
import { type Outcome } from '../../providers/ports/outcome.js';
import { mayBecome, type MessageStatus } from './message.status.js';

type Step =
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'claim' | 'ring' | 'cancel' | 'retry' }
  | { readonly do: 'resolve' | 'strand'; readonly yes: boolean }
  | { readonly do: 'call'; readonly outcome: Outcome }
  | { readonly do: 'answer'; readonly outcome: Outcome; readonly back: number }
  | { readonly do: 'report'; readonly status: 'SENT' | 'DELIVERED' | 'READ' | 'FAILED'; readonly back: number };

/** How many attempts back a report or an answer is of: mostly of the latest. */
const back = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(3));
const outcome = fc.constantFrom<Outcome>(ACCEPTED, REFUSED, DEFERRED, UNCERTAIN, {
  ...DEFERRED,
  freshKey: true as const,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('call' as const), outcome }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.oneof(fc.nat(MINUTE), fc.nat(2 * HOUR)) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('claim' as const, 'ring' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'retry' as const, 'retry' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('resolve' as const, 'strand' as const), yes: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      outcome,
      back,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      status: fc.constantFrom('SENT' as const, 'DELIVERED' as const, 'READ' as const, 'FAILED' as const),
      back,
    }),
  },
);

interface Start {
  readonly repeatSafe: boolean;
  readonly resendUnconfirmed: boolean;
  readonly expiresAt: Date | null;
  readonly scheduledAt: Date | null;
}

const START: fc.Arbitrary<Start> = fc.record({
  repeatSafe: fc.boolean(),
  resendUnconfirmed: fc.boolean(),
  expiresAt: fc.option(fc.integer({ min: 1, max: 5 * HOUR }).map((ms) => later(NOON, ms))),
  scheduledAt: fc.option(fc.integer({ min: 1, max: HOUR }).map((ms) => later(NOON, ms))),
});

function begin({ scheduledAt, ...over }: Start): MessageStory {
  const scheduled = scheduledAt !== null && (over.expiresAt === null || over.expiresAt > scheduledAt);
  return scheduled
    ? new MessageStory({ ...over, status: 'SCHEDULED', scheduledAt, dueAt: null, timerAt: scheduledAt })
    : new MessageStory(over);
}

function take(story: MessageStory, next: Step): void {
  const { accountId } = story.message;
  const number = 'back' in next ? story.attemptIds.length - next.back : 0;
  switch (next.do) {
    case 'pass':
      story.pass(next.ms);
      break;
    case 'claim':
      story.claim();
      break;
    case 'ring':
      story.ring();
      break;
    case 'cancel':
      story.change({ kind: 'cancel' });
      break;
    case 'retry':
      story.change({ kind: 'retry', accountId, route: null });
      break;
    case 'resolve':
      story.change({ kind: 'resolve', sent: next.yes });
      break;
    case 'strand':
      story.change({ kind: 'stranded', path: next.yes ? { accountId, route: null } : null });
      break;
    case 'call':
      if (story.claim()) story.answer(next.outcome);
      break;
    case 'answer':
      if (number >= 1) story.answer(next.outcome, number);
      break;
    case 'report':
      if (number >= 1) story.report(next.status, { number });
      break;
  }
}

/** The moves of interface.md: what is observed, and what a person or a rule does. */
function documented(from: MessageStatus, to: MessageStatus, next: Step): boolean {
  if (mayBecome(from, to)) return true;
  if (to === 'QUEUED')
    return next.do === 'retry' ? from === 'FAILED' || from === 'UNCONFIRMED' : from === 'UNCONFIRMED';
  // "Deleting an account fails its unfinished messages with NO_ROUTE."
  return next.do === 'strand' && from === 'SCHEDULED' && to === 'FAILED';
}

const ENDS: readonly MessageStatus[] = ['READ', 'FAILED', 'CANCELED', 'EXPIRED', 'RECEIVED'];

function walk(check: (story: MessageStory, before: MessageStory['message'], next: Step) => void): void {
  fc.assert(
    fc.property(START, fc.array(step, { maxLength: 40 }), (start, steps) => {
      const story = begin(start);
      for (const next of steps) {
        const before = structuredClone(story.message);
        take(story, next);
        check(story, before, next);
      }
    }),
    { numRuns: 1_000 },
  );
}

it('moves along the documented table and no other way, whatever comes in whatever order', () => {
  walk((story, before, next) => {
    if (story.status === before.status) return;
    expect(documented(before.status, story.status, next), `${before.status} → ${story.status} by ${next.do}`).toBe(
      true,
    );
  });
});

it('counts its events in its sequence, one for each move of its status', () => {
  walk((story, before) => {
    expect(story.message.sequence).toBe(1 + story.events.length);
    expect(story.message.sequence - before.sequence).toBe(story.status === before.status ? 0 : 1);
  });
});

it('stands in its account’s queue exactly while it is QUEUED', () => {
  walk((story) => expect(story.message.dueAt !== null).toBe(story.status === 'QUEUED'));
});

it('waits for nothing any more at its end', () => {
  walk(({ message }) => {
    if (ENDS.includes(message.status)) expect([message.dueAt, message.timerAt]).toEqual([null, null]);
  });
});

it('has a deadline while it waits for its time or its end', () => {
  walk(({ message }) => {
    if (message.status === 'SCHEDULED' || (message.status === 'QUEUED' && message.expiresAt)) {
      expect(message.timerAt).not.toBeNull();
    }
  });
});

it('has a problem whenever it is FAILED, UNCONFIRMED or EXPIRED, and none once it went well', () => {
  walk(({ message }) => {
    if (['FAILED', 'UNCONFIRMED', 'EXPIRED'].includes(message.status)) expect(message.problem).not.toBeNull();
    if (['SUBMITTED', 'SENT', 'DELIVERED', 'READ'].includes(message.status)) expect(message.problem).toBeNull();
  });
});

it('is never canceled or EXPIRED once it was told to be UNCONFIRMED and nothing settled that', () => {
  walk((story, before) => {
    if (story.status === before.status || !['CANCELED', 'EXPIRED'].includes(story.status)) return;
    const settled = story.events.lastIndexOf('MESSAGE_FAILED');
    expect(story.events.lastIndexOf('MESSAGE_UNCONFIRMED')).toBeLessThanOrEqual(settled);
  });
});

it('reaches its end by time alone, or stands UNCONFIRMED, when its provider never takes it', () => {
  fc.assert(
    fc.property(
      START,
      fc.array(fc.constantFrom(DEFERRED, UNCERTAIN), { minLength: 1, maxLength: 20 }),
      (start, says) => {
        const story = begin(start);
        for (let turn = 0; story.message.dueAt !== null || story.message.timerAt !== null; turn++) {
          expect(turn).toBeLessThan(2_000);
          const { dueAt, timerAt } = story.message;
          if (timerAt && (!dueAt || timerAt <= dueAt)) story.ring();
          else if (dueAt && dueAt > story.now) story.now = dueAt;
          else if (story.claim()) story.answer(says[turn % says.length] as Outcome);
          else story.pass(MINUTE);
        }
        expect(['FAILED', 'EXPIRED', 'UNCONFIRMED']).toContain(story.status);
      },
    ),
  );
});
