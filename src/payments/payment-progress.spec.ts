import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PaymentRoom } from '../../test/support/payment-room.js';
import { HOUR, later, MINUTE } from '../common/clock.js';
import { newId, publicId } from '../common/ids.js';
import { problem } from '../common/problem.js';
import { registry } from '../metrics/metrics.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type Payment, paymentEvent } from './payment-row.js';
import { type PaymentWord } from './payment-progress.js';
import { type Word } from './payment.decide.js';

const OTHER_AMOUNT = { value: '9999', currency: 'INR', written: '9999/100' };
const IN_WORDS = { body: 'Terima kasih, pesanan Anda kami siapkan.', template: null };

let room: PaymentRoom;
beforeAll(async () => void (room = await PaymentRoom.open()));
afterAll(() => room.close());

const project = async (): Promise<ProviderAccount> => (await room.messages.project()).account;
const asked = async (over: Partial<Payment> = {}): Promise<Payment> => room.ask(await project(), over);
const second = (payment: Payment, over: Partial<Word> = {}): PaymentWord =>
  room.word(payment, 'PAID', { transactionId: 'T-2', ...over });
/** What the merchant says of money that did not come by the rail. */
const record = (payment: Payment, over: Partial<Word> = {}): PaymentWord =>
  room.word(payment, 'PAID', { source: 'MERCHANT', accountId: null, ...over });
/** What a rail says that was asked, and names no transaction. */
const answer = (payment: Payment): PaymentWord =>
  room.word(payment, 'PAID', { source: 'INQUIRY', transactionId: payment.requestId, transactionUnnamed: true });

describe('a word of PAID', () => {
  it('is written with what it says: by what, by which transaction and when, by the rail’s clock', async () => {
    const payment = await asked();
    const at = later(room.now, -MINUTE);
    const { payments } = await room.hear(payment, room.word(payment, 'PAID', { occurredAt: at, proven: 'hex' }));
    const after = await room.find(payment);
    expect(after).toEqual({
      ...{ ...payment, status: 'PAID', transactionId: 'T-1', paidWith: 'upi', paidAt: at, sequence: 2 },
      // Nobody asks after it any more.
      timerAt: null,
    });
    expect(payments.get(payment.id)).toEqual(after);
    expect(await room.notices(payment)).toMatchObject([
      {
        ...{
          source: 'CALLBACK',
          status: 'PAID',
          amount: '10000',
          currency: 'INR',
          transactionId: 'T-1',
          paidWith: 'upi',
        },
        ...{ proven: 'hex', problem: null, acceptedAt: null, occurredAt: at, receivedAt: room.now },
      },
    ]);
  });

  it('is an event of the log, of when it happened and when we heard of it', async () => {
    const payment = await asked();
    await room.hear(payment, room.word(payment, 'PAID', { occurredAt: later(room.now, -MINUTE) }));
    expect(await room.messages.events(payment as never)).toMatchObject([
      {
        ...{ type: 'PAYMENT_PAID', subjectKind: 'payment', subjectId: payment.id, sequence: 2 },
        ...{ occurredAt: later(room.now, -MINUTE), recordedAt: room.now },
        data: {
          payment: {
            ...{ id: publicId('pay', payment.id), referenceId: 'INV-77', status: 'PAID', orderStatus: 'PENDING' },
            ...{
              total: { value: 10_000, currency: 'INR', decimals: 2 },
              transactionId: 'T-1',
              paidWith: 'upi',
              problem: null,
            },
          },
        },
      },
    ]);
  });

  it('keeps the order’s amount of a rail that says none', async () => {
    const payment = await asked();
    await room.hear(payment, room.word(payment, 'PAID', { amount: 'unsaid' }));
    expect(await room.notices(payment)).toMatchObject([{ amount: '10000', currency: 'INR', problem: null }]);
  });

  it('of a card in the chat tells which of its cards was paid', async () => {
    const payment = await asked({ cardReference: 'INV-77-3', receipt: IN_WORDS });
    for (const reference of ['INV-77-2', 'INV-77-3'])
      await room.transaction((sql) => room.card(sql, payment, reference));
    await room.hear(payment, { ...room.word(payment, 'PAID'), card: 'INV-77-2' });
    expect((await room.find(payment)).cardReference).toBe('INV-77-2');
    expect(await room.sent(payment)).toMatchObject([{ content: { details: { referenceId: 'INV-77-2' } } }]);
  });
});

