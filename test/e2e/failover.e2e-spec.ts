import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  DOKU_CREDENTIALS,
  DOKU_TEMPLATE,
  magic,
  person,
  PROBLEM,
  registerTemplate,
  startWorld,
  viaDoku,
  type World,
} from '../support/world.js';

const clock = new ManualClock();
let world: World;
/** DOKU first, then Wappin: one template is registered at both. */
beforeEach(async () => {
  world = await startWorld({ clock, callbackPlan: { statuses: [] } });
  const { templates } = await world.ask('query ($name: String) { templates(name: $name) { edges { node { id } } } }', {
    name: DOKU_TEMPLATE,
  });
  await registerTemplate(world.call, {
    ...{ id: templates.edges[0].node.id, accountId: world.wappin.id, externalId: 'templ_three' },
  });
  world.simulator.configure({ templates: [{ kind: 'WAPPIN', name: 'templ_three', params: 3 }] });
});
afterEach(() => world.close());

/** From now on every send to the provider ends as one to the magic recipient of that name does. */
const fault = (kind: 'DOKU' | 'WAPPIN', as: string): Promise<unknown> =>
  fetch(`${world.simulator.url}/_simulator/faults`, { method: 'POST', body: JSON.stringify({ kind, as }) });
const mended = (): void => world.simulator.clearFaults();
const tried = (message: any): [string, string][] =>
  message.attempts.map(({ account, outcome }: any) => [account.id === world.doku.id ? 'DOKU' : 'WAPPIN', outcome]);
const patch = (id: string, input: Record<string, unknown>): Promise<any> =>
  world.ask(
    `mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename ${PROBLEM} } }`,
    { id, input },
  );

