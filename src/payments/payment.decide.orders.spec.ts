import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type State,
  ACCOUNT,
  OTHER_ACCOUNT,
  TOTAL,
  OUR_REQUEST,
  state,
  amount,
  word,
  answer,
  SAID,
} from '../../test/support/payment-words.js';
import { fingerprintOf, isNamedLater, judge, type Word } from './payment.decide.js';
import { isCancelable, type PaymentStatus } from './payment.status.js';

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