describe('the same word', () => {
  it('twice is one notice and one event: in one batch, in the next, in another form, at another time', async () => {
    const payment = await asked({ receipt: IN_WORDS });
    const said = room.word(payment, 'PAID');
    await room.hear(payment, said, said);
    const [after, notices] = [await room.find(payment), await room.notices(payment)];
    const later_ = { ...said, word: { ...said.word, proven: 'empty-token', occurredAt: later(room.now, HOUR) } };
    const heard = await room.hear(payment, later_, said);
    expect(heard).toMatchObject({ events: [], messages: { accounts: [] } });
    expect(await room.find(payment)).toEqual(after);
    expect(await room.notices(payment)).toEqual(notices);
    expect(notices).toHaveLength(1);
    expect(await room.news(payment)).toEqual(['PAID', 'ORDER PROCESSING']);
    expect(await room.sent(payment)).toHaveLength(1);
  });

  it('in several transactions at once is one notice, one event and one receipt', async () => {
    const payment = await asked({ receipt: IN_WORDS });
    const end = await room.hold((sql) => room.store.take(sql, payment.projectId, payment.id));
    const hearing = [1, 2, 3].map(() => room.hear(payment, room.word(payment, 'PAID')));
    await room.blocked(3);
    await end('commit');
    await Promise.all(hearing);
    expect(await room.news(payment)).toEqual(['PAID', 'ORDER PROCESSING']);
    expect(await room.notices(payment)).toHaveLength(1);
    expect(await room.sent(payment)).toHaveLength(1);
  });

  it('that was not believed is flagged once', async () => {
    const payment = await asked();
    const said = room.word(payment, 'PAID', { amount: OTHER_AMOUNT });
    await room.hear(payment, said);
    await room.hear(payment, said);
    expect(await room.news(payment)).toEqual(['FLAGGED']);
  });

  it('of the merchant, without a transaction, is of another payment each time', async () => {
    const payment = await asked({ receipt: IN_WORDS });
    await room.hear(payment, record(payment, { transactionId: null }));
    await room.hear(payment, record(payment, { transactionId: null }));
    expect(await room.news(payment)).toEqual(['PAID', 'ORDER PROCESSING', 'FLAGGED']);
    expect(await room.notices(payment)).toMatchObject([{ problem: null }, { problem: { code: 'INVALID_TRANSITION' } }]);
    expect(await room.sent(payment)).toHaveLength(1);
  });

  it('of a rail, without a transaction, is one', async () => {
    const payment = await asked();
    const said = room.word(payment, 'PAID', { transactionId: null });
    await room.hear(payment, said, said);
    expect(await room.news(payment)).toEqual(['PAID']);
  });

  it('of the merchant, of one transaction, is one', async () => {
    const payment = await asked();
    await room.hear(payment, record(payment), record(payment));
    expect(await room.news(payment)).toEqual(['PAID']);
    expect(await room.notices(payment)).toHaveLength(1);
  });
});

describe('a word that is not believed', () => {
  it('is kept with its problem and told, and the payment stays as it is', async () => {
    const payment = await asked({ receipt: IN_WORDS });
    await room.hear(payment, room.word(payment, 'PAID', { amount: OTHER_AMOUNT }));
    const [notice] = await room.notices(payment);
    expect(notice).toMatchObject({ status: 'PAID', amount: '9999', problem: { code: 'AMOUNT_MISMATCH' } });
    expect(await room.find(payment)).toEqual({ ...payment, problem: notice?.problem, sequence: 2 });
    expect(await room.messages.events(payment as never)).toMatchObject([
      { type: 'PAYMENT_FLAGGED', data: { payment: { status: 'PENDING', problem: { code: 'AMOUNT_MISMATCH' } } } },
    ]);
    expect(await room.sent(payment)).toEqual([]);
  });

  it('leaves no problem behind once the right one came', async () => {
    const payment = await asked();
    await room.hear(payment, room.word(payment, 'PAID', { amount: OTHER_AMOUNT }), room.word(payment, 'PAID'));
    expect(await room.find(payment)).toMatchObject({ status: 'PAID', problem: null });
  });

  it('is the second of two payments at once: one is believed, the other flagged, and one receipt is sent', async () => {
    const payment = await asked({ receipt: IN_WORDS });
    const end = await room.hold((sql) => room.store.take(sql, payment.projectId, payment.id));
    const hearing = [room.hear(payment, room.word(payment, 'PAID')), room.hear(payment, second(payment))];
    await room.blocked(2);
    await end('commit');
    await Promise.all(hearing);
    expect(await room.news(payment)).toEqual(['PAID', 'ORDER PROCESSING', 'FLAGGED']);
    const { status, transactionId, problem: why } = await room.find(payment);
    expect([status, why?.message]).toEqual(['PAID', expect.stringMatching(/twice/)]);
    const notices = await room.notices(payment);
    expect(notices.find((one) => one.problem === null)?.transactionId).toBe(transactionId);
    expect(notices.filter((one) => one.problem !== null)).toHaveLength(1);
    expect(await room.sent(payment)).toHaveLength(1);
  });
});

