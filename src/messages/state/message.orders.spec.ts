import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCEPTED, failure, MessageStory, NOON, UNCERTAIN } from '../../../test/support/messages.js';
import { later, MINUTE, SECOND } from '../../common/clock.js';
import { type ReportedStatus } from '../../providers/ports/callbacks.js';
import { type MessageState } from '../message-row.js';
import { type MessageStatus } from './message.status.js';

/** What may be told of a message: a report of its attempt 1 or 2, or how the call that is under way ended. */
type Told = `${ReportedStatus} of ${1 | 2}` | 'accepted' | 'lost';

const STATUSES = ['SENT', 'DELIVERED', 'READ', 'FAILED'] as const satisfies ReportedStatus[];
/** How many things are told in every order: the reports of two attempts are 8, and 8 ⁶ orders of six take a second. */
const MOST = 6;

const reportsOf = (attempts: 1 | 2): Told[] =>
  ([1, 2] as const).slice(0, attempts).flatMap((number) => STATUSES.map((status): Told => `${status} of ${number}`));
/** The provider's time of each: a repeat says the same one. */
const timeOf = (status: ReportedStatus, number: number): Date =>
  later(NOON, number * MINUTE + STATUSES.indexOf(status) * SECOND);

interface Beginning {
  readonly attempts: 1 | 2;
  readonly begin: () => MessageStory;
}

/** Uncertain, and repeated by a rule: the second call is under way. */
const repeated = (): MessageStory => {
  const story = new MessageStory({ resendUnconfirmed: true });
  story.call(UNCERTAIN);
  story.ring();
  story.claim();
  return story;
};

const SETTLED: Readonly<Record<string, Beginning>> = {
  'was taken': { attempts: 1, begin: () => after(new MessageStory({ inquires: true }), 'accepted') },
  'is UNCONFIRMED': { attempts: 1, begin: () => after(new MessageStory(), 'lost') },
  'was taken at its second try': { attempts: 2, begin: () => after(repeated(), 'accepted') },
  'is UNCONFIRMED after two tries': { attempts: 2, begin: () => after(repeated(), 'lost') },
  'was sent again by a person after it had failed': {
    attempts: 2,
    begin: () => {
      const story = after(new MessageStory(), 'accepted');
      tell(story, 'FAILED of 1');
      story.change({ kind: 'retry', accountId: story.message.accountId, route: null });
      return after(story, 'accepted');
    },
  },
};

const UNDER_WAY: Readonly<Record<string, Beginning>> = {
  'its call': {
    attempts: 1,
    begin: () => {
      const story = new MessageStory();
      story.claim();
      return story;
    },
  },
  'its second call': { attempts: 2, begin: repeated },
};

function after(story: MessageStory, ...told: readonly Told[]): MessageStory {
  story.claim();
  for (const one of told) tell(story, one);
  return story;
}

function tell(story: MessageStory, told: Told): void {
  if (told === 'accepted' || told === 'lost') {
    story.answer(told === 'accepted' ? ACCEPTED : UNCERTAIN);
    return;
  }
  const [status, number] = told.split(' of ') as [ReportedStatus, string];
  const why = status === 'FAILED' ? failure('NOT_ON_WHATSAPP', '131026') : undefined;
  story.report(status, { number: Number(number), occurredAt: timeOf(status, Number(number)), ...(why && { why }) });
}

/** How a message stands when nothing more is told. What it was told last, or first, must not be seen in it. */
type End = Pick<MessageState, 'status' | 'problem' | 'dueAt' | 'timerAt'>;
const endOf = ({ status, problem, dueAt, timerAt }: MessageState): End => ({ status, problem, dueAt, timerAt });

/**
 * What interface.md makes of what was told: the furthest success of any attempt; the failure of the latest one where no
 * success went beyond SENT. Reports that contradict each other, a failure of the latest attempt and a DELIVERED or READ
 * of any, are the one place where it matters which came first: FAILED is an end, and DELIVERED does not fail.
 */
function expected(began: MessageStatus, attempts: 1 | 2, told: readonly Told[]): MessageStatus {
  const reports = told.filter((one) => one !== 'accepted' && one !== 'lost');
  const has = (status: ReportedStatus): boolean => reports.some((one) => one.startsWith(status));
  const failed = reports.indexOf(`FAILED of ${attempts}`);
  const arrived = reports.findIndex((one) => one.startsWith('DELIVERED') || one.startsWith('READ'));
  if (failed >= 0 && (arrived < 0 || failed < arrived)) return 'FAILED';
  const furthest = (['READ', 'DELIVERED', 'SENT'] as const).find(has);
  if (furthest) return furthest;
  if (told.includes('accepted')) return 'SUBMITTED';
  return told.includes('lost') ? 'UNCONFIRMED' : began;
}

/** Whether the reports say both that it failed and that it arrived. */
const contradictory = (attempts: 1 | 2, told: readonly Told[]): boolean =>
  told.includes(`FAILED of ${attempts}`) && told.some((one) => one.startsWith('DELIVERED') || one.startsWith('READ'));

const PROBLEM_OF: Partial<Record<MessageStatus, string>> = {
  FAILED: 'NOT_ON_WHATSAPP',
  UNCONFIRMED: 'PROVIDER_UNAVAILABLE',
};
const MILESTONES = { SENT: 'sentAt', DELIVERED: 'deliveredAt', READ: 'readAt', FAILED: 'failedAt' } as const;

