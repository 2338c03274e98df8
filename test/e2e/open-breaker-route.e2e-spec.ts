import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { DOKU_TEMPLATE, person, registerTemplate, startWorld, viaDoku, type World } from '../support/world.js';

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

const healthOfDoku = async (): Promise<string> =>
  (await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', { id: world.doku.id })).providerAccount
    .health;
const tried = (message: any): string[] =>
  message.attempts.map(({ account, outcome }: any) => `${account.id === world.doku.id ? 'DOKU' : 'WAPPIN'} ${outcome}`);
const calls = (): number => world.simulator.ledger.counts({ kind: 'DOKU' }).requests;

describe('when the breaker of an account opens', { timeout: 60_000 }, () => {
  it('what waits in its queue goes through the next account on the route at once, but what must go through it alone', async () => {
    world.simulator.configure({
      faults: [
        { kind: 'DOKU', behaviour: { refuse: { http: 503, code: null, message: 'the proxy in front answers' } } },
      ],
    });
    const routed = await world.sendAll(Array.from({ length: 60 }, (_, n) => viaDoku(person(n))));
    const fixed = await world.sendAll(
      Array.from({ length: 3 }, (_, n) => viaDoku(person(100 + n), { accountId: world.doku.id })),
    );
    // DOKU's budget lets them leave one by one: most still wait when the twentieth call has failed.
    while ((await healthOfDoku()) !== 'DEGRADED') await world.pass(SECOND);
    const failed = calls();
    const messages = await Promise.all(routed.map(({ id }) => world.message(id)));
    expect(messages.map(({ status }) => status)).toEqual(Array(60).fill('SUBMITTED'));
    const afterOne = messages.filter((message) => tried(message).length === 2);
    expect(afterOne.length).toBe(failed);
    for (const message of messages)
      expect(tried(message)).toEqual(
        afterOne.includes(message) ? ['DOKU DEFERRED', 'WAPPIN ACCEPTED'] : ['WAPPIN ACCEPTED'],
      );
    for (const { id } of fixed) expect(await world.message(id)).toMatchObject({ status: 'QUEUED', attempts: [] });

    world.simulator.clearFaults();
    await world.pass(29 * SECOND);
    expect(calls()).toBe(failed);
    // One probes, and the others follow it.
    await world.pass(5 * SECOND);
    for (const { id } of fixed) expect(tried(await world.message(id))).toEqual(['DOKU ACCEPTED']);
    expect(await healthOfDoku()).toBe('HEALTHY');
    expect(world.simulator.ledger.counts()).toMatchObject({ accepted: 63, doubles: 0 });
  });

  it('what may have been sent stays with it', async () => {
    world.simulator.configure({ faults: [{ kind: 'DOKU', next: 1, behaviour: { line: 'cut', sent: true } }] });
    const { id: uncertain } = await world.send(viaDoku(person(1), { resendUnconfirmed: true }));
    await world.quiet();
    expect(await world.message(uncertain)).toMatchObject({ status: 'UNCONFIRMED' });
    world.simulator.configure({
      faults: [
        { kind: 'DOKU', behaviour: { refuse: { http: 503, code: null, message: 'the proxy in front answers' } } },
      ],
    });
    await world.sendAll(Array.from({ length: 40 }, (_, n) => viaDoku(person(10 + n))));
    while ((await healthOfDoku()) !== 'DEGRADED') await world.pass(SECOND);
    await world.pass(20 * SECOND);
    const accounts = (await world.message(uncertain)).attempts.map(({ account }: any) => account.id);
    expect(new Set(accounts)).toEqual(new Set([world.doku.id]));
  });
});
