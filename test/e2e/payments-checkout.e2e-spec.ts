import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { later, MINUTE, SECOND } from '../../src/common/clock.js';
import { type Behaviour } from '../../src/simulator/behaviour.js';
import { ClockTimers, timeoutsBy } from '../chaos/clock-time.js';
import {
  addCheckoutTemplates,
  callbackUrlsOf,
  callsToDoku,
  CHECKOUT,
  checkoutOrder,
  clickThrough,
  costing,
  enterAtDoku,
  happens,
  LINK,
  LINK_TEMPLATE,
  orderAtDoku,
  PRICE,
  readByPerson,
  RECEIPT,
  RECEIPT_TEMPLATE,
  SHIPPED_TEMPLATE,
} from '../support/checkouts.js';
import { ManualClock } from '../support/manual-clock.js';
import { type PaymentHands, paymentEvents, paymentHands } from '../support/payments.js';
import { callDoku } from '../support/simulator-peers.js';
import { until } from '../support/until.js';
import { addTemplate, handsOf, magic, startWorld, type World } from '../support/world.js';

const TABLES = ['payments', 'payment_references', 'payment_messages', 'messages', 'idempotency_keys', 'events'];

const clock = new ManualClock();
let undo: () => void;
let world: World;
let hands: PaymentHands;
beforeAll(async () => {
  undo = timeoutsBy(clock);
  world = await startWorld({ clock, timers: new ClockTimers(clock), doku: {} });
  hands = paymentHands(world.ask);
  await addCheckoutTemplates(world);
  await enterAtDoku(world, world.doku.id);
});
afterAll(async () => {
  await world.close();
  undo();
});
// Messages of before may still be on their way to Wappin.
beforeEach(() => world.quiet());
afterEach(() => world.simulator.clearFaults());

const answerWith = (behaviour: Behaviour, next?: number): void =>
  world.simulator.configure({
    faults: [{ kind: 'DOKU', on: 'payment', behaviour, ...(next !== undefined && { next }) }],
  });
const asked = (): number => callsToDoku(world, CHECKOUT).length;
/** Wappin tells of a message within so long. */
const toldOf = (): Promise<void> => world.pass(4 * SECOND);

