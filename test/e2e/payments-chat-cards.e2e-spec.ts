import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  BY_GATEWAY,
  cardOf,
  chatOrder,
  type ChatRail,
  newReference,
  ORDER,
  paymentEvents,
  paymentHands,
  type PaymentHands,
  personActs,
  readBy,
  stepsOf,
  TOTAL,
} from '../support/payments.js';
import { listenersOf, write } from '../support/persons.js';
import {
  addTemplate,
  type ConnectedAccount,
  connectExotel,
  handsOf,
  ignoreWindowsAtMeta,
  startWorld,
  type World,
} from '../support/world.js';

const RAILS: readonly ChatRail[] = ['EXOTEL', 'META'];
/** Meta takes one message to a person in six seconds. */
const PAIR_MS = 7 * SECOND;
/** All that a payment leaves behind. */
const TABLES = ['payments', 'payment_references', 'payment_messages', 'messages', 'idempotency_keys', 'events'];

const clock = new ManualClock();
/** Nothing that went out is reported on. */
const timers = new ManualTimers();
let world: World;
let hands: PaymentHands;
/** Through another process on the same database. */
let beside: PaymentHands;
let accounts: Record<ChatRail, ConnectedAccount>;
beforeAll(async () => {
  world = await startWorld({ clock, timers, doku: false, exotel: {}, meta: {} });
  ignoreWindowsAtMeta(world.simulator);
  hands = paymentHands(world.ask);
  beside = paymentHands(handsOf((await world.gateway.beside({ env: { ROLE: 'api' } })).call).ask);
  accounts = { EXOTEL: world.exotel, META: world.meta };
  await addTemplate(world.call, {
    ...{ name: 'order_payment', language: 'en', body: 'Hello {{1}}, pay here.', account: world.exotel },
    buttons: [{ type: 'OTHER', text: 'Review and pay' }],
  });
  await addTemplate(world.call, {
    ...{ name: 'order_update', language: 'en', body: 'Order {{1}} of {{2}} is paid.', account: world.exotel },
  });
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

/** An order through an account, Exotel's where nothing else is said. */
const orderOf = (more: Record<string, unknown> = {}, chat = {}): ReturnType<typeof chatOrder> =>
  chatOrder({ accountId: world.exotel.id, ...more }, chat);

interface Asked {
  readonly id: string;
  readonly referenceId: string;
  readonly to: string;
}
/** One that was asked for, and sent unless its account is held. */
async function asked(more: Record<string, unknown> = {}, chat = {}): Promise<Asked> {
  const input = orderOf(more, chat);
  const made = await hands.create(input);
  expect(made).toMatchObject({ __typename: 'Payment', status: 'PENDING' });
  await world.quiet();
  return { id: made.id, referenceId: input.referenceId, to: input.to };
}

const requests = (): number => world.simulator.ledger.counts().requests;
/** That a call is refused so, with nothing stored and nothing sent. */
async function expectRefused(call: () => Promise<any>, problem: Record<string, unknown>): Promise<any> {
  await world.quiet();
  const before = { stored: await world.counts(...TABLES), sent: requests() };
  const answer = await call();
  expect(answer).toMatchObject({ __typename: 'Problem', ...problem });
  await world.quiet();
  expect({ stored: await world.counts(...TABLES), sent: requests() }).toEqual(before);
  return answer;
}

const enable = async (enabled: boolean, { id } = world.exotel): Promise<void> => {
  await world.ask(
    'mutation ($id: ID!, $enabled: Boolean!) { updateProviderAccount(id: $id, input: { enabled: $enabled }) { __typename } }',
    { id, enabled },
  );
  await world.quiet();
};
/** The person last wrote to Exotel's number so long ago. */
const wrote = (from: string, ago: number): Promise<string> =>
  write(world, listenersOf(world).EXOTEL, { from, text: 'Hello', at: later(clock.now(), -ago).toISOString() });

const HOME = { name: 'Asha', addressLine1: '12 MG Road', city: 'Bengaluru', state: 'Karnataka', postalCode: '560001' };
const shipped = (beneficiary: Record<string, unknown>): Record<string, unknown> => ({
  order: { ...ORDER, goods: 'PHYSICAL_GOODS', beneficiaries: [{ ...HOME, ...beneficiary }] },
});
const inSeconds = (seconds: number): Date => later(clock.now(), seconds * SECOND);

describe('an order that is refused', () => {
  it.each<[string, () => Record<string, unknown>, string, string]>([
    ['a reference with a blank', () => ({ referenceId: 'INV 1' }), 'INVALID_INPUT', 'referenceId'],
    ['a reference of 36 characters', () => ({ referenceId: 'x'.repeat(36) }), 'INVALID_INPUT', 'referenceId'],
    ['a number that is none', () => ({ to: '+91123' }), 'INVALID_PHONE_NUMBER', 'to'],
    ['another currency', () => ({ currency: 'IDR' }), 'INVALID_INPUT', 'currency'],
    ['a total a rupee off', () => ({ order: { ...ORDER, total: TOTAL - 100 } }), 'AMOUNT_MISMATCH', 'order.total'],
    ['a discount above it all', () => ({ order: { ...ORDER, discount: 10_001 } }), 'INVALID_INPUT', 'order.discount'],
    ['299 s to pay it', () => ({ expiresAt: inSeconds(299) }), 'INVALID_INPUT', 'expiresAt'],
    ['a description of no time', () => ({ expiryDescription: 'Soon' }), 'INVALID_INPUT', 'expiryDescription'],
    [
      'nobody to ship to',
      () => ({ order: { ...ORDER, goods: 'PHYSICAL_GOODS' } }),
      'INVALID_INPUT',
      'order.beneficiaries',
    ],
    ['a name of 201', () => shipped({ name: 'x'.repeat(201) }), 'INVALID_INPUT', 'order.beneficiaries.0.name'],
    ['a postal code of 5', () => shipped({ postalCode: '56000' }), 'INVALID_INPUT', 'order.beneficiaries.0.postalCode'],
    ['an empty receipt', () => ({ receipt: {} }), 'INVALID_INPUT', 'receipt'],
    [
      'an unknown receipt',
      () => ({ receipt: { template: { name: 'none' } } }),
      'TEMPLATE_NOT_FOUND',
      'receipt.template.name',
    ],
    ['an account that there is not', () => ({ accountId: 'acc_1' }), 'NOT_FOUND', 'accountId'],
    ['an account of no orders', () => ({ accountId: world.wappin.id }), 'UNSUPPORTED_BY_PROVIDER', 'accountId'],
  ])('for %s leaves nothing behind, and nothing is sent', async (_what, change, code, field) => {
    const input = orderOf({ idempotencyKey: newReference() });
    await expectRefused(() => hands.create({ ...input, ...change() }), { code, field });
    // Its reference and its key are free.
    expect(await hands.create(input)).toMatchObject({ __typename: 'Payment', referenceId: input.referenceId });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no body', { body: ' ' }, 'body'],
    ['a configuration of 61 characters', { configuration: 'x'.repeat(61) }, 'configuration'],
    ['a way to pay that there is not', { paymentType: 'payment_gateway:stripe' }, 'paymentType'],
    [
      'a template that opens no order',
      { template: { name: 'order_update', language: 'en', params: ['1', '2'] } },
      'template.name',
    ],
  ])('for %s says where', async (_what, chat, field) => {
    await expectRefused(() => hands.create(orderOf({}, chat)), { field: `via.whatsapp.${field}` });
  });

  it('for its total is told how it adds up, line by line', async () => {
    const { message } = await expectRefused(() => hands.create(orderOf({ order: { ...ORDER, total: TOTAL + 100 } })), {
      code: 'AMOUNT_MISMATCH',
    });
    expect(message.split('\n')).toEqual([
      'The total is given as ₹101.00, and the order adds up to ₹100.00:',
      'Kopi Toraja × 2 at ₹50.00 = ₹100.00',
      'subtotal ₹100.00',
      '+ tax ₹5.00',
      '+ shipping ₹0.00',
      '− discount ₹5.00',
      '= total ₹100.00',
      'Give that total, or leave it out.',
    ]);
  });

  it('by the rail stands PENDING with what the rail said, and may be sent again', async () => {
    const refuse = { http: 400, code: '400', message: 'Invalid parameter' };
    world.simulator.configure({ faults: [{ kind: 'EXOTEL', next: 1, behaviour: { refuse } }] });
    const { id, referenceId } = await asked();
    const refused = await hands.read(id);
    expect(refused).toMatchObject({
      ...{ status: 'PENDING', messages: [{ status: 'FAILED' }] },
      problem: { code: 'PROVIDER_REJECTED', provider: { provider: 'EXOTEL', code: '400' } },
    });
    expect(await hands.resend(id)).toMatchObject({ status: 'PENDING', problem: null });
    await world.quiet();
    expect(cardOf(world, `${referenceId}-2`).total).toBe(TOTAL);
    expect(await hands.read(id)).toMatchObject({
      problem: null,
      messages: [{ status: 'FAILED' }, { status: 'SUBMITTED' }],
    });
  });
});

describe('an order', () => {
  it('of three thousand million rupees is asked for to the last hundredth', async () => {
    const items = [{ retailerId: 'F-1', name: 'Flat', amount: 300_000_000_000, quantity: 1 }];
    const { id, referenceId } = await asked({ order: { ...ORDER, items, tax: 1, discount: 0 } });
    expect(cardOf(world, referenceId).total).toBe(300_000_000_001);
    await personActs(world, referenceId, 'pay');
    expect(await hands.read(id)).toMatchObject({ status: 'PAID', total: { value: 300_000_000_001 } });
  });

  it.each(RAILS)('with all that may be said of one is taken by %s', async (rail) => {
    const expiresAt = inSeconds(300);
    const origin = { countryOfOrigin: 'India', importerName: 'Toko', importerAddress: '1 Church Street, Bengaluru' };
    const order = {
      ...{ goods: 'PHYSICAL_GOODS', beneficiaries: [{ ...HOME, addressLine2: 'Near the park' }] },
      items: [
        { retailerId: 'SKU-1', name: 'Kopi', amount: 6_000, saleAmount: 5_000, quantity: 2, ...origin },
        { retailerId: 'SKU-2', name: 'Teh', amount: 333, quantity: 3, ...origin },
      ],
      ...{ tax: 120, taxDescription: 'GST', shipping: 500, shippingDescription: 'By post' },
      ...{ discount: 619, discountDescription: 'For you', discountProgram: 'Loyal', total: 11_000 },
    };
    const { referenceId, to } = await asked(
      { accountId: accounts[rail].id, order, expiresAt, expiryDescription: 'Pay soon' },
      { footer: 'Toko', headerImage: 'http://127.0.0.1:9/a.jpg' },
    );
    expect(cardOf(world, referenceId)).toMatchObject({ ...{ total: 11_000, warnings: [], expiresAt } });
    expect(readBy(world, to)).toMatchObject([
      {
        ...{ header: { type: 'image' }, footer: { text: 'Toko' } },
        action: {
          parameters: {
            beneficiaries: [{ name: 'Asha', country: 'India', postal_code: '560001' }],
            order: {
              ...{ subtotal: { value: 10_999 }, tax: { value: 120, description: 'GST' } },
              discount: { value: 619, discount_program_name: 'Loyal' },
              expiration: { timestamp: String(expiresAt.getTime() / 1_000), description: 'Pay soon' },
            },
          },
        },
      },
    ]);
  });

  it('of nobody in particular goes through the first account that carries orders', async () => {
    const { id } = await asked({ accountId: null });
    expect(await hands.read(id)).toMatchObject({
      account: { id: world.exotel.id },
      messages: [{ status: 'SUBMITTED' }],
    });
  });
});

describe('a reference', () => {
  it('is of one order of the project, and of one in each', async () => {
    const { id, referenceId } = await asked();
    const problem = { code: 'DUPLICATE_REFERENCE', field: 'referenceId' };
    await expectRefused(() => hands.create(orderOf({ referenceId })), problem);
    await expectRefused(() => hands.create(orderOf({ referenceId, accountId: world.meta.id })), problem);
    expect((await hands.readByReference(referenceId)).id).toBe(id);
    // By letter, as the rails have it.
    expect(await hands.create(orderOf({ referenceId: referenceId.toLowerCase() }))).toMatchObject({
      status: 'PENDING',
    });

    const theirs = { accountSid: 'their-shop', apiKey: 'k', apiToken: 't' };
    world.simulator.configure({ accounts: [{ kind: 'EXOTEL', ...theirs }] });
    const call = graphql(world.gateway.url, (await makeProject(world.call, ['ADMIN'])).key.secret);
    const { id: accountId } = await connectExotel(call, world.simulator.url, { credentials: theirs });
    const made = await paymentHands(handsOf(call).ask).create(orderOf({ referenceId, accountId }));
    expect(made).toMatchObject({ __typename: 'Payment', referenceId });
    expect(made.id).not.toBe(id);
  });

  it('with a number behind it is taken by an order that was sent again under it, and leaves it the next one', async () => {
    const [sent, reserved] = [await asked(), await asked()];
    await hands.resend(sent.id);
    await expectRefused(() => hands.create(orderOf({ referenceId: `${sent.referenceId}-2` })), {
      ...{ code: 'DUPLICATE_REFERENCE', field: 'referenceId' },
    });
    expect(await hands.readByReference(`${sent.referenceId}-2`)).toBe(null);
    expect(await hands.create(orderOf({ referenceId: `${reserved.referenceId}-2` }))).toMatchObject({
      status: 'PENDING',
    });
    await hands.resend(reserved.id);
    await world.quiet();
    expect(cardOf(world, `${reserved.referenceId}-3`).message.recipient).toBe(reserved.to.slice(1));
  });

  it('that is asked for at the same time, through whichever process, is of one of them', async () => {
    const referenceId = newReference();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => (n % 2 ? hands : beside).create(orderOf({ referenceId }))),
    );
    expect(answers.filter(({ __typename }) => __typename === 'Payment')).toHaveLength(1);
    for (const answer of answers) if (answer.__typename === 'Problem') expect(answer.code).toBe('DUPLICATE_REFERENCE');
    await world.quiet();
    expect(world.simulator.orders.newest({ reference: referenceId })).toHaveLength(1);
  });
});

