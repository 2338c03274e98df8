import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PaymentRoom, pendingPayment } from '../../test/support/payment-room.js';
import { orderPaid, send } from '../../test/support/surroundings.js';
import { DAY, later, MINUTE } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { problem } from '../common/problem.js';
import { bindKeys, boundTo } from '../projects/idempotency-keys.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type Payment, type PaymentNotice } from './payment-row.js';

/** The greatest that a JSON number holds exactly. */
const MOST = '9007199254740991';
const ODD = 'O’Neil "Ani" \\ Sri\n{1,2} 🧾';

let room: PaymentRoom;
beforeAll(async () => void (room = await PaymentRoom.open()));
afterAll(() => room.close());

const project = async (): Promise<ProviderAccount> => (await room.messages.project()).account;
const save = (...rows: Payment[]): Promise<void> => room.transaction((sql) => room.store.save(sql, ...rows));

function noticeOf({ projectId, id: paymentId }: Payment, over: Partial<PaymentNotice> = {}): PaymentNotice {
  const id = newId();
  return {
    ...{ projectId, id, paymentId, fingerprint: createHash('sha256').update(id).digest() },
    ...{ source: 'CALLBACK', status: 'PAID', amount: MOST, currency: 'IDR', transactionId: 'T-1', paidWith: 'QRIS' },
    ...{ proven: 'hex', problem: null, reason: null, acceptedAt: null, occurredAt: room.now, receivedAt: room.now },
    ...over,
  };
}

describe('a payment that is stored', () => {
  const whole = (account: ProviderAccount): Payment => {
    const row = pendingPayment(room.now);
    return {
      ...row,
      ...{ projectId: account.projectId, accountId: account.id, referenceId: 'INV-1', cardReference: 'INV-1' },
      ...{ customerName: ODD, currency: 'IDR', total: MOST, order: { ...row.order, total: MOST } },
      terms: {
        ...{
          via: 'CHECKOUT',
          methods: ['QRIS'],
          callbackUrl: 'https://toko.example/?a=1&b=2',
          linkTemplate: orderPaid(),
        },
        customerEmail: 'ani@toko.example',
      },
      receipt: { body: ODD, template: orderPaid({ params: [ODD] }) },
      ...{ told: false, tries: 3, asks: 4, sequence: 5 },
    };
  };

  it('is read as it was written, to the last unit of its total', async () => {
    const row = whole(await project());
    await room.transaction((sql) => room.store.insert(sql, row));
    expect(await room.find(row)).toEqual(row);
  });

  it('is read as it was changed, in everything that may change', async () => {
    const row = whole(await project());
    await room.transaction((sql) => room.store.insert(sql, row));
    const changed: Payment = {
      ...row,
      ...{ receiptDone: true, status: 'PAID', orderStatus: 'PARTIALLY_SHIPPED', told: true },
      ...{
        checkoutUrl: 'https://pay.example/1',
        cardReference: 'INV-1-2',
        transactionId: ODD,
        transactionUnnamed: true,
      },
      ...{ paidWith: 'VIRTUAL_ACCOUNT_BCA', paidAt: later(room.now, 1), problem: problem('EXPIRED', ODD, 'id') },
      ...{ tries: 6, asks: 7, timerAt: null, sequence: 8 },
    };
    await save(changed);
    expect(await room.find(row)).toEqual(changed);
    await save(row);
    expect(await room.find(row)).toEqual(row);
  });

  it('keeps what it was asked for with, whatever is saved', async () => {
    const row = await room.ask(await project());
    const other = pendingPayment(later(room.now, DAY));
    await save({ ...other, projectId: row.projectId, id: row.id, timerAt: row.timerAt, total: '1', person: null });
    expect(await room.find(row)).toEqual(row);
  });

  it('is saved with others, each as itself, and with nobody else’s of the same id', async () => {
    const [account, stranger] = [await project(), await project()];
    const one = await room.ask(account, { referenceId: 'INV-1' });
    const two = await room.ask(account, { referenceId: 'INV-2' });
    const theirs = await room.ask(stranger, { id: one.id });
    await save({ ...one, status: 'FAILED' }, { ...two, status: 'EXPIRED', sequence: 9 });
    expect(await Promise.all([one, two, theirs].map((row) => room.find(row)))).toEqual([
      ...[{ ...one, status: 'FAILED' }, { ...two, status: 'EXPIRED', sequence: 9 }, theirs],
    ]);
  });

  it('is found by the project that asked for it alone', async () => {
    const [account, stranger] = [await project(), await project()];
    const row = await room.ask(account);
    expect(await room.store.find(stranger.projectId, row.id)).toBeNull();
    const taken = await room.transaction((sql) => room.store.takeMany(sql, stranger.projectId, [row.id, newId()]));
    expect(taken.size).toBe(0);
  });

  it('is waited for while another transaction has it, and read as that left it', async () => {
    const row = await room.ask(await project());
    const end = await room.hold(async (sql) => {
      const taken = await room.store.take(sql, row.projectId, row.id);
      await room.store.save(sql, { ...row, ...taken, status: 'FAILED' });
    });
    const taking = room.transaction((sql) => room.store.take(sql, row.projectId, row.id));
    await room.blocked(1);
    await end('commit');
    expect(await taking).toEqual({ ...row, status: 'FAILED' });
  });
});

