import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, later, MINUTE, SECOND } from '../common/clock.js';
import { problem } from '../common/problem.js';
import { decide, tooLate, type VerificationChange } from './verification.decide.js';
import { type VerificationStatus } from './verification.status.js';

type State = Parameters<typeof decide>[0];

const STARTED = new Date('2026-03-01T12:00:00Z');
const EXPIRY = later(STARTED, 10 * MINUTE);
const PHONE = '+6287823678023';
const ANOTHER = '+6287823678024';
const NO_WAY = problem('NO_ROUTE', 'No way to prove the number is left.');

const state = (status: VerificationStatus, checksLeft = 5): State => ({
  ...{ status, checksLeft },
  ...{ phone: PHONE, expiresAt: EXPIRY },
});

/** In minutes from the start; the expiry is at 10. */
const at = (minutes: number): Date => later(STARTED, Math.round(minutes * MINUTE));
const proof = (minutes: number, phone: string | null = PHONE): VerificationChange => ({
  ...{ kind: 'proof', phone, at: at(minutes) },
});
const check = (right: boolean): VerificationChange => ({ kind: 'check', right });
const CANCEL = { kind: 'cancel' } as const;
const DUE = { kind: 'due' } as const;
const REFUSED = { kind: 'refused', problem: NO_WAY } as const;
/** Five seconds after the expiry, and a millisecond more. */
const IN_GRACE = 10 + 5 / 60;
const PAST_GRACE = 10 + 5.001 / 60;

/** What was, what happens, at which minute; where it goes (null: it stays), and the problem or the reason of a refusal. */
type Row = [VerificationStatus, string, VerificationChange, number, VerificationStatus | null, string | null];

const TABLE: Row[] = [
  ['PENDING', 'a proof', proof(1), 1, 'VERIFIED', null],
  ['PENDING', 'a proof from before the expiry that comes after it', proof(9), 11, 'VERIFIED', null],
  ['PENDING', 'a proof dated at the expiry', proof(10), 10, 'VERIFIED', null],
  ['PENDING', 'a proof by a clock that is 5 s fast', proof(IN_GRACE), 11, 'VERIFIED', null],
  ['PENDING', 'a proof dated more than 5 s after the expiry', proof(PAST_GRACE), 11, null, 'EXPIRED'],
  ['PENDING', 'a proof from another number', proof(1, ANOTHER), 1, null, 'ANOTHER_NUMBER'],
  ['PENDING', 'a proof from nobody knows which number', proof(1, null), 1, null, 'ANOTHER_NUMBER'],
  ['PENDING', 'the right code', check(true), 1, 'VERIFIED', null],
  ['PENDING', 'the right code at the expiry', check(true), 10, 'EXPIRED', 'EXPIRED'],
  ['PENDING', 'a wrong code', check(false), 1, null, 'CODE_INCORRECT'],
  ['PENDING', 'a wrong code at the expiry', check(false), 10, 'EXPIRED', 'EXPIRED'],
  ['PENDING', 'to be canceled', CANCEL, 1, 'CANCELED', null],
  ['PENDING', 'to be canceled at the expiry', CANCEL, 10, null, 'EXPIRED'],
  ['PENDING', 'its timer, early', DUE, 9, null, null],
  ['PENDING', 'its timer', DUE, 10, 'EXPIRED', null],
  ['PENDING', 'that no way is left', REFUSED, 1, 'FAILED', 'NO_ROUTE'],

  ['VERIFIED', 'another proof', proof(1), 1, null, 'USED'],
  ['VERIFIED', 'a proof from another number', proof(1, ANOTHER), 1, null, 'ANOTHER_NUMBER'],
  ['VERIFIED', 'the right code again', check(true), 1, null, null],
  ['VERIFIED', 'the right code again, a day later', check(true), 1_440, null, null],
  ['VERIFIED', 'a wrong code', check(false), 1, null, 'CODE_INCORRECT'],
  ['VERIFIED', 'to be canceled', CANCEL, 1, null, 'INVALID_TRANSITION'],
  ['VERIFIED', 'its timer', DUE, 10, null, null],
  ['VERIFIED', 'that no way is left', REFUSED, 1, null, null],

  ['EXPIRED', 'a proof from before the expiry', proof(9), 11, 'VERIFIED', null],
  ['EXPIRED', 'a proof by a clock that is 5 s fast', proof(IN_GRACE), 11, 'VERIFIED', null],
  ['EXPIRED', 'a proof dated more than 5 s after the expiry', proof(PAST_GRACE), 11, null, 'EXPIRED'],
  ['EXPIRED', 'a proof from another number', proof(9, ANOTHER), 11, null, 'ANOTHER_NUMBER'],
  ['EXPIRED', 'the right code', check(true), 11, null, 'EXPIRED'],
  ['EXPIRED', 'a wrong code', check(false), 11, null, 'EXPIRED'],
  ['EXPIRED', 'to be canceled', CANCEL, 11, null, 'EXPIRED'],
  ['EXPIRED', 'its timer', DUE, 11, null, null],
  ['EXPIRED', 'that no way is left', REFUSED, 11, null, null],

  ...(['FAILED', 'CANCELED'] as const).flatMap((status): Row[] => [
    [status, 'a proof', proof(1), 1, null, 'CLOSED'],
    [status, 'a proof from another number', proof(1, ANOTHER), 1, null, 'ANOTHER_NUMBER'],
    [status, 'the right code', check(true), 1, null, 'INVALID_TRANSITION'],
    [status, 'a wrong code', check(false), 1, null, 'INVALID_TRANSITION'],
    [status, 'to be canceled', CANCEL, 1, null, 'INVALID_TRANSITION'],
    [status, 'its timer', DUE, 11, null, null],
    [status, 'that no way is left', REFUSED, 1, null, null],
  ]),
];

