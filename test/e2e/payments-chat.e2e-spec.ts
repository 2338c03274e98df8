import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { later, MINUTE, SECOND } from '../../src/common/clock.js';
import { uuidOf } from '../../src/common/ids.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  BY_GATEWAY,
  BY_UPI,
  cardOf,
  type ChatRail,
  chatOrder,
  delivered,
  paymentEvents,
  paymentHands,
  type PaymentHands,
  personActs,
  postExotelPayment,
  postMetaPayment,
  readBy,
  stepsOf,
  TOTAL,
} from '../support/payments.js';
import { until } from '../support/until.js';
import {
  type ConnectedAccount,
  connectExotel,
  connectMeta,
  handsOf,
  ignoreWindowsAtMeta,
  META_CREDENTIALS,
  startWorld,
  type World,
} from '../support/world.js';

const RAILS: readonly ChatRail[] = ['EXOTEL', 'META'];
/** Meta takes one message to a person in six seconds. */
const PAIR_MS = 7 * SECOND;

const clock = new ManualClock();
/** Persons and rails go on when these are moved. */
const timers = new ManualTimers();
let world: World;
let hands: PaymentHands;
let accounts: Record<ChatRail, ConnectedAccount>;
beforeAll(async () => {
  world = await startWorld({ clock, timers, doku: false, wappin: false, exotel: {}, meta: {} });
  ignoreWindowsAtMeta(world.simulator);
  hands = paymentHands(world.ask);
  accounts = { EXOTEL: world.exotel, META: world.meta };
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

interface Asked {
  readonly id: string;
  readonly referenceId: string;
  readonly to: string;
  /** The rail’s id of the card. */
  readonly messageId: string;
}

/** An order that the person has in the chat; its receipt is a body. */
async function asked(rail: ChatRail, more: Record<string, unknown> = {}, chat = {}): Promise<Asked> {
  const accountId = accounts[rail].id;
  const input = chatOrder({ accountId, receipt: { body: 'Thank you' }, ...more }, chat);
  const made = await hands.create(input);
  expect(made).toMatchObject({ __typename: 'Payment', status: 'PENDING' });
  await world.quiet();
  const { referenceId, to } = input;
  return { id: made.id, referenceId, to, messageId: cardOf(world, referenceId).message.messageId };
}

/** How often persons were told that these orders are being made ready. */
async function receiptsOf(...orders: readonly Asked[]): Promise<number[]> {
  await world.pass(PAIR_MS, PAIR_MS);
  return orders.map(({ referenceId }) => stepsOf(world, referenceId).filter((step) => step === 'processing').length);
}

/** The rail tells that an order was paid, whoever did it. Answers the HTTP status. */
async function paidAt(rail: ChatRail, order: Asked, change: Partial<Asked> & { transactionId?: string } = {}) {
  const { messageId, to, referenceId: reference } = { ...order, ...change };
  const told = { messageId, to, reference, transactionId: change.transactionId ?? 'tx-1', at: clock.now() };
  const post = { EXOTEL: postExotelPayment, META: postMetaPayment }[rail];
  const status = await post(accounts[rail].callbackUrl, told);
  await world.quiet();
  return status;
}

/** How many callbacks wait for a message of this id. */
const parked = async (messageId: string): Promise<number> =>
  (await world.rows('select 1 from parked_callbacks where reference = $1', [messageId])).length;

/** That what was told was not of this order: it waits, is tried again in vain, and the order is as it was. */
async function expectParked(messageId: string, { id }: Pick<Asked, 'id'>): Promise<void> {
  await world.quiet();
  await world.pass(MINUTE, MINUTE);
  expect(await parked(messageId)).toBe(1);
  const seen = await hands.read(id);
  expect(seen).toMatchObject({ status: 'PENDING', transactionId: null, notices: [] });
  expect(paymentEvents(seen)).toEqual(['CREATED']);
}

describe('an order in the chat', () => {
  it.each([
    ['by a gateway through Exotel', 'EXOTEL', BY_GATEWAY, null],
    ['by UPI through Exotel', 'EXOTEL', BY_UPI, null],
    ['by a gateway through Meta', 'META', BY_GATEWAY, 'upi'],
  ] as const)('that is paid %s is told of whole by one query', async (_what, rail, payee, paidWith) => {
    const askedAt = clock.now().toISOString();
    const { id, referenceId, to, messageId } = await asked(rail, { customerName: 'Asha' }, payee);
    await delivered(world, timers);
    expect(cardOf(world, referenceId)).toMatchObject({
      ...{ total: TOTAL, paymentType: payee.paymentType, configuration: payee.configuration, expiresAt: null },
    });
    clock.advance(MINUTE);
    const paidTime = clock.now().toISOString();
    const { transactionId, posted } = await personActs(world, referenceId, 'pay');
    expect(posted).toMatchObject([{ httpStatus: 200 }]);
    await delivered(world, timers);

    const account = { id: accounts[rail].id };
    const message = { status: 'READ', to, reference: referenceId, problem: null, account, payment: { id } };
    const lifeOf = (...types: string[]): object[] => types.map((type) => ({ type: `MESSAGE_${type}` }));
    const life = lifeOf('QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ');
    const event = (type: string, sequence: number, at: string): object => ({
      ...{ type, sequence, occurredAt: at, payment: { id } },
    });
    const seen = await hands.read(id);
    expect(seen).toEqual({
      ...{ id, referenceId, to, customerName: 'Asha', account: { ...account, kind: rail }, problem: null },
      ...{ status: 'PAID', orderStatus: 'PROCESSING', checkoutUrl: null, transactionId, paidWith, paidAt: paidTime },
      ...{ createdAt: askedAt, expiresAt: later(new Date(askedAt), 30 * 24 * 60 * MINUTE).toISOString() },
      total: { value: TOTAL, currency: 'INR', decimals: 2 },
      order: expect.objectContaining({ subtotal: { value: 10_000 }, tax: { value: 500 }, discount: { value: 500 } }),
      messages: [
        expect.objectContaining({
          ...{ ...message, providerMessageId: messageId, events: life },
          content: { __typename: 'OrderContent', text: 'Your order', payment: { id } },
        }),
        expect.objectContaining({
          ...{ ...message, providerMessageId: cardOf(world, referenceId).statuses[0]?.messageId, events: life },
          content: { __typename: 'OrderContent', text: 'Thank you', payment: { id } },
        }),
      ],
      notices: [
        {
          ...{ id: expect.stringMatching(/^ntc_/), receivedAt: paidTime, status: 'PAID', transactionId, paidWith },
          ...{ amount: { value: TOTAL, currency: 'INR' }, proven: null, problem: null, acceptedAt: null },
        },
      ],
      events: [
        expect.objectContaining(event('PAYMENT_CREATED', 1, askedAt)),
        expect.objectContaining(event('PAYMENT_PAID', 2, paidTime)),
        expect.objectContaining(event('ORDER_STATUS_UPDATED', 3, paidTime)),
      ],
    });
    expect(seen.events[1].data).toEqual({
      sequence: 2,
      payment: {
        ...{ id, referenceId, status: 'PAID', orderStatus: 'PENDING', transactionId, paidWith, problem: null },
        total: { value: TOTAL, currency: 'INR', decimals: 2 },
      },
    });
    expect(stepsOf(world, referenceId)).toEqual(['processing']);
    expect(readBy(world, to)).toMatchObject([{ body: { text: 'Your order' } }, { body: { text: 'Thank you' } }]);
  });

  it.each(RAILS)('of each sort of person at %s comes to the end that it should', async (rail) => {
    const persons: readonly [string, string, string, string[]][] = [
      ['820', 'PAID', 'PROCESSING', ['CREATED', 'PAID', 'ORDER']],
      ['821', 'FAILED', 'PENDING', ['CREATED', 'FAILED']],
      ['822', 'PAID', 'PROCESSING', ['CREATED', 'PROCESSING', 'PAID', 'ORDER']],
      ['823', 'PAID', 'PROCESSING', ['CREATED', 'PAID', 'ORDER', 'FLAGGED']],
      ['824', 'PAID', 'PROCESSING', ['CREATED', 'FAILED', 'PAID', 'ORDER']],
      ['825', 'PROCESSING', 'PENDING', ['CREATED', 'PROCESSING']],
    ];
    const all: Asked[] = [];
    for (const [digits] of persons) all.push(await asked(rail, { to: `+918120000${digits}` }));
    await delivered(world, timers);
    for (let acts = 0; acts < 2; acts++) {
      timers.advance(SECOND);
      await world.quiet();
    }
    for (const [place, [digits, status, orderStatus, events]] of persons.entries()) {
      const order = all[place] as Asked;
      const seen = await hands.read(order.id);
      expect({ ...seen, events: paymentEvents(seen) }, digits).toMatchObject({ status, orderStatus, events });
    }
    expect(await receiptsOf(...all)).toEqual(persons.map(([, status]) => (status === 'PAID' ? 1 : 0)));
    expect(world.simulator.ledger.counts({ kind: rail })).toMatchObject({ orderRepeats: 0, orderStatusRepeats: 0 });
  });

  it('is followed by whoever watches it', async () => {
    const order = await asked('META');
    const watched = world.gateway.subscribe<any>(
      'subscription ($id: ID!) { paymentUpdated(id: $id) { status orderStatus transactionId } }',
      { id: order.id },
    );
    const next = async (): Promise<any> => (await watched.next()).paymentUpdated;
    expect(await next()).toEqual({ status: 'PENDING', orderStatus: 'PENDING', transactionId: null });
    await personActs(world, order.referenceId, 'wait');
    expect(await next()).toEqual({ status: 'PROCESSING', orderStatus: 'PENDING', transactionId: null });
    const { transactionId } = await personActs(world, order.referenceId, 'pay');
    expect(await next()).toEqual({ status: 'PAID', orderStatus: 'PROCESSING', transactionId });
    await watched.stop();
  });

  it('that never came to the person says why, and waits for another one', async () => {
    const { id } = await asked('EXOTEL', { to: '+918120030013' });
    await delivered(world, timers);
    expect(await hands.read(id)).toMatchObject({
      ...{ status: 'PENDING', messages: [{ status: 'FAILED' }] },
      problem: { code: 'NOT_ON_WHATSAPP', provider: { code: '30013' } },
    });
  });

  it('whose payment failed says why, may be tried again, and is PAID with what was before', async () => {
    const order = await asked('META');
    const { transactionId: failed } = await personActs(world, order.referenceId, 'fail');
    const tried = await hands.read(order.id);
    expect(tried).toMatchObject({
      ...{ status: 'FAILED', transactionId: null, paidAt: null },
      problem: { code: 'PROVIDER_REJECTED', provider: { provider: 'META', code: 'BAD_REQUEST_ERROR' } },
      notices: [{ status: 'FAILED', transactionId: failed, problem: null }],
    });
    const { transactionId } = await personActs(world, order.referenceId, 'pay');
    expect(transactionId).not.toBe(failed);
    expect(await hands.read(order.id)).toMatchObject({
      ...{ status: 'PAID', transactionId },
      problem: { code: 'INVALID_TRANSITION', message: expect.stringContaining('failed') },
    });
    expect(await receiptsOf(order)).toEqual([1]);
  });
});

describe('a word of the rail', () => {
  it.each(RAILS)('of %s that comes before the answer to the send waits for it', async (rail) => {
    world.simulator.configure({ faults: [{ kind: rail, next: 1, behaviour: { delayMs: SECOND } }] });
    const input = chatOrder({ accountId: accounts[rail].id, receipt: { body: 'Thank you' } });
    const { id, messages } = await hands.create(input);
    const { referenceId } = input;
    await until(() => world.simulator.orders.newest({ reference: referenceId })[0], 'the rail has the order');
    const { messageId } = cardOf(world, referenceId).message;
    // The answer is held, so that nothing comes to rest.
    const post = { EXOTEL: postExotelPayment, META: postMetaPayment }[rail];
    const reference = rail === 'EXOTEL' ? referenceId : null;
    const told = { messageId, to: input.to, reference, transactionId: 'early', at: clock.now() };
    expect(await post(accounts[rail].callbackUrl, told)).toBe(200);
    await until(async () => (await parked(messageId)) > 0, 'it is parked');
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', notices: [] });
    timers.advance(SECOND);
    await world.quiet();
    const seen = await hands.read(id);
    expect(seen).toMatchObject({ status: 'PAID', transactionId: 'early', notices: [{ status: 'PAID' }] });
    expect(seen.messages[0]).toMatchObject({ id: messages[0].id, providerMessageId: messageId });
    await world.pass(PAIR_MS, PAIR_MS);
    expect(stepsOf(world, referenceId)).toEqual(['processing']);
  });

  it.each(RAILS)('of %s about a card of which nobody knew whether it had left is believed', async (rail) => {
    world.simulator.configure({ faults: [{ kind: rail, next: 1, behaviour: { line: 'dropped', sent: true } }] });
    const input = chatOrder({ accountId: accounts[rail].id, receipt: { body: 'Thank you' } });
    const { id } = await hands.create(input);
    await world.quiet();
    expect(await hands.read(id)).toMatchObject({
      ...{ status: 'PENDING', messages: [{ status: 'UNCONFIRMED' }], problem: { code: 'PROVIDER_UNAVAILABLE' } },
    });
    const { transactionId } = await personActs(world, input.referenceId, 'pay');
    // Before anything is heard of its delivery.
    expect(await hands.read(id)).toMatchObject({ status: 'PAID', messages: [{ status: 'UNCONFIRMED' }, {}] });
    await delivered(world, timers);
    await world.pass(PAIR_MS, PAIR_MS);
    const seen = await hands.read(id);
    expect(seen).toMatchObject({ status: 'PAID', transactionId, problem: null, messages: [{ status: 'READ' }, {}] });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'PAID', 'ORDER']);
    expect(stepsOf(world, input.referenceId)).toEqual(['processing']);
  });

  it.each(RAILS)('of %s that is said often, and late, changes nothing', async (rail) => {
    const order = await asked(rail);
    await personActs(world, order.referenceId, 'fail', { afterMs: MINUTE });
    await personActs(world, order.referenceId, 'wait', { afterMs: 2 * MINUTE });
    const { transactionId } = await personActs(world, order.referenceId, 'pay', { times: 5 });
    const paid = await hands.read(order.id);
    expect(paid).toMatchObject({ status: 'PAID', transactionId, problem: null, notices: [{ transactionId }] });
    timers.advance(MINUTE);
    await world.quiet();
    timers.advance(MINUTE);
    await world.quiet();
    clock.advance(SECOND);
    await paidAt(rail, order, { transactionId });
    const { notices, ...seen } = await hands.read(order.id);
    const { notices: _notices, ...before } = paid;
    expect({ ...seen, messages: seen.messages.length }).toEqual({ ...before, messages: before.messages.length });
    // What came late is kept; what came again is the same word.
    expect(notices.map(({ status }: any) => status)).toEqual(['PAID', 'FAILED', 'PROCESSING']);
    for (const { problem } of notices) expect(problem).toBe(null);
    expect(await receiptsOf(order)).toEqual([1]);
  });

  it.each(RAILS)('of %s comes in any order, and the order is PAID once', async (rail) => {
    const WORDS = {
      pending: [30049, 'EX_PAYMENT_PENDING'],
      failed: [30051, 'EX_PAYMENT_FAILED'],
      captured: [30050, 'EX_PAYMENT_SUCCESS'],
    } as const;
    type Said = keyof typeof WORDS;
    const say = async ({ messageId, to, referenceId: reference }: Asked, status: Said): Promise<void> => {
      const transactionId = status === 'failed' ? 'tx-failed' : 'tx-paid';
      const told = { messageId, to, reference, transactionId, at: clock.now() };
      const { callbackUrl } = accounts[rail];
      const answer =
        rail === 'EXOTEL'
          ? await postExotelPayment(callbackUrl, told, WORDS[status])
          : await postMetaPayment(callbackUrl, told, { status });
      expect(answer).toBe(200);
    };
    const turns: readonly (readonly [Said, Said, Said])[] = [
      ['pending', 'failed', 'captured'],
      ['pending', 'captured', 'failed'],
      ['failed', 'pending', 'captured'],
      ['failed', 'captured', 'pending'],
      ['captured', 'pending', 'failed'],
      ['captured', 'failed', 'pending'],
    ];
    const orders: Asked[] = [];
    for (const _turn of turns) orders.push(await asked(rail));
    // Those of one order one after the other, each of them twice.
    for (const nth of [0, 0, 1, 0, 1, 2, 1, 2, 2] as const)
      await Promise.all(orders.map((order, place) => say(order, turns[place]![nth])));
    await world.quiet();
    for (const [place, { id }] of orders.entries()) {
      const seen = await hands.read(id);
      const events = paymentEvents(seen);
      expect({ ...seen, events }, turns[place]!.join()).toMatchObject({ status: 'PAID', transactionId: 'tx-paid' });
      expect(events.filter((type) => type === 'PAID')).toHaveLength(1);
      expect(events).not.toContain('FLAGGED');
    }
    expect(await receiptsOf(...orders)).toEqual(orders.map(() => 1));
  });

  it.each(RAILS)('of %s about a second payment is flagged, and the first one stays', async (rail) => {
    const order = await asked(rail);
    const { transactionId } = await personActs(world, order.referenceId, 'pay');
    const { transactionId: second } = await personActs(world, order.referenceId, 'pay');
    const seen = await hands.read(order.id);
    expect(seen).toMatchObject({
      ...{ status: 'PAID', transactionId },
      problem: { code: 'INVALID_TRANSITION', message: expect.stringContaining('paid twice') },
      notices: [
        { transactionId, problem: null },
        { transactionId: second, problem: { message: expect.stringContaining('paid twice') } },
      ],
    });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'PAID', 'ORDER', 'FLAGGED']);
    expect(await receiptsOf(order)).toEqual([1]);
    const settled = await hands.acceptNotice(seen.notices[1].id, 'It was paid back.');
    expect(settled).toMatchObject({ status: 'PAID', transactionId, problem: null });
    expect(settled.notices[1].acceptedAt).toBe(clock.now().toISOString());
  });

  it.each(RAILS)('of %s that names another order than its card’s changes neither', async (rail) => {
    const [order, other] = [await asked(rail), await asked(rail)];
    expect(await paidAt(rail, order, { referenceId: other.referenceId })).toBe(200);
    const seen = await hands.read(order.id);
    expect(seen).toMatchObject({
      ...{ status: 'PENDING', problem: { code: 'INVALID_INPUT' } },
      notices: [{ status: 'PAID', problem: { message: expect.stringContaining(other.referenceId) } }],
    });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'FLAGGED']);
    const untouched = await hands.read(other.id);
    expect(untouched).toMatchObject({ status: 'PENDING', problem: null, notices: [] });
    expect(paymentEvents(untouched)).toEqual(['CREATED']);
    expect(await receiptsOf(order, other)).toEqual([0, 0]);
  });

  it('of Exotel about the message that shows where the order stands is flagged, and pays nothing', async () => {
    const order = await asked('EXOTEL');
    await hands.move(order.id, 'PROCESSING');
    await world.quiet();
    const messageId = cardOf(world, order.referenceId).statuses[0]?.messageId as string;
    // With the order's reference beside it, and without.
    for (const reference of [order.referenceId, null]) {
      const told = { messageId, to: order.to, reference, transactionId: 'tx-other', at: clock.now() };
      expect(await postExotelPayment(world.exotel.callbackUrl, told)).toBe(200);
    }
    await world.quiet();
    const flagged = await hands.read(order.id);
    const problem = { code: 'INVALID_INPUT', message: expect.stringContaining('another message') };
    expect(flagged).toMatchObject({ status: 'PENDING', problem, notices: [{ problem }, { problem }] });
    expect(paymentEvents(flagged)).toEqual(['CREATED', 'ORDER', 'FLAGGED', 'FLAGGED']);
    expect(await parked(messageId)).toBe(0);
    await paidAt('EXOTEL', order);
    expect(await hands.read(order.id)).toMatchObject({ status: 'PAID', transactionId: 'tx-1', problem: null });
  });

  it('by another project’s account says nothing of this one’s orders, nor may that project', async () => {
    const theirs = { accountSid: 'another-shop', apiKey: 'k', apiToken: 't' };
    world.simulator.configure({ accounts: [{ kind: 'EXOTEL', ...theirs }] });
    const call = graphql(world.gateway.url, (await makeProject(world.call, ['ADMIN'])).key.secret);
    const { callbackUrl } = await connectExotel(call, world.simulator.url, { credentials: theirs });
    const { id, messageId, to, referenceId: reference } = await asked('EXOTEL');
    const told = { messageId, to, reference, transactionId: 'tx-1', at: clock.now() };
    expect(await postExotelPayment(callbackUrl, told)).toBe(200);
    await world.quiet();
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', notices: [], problem: null });
    await hands.record(id, { amount: 1 });
    const [notice] = (await hands.read(id)).notices;
    const others = paymentHands(handsOf(call).ask);
    expect(await others.read(id)).toBe(null);
    for (const refused of [
      ...[await others.record(id, { amount: TOTAL }), await others.move(id, 'SHIPPED'), await others.refresh(id)],
      ...[await others.resend(id), await others.cancel(id), await others.acceptNotice(notice.id)],
    ])
      expect(refused).toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each(RAILS)('of %s about an order that was canceled makes it PAID, and says so', async (rail) => {
    const order = await asked(rail);
    expect(await hands.cancel(order.id)).toMatchObject({ status: 'CANCELED', orderStatus: 'CANCELED' });
    const { transactionId } = await personActs(world, order.referenceId, 'pay');
    const seen = await hands.read(order.id);
    expect(seen).toMatchObject({
      ...{ status: 'PAID', orderStatus: 'CANCELED', transactionId, messages: [{ content: { text: 'Your order' } }] },
      problem: { code: 'INVALID_TRANSITION', message: expect.stringContaining('canceled') },
    });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'ORDER', 'CANCELED', 'PAID']);
    expect(await receiptsOf(order)).toEqual([0]);
  });
});

