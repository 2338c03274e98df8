import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  DOKU_TEMPLATE,
  magic,
  person,
  PROBLEM,
  startWorld,
  viaDoku,
  viaWappin,
  WAPPIN_CREDENTIALS,
  type World,
} from '../support/world.js';

const clock = new ManualClock();
let timers: ManualTimers;
let world: World;
/** Callbacks come when a story posts them. */
beforeEach(async () => {
  timers = new ManualTimers();
  world = await startWorld({ clock, timers, callbackPlan: { statuses: [] } });
});
afterEach(() => world.close());

/** Instead by a template at DOKU. */
const byDoku = (rule: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  rule,
  content: { template: { name: DOKU_TEMPLATE, params: ['Budi', 'A-17', 'JNE-4455'] } },
  ...more,
});
const FAMILY = `... on Message { id status reference metadata priority fallbackOf { id } account { id }
  fallbacks { id status account { id } fallbackOf { id } content { ... on TemplateContent { params } } } events { type } }`;
const family = async (id: string): Promise<any> =>
  (await world.ask(`query ($id: ID!) { node(id: $id) { ${FAMILY} } }`, { id })).node;
const statuses = ({ fallbacks }: any): string[] => fallbacks.map(({ status }: any) => status);
const control = (path: string, body: object): Promise<unknown> =>
  fetch(`${world.simulator.url}/_simulator/${path}`, { method: 'POST', body: JSON.stringify(body) });
/** As Wappin would: of the message that went out to this person last. */
const report = async (to: string, status: string): Promise<void> => {
  const [sent] = world.simulator.ledger.messages({ kind: 'WAPPIN', recipient: to.slice(1) });
  await control('callbacks/now', { kind: 'WAPPIN', messageId: sent?.messageId, status });
  await world.quiet();
};
const hold = (id: string, enabled = false): Promise<any> =>
  world.ask(
    `mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename ${PROBLEM} } }`,
    { id, input: { enabled } },
  );

describe('a fallback', () => {
  it('is a message of its own, linked both ways, with what the caller keeps with the first', async () => {
    const to = magic('601');
    const { id } = await world.send(
      viaWappin(to, { reference: 'order-1', metadata: { shop: 7 }, priority: 'HIGH', fallbacks: [byDoku('FAILED')] }),
    );
    expect((await family(id)).fallbacks).toEqual([]);
    await world.pass(2 * SECOND);
    const first = await family(id);
    expect(first).toMatchObject({ status: 'FAILED', fallbackOf: null });
    expect(first.fallbacks).toMatchObject([
      { account: { id: world.doku.id }, fallbackOf: { id }, content: { params: ['Budi', 'A-17', 'JNE-4455'] } },
    ]);
    const second = await family(first.fallbacks[0].id);
    expect(second).toMatchObject({
      ...{ reference: 'order-1', metadata: { shop: 7 }, priority: 'HIGH', fallbackOf: { id }, fallbacks: [] },
    });
    expect(second.events[0].type).toBe('MESSAGE_QUEUED');
  });

  it('leaves only when its rule holds', async () => {
    const elsewhere = await world.send(viaWappin(magic('601'), { fallbacks: [byDoku('NOT_ON_WHATSAPP')] }));
    const refused = await world.send(viaWappin(magic('400'), { fallbacks: [byDoku('NOT_ON_WHATSAPP')] }));
    const taken = await world.send(viaWappin(person(1), { fallbacks: [byDoku('FAILED')] }));
    await world.pass(10 * SECOND);
    expect(statuses(await family(elsewhere.id))).toHaveLength(1);
    expect(statuses(await family(refused.id))).toEqual([]);
    expect(statuses(await family(taken.id))).toEqual([]);
  });

  it('waits its minutes for a delivery, and is not sent when that comes', async () => {
    const fallbacks = [byDoku('NOT_DELIVERED', { afterMinutes: 5 })];
    const silent = await world.send(viaWappin(person(1), { fallbacks }));
    const delivered = await world.send(viaWappin(person(2), { fallbacks }));
    await world.pass(4 * MINUTE, 10 * SECOND);
    await report(person(1), 'sent');
    await report(person(2), 'delivered');
    expect(statuses(await family(silent.id))).toEqual([]);
    await world.pass(2 * MINUTE, 10 * SECOND);
    expect(statuses(await family(silent.id))).toEqual(['SUBMITTED']);
    expect(statuses(await family(delivered.id))).toEqual([]);
    expect(world.simulator.ledger.messages({ kind: 'DOKU' })).toHaveLength(1);
  });

  it('that has not left is canceled when the first is delivered after all', async () => {
    await hold(world.doku.id);
    const { id } = await world.send(
      viaWappin(person(1), { fallbacks: [byDoku('NOT_DELIVERED', { afterMinutes: 5, accountId: world.doku.id })] }),
    );
    await world.pass(6 * MINUTE, 10 * SECOND);
    expect(statuses(await family(id))).toEqual(['QUEUED']);
    await report(person(1), 'delivered');
    const first = await family(id);
    expect(statuses(first)).toEqual(['CANCELED']);
    const { events } = await family(first.fallbacks[0].id);
    expect(events.map(({ type }: any) => type)).toEqual(['MESSAGE_QUEUED', 'MESSAGE_CANCELED']);
    await hold(world.doku.id, true);
    await world.pass(MINUTE);
    expect(world.simulator.ledger.messages({ kind: 'DOKU' })).toEqual([]);
  });

  it('always is sent at once, beside the first, and stays when that is delivered', async () => {
    await hold(world.doku.id);
    const { id } = await world.send(
      viaWappin(person(1), { fallbacks: [byDoku('ALWAYS', { accountId: world.doku.id })] }),
    );
    expect(statuses(await family(id))).toEqual(['QUEUED']);
    await world.quiet();
    await report(person(1), 'delivered');
    expect(statuses(await family(id))).toEqual(['QUEUED']);
    await hold(world.doku.id, true);
    await world.pass(2 * SECOND);
    expect(statuses(await family(id))).toEqual(['SUBMITTED']);
  });

  it('that fails too is followed by the next one, and all are linked to the first', async () => {
    await control('faults', { kind: 'DOKU', as: '400' });
    const { id } = await world.send(
      viaWappin(magic('601'), {
        fallbacks: [byDoku('FAILED'), { rule: 'FAILED', content: viaWappin('')['content'] }],
      }),
    );
    await world.pass(5 * SECOND);
    const first = await family(id);
    expect(statuses(first)).toEqual(['FAILED', 'FAILED']);
    expect(first.fallbacks.map((one: any) => one.account.id)).toEqual([world.doku.id, world.wappin.id]);
    expect(first.fallbacks.map((one: any) => one.fallbackOf.id)).toEqual([id, id]);
  });

  it('that cannot be sent any more gives way to the next one', async () => {
    const { id } = await world.send(
      viaWappin(magic('601'), {
        scheduledAt: new Date(clock.now().getTime() + MINUTE),
        fallbacks: [byDoku('FAILED'), { rule: 'FAILED', content: viaWappin('')['content'] }],
      }),
    );
    await world.ask('mutation ($id: ID!) { deleteProviderAccount(id: $id) { __typename } }', { id: world.doku.id });
    await world.pass(2 * MINUTE, 10 * SECOND);
    expect((await family(id)).fallbacks.map((one: any) => one.account.id)).toEqual([world.wappin.id]);
  });

  it('is sent once, also when two gateways look', async () => {
    const beside = await world.gateway.beside();
    const ids = (
      await world.sendAll(
        Array.from({ length: 20 }, (_, n) =>
          viaWappin(person(n), { fallbacks: [byDoku('NOT_DELIVERED', { afterMinutes: 1 })] }),
        ),
      )
    ).map(({ id }) => id);
    await world.pass(3 * MINUTE);
    for (const id of ids) expect(statuses(await family(id))).toHaveLength(1);
    await beside.close();
  });
});

