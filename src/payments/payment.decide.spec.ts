import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, later } from '../common/clock.js';
import { problem, type ProblemCode } from '../common/problem.js';
import { type ReportedAmount, type ReportedPayment } from '../providers/ports/callbacks.js';
import { amountOf, fingerprintOf, isNamedLater, judge, judgeAccepted, type Word } from './payment.decide.js';
import { isCancelable, type PaymentStatus } from './payment.status.js';

type State = Parameters<typeof judge>[0];

const AT = new Date('2026-03-01T12:00:00Z');
const ACCOUNT = 'account of the payment';
const OTHER_ACCOUNT = 'another account';
/** More than a 32-bit number holds. */
const TOTAL = '3000000000';
/** DOKU names it where it names no transaction: the id of our own request. */
const OUR_REQUEST = 'our own request';

const state = (status: PaymentStatus, over: Partial<State> = {}): State => ({
  ...{ status, total: TOTAL, currency: 'IDR', accountId: ACCOUNT, referenceId: 'INV-1' },
  ...{ transactionId: null, transactionUnnamed: false, ...over },
});
const paidBy = (transactionId: string | null, over: Partial<State> = {}): State =>
  state('PAID', { transactionId, ...over });

const amount = (value: string | null = TOTAL, currency = 'IDR'): ReportedAmount => ({
  ...{ value, currency, written: `${value}.00` },
});
const word = (status: ReportedPayment, over: Partial<Word> = {}): Word => ({
  ...{ source: 'CALLBACK', status, amount: amount(), accountId: ACCOUNT, reference: null },
  ...{ transactionId: 'T-1', transactionUnnamed: false, paidWith: 'QRIS', occurredAt: AT, problem: null, proven: null },
  ...over,
});
/** An answer of a rail that was asked; it always names the order that it is about. */
const answer = (status: ReportedPayment, over: Partial<Word> = {}): Word =>
  word(status, { source: 'INQUIRY', reference: { named: 'INV-1', carried: 'INV-1' }, ...over });
const record = (status: ReportedPayment, over: Partial<Word> = {}): Word =>
  word(status, { source: 'MERCHANT', accountId: null, ...over });

const SAID = ['PENDING', 'PROCESSING', 'PAID', 'FAILED', 'EXPIRED', 'REFUNDED'] as const;

/** What becomes of a payment that is so, by each of SAID: where it goes, `-` where it stays, `?` where the word is flagged. */
const STEPS: readonly [PaymentStatus, string][] = [
  ['PENDING', '- PROCESSING PAID FAILED EXPIRED ?'],
  ['PROCESSING', '- - PAID FAILED EXPIRED ?'],
  ['FAILED', '- PROCESSING PAID - EXPIRED ?'],
  ['EXPIRED', '- - PAID - - ?'],
  ['CANCELED', '- - PAID - - ?'],
  ['PAID', '- - - - - REFUNDED'],
  ['REFUNDED', '- - - - - -'],
];

describe('a word that fits a payment which is', () => {
  const rows = STEPS.flatMap(([status, steps]) =>
    steps.split(' ').map((next, place) => [status, SAID[place] ?? 'PENDING', next] as const),
  );
  it.each(rows)('%s and says %s: %s', (status, said, next) => {
    const transactionId = status === 'PAID' || status === 'REFUNDED' ? 'T-1' : null;
    const { status: to, flagged } = judge(state(status, { transactionId }), word(said));
    expect(flagged ? '?' : (to ?? '-')).toBe(next);
  });

  it.each([
    ['EXPIRED', 'EXPIRED', /after its time/],
    ['CANCELED', 'INVALID_TRANSITION', /canceled/],
    ['FAILED', 'INVALID_TRANSITION', /failed/],
  ] as const)('%s and says PAID: that is a fact, and a problem says what was odd', (status, code, said) => {
    const { problem: known } = judge(state(status), word('PAID'));
    expect(known).toMatchObject({ code, message: expect.stringMatching(said) });
  });

  it.each(['PENDING', 'PROCESSING'] as const)('%s and says PAID leaves no problem', (status) => {
    expect(judge(state(status), word('PAID'))).toMatchObject({ status: 'PAID', problem: null });
  });

  it('PENDING and says FAILED tells why', () => {
    const why = problem('PROVIDER_REJECTED', 'The bank said no.');
    expect(judge(state('PENDING'), word('FAILED', { problem: why }))).toMatchObject({ status: 'FAILED', problem: why });
  });
});

