import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { type Behaviour } from '../../src/simulator/behaviour.js';
import { ClockTimers, MortalClock, timeoutsBy } from '../chaos/clock-time.js';
import { bury, killDatabase } from '../chaos/kill.js';
import {
  addCheckoutTemplates,
  atDoku,
  callsToDoku,
  CHECKOUT,
  checkoutOrder,
  enterAtDoku,
  happens,
  leaveOutAtDoku,
  LINK,
  LINK_TEMPLATE,
  orderAtDoku,
  PRICE,
  readByPerson,
  RECEIPT,
  RECEIPT_TEMPLATE,
  STATUS,
} from '../support/checkouts.js';
import { onFreePort, startGateway } from '../support/gateway.js';
import { ManualClock } from '../support/manual-clock.js';
import { type PaymentHands, paymentEvents, paymentHands } from '../support/payments.js';
import { until } from '../support/until.js';
import { DOKU_CREDENTIALS, handsOf, startWorld, type World } from '../support/world.js';

const VIRTUAL_ACCOUNT = 'VIRTUAL_ACCOUNT_BCA';
const ENCRYPTION_KEY = randomBytes(32).toString('base64');

const clock = new ManualClock();
let undo: () => void;
let world: World;
let hands: PaymentHands;
beforeAll(async () => {
  undo = timeoutsBy(clock);
  world = await startWorld({ clock, timers: new ClockTimers(clock), doku: {}, env: { ENCRYPTION_KEY } });
  hands = paymentHands(world.ask);
  await addCheckoutTemplates(world);
});
afterAll(async () => {
  await world.close();
  undo();
});
beforeEach(() => leaveOutAtDoku(world));
afterEach(() => world.simulator.clearFaults());

const answerWith = (on: 'payment' | 'inquiry', behaviour: Behaviour, next?: number): void =>
  world.simulator.configure({ faults: [{ kind: 'DOKU', on, behaviour, ...(next !== undefined && { next }) }] });
/** Lets so long pass at once, and what is due by then be done. */
async function passes(ms: number): Promise<void> {
  await world.pass(ms - 2 * SECOND, ms);
  await world.pass(3 * SECOND);
}
/** How often DOKU was asked where the order stands. */
const questions = (invoice: string): number => callsToDoku(world, STATUS + invoice).length;

