import { describe, expect, it } from 'vitest';
import {
  type State,
  AT,
  OTHER_ACCOUNT,
  TOTAL,
  OUR_REQUEST,
  state,
  paidBy,
  amount,
  word,
  answer,
  record,
  SAID,
} from '../../test/support/payment-words.js';
import { HOUR, later } from '../common/clock.js';
import { problem, type ProblemCode } from '../common/problem.js';
import { type ReportedPayment } from '../providers/ports/callbacks.js';
import { amountOf, fingerprintOf, judge, judgeAccepted, type Word } from './payment.decide.js';
import { type PaymentStatus } from './payment.status.js';

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