describe('a word is not believed that', () => {
  const WRONG: readonly [string, Partial<Word>, ProblemCode, RegExp][] = [
    [
      'says one rupiah less',
      { amount: amount('2999999999') },
      'AMOUNT_MISMATCH',
      /2999999999\.00 IDR.*Rp3\.000\.000\.000/,
    ],
    ['says one rupiah more', { amount: amount('3000000001') }, 'AMOUNT_MISMATCH', /3000000001/],
    ['says an amount that cannot be read', { amount: amount(null) }, 'AMOUNT_MISMATCH', /accept the notice/],
    ['is in another currency', { amount: amount(TOTAL, 'INR') }, 'AMOUNT_MISMATCH', /INR/],
    ['came by another account', { accountId: OTHER_ACCOUNT }, 'INVALID_INPUT', /another account/],
    [
      'names another order than its message carried',
      { reference: { named: 'INV-1', carried: 'INV-1-2' } },
      ...(['INVALID_INPUT', /INV-1, .*INV-1-2/] as const),
    ],
  ];
  it.each(WRONG)('%s, whatever else it says and wherever the payment stands', (_what, wrong, code, said) => {
    for (const [status] of STEPS)
      for (const status2 of SAID) {
        expect(judge(state(status, { transactionId: 'T-1' }), word(status2, wrong))).toEqual({
          ...{ status: null, names: false, problem: null },
          flagged: expect.objectContaining({ code, message: expect.stringMatching(said) }),
        });
      }
  });

  it.each([
    ['PAID', 'AMOUNT_MISMATCH'],
    ['REFUNDED', 'AMOUNT_MISMATCH'],
    ['PENDING', undefined],
    ['PROCESSING', undefined],
    ['FAILED', undefined],
    ['EXPIRED', undefined],
  ] as const)('says %s without the amount that should be there, where money is moved', (said, code) => {
    const transactionId = said === 'REFUNDED' ? 'T-1' : null;
    const from = said === 'REFUNDED' ? 'PAID' : 'PENDING';
    expect(judge(state(from, { transactionId }), word(said, { amount: null })).flagged?.code).toBe(code);
  });

  it('is not one of a rail that never says an amount: the order’s counts', () => {
    expect(judge(state('PENDING'), word('PAID', { amount: 'unsaid' }))).toMatchObject({
      status: 'PAID',
      flagged: null,
    });
  });

  it('is not one of a merchant, who has no account, when its amount is right', () => {
    expect(judge(state('PENDING'), record('PAID'))).toMatchObject({ status: 'PAID', flagged: null });
    expect(judge(state('PENDING'), record('PAID', { amount: amount('1') }))).toMatchObject({
      ...{ status: null, flagged: { code: 'AMOUNT_MISMATCH' } },
    });
  });

  it('is not one that names the order which its message carried, suffix included', () => {
    const reference = { named: 'INV-1-2', carried: 'INV-1-2' };
    expect(judge(state('PENDING'), word('PAID', { reference }))).toMatchObject({ status: 'PAID', flagged: null });
  });
});

