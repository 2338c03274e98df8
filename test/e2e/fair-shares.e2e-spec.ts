import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { handsOf, person, startWorld, viaDoku, type World } from '../support/world.js';

const clock = new ManualClock();
let world: World;
beforeEach(async () => {
  world = await startWorld({ clock, wappin: false, callbackPlan: { statuses: [] } });
});
afterEach(() => world.close());

let people = 0;
const sends = (count: number, priority: string): Record<string, unknown>[] =>
  Array.from({ length: count }, () => viaDoku(person(++people), { priority, accountId: world.doku.id }));
const hold = (enabled: boolean): Promise<unknown> =>
  world.ask(
    'mutation ($id: ID!, $enabled: Boolean!) { updateProviderAccount(id: $id, input: {enabled: $enabled}) { __typename } }',
    { id: world.doku.id, enabled },
  );
/** The calls that began together, one group after the other, as their priorities: 0 HIGH, 1 NORMAL, 2 LOW. */
const claims = async (): Promise<number[][]> =>
  (
    await world.rows(
      'select array_agg(priority order by priority) as priorities from message_attempts group by started_at order by started_at',
    )
  ).map(({ priorities }) => priorities);

describe('while HIGH messages come faster than the account may send', () => {
  it('one call in ten is for LOW, whichever of two gateways makes it', { timeout: 60_000 }, async () => {
    const beside = await world.gateway.beside();
    await hold(false);
    await world.sendAll(sends(60, 'LOW'));
    await handsOf(beside.call).sendAll(sends(60, 'HIGH'));
    await hold(true);
    await world.pass(30 * SECOND);
    let calls = 0;
    let low = 0;
    for (const claim of await claims()) {
      calls += claim.length;
      low += claim.filter((priority) => priority === 2).length;
      expect(low).toBe(Math.floor(calls / 10));
    }
    expect(calls).toBeGreaterThanOrEqual(45);
    expect(world.simulator.ledger.counts({ kind: 'DOKU' })).toMatchObject({ doubles: 0, refused: {} });
  });
});
