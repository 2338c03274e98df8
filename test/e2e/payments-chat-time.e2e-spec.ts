import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { type Behaviour } from '../../src/simulator/behaviour.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { type Gateway } from '../support/gateway.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  BY_UPI,
  cardOf,
  chatOrder,
  type ChatRail,
  paymentEvents,
  paymentHands,
  type PaymentHands,
  personActs,
  postMetaPayment,
  stepsOf,
} from '../support/payments.js';
import {
  connectExotel,
  type ConnectedAccount,
  handsOf,
  ignoreWindowsAtMeta,
  startWorld,
  type World,
} from '../support/world.js';

/** Meta takes one message to a person in six seconds. */
const PAIR_MS = 7 * SECOND;
/** A person pays, and no rail tells of it. */
const UNTOLD = { posted: false } as const;

const clock = new ManualClock();
/** Nothing that went out is reported on. */
const timers = new ManualTimers();
let world: World;
/** Another process on the same database, which does what this one does. */
let beside: Gateway;
let hands: PaymentHands;
let accounts: Record<ChatRail, ConnectedAccount>;
beforeAll(async () => {
  world = await startWorld({ clock, timers, doku: false, wappin: false, exotel: {}, meta: {} });
  ignoreWindowsAtMeta(world.simulator);
  hands = paymentHands(world.ask);
  accounts = { EXOTEL: world.exotel, META: world.meta };
  beside = await world.gateway.beside();
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

interface Asked {
  readonly id: string;
  readonly referenceId: string;
  readonly at: Date;
}
/** An order that the person has in the chat; its receipt is a body. */
async function asked(rail: ChatRail, more: Record<string, unknown> = {}, chat = {}): Promise<Asked> {
  const at = clock.now();
  const input = chatOrder({ accountId: accounts[rail].id, receipt: { body: 'Thank you' }, ...more }, chat);
  const made = await hands.create(input);
  expect(made).toMatchObject({ __typename: 'Payment', status: 'PENDING' });
  await world.quiet();
  return { id: made.id, referenceId: input.referenceId, at };
}

/** How often Meta was asked where an order stands. */
const askedAfter = ({ referenceId }: Asked): number =>
  world.simulator.ledger
    .calls({ kind: 'META' })
    .filter(({ path }) => path.includes('/payments/') && path.endsWith(`/${referenceId}`)).length;
const answerInquiries = (behaviour: Behaviour, next?: number): void =>
  world.simulator.configure({
    faults: [{ kind: 'META', on: 'inquiry', behaviour, ...(next !== undefined && { next }) }],
  });

/** Moves the clock to a second before a time, and lets be done whatever was due until then. */
async function shortOf(time: Date): Promise<void> {
  const ms = time.getTime() - 2 * SECOND - clock.now().getTime();
  await world.pass(ms, ms);
  await world.pass(SECOND);
}
/** To that time, and lets be done what is due then. */
async function until(time: Date): Promise<void> {
  await shortOf(time);
  await world.pass(SECOND);
}

describe('a rail that is asked', () => {
  it.each([
    ['was paid', 'pay', 'PAID', ['CREATED', 'PAID', 'ORDER']],
    ['is being paid', 'wait', 'PROCESSING', ['CREATED', 'PROCESSING']],
    ['could not be paid', 'fail', 'FAILED', ['CREATED', 'FAILED']],
  ] as const)('tells of an order that %s, though no webhook did', async (_what, act, status, events) => {
    const order = await asked('META');
    const { transactionId } = await personActs(world, order.referenceId, act, UNTOLD);
    expect(await hands.read(order.id)).toMatchObject({ status: 'PENDING', notices: [] });
    const seen = await hands.refresh(order.id);
    expect(seen).toMatchObject({ __typename: 'Payment', status, notices: [{ status, transactionId, problem: null }] });
    expect(paymentEvents(seen)).toEqual(events);
    // What is asked again, and what the webhook says at last, is no news.
    await hands.refresh(order.id);
    await world.pass(PAIR_MS, PAIR_MS);
    expect(await hands.read(order.id)).toMatchObject({ status, notices: [{}], events: seen.events });
    expect(stepsOf(world, order.referenceId)).toEqual(status === 'PAID' ? ['processing'] : []);
  });

  it('by two processes while its webhook comes is believed once', async () => {
    const order = await asked('META');
    const other = paymentHands(handsOf(beside.call).ask);
    const { transactionId } = await personActs(world, order.referenceId, 'pay', UNTOLD);
    const { messageId, recipient } = cardOf(world, order.referenceId).message;
    const told = { messageId, to: recipient, reference: order.referenceId, transactionId, at: clock.now() };
    await Promise.all([
      ...[hands.refresh(order.id), other.refresh(order.id), hands.refresh(order.id)],
      ...[postMetaPayment(world.meta.callbackUrl, told), postMetaPayment(world.meta.callbackUrl, told)],
    ]);
    await world.pass(PAIR_MS, PAIR_MS);
    const seen = await hands.read(order.id);
    expect(seen).toMatchObject({ status: 'PAID', transactionId, problem: null, notices: [{ transactionId }] });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'PAID', 'ORDER']);
    expect(stepsOf(world, order.referenceId)).toEqual(['processing']);
  });

  it('says nothing new of an order that nobody has paid, nor of UPI', async () => {
    for (const payee of [{}, BY_UPI]) {
      const order = await asked('META', {}, payee);
      if (payee === BY_UPI) await personActs(world, order.referenceId, 'pay');
      const seen = await hands.refresh(order.id);
      expect(seen).toMatchObject({ __typename: 'Payment', status: 'PENDING', problem: null });
      expect(paymentEvents(seen)).toEqual(['CREATED']);
    }
  });

  it.each(['', '-2'])('finds what was paid by any card of an order that was sent again: “%s”', async (card) => {
    const order = await asked('META');
    await world.pass(PAIR_MS, PAIR_MS);
    await hands.resend(order.id);
    await world.pass(PAIR_MS, PAIR_MS);
    const { transactionId } = await personActs(world, order.referenceId + card, 'pay', UNTOLD);
    expect(await hands.refresh(order.id)).toMatchObject({ status: 'PAID', transactionId, problem: null });
    await world.pass(PAIR_MS, PAIR_MS);
    expect(stepsOf(world, order.referenceId + card)).toEqual(['processing']);
  });

  it('and gives no answer leaves the payment as it is, and the caller with the reason', async () => {
    const order = await asked('META');
    answerInquiries({ refuse: { http: 503, code: null, message: '' } });
    const before = await hands.read(order.id);
    expect(await hands.refresh(order.id)).toMatchObject({ __typename: 'Problem', code: 'PROVIDER_UNAVAILABLE' });
    expect(await hands.read(order.id)).toEqual(before);
  });

  it('is not Exotel, which cannot be: the merchant tells us instead', async () => {
    const order = await asked('EXOTEL');
    expect(await hands.refresh(order.id)).toMatchObject({
      ...{ code: 'UNSUPPORTED_BY_PROVIDER', field: 'id', message: expect.stringContaining('recordPayment') },
    });
    expect(await hands.refresh('pay_1')).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });
});