describe('a payment by a page', () => {
  it('is answered with the page, whose link goes out as the last value of its template', async () => {
    const input = checkoutOrder({ customerName: 'Sri' }, LINK);
    const payment = await hands.create(input);
    const { url, amount } = await orderAtDoku(world, input.referenceId);
    expect(payment).toMatchObject({
      ...{ __typename: 'Payment', status: 'PENDING', orderStatus: 'PENDING', checkoutUrl: url, problem: null },
      ...{ to: input.to, customerName: 'Sri', total: { value: PRICE, currency: 'IDR', decimals: 0 } },
      ...{ expiresAt: later(clock.now(), 60 * MINUTE).toISOString(), account: { id: world.doku.id, kind: 'DOKU' } },
      ...{ transactionId: null, paidWith: null, paidAt: null, notices: [] },
      messages: [{ reference: input.referenceId, content: { params: ['Sri', url] }, payment: { id: payment.id } }],
    });
    expect(amount).toBe(PRICE);
    expect(paymentEvents(payment)).toEqual(['CREATED']);
    await toldOf();
    expect(readByPerson(world, input.to)).toEqual([[LINK_TEMPLATE, 'Sri', url]]);
    const [message] = (await hands.read(payment.id)).messages;
    const told = message.events.map(({ type }: { type: string }) => type.replace('MESSAGE_', ''));
    expect(told).toEqual(['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ']);
  });

  it('is told in one query: the message and how far it came, the link, PAID, the receipt', async () => {
    const { id, checkoutUrl } = await hands.create(checkoutOrder({ receipt: RECEIPT }, LINK));
    await toldOf();
    expect(await clickThrough(checkoutUrl, 'VIRTUAL_ACCOUNT_BCA', 'pay')).toEqual(['choose', 'pay', 'paid']);
    await hands.readIn(id, 'PAID');
    await world.pass(SECOND);
    await toldOf();
    const { payment } = await world.ask(
      `query ($id: ID!) { payment(id: $id) { referenceId checkoutUrl status events { id type }
        messages { status content { ... on TemplateContent { params text } } events { id type } } } }`,
      { id },
    );
    const [link, receipt] = payment.messages;
    expect(payment).toMatchObject({ status: 'PAID', checkoutUrl: expect.stringMatching(/^http/) });
    expect(link.content.params).toEqual(['Sri', payment.checkoutUrl]);
    expect(receipt.content.params).toEqual(['Sri', payment.referenceId, 'Rp150.000']);
    const events: { id: string; type: string }[] = [payment, link, receipt].flatMap((one) => one.events);
    expect(events.toSorted((one, other) => Number(one.id) - Number(other.id)).map(({ type }) => type)).toEqual([
      'PAYMENT_CREATED',
      ...['MESSAGE_QUEUED', 'MESSAGE_SUBMITTED', 'MESSAGE_SENT', 'MESSAGE_DELIVERED', 'MESSAGE_READ'],
      'PAYMENT_PAID',
      ...['MESSAGE_QUEUED', 'MESSAGE_SUBMITTED', 'MESSAGE_SENT', 'MESSAGE_DELIVERED', 'MESSAGE_READ'],
    ]);
  });

  it('is PAID by a person who clicks through it, with the channel and the transaction, and sends one receipt', async () => {
    const input = checkoutOrder({ receipt: RECEIPT });
    const { id, checkoutUrl } = await hands.create(input);
    const subscription = world.gateway.subscribe<any>(
      'subscription ($id: ID!) { paymentUpdated(id: $id) { status paidWith } }',
      { id },
    );
    await subscription.connected;
    expect((await subscription.next()).paymentUpdated).toEqual({ status: 'PENDING', paidWith: null });
    const paidAt = clock.now().toISOString();
    await clickThrough(checkoutUrl, 'VIRTUAL_ACCOUNT_BCA', 'pay');
    const paid = await hands.readIn(id, 'PAID');
    expect((await subscription.next()).paymentUpdated).toEqual({ status: 'PAID', paidWith: 'VIRTUAL_ACCOUNT_BCA' });
    await subscription.stop();
    const [{ reference: transactionId }] = (await orderAtDoku(world, input.referenceId)).transactions;
    expect(paid).toMatchObject({ transactionId, paidWith: 'VIRTUAL_ACCOUNT_BCA', paidAt, problem: null });
    expect(paid.notices).toMatchObject([
      {
        ...{
          status: 'PAID',
          amount: { value: PRICE, currency: 'IDR' },
          transactionId,
          paidWith: 'VIRTUAL_ACCOUNT_BCA',
        },
        ...{ receivedAt: paidAt, proven: 'hmac-sha256', problem: null, acceptedAt: null },
      },
    ]);
    expect(paymentEvents(paid)).toEqual(['CREATED', 'PAID']);
    // Somebody presses "send again" in DOKU's back office.
    await happens(world, 'resend', input.referenceId);
    await toldOf();
    expect(readByPerson(world, input.to)).toEqual([[RECEIPT_TEMPLATE, 'Sri', input.referenceId, 'Rp150.000']]);
    expect(await hands.read(id)).toMatchObject({ orderStatus: 'PENDING', notices: [{ status: 'PAID' }] });
  });

  it('may fail on the page, and be paid there by another channel', async () => {
    const { id, checkoutUrl } = await hands.create(checkoutOrder());
    expect(await clickThrough(checkoutUrl, 'CREDIT_CARD', 'fail')).toEqual(['choose', 'pay', 'failed']);
    const failed = await hands.readIn(id, 'FAILED');
    expect(failed.problem).toMatchObject({
      code: 'PROVIDER_REJECTED',
      provider: { code: '05', message: 'DO NOT HONOR' },
    });
    expect(await clickThrough(`${checkoutUrl}?other`, 'QRIS', 'pay')).toEqual(['choose', 'pay', 'paid']);
    const paid = await hands.readIn(id, 'PAID');
    expect(paid).toMatchObject({ paidWith: 'QRIS', problem: { code: 'INVALID_TRANSITION' } });
    expect(paymentEvents(paid)).toEqual(['CREATED', 'FAILED', 'PAID']);
  });

  it('has the problem of its link while that does not arrive, and none once it is paid', async () => {
    const { id, referenceId } = await hands.create(checkoutOrder({ to: magic('601') }, LINK));
    await toldOf();
    const unreached = await hands.read(id);
    expect(unreached).toMatchObject({
      ...{ status: 'PENDING', messages: [{ status: 'FAILED' }] },
      problem: { code: 'NOT_ON_WHATSAPP', provider: { provider: 'WAPPIN', code: '601' } },
    });
    await happens(world, 'pay', referenceId);
    expect(await hands.readIn(id, 'PAID')).toMatchObject({ problem: null });
  });

  it('of Rp3.000.000.000 is one of a number as any other', async () => {
    const input = checkoutOrder({ ...costing(3_000_000_000), receipt: RECEIPT });
    const { id, total, checkoutUrl } = await hands.create(input);
    expect(total.value).toBe(3_000_000_000);
    expect(await (await fetch(checkoutUrl)).text()).toContain('Rp3.000.000.000<');
    await happens(world, 'pay', input.referenceId, { channel: 'VIRTUAL_ACCOUNT_BCA' });
    const paid = await hands.readIn(id, 'PAID');
    expect(paid.notices).toMatchObject([{ amount: { value: 3_000_000_000 }, problem: null }]);
    await toldOf();
    expect(readByPerson(world, input.to)).toEqual([[RECEIPT_TEMPLATE, 'Sri', input.referenceId, 'Rp3.000.000.000']]);
  });

  it('asks for the total, where there is tax, shipping or a discount, and offers the methods that were named', async () => {
    const { order } = costing(PRICE) as { order: object };
    const input = checkoutOrder(
      { order: { ...order, tax: 16_500, shipping: 20_000, discount: 6_500, total: 180_000 } },
      { methods: ['QRIS', 'EMONEY_OVO'], callbackUrl: 'https://toko.example/terima-kasih' },
    );
    const { checkoutUrl } = await hands.create(input);
    expect(await orderAtDoku(world, input.referenceId)).toMatchObject({
      ...{ amount: 180_000, methods: ['QRIS', 'EMONEY_OVO'], overrideUrl: null },
    });
    expect(await (await fetch(checkoutUrl)).text()).toContain('href="https://toko.example/terima-kasih"');
  });
});

