import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  addTemplate,
  connectWappin,
  magic,
  person,
  PROBLEM,
  registerTemplate,
  startWorld,
  UNLIMITED,
  viaDoku,
  viaWappin,
  WAPPIN_TEMPLATE,
  type World,
} from '../support/world.js';

const clock = new ManualClock();
let world: World;
/** Two accounts at Wappin that both have the template; the first is the older one. */
let first: string;
let second: string;
let templateId: string;
beforeEach(async () => {
  world = await startWorld({ clock, doku: { requestsPerMinute: UNLIMITED }, callbackPlan: { statuses: [] } });
  first = world.wappin.id;
  ({ id: second } = await connectWappin(world.call, world.simulator.url, { name: 'Wappin dua' }));
  const { templates } = await world.ask('query ($name: String) { templates(name: $name) { edges { node { id } } } }', {
    name: WAPPIN_TEMPLATE,
  });
  templateId = templates.edges[0].node.id;
  await registerTemplate(world.call, { id: templateId, accountId: second, externalId: 'templ_uat_2' });
});
afterEach(() => world.close());

const setRoute = async (accountIds: readonly string[], capability = 'TEMPLATE'): Promise<any> =>
  (
    await world.ask(
      `mutation ($capability: Capability!, $accountIds: [ID!]!) {
        setRoute(capability: $capability, accountIds: $accountIds) { __typename ... on Route { capability accounts { id } } ${PROBLEM} }
      }`,
      { capability, accountIds },
    )
  ).setRoute;
const through = async (): Promise<string> => (await world.send(viaWappin(person(1)))).account?.id;
const hold = (id: string, enabled = false): Promise<unknown> =>
  world.ask(
    'mutation ($id: ID!, $enabled: Boolean!) { updateProviderAccount(id: $id, input: {enabled: $enabled}) { __typename } }',
    { id, enabled },
  );
const remove = (id: string): Promise<unknown> =>
  world.ask('mutation ($id: ID!) { deleteProviderAccount(id: $id) { ... on Deleted { id } } }', { id });

describe('a route', () => {
  it('is, until it is set, every enabled account that can, oldest first', async () => {
    const { routes } = await world.ask('{ routes { capability accounts { id } } }');
    const accounts = [world.doku.id, first, second].map((id) => ({ id }));
    expect(routes.find(({ capability }: any) => capability === 'TEMPLATE')).toEqual({
      capability: 'TEMPLATE',
      accounts,
    });
    expect(await through()).toBe(first);
  });

  it('is tried in its order, and every account once', async () => {
    expect(await setRoute([second, first])).toEqual({
      __typename: 'Route',
      capability: 'TEMPLATE',
      accounts: [{ id: second }, { id: first }],
    });
    expect(await through()).toBe(second);
    await hold(second);
    expect(await through()).toBe(first);
  });

  it('leaves out who is not on it', async () => {
    await setRoute([world.doku.id]);
    expect(await world.send(viaWappin(person(1)))).toMatchObject({ code: 'NO_ROUTE' });
    expect(await world.send(viaWappin(person(1), { accountId: second }))).toMatchObject({ account: { id: second } });
  });

  it('goes back to all accounts when it is set to none', async () => {
    await setRoute([second]);
    expect(await setRoute([])).toMatchObject({ accounts: [{ id: world.doku.id }, { id: first }, { id: second }] });
    expect(await through()).toBe(first);
  });

  it('passes by an account where the template is not approved', async () => {
    await registerTemplate(world.call, {
      id: templateId,
      accountId: first,
      externalId: 'templ_uat_2',
      status: 'PAUSED',
    });
    expect(await through()).toBe(second);
  });

  it('answers what is wrong with a list, and keeps the one before', async () => {
    await setRoute([second]);
    const nobody = `acc_${'0'.repeat(32)}`;
    expect(await setRoute([first, nobody])).toMatchObject({ code: 'NOT_FOUND', field: 'accountIds.1' });
    expect(await setRoute([first, 'x'])).toMatchObject({ code: 'NOT_FOUND', field: 'accountIds.1' });
    expect(await setRoute([first, first])).toMatchObject({ code: 'INVALID_INPUT', field: 'accountIds.1' });
    expect(await setRoute([first, world.doku.id], 'DELIVERY_REPORTS')).toMatchObject({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'accountIds.1',
    });
    expect(await through()).toBe(second);
  });
});