describe('when the first is not to be sent after all', () => {
  it('what was to go beside it is canceled with it', async () => {
    const scheduledAt = new Date(clock.now().getTime() + MINUTE);
    const { id } = await world.send(viaWappin(person(1), { scheduledAt, fallbacks: [byDoku('ALWAYS')] }));
    expect(statuses(await family(id))).toEqual(['SCHEDULED']);
    await world.ask('mutation ($id: ID!) { cancelMessage(id: $id) { __typename } }', { id });
    expect(statuses(await family(id))).toEqual(['CANCELED']);
  });

  it('nothing is sent in its place: canceled, or its time was over', async () => {
    const soon = new Date(clock.now().getTime() + MINUTE);
    const fallbacks = [byDoku('FAILED')];
    const canceled = await world.send(viaWappin(person(1), { scheduledAt: soon, fallbacks }));
    await world.ask('mutation ($id: ID!) { cancelMessage(id: $id) { __typename } }', { id: canceled.id });
    await hold(world.wappin.id);
    const late = await world.send(viaWappin(person(2), { accountId: world.wappin.id, expiresAt: soon, fallbacks }));
    await world.pass(3 * MINUTE);
    expect(await family(canceled.id)).toMatchObject({ status: 'CANCELED', fallbacks: [] });
    expect(await family(late.id)).toMatchObject({ status: 'EXPIRED', fallbacks: [] });
  });
});

describe('a rule that needs receipts', () => {
  it.each(['NOT_DELIVERED', 'NOT_READ'])(
    '%s is refused for an account that gives none, when the message is sent',
    async (rule) => {
      const answer = await world.send(
        viaDoku(person(1), { fallbacks: [{ rule, afterMinutes: 5, content: viaWappin('')['content'] }] }),
      );
      expect(answer).toMatchObject({
        __typename: 'Problem',
        code: 'UNSUPPORTED_BY_PROVIDER',
        field: 'fallbacks.0.rule',
      });
      expect(await world.counts('messages')).toEqual({ messages: 0 });
    },
  );
});

describe('an SMS at Wappin', () => {
  it('that rides along is no message, and what follows it is', async () => {
    world.simulator.configure({ accounts: [{ ...WAPPIN_CREDENTIALS, kind: 'WAPPIN' }] });
    const { createTemplate } = await world.ask(
      `mutation ($input: TemplateInput!) { createTemplate(input: $input) { ... on Template { id } } }`,
      {
        input: { name: 'pay_sms', language: 'id', category: 'UTILITY', channel: 'SMS', body: 'Bayar {{1}} ke {{2}}.' },
      },
    );
    await world.ask(
      `mutation ($id: ID!, $accountId: ID!) { registerTemplate(id: $id, accountId: $accountId, externalId: "sms_open_payment_create", status: APPROVED) { __typename } }`,
      { id: createTemplate.id, accountId: world.wappin.id },
    );
    const sms = { template: { name: 'pay_sms', channel: 'SMS', params: ['Rp10.000', '8808 1234'] } };
    const { id } = await world.send(
      viaWappin(magic('400'), { fallbacks: [byDoku('FAILED'), { rule: 'NOT_ON_WHATSAPP', content: sms }] }),
    );
    await world.pass(3 * SECOND);
    const [call] = (await world.message(id)).attempts;
    expect(JSON.parse(call.request.body)).toMatchObject({ channel: 'sms', content: 'sms_open_payment_create' });
    expect((await family(id)).fallbacks).toMatchObject([{ account: { id: world.doku.id } }]);
  });
});