describe('the reference of an order', () => {
  const take = (row: Payment, reference: string): Promise<boolean> =>
    room.transaction((sql) => room.store.takeReference(sql, row, reference));

  it('is of one payment of a project; another project has its own', async () => {
    const [account, stranger] = [await project(), await project()];
    const [one, two] = [await room.ask(account), await room.ask(account, { referenceId: 'INV-2' })];
    const theirs = await room.ask(stranger, { referenceId: 'INV-3' });
    expect(await take(one, 'INV-77-2')).toBe(true);
    for (const row of [one, two]) expect(await take(row, 'INV-77-2')).toBe(false);
    expect(await take(theirs, 'INV-77-2')).toBe(true);
  });

  it.each([
    ['commit', false],
    ['give up', true],
  ] as const)(
    'that another transaction takes just now is waited for: after its %s it is free: %s',
    async (how, isFree) => {
      const row = await room.ask(await project());
      const end = await room.hold((sql) => room.store.takeReference(sql, row, 'INV-77-2'));
      const second = take({ ...row, id: newId() }, 'INV-77-2');
      await room.blocked(1);
      await end(how);
      expect(await second).toBe(isFree);
    },
  );
});

describe('a payment that nobody was told of', () => {
  const keyOf = (row: Payment): { projectId: string; id: string; idempotency: { key: string; hash: Buffer } } => ({
    ...{ projectId: row.projectId, id: row.id, idempotency: { key: 'order-1', hash: Buffer.alloc(32) } },
  });
  const bind = (row: Payment): Promise<Set<string>> =>
    room.transaction((sql) => bindKeys(sql, 'createPayment', [keyOf(row)], room.now));
  const left = async ({ projectId, id }: Payment): Promise<string[]> => {
    const { database } = room.messages;
    const references = await database.rows<{ reference: string }>(
      'select reference from payment_references where project_id = $1 and payment_id = $2 order by reference',
      [projectId, id],
    );
    const bound = await boundTo(database, 'createPayment', projectId, 'order-1', room.now);
    const found = await room.store.find(projectId, id);
    return [...references.map(({ reference }) => reference), ...(bound ? ['key'] : []), ...(found ? ['payment'] : [])];
  };

  it('is taken away with its references and its key, as if it had never been', async () => {
    const account = await project();
    const [row, other] = [await room.ask(account, { told: false }), await room.ask(account, { referenceId: 'INV-2' })];
    await room.transaction((sql) => room.store.takeReference(sql, row, 'INV-77-2'));
    await bind(row);
    expect(await left(row)).toEqual(['INV-77', 'INV-77-2', 'key', 'payment']);
    await room.transaction((sql) => room.store.remove(sql, row));
    expect(await left(row)).toEqual([]);
    expect(await left(other)).toEqual(['INV-2', 'payment']);
    const again = await room.ask(account, { told: false });
    expect(await bind(again)).toEqual(new Set([again.id]));
  });

  it('is not taken away when somebody was told of it, and loses nothing', async () => {
    const row = await room.ask(await project());
    await bind(row);
    await room.transaction((sql) => room.store.remove(sql, row));
    expect(await left(row)).toEqual(['INV-77', 'key', 'payment']);
  });
});