describe('deleting an account', () => {
  it('lets what waits in its queue take another route; what was sent through it on purpose fails', async () => {
    world.simulator.configure({
      faults: [{ kind: 'WAPPIN', behaviour: { refuse: { http: 200, code: '700', message: 'Error from vendor' } } }],
    });
    // So that each waits in the queue of the first, which defers it.
    await hold(second);
    const free = (await world.sendAll(Array.from({ length: 30 }, (_, n) => viaWappin(person(n))))).map(({ id }) => id);
    const { id: named } = await world.send(viaWappin(person(100), { accountId: first }));
    await world.quiet();
    expect(await world.message(free[0])).toMatchObject({ status: 'QUEUED', account: { id: first } });
    await hold(second, true);
    await remove(first);
    world.simulator.clearFaults();
    await world.pass(10 * SECOND);
    for (const id of free) {
      const message = await world.message(id);
      expect(message).toMatchObject({ status: 'SUBMITTED', account: { id: second } });
      expect(message.attempts.map(({ account }: any) => account.id)).toEqual([first, second]);
    }
    expect(await world.message(named)).toMatchObject({ status: 'FAILED', problem: { code: 'NO_ROUTE' } });
  });

  it('fails what waits for it when there is no other way', async () => {
    await hold(world.doku.id);
    const accountId = world.doku.id;
    await setRoute([accountId]);
    const { id } = await world.send(viaDoku(person(1), { accountId }));
    await remove(accountId);
    await world.pass(10 * SECOND);
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'FAILED', problem: { code: 'NO_ROUTE' }, attempts: [] });
    expect(message.events.map(({ type }: any) => type)).toEqual(['MESSAGE_QUEUED', 'MESSAGE_FAILED']);
  });

  it('lets what is scheduled leave through another account at its time', async () => {
    const scheduledAt = new Date(clock.now().getTime() + HOUR).toISOString();
    const { id } = await world.send(viaWappin(person(1), { scheduledAt }));
    await remove(first);
    await world.pass(HOUR - MINUTE, MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'SCHEDULED' });
    await world.pass(2 * MINUTE, 10 * SECOND);
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED', account: { id: second } });
  });

  it('never sends an unconfirmed message by itself; a person may, through another account', async () => {
    const { id } = await world.send(viaWappin(magic('902', 'once')));
    await world.quiet();
    await remove(first);
    await world.pass(10 * MINUTE, 10 * SECOND);
    expect(await world.message(id)).toMatchObject({ status: 'UNCONFIRMED', account: { id: first } });
    await world.ask('mutation ($id: ID!) { retryMessage(id: $id) { __typename } }', { id });
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED', account: { id: second } });
  });

  it('leaves the gateway at rest', async () => {
    await remove(first);
    await world.quiet();
    expect(await through()).toBe(second);
  });

  it('takes it out of the routes', async () => {
    await setRoute([first, second]);
    await remove(first);
    const { routes } = await world.ask('{ routes { capability accounts { id } } }');
    expect(routes.find(({ capability }: any) => capability === 'TEMPLATE').accounts).toEqual([{ id: second }]);
    expect(await through()).toBe(second);
  });

  it('goes back to all accounts when it was the only one of the route', async () => {
    await setRoute([first]);
    await remove(first);
    expect(await through()).toBe(second);
    await addTemplate(world.call, { name: 'other', account: { id: second }, externalId: 'templ_uat_2' });
    const content = { template: { name: 'other', params: ['a', 'b'] } };
    expect(await world.send({ to: person(5), content })).toMatchObject({ account: { id: second } });
  });
});
