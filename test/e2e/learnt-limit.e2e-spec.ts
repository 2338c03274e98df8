import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { type Behaviour } from '../../src/simulator/behaviour.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  ignoreWindowsAtMeta,
  magic,
  person,
  startWorld,
  viaDoku,
  viaWappin,
  type World,
  type WorldOptions,
} from '../support/world.js';

const TOO_MANY: Behaviour = { refuse: { http: 429, code: 'too_many_requests', message: 'too many requests' } };

const clock = new ManualClock();
let world: World;
const start = async (options: WorldOptions = {}): Promise<void> => {
  world = await startWorld({ clock, callbackPlan: { statuses: [] }, ...options });
};
afterEach(() => world.close());

let people = 0;
const sendMany = async (count: number, send = viaDoku): Promise<void> => {
  const priority = 'HIGH';
  await world.sendAll(Array.from({ length: count }, () => send(person(++people), { priority })));
};
/** How many calls begin in the next half minute, the steps being shorter than a burst of calls takes to come back. */
const inHalfAMinute = async (): Promise<number> => {
  const from = clock.now();
  await world.pass(MINUTE / 2, SECOND);
  const [row] = await world.rows('select count(*)::int as calls from message_attempts where started_at > $1', [from]);
  return row.calls;
};
const learnt = async (kind: string): Promise<[number | null, number | null]> => {
  const [row] = await world.rows(
    'select learnt_limit, learnt_base from account_budgets b join provider_accounts a on a.id = b.account_id where a.kind = $1',
    [kind],
  );
  return [row.learnt_limit, row.learnt_base];
};

describe('an account whose provider says that it is too many', { timeout: 120_000 }, () => {
  it('makes half as many requests, and 5 % of its limit more each minute until it makes all again', async () => {
    await start();
    await world.send(viaDoku(magic('429', 'once')));
    await world.quiet();
    expect(await learnt('DOKU')).toEqual([50, 100]);
    await sendMany(400);
    // 45 to 47 a minute, and a burst of 2.
    const first = await inHalfAMinute();
    expect(first).toBeGreaterThanOrEqual(21);
    expect(first).toBeLessThanOrEqual(26);
    await world.pass(4 * MINUTE, MINUTE);
    // 65 to 67 a minute, and a burst of 3.
    const inTheFifthMinute = await inHalfAMinute();
    expect(inTheFifthMinute).toBeGreaterThanOrEqual(31);
    expect(inTheFifthMinute).toBeLessThanOrEqual(37);
    await world.pass(5 * MINUTE, MINUTE);
    expect(await inHalfAMinute()).toBeGreaterThanOrEqual(44);
  });

  it('learns once from many that were under way together', async () => {
    await start();
    world.simulator.configure({ faults: [{ kind: 'DOKU', next: 4, behaviour: TOO_MANY }] });
    await sendMany(4);
    await world.quiet();
    expect(await learnt('DOKU')).toEqual([50, 100]);
  });

  it('learns again when half is too many still', async () => {
    await start();
    world.simulator.configure({ faults: [{ kind: 'DOKU', behaviour: TOO_MANY }] });
    await sendMany(1);
    await world.pass(MINUTE);
    const [limit, base] = await learnt('DOKU');
    expect(limit).toBeLessThan(10);
    expect(base).toBe(100);
  });

  it('has a limit where it has none of its own: half of what it bore', async () => {
    await start();
    await sendMany(1_000, viaWappin);
    await world.pass(10 * SECOND);
    world.simulator.configure({
      faults: [{ kind: 'WAPPIN', next: 1, behaviour: { refuse: { http: 200, code: '429', message: 'Slow down' } } }],
    });
    await sendMany(1, viaWappin);
    await world.quiet();
    expect(await learnt('WAPPIN')).toEqual([500, 1_000]);
    await sendMany(1_000, viaWappin);
    // 450 a minute to 475, and a burst of 25.
    const calls = await inHalfAMinute();
    expect(calls).toBeGreaterThanOrEqual(215);
    expect(calls).toBeLessThanOrEqual(265);
  });

  it('shows the limit that it was given', async () => {
    await start();
    await world.send(viaDoku(magic('429', 'once')));
    await world.quiet();
    const { providerAccount } = await world.ask(
      'query ($id: ID!) { providerAccount(id: $id) { requestsPerMinute health } }',
      {
        id: world.doku.id,
      },
    );
    expect(providerAccount.requestsPerMinute).toBe(100);
    expect(providerAccount.health).not.toBe('DEGRADED');
  });
});

describe('Meta’s own words for it', () => {
  it.each(['130429', '131056'])('%s halves the limit of the account', async (code) => {
    await start({ meta: {} });
    ignoreWindowsAtMeta(world.simulator);
    const accountId = world.meta.id;
    await world.send({ to: `+6281201${code}`, accountId, content: { text: { text: 'Halo' } } });
    await world.quiet();
    expect(await learnt('META')).toEqual([2_400, 4_800]);
  });
});