/** Each milestone is what a report of it said, and the one of the state that it stands in is never missing. */
function milestonesFit(message: MessageState, attempts: 1 | 2, told: readonly Told[]): boolean {
  return STATUSES.every((status) => {
    const at = message[MILESTONES[status]]?.getTime();
    const said = [1, 2].filter((number) => told.includes(`${status} of ${number}` as Told));
    const counting = status === 'FAILED' ? said.filter((number) => number === attempts) : said;
    if (at === undefined) return message.status !== status || said.length === 0;
    return counting.some((number) => timeOf(status, number).getTime() === at);
  });
}

/**
 * Every order of up to `MOST` of these, told to a message as it began. `answer`: of the call under way, which comes once
 * and in all of them. `set` is the same number for the same ones in another order.
 */
function everyOrder(
  story: MessageStory,
  reports: readonly Told[],
  answer: Told | null,
  visit: (told: readonly Told[], set: number) => void,
): void {
  const letters = answer ? [...reports, answer] : reports;
  const told: Told[] = [];
  const go = (set: number): void => {
    if (told.length > 0 && (!answer || told.includes(answer))) visit(told, set);
    if (told.length === MOST) return;
    const before = { ...story.message };
    for (const [place, letter] of letters.entries()) {
      if (letter === answer && told.includes(answer)) continue;
      told.push(letter);
      tell(story, letter);
      go(set + (MOST + 1) ** place);
      told.pop();
      Object.assign(story.message, before);
    }
    story.events.length = 0;
  };
  go(0);
}

function judgeEveryOrder({ attempts, begin }: Beginning, answer: Told | null): number {
  const story = begin();
  const { message, status: began } = story;
  const firstEnds = new Map<number, End>();
  const wrong: unknown[] = [];
  let orders = 0;
  everyOrder(story, reportsOf(attempts), answer, (told, set) => {
    orders++;
    const first = firstEnds.get(set);
    if (!first) firstEnds.set(set, endOf(message));
    const fits =
      message.status === expected(began, attempts, told) &&
      message.problem?.code === PROBLEM_OF[message.status] &&
      milestonesFit(message, attempts, told) &&
      // Said once more without the rule above: what is told is all that the end depends on.
      (!first || contradictory(attempts, told) || isDeepStrictEqual(endOf(message), first));
    if (!fits && wrong.length < 5) wrong.push({ told: [...told], end: endOf(message), first });
  });
  expect(wrong).toEqual([]);
  return orders;
}

describe('every order of up to six reports, repeats among them, leads to the same end when a message', () => {
  it.each(Object.entries(SETTLED))('%s', (_name, beginning) => {
    // 4 + 4² + … + 4⁶, and the same of 8.
    expect(judgeEveryOrder(beginning, null)).toBe(beginning.attempts === 1 ? 5_460 : 299_592);
  });
});

describe('every order of up to five reports and the answer leads to the same end as if that had come first, of', () => {
  const cases = Object.entries(UNDER_WAY).flatMap(([name, beginning]) =>
    (['accepted', 'lost'] as const).map((answer) => [name, answer, beginning] as const),
  );
  it.each(cases)('%s, %s', (_name, answer, beginning) => {
    // n + 1 places for the answer among n reports.
    expect(judgeEveryOrder(beginning, answer)).toBe(beginning.attempts === 1 ? 7_737 : 219_345);
  });
});

describe('a longer tale', () => {
  const beginnings = fc.constantFrom(...Object.values(SETTLED), ...Object.values(UNDER_WAY));
  /** What came of a call under way: its answer; its process died and nothing came; or the answer came after all. */
  const ending = fc.constantFrom<Told[]>(['accepted'], ['lost'], ['lost', 'accepted']);
  const tale = fc.record({ beginning: beginnings, ending }).chain(({ beginning, ending }) => {
    const reports = fc.array(fc.constantFrom(...reportsOf(beginning.attempts)), {
      minLength: 7,
      maxLength: 40,
    });
    const places = fc.tuple(fc.nat(), fc.nat());
    const underWay = beginning.begin().message.openAttempt !== null;
    return fc.tuple(reports, places).map(([told, [first, second]]) => {
      if (!underWay) return { beginning, told };
      const [one, two] = [first % (told.length + 1), second % (told.length + 1)].sort((a, b) => a - b) as [
        number,
        number,
      ];
      const [was, is] = ending;
      const between = [...told.slice(0, one), was as Told, ...told.slice(one, two)];
      return { beginning, told: [...between, ...(is ? [is] : []), ...told.slice(two)] };
    });
  });

  it('in any order ends as what it tells of says', () => {
    fc.assert(
      fc.property(tale, ({ beginning, told }) => {
        const { attempts, begin } = beginning;
        const story = begin();
        const began = story.status;
        for (const one of told) tell(story, one);
        expect(story.status).toBe(expected(began, attempts, told));
        expect(story.message.problem?.code).toBe(PROBLEM_OF[story.status]);
        expect(milestonesFit(story.message, attempts, told)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('and its reverse, and itself twice over, end alike where nothing contradicts itself', () => {
    fc.assert(
      fc.property(tale, ({ beginning, told }) => {
        const { attempts, begin } = beginning;
        fc.pre(!contradictory(attempts, told));
        const ends = [told, [...told, ...told], told.toReversed()].map((order) => {
          const story = begin();
          for (const one of order) tell(story, one);
          return endOf(story.message);
        });
        expect(ends[1]).toEqual(ends[0]);
        expect(ends[2]).toEqual(ends[0]);
      }),
      { numRuns: 1_000 },
    );
  });
});