describe('a key', () => {
  const keyed = (more: Record<string, unknown> = {}): ReturnType<typeof chatOrder> =>
    orderOf({ idempotencyKey: `key of ${newReference()}`, ...more });

  it('that was used answers the payment as it is by now, and sends nothing', async () => {
    const input = keyed();
    const { id } = await hands.create(input);
    await world.quiet();
    await personActs(world, input.referenceId, 'pay');
    const before = { stored: await world.counts(...TABLES), sent: requests() };
    const written = { ...input, to: input.to.replace('+91', '+91 ') };
    for (const again of [input, written])
      expect(await hands.create(again)).toMatchObject({ __typename: 'Payment', id, status: 'PAID' });
    await world.quiet();
    expect({ stored: await world.counts(...TABLES), sent: requests() }).toEqual(before);
  });

  it('that was used answers also when the time to pay is too short by now, or over', async () => {
    const input = keyed({ expiresAt: inSeconds(400) });
    const { id } = await hands.create(input);
    await world.pass(200 * SECOND, 200 * SECOND);
    expect(await hands.create(input)).toMatchObject({ id, status: 'PENDING' });
    await world.pass(300 * SECOND, 150 * SECOND);
    expect(await hands.create(input)).toMatchObject({ id, status: 'EXPIRED' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['person', { to: '+919800000001' }],
    ['order', { order: { ...ORDER, shipping: 1 } }],
    ['receipt', { receipt: { body: 'Thanks' } }],
    ['reference', { referenceId: 'ANOTHER' }],
    ['words', { via: { whatsapp: { body: 'Another', ...BY_GATEWAY } } }],
  ])('is a conflict where the %s is another', async (_what, change) => {
    const input = keyed();
    await hands.create(input);
    await expectRefused(() => hands.create({ ...input, ...change }), {
      ...{ code: 'IDEMPOTENCY_CONFLICT', field: 'idempotencyKey' },
    });
  });

  it('that many come with at once, through whichever process, makes one payment and one card', async () => {
    const input = keyed();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? hands : beside).create(input)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    for (const answer of answers) expect(answer).toMatchObject({ __typename: 'Payment', status: 'PENDING' });
    await world.quiet();
    expect((await hands.read(answers[0].id)).messages).toHaveLength(1);
    expect(world.simulator.orders.newest({ reference: input.referenceId })).toHaveLength(1);
  });
});

describe('the state of an order', () => {
  it.each(RAILS)('goes on step by step, and the card at %s shows it', async (rail) => {
    const { id, referenceId, to } = await asked({ accountId: accounts[rail].id });
    await personActs(world, referenceId, 'pay');
    expect(await hands.read(id)).toMatchObject({ status: 'PAID', orderStatus: 'PENDING' });
    const steps = ['PROCESSING', 'PARTIALLY_SHIPPED', 'SHIPPED', 'COMPLETED'];
    for (const status of steps) {
      const moved = await hands.move(id, status, { body: `It is ${status}`, description: `About ${status}` });
      expect(moved).toMatchObject({ __typename: 'Payment', status: 'PAID', orderStatus: status });
      await world.pass(PAIR_MS, PAIR_MS);
    }
    expect(stepsOf(world, referenceId)).toEqual(['processing', 'partially-shipped', 'shipped', 'completed']);
    const seen = await hands.read(id);
    expect(paymentEvents(seen)).toEqual(['CREATED', 'PAID', 'ORDER', 'ORDER', 'ORDER', 'ORDER']);
    expect(seen.events.at(-1).data.payment).toMatchObject({ orderStatus: 'COMPLETED', status: 'PAID' });
    expect(seen.messages.slice(1).map(({ content }: any) => content.text)).toEqual(
      steps.map((step) => `It is ${step}`),
    );
    expect(readBy(world, to).at(-1)).toMatchObject({
      ...{ type: 'order_status', body: { text: 'It is COMPLETED' } },
      action: { parameters: { reference_id: referenceId, order: { description: 'About COMPLETED' } } },
    });
  });

  it('may skip steps, and neither goes back nor stays', async () => {
    const { id, referenceId } = await asked();
    expect(await hands.move(id, 'SHIPPED')).toMatchObject({ orderStatus: 'SHIPPED', status: 'PENDING' });
    const problem = { code: 'INVALID_TRANSITION', field: 'status' };
    for (const status of ['PENDING', 'PROCESSING', 'PARTIALLY_SHIPPED', 'SHIPPED'])
      await expectRefused(() => hands.move(id, status), problem);
    expect(await hands.move(id, 'COMPLETED')).toMatchObject({ orderStatus: 'COMPLETED' });
    await expectRefused(() => hands.move(id, 'CANCELED'), problem);
    await world.quiet();
    expect(stepsOf(world, referenceId)).toEqual(['shipped', 'completed']);
  });

  it('that several say at the same time, through whichever process, is said once', async () => {
    const { id, referenceId } = await asked();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => (n % 2 ? hands : beside).move(id, 'SHIPPED', { body: `Said by ${n}` })),
    );
    expect(answers.filter(({ __typename }) => __typename === 'Payment')).toHaveLength(1);
    for (const { __typename, code } of answers) if (__typename === 'Problem') expect(code).toBe('INVALID_TRANSITION');
    await world.quiet();
    expect(stepsOf(world, referenceId)).toEqual(['shipped']);
  });

  it('that is on its way before it is paid is what the receipt says', async () => {
    const { id, referenceId, to } = await asked({ receipt: { body: 'Thank you' } });
    await hands.move(id, 'PARTIALLY_SHIPPED');
    await world.quiet();
    await personActs(world, referenceId, 'pay');
    const seen = await hands.read(id);
    expect(seen).toMatchObject({ status: 'PAID', orderStatus: 'PARTIALLY_SHIPPED' });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'ORDER', 'PAID']);
    expect(readBy(world, to).at(-1)).toMatchObject({
      ...{ body: { text: 'Thank you' }, action: { parameters: { order: { status: 'partially-shipped' } } } },
    });
  });

  it('CANCELED takes the payment back with it, while nothing was paid', async () => {
    const [open, paid] = [await asked(), await asked()];
    const canceled = await hands.move(open.id, 'CANCELED', { body: 'Sold out' });
    expect(canceled).toMatchObject({ orderStatus: 'CANCELED', status: 'CANCELED' });
    expect(paymentEvents(canceled)).toEqual(['CREATED', 'ORDER', 'CANCELED']);
    await world.quiet();
    expect(stepsOf(world, open.referenceId)).toEqual(['canceled']);
    await expectRefused(() => hands.move(open.id, 'PROCESSING'), { code: 'INVALID_TRANSITION' });
    await personActs(world, paid.referenceId, 'pay');
    await expectRefused(() => hands.move(paid.id, 'CANCELED'), { code: 'INVALID_TRANSITION', field: 'status' });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['no body', { body: null }, 'INVALID_INPUT', 'body'],
    ['a body of 1025 characters', { body: 'x'.repeat(1_025) }, 'INVALID_INPUT', 'body'],
    ['a description of 121', { description: 'x'.repeat(121) }, 'INVALID_INPUT', 'description'],
    ['a template', { template: { name: 'order_update', params: ['1', '2'] } }, 'INVALID_INPUT', 'template'],
    ['a payment that there is not', { paymentId: 'pay_1' }, 'NOT_FOUND', 'paymentId'],
  ])('with %s is refused', async (_what, change, code, field) => {
    const { id } = await asked();
    await expectRefused(() => hands.move(id, 'PROCESSING', change), { code, field });
    expect(await hands.read(id)).toMatchObject({ orderStatus: 'PENDING' });
  });
});