describe('a message with several accounts on its route', () => {
  it('goes through the first one while that takes it', async () => {
    const { id } = await world.send(viaDoku(person(1)));
    await world.quiet();
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'SUBMITTED', account: { id: world.doku.id } });
    expect(tried(message)).toEqual([['DOKU', 'ACCEPTED']]);
  });

  it('goes on to the next one after a refusal, at once, and shows both tries', async () => {
    await fault('DOKU', '400');
    const { id } = await world.send(viaDoku(person(1)));
    await world.quiet();
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'SUBMITTED', account: { id: world.wappin.id }, problem: null });
    expect(tried(message)).toEqual([
      ['DOKU', 'REFUSED'],
      ['WAPPIN', 'ACCEPTED'],
    ]);
    expect(message.events.map(({ type }: any) => type)).toEqual(['MESSAGE_QUEUED', 'MESSAGE_SUBMITTED']);
    expect(world.simulator.ledger.counts()).toMatchObject({ accepted: 1, doubles: 0 });
  });

  it('goes on after a deferral, without a pause', async () => {
    await fault('DOKU', '503');
    const { id } = await world.send(viaDoku(person(1)));
    await world.quiet();
    expect(tried(await world.message(id))).toEqual([
      ['DOKU', 'DEFERRED'],
      ['WAPPIN', 'ACCEPTED'],
    ]);
  });

  it('starts over at the first, after a pause, when the last has deferred it', async () => {
    await fault('DOKU', '503');
    await fault('WAPPIN', '503');
    const { id } = await world.send(viaDoku(person(1)));
    await world.quiet();
    expect(tried(await world.message(id))).toEqual([
      ['DOKU', 'DEFERRED'],
      ['WAPPIN', 'DEFERRED'],
    ]);
    mended();
    await world.pass(2 * SECOND);
    expect(tried(await world.message(id)).slice(2)).toEqual([['DOKU', 'ACCEPTED']]);
  });

  it.each(['500', '902', '904'])('never goes on when it may have been sent (%s)', async (as) => {
    await fault('DOKU', as);
    const { id } = await world.send(viaDoku(person(1)));
    await world.pass(20 * MINUTE, 10 * SECOND);
    const message = await world.message(id);
    expect(message.status).toBe('UNCONFIRMED');
    expect(tried(message)).toEqual([['DOKU', 'UNCERTAIN']]);
  });

  it('is FAILED with what the last one said when all refuse it', async () => {
    await fault('DOKU', '400');
    await fault('WAPPIN', '601');
    const { id } = await world.send(viaDoku(person(1)));
    await world.quiet();
    const message = await world.message(id);
    expect(message).toMatchObject({
      status: 'FAILED',
      problem: { code: 'NOT_ON_WHATSAPP', provider: { code: '601' } },
    });
    expect(tried(message)).toEqual([
      ['DOKU', 'REFUSED'],
      ['WAPPIN', 'REFUSED'],
    ]);
  });

  it('stays with the account that the caller named', async () => {
    await fault('DOKU', '400');
    const { id } = await world.send(viaDoku(person(1), { accountId: world.doku.id }));
    await world.quiet();
    expect(await world.message(id)).toMatchObject({ status: 'FAILED', account: { id: world.doku.id } });
  });

  it('goes on when its own account’s credentials are refused: that one stops, the other takes what comes', async () => {
    world.simulator.configure({
      accounts: [{ kind: 'DOKU', clientId: DOKU_CREDENTIALS.clientId, secretKey: 'SK-Other' }],
    });
    const { id } = await world.send(viaDoku(person(1)));
    await world.quiet();
    expect(tried(await world.message(id))).toEqual([
      ['DOKU', 'REFUSED'],
      ['WAPPIN', 'ACCEPTED'],
    ]);
    const { providerAccount } = await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', {
      id: world.doku.id,
    });
    expect(providerAccount.health).toBe('FAILING');
    const { id: next } = await world.send(viaDoku(person(2)));
    await world.quiet();
    expect(tried(await world.message(next))).toEqual([['WAPPIN', 'ACCEPTED']]);
  });

  it('passes over an account that is held', async () => {
    const { id } = await world.send(viaDoku(person(1), { scheduledAt: new Date(clock.now().getTime() + MINUTE) }));
    await patch(world.wappin.id, { enabled: false });
    await fault('DOKU', '400');
    await world.pass(2 * MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'FAILED', account: { id: world.doku.id } });
  });

  it('sent again by a person after it failed, may take any of them', async () => {
    await fault('DOKU', '400');
    await fault('WAPPIN', '601');
    const { id } = await world.send(viaDoku(person(1)));
    await world.quiet();
    mended();
    await fault('WAPPIN', '400');
    await world.ask('mutation ($id: ID!) { retryMessage(id: $id) { __typename } }', { id });
    await world.quiet();
    expect(tried(await world.message(id)).slice(2)).toEqual([
      ['WAPPIN', 'REFUSED'],
      ['DOKU', 'ACCEPTED'],
    ]);
  });
});

describe('an account that is held', () => {
  it('keeps its queue and goes on where it stopped', async () => {
    await patch(world.doku.id, { enabled: false });
    const sends = Array.from({ length: 3 }, (_, n) => viaDoku(person(n), { accountId: world.doku.id }));
    const ids = (await world.sendAll(sends)).map(({ id }) => id);
    await world.pass(MINUTE);
    for (const id of ids) expect(await world.message(id)).toMatchObject({ status: 'QUEUED', attempts: [] });
    await patch(world.doku.id, { enabled: true });
    await world.pass(5 * SECOND);
    for (const id of ids) expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
    const recipients = world.simulator.ledger.messages({ kind: 'DOKU' }).map(({ recipient }) => recipient);
    expect([...recipients].sort()).toEqual([0, 1, 2].map((n) => person(n).slice(1)));
  });
});

describe('the magic number that every provider refuses', () => {
  it('is tried through each account once', async () => {
    const { id } = await world.send(viaDoku(magic('400')));
    await world.pass(MINUTE);
    expect(tried(await world.message(id))).toEqual([
      ['DOKU', 'REFUSED'],
      ['WAPPIN', 'REFUSED'],
    ]);
  });
});