describe('a second word that it was paid', () => {
  const unnamed = { transactionId: OUR_REQUEST, transactionUnnamed: true };
  const TWICE: readonly [string, State, Word, 'news of its name' | 'paid twice' | 'no news'][] = [
    ['of the same transaction', paidBy('T-1'), word('PAID'), 'no news'],
    ['of the same transaction, asked for', paidBy('T-1'), answer('PAID'), 'no news'],
    ['of the same transaction, by the merchant', paidBy('T-1'), record('PAID'), 'no news'],
    ['of another transaction', paidBy('T-1'), word('PAID', { transactionId: 'T-2' }), 'paid twice'],
    ['of another transaction, asked for', paidBy('T-1'), answer('PAID', { transactionId: 'T-2' }), 'paid twice'],
    ['of another transaction, by the merchant', paidBy('T-1'), record('PAID', { transactionId: 'T-2' }), 'paid twice'],
    [
      'of another, of one paid back',
      { ...paidBy('T-1'), status: 'REFUNDED' },
      word('PAID', { transactionId: 'T-2' }),
      'paid twice',
    ],
    ['of nobody knows which, by the merchant', paidBy('T-1'), record('PAID', { transactionId: null }), 'paid twice'],
    [
      'of nobody knows which, by the merchant again',
      paidBy(null),
      record('PAID', { transactionId: null }),
      'paid twice',
    ],
    ['by a notice of our request, after one with a name', paidBy('T-1'), word('PAID', unnamed), 'paid twice'],
    ['by a notice with a name, after one of our request', paidBy(OUR_REQUEST), word('PAID'), 'paid twice'],
    ['by an answer of our request', paidBy('T-1'), answer('PAID', unnamed), 'no news'],
    ['by an answer without any id', paidBy('T-1'), answer('PAID', { transactionId: null }), 'no news'],
    [
      'by a notice, after an answer of our request',
      paidBy(OUR_REQUEST, { transactionUnnamed: true }),
      word('PAID'),
      'news of its name',
    ],
    [
      'by a notice, after an answer without any id',
      paidBy(null, { transactionUnnamed: true }),
      word('PAID'),
      'news of its name',
    ],
    [
      'by an answer with a name, after one of our request',
      paidBy(OUR_REQUEST, { transactionUnnamed: true }),
      answer('PAID'),
      'news of its name',
    ],
    [
      'by a notice of our request, after such an answer',
      paidBy(OUR_REQUEST, { transactionUnnamed: true }),
      word('PAID', unnamed),
      'news of its name',
    ],
    [
      'by another answer of our request',
      paidBy(OUR_REQUEST, { transactionUnnamed: true }),
      answer('PAID', unnamed),
      'no news',
    ],
    [
      'by the merchant, to whom the rail’s does not come',
      paidBy(OUR_REQUEST, { transactionUnnamed: true }),
      record('PAID'),
      'paid twice',
    ],
  ];
  it.each(TWICE)('%s', (_what, before, second, what) => {
    const { status, names, flagged } = judge(before, second);
    expect(status).toBeNull();
    expect(names ? 'news of its name' : flagged ? 'paid twice' : 'no news').toBe(what);
    if (flagged) expect(flagged).toMatchObject({ code: 'INVALID_TRANSITION', message: expect.stringMatching(/twice/) });
  });
});

describe('a word that it was paid back', () => {
  const back = (over: Partial<Word> = {}): Word => word('REFUNDED', over);

  it('of another transaction is flagged: the one that was paid twice is paid back, and the payment stays paid', () => {
    expect(judge(paidBy('T-1'), back({ transactionId: 'T-2' }))).toMatchObject({
      ...{ status: null, flagged: { message: expect.stringMatching(/Another transaction/) } },
    });
  });

  it.each<[string, State, Word]>([
    ['it names none', paidBy('T-1'), back({ transactionId: null })],
    ['it names that of our request', paidBy('T-1'), back({ transactionId: OUR_REQUEST, transactionUnnamed: true })],
    ['nobody knows by which it was paid', paidBy(null), back()],
    ['it was paid by what the rail did not name', paidBy(OUR_REQUEST, { transactionUnnamed: true }), back()],
  ])('is believed where %s', (_what, before, said) => {
    expect(judge(before, said)).toMatchObject({ status: 'REFUNDED', flagged: null });
  });

  it('that comes before the one that it was paid is kept for a person to look at', () => {
    expect(judge(state('PENDING'), back()).flagged).toMatchObject({
      message: expect.stringMatching(/nothing was heard/),
    });
  });
});