describe('a page that is asked for twice', () => {
  it('with one key at once is one page and one message', async () => {
    const input = checkoutOrder({ idempotencyKey: 'order 4711' }, LINK);
    const before = asked();
    const [first, ...others] = await Promise.all([hands.create(input), hands.create(input), hands.create(input)]);
    expect(first).toMatchObject({ checkoutUrl: expect.any(String), messages: [{}] });
    for (const other of [...others, await hands.create(input)]) expect(other).toMatchObject({ id: first.id });
    expect(asked()).toBe(before + 1);
    const conflict = await hands.create({ ...input, ...costing(PRICE + 1) });
    expect(conflict).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', field: 'idempotencyKey' });
  });

  it('under one reference is refused the second time, and DOKU is not asked', async () => {
    const input = checkoutOrder();
    await hands.create(input);
    const before = { asked: asked(), ...(await world.counts(...TABLES)) };
    const again = await hands.create({ ...input, idempotencyKey: 'another' });
    expect(again).toMatchObject({ code: 'DUPLICATE_REFERENCE', field: 'referenceId', provider: null });
    expect({ asked: asked(), ...(await world.counts(...TABLES)) }).toEqual(before);
  });
});

describe('a payment that is wrong', () => {
  it.each<[string, string, () => Record<string, unknown>]>([
    ['AMOUNT_MISMATCH', 'order.total', () => ({ order: { ...(costing(PRICE) as any).order, total: PRICE + 1 } })],
    ['INVALID_INPUT', 'expiresAt', () => ({ expiresAt: later(clock.now(), 299 * SECOND).toISOString() })],
    ['INVALID_INPUT', 'referenceId', () => ({ referenceId: 'INV 1' })],
    ['INVALID_INPUT', 'receipt.body', () => ({ receipt: { body: 'Terima kasih' } })],
    ['TEMPLATE_PARAMS_MISMATCH', 'via.checkout.linkTemplate.params', () => withLink({ params: ['Sri', 'https://…'] })],
    ['TEMPLATE_PARAMS_MISMATCH', 'via.checkout.linkTemplate.params', () => withLink({ params: [] })],
    ['TEMPLATE_NOT_FOUND', 'via.checkout.linkTemplate.name', () => withLink({ name: 'nobodys' })],
    ['TEMPLATE_PARAMS_MISMATCH', 'receipt.template.params', () => withReceipt({ params: [] })],
    ['TEMPLATE_NOT_FOUND', 'receipt.template.name', () => withReceipt({ name: 'nobodys' })],
    ['UNSUPPORTED_BY_PROVIDER', 'accountId', () => ({ accountId: world.wappin.id })],
    ['NOT_FOUND', 'accountId', () => ({ accountId: `acc_${'0'.repeat(32)}` })],
  ])('is %s at %s before DOKU is asked, and nothing is stored (%#)', async (code, field, change) => {
    const before = { asked: asked(), ...(await world.counts(...TABLES)) };
    const refused = await hands.create({ ...checkoutOrder(), idempotencyKey: 'a key', ...change() });
    expect(refused).toMatchObject({ __typename: 'Problem', code, field });
    expect({ asked: asked(), ...(await world.counts(...TABLES)) }).toEqual(before);
  });

  const withLink = (change: object): Record<string, unknown> => ({
    via: { checkout: { linkTemplate: { ...LINK.linkTemplate, ...change } } },
  });
  const withReceipt = (change: object): Record<string, unknown> => ({
    receipt: { template: { ...RECEIPT.template, ...change } },
  });
});