describe('a payment that is taken back', () => {
  it.each(RAILS)('with a reason is told so on its card at %s, which nobody can pay any more', async (rail) => {
    const { id, referenceId, to } = await asked({ accountId: accounts[rail].id });
    const canceled = await hands.cancel(id, 'Sold out, sorry');
    expect(canceled).toMatchObject({ __typename: 'Payment', status: 'CANCELED', orderStatus: 'CANCELED' });
    expect(paymentEvents(canceled)).toEqual(['CREATED', 'ORDER', 'CANCELED']);
    await world.pass(PAIR_MS, PAIR_MS);
    expect(stepsOf(world, referenceId)).toEqual(['canceled']);
    expect(readBy(world, to).at(-1)).toMatchObject({ body: { text: 'Sold out, sorry' } });
    await expect(personActs(world, referenceId, 'pay')).rejects.toThrow('was canceled');
    await expectRefused(() => hands.cancel(id, 'Again'), { code: 'INVALID_TRANSITION', field: 'id' });
    await expectRefused(() => hands.resend(id), { code: 'INVALID_TRANSITION', field: 'id' });
  });

  it('without a reason is told to nobody', async () => {
    const { id, referenceId } = await asked();
    const before = requests();
    expect(await hands.cancel(id)).toMatchObject({ status: 'CANCELED', messages: [{ status: 'SUBMITTED' }] });
    await world.quiet();
    expect(requests()).toBe(before);
    expect(stepsOf(world, referenceId)).toEqual([]);
  });

  it('before its card has left takes that with it, and tells nobody of what they never had', async () => {
    await enable(false);
    const input = orderOf();
    const { id } = await hands.create(input);
    await world.quiet();
    const before = requests();
    await hands.cancel(id, 'Sold out');
    await enable(true);
    await world.pass(MINUTE, MINUTE);
    expect(requests()).toBe(before);
    expect(await hands.read(id)).toMatchObject({ status: 'CANCELED', messages: [{ status: 'CANCELED' }] });
    expect(world.simulator.orders.newest({ reference: input.referenceId })).toEqual([]);
  });

  it('after a try that failed is taken back; once it is paid, or about to be, it is not', async () => {
    const [failed, pending, paid] = [await asked(), await asked(), await asked()];
    await personActs(world, failed.referenceId, 'fail');
    await personActs(world, pending.referenceId, 'wait');
    await personActs(world, paid.referenceId, 'pay');
    expect(await hands.cancel(failed.id, 'Sold out')).toMatchObject({ status: 'CANCELED' });
    for (const { id } of [pending, paid])
      await expectRefused(() => hands.cancel(id, 'Sold out'), { code: 'INVALID_TRANSITION', field: 'id' });
    expect(await hands.read(pending.id)).toMatchObject({ status: 'PROCESSING', orderStatus: 'PENDING' });
    expect(stepsOf(world, pending.referenceId)).toEqual([]);
  });

  it('while it is paid is either refused, or PAID all the same', async () => {
    const orders = await Promise.all(Array.from({ length: 6 }, () => asked({ receipt: { body: 'Thank you' } })));
    const [answers] = await Promise.all([
      Promise.all(orders.map(({ id }, n) => (n % 2 ? hands : beside).cancel(id))),
      ...orders.map(({ referenceId }) => personActs(world, referenceId, 'pay')),
    ]);
    await world.quiet();
    for (const [place, { id, referenceId }] of orders.entries()) {
      const wasCanceled = answers[place].status === 'CANCELED';
      const seen = await hands.read(id);
      expect(seen).toMatchObject({ status: 'PAID', orderStatus: wasCanceled ? 'CANCELED' : 'PROCESSING' });
      expect(seen.problem?.code ?? null).toBe(wasCanceled ? 'INVALID_TRANSITION' : null);
      expect(stepsOf(world, referenceId)).toEqual(wasCanceled ? [] : ['processing']);
      if (!wasCanceled) expect(answers[place]).toMatchObject({ code: 'INVALID_TRANSITION' });
    }
  });

  it.each([
    ['an empty reason', (id: string) => hands.cancel(id, ''), 'INVALID_INPUT', 'reason'],
    ['a reason of 1025 characters', (id: string) => hands.cancel(id, 'x'.repeat(1_025)), 'INVALID_INPUT', 'reason'],
    ['an id of nothing', () => hands.cancel('pay_1'), 'NOT_FOUND', 'id'],
  ])('with %s is refused', async (_what, call, code, field) => {
    const { id } = await asked();
    await expectRefused(() => call(id), { code, field });
  });

  it('is told of its money by the receipt’s template, once, and not on its card', async () => {
    const template = { name: 'order_update', language: 'en', params: [] };
    const { id, referenceId, to } = await asked({ receipt: { body: 'Thank you', template } });
    expect(await hands.cancel(id)).toMatchObject({ status: 'CANCELED' });
    const { transactionId } = await personActs(world, referenceId, 'pay', { times: 3 });
    await hands.record(id, { amount: TOTAL, transactionId });
    await world.pass(MINUTE, MINUTE);
    const seen = await hands.read(id);
    expect(seen).toMatchObject({ status: 'PAID', orderStatus: 'CANCELED', problem: { code: 'INVALID_TRANSITION' } });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'ORDER', 'CANCELED', 'PAID']);
    expect(seen.messages.slice(1)).toMatchObject([
      { status: 'SUBMITTED', content: { __typename: 'TemplateContent', params: [referenceId, '₹100.00'] } },
    ]);
    const sent = world.simulator.ledger.messages({ recipient: to.slice(1) });
    expect(sent.filter((message) => message.template === 'order_update')).toHaveLength(1);
    expect(stepsOf(world, referenceId)).toEqual([]);
  });
});

