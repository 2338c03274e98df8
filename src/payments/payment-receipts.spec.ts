import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PaymentRoom } from '../../test/support/payment-room.js';
import { ANI, orderPaid } from '../../test/support/surroundings.js';
import { DAY, later, SECOND } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type Payment } from './payment-row.js';
import { type PaymentWord } from './payment-progress.js';
import { type Word } from './payment.decide.js';

const BUDI = '+6281234567890';
const IN_WORDS = { body: 'Terima kasih, pesanan Anda kami siapkan.', template: null };
const BY_TEMPLATE = { body: null, template: orderPaid({ params: ['Ani', 'Toko Sri'] }) };

let room: PaymentRoom;
beforeAll(async () => void (room = await PaymentRoom.open()));
afterAll(() => room.close());

const project = async (): Promise<ProviderAccount> => (await room.messages.project()).account;
const asked = async (over: Partial<Payment> = {}): Promise<Payment> => room.ask(await project(), over);
const second = (payment: Payment, over: Partial<Word> = {}): PaymentWord =>
  room.word(payment, 'PAID', { transactionId: 'T-2', ...over });
/** What a rail says that was asked, and names no transaction. */
const answer = (payment: Payment): PaymentWord =>
  room.word(payment, 'PAID', { source: 'INQUIRY', transactionId: payment.requestId, transactionUnnamed: true });