describe('an order of which nothing is heard', () => {
  it('is asked after when 5 minutes are over, by one of two processes, and then after pauses that double', async () => {
    const order = await asked('META');
    for (const [count, minutes] of [5, 15, 35, 75, 155, 315].entries()) {
      const time = later(order.at, minutes * MINUTE);
      await shortOf(time);
      expect(askedAfter(order), `${minutes} minutes less a second`).toBe(count);
      await until(time);
      expect(askedAfter(order), `${minutes} minutes`).toBe(count + 1);
    }
    const { transactionId } = await personActs(world, order.referenceId, 'pay', UNTOLD);
    await until(later(order.at, 635 * MINUTE));
    await world.pass(PAIR_MS, PAIR_MS);
    expect(await hands.read(order.id)).toMatchObject({ status: 'PAID', orderStatus: 'PROCESSING', transactionId });
    expect(stepsOf(world, order.referenceId)).toEqual(['processing']);
    // Nobody asks after what is settled.
    await world.pass(DAY, DAY / 2);
    expect(askedAfter(order)).toBe(7);
  });

  it('is asked after once a day at least', async () => {
    const order = await asked('META');
    await world.rows('update payments set asks = 20 where reference_id = $1', [order.referenceId]);
    await until(later(order.at, 5 * MINUTE));
    await shortOf(later(order.at, 5 * MINUTE + DAY));
    expect(askedAfter(order)).toBe(1);
    await world.pass(SECOND);
    expect(askedAfter(order)).toBe(2);
    await hands.cancel(order.id);
  });

  it('is asked after anew when something was heard, and a try that failed is no end', async () => {
    const order = await asked('META');
    await until(later(order.at, 5 * MINUTE));
    await personActs(world, order.referenceId, 'fail');
    const failedAt = clock.now();
    await shortOf(later(failedAt, 5 * MINUTE));
    expect(askedAfter(order)).toBe(1);
    await until(later(failedAt, 5 * MINUTE));
    expect(askedAfter(order)).toBe(2);
    await personActs(world, order.referenceId, 'pay', UNTOLD);
    await until(later(failedAt, 15 * MINUTE));
    expect(askedAfter(order)).toBe(3);
    expect(await hands.read(order.id)).toMatchObject({ status: 'PAID' });
  });

  it('is asked after again where the rail gave no answer', async () => {
    const order = await asked('META');
    await personActs(world, order.referenceId, 'pay', UNTOLD);
    answerInquiries({ line: 'dropped' });
    await until(later(order.at, 5 * MINUTE));
    expect(await hands.read(order.id)).toMatchObject({ status: 'PENDING', problem: null });
    world.simulator.clearFaults();
    await until(later(order.at, 15 * MINUTE));
    expect(await hands.read(order.id)).toMatchObject({ status: 'PAID' });
  });
});