describe('one that is', () => {
  it.each(TABLE)('%s and meets %s', (status, _what, change, minute, next, why) => {
    const decision = decide(state(status), change, at(minute));
    expect(decision.status).toBe(next);
    expect(decision.problem?.code ?? decision.reason).toBe(why);
    expect(decision.checksLeft).toBe(why === 'CODE_INCORRECT' ? 4 : 5);
  });

  it('in any state, with any change, has its rows in the table', () => {
    const told = new Set(TABLE.map(([status, , { kind }]) => `${status} ${kind}`));
    for (const status of ['PENDING', 'VERIFIED', 'EXPIRED', 'FAILED', 'CANCELED'])
      for (const kind of ['proof', 'check', 'cancel', 'due', 'refused']) expect(told).toContain(`${status} ${kind}`);
  });
});

describe('a wrong code', () => {
  it('says how many tries are left, and the fifth fails it for good', () => {
    let now = state('PENDING');
    const said: string[] = [];
    for (let tries = 0; tries < 5; tries++) {
      const { problem: told, checksLeft, status } = decide(now, check(false), at(1));
      expect(told).toMatchObject({ code: 'CODE_INCORRECT', field: 'code' });
      said.push(`${told?.message}`);
      now = { ...now, checksLeft, status: status ?? now.status };
    }
    expect(said.map((sentence) => /(\d|last)/.exec(sentence)?.[1])).toEqual(['4', '3', '2', '1', 'last']);
    expect(now).toMatchObject({ status: 'FAILED', checksLeft: 0 });
    for (const right of [true, false])
      expect(decide(now, check(right), at(1)).problem).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
  });

  it('is counted after the right one too: a guesser runs out, and then learns nothing from the right one', () => {
    let now = state('VERIFIED');
    for (let tries = 0; tries < 5; tries++) now = { ...now, checksLeft: decide(now, check(false), at(1)).checksLeft };
    expect(now.checksLeft).toBe(0);
    const [right, wrong] = [true, false].map((code) => decide(now, check(code), at(1)));
    expect(right).toEqual(wrong);
    expect(right).toMatchObject({ status: null, problem: { code: 'INVALID_TRANSITION' } });
  });
});