describe('a card that still waits when its order is paid', () => {
  it.each<[string, (id: string) => Promise<any>]>([
    ['as the merchant says', (id) => hands.record(id, { amount: TOTAL })],
    [
      'by a notice that a person accepts',
      async (id) => {
        const { status, notices } = await hands.record(id, { amount: TOTAL - 1 });
        expect(status).toBe('PENDING');
        return hands.acceptNotice(notices[0].id);
      },
    ],
  ])('%s, is canceled and never leaves', async (_what, pay) => {
    await enable(false);
    const { id, referenceId } = await asked();
    expect(await pay(id)).toMatchObject({ __typename: 'Payment', status: 'PAID' });
    const before = requests();
    await enable(true);
    await world.pass(MINUTE, MINUTE);
    expect(requests()).toBe(before);
    expect(await hands.read(id)).toMatchObject({ status: 'PAID', messages: [{ status: 'CANCELED' }] });
    expect(world.simulator.orders.newest({ reference: referenceId })).toEqual([]);
  });

  it.each<[string, (asked: Asked) => Promise<unknown>]>([
    ['the rail tells', ({ referenceId }) => personActs(world, referenceId, 'pay')],
    [
      'the rail answers',
      async ({ id, referenceId }) => {
        await personActs(world, referenceId, 'pay', { posted: false });
        return hands.refresh(id);
      },
    ],
  ])('by the card before it, as %s, is canceled and never leaves', async (_what, pay) => {
    const order = await asked({ accountId: world.meta.id });
    await hands.resend(order.id);
    await pay(order);
    await world.pass(PAIR_MS, PAIR_MS);
    expect(await hands.read(order.id)).toMatchObject({
      ...{ status: 'PAID', messages: [{ status: 'SUBMITTED' }, { status: 'CANCELED' }] },
    });
    expect(world.simulator.orders.newest({ reference: `${order.referenceId}-2` })).toEqual([]);
  });
});