describe('an order of which Exotel’s answer never came', () => {
  const paid = { transactionId: 'tx-echo', reference: null };

  /** One that Exotel has, with the attempt that it was asked to name. */
  async function unconfirmed(): Promise<{ readonly id: string; readonly to: string; readonly echo: string }> {
    world.simulator.configure({ faults: [{ kind: 'EXOTEL', next: 1, behaviour: { line: 'dropped', sent: true } }] });
    const input = chatOrder({ accountId: world.exotel.id });
    const { id, messages } = await hands.create(input);
    await world.quiet();
    const { status, attempts } = await world.message(messages[0].id);
    expect(status).toBe('UNCONFIRMED');
    return { id, to: input.to, echo: uuidOf('att', attempts[0].id) as string };
  }

  it('is PAID by a word that names its attempt, whatever id it gives the message', async () => {
    const { id, ...named } = await unconfirmed();
    const told = { ...named, ...paid, messageId: 'sid-never-heard-of', at: clock.now() };
    expect(await postExotelPayment(world.exotel.callbackUrl, told)).toBe(200);
    await world.quiet();
    const seen = await hands.read(id);
    expect(seen).toMatchObject({
      status: 'PAID',
      transactionId: 'tx-echo',
      problem: null,
      notices: [{ problem: null }],
    });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'PAID']);
  });

  it('is not by one that names the attempt and another person, nor by one that names the order alone', async () => {
    const { id, to, echo } = await unconfirmed();
    const { referenceId } = await hands.read(id);
    const ofAnother = { messageId: 'sid-of-another', to: '+919812999999', reference: null, echo };
    const ofNobody = { messageId: 'sid-of-nobody', to, reference: referenceId };
    for (const told of [ofAnother, ofNobody]) {
      const post = { transactionId: 'tx-2', at: clock.now(), ...told };
      expect(await postExotelPayment(world.exotel.callbackUrl, post)).toBe(200);
      await expectParked(told.messageId, { id });
    }
  });
});