describe('where a payment goes that is', () => {
  it.each(['PROCESSING', 'FAILED'] as const)(
    'said to be %s: it is asked after in 5 minutes, and never after its end',
    async (said) => {
      for (const [left, wait] of [
        [30 * MINUTE, 5 * MINUTE],
        [MINUTE, MINUTE],
      ] as const) {
        const payment = await asked({ expiresAt: later(room.now, left), asks: 3 });
        await room.hear(payment, room.word(payment, said));
        expect(await room.find(payment)).toMatchObject({ status: said, asks: 0, timerAt: later(room.now, wait) });
        expect(await room.news(payment)).toEqual([said]);
      }
    },
  );

  it('said to be EXPIRED by its rail: nobody asks any more, and money that comes all the same is taken', async () => {
    const payment = await asked({ receipt: IN_WORDS });
    await room.hear(payment, room.word(payment, 'EXPIRED', { transactionId: null }));
    expect(await room.find(payment)).toMatchObject({
      status: 'EXPIRED',
      timerAt: null,
      paidAt: null,
      transactionId: null,
    });
    await room.hear(payment, room.word(payment, 'PAID'));
    expect(await room.find(payment)).toMatchObject({ status: 'PAID', problem: { code: 'EXPIRED' } });
    expect(await room.news(payment)).toEqual(['EXPIRED', 'PAID', 'ORDER PROCESSING']);
  });

  it('said to have FAILED: the reason is known until another attempt is under way', async () => {
    const payment = await asked();
    const why = problem('PROVIDER_REJECTED', 'The bank said no.');
    await room.hear(payment, room.word(payment, 'FAILED', { problem: why }));
    expect((await room.find(payment)).problem).toEqual(why);
    await room.hear(payment, room.word(payment, 'PROCESSING'));
    expect((await room.find(payment)).problem).toBeNull();
  });

  it('said to be PENDING: nowhere, and that is kept', async () => {
    const payment = await asked();
    expect(await room.hear(payment, room.word(payment, 'PENDING'))).toMatchObject({ events: [] });
    expect(await room.find(payment)).toEqual(payment);
    expect(await room.notices(payment)).toMatchObject([{ status: 'PENDING', problem: null }]);
  });

  it('paid, of which something late is said: nowhere; and back to its payer when it is paid back', async () => {
    const payment = await asked();
    await room.hear(payment, room.word(payment, 'PAID'));
    const paid = await room.find(payment);
    await room.hear(
      payment,
      ...(['FAILED', 'PENDING', 'PROCESSING', 'EXPIRED'] as const).map((said) => room.word(payment, said)),
    );
    expect(await room.find(payment)).toEqual(paid);
    await room.hear(payment, room.word(payment, 'REFUNDED'));
    expect(await room.find(payment)).toEqual({ ...paid, status: 'REFUNDED', sequence: 3 });
    expect(await room.news(payment)).toEqual(['PAID', 'REFUNDED']);
    expect(await room.notices(payment)).toHaveLength(6);
  });
});

describe('whether a rail names the transaction when it is asked or when it tells of itself', () => {
  it.each([
    ['asked first', (payment: Payment) => [answer(payment), room.word(payment, 'PAID')], ['PAID', 'UPDATED']],
    ['told first', (payment: Payment) => [room.word(payment, 'PAID'), answer(payment)], ['PAID']],
  ])(
    'it is one payment of the transaction that it names (%s), and a second one is flagged',
    async (_what, said, news) => {
      const payment = await asked();
      for (const word of said(payment)) await room.hear(payment, word);
      expect(await room.find(payment)).toMatchObject({
        status: 'PAID',
        transactionId: 'T-1',
        transactionUnnamed: false,
      });
      expect(await room.news(payment)).toEqual(news);
      await room.hear(payment, second(payment));
      expect(await room.news(payment)).toEqual([...news, 'FLAGGED']);
    },
  );

  it('five words of one payment end in PAID in each of their 120 orders, with one receipt and no alarm', async () => {
    const account = await project();
    const permutations = (left: number[]): number[][] =>
      left.length === 0
        ? [[]]
        : left.flatMap((first) =>
            permutations(left.filter((other) => other !== first)).map((rest) => [first, ...rest]),
          );
    const payments: Payment[] = [];
    const words: PaymentWord[] = [];
    for (const [nth, order] of permutations([0, 1, 2, 3, 4]).entries()) {
      const payment = await room.ask(account, { referenceId: `INV-${nth}`, receipt: IN_WORDS });
      const said = [
        ...[room.word(payment, 'PROCESSING'), room.word(payment, 'FAILED'), room.word(payment, 'PAID')],
        ...[room.word(payment, 'PENDING'), answer(payment)],
      ];
      payments.push(payment);
      words.push(...order.flatMap((place) => said[place] ?? []));
    }
    await room.hear(account, ...words);
    for (const payment of payments)
      expect(await room.find(payment)).toMatchObject({
        ...{ status: 'PAID', transactionId: 'T-1', transactionUnnamed: false, orderStatus: 'PROCESSING' },
      });
    const news = await room.news(account);
    expect(news.filter((one) => one === 'PAID' || one === 'ORDER PROCESSING')).toHaveLength(2 * payments.length);
    expect(news).not.toContain('FLAGGED');
    expect(await room.sent(account)).toHaveLength(payments.length);
  });
});