describe('an order that is sent again', () => {
  it.each(RAILS.flatMap((rail) => ['', '-2', '-3'].map((card) => [rail, card] as const)))(
    'at %s is paid by its card “%s”, which is told where it stands',
    async (rail, card) => {
      const { id, referenceId, to } = await asked({ accountId: accounts[rail].id, receipt: { body: 'Thank you' } });
      for (let again = 0; again < 2; again++) {
        await world.pass(PAIR_MS, PAIR_MS);
        expect(await hands.resend(id)).toMatchObject({ __typename: 'Payment', status: 'PENDING', referenceId });
      }
      await world.pass(PAIR_MS, PAIR_MS);
      const cards = world.simulator.orders.newest({ recipient: to.slice(1) });
      expect(cards.map(({ reference, total }) => [reference, total])).toEqual(
        ['-3', '-2', ''].map((suffix) => [referenceId + suffix, TOTAL]),
      );
      const { transactionId } = await personActs(world, referenceId + card, 'pay');
      await world.pass(PAIR_MS, PAIR_MS);
      expect(await hands.move(id, 'SHIPPED')).toMatchObject({ orderStatus: 'SHIPPED' });
      await world.pass(PAIR_MS, PAIR_MS);
      const seen = await hands.read(id);
      expect(seen).toMatchObject({ status: 'PAID', referenceId, transactionId, problem: null });
      expect(paymentEvents(seen)).toEqual(['CREATED', 'UPDATED', 'UPDATED', 'PAID', 'ORDER', 'ORDER']);
      for (const suffix of ['', '-2', '-3'])
        expect(stepsOf(world, referenceId + suffix)).toEqual(suffix === card ? ['processing', 'shipped'] : []);
    },
  );

  it('by several at the same time, through whichever process, has a card for each', async () => {
    const { id, referenceId, to } = await asked();
    const answers = await Promise.all(Array.from({ length: 4 }, (_, n) => (n % 2 ? hands : beside).resend(id)));
    for (const answer of answers) expect(answer).toMatchObject({ __typename: 'Payment', status: 'PENDING' });
    await world.pass(PAIR_MS, SECOND);
    const cards = world.simulator.orders.newest({ recipient: to.slice(1) }).map(({ reference }) => reference);
    // Those that had not left when the next one was asked for need not leave any more.
    expect(new Set(cards).size).toBe(cards.length);
    expect(cards[0]).toBe(`${referenceId}-5`);
    expect((await hands.read(id)).messages).toHaveLength(5);
  });

  it('after a try that failed is paid by its new card', async () => {
    const { id, referenceId } = await asked();
    await personActs(world, referenceId, 'fail');
    expect(await hands.resend(id)).toMatchObject({ __typename: 'Payment', status: 'FAILED' });
    await world.quiet();
    const { transactionId } = await personActs(world, `${referenceId}-2`, 'pay');
    expect(await hands.read(id)).toMatchObject({ status: 'PAID', transactionId });
  });

  it('and is paid by both of its cards, is paid twice', async () => {
    const { id, referenceId } = await asked();
    await hands.resend(id);
    await world.quiet();
    const { transactionId } = await personActs(world, `${referenceId}-2`, 'pay');
    const { transactionId: other } = await personActs(world, referenceId, 'pay');
    const seen = await hands.read(id);
    expect(seen).toMatchObject({
      ...{ status: 'PAID', transactionId, problem: { message: expect.stringContaining('paid twice') } },
      notices: [{ problem: null }, { transactionId: other, problem: { code: 'INVALID_TRANSITION' } }],
    });
    await hands.move(id, 'PROCESSING');
    await world.quiet();
    expect([stepsOf(world, referenceId), stepsOf(world, `${referenceId}-2`)]).toEqual([[], ['processing']]);
  });

  it('before its card has left leaves once, by the new card', async () => {
    await enable(false);
    const input = orderOf();
    const { id } = await hands.create(input);
    await hands.resend(id);
    await enable(true);
    await world.pass(MINUTE, MINUTE);
    expect(world.simulator.orders.newest({ recipient: input.to.slice(1) })).toMatchObject([
      { reference: `${input.referenceId}-2` },
    ]);
    expect((await hands.read(id)).messages).toMatchObject([{ status: 'CANCELED' }, { status: 'SUBMITTED' }]);
  });

  it('is the one whose newest card is taken back', async () => {
    const { id, referenceId } = await asked();
    await hands.resend(id);
    await world.quiet();
    expect(await hands.cancel(id, 'Sold out')).toMatchObject({ status: 'CANCELED' });
    await world.quiet();
    expect([stepsOf(world, referenceId), stepsOf(world, `${referenceId}-2`)]).toEqual([[], ['canceled']]);
  });

  it('is not, once it is paid or about to be, nor where its reference is too long for a number', async () => {
    const [pending, paid, long] = [await asked(), await asked(), await asked({ referenceId: 'y'.repeat(33) })];
    await personActs(world, pending.referenceId, 'wait');
    await personActs(world, paid.referenceId, 'pay');
    for (const { id } of [pending, paid])
      await expectRefused(() => hands.resend(id), { code: 'INVALID_TRANSITION', field: 'id' });
    await expectRefused(() => hands.resend(long.id), { code: 'INVALID_INPUT', field: 'id' });
    await expectRefused(() => hands.resend('pay_1'), { code: 'NOT_FOUND', field: 'id' });
  });
});