describe('Meta’s word at one number’s address', () => {
  const OTHER_APP = { phoneNumberId: '206540352242922', appSecret: 'another_app_secret' };
  /** A number of another app, of the same project. */
  let other: ConnectedAccount;
  beforeAll(async () => {
    const { simulator, call } = world;
    const its = { ...META_CREDENTIALS, ...OTHER_APP, businessAccountId: '202290129340398' };
    simulator.configure({ accounts: [{ ...its, kind: 'META', outsideWindow: 'goes out' }] });
    other = await connectMeta(call, simulator.url, { name: 'Another app', credentials: its });
  });

  const toldOf = ({ messageId, to, referenceId: reference }: Asked, transactionId = 'tx-named') => ({
    ...{ messageId, to, reference, transactionId, at: clock.now() },
  });

  it.each([
    ['that is no account’s', 'first', '999999999999999'],
    ['of another app', 'first', OTHER_APP.phoneNumberId],
    ['of another app, about an order of that', 'other', OTHER_APP.phoneNumberId],
  ] as const)(
    'that is signed and right but names a number %s waits, and is not believed',
    async (_what, whose, named) => {
      const order = await asked('META', whose === 'other' ? { accountId: other.id } : {});
      expect(await postMetaPayment(world.meta.callbackUrl, toldOf(order), { phoneNumberId: named })).toBe(200);
      await expectParked(order.messageId, order);
      // But for the number there was nothing wrong with it.
      const [url, how] = whose === 'other' ? [other.callbackUrl, OTHER_APP] : [world.meta.callbackUrl, {}];
      expect(await postMetaPayment(url, toldOf(order), how)).toBe(200);
      await world.quiet();
      expect(await hands.read(order.id)).toMatchObject({ status: 'PAID', transactionId: 'tx-named', problem: null });
    },
  );

  it('about an order that another app’s number asked for is flagged', async () => {
    const order = await asked('META');
    expect(await postMetaPayment(other.callbackUrl, toldOf(order), OTHER_APP)).toBe(200);
    await world.quiet();
    const seen = await hands.read(order.id);
    const problem = { code: 'INVALID_INPUT', message: expect.stringContaining('another account') };
    expect(seen).toMatchObject({ status: 'PENDING', transactionId: null, problem, notices: [{ problem }] });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'FLAGGED']);
  });
});