describe('a notice that a person vouches for', () => {
  const accepted = (status: PaymentStatus, said: ReportedPayment): string => {
    const judged = judgeAccepted(state(status), word(said, { problem: null }));
    return 'code' in judged ? `${judged.code} at ${judged.field}` : (judged.status ?? '-');
  };
  const LATE = 'INVALID_TRANSITION at id';

  it.each<[PaymentStatus, readonly string[]]>([
    ['PENDING', ['-', 'PROCESSING', 'PAID', 'FAILED', 'EXPIRED', LATE]],
    ['PROCESSING', ['-', '-', 'PAID', 'FAILED', 'EXPIRED', LATE]],
    ['FAILED', ['-', 'PROCESSING', 'PAID', '-', 'EXPIRED', LATE]],
    ['EXPIRED', ['-', LATE, 'PAID', LATE, '-', LATE]],
    ['CANCELED', ['-', LATE, 'PAID', LATE, LATE, LATE]],
    ['PAID', ['-', LATE, '-', LATE, LATE, 'REFUNDED']],
    ['REFUNDED', ['-', LATE, '-', LATE, LATE, '-']],
  ])('moves one that is %s as if it had been believed, and never back', (status, outcomes) => {
    expect(SAID.map((said) => accepted(status, said))).toEqual(outcomes);
  });

  it('of a second payment that was paid back leaves the first one paid', () => {
    const other = word('REFUNDED', { transactionId: 'T-of-the-second' });
    expect(judgeAccepted(state('PAID', { transactionId: 'T-1' }), other)).toMatchObject({
      status: null,
      flagged: null,
    });
  });

  it('of money for what was canceled leaves the problem that says so', () => {
    expect(judgeAccepted(state('CANCELED'), word('PAID'))).toMatchObject({
      ...{ status: 'PAID', flagged: null, problem: { message: expect.stringMatching(/canceled/) } },
    });
  });
});

describe('the fingerprint of a word', () => {
  it('tells two cards of one order apart where the rail names nothing else', () => {
    const unnamed = word('PAID', { transactionId: null, reference: null });
    expect(fingerprintOf(unnamed, 'INV-1')).not.toEqual(fingerprintOf(unnamed, 'INV-1-2'));
    expect(fingerprintOf(unnamed, 'INV-1')).toEqual(fingerprintOf(unnamed, 'INV-1'));
  });

  const one = word('PAID', { reference: { named: 'INV-1', carried: 'INV-1' } });

  it.each<[string, Partial<Word>]>([
    ['when it was said', { occurredAt: later(AT, HOUR) }],
    ['by which form of a signature it was proved', { proven: 'hex' }],
    ['in which words a failure is told', { problem: problem('PROVIDER_REJECTED', 'No.') }],
    ['whether it was told or asked for', { source: 'INQUIRY' }],
  ])('is the same whatever %s', (_what, over) => {
    expect(fingerprintOf({ ...one, ...over })).toEqual(fingerprintOf(one));
  });

  it('is another one for every other thing that is said', () => {
    const others: readonly Partial<Word>[] = [
      ...[{}, { status: 'FAILED' as const }, { amount: amount('1') }, { amount: amount(TOTAL, 'INR') }],
      ...[{ amount: null }, { amount: 'unsaid' as const }, { accountId: OTHER_ACCOUNT }, { accountId: null }],
      ...[{ reference: null }, { reference: { named: 'INV-1-2', carried: 'INV-1' } }],
      ...[{ transactionId: 'T-2' }, { transactionId: null }, { paidWith: 'OVO' }, { paidWith: null }],
      // Its transaction may be named later, by the notice of which it would else be a repetition.
      { source: 'INQUIRY', transactionId: null },
    ];
    const made = others.map((over) => fingerprintOf({ ...one, ...over }).toString('hex'));
    expect(new Set(made).size).toBe(others.length);
    expect(made.every((hex) => hex.length === 64)).toBe(true);
  });
});