describe('a person who wants to hear nothing', () => {
  it('is asked for no payment', async () => {
    const input = orderOf();
    await world.ask('mutation ($phone: String!) { optOut(phone: $phone) { __typename } }', { phone: input.to });
    await expectRefused(() => hands.create(input), { code: 'RECIPIENT_OPTED_OUT', field: 'to' });
  });

  it('is told nothing of an order that they have, which no part of the call is wrong about', async () => {
    const { id, to } = await asked();
    await world.ask('mutation ($phone: String!) { optOut(phone: $phone) { __typename } }', { phone: to });
    const problem = { code: 'RECIPIENT_OPTED_OUT', field: null };
    await expectRefused(() => hands.move(id, 'PROCESSING'), problem);
    await expectRefused(() => hands.move(id, 'CANCELED'), problem);
    await expectRefused(() => hands.cancel(id, 'Sold out'), problem);
    await expectRefused(() => hands.resend(id), problem);
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', orderStatus: 'PENDING', problem: null });
    expect(await hands.cancel(id)).toMatchObject({ status: 'CANCELED', orderStatus: 'CANCELED' });
  });
});

describe('a person who has not written for a day', () => {
  it('is asked to pay by a template alone', async () => {
    const input = orderOf({ receipt: { body: 'Thank you' } });
    await wrote(input.to, 25 * HOUR);
    const closedAt = later(clock.now(), -HOUR).toISOString();
    await expectRefused(() => hands.create(input), {
      ...{ code: 'SESSION_WINDOW_CLOSED', field: 'via.whatsapp', retryAt: closedAt },
    });
    const template = { name: 'order_payment', language: 'en', params: ['Asha'] };
    const made = await hands.create({ ...input, via: { whatsapp: { body: 'Your order', ...BY_GATEWAY, template } } });
    expect(made).toMatchObject({ __typename: 'Payment', status: 'PENDING' });
    await world.quiet();
    expect(cardOf(world, input.referenceId)).toMatchObject({
      ...{ total: TOTAL, message: { type: 'template', template: 'order_payment', params: ['Asha'] } },
    });
    const { transactionId } = await personActs(world, input.referenceId, 'pay');
    const seen = await hands.read(made.id);
    expect(seen).toMatchObject({
      ...{
        status: 'PAID',
        transactionId,
        messages: [{ content: { __typename: 'TemplateContent', params: ['Asha'] } }],
      },
      // The receipt is no template.
      ...{ orderStatus: 'PENDING', problem: { code: 'SESSION_WINDOW_CLOSED', field: 'receipt' } },
    });
    expect(paymentEvents(seen)).toEqual(['CREATED', 'PAID', 'UPDATED']);
    // It is not sent later.
    await wrote(input.to, 0);
    await world.pass(MINUTE, MINUTE);
    expect(stepsOf(world, input.referenceId)).toEqual([]);
  });

  it('gets the receipt by its template, with the reference and the amount', async () => {
    const template = { name: 'order_update', language: 'en', params: [] };
    const { id, referenceId, to } = await asked({ receipt: { body: 'Thank you', template } });
    await wrote(to, 25 * HOUR);
    await personActs(world, referenceId, 'pay');
    expect(await hands.read(id)).toMatchObject({
      ...{ status: 'PAID', orderStatus: 'PENDING', problem: null },
      messages: [{}, { content: { params: [referenceId, '₹100.00'] } }],
    });
    expect(world.simulator.ledger.messages({ recipient: to.slice(1) })[0]).toMatchObject({
      ...{ template: 'order_update', params: [referenceId, '₹100.00'] },
    });
  });

  it('is not told where the order stands, and the order stays where it is', async () => {
    const { id, to } = await asked();
    await wrote(to, 25 * HOUR);
    await expectRefused(() => hands.move(id, 'PROCESSING'), { code: 'SESSION_WINDOW_CLOSED', field: 'body' });
    await expectRefused(() => hands.cancel(id, 'Sold out'), { code: 'SESSION_WINDOW_CLOSED', field: 'reason' });
    await expectRefused(() => hands.resend(id), { code: 'SESSION_WINDOW_CLOSED', field: 'id' });
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', orderStatus: 'PENDING' });
    expect(await hands.cancel(id)).toMatchObject({ status: 'CANCELED', orderStatus: 'CANCELED' });
  });
});