describe('an order whose time is over', () => {
  it('expires then, after a last question, and is asked after no more', async () => {
    const order = await asked('META', { expiresAt: later(clock.now(), 20 * MINUTE) });
    const end = later(order.at, 20 * MINUTE);
    await until(later(order.at, 5 * MINUTE));
    await until(later(order.at, 15 * MINUTE));
    await shortOf(end);
    expect(await hands.read(order.id)).toMatchObject({ status: 'PENDING', expiresAt: end.toISOString() });
    expect(askedAfter(order)).toBe(2);
    await until(end);
    const seen = await hands.read(order.id);
    expect(seen).toMatchObject({ status: 'EXPIRED', orderStatus: 'PENDING', paidAt: null });
    expect(seen.events.at(-1)).toMatchObject({ type: 'PAYMENT_EXPIRED', occurredAt: end.toISOString() });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'EXPIRED']);
    expect(askedAfter(order)).toBe(3);
    await world.pass(DAY, DAY / 2);
    expect(askedAfter(order)).toBe(3);
    expect(await hands.resend(order.id)).toMatchObject({ code: 'EXPIRED', field: 'id' });
  });

  it('is PAID where the last question finds that it was', async () => {
    const order = await asked('META', { expiresAt: later(clock.now(), 20 * MINUTE) });
    await until(later(order.at, 5 * MINUTE));
    await until(later(order.at, 15 * MINUTE));
    await personActs(world, order.referenceId, 'pay', UNTOLD);
    await until(later(order.at, 20 * MINUTE));
    const seen = await hands.read(order.id);
    expect(seen).toMatchObject({ status: 'PAID', problem: null });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'PAID', 'ORDER']);
  });

  it('expires although the rail gives no answer to the last question', async () => {
    const order = await asked('META', { expiresAt: later(clock.now(), 300 * SECOND) });
    answerInquiries({ line: 'dropped' });
    await until(later(order.at, 300 * SECOND));
    expect(await hands.read(order.id)).toMatchObject({ status: 'EXPIRED' });
  });

  it.each(['wait', 'fail'] as const)(
    'expires also after a person’s “%s”, and where nobody can be asked',
    async (act) => {
      const order = await asked('EXOTEL', { expiresAt: later(clock.now(), 10 * MINUTE) });
      await personActs(world, order.referenceId, act);
      await until(later(order.at, 5 * MINUTE));
      await shortOf(later(order.at, 10 * MINUTE));
      expect(await hands.read(order.id)).toMatchObject({ status: act === 'wait' ? 'PROCESSING' : 'FAILED' });
      await until(later(order.at, 10 * MINUTE));
      expect(await hands.read(order.id)).toMatchObject({ status: 'EXPIRED' });
    },
  );

  it.each(['EXOTEL', 'META'] as const)('and is paid through %s all the same is PAID, and says so', async (rail) => {
    const order = await asked(rail, { expiresAt: later(clock.now(), 10 * MINUTE) });
    await personActs(world, order.referenceId, 'wait', UNTOLD);
    // The money is on its way, and Meta would say so.
    answerInquiries({ refuse: { http: 503, code: null, message: '' } });
    await until(later(order.at, 5 * MINUTE));
    await until(later(order.at, 10 * MINUTE));
    expect(await hands.read(order.id)).toMatchObject({ status: 'EXPIRED' });
    const { transactionId } = await personActs(world, order.referenceId, 'pay');
    const seen = await hands.read(order.id);
    expect(seen).toMatchObject({ status: 'PAID', transactionId, problem: { code: 'EXPIRED' } });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'EXPIRED', 'PAID', 'ORDER']);
  });

  it('may be taken back still, and its order moved by its merchant', async () => {
    const expiresAt = later(clock.now(), 300 * SECOND);
    const [one, other] = [await asked('EXOTEL', { expiresAt }), await asked('EXOTEL', { expiresAt })];
    await until(expiresAt);
    expect(await hands.cancel(one.id, 'Too late')).toMatchObject({ status: 'CANCELED', orderStatus: 'CANCELED' });
    expect(await hands.move(other.id, 'PROCESSING')).toMatchObject({ status: 'EXPIRED', orderStatus: 'PROCESSING' });
    await world.quiet();
    expect(stepsOf(world, one.referenceId)).toEqual(['canceled']);
    expect(stepsOf(world, other.referenceId)).toEqual(['processing']);
  });

  it('takes a card with it that has not left', async () => {
    const enable =
      'mutation ($id: ID!, $on: Boolean!) { updateProviderAccount(id: $id, input: { enabled: $on }) { __typename } }';
    await world.ask(enable, { id: world.exotel.id, on: false });
    const order = await asked('EXOTEL', { expiresAt: later(clock.now(), 300 * SECOND) });
    await world.pass(6 * MINUTE, MINUTE);
    await world.ask(enable, { id: world.exotel.id, on: true });
    await world.pass(MINUTE, MINUTE);
    expect(await hands.read(order.id)).toMatchObject({ status: 'EXPIRED', messages: [{ status: 'EXPIRED' }] });
    expect(world.simulator.orders.newest({ reference: order.referenceId })).toEqual([]);
  });

  it('expires also where its account is no more', async () => {
    const theirs = { accountSid: 'closed-shop', apiKey: 'k', apiToken: 't' };
    world.simulator.configure({ accounts: [{ kind: 'EXOTEL', ...theirs }] });
    const { id: accountId } = await connectExotel(world.call, world.simulator.url, { credentials: theirs });
    const order = await asked('EXOTEL', { accountId, expiresAt: later(clock.now(), 10 * MINUTE) });
    await world.ask('mutation ($id: ID!) { deleteProviderAccount(id: $id) { __typename } }', { id: accountId });
    expect(await hands.refresh(order.id)).toMatchObject({ code: 'NO_ROUTE', field: 'id' });
    await until(later(order.at, 5 * MINUTE));
    await until(later(order.at, 10 * MINUTE));
    expect(await hands.read(order.id)).toMatchObject({ status: 'EXPIRED', account: { id: accountId } });
    expect(await hands.cancel(order.id)).toMatchObject({ status: 'CANCELED' });
  });

  it('is not sent again when a card could not show that time any more', async () => {
    const order = await asked('EXOTEL', { expiresAt: later(clock.now(), 400 * SECOND) });
    await world.pass(100 * SECOND, 50 * SECOND);
    expect(await hands.resend(order.id)).toMatchObject({ __typename: 'Payment', status: 'PENDING' });
    await world.pass(SECOND);
    expect(await hands.resend(order.id)).toMatchObject({ code: 'EXPIRED', field: 'id' });
  });
});
