import { afterAll, beforeAll, expect, it } from 'vitest';
import { ManualTimers } from '../../src/simulator/timers.js';
import { until } from '../support/until.js';
import { startReceiver, webhooksOf } from '../support/webhooks.js';
import { addTemplate, magic, person, registerTemplate, startWorld, viaWappin, type World } from '../support/world.js';

const SECRET_VALUE = 'one-time-value-4711';
const EVENTS =
  'query ($types: [EventType!]) { events(first: 200, types: $types) { edges { node { type sequence data } } } }';

/** The provider reports when these are moved on. */
const timers = new ManualTimers();
let world: World;
beforeAll(async () => {
  world = await startWorld({ doku: false, timers });
});
afterAll(() => world.close());

async function events(
  ...types: string[]
): Promise<{ type: string; sequence: number; data: Record<string, unknown> }[]> {
  const { events: found } = await world.ask(EVENTS, { types });
  return found.edges.map(({ node }: { node: object }) => node);
}

it('the data of a message’s event is what a webhook carries: these keys, as they were then, and never what it says', async () => {
  const input = viaWappin(person(1), {
    content: { template: { name: 'reminder', params: ['Siti', SECRET_VALUE] } },
    ...{ reference: 'order-9', metadata: { basket: [1, 2] } },
  });
  const { id } = await world.send(input);
  for (const status of ['SUBMITTED', 'SENT', 'DELIVERED']) {
    await world.messageIn(id, status);
    await timers.next();
  }
  const read = await world.messageIn(id, 'READ');
  expect(read.content.text).toContain(SECRET_VALUE);

  const told = read.events as { type: string; data: { sequence: number; message: Record<string, unknown> } }[];
  expect(told.map(({ type }) => type)).toEqual(
    ['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'].map((status) => `MESSAGE_${status}`),
  );
  for (const [index, { type, data }] of told.entries()) {
    expect(data).toEqual({
      sequence: index + 1,
      message: {
        id,
        ...{ direction: 'OUTBOUND', status: type.replace('MESSAGE_', ''), channel: 'WHATSAPP' },
        ...{ to: person(1), from: null, recipientId: null },
        ...{ reference: 'order-9', metadata: { basket: [1, 2] } },
        ...{ accountId: world.wappin.id, provider: 'WAPPIN' },
        providerMessageId: type === 'MESSAGE_QUEUED' ? null : read.providerMessageId,
        problem: null,
      },
    });
  }
  const stored = await world.rows('select e::text as row from events e');
  expect(stored.filter(({ row }) => row.includes(SECRET_VALUE) || row.includes('jadwal'))).toEqual([]);
});

it('that of a failed message has its problem, with the provider’s own code', async () => {
  const { id } = await world.send(viaWappin(magic('601')));
  const failed = await world.messageIn(id, 'FAILED');
  expect(failed.events.at(-1)).toMatchObject({ type: 'MESSAGE_FAILED', sequence: 2 });
  const { problem } = failed.events.at(-1).data.message;
  expect(problem).toMatchObject({
    ...{ code: 'NOT_ON_WHATSAPP', field: null, retryAt: null },
    provider: { provider: 'WAPPIN', code: '601', message: 'Contact invalid', retryable: false },
  });
  expect(Object.keys(problem).sort()).toEqual(['code', 'field', 'message', 'provider', 'retryAt']);
});

it('that of a template’s registration', async () => {
  const id = await addTemplate(world.call, { name: 'changing', externalId: 'templ_uat_3', body: '{{1}} {{2}} {{3}}.' });
  await registerTemplate(world.call, { id, accountId: world.wappin.id, externalId: 'templ_uat_3' });
  expect((await events('TEMPLATE_STATUS_CHANGED')).at(-1)).toEqual({
    ...{ type: 'TEMPLATE_STATUS_CHANGED', sequence: 1 },
    data: {
      sequence: 1,
      template: {
        ...{ id, name: 'changing', language: 'id', accountId: world.wappin.id },
        ...{ status: 'APPROVED', category: 'UTILITY', rejectionReason: null },
      },
    },
  });
});

it('that of an account’s health', async () => {
  expect(await events('ACCOUNT_HEALTH_CHANGED')).toEqual([
    {
      ...{ type: 'ACCOUNT_HEALTH_CHANGED', sequence: 1 },
      data: { sequence: 1, account: { id: world.wappin.id, kind: 'WAPPIN', name: 'Wappin', health: 'HEALTHY' } },
    },
  ]);
});

it('that of an opt-out, and of its end', async () => {
  const phone = person(7);
  await world.ask(`mutation ($phone: String!) { optOut(phone: $phone, scope: ALL, reason: "asked") { __typename } }`, {
    phone,
  });
  await world.ask(`mutation ($phone: String!) { optIn(phone: $phone) { __typename } }`, { phone });
  const data = (await events('OPT_OUT_ADDED', 'OPT_OUT_REMOVED')).map((event) => event.data);
  expect(data).toEqual([
    { sequence: 1, optOut: { phone, recipientId: null, scope: 'ALL', reason: 'asked' } },
    { sequence: 2, optOut: { phone, recipientId: null, scope: null, reason: null } },
  ]);
});

it('that of an endpoint: when somebody tries it, and when it is switched off', async () => {
  const hooks = webhooksOf(world.ask);
  const receiver = await startReceiver(410);
  const { endpoint } = await hooks.create(receiver.url, ['MESSAGE_READ']);
  await hooks.test(endpoint.id);
  await until(async () => (await events('WEBHOOK_DISABLED')).length > 0);
  const { id, url } = endpoint;
  const disabledReason = 'Its server answered 410 Gone: it does not want to be called any more.';
  expect(await events('WEBHOOK_TEST', 'WEBHOOK_DISABLED')).toEqual([
    {
      ...{ type: 'WEBHOOK_TEST', sequence: 1 },
      data: { sequence: 1, endpoint: { id, url, enabled: true, disabledReason: null } },
    },
    {
      ...{ type: 'WEBHOOK_DISABLED', sequence: 2 },
      data: { sequence: 2, endpoint: { id, url, enabled: false, disabledReason } },
    },
  ]);
  await receiver.close();
});