describe('Meta’s word of another amount', () => {
  it.each([
    ['a rupee less', { value: TOTAL - 100 }],
    ['a hundredth more', { value: TOTAL + 1 }],
    ['another currency', { currency: 'IDR' }],
  ])('%s, is flagged, and accepted by a person', async (_what, how) => {
    const order = await asked('META');
    const { messageId, to, referenceId: reference } = order;
    const told = { messageId, to, reference, transactionId: 'tx-odd', at: clock.now() };
    expect(await postMetaPayment(world.meta.callbackUrl, told, how)).toBe(200);
    await world.quiet();
    const flagged = await hands.read(order.id);
    expect(flagged).toMatchObject({
      ...{ status: 'PENDING', orderStatus: 'PENDING', transactionId: null, problem: { code: 'AMOUNT_MISMATCH' } },
      notices: [{ status: 'PAID', transactionId: 'tx-odd', problem: { code: 'AMOUNT_MISMATCH' }, acceptedAt: null }],
    });
    expect(paymentEvents(flagged)).toEqual(['CREATED', 'FLAGGED']);
    expect(await receiptsOf(order)).toEqual([0]);

    const [notice] = flagged.notices;
    expect(await hands.acceptNotice(notice.id, ' ')).toMatchObject({ code: 'INVALID_INPUT', field: 'reason' });
    clock.advance(MINUTE);
    const accepted = await hands.acceptNotice(notice.id);
    expect(accepted).toMatchObject({
      ...{ status: 'PAID', orderStatus: 'PROCESSING', transactionId: 'tx-odd', problem: null },
      notices: [{ acceptedAt: clock.now().toISOString() }],
    });
    expect(paymentEvents(accepted)).toEqual(['CREATED', 'FLAGGED', 'PAID', 'ORDER']);
    expect(await hands.acceptNotice(notice.id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    expect(await receiptsOf(order)).toEqual([1]);
  });

  it('is followed by the right one, which is believed; there is nothing to accept of that', async () => {
    const order = await asked('META');
    const { messageId, to, referenceId: reference } = order;
    const told = { messageId, to, reference, transactionId: 'tx-odd', at: clock.now() };
    await postMetaPayment(world.meta.callbackUrl, told, { value: 1 });
    const { transactionId } = await personActs(world, order.referenceId, 'pay');
    const seen = await hands.read(order.id);
    expect(seen).toMatchObject({ status: 'PAID', transactionId, problem: null });
    expect(await hands.acceptNotice(seen.notices[1].id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    expect(await hands.acceptNotice('ntc_0190a0a0000070008000000000000001')).toMatchObject({
      ...{ code: 'NOT_FOUND', field: 'id' },
    });
  });
});

describe('what reached the merchant alone', () => {
  it('is believed where the amount is the order’s, with how and when it was paid', async () => {
    const order = await asked('EXOTEL', {}, BY_UPI);
    const paidTime = later(clock.now(), -10 * MINUTE).toISOString();
    const word = { amount: TOTAL, transactionId: 'utr-1', paidWith: 'upi', paidAt: paidTime };
    const recorded = await hands.record(order.id, word);
    expect(recorded).toMatchObject({
      ...{ __typename: 'Payment', status: 'PAID', orderStatus: 'PROCESSING', transactionId: 'utr-1', paidWith: 'upi' },
      ...{ paidAt: paidTime, notices: [{ status: 'PAID', problem: null, receivedAt: clock.now().toISOString() }] },
    });
    const again = await hands.record(order.id, word);
    expect(again).toMatchObject({ status: 'PAID', notices: recorded.notices, events: recorded.events, problem: null });
    // The rail tells of the same transaction too.
    await paidAt('EXOTEL', order, { transactionId: 'utr-1' });
    expect(await hands.read(order.id)).toMatchObject({ status: 'PAID', problem: null });
    expect(await receiptsOf(order)).toEqual([1]);
  });

  it.each([
    ['another amount', { amount: TOTAL - 1 }],
    ['another currency', { amount: TOTAL, currency: 'USD' }],
  ])('is flagged with %s, and may be accepted', async (_what, word) => {
    const order = await asked('EXOTEL');
    const flagged = await hands.record(order.id, { transactionId: 'utr-2', ...word });
    expect(flagged).toMatchObject({ __typename: 'Payment', status: 'PENDING', problem: { code: 'AMOUNT_MISMATCH' } });
    expect(paymentEvents(flagged)).toEqual(['CREATED', 'FLAGGED']);
    expect(await hands.acceptNotice(flagged.notices[0].id)).toMatchObject({ status: 'PAID', transactionId: 'utr-2' });
    expect(await receiptsOf(order)).toEqual([1]);
  });

  it('is paid twice where it is told twice without a transaction, and beside the rail’s own', async () => {
    const [cash, both] = [await asked('EXOTEL'), await asked('EXOTEL')];
    await hands.record(cash.id, { amount: TOTAL, paidWith: 'cash' });
    await personActs(world, both.referenceId, 'pay');
    for (const { id } of [cash, both]) {
      const again = await hands.record(id, { amount: TOTAL, paidWith: 'cash' });
      expect(again).toMatchObject({ status: 'PAID', problem: { message: expect.stringContaining('paid twice') } });
      expect(paymentEvents(again)).toEqual(['CREATED', 'PAID', 'ORDER', 'FLAGGED']);
    }
    expect(await receiptsOf(cash, both)).toEqual([1, 1]);
  });

  it('may be that money is on its way, that it failed, and that it was paid back', async () => {
    const { id } = await asked('EXOTEL');
    const steps: string[] = [];
    for (const status of ['PROCESSING', 'FAILED', 'PAID', 'REFUNDED']) {
      const recorded = await hands.record(id, { amount: TOTAL, status, transactionId: 'utr-3' });
      steps.push(recorded.status);
    }
    expect(steps).toEqual(['PROCESSING', 'FAILED', 'PAID', 'REFUNDED']);
    expect(await hands.record(id, { amount: TOTAL, status: 'FAILED', transactionId: 'utr-4' })).toMatchObject({
      ...{ status: 'REFUNDED' },
    });
  });

  it.each([
    ['a payment that there is not', { paymentId: 'pay_0190a0a0000070008000000000000001' }, 'NOT_FOUND', 'paymentId'],
    ['a state that no money has', { status: 'EXPIRED' }, 'INVALID_INPUT', 'status'],
    ['a time to come', { paidAt: '2026-03-02T00:00:00Z' }, 'INVALID_INPUT', 'paidAt'],
    ['an empty transaction', { transactionId: ' ' }, 'INVALID_INPUT', 'transactionId'],
  ])('is refused with %s, and nothing is kept', async (_what, change, code, field) => {
    const { id } = await asked('EXOTEL');
    const before = await world.counts('payment_notices', 'events');
    expect(await hands.record(id, { amount: TOTAL, ...change })).toMatchObject({ code, field });
    expect(await world.counts('payment_notices', 'events')).toEqual(before);
  });
});

describe('two gateways on one database', () => {
  it('that hear of one payment at the same time set it PAID once, with one receipt', async () => {
    const other = await world.gateway.beside();
    for (const rail of RAILS) {
      const orders = [await asked(rail), await asked(rail), await asked(rail)];
      const url = accounts[rail].callbackUrl as string;
      const urls = [url, `${other.url}${new URL(url).pathname}`];
      const post = { EXOTEL: postExotelPayment, META: postMetaPayment }[rail];
      const statuses = await Promise.all(
        orders.flatMap(({ messageId, to, referenceId: reference }) =>
          [...urls, ...urls, ...urls].map((to_) =>
            post(to_, { messageId, to, reference, transactionId: 'tx-both', at: clock.now() }),
          ),
        ),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      await world.quiet();
      for (const order of orders) {
        const seen = await hands.read(order.id);
        expect(seen).toMatchObject({ status: 'PAID', transactionId: 'tx-both', problem: null });
        expect(seen.notices).toHaveLength(1);
        expect(paymentEvents(seen)).toEqual(['CREATED', 'PAID', 'ORDER']);
      }
      expect(await receiptsOf(...orders)).toEqual([1, 1, 1]);
    }
    await other.close();
  });
});