describe('an account that is switched off', () => {
  it('opens no pages, and is named in the answer', async () => {
    const enable = (enabled: boolean): Promise<unknown> =>
      world.ask(
        'mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename } }',
        { id: world.doku.id, input: { enabled } },
      );
    await enable(false);
    const before = asked();
    const named = await hands.create(checkoutOrder({ accountId: world.doku.id }));
    expect(named).toMatchObject({ code: 'NO_ROUTE', field: 'accountId', message: expect.stringContaining('DOKU') });
    expect(await hands.create(checkoutOrder())).toMatchObject({ code: 'NO_ROUTE' });
    expect(asked()).toBe(before);
    await enable(true);
    expect(await hands.create(checkoutOrder())).toMatchObject({ __typename: 'Payment' });
  });
});

describe('a page that DOKU refuses', () => {
  it('is a Problem in DOKU’s words that leaves nothing behind: reference and key are free again', async () => {
    const input = { ...checkoutOrder({}, LINK), idempotencyKey: 'refused once' };
    const before = await world.counts(...TABLES);
    answerWith({ refuse: { http: 400, code: 'invalid_parameter', message: 'payment_method_types is not active' } }, 1);
    expect(await hands.create(input)).toMatchObject({
      ...{ __typename: 'Problem', code: 'PROVIDER_REJECTED', field: null, retryAt: null },
      provider: { message: 'payment_method_types is not active', retryable: false },
    });
    expect(await world.counts(...TABLES)).toEqual(before);
    expect(await hands.readByReference(input.referenceId)).toBe(null);
    expect(await hands.create(input)).toMatchObject({ __typename: 'Payment', checkoutUrl: expect.any(String) });
  });

  it('is one too where an order that is not ours has the number', async () => {
    const input = checkoutOrder();
    const order = { amount: 1, invoice_number: input.referenceId };
    const body = JSON.stringify({ order, payment: { payment_due_date: 60 } });
    await callDoku(world.simulator.url, CHECKOUT, { body, requestId: crypto.randomUUID() });
    const before = await world.counts(...TABLES);
    expect(await hands.create(input)).toMatchObject({
      ...{ code: 'PROVIDER_REJECTED', provider: { message: 'order.invoice_number has already been used' } },
    });
    expect(await world.counts(...TABLES)).toEqual(before);
  });

  it('for its credentials stops no messages: a client may have the one product and not the other', async () => {
    answerWith({ refuse: { http: 401, code: 'invalid_signature', message: 'Invalid Signature' } }, 1);
    expect(await hands.create(checkoutOrder())).toMatchObject({
      ...{ code: 'PROVIDER_AUTH_FAILED', provider: { code: 'invalid_signature' } },
    });
    const { providerAccount } = await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', {
      id: world.doku.id,
    });
    expect(providerAccount.health).not.toBe('FAILING');
    expect(await hands.create(checkoutOrder())).toMatchObject({ checkoutUrl: expect.any(String) });
  });
});