describe('whoever comes too late', () => {
  it.each([
    ['PENDING', 10, 'EXPIRED'],
    ['EXPIRED', 9, 'EXPIRED'],
    ['VERIFIED', 11, 'INVALID_TRANSITION'],
    ['FAILED', 11, 'INVALID_TRANSITION'],
    ['CANCELED', 11, 'INVALID_TRANSITION'],
  ] as const)('for one that is %s at minute %i hears %s', (status, minute, code) => {
    expect(tooLate(state(status), at(minute))).toMatchObject({ code, field: 'id' });
  });
});

describe('whatever happens, in whatever order', () => {
  const phones = fc.constantFrom(PHONE, PHONE, ANOTHER, null);
  // Most of it around the expiry and its grace.
  const times = fc.oneof(
    fc.integer({ min: -MINUTE, max: HOUR }).map((ms) => later(STARTED, ms)),
    fc.integer({ min: -7 * SECOND, max: 7 * SECOND }).map((ms) => later(EXPIRY, ms)),
  );
  const change: fc.Arbitrary<VerificationChange> = fc.oneof(
    fc.record({ kind: fc.constant('proof' as const), phone: phones, at: times }),
    fc.record({ kind: fc.constant('check' as const), right: fc.boolean() }),
    fc.constantFrom<VerificationChange>(CANCEL, DUE, REFUSED),
  );
  const steps = fc.array(
    fc.record({ change, afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90_000 })) }),
    {
      maxLength: 40,
    },
  );

  /** All that happened to one of them: each step with how it stood before. */
  const walk = (
    plan: readonly { readonly change: VerificationChange; readonly afterMs: number }[],
  ): { change: VerificationChange; now: Date; before: State; after: State; decision: ReturnType<typeof decide> }[] => {
    let [before, now] = [state('PENDING'), STARTED];
    return plan.map(({ change, afterMs }) => {
      now = later(now, afterMs);
      const decision = decide(before, change, now);
      const after = { ...before, status: decision.status ?? before.status, checksLeft: decision.checksLeft };
      const step = { change, now, before, after, decision };
      before = after;
      return step;
    });
  };
  const property = (holds: (walked: ReturnType<typeof walk>) => void): void =>
    fc.assert(
      fc.property(steps, (plan) => holds(walk(plan))),
      { numRuns: 1_000 },
    );

  it('it goes forward only, and is verified at most once', () => {
    property((walked) => {
      const path = ['PENDING', ...walked.flatMap(({ decision }) => decision.status ?? [])].join(' ');
      expect(path).toMatch(/^PENDING( FAILED| CANCELED|( EXPIRED)?( VERIFIED)?)$/);
    });
  });

  it('it is verified by a right code in time, or a proof from its own number dated at most 5 s after its expiry', () => {
    property((walked) => {
      const by = walked.find(({ decision }) => decision.status === 'VERIFIED');
      if (by?.change.kind === 'proof') {
        expect(by.change.phone).toBe(PHONE);
        expect(by.change.at.getTime()).toBeLessThanOrEqual(EXPIRY.getTime() + 5_000);
      } else if (by) {
        expect(by.change).toEqual(check(true));
        expect(by.now.getTime()).toBeLessThan(EXPIRY.getTime());
      }
    });
  });

  it('five wrong codes are taken, and after them no code gets another answer than the rest', () => {
    property((walked) => {
      const wrong = walked.filter(({ decision }) => decision.problem?.code === 'CODE_INCORRECT');
      expect(wrong.map(({ after }) => after.checksLeft)).toEqual([4, 3, 2, 1, 0].slice(0, wrong.length));
      for (const { change, before, decision, now } of walked.filter(({ before }) => before.checksLeft === 0)) {
        if (change.kind !== 'check') continue;
        expect(decision).toEqual(decide(before, check(!change.right), now));
        expect(decision.problem).not.toBeNull();
      }
    });
  });

  it('nobody is told that it is verified who has not just proved it, or known its code', () => {
    property((walked) => {
      for (const { change, after, decision } of walked) {
        if (change.kind !== 'check' || decision.problem !== null) continue;
        expect([change.right, after.status]).toEqual([true, 'VERIFIED']);
      }
    });
  });
});