describe('what a notice keeps of an amount', () => {
  const asked = { total: TOTAL, currency: 'IDR' };
  it.each<[string, Word['amount'], { amount: string | null; currency: string | null }]>([
    ['as it was said', amount('5', 'INR'), { amount: '5', currency: 'INR' }],
    ['the currency of one that cannot be read', amount(null), { amount: null, currency: 'IDR' }],
    ['the order’s, of a rail that never says one', 'unsaid', { amount: TOTAL, currency: 'IDR' }],
    ['nothing, where it should be there and is not', null, { amount: null, currency: null }],
  ])('is %s', (_what, said, kept) => {
    expect(amountOf(said, asked)).toEqual(kept);
  });
});

describe('whatever is said, in whatever order, between whatever is done', () => {
  type Step = Word | 'cancel' | 'expire';

  const mostly = <Value>(right: Value, ...wrong: Value[]): fc.Arbitrary<Value> =>
    fc.oneof({ weight: 8, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });
  const transactions = fc.constantFrom(
    ...['T-1', 'T-2', null].map((transactionId) => ({ transactionId, transactionUnnamed: false })),
    { transactionId: OUR_REQUEST, transactionUnnamed: true },
  );
  const words = fc
    .record({
      ...{ source: fc.constantFrom('CALLBACK', 'INQUIRY', 'MERCHANT'), status: fc.constantFrom('PAID', ...SAID) },
      amount: mostly<Word['amount']>(amount(), amount('1'), amount(TOTAL, 'INR'), amount(null), null, 'unsaid'),
      accountId: mostly(ACCOUNT, OTHER_ACCOUNT),
      reference: mostly<Word['reference']>(null, ...['INV-1', 'INV-2'].map((named) => ({ named, carried: 'INV-1' }))),
      transaction: transactions,
    })
    .map(({ transaction, source, ...said }): Word => {
      const merchants = source === 'MERCHANT' && { accountId: null, reference: null, transactionUnnamed: false };
      return word(said.status, { source, ...said, ...transaction, ...merchants });
    });
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.oneof({ weight: 8, arbitrary: words }, fc.constantFrom<Step>('cancel', 'expire')),
    { maxLength: 24 },
  );

  interface Walked {
    readonly step: Step;
    readonly before: State;
    readonly after: State;
    /** Null where nothing was judged: it was said before, or it is no word. */
    readonly judged: ReturnType<typeof judge> | null;
  }

  /** All that happened to one payment, as what is written of it. */
  function walk(plan: readonly Step[]): Walked[] {
    const said = new Set<string>();
    let now = state('PENDING');
    return plan.map((step) => {
      const before = now;
      if (step === 'cancel' && isCancelable(before.status, 'PENDING')) now = { ...before, status: 'CANCELED' };
      if (step === 'expire' && ['PENDING', 'PROCESSING', 'FAILED'].includes(before.status))
        now = { ...before, status: 'EXPIRED' };
      if (typeof step === 'string' || said.has(fingerprintOf(step).toString('hex')))
        return { step, before, after: now, judged: null };
      said.add(fingerprintOf(step).toString('hex'));
      const judged = judge(before, step);
      const isNamed = judged.names || judged.status === 'PAID';
      now = {
        ...{ ...before, status: judged.status ?? before.status },
        ...(isNamed && { transactionId: step.transactionId, transactionUnnamed: isNamedLater(step) }),
      };
      return { step, before, after: now, judged };
    });
  }

  const property = (holds: (walked: Walked[], plan: readonly Step[]) => void): void =>
    fc.assert(
      fc.property(steps, (plan) => holds(walk(plan), plan)),
      { numRuns: 1_000 },
    );

  const movesMoney = ({ status }: Word): boolean => status === 'PAID' || status === 'REFUNDED';
  /** Whether it is about this payment as it was asked for. */
  const fits = (each: Word): boolean => {
    const { amount: said, accountId, reference, source } = each;
    if (source !== 'MERCHANT' && accountId !== ACCOUNT) return false;
    if (reference !== null && reference.named !== reference.carried) return false;
    if (said === null) return !movesMoney(each);
    return said === 'unsaid' || (said.value === TOTAL && said.currency === 'IDR');
  };
  const isPaid = ({ status }: State): boolean => status === 'PAID' || status === 'REFUNDED';
  const end = (walked: readonly Walked[]): State => walked.at(-1)?.after ?? state('PENDING');
  const flags = (walked: readonly Walked[]): string[] => walked.flatMap(({ judged }) => judged?.flagged?.message ?? []);

  it('it takes allowed steps alone', () => {
    const allowed: Readonly<Record<PaymentStatus, string>> = {
      ...{ PENDING: 'PROCESSING PAID FAILED EXPIRED CANCELED', PROCESSING: 'PAID FAILED EXPIRED' },
      ...{ FAILED: 'PROCESSING PAID EXPIRED CANCELED', EXPIRED: 'PAID CANCELED', CANCELED: 'PAID' },
      ...{ PAID: 'REFUNDED', REFUNDED: '' },
    };
    property((walked) => {
      for (const { before, after } of walked)
        if (before.status !== after.status) expect(allowed[before.status].split(' ')).toContain(after.status);
    });
  });

  it('it is moved, to PAID or anywhere, by a word alone whose amount, currency, account and order are its own', () => {
    property((walked) => {
      for (const { step, judged } of walked) {
        if (typeof step === 'string' || !judged) continue;
        if (!fits(step)) expect(judged).toMatchObject({ status: null, flagged: expect.anything() });
      }
    });
  });

  it('it is paid as soon as one such word says so, and stays it but for being paid back: nothing else is money', () => {
    property((walked) => {
      let heard = false;
      for (const { step, after } of walked) {
        heard ||= typeof step !== 'string' && step.status === 'PAID' && fits(step);
        expect(isPaid(after)).toBe(heard);
      }
    });
  });

  it('every word again, at once or after all the others, changes nothing and flags nothing', () => {
    property((walked, plan) => {
      const twice = walk(plan.flatMap((step): Step[] => (typeof step === 'string' ? [step] : [step, step])));
      expect(end(twice)).toEqual(end(walked));
      expect(flags(twice)).toEqual(flags(walked));
      const said = plan.filter((step) => typeof step !== 'string');
      expect(
        walk([...plan, ...said])
          .slice(plan.length)
          .every(({ judged }) => judged === null),
      ).toBe(true);
    });
  });

  it('in another order it is paid or not paid all the same', () => {
    fc.assert(
      fc.property(
        steps.chain((plan) => fc.tuple(fc.constant(plan), fc.shuffledSubarray(plan, { minLength: plan.length }))),
        ([plan, shuffled]) => {
          expect(isPaid(end(walk(shuffled)))).toBe(isPaid(end(walk(plan))));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('a rail’s words of PAID, in any order, are flagged where they name another transaction than the first, and never where they name none', () => {
    const kinds: readonly Word[] = [
      ...[word('PAID'), word('PAID', { transactionId: 'T-2' })],
      word('PAID', { transactionId: OUR_REQUEST, transactionUnnamed: true }),
      ...[answer('PAID'), answer('PAID', { transactionId: null })],
      answer('PAID', { transactionId: OUR_REQUEST, transactionUnnamed: true }),
      // As a notice by another topic says it: the same but for the name of the order.
      answer('PAID', { transactionId: OUR_REQUEST, transactionUnnamed: true, reference: null }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray([...kinds], { minLength: 1 }), (said) => {
        const [first = null, ...others] = said
          .filter((each) => !isNamedLater(each))
          .map(({ transactionId }) => transactionId);
        const walked = walk(said);
        const flagged = walked.flatMap(({ step, judged }) =>
          judged?.flagged && typeof step !== 'string' ? [step.transactionId] : [],
        );
        expect(flagged).toEqual(others.filter((other) => other !== first));
        expect(end(walked)).toMatchObject({ status: 'PAID', transactionUnnamed: first === null });
        if (first !== null) expect(end(walked).transactionId).toBe(first);
      }),
      { numRuns: 1_000 },
    );
  });
});