describe('a page that DOKU gives no answer about', () => {
  it('is answered without its link within 15 s, and the link follows by the same request: one order at DOKU', async () => {
    answerWith({ delayMs: 20 * SECOND }, 1);
    const input = checkoutOrder({}, LINK);
    const before = callsToDoku(world, CHECKOUT).length;
    const answer = hands.create(input);
    await until(() => asked() > before, 'DOKU is asked');
    clock.advance(15 * SECOND);
    const { id, ...payment } = await answer;
    expect(payment).toMatchObject({ status: 'PENDING', checkoutUrl: null, messages: [], problem: null });
    await world.pass(10 * SECOND);
    const { url, requestId } = await orderAtDoku(world, input.referenceId);
    const followed = await hands.read(id);
    expect(followed).toMatchObject({ checkoutUrl: url, messages: [{ content: { params: ['Sri', url] } }] });
    expect(paymentEvents(followed)).toEqual(['CREATED', 'UPDATED']);
    // DOKU takes another body under a used Request-Id for another request, and refuses that.
    expect(callsToDoku(world, CHECKOUT).slice(before)).toMatchObject([
      { requestId, outcome: 'created' },
      { requestId, outcome: 'repeated', httpStatus: 409 },
    ]);
  });

  it.each<[string, Behaviour]>([
    ['a 500 of its own', { refuse: { http: 500, code: 'internal_server_error', message: '' } }],
    ['a 500 of a proxy, and the page is made', { refuse: { http: 500, code: null, message: '' }, sent: true }],
    ['a 503', { refuse: { http: 503, code: null, message: '' } }],
    ['a 429', { refuse: { http: 429, code: 'too_many_requests', message: '' } }],
    ['a line that drops, and the page is made', { line: 'dropped', sent: true }],
    ['a line that drops', { line: 'dropped', sent: false }],
    ['half of an answer', { line: 'cut' }],
    ['a page of HTML', { answer: 'html' }],
    ['a success without a link', { answer: 'empty' }],
  ])('but %s has its link soon, of one order', async (_what, behaviour) => {
    answerWith(behaviour, 1);
    const input = checkoutOrder({}, LINK);
    const before = { asked: asked(), made: world.simulator.ledger.counts({ kind: 'DOKU' }).created };
    const { id, ...payment } = await hands.create(input);
    expect(payment).toMatchObject({ __typename: 'Payment', status: 'PENDING', checkoutUrl: null, messages: [] });
    expect(await hands.resend(id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    await world.pass(3 * SECOND);
    const { url, requestId } = await orderAtDoku(world, input.referenceId);
    expect(await hands.read(id)).toMatchObject({ checkoutUrl: url, messages: [{}], problem: null });
    const calls = callsToDoku(world, CHECKOUT).slice(before.asked);
    expect(calls.map((call) => call.requestId)).toEqual([requestId, requestId]);
    expect(world.simulator.ledger.counts({ kind: 'DOKU' }).created).toBe(before.made + 1);
  });

  it('is asked for ever more seldom, until its time is over', async () => {
    answerWith({ refuse: { http: 503, code: null, message: '' } });
    const before = asked();
    const expiresAt = later(clock.now(), 5 * MINUTE);
    const { id } = await hands.create(checkoutOrder({ expiresAt: expiresAt.toISOString() }));
    await world.pass(5 * MINUTE, 2 * SECOND);
    await world.pass(2 * SECOND);
    const times = callsToDoku(world, CHECKOUT)
      .slice(before)
      .map(({ at }) => at.getTime());
    const pauses = times.map((time, index) => time - (times[index - 1] ?? time)).slice(1);
    expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
    expect(pauses.length).toBeGreaterThanOrEqual(5);
    expect(pauses.length).toBeLessThan(15);
    expect(Math.max(...times)).toBeLessThan(expiresAt.getTime());
    const expired = await hands.read(id);
    expect(expired).toMatchObject({ status: 'EXPIRED', checkoutUrl: null });
    expect(paymentEvents(expired)).toEqual(['CREATED', 'EXPIRED']);
    expect(expired.events[1]).toMatchObject({ occurredAt: expiresAt.toISOString() });
  });

  it('has FAILED where the answer that follows is a refusal: there is nothing to send again', async () => {
    answerWith({ answer: 'html', sent: false }, 1);
    answerWith({ refuse: { http: 400, code: 'invalid_parameter', message: 'order.amount is too high' } });
    const { id } = await hands.create(checkoutOrder({}, LINK));
    await world.pass(3 * SECOND);
    const failed = await hands.read(id);
    expect(failed).toMatchObject({
      ...{ status: 'FAILED', checkoutUrl: null, messages: [] },
      problem: { code: 'PROVIDER_REJECTED', provider: { message: 'order.amount is too high' } },
    });
    expect(paymentEvents(failed)).toEqual(['CREATED', 'FAILED']);
    const resent = await hands.resend(id);
    expect(resent).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    expect(resent.message).toMatch(/new payment/);
  });

  it('is asked for no more once it is canceled', async () => {
    answerWith({ line: 'dropped', sent: false });
    const { id } = await hands.create(checkoutOrder({}, LINK));
    const before = asked();
    expect(await hands.cancel(id)).toMatchObject({ status: 'CANCELED', orderStatus: 'CANCELED' });
    world.simulator.clearFaults();
    await world.pass(MINUTE, 5 * SECOND);
    expect(asked()).toBe(before);
    expect(await hands.read(id)).toMatchObject({ status: 'CANCELED', checkoutUrl: null, messages: [] });
  });

  it('has its page also where the template of its link is gone by then, which is said', async () => {
    const name = 'invoice_gone';
    world.simulator.configure({ templates: [{ kind: 'WAPPIN', name, params: 2 }] });
    const template = await addTemplate(world.call, { name, body: '{{1}} {{2}}.', account: world.wappin });
    answerWith({ line: 'dropped', sent: false }, 1);
    const input = checkoutOrder({}, { linkTemplate: { name, params: ['Sri'] } });
    const { id } = await hands.create(input);
    await world.ask('mutation ($id: ID!) { deleteTemplate(id: $id) { __typename } }', { id: template });
    await world.pass(3 * SECOND);
    expect(await hands.read(id)).toMatchObject({
      ...{ status: 'PENDING', checkoutUrl: expect.any(String), messages: [] },
      problem: { code: 'TEMPLATE_NOT_FOUND', field: 'via.checkout.linkTemplate.name' },
    });
    await happens(world, 'pay', input.referenceId);
    expect(await hands.readIn(id, 'PAID')).toMatchObject({ problem: null });
  });
});

describe('what a merchant does with a payment by a page', () => {
  it('sends its link again, and not without a template for it', async () => {
    const input = checkoutOrder({}, LINK);
    const { id, checkoutUrl } = await hands.create(input);
    const resent = await hands.resend(id);
    expect(resent).toMatchObject({ id, status: 'PENDING', checkoutUrl });
    expect(paymentEvents(resent)).toEqual(['CREATED', 'UPDATED']);
    await toldOf();
    expect(readByPerson(world, input.to)).toEqual([
      [LINK_TEMPLATE, 'Sri', checkoutUrl],
      [LINK_TEMPLATE, 'Sri', checkoutUrl],
    ]);
    const before = await world.counts(...TABLES);
    const bare = await hands.create(checkoutOrder());
    expect(await hands.resend(bare.id)).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'id' });
    expect((await world.counts('messages'))['messages']).toBe(before['messages']);
  });

  it('does not send it again once it is paid, and not when its time is over', async () => {
    const { id, referenceId } = await hands.create(checkoutOrder({}, LINK));
    const other = await hands.create(checkoutOrder({}, LINK));
    await happens(world, 'pay', referenceId);
    expect(await hands.resend(id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    await world.pass(61 * MINUTE, 61 * MINUTE);
    expect(await hands.resend(other.id)).toMatchObject({ code: 'EXPIRED', field: 'id' });
  });

  it('cancels it with its order, tells nobody, and has to know when money comes all the same: then it has its receipt', async () => {
    const input = checkoutOrder({ receipt: RECEIPT });
    const { id } = await hands.create(input);
    const canceled = await hands.cancel(id, 'Habis');
    expect(canceled).toMatchObject({ id, status: 'CANCELED', orderStatus: 'CANCELED', messages: [] });
    expect(paymentEvents(canceled)).toEqual(['CREATED', 'ORDER', 'CANCELED']);
    expect(await hands.cancel(id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    expect(await hands.resend(id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    await happens(world, 'pay', input.referenceId, { channel: 'VIRTUAL_ACCOUNT_BCA' });
    const paid = await hands.readIn(id, 'PAID');
    expect(paid).toMatchObject({ orderStatus: 'CANCELED', problem: { code: 'INVALID_TRANSITION' } });
    expect(paid.problem.message).toMatch(/canceled/);
    await toldOf();
    expect(readByPerson(world, input.to)).toEqual([[RECEIPT_TEMPLATE, 'Sri', input.referenceId, 'Rp150.000']]);
    expect(await hands.cancel(id)).toMatchObject({ code: 'INVALID_TRANSITION' });
  });

  it('takes back the link too, where that has not left', async () => {
    const behaviour: Behaviour = { refuse: { http: 503, code: null, message: '' } };
    world.simulator.configure({ faults: [{ kind: 'WAPPIN', behaviour }] });
    const input = checkoutOrder({}, LINK);
    const { id } = await hands.create(input);
    await world.quiet();
    expect((await hands.read(id)).messages).toMatchObject([{ status: 'QUEUED' }]);
    await hands.cancel(id);
    world.simulator.clearFaults();
    await world.pass(5 * MINUTE, MINUTE);
    expect((await hands.read(id)).messages).toMatchObject([{ status: 'CANCELED' }]);
    expect(readByPerson(world, input.to)).toEqual([]);
  });

  it('moves its order on, and sends a template or nothing', async () => {
    const input = checkoutOrder();
    const { id } = await hands.create(input);
    const quietly = await hands.move(id, 'PROCESSING', { body: null });
    expect(quietly).toMatchObject({ orderStatus: 'PROCESSING', status: 'PENDING', messages: [] });
    const template = { name: SHIPPED_TEMPLATE, params: ['Sri'] };
    const shipped = await hands.move(id, 'SHIPPED', { body: null, template });
    expect(shipped).toMatchObject({ orderStatus: 'SHIPPED', messages: [{ content: { params: ['Sri'] } }] });
    expect(paymentEvents(shipped)).toEqual(['CREATED', 'ORDER', 'ORDER']);
    await toldOf();
    expect(readByPerson(world, input.to)).toEqual([[SHIPPED_TEMPLATE, 'Sri']]);
    const before = await world.counts(...TABLES);
    for (const [status, more, code, field] of [
      ['PROCESSING', { body: null }, 'INVALID_TRANSITION', 'status'],
      ['SHIPPED', { body: null }, 'INVALID_TRANSITION', 'status'],
      ['COMPLETED', { body: 'Selesai' }, 'INVALID_INPUT', 'body'],
      [
        'COMPLETED',
        { body: null, template: { ...template, params: [] } },
        'TEMPLATE_PARAMS_MISMATCH',
        'template.params',
      ],
      ['COMPLETED', { body: null, template: { ...template, name: 'nobodys' } }, 'TEMPLATE_NOT_FOUND', 'template.name'],
    ] as const)
      expect(await hands.move(id, status, more)).toMatchObject({ __typename: 'Problem', code, field });
    expect(await world.counts(...TABLES)).toEqual(before);
  });

  it('cancels the order of a paid one no more', async () => {
    const { id, referenceId } = await hands.create(checkoutOrder());
    await happens(world, 'pay', referenceId);
    await hands.readIn(id, 'PAID');
    expect(await hands.move(id, 'CANCELED', { body: null })).toMatchObject({
      code: 'INVALID_TRANSITION',
      field: 'status',
    });
    expect(await hands.cancel(id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
  });
});

describe('the addresses for DOKU’s back office', () => {
  const TOPICS = [
    ...['payment/virtual-account-snap', 'payment/virtual-account', 'payment/card', 'payment/convenience-store'],
    ...['payment/e-wallet', 'payment/paylater', 'payment/direct-debit', 'payment/qris', 'payment/direct-debit-snap'],
    ...['payment/e-wallet-snap', 'snap/access-token'],
  ];

  it('are eleven, each with what DOKU would have against it', async () => {
    const env = { ROLE: 'api' } as const;
    const bad = await world.gateway.beside({ env: { ...env, PUBLIC_URL: 'http://sri:secret@toko.ngrok.io:8443' } });
    const good = await world.gateway.beside({ env: { ...env, PUBLIC_URL: 'https://kurir.example' } });
    const local = await callbackUrlsOf(world.ask, world.doku.id);
    expect(local.map(({ topic }) => topic)).toEqual(TOPICS);
    for (const { url, topic, problems } of local) {
      expect(new URL(url).pathname).toMatch(new RegExp(`^/callbacks/[\\w-]{16,}/${topic}$`));
      expect(problems.join()).toMatch(/not https.*loopback.*port is \d+/);
    }
    const { ask } = handsOf(bad.call);
    for (const { problems } of await callbackUrlsOf(ask, world.doku.id))
      expect(problems.join()).toMatch(/not https.*ngrok.*port is 8443.*user name or password/);
    const fine = await callbackUrlsOf(handsOf(good.call).ask, world.doku.id);
    expect(fine.map(({ problems }) => problems.length)).toEqual(TOPICS.map(() => 0));

    // Where a payment has methods of one of them alone, DOKU is told that one with the order.
    const input = checkoutOrder({}, { methods: ['CREDIT_CARD'] });
    await paymentHands(handsOf(good.call).ask).create(input);
    const { overrideUrl } = await orderAtDoku(world, input.referenceId);
    expect(overrideUrl).toBe(fine.find(({ topic }) => topic === 'payment/card')?.url);
  });
});