describe('what is heard', () => {
  it('is written as a whole or not at all: rows, notices, messages and events', async () => {
    const payment = await asked({ receipt: IN_WORDS });
    const broken = room.transaction(async (sql) => {
      const { events } = await room.progress.apply(sql, payment.projectId, [room.word(payment, 'PAID')]);
      const noEvent = paymentEvent({ ...payment }, 'PAYMENT_PAID', room.now, room.now);
      await room.messages.log.append(sql, [...events, { ...noEvent, projectId: 'no project' }]);
    });
    await expect(broken).rejects.toThrow('uuid');
    expect(await room.find(payment)).toEqual(payment);
    expect([await room.notices(payment), await room.sent(payment), await room.news(payment)]).toEqual([[], [], []]);
    await room.hear(payment, room.word(payment, 'PAID'));
    expect(await room.sent(payment)).toHaveLength(1);
  });

  it('of a payment that is not there, or of another project, is no word', async () => {
    const [payment, stranger] = [await asked(), await asked()];
    const heard = await room.hear(stranger, room.word(payment, 'PAID'), {
      ...room.word(payment, 'PAID'),
      paymentId: newId(),
    });
    expect(heard).toMatchObject({ events: [], messages: { accounts: [] } });
    expect(await room.find(payment)).toEqual(payment);
    expect(await room.notices({ projectId: stranger.projectId, id: payment.id })).toEqual([]);
  });

  it('of one payment leaves the others as they are', async () => {
    const account = await project();
    const one = await room.ask(account, { referenceId: 'INV-1' });
    const two = await room.ask(account, { referenceId: 'INV-2' });
    await room.hear(one, room.word(one, 'PAID'));
    expect(await room.find(two)).toEqual(two);
  });

  it('comes before what is done to a payment by the way, which is written also where nothing was heard', async () => {
    const account = await project();
    const expire = (payment: Payment, now: Date): ReturnType<typeof paymentEvent>[] => {
      if (payment.status === 'PAID') return [];
      Object.assign(payment, { status: 'EXPIRED', timerAt: null });
      return [paymentEvent(payment, 'PAYMENT_EXPIRED', now, now)];
    };
    const after = async (referenceId: string, ...said: readonly ('FAILED' | 'PAID')[]): Promise<string[]> => {
      const payment = await room.ask(account, { referenceId });
      const words = said.map((status) => room.word(payment, status));
      const heard = await room.transaction((sql) =>
        room.progress.apply(sql, account.projectId, words, { paymentId: payment.id, change: expire }),
      );
      const { status, sequence } = await room.find(payment);
      return [...heard.events.map((event) => `${event.type} ${event.sequence}`), `${status} ${sequence}`];
    };
    expect(await after('INV-1')).toEqual(['PAYMENT_EXPIRED 2', 'EXPIRED 2']);
    expect(await after('INV-2', 'FAILED')).toEqual(['PAYMENT_FAILED 2', 'PAYMENT_EXPIRED 3', 'EXPIRED 3']);
    expect(await after('INV-3', 'PAID')).toEqual(['PAYMENT_PAID 2', 'PAID 2']);
  });

  it('is counted: believed, flagged and repeated', async () => {
    const counted = async (): Promise<Record<string, number>> => {
      const { values = [] } = (await registry.getSingleMetric('kurir_payment_notices_total')?.get()) ?? {};
      return Object.fromEntries(values.map(({ labels, value }) => [labels['result'], value]));
    };
    const payment = await asked();
    const { believed = 0, flagged = 0, repeated = 0 } = await counted();
    await room.hear(
      payment,
      room.word(payment, 'PAID'),
      room.word(payment, 'PAID'),
      second(payment),
      room.word(payment, 'FAILED'),
    );
    expect(await counted()).toMatchObject({ believed: believed + 2, flagged: flagged + 1, repeated: repeated + 1 });
  });
});