describe('the messages by which a payment was asked for', () => {
  const KINDS: Readonly<Record<string, readonly { readonly status: string; readonly attempt?: string }[]>> = {
    'can be stopped': [{ status: 'QUEUED' }, { status: 'SCHEDULED' }],
    'the person may have': [
      { status: 'QUEUED', attempt: newId() },
      ...['UNCONFIRMED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'].map((status) => ({ status })),
    ],
    neither: ['FAILED', 'CANCELED', 'EXPIRED'].map((status) => ({ status })),
  };

  it('are told apart: those that can be stopped, those that the person may have, and the rest', async () => {
    const row = await room.ask(await project());
    const { projectId, id: paymentId } = row;
    const states = Object.values(KINDS).flat();
    const messages = await room.transaction(async (sql) => {
      // One more, which asks for nothing.
      const sends = [...states, null].map(() => send({ projectId, content: { kind: 'text', text: 'Halo' } }));
      const accepted = await room.messages.accept.acceptWithin(sql, projectId, sends);
      for (const [place, { status, attempt = null }] of states.entries())
        await sql.rows('update messages set status = $2, open_attempt = $3 where id = $1', [
          ...[accepted.messages[place]?.id, status, attempt],
        ]);
      return accepted.messages.map(({ id: messageId }, place) => ({
        ...{ projectId, paymentId, messageId, reference: place < states.length ? 'INV-77' : null },
      }));
    });
    await room.transaction((sql) => room.store.addMessages(sql, messages));
    const asked = await room.transaction((sql) => room.store.askingMessages(sql, row));
    const expected = Object.entries(KINDS).flatMap(([kind, those]) => those.map(() => kind));
    const found = messages.slice(0, -1).map(({ messageId }) => {
      const one = asked.find((each) => each.messageId === messageId);
      if (one?.waits && one.hasLeft) return 'both';
      return one?.waits ? 'can be stopped' : one?.hasLeft ? 'the person may have' : one && 'neither';
    });
    expect(found).toEqual(expected);
    // And the card that the room has sent.
    expect(asked).toHaveLength(states.length + 1);
  });
});

describe('a notice that is stored', () => {
  const add = (...notices: PaymentNotice[]): Promise<void> =>
    room.transaction((sql) => room.store.addNotices(sql, notices));

  it('is read as it was written, with the payment that it is of, and as it was accepted', async () => {
    const row = await room.ask(await project());
    const nothing = { amount: null, currency: null, transactionId: null, paidWith: null, proven: null };
    const notices = [
      noticeOf(row, { paidWith: ODD, problem: problem('AMOUNT_MISMATCH', ODD) }),
      noticeOf(row, nothing),
    ];
    await add(...notices);
    const take = (id: string): ReturnType<typeof room.store.takeNotice> =>
      room.transaction((sql) => room.store.takeNotice(sql, row.projectId, id));
    for (const notice of notices) expect(await take(notice.id)).toEqual({ notice, payment: row });
    const accepted = { ...noticeOf(row), ...notices[0], reason: ODD, acceptedAt: later(room.now, MINUTE) };
    await room.transaction((sql) => room.store.acceptNotice(sql, accepted));
    expect(await room.notices(row)).toEqual([accepted, notices[1]]);
  });

  it('is found by the project that it is of alone', async () => {
    const [account, stranger] = [await project(), await project()];
    const notice = noticeOf(await room.ask(account));
    await add(notice);
    const taken = await room.transaction((sql) => room.store.takeNotice(sql, stranger.projectId, notice.id));
    expect(taken).toBeNull();
  });

  it('is known again by what it says, for its own payment', async () => {
    const account = await project();
    const [one, two] = [await room.ask(account), await room.ask(account, { referenceId: 'INV-2' })];
    const [first, second] = [noticeOf(one), noticeOf(one)];
    await add(first, second);
    const known = await room.transaction((sql) => room.store.fingerprints(sql, one.projectId, [one.id, two.id]));
    expect(known).toEqual(
      new Map([
        [one.id, new Set([first, second].map(({ fingerprint }) => fingerprint.toString('hex')))],
        [two.id, new Set()],
      ]),
    );
  });

  it('is one row: the same word has no second one', async () => {
    const row = await room.ask(await project());
    const notice = noticeOf(row);
    await add(notice);
    await expect(add({ ...notice, id: newId() })).rejects.toThrow('payment_notices_payment');
  });

  it('that somebody else accepts just now is read as that left it', async () => {
    const row = await room.ask(await project());
    const notice = noticeOf(row, { problem: problem('AMOUNT_MISMATCH', 'Another amount.') });
    await add(notice);
    const end = await room.hold(async (sql) => {
      await room.store.takeNotice(sql, row.projectId, notice.id);
      await room.store.acceptNotice(sql, { ...notice, reason: 'It is right.', acceptedAt: room.now });
    });
    const second = room.transaction((sql) => room.store.takeNotice(sql, row.projectId, notice.id));
    await room.blocked(1);
    await end('commit');
    expect((await second)?.notice.acceptedAt).toEqual(room.now);
  });
});