describe('a payment of which DOKU tells nothing', () => {
  it('is asked for after 5 minutes, then with pauses that double, once more at its end, and then never', async () => {
    const { id, referenceId, createdAt, expiresAt } = await hands.create(checkoutOrder());
    for (let minute = 0; minute < 60; minute += 5) await passes(5 * MINUTE);
    const minutes = callsToDoku(world, STATUS + referenceId).map(({ at }) =>
      Math.floor((at.getTime() - Date.parse(createdAt)) / MINUTE),
    );
    expect(minutes).toEqual([5, 15, 35, 60]);
    const expired = await hands.read(id);
    expect(expired).toMatchObject({ status: 'EXPIRED', paidAt: null });
    expect(paymentEvents(expired)).toEqual(['CREATED', 'EXPIRED']);
    expect(Date.parse(expired.events[1].occurredAt)).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    await passes(2 * DAY);
    expect(questions(referenceId)).toBe(4);
    expect(paymentEvents(await hands.read(id))).toEqual(['CREATED', 'EXPIRED']);
  });

  it('expires in time also where DOKU’s answer has no status of the order, or there is none', async () => {
    const account = { account: DOKU_CREDENTIALS.clientId };
    await atDoku(world.simulator.url, 'account', { ...account, orderStatus: false });
    const [asked, unanswered] = [await hands.create(checkoutOrder()), await hands.create(checkoutOrder())];
    await passes(59 * MINUTE);
    answerWith('inquiry', { refuse: { http: 503, code: null, message: '' } }, 1);
    await passes(2 * MINUTE);
    for (const { id, expiresAt } of [asked, unanswered]) {
      const expired = await hands.read(id);
      expect(expired).toMatchObject({ status: 'EXPIRED', problem: null, notices: [] });
      expect(expired.events[1]).toMatchObject({ type: 'PAYMENT_EXPIRED', occurredAt: expiresAt });
    }
    await atDoku(world.simulator.url, 'account', { ...account, orderStatus: true });
  });

  it('is found to be PAID, by its transaction where DOKU names one, and its receipt goes out', async () => {
    const { id, referenceId, to } = await hands.create(checkoutOrder({ receipt: RECEIPT }));
    await world.pass(MINUTE, MINUTE);
    const { transaction, note, posted } = await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT });
    expect({ note, posted }).toEqual({ note: expect.stringMatching(/notifies nobody/), posted: [] });
    await passes(3 * MINUTE);
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', notices: [] });
    await passes(MINUTE);
    const paid = await hands.readIn(id, 'PAID');
    expect(paid).toMatchObject({
      ...{ paidWith: VIRTUAL_ACCOUNT, transactionId: transaction!.reference, paidAt: transaction!.at, problem: null },
      notices: [{ status: 'PAID', amount: { value: PRICE }, proven: null, problem: null }],
    });
    await world.pass(SECOND);
    expect(readByPerson(world, to)).toEqual([[RECEIPT_TEMPLATE, 'Sri', referenceId, 'Rp150.000']]);
    await passes(2 * HOUR);
    expect(questions(referenceId)).toBe(1);
  });

  it('is found to be PAID by the last question, a moment before its time was over', async () => {
    const { id, referenceId } = await hands.create(checkoutOrder());
    await passes(58 * MINUTE);
    await happens(world, 'pay', referenceId, { channel: 'QRIS' });
    await passes(3 * MINUTE);
    const paid = await hands.read(id);
    expect(paid).toMatchObject({ status: 'PAID', paidWith: 'QRIS', problem: null });
    expect(paymentEvents(paid)).toEqual(['CREATED', 'PAID']);
  });

  it('is asked for after it FAILED too, until it is paid', async () => {
    const { id, referenceId } = await hands.create(checkoutOrder());
    await happens(world, 'fail', referenceId, { channel: VIRTUAL_ACCOUNT });
    await passes(5 * MINUTE);
    expect(await hands.read(id)).toMatchObject({ status: 'FAILED', problem: { code: 'PROVIDER_REJECTED' } });
    await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT });
    await passes(15 * MINUTE);
    expect(paymentEvents(await hands.read(id))).toEqual(['CREATED', 'FAILED', 'PAID']);
  });

  it.each<[string, Behaviour]>([
    ['a 500 of its own', { refuse: { http: 500, code: 'internal_server_error', message: '' } }],
    ['a 503 of a proxy', { refuse: { http: 503, code: null, message: '' } }],
    ['a 404', { refuse: { http: 404, code: 'data_not_found', message: 'not found' } }],
    ['a 401', { refuse: { http: 401, code: 'invalid_signature', message: '' } }],
    ['a page of HTML', { answer: 'html' }],
    ['half of an answer', { line: 'cut' }],
    ['nothing', { line: 'dropped' }],
  ])('says nothing by %s, and is asked for again', async (_what, behaviour) => {
    const { id, referenceId } = await hands.create(checkoutOrder());
    await happens(world, 'pay', referenceId);
    answerWith('inquiry', behaviour, 1);
    await passes(5 * MINUTE);
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', notices: [], problem: null });
    await passes(10 * MINUTE);
    expect(await hands.read(id)).toMatchObject({ status: 'PAID' });
    expect(questions(referenceId)).toBe(2);
  });

  it('is asked for at once where a person wants to know, who is told what was in the way', async () => {
    const { id, referenceId } = await hands.create(checkoutOrder());
    expect(await hands.refresh(id)).toMatchObject({ id, status: 'PENDING', notices: [] });
    await happens(world, 'pay', referenceId);
    answerWith('inquiry', { refuse: { http: 503, code: null, message: '' } }, 1);
    expect(await hands.refresh(id)).toMatchObject({ __typename: 'Problem', code: 'PROVIDER_UNAVAILABLE', field: 'id' });
    expect(await hands.refresh(id)).toMatchObject({ id, status: 'PAID' });
    expect(await hands.refresh(`pay_${'0'.repeat(32)}`)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });
});