describe('the receipt of a payment', () => {
  it('in words shows in the chat that the order is being made ready, through the account that asked for it', async () => {
    const { caller } = await room.messages.project();
    const account = await room.messages.connect(caller);
    const payment = await room.ask(account, { receipt: IN_WORDS });
    expect(await room.hear(payment, room.word(payment, 'PAID'))).toMatchObject({
      messages: { accounts: [account.id] },
    });
    const [message, ...others] = await room.sent(payment);
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      ...{ person: ANI, accountId: account.id, status: 'QUEUED', reference: 'INV-77' },
      content: {
        ...{ kind: 'orderStatus', paymentId: payment.id, text: IN_WORDS.body },
        details: { referenceId: 'INV-77', status: 'PROCESSING', description: null },
      },
    });
    expect(await room.find(payment)).toMatchObject({ orderStatus: 'PROCESSING', receiptDone: true, problem: null });
    const events = await room.messages.events(payment as never);
    expect(events.map(({ type, sequence }) => `${type} ${sequence}`)).toEqual([
      ...['PAYMENT_PAID 2', 'MESSAGE_QUEUED 1', 'ORDER_STATUS_UPDATED 3'],
    ]);
  });

  it('is a message of the payment, and asks for nothing', async () => {
    const payment = await asked({ receipt: IN_WORDS });
    await room.hear(payment, room.word(payment, 'PAID'));
    const linked = await room.messages.database.rows(
      `select message_id as id from payment_messages
        where project_id = $1 and payment_id = $2 and reference is null`,
      [payment.projectId, payment.id],
    );
    expect(linked).toEqual([{ id: (await room.sent(payment))[0]?.id }]);
  });

  it('is shown on the newest card that the person has, where the newest of all never left', async () => {
    const payment = await asked({ cardReference: 'INV-77-2', receipt: IN_WORDS });
    await room.hear(payment, room.word(payment, 'PAID'));
    const [receipt] = await room.sent(payment);
    expect(receipt).toMatchObject({ content: { details: { referenceId: payment.referenceId } } });
  });

  it('in words is not sent to whom no card was sent, and the order stays', async () => {
    const payment = await asked({ receipt: IN_WORDS });
    await room.messages.database.rows("update messages set status = 'FAILED' where project_id = $1", [
      payment.projectId,
    ]);
    await room.hear(payment, room.word(payment, 'PAID', { source: 'MERCHANT', accountId: null }));
    expect(await room.sent(payment)).toEqual([]);
    expect(await room.find(payment)).toMatchObject({ status: 'PAID', orderStatus: 'PENDING', problem: null });
  });

  it('moves no order that went on already, and shows it as it is', async () => {
    const payment = await asked({ receipt: IN_WORDS, orderStatus: 'SHIPPED' });
    await room.hear(payment, room.word(payment, 'PAID'));
    expect(await room.sent(payment)).toMatchObject([{ content: { details: { status: 'SHIPPED' } } }]);
    expect((await room.find(payment)).orderStatus).toBe('SHIPPED');
    expect(await room.news(payment)).toEqual(['PAID']);
  });

  it('by a template has the order’s number and the amount behind its values, and moves no order', async () => {
    const account = await project();
    await room.template(account);
    const payment = await room.ask(account, { receipt: BY_TEMPLATE });
    await room.hear(payment, room.word(payment, 'PAID'));
    expect(await room.sent(payment)).toMatchObject([
      { content: { kind: 'template', params: ['Ani', 'Toko Sri', 'INV-77', '₹100.00'] } },
    ]);
    expect(await room.find(payment)).toMatchObject({ orderStatus: 'PENDING', receiptDone: true, problem: null });
    expect(await room.news(payment)).toEqual(['PAID']);
  });

  it('goes by its template where its words cannot be sent: the person’s window is closed', async () => {
    const account = await project();
    await room.template(account);
    const payment = await room.ask(account, { receipt: { ...BY_TEMPLATE, body: IN_WORDS.body } });
    await room.messages.hear(account, {
      ...{ kind: 'inbound', mailbox: null, reference: newId(), occurredAt: later(room.now, -DAY - SECOND), from: ANI },
      ...{ recipientId: null, fromName: null, inReplyTo: null, content: { kind: 'text', text: 'Halo' } },
    });
    await room.hear(payment, room.word(payment, 'PAID'));
    const sent = (await room.sent(payment)).filter(({ direction }) => direction === 'OUTBOUND');
    expect(sent).toMatchObject([{ content: { kind: 'template' } }]);
    expect(await room.find(payment)).toMatchObject({ orderStatus: 'PENDING', receiptDone: true, problem: null });
  });

  it('that cannot be sent leaves its problem, and is not tried again', async () => {
    const payment = await asked({ receipt: IN_WORDS });
    const caller = { projectId: payment.projectId, country: 'ID' } as never;
    await room.messages.optOuts.optOut(caller, ANI, 'ALL', null);
    expect(await room.hear(payment, room.word(payment, 'PAID'))).toMatchObject({ messages: { accounts: [] } });
    const paid = await room.find(payment);
    expect(paid).toMatchObject({ status: 'PAID', orderStatus: 'PENDING', problem: { code: 'RECIPIENT_OPTED_OUT' } });
    await room.messages.optOuts.optIn(caller, ANI);
    await room.hear(payment, room.word(payment, 'PAID'), second(payment), answer(payment));
    await room.transaction((sql) => room.progress.receipts(sql, [paid], room.now));
    expect(await room.sent(payment)).toEqual([]);
    expect(await room.news(payment)).toEqual(['PAID', 'UPDATED', 'FLAGGED']);
  });

  it('that cannot be sent names the place in what the merchant wrote', async () => {
    const payment = await asked({ receipt: BY_TEMPLATE });
    await room.hear(payment, room.word(payment, 'PAID'));
    expect((await room.find(payment)).problem).toMatchObject({
      code: 'TEMPLATE_NOT_FOUND',
      field: 'receipt.template.name',
    });
  });

  it('is not sent to whom nobody wants to deliver any more: the order was canceled', async () => {
    const payment = await asked({ receipt: IN_WORDS, status: 'CANCELED', orderStatus: 'CANCELED' });
    await room.hear(payment, room.word(payment, 'PAID'));
    expect(await room.find(payment)).toMatchObject({
      ...{ status: 'PAID', orderStatus: 'CANCELED', problem: { message: expect.stringMatching(/canceled/) } },
    });
    expect(await room.sent(payment)).toEqual([]);
  });

  it('is none where the merchant asked for none, and the order waits for the merchant', async () => {
    const payment = await asked();
    await room.hear(payment, room.word(payment, 'PAID'));
    expect((await room.find(payment)).orderStatus).toBe('PENDING');
    expect(await room.sent(payment)).toEqual([]);
  });

  it('is sent for each of those that are paid in one batch, and to each its own person', async () => {
    const account = await project();
    const one = await room.ask(account, { referenceId: 'INV-1', receipt: IN_WORDS });
    const two = await room.ask(account, { referenceId: 'INV-2', receipt: IN_WORDS, person: BUDI });
    const three = await room.ask(account, { referenceId: 'INV-3', receipt: IN_WORDS });
    await room.hear(one, room.word(two, 'PAID'), room.word(three, 'FAILED'), room.word(one, 'PAID'));
    const sent = (await room.sent(one)).map(({ reference, person }) => `${reference} ${person}`);
    expect(sent.toSorted()).toEqual([`INV-1 ${ANI}`, `INV-2 ${BUDI}`]);
  });
});