describe('a payment of which DOKU tells and is asked', () => {
  /** A wallet: Check Status names no transaction, a notice of SNAP does. */
  const WALLET = { channel: 'EMONEY_OVO', snap: true };

  it('first asked, then told under its own name, was paid once; and by another one twice', async () => {
    const { id, referenceId, to } = await hands.create(checkoutOrder({ receipt: RECEIPT }));
    const { transaction } = await happens(world, 'pay', referenceId, WALLET);
    await passes(5 * MINUTE);
    const { requestId } = await orderAtDoku(world, referenceId);
    expect(await hands.read(id)).toMatchObject({ status: 'PAID', transactionId: requestId });
    await enterAtDoku(world, world.doku.id);
    await happens(world, 'resend', referenceId);
    const named = await hands.readWhen(id, ({ notices }) => notices.length === 2);
    expect(named).toMatchObject({ status: 'PAID', transactionId: transaction!.reference, problem: null });
    expect(paymentEvents(named)).toEqual(['CREATED', 'PAID', 'UPDATED']);
    await happens(world, 'pay', referenceId, { ...WALLET, transaction: 'another-one' });
    const twice = await hands.readWhen(id, ({ notices }) => notices.length === 3);
    expect(twice).toMatchObject({ status: 'PAID', transactionId: transaction!.reference });
    expect(twice.problem.message).toMatch(/paid twice/);
    await world.pass(SECOND);
    expect(readByPerson(world, to)).toHaveLength(1);
  });

  it('first told, then asked, was paid once', async () => {
    await enterAtDoku(world, world.doku.id);
    const { id, referenceId } = await hands.create(checkoutOrder());
    const { transaction } = await happens(world, 'pay', referenceId, WALLET);
    await hands.readIn(id, 'PAID');
    const refreshed = await hands.refresh(id);
    expect(refreshed).toMatchObject({ status: 'PAID', transactionId: transaction!.reference, problem: null });
    await happens(world, 'resend', referenceId);
    expect(paymentEvents(await hands.read(id))).toEqual(['CREATED', 'PAID']);
  });

  it.each([['first asked'], ['first told']])('%s, by a transaction that both name, was paid once', async (first) => {
    const { id, referenceId } = await hands.create(checkoutOrder());
    if (first === 'first told') await enterAtDoku(world, world.doku.id);
    const { transaction } = await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT });
    await hands.refresh(id);
    if (first === 'first asked') await enterAtDoku(world, world.doku.id);
    await happens(world, 'resend', referenceId);
    const paid = await hands.readWhen(id, ({ status, notices }) => status === 'PAID' && notices.length === 2);
    expect(paid).toMatchObject({ transactionId: transaction!.reference, problem: null });
    expect(paymentEvents(paid)).toEqual(['CREATED', 'PAID']);
  });

  it('while the gateway is away is told again after 30 minutes, 6 and 12 hours: PAID at the time when it was', async () => {
    answerWith('inquiry', { refuse: { http: 503, code: null, message: '' } });
    const { 'virtual-account': path = '' } = await enterAtDoku(world, world.doku.id);
    const port = await onFreePort((one) => Promise.resolve(one));
    const away = `http://127.0.0.1:${port}${new URL(path).pathname}`;
    await atDoku(world.simulator.url, 'account', { notificationUrls: { 'virtual-account': away } });
    const expiresAt = later(clock.now(), DAY).toISOString();
    const { id, referenceId } = await hands.create(checkoutOrder({ expiresAt, receipt: RECEIPT }));
    const { transaction } = await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT });
    await passes(30 * MINUTE);
    await passes(5 * HOUR);
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', notices: [] });
    const back = await world.gateway.beside({ env: { PORT: port, ROLE: 'api' } });
    await passes(30 * MINUTE);
    const paid = await hands.readIn(id, 'PAID');
    await back.close();
    expect(paid).toMatchObject({ paidAt: transaction!.at, transactionId: transaction!.reference, problem: null });
    expect(Date.parse(paid.notices[0].receivedAt) - Date.parse(paid.paidAt)).toBeGreaterThanOrEqual(6 * HOUR);
    const { notices } = await atDoku(world.simulator.url, `notices?invoice=${referenceId}`);
    expect(notices.map(({ httpStatus }: { httpStatus: number | null }) => httpStatus)).toEqual([200, null, null]);
  });
});

describe('a process that dies while DOKU opens a page', () => {
  it('is followed by another one, 30 s later: the page is opened once, and its link goes out', async () => {
    const mortal = new MortalClock(clock);
    const folder = await mkdtemp(join(tmpdir(), 'kurir-killed-'));
    const second = await startGateway({
      ...{ clock: mortal, databaseUrl: world.gateway.databaseUrl },
      env: { DATA_DIR: folder, ENCRYPTION_KEY, ADMIN_API_KEY: world.gateway.adminKey, ROLE: 'api' },
    });
    const input = { ...checkoutOrder({}, LINK), idempotencyKey: 'of the killed one' };
    answerWith('payment', { delayMs: 20 * SECOND }, 1);
    const before = callsToDoku(world, CHECKOUT).length;
    const lost = paymentHands(handsOf(second.call).ask)
      .create(input)
      .catch(() => 'never answered');
    await until(() => callsToDoku(world, CHECKOUT).length > before, 'DOKU is asked');
    killDatabase(second);
    mortal.kill();
    // Its call ends, and it can write nothing of that.
    clock.advance(15 * SECOND);
    await bury(second);
    expect(await lost).toBe('never answered');
    await passes(13 * SECOND);
    expect(await hands.readByReference(input.referenceId)).toBe(null);
    expect((await world.ask('{ payments { edges { node { referenceId } } } }')).payments.edges).not.toContainEqual({
      node: { referenceId: input.referenceId },
    });
    await passes(5 * SECOND);
    const { url, requestId } = await orderAtDoku(world, input.referenceId);
    const followed = await hands.readByReference(input.referenceId);
    expect(followed).toMatchObject({
      status: 'PENDING',
      checkoutUrl: url,
      messages: [{ content: { params: ['Sri', url] } }],
    });
    expect(paymentEvents(followed)).toEqual(['CREATED']);
    expect(callsToDoku(world, CHECKOUT).slice(before)).toMatchObject([
      { requestId, outcome: 'created' },
      { requestId, outcome: 'repeated' },
    ]);
    // Whoever asked for it and heard nothing asks again, with its key.
    expect(await hands.create(input)).toMatchObject({ id: followed.id, checkoutUrl: url });
    await world.pass(SECOND);
    expect(readByPerson(world, input.to)).toEqual([[LINK_TEMPLATE, 'Sri', url]]);
    await rm(folder, { recursive: true, force: true });
  });
});
